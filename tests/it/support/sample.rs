//! The sample service, inside the test program.

use std::ops::Deref;

use super::runtime;

#[allow(dead_code, unused_imports, reason = "the demo's program uses more of it than these tests do")]
#[path = "../../../examples/sample-service/service.rs"]
mod service;

pub(crate) use service::{Config, Fault};
use service::{Running, Service};

/// A running sample service: its `url`, `faults` and `log`. It ends with this.
pub(crate) struct Sample(Running);

impl Sample {
    /// The service as it comes: all is well.
    pub(crate) fn start() -> Self {
        Self::with(Config::default())
    }

    /// The service with these settings.
    pub(crate) fn with(config: Config) -> Self {
        Self(runtime().block_on(Service::start(config)).unwrap())
    }

    /// From now on this goes wrong at this path (or, with `*` at its end, at all that begin so).
    pub(crate) fn fault(&self, path: &str, fault: Fault) {
        self.faults.at(path, fault);
    }
}

impl Deref for Sample {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}
