//! The configuration: from the bytes of `prod-gate.yml` to a `Config` that can be trusted.

pub mod path;
pub mod problem;
pub mod source;
pub mod tree;
mod scalar;
mod interpolate;
