//! What a family may know when it turns the configuration into units of work.

use crate::config::{CheckOptions, Config, Loaded, Path, Waive};
use crate::model::{CheckMeta, Family, Waiver};

/// The configuration and the facts that the plan depends on.
pub struct PlanInput<'a> {
    pub loaded: &'a Loaded,
    /// Today where the team is, for waivers.
    pub today: jiff::civil::Date,
    pub repository: bool,
    /// The tag or commit that was asked for, for titles.
    pub release: Option<String>,
    /// Whether a tag was asked for or found, or a commit was given that is none.
    pub in_question: bool,
    /// Whether production goes back to an earlier commit.
    pub rollback: bool,
}

impl PlanInput<'_> {
    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// Whether there is anything to resolve: a repository, or a tag. A commit alone is taken as it is given,
    /// and that proves nothing.
    pub fn has_release(&self) -> bool {
        self.repository || self.in_question
    }

    /// A check of this family: required, reading, without a place in the configuration.
    pub fn meta(&self, family: Family, id: impl Into<String>, title: impl Into<String>) -> CheckMeta {
        CheckMeta {
            id: id.into(),
            family,
            section: family.section(),
            title: title.into(),
            required: true,
            writes: false,
            proves: family.proves(),
            place: None,
            position: None,
            waiver: None,
        }
    }

    /// The same with what the configuration says beside the check, and where it says so.
    pub fn configured(
        &self,
        meta: CheckMeta,
        path: &Path,
        required: Option<bool>,
        waive: Option<&Waive>,
    ) -> CheckMeta {
        CheckMeta {
            required: required.unwrap_or(true),
            position: self.loaded.position(path),
            waiver: waive.map(|waive| self.waiver(waive)),
            ..meta
        }
    }

    /// The same with what stands beside the check, and where.
    pub fn with_options(&self, meta: CheckMeta, options: &CheckOptions) -> CheckMeta {
        CheckMeta {
            required: options.required,
            position: options.position.clone(),
            waiver: options.waiver.as_ref().map(|waive| self.waiver(waive)),
            ..meta
        }
    }

    fn waiver(&self, waive: &Waive) -> Waiver {
        let until = waive.until.date();
        Waiver {
            reason: waive.reason.to_string(),
            owner: waive.owner.to_string(),
            until: until.to_string(),
            expired: self.today > until,
        }
    }
}
