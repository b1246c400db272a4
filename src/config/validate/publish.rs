//! What `publish` and `lead` say, as far as it needs more than one key.

use std::collections::HashMap;

use super::super::types::Records;
use super::{Check, Path};

impl Check<'_> {
    /// Names that stand in titles and lists, and leads that are persons, each once.
    pub(super) fn publishing(&mut self) {
        let config = self.config;
        let root = Path::root();
        if let Some(publish) = &config.publish {
            let path = root.key("publish");
            self.one_line(&path.key("base"), publish.base.as_ref());
            for (i, label) in publish.labels.iter().flatten().enumerate() {
                let path = path.key("labels").index(i);
                self.one_line(&path, Some(label));
                if label.chars().count() > 50 {
                    self.problem(&path, "a label has 50 characters at most");
                }
            }
        }
        let source = config.publish.as_ref().and_then(|publish| publish.source.as_ref());
        if matches!(source, Some(Records::Local(_))) {
            let path = root.key("publish").key("source");
            self.problem_with_help(&path, "a folder has no workflow runs", "write `same` or `owner/name`");
        }
        let Some(lead) = &config.lead else { return };
        for (i, file) in lead.workflows.iter().flatten().enumerate() {
            if !file.as_str().starts_with(".github/workflows/") {
                let path = root.key("lead").key("workflows").index(i);
                let help = "write its whole path, such as `.github/workflows/prod-gate.yml`";
                self.problem_with_help(&path, "workflow files are under .github/workflows/", help);
            }
        }
        let path = root.key("lead").key("reviewers");
        let mut names = HashMap::new();
        for (i, login) in lead.reviewers.iter().enumerate() {
            let path = path.index(i);
            if login.is_machine() {
                self.problem_with_help(&path, "an App cannot validate", "name a person");
            }
            // Logins do not differ by case.
            let name = login.as_str().to_ascii_lowercase();
            self.unique(&mut names, &name, &path, "the reviewer", "remove one of them");
        }
    }
}
