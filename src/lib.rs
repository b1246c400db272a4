//! prod-gate: proves a production deployment.

pub mod checks;
pub mod cli;
pub mod config;
pub mod error;
pub mod files;
pub mod forge;
pub mod gate;
pub mod input;
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
