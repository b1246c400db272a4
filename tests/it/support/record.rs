//! Records as a run would have written them, without running anything.

use prod_gate::model::{
    CheckMeta, CheckReport, ChecklistItem, Comparison, Deployment, Evidence, Expected, Family, Finding,
    Operator, Report, Run, Section, SmokeFamily, SmokeSubject, Subject,
};
use prod_gate::render::record::record;

/// What a record is about.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    /// The tag.
    pub(crate) tag: String,
    /// Its commit.
    pub(crate) commit: String,
    /// The page of the run.
    pub(crate) run_url: Option<String>,
    /// The status that the one page answered; everything but 200 fails.
    pub(crate) status: u16,
    /// Who started it.
    pub(crate) operator: String,
    /// The day and the time in UTC, `2026-02-14T08:00:03Z`.
    pub(crate) at: String,
}

impl Deployed {
    /// A deployment of this tag and commit that went well.
    pub(crate) fn well(tag: &str, commit: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            commit: commit.to_owned(),
            run_url: None,
            status: 200,
            operator: "deployer".to_owned(),
            at: "2026-02-14T08:00:03Z".to_owned(),
        }
    }

    /// What the record says.
    pub(crate) fn report(&self) -> Report {
        let (date, time) = self.at.trim_end_matches('Z').split_once('T').unwrap();
        let run = Run {
            title: "Nexus".into(),
            language: "fr".into(),
            version: "0.1.0".into(),
            started_at: self.at.clone(),
            local_time: format!("{date} {time} +00:00"),
            date: date.into(),
            timezone: "UTC".into(),
            duration_ms: 900,
            operator: Operator { name: self.operator.clone(), run_url: self.run_url.clone() },
            config: None,
            base_url: Some("https://www.example.org".into()),
            filter: None,
            warm_up: None,
            interrupted: None,
        };
        let deployment = Deployment {
            tag: Some(self.tag.clone()),
            commit: Some(self.commit.clone()),
            ..Deployment::default()
        };
        let meta = CheckMeta {
            id: "smoke.pages./".into(),
            family: Family::Smoke(SmokeFamily::Pages),
            section: Section::Smoke,
            title: "/".into(),
            required: true,
            writes: false,
            proves: Some(ChecklistItem::Pages),
            place: None,
            position: None,
            waiver: None,
        };
        let evidence = Evidence {
            judged: vec![Comparison {
                subject: Subject::Smoke(SmokeSubject::Status),
                expected: Expected::Equals("200".into()),
                actual: self.status.to_string(),
                ok: self.status == 200,
            }],
            ..Evidence::default()
        };
        let check = CheckReport::new(meta, Finding::judged(evidence), 100, 80);
        Report::new(run, deployment, vec![Section::Smoke], vec![check], None)
    }

    /// The record.
    pub(crate) fn text(&self) -> String {
        record(&self.report()).unwrap()
    }

    /// Its path in the repository.
    pub(crate) fn path(&self) -> String {
        format!("ops/{}", self.report().record_name())
    }
}
