//! How long sections 1 and 7 take for two containers: on this machine, and over a slow SSH connection.
//!
//! The parts are real and those of the tests: an sshd, a Docker Engine, a proxy that delays. Where a part cannot run,
//! the page says why.

mod page;
mod parts;
mod runs;

use crate::Broken;
use crate::page::{put, without};

/// What the proxy adds to each direction, in milliseconds; none without a proxy.
const DELAYS_MS: [u64; 3] = [25, 50, 0];

/// Measure, and put it into the page.
pub(crate) fn bench(rounds: usize) -> Result<(), Broken> {
    let part = match parts::missing() {
        Some(why) => without(page::TITLE, "hosts", &why),
        None => measure(rounds)?,
    };
    put(page::TITLE, &part)
}

fn measure(rounds: usize) -> Result<String, Broken> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let parts = parts::Parts::start()?;
    let alone = runs::alone(&parts, rounds)?;
    let local = runs::local(&parts, rounds)?;
    let mut over_ssh = Vec::new();
    for delay in DELAYS_MS {
        over_ssh.push(runs::over_ssh(&runtime, &parts, delay, rounds)?);
    }
    Ok(page::with(rounds, &alone, &local, &over_ssh))
}
