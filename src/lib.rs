//! prod-gate: proves a production deployment.

pub mod config;
pub mod model;
pub mod output;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod redact;
pub mod render;
pub mod runner;
pub mod signals;
pub mod text;
