//! Everything that is tested from outside, as one program: it links once.
//!
//! A file is a subject; `support` holds what more than one of them needs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what broke by breaking"
)]
#![expect(clippy::print_stdout, reason = "a sweep says how much it swept")]

mod act;
mod actions;
mod attacks;
mod bad_input;
mod cli;
mod commit;
mod docker;
mod docs;
mod environment;
mod fake_github;
mod folder;
mod golden;
mod host_facts;
mod hosts;
mod imports;
mod migrations;
mod network;
mod nextauth;
mod postgres;
mod postgres_change;
mod postgres_ways;
mod prisma;
mod publish;
mod publish_local;
mod replay;
mod rules;
mod runner;
mod schema;
mod schema_bad;
mod schema_random;
mod scratch;
mod secrets;
mod source;
mod sql;
mod stopping;
mod support;
mod sweep;
mod validate;
mod validate_faults;
mod validate_local;
