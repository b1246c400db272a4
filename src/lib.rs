//! prod-gate: proves a production deployment.

pub mod config;
pub mod model;
pub mod text;
