//! The parts of the tests that the runs need: what breaks in them ends the benchmark.

#![expect(clippy::unwrap_used, clippy::panic, reason = "as in the tests")]
#![allow(dead_code, unused_imports, reason = "the tests use more of it")]

use std::sync::LazyLock;

use tokio::runtime::Runtime;

#[path = "../../tests/it/support/gate.rs"]
pub(crate) mod gate;
#[path = "../../tests/it/support/github/mod.rs"]
pub(crate) mod github;
#[path = "../../tests/it/support/publishing.rs"]
pub(crate) mod publishing;
#[path = "../../tests/it/support/record.rs"]
pub(crate) mod record;
#[path = "../../tests/it/support/skip.rs"]
pub(crate) mod skip;
#[path = "../../tests/it/support/validating.rs"]
pub(crate) mod validating;

/// What the client of the tests runs on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    });
    &RUNTIME
}
