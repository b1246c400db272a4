//! What the tests need around the binary: the binary itself, repositories, certificates, services.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

pub(crate) mod gate;
pub(crate) mod repo;
pub(crate) mod sample;
pub(crate) mod scripted;
pub(crate) mod tls;

/// The one runtime that the servers of the tests run on. Tests themselves are plain functions: they wait for
/// processes.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    &RUNTIME
}
