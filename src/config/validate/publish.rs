//! What `publish` and `lead` say, as far as it needs more than one key.

use std::collections::HashMap;

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
        let Some(lead) = &config.lead else { return };
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
