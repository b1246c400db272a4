//! How long sections 3 and 4 take, a throwaway server from binaries included, and what a large catalogue costs.
//!
//! The server is a real PostgreSQL of the tests'. Where it cannot run, the page says why.

pub(crate) mod catalogue;
mod page;
mod project;
mod runs;

use crate::Broken;
use crate::page::{put, without};
use crate::support::postgres;

/// Measure, and put it into the page.
pub(crate) fn bench(rounds: usize) -> Result<(), Broken> {
    let part = match postgres::missing() {
        Some(why) => without(page::TITLE, "a database", &why),
        None => measure(rounds)?,
    };
    put(page::TITLE, &part)
}

fn measure(rounds: usize) -> Result<String, Broken> {
    let server = postgres::Postgres::start();
    let project = project::Project::new(&server)?;
    let whole = runs::measure(&project, rounds)?;
    let catalogue = catalogue::measure(&server, rounds)?;
    Ok(page::with(rounds, &whole, &catalogue))
}
