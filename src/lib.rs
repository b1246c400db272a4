//! prod-gate: proves a production deployment.

pub mod model;
pub mod redact;
pub mod text;
