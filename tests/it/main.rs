//! Everything that is tested from outside, as one program: it links once.
//!
//! A file is a subject; `support` holds what more than one of them needs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what broke by breaking")]

mod cli;
mod docker;
mod docs;
mod host_facts;
mod hosts;
mod imports;
mod rules;
mod source;
mod support;
