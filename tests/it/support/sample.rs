//! The sample service, inside the test program.

use tokio::runtime::Runtime;

#[expect(dead_code, unused_imports, reason = "the demo's program uses more of it than these tests do")]
#[path = "../../../examples/sample-service/service.rs"]
mod service;

pub(crate) use service::{Config, Fault};
use service::{Running, Service};

/// A running sample service; it ends with this.
pub(crate) struct Sample {
    /// Where it is, `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    running: Running,
    /// Drives it while the test itself blocks on the binary.
    _runtime: Runtime,
}

impl Sample {
    /// The service as it comes: all is well.
    pub(crate) fn start() -> Self {
        Self::with(Config::default())
    }

    /// The service with these settings.
    pub(crate) fn with(config: Config) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(Service::start(config)).unwrap();
        Self { url: running.url.clone(), running, _runtime: runtime }
    }

    /// From now on this goes wrong at this path (or, with `*` at its end, at all that begin so).
    pub(crate) fn fault(&self, path: &str, fault: Fault) {
        self.running.faults.at(path, fault);
    }
}
