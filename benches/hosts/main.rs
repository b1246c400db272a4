//! How long sections 1 and 7 take for two containers: on this machine, and over a slow SSH connection.
//!
//! `script/bench` runs it after `pages`, and it adds its part to the same page. The parts are real and those of
//! the tests: an sshd, a Docker Engine, a proxy that delays. Nothing is asserted about times; what is asserted is
//! that every run did its work. Where a part cannot run, the page says why.

#![allow(missing_docs, reason = "a program, not a library")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

#[path = "../pages/machine.rs"]
mod machine;
mod page;
mod parts;
mod runs;
mod support;

use std::error::Error;
use std::process::ExitCode;

/// Anything that ends the benchmark; it is only printed.
type Broken = Box<dyn Error + Send + Sync>;

/// What the proxy adds to each direction, in milliseconds; none without a proxy.
const DELAYS_MS: [u64; 3] = [25, 50, 0];

fn main() -> ExitCode {
    match bench() {
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
    let text = match parts::missing() {
        Some(why) => {
            eprintln!("bench: without hosts ({why})");
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
