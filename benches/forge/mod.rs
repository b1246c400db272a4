//! How many requests publishing and validating need one after the other, and how long they take when each answer
//! takes 80 ms.
//!
//! GitHub is that of the tests. The counts are held: more than there may be ends the benchmark.

mod page;
mod runs;

use std::time::Duration;

use crate::Broken;
use crate::page::{put, without};

/// How long each answer takes at least.
const LATENCY: Duration = Duration::from_millis(80);

/// Measure, put it into the page, and hold the counts.
pub(crate) fn bench(rounds: usize) -> Result<(), Broken> {
    if let Some(why) = fake_github::missing() {
        return put(page::TITLE, &without(page::TITLE, "GitHub", &why));
    }
    let steps = runs::all(rounds)?;
    put(page::TITLE, &page::with(rounds, &steps))?;
    runs::held(&steps)
}
