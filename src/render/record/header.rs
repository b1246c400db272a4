//! The record's line for machines: later runs read it to know what was deployed before.

use serde::{Deserialize, Serialize};

use crate::model::{Previous, Report, Verdict};
use crate::render::md::Md;

/// The version of this line; it grows when a field changes its meaning or goes away.
const VERSION: u32 = 1;
const BEGIN: &str = "<!-- prod-gate:record ";
const END: &str = " -->";
/// The line stands near the top; what a person writes further down is never taken for it.
const WITHIN: usize = 5;

/// What a record says of itself. Fields that a later version adds are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordHeader {
    pub version: u32,
    /// The tag, where the run had one.
    pub tag: Option<String>,
    /// The commit that was verified, in full.
    pub commit: Option<String>,
    /// The run's start, RFC 3339 in UTC.
    pub started_at: String,
    /// The run's start as the footer shows it.
    pub local_time: String,
    pub verdict: Verdict,
    /// Who started the run, as the footer shows it.
    pub operator: String,
    pub run_url: Option<String>,
    /// The commit that was in production before, where it was known.
    pub previous: Option<String>,
    /// The digests of the records that this one follows.
    pub predecessors: Vec<String>,
    pub prod_gate: String,
    /// The record's path in the repository, where it was published.
    #[serde(default)]
    pub path: Option<String>,
    /// The ids of the checks that block, for the next record to compare with.
    #[serde(default)]
    pub checks: Vec<String>,
    /// The ids of the checks that only warn.
    #[serde(default)]
    pub advisory: Vec<String>,
}

impl From<&Report> for RecordHeader {
    fn from(report: &Report) -> Self {
        let (run, deployment) = (&report.run, &report.deployment);
        let ids = |required: bool| {
            let checks = report.checks.iter().filter(|check| check.meta.required == required);
            checks.map(|check| check.meta.id.clone()).collect()
        };
        Self {
            version: VERSION,
            tag: deployment.tag.clone(),
            commit: deployment.commit.clone(),
            started_at: run.started_at.clone(),
            local_time: run.local_time.clone(),
            verdict: report.verdict,
            operator: run.operator.name.clone(),
            run_url: run.operator.run_url.clone(),
            previous: match &deployment.previous {
                Previous::Commit { commit, .. } => Some(commit.clone()),
                Previous::NoBaseline | Previous::Unknown { .. } => None,
            },
            predecessors: deployment.predecessors.iter().map(|record| record.digest.clone()).collect(),
            prod_gate: run.version.clone(),
            path: report.place.as_ref().map(|place| place.path.clone()),
            checks: ids(true),
            advisory: ids(false),
        }
    }
}

/// The line, as a comment that nothing in it can end.
pub(super) fn line(report: &Report) -> Md {
    let json = serde_json::to_string(&RecordHeader::from(report)).unwrap_or_default();
    Md::own(format!("{BEGIN}{}{END}", shield(&json)))
}

/// JSON in which `--`, `<` and `>` are written as escapes; they only occur inside its strings.
pub(super) fn shield(json: &str) -> String {
    json.replace("--", "\\u002d\\u002d").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// What the record says of itself; nothing when it has no such line, or not one of this version.
pub fn parse_header(record: &str) -> Option<RecordHeader> {
    let json = record
        .lines()
        .take(WITHIN)
        .find_map(|line| line.trim_end().strip_prefix(BEGIN)?.strip_suffix(END))?;
    serde_json::from_str(json).ok().filter(|header: &RecordHeader| header.version == VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn a_header_reads_back_whatever_its_text() {
        let mut report = fixture::mixed();
        report.deployment.tag = Some("v1--> <!-- \"x\" \\ \n -- é".to_owned());
        let line = line(&report);
        assert_eq!(line.as_str().matches("-->").count(), 1);
        assert_eq!(line.as_str().lines().count(), 1);
        let record = format!("# PROD DEPLOY\n\n{line}\n\nmore\n");
        assert_eq!(parse_header(&record), Some(RecordHeader::from(&report)));
        assert_eq!(parse_header(&record.replace('\n', "\r\n")), Some(RecordHeader::from(&report)));
    }

    #[test]
    fn only_the_top_of_a_record_counts() {
        let line = line(&fixture::mixed());
        assert_eq!(parse_header(&format!("1\n2\n3\n4\n5\n{line}\n")), None);
        assert_eq!(parse_header(&line.as_str().replace("\"version\":1", "\"version\":2")), None);
        assert_eq!(parse_header("# nothing\n"), None);
    }
}
