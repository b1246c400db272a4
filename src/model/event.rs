//! What the runner tells while it runs. The only way from running to reporting.

use super::check::CheckReport;

#[derive(Debug, Clone)]
pub enum Event {
    RunStarted {
        total: usize,
    },
    /// The service does not yet answer with the expected commit.
    WarmingUp {
        seen: String,
    },
    CheckStarted {
        id: String,
    },
    CheckFinished(Box<CheckReport>),
    /// A signal asked the run to stop.
    Interrupted {
        signal: String,
    },
}
