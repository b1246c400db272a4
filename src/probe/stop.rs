//! Stopping early: one token for the run's deadline and for signals.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::{Cause, CauseCode};

/// Asks everything under way to stop, and says why. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    why: Arc<OnceLock<(Cause, Instant)>>,
}

impl Stop {
    /// Ask for the stop. Only the first reason counts.
    pub fn request(&self, code: CauseCode, detail: impl Into<String>) {
        // A second reason changes nothing: the first one is already being acted on.
        let _ = self.why.set((Cause::new(code, detail), Instant::now()));
        self.token.cancel();
    }

    /// Why the stop was asked for, if it was.
    pub fn reason(&self) -> Option<Cause> {
        self.why.get().map(|(cause, _)| cause.clone())
    }

    /// Wait until a stop is requested; returns its reason.
    pub async fn requested(&self) -> Cause {
        self.token.cancelled().await;
        self.reason().unwrap_or_else(|| Cause::new(CauseCode::Interrupted, ""))
    }

    /// Wait for the stop and then until `grace` has passed since it was asked for, whoever else waits.
    pub(crate) async fn over_for(&self, grace: Duration) {
        self.token.cancelled().await;
        let since = self.why.get().map_or_else(Instant::now, |(_, since)| *since);
        tokio::time::sleep_until(since + grace).await;
    }

    /// What `work` gives, or the reason for the stop if that comes first.
    pub(crate) async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, Cause> {
        tokio::select! {
            biased;
            cause = self.requested() => Err(cause),
            value = work => Ok(value),
        }
    }
}
