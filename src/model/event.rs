//! What the runner tells while it runs. The only way from running to reporting.

use super::check::CheckReport;
use super::outcome::Trouble;

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
    /// A try failed and will be made again.
    Retrying {
        /// The check's id.
        id: String,
        /// What went wrong.
        trouble: Trouble,
    },
    /// A check ended.
    CheckFinished(Box<CheckReport>),
    /// A signal asked the run to stop.
    Interrupted {
        /// The signal's name.
        signal: String,
    },
}
