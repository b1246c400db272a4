//! What the runner tells while it runs. The only way from running to reporting.

use super::check::CheckReport;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// How many checks there are.
        total: usize,
    },
    /// The service does not yet answer with the expected commit.
    WarmingUp {
        /// What was seen last.
        seen: String,
    },
    /// A check begins.
    CheckStarted {
        /// Its id.
        id: String,
    },
    /// A check ended.
    CheckFinished(Box<CheckReport>),
    /// A signal asked the run to stop.
    Interrupted {
        /// The signal's name.
        signal: String,
    },
}
