//! prod-gate: proves a production deployment.

pub mod forge;
pub mod model;
pub mod redact;
pub mod render;
pub mod text;
