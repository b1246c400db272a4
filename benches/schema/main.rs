//! How long sections 3 and 4 take, a throwaway server from binaries included, and what a large catalogue costs.
//!
//! `script/bench` runs it last, and it adds its part to the page. The server is a real PostgreSQL of the tests'. Nothing
//! is asserted about times; what is asserted is that every run did its work. Where it cannot run, the page says why.

#![allow(missing_docs, reason = "a program, not a library")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

mod catalogue;
#[path = "../pages/machine.rs"]
mod machine;
mod page;
mod project;
mod runs;
mod support;

use std::error::Error;
use std::process::ExitCode;

/// Anything that ends the benchmark; it is only printed.
type Broken = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The catalogue is read by a process of its own, so that its memory can be told.
    let done = match arguments.as_slice() {
        [word, url] if word == catalogue::WORD => catalogue::read_and_compare(url),
        _ => bench(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measure, print, and put it into the page where `BENCH_OUT` says.
fn bench() -> Result<(), Broken> {
    let rounds = match std::env::var("BENCH_ROUNDS") {
        Ok(text) => text.parse().map_err(|_| format!("BENCH_ROUNDS={text} is not a number"))?,
        Err(_) => 11,
    };
    let text = match support::postgres::missing() {
        Some(why) => {
            eprintln!("bench: without a database ({why})");
            page::without(&why)
        }
        None => measure(rounds)?,
    };
    println!("{text}");
    if let Ok(path) = std::env::var("BENCH_OUT") {
        page::put(&path, &text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn measure(rounds: usize) -> Result<String, Broken> {
    let server = support::postgres::Postgres::start();
    let project = project::Project::new(&server)?;
    let whole = runs::measure(&project, rounds)?;
    let catalogue = catalogue::measure(&server, rounds)?;
    Ok(page::with(rounds, &whole, &catalogue))
}
