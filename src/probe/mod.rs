//! All input and output to production and to the repository.
//!
//! A probe reports what it saw or why it saw nothing; it never judges. What it captures is scrubbed
//! by the one who shows it; sessions' own cookies and tokens are added to the scrubber here.

pub mod call;
pub mod catalogue;
pub mod classify;
pub mod curl;
pub mod docker;
pub mod git;
pub mod host;
pub mod http;
pub mod jar;
pub mod postgres;
pub mod scratch;
pub mod stop;
pub mod throttle;
