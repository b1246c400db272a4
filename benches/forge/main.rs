//! How many requests publishing and validating need one after the other, and how long they take when each answer
//! takes 80 ms.
//!
//! `script/bench` runs it after `hosts`, and it adds its part to the same page. GitHub is that of the tests; the
//! gate is the release build, as a whole process. The counts are held: more than there may be ends the benchmark.
//! Nothing is asserted about times.

#![allow(missing_docs, reason = "a program, not a library")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

#[path = "../pages/machine.rs"]
mod machine;
mod page;
mod runs;
mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// Anything that ends the benchmark; it is only printed.
type Broken = Box<dyn Error + Send + Sync>;

/// How long each answer takes at least.
const LATENCY: Duration = Duration::from_millis(80);

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measure, print, put it into the page where `BENCH_OUT` says, and hold the counts.
fn bench() -> Result<(), Broken> {
    let rounds = match std::env::var("BENCH_ROUNDS") {
        Ok(text) => text.parse().map_err(|_| format!("BENCH_ROUNDS={text} is not a number"))?,
        Err(_) => 11,
    };
    let steps = match support::github::missing() {
        Some(why) => {
            eprintln!("bench: without GitHub ({why})");
            return put(&page::without(&why));
        }
        None => runs::all(rounds)?,
    };
    put(&page::with(rounds, &steps))?;
    runs::held(&steps)
}

fn put(text: &str) -> Result<(), Broken> {
    println!("{text}");
    if let Ok(path) = std::env::var("BENCH_OUT") {
        page::put(&path, text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}
