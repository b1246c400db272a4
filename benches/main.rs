//! The benchmarks, as one program: `cargo bench --bench all NAME` runs one of them.
//!
//! `script/bench` runs all of them and keeps what they print in docs/benchmarks.md: `pages` begins the page, and each of
//! the others adds a part at its end. The gate is the release build, as a whole process. Nothing is asserted about
//! times: a slow machine makes a slow table, not a failed test. What is asserted is that every run did its work.

#![allow(missing_docs, reason = "a program, not a library")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

mod forge;
mod hosts;
mod machine;
mod page;
mod pages;
mod schema;
mod support;
mod times;

use std::error::Error;
use std::process::ExitCode;

/// Anything that ends a benchmark; it is only printed.
type Broken = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    // cargo itself adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A benchmark; or what one starts as a process of its own, so that its memory can be told.
fn run(words: &[&str]) -> Result<(), Broken> {
    match words {
        ["forge"] => forge::bench(rounds()?),
        ["hosts"] => hosts::bench(rounds()?),
        ["pages"] => pages::bench(rounds()?),
        ["schema"] => schema::bench(rounds()?),
        [pages::server::WORD, latency] => pages::server::serve(latency.parse()?),
        [schema::catalogue::WORD, url] => schema::catalogue::read_and_compare(url),
        other => Err(format!("{other:?} is no benchmark: forge, hosts, pages or schema").into()),
    }
}

fn rounds() -> Result<usize, Broken> {
    match std::env::var("BENCH_ROUNDS") {
        Ok(text) => text.parse().map_err(|_| format!("BENCH_ROUNDS={text} is not a number").into()),
        Err(_) => Ok(11),
    }
}
