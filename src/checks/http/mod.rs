//! What pages, sessions, access, workflows and the commit's sources share: a request, its answer, what is expected
//! of it, and the commands that ask the same.

pub(crate) mod answer;
pub(crate) mod commands;
pub(crate) mod exchange;
pub(crate) mod expect;
pub(crate) mod judge;
