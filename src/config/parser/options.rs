//! What stands beside every check.

use super::Parser;
use crate::config::path::Path;
use crate::config::types::Waive;
use crate::model::Position;

/// What stands beside a check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    pub required: bool,
    /// The failure that is known and accepted.
    pub waiver: Option<Waive>,
    /// Where the check stands; none without a file.
    pub position: Option<Position>,
}

impl Parser<'_> {
    /// What stands beside every check: whether it blocks, a known failure, and where it is.
    pub(in crate::config) fn options(
        &mut self,
        required: Option<bool>,
        waive: Option<&Waive>,
        path: &Path,
    ) -> CheckOptions {
        self.options_in(&CheckOptions { required: true, ..CheckOptions::default() }, required, waive, path)
    }

    /// The same inside of something that has options of its own.
    pub(in crate::config) fn options_in(
        &mut self,
        outer: &CheckOptions,
        required: Option<bool>,
        waive: Option<&Waive>,
        path: &Path,
    ) -> CheckOptions {
        if let Some(waive) = waive {
            let path = path.key("waive");
            self.one_line(&path.key("reason"), Some(&waive.reason));
            self.one_line(&path.key("owner"), Some(&waive.owner));
        }
        CheckOptions {
            required: required.unwrap_or(outer.required),
            waiver: waive.or(outer.waiver.as_ref()).cloned(),
            position: self.position(path),
        }
    }

    /// The same options for a part of what they stand beside.
    pub(in crate::config) fn moved(&self, options: &CheckOptions, path: &Path) -> CheckOptions {
        CheckOptions { position: self.position(path), ..options.clone() }
    }
}
