//! Section 1: the tag and its commit, what the release brings, and which commit production runs.

pub mod source;
pub mod tag;
