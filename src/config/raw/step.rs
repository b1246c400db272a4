//! What a step of a workflow asks.

use super::workflows::RawStep;
use crate::config::types::{METHODS, Template};

impl RawStep {
    /// Every method that it names, as its key and in capitals, with its path. A valid step names one.
    pub(in crate::config) fn requests(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, &Template)> {
        let Self { get, head, post, put, patch, delete, .. } = self;
        METHODS
            .iter()
            .zip([get, head, post, put, patch, delete])
            .filter_map(|((key, method), path)| path.as_ref().map(|path| (*key, *method, path)))
    }
}
