//! The parts of the tests that the runs need: what breaks in them ends the benchmark.

#![expect(clippy::unwrap_used, clippy::panic, reason = "as in the tests")]
#![allow(dead_code, reason = "the tests use more of it")]

#[path = "../../tests/it/support/postgres.rs"]
pub(crate) mod postgres;
#[path = "../../tests/it/support/repo.rs"]
pub(crate) mod repo;
#[path = "../../tests/it/support/sshd.rs"]
pub(crate) mod sshd;
