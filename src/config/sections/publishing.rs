//! Where the record goes, and who validates a deployment.

use std::time::Duration;

use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::raw::publish::RawLead;
use crate::config::types::{Language, Records, SeparationRule, Wait};

/// The longest label that forges take, in characters.
const LONGEST_LABEL: usize = 50;

/// What publishing and validating need of a configuration, which may be another commit's than the one that is here.
#[derive(Debug, Clone)]
pub struct PublishingConfig {
    pub language: Language,
    /// The longest that one request to the forge may take.
    pub request: Duration,
    /// The longest wait, in all, for a forge that is busy.
    pub patience: Duration,
    pub repository: Records,
    pub base: Option<String>,
    pub failing: bool,
    pub labels: Vec<String>,
    pub identity: Option<String>,
    pub source: Option<String>,
    /// Logins of those who may validate.
    pub leads: Vec<String>,
    pub separation: SeparationRule,
    pub accept_failed: bool,
    pub workflows: Vec<String>,
}

impl Default for PublishingConfig {
    fn default() -> Self {
        Self {
            language: Language::Fr,
            request: Duration::from_secs(20),
            patience: Duration::from_secs(120),
            repository: Records::Same,
            base: None,
            failing: true,
            labels: Vec::new(),
            identity: None,
            source: None,
            leads: Vec::new(),
            separation: SeparationRule::Required,
            accept_failed: false,
            workflows: Vec::new(),
        }
    }
}

impl Parser<'_> {
    /// What publishing needs, whatever else the file says.
    pub(in crate::config) fn publishing(&mut self) -> Result<PublishingConfig, Refused> {
        let raw = self.raw;
        let mut config = PublishingConfig::default();
        config.language = raw.language.unwrap_or(config.language);
        if let Some(limits) = &raw.limits {
            config.request = limits.forge.map_or(config.request, Wait::duration);
            config.patience = limits.forge_wait.map_or(config.patience, Wait::duration);
        }
        if let Some(publish) = raw.publish.clone() {
            let path = Path::root().key("publish");
            self.one_line(&path.key("base"), publish.base.as_ref());
            for (i, label) in publish.labels.iter().flatten().enumerate() {
                let path = path.key("labels").index(i);
                self.one_line(&path, Some(label));
                if label.chars().count() > LONGEST_LABEL {
                    self.problem(&path, format!("a label has {LONGEST_LABEL} characters at most"));
                }
                config.labels.push(label.to_string());
            }
            config.source = match publish.source {
                None | Some(Records::Same) => None,
                Some(Records::Other(name)) => Some(name),
                Some(Records::Local(_)) => {
                    let help = "write `same` or `owner/name`";
                    self.problem_with_help(&path.key("source"), "a folder has no workflow runs", help);
                    None
                }
            };
            config.repository = publish.repository.unwrap_or(config.repository);
            config.base = publish.base.map(|base| base.to_string()).filter(|base| base != "default");
            config.failing = publish.failing.unwrap_or(config.failing);
            config.identity = publish.identity.map(|login| login.to_string());
        }
        if let Some(lead) = &raw.lead {
            self.lead(lead, &Path::root().key("lead"));
            config.leads = lead.reviewers.iter().map(ToString::to_string).collect();
            config.separation = lead.separation.unwrap_or(config.separation);
            config.accept_failed = lead.accept_failed.unwrap_or(config.accept_failed);
            config.workflows = lead.workflows.iter().flatten().map(ToString::to_string).collect();
        }
        Ok(config)
    }

    fn lead(&mut self, lead: &RawLead, path: &Path) {
        for (i, file) in lead.workflows.iter().flatten().enumerate() {
            if !file.as_str().starts_with(".github/workflows/") {
                let help = "write its whole path, such as `.github/workflows/prod-gate.yml`";
                let path = path.key("workflows").index(i);
                self.problem_with_help(&path, "workflow files are under .github/workflows/", help);
            }
        }
        let mut names = Names::new();
        for (i, login) in lead.reviewers.iter().enumerate() {
            let path = path.key("reviewers").index(i);
            if login.is_machine() {
                self.problem_with_help(&path, "an App cannot validate", "name a person");
            }
            // Logins do not differ by case.
            let name = login.as_str().to_ascii_lowercase();
            self.unique(&mut names, &name, &path, "the reviewer", "remove one of them");
        }
    }
}
