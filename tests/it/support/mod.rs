//! What the tests need around the binary: the binary itself, repositories, certificates, a service.

pub(crate) mod delay;
pub(crate) mod docker;
pub(crate) mod gate;
pub(crate) mod repo;
pub(crate) mod sample;
pub(crate) mod skip;
pub(crate) mod sshd;
pub(crate) mod tls;
