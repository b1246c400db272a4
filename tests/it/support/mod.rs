//! What the tests need around the binary: the binary itself, repositories, certificates, services.

use std::sync::LazyLock;

use tokio::runtime::Runtime;
pub(crate) mod app;
pub(crate) mod bash;
pub(crate) mod delay;
pub(crate) mod docker;
pub(crate) mod gate;
pub(crate) mod pgbouncer;
pub(crate) mod postgres;
pub(crate) mod project;
pub(crate) mod publishing;
pub(crate) mod raw;
pub(crate) mod record;
pub(crate) mod repo;
#[allow(dead_code, unused_imports, reason = "the demo's program uses parts of it that no test needs")]
#[path = "../../../examples/sample-service/service.rs"]
pub(crate) mod sample;
pub(crate) mod scripted;
pub(crate) mod skip;
pub(crate) mod sshd;
pub(crate) mod tls;
pub(crate) mod validating;

/// The one runtime that every server of the tests runs on. Tests themselves are plain functions: they wait
/// for processes.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    &RUNTIME
}

/// The sample service, fresh, on a port of its own.
pub(crate) fn sample() -> sample::Running {
    sample_with(sample::Config::default())
}

/// The same, set up like this.
pub(crate) fn sample_with(config: sample::Config) -> sample::Running {
    runtime().block_on(sample::Service::start(config)).unwrap()
}
