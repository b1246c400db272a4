//! Where the code lives and the work is reviewed: the forge, and the runner that it starts us on.
//!
//! `actions` is the GitHub Actions runner as seen from inside a step: its environment, the commands
//! it reads from the log, and the files it takes outputs and the summary from. Nothing here talks
//! to the network.

pub mod actions;
