//! prod-gate: proves a production deployment.
//!
//! ```text
//! prod-gate.yml ─▶ config ─▶ plan ─▶ runner ─▶ events ─▶ Report ─▶ render ─▶ files ─▶ publish
//!                  (all errors  (what will run,  │ (progress)       record.md, junit.xml,   branch, commit,
//!                   at once,     printable)      ▼                  summary.md, report.json  pull request, status
//!                   with line)                checks: observe() ─▶ judge()
//! ```
//!
//! One way only; [`gate`] shows it on one page. Inside a check an asynchronous part observes production
//! and a pure part judges what was seen. A probe that breaks makes an errored check, never an aborted run.
//! Evidence is data ([`model`]) until a renderer puts it into words ([`render`]). Who may import whom is
//! told in docs/architecture.md and held by a test.

pub mod checks;
pub mod cli;
pub mod config;
pub mod error;
pub mod files;
pub mod forge;
pub mod gate;
pub(crate) mod input;
pub mod model;
pub mod output;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod publish;
pub mod redact;
pub mod release;
pub mod render;
pub mod runner;
pub(crate) mod signals;
pub mod text;
pub mod validate;
pub mod validation;
