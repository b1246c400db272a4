//! The parts of the tests that the benchmarks need: what breaks in them ends the benchmark.

#![expect(clippy::unwrap_used, clippy::panic, reason = "as in the tests")]
#![allow(dead_code, unused_imports, reason = "the tests use more of it")]

use std::sync::LazyLock;

use tokio::runtime::Runtime;

#[path = "../tests/it/support/delay.rs"]
pub(crate) mod delay;
#[path = "../tests/it/support/docker.rs"]
pub(crate) mod docker;
#[path = "../tests/it/support/gate.rs"]
pub(crate) mod gate;
#[path = "../tests/it/support/postgres.rs"]
pub(crate) mod postgres;
#[path = "../tests/it/support/publishing.rs"]
pub(crate) mod publishing;
#[path = "../tests/it/support/record.rs"]
pub(crate) mod record;
#[path = "../tests/it/support/repo.rs"]
pub(crate) mod repo;
#[path = "../tests/it/support/skip.rs"]
pub(crate) mod skip;
#[path = "../tests/it/support/sshd.rs"]
pub(crate) mod sshd;
#[path = "../tests/it/support/validating.rs"]
pub(crate) mod validating;

/// What the client of the tests runs on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    });
    &RUNTIME
}
