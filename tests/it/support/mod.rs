//! What the tests need around the binary: the binary itself, repositories, certificates, a service.

pub(crate) mod bash;
pub(crate) mod gate;
pub(crate) mod raw;
pub(crate) mod repo;
pub(crate) mod sample;
pub(crate) mod tls;
