//! prod-gate: proves a production deployment.

pub mod model;
pub mod render;
pub mod text;
