//! The sample service of `examples/`, in this process, for tests that run the binary beside it.

#[expect(dead_code, unused_imports, reason = "no test uses all of it")]
#[path = "../../../examples/sample-service/service.rs"]
mod service;

pub(crate) use service::{Config, Logged, Role, User};
use service::{Running, Service};
use tokio::runtime::Runtime;

/// The service with threads of its own, so that a test may block.
pub(crate) struct Sample {
    /// The service.
    pub(crate) running: Running,
    _threads: Runtime,
}

impl Sample {
    /// Start it on a free port.
    pub(crate) fn start(config: Config) -> Self {
        let threads =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let running = threads.block_on(Service::start(config)).unwrap();
        Self { running, _threads: threads }
    }

    /// Its address, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.running.url
    }

    /// What was asked of it so far.
    pub(crate) fn asked(&self) -> Vec<Logged> {
        self.running.log.all()
    }
}
