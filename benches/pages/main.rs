//! How fast and how small the gate is, as a whole process, beside curl and hurl in the same run.
//!
//! `script/bench` runs it and keeps what it prints in docs/benchmarks.md. The service under test is a
//! process of its own (this program again, as `serve`), so that memory is the gate's alone. Nothing is
//! asserted about times: a slow machine makes a slow table, not a failed test. What is asserted is that
//! every run did its work.

#![allow(missing_docs, reason = "a program, not a library")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

mod machine;
mod runs;
mod server;
mod table;

use std::error::Error;
use std::process::ExitCode;

/// Pages asked for in one run.
const PAGES: usize = 1000;
/// Requests under way at once.
const IN_FLIGHT: usize = 50;
/// The latency of the slow service, in milliseconds.
const LATENCY_MS: u64 = 50;

/// Anything that ends the benchmark; it is only printed.
type Broken = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    // cargo itself adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["serve", latency] => latency.parse().map_err(Broken::from).and_then(server::serve),
        [] => bench(),
        other => Err(format!("unknown arguments {other:?}; settings are environment variables").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measure everything, print it, and write the page where `BENCH_OUT` says.
fn bench() -> Result<(), Broken> {
    let rounds = match std::env::var("BENCH_ROUNDS") {
        Ok(text) => text.parse().map_err(|_| format!("BENCH_ROUNDS={text} is not a number"))?,
        Err(_) => 11,
    };
    let tools = runs::Tools::find()?;
    let start = runs::start(&tools, rounds * 4)?;
    let quick = runs::pages(&tools, 0, rounds)?;
    let slow = runs::pages(&tools, LATENCY_MS, rounds)?;
    let page = table::page(&tools, rounds, &start, &slow, &quick);
    println!("{page}");
    if let Ok(path) = std::env::var("BENCH_OUT") {
        std::fs::write(&path, &page).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}
