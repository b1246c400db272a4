//! How gently production is asked, and how long anything may take, with what holds where the file is silent.

use std::time::Duration;

use crate::config::parser::Parser;
use crate::config::path::Path;
use crate::config::types::{Rate, Wait};

/// The limits of a run.
#[derive(Debug, Clone, Copy)]
pub struct RunLimits {
    pub in_flight: usize,
    /// The time between the beginnings of two requests to a host.
    pub spacing: Duration,
    pub check: Duration,
    pub deadline: Duration,
    pub body: usize,
    pub retries: u32,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            in_flight: 4,
            spacing: Duration::from_millis(200),
            check: Duration::from_secs(30),
            deadline: Duration::from_secs(20 * 60),
            body: 1 << 20,
            retries: 2,
        }
    }
}

impl Parser<'_> {
    pub(super) fn limits(&mut self) -> RunLimits {
        let default = RunLimits::default();
        let Some(limits) = &self.raw.limits else { return default };
        if limits.in_flight == Some(0) {
            let path = Path::root().key("limits").key("in_flight");
            self.problem_with_help(&path, "nothing would ever be asked", "write 1 or more");
        }
        let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        RunLimits {
            in_flight: limits.in_flight.map_or(default.in_flight, |number| number as usize),
            spacing: limits.rate.map_or(default.spacing, |rate: Rate| rate.interval().unwrap_or_default()),
            check: limits.check.map_or(default.check, Wait::duration),
            deadline: limits.deadline.map_or(default.deadline, Wait::duration),
            body: limits.body.map_or(default.body, |size| bytes(size.bytes())),
            retries: limits.retries.unwrap_or(default.retries),
        }
    }
}
