//! How fast and how small the gate is, as a whole process, beside curl and hurl in the same run.
//!
//! The service under test is a process of its own (this program again), so that memory is the gate's alone.

mod runs;
pub(crate) mod server;
mod table;

use crate::Broken;
use crate::page::begin;

/// Pages asked for in one run.
const PAGES: usize = 1000;
/// Requests under way at once.
const IN_FLIGHT: usize = 50;
/// The latency of the slow service, in milliseconds.
const LATENCY_MS: u64 = 50;

/// Measure everything, and begin the page.
pub(crate) fn bench(rounds: usize) -> Result<(), Broken> {
    let tools = runs::Tools::find()?;
    let start = runs::start(&tools, rounds * 4)?;
    let quick = runs::pages(&tools, 0, rounds)?;
    let slow = runs::pages(&tools, LATENCY_MS, rounds)?;
    let page = table::page(&tools, rounds, &start, &slow, &quick);
    begin(&page)
}
