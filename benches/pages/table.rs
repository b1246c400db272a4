//! The page that the figures become: docs/benchmarks.md.

use std::fmt::Write as _;

use crate::machine;
use crate::pages::runs::{Figures, Tools};
use crate::pages::{IN_FLIGHT, LATENCY_MS, PAGES};

/// What is aimed at, in the order of the table: milliseconds, or MiB.
const START_MS: f64 = 5.0;
const SLOW_MS: f64 = 1100.0;
const QUICK_MS: f64 = 60.0;
const PEAK_MIB: f64 = 25.0;

/// The whole page. The gate is the first of each list.
pub(crate) fn page(
    tools: &Tools,
    rounds: usize,
    start: &[Figures],
    slow: &[Figures],
    quick: &[Figures],
) -> String {
    let mut text = String::from("# Benchmarks\n\n");
    let date = std::env::var("BENCH_DATE").unwrap_or_else(|_| "unknown date".to_owned());
    let _ = writeln!(
        text,
        "Made by `script/bench` on {date}, from a release build, on: {}.\n\n\
         Whole processes, from their start to their end, all four files of the gate written; medians of {rounds} \
         rounds ({} for the start), programs in turn within a round, one uncounted round before. The service is a \
         process of its own on loopback with {PAGES} distinct pages of 2 KiB, HTTP/1.1, connections kept. Limits \
         lifted by the configuration (`in_flight: {IN_FLIGHT}`, `rate: unlimited`). The peak is the resident memory \
         of one more run of each by `/usr/bin/time -f %M`.\n",
        machine::describe(),
        rounds * 4,
    );
    let peers = match &tools.hurl {
        Ok((_, hurl)) => format!(
            "Peers: {} with `--parallel --parallel-max {IN_FLIGHT}`; {hurl} with `--test --jobs {IN_FLIGHT}`.",
            tools.curl
        ),
        Err(why) => format!(
            "Peers: {} with `--parallel --parallel-max {IN_FLIGHT}`. hurl was not measured: {why}.",
            tools.curl
        ),
    };
    let _ = writeln!(text, "{peers}\n");
    section(&mut text, "Start", start);
    section(&mut text, &format!("{PAGES} pages, {LATENCY_MS} ms latency, {IN_FLIGHT} in flight"), slow);
    section(&mut text, &format!("{PAGES} pages, no latency, {IN_FLIGHT} in flight"), quick);
    aims(&mut text, start, slow, quick);
    text
}

fn section(text: &mut String, title: &str, all: &[Figures]) {
    let _ = writeln!(
        text,
        "## {title}\n\n| program | median | from – to | ratio to prod-gate | peak memory |\n|---|--:|--:|--:|--:|"
    );
    let base = all.first().map_or(1.0, Figures::median_ms);
    for figures in all {
        let (least, most) = figures.range_ms();
        let peak = figures.median_mib().map_or_else(|| "–".to_owned(), |mib| format!("{mib:.1} MiB"));
        let median = figures.median_ms();
        let _ = writeln!(
            text,
            "| {} | {median:.1} ms | {least:.1} – {most:.1} ms | {:.2} | {peak} |",
            figures.name,
            median / base
        );
    }
    text.push('\n');
}

fn aims(text: &mut String, start: &[Figures], slow: &[Figures], quick: &[Figures]) {
    let ms = |all: &[Figures]| all.first().map_or(f64::NAN, Figures::median_ms);
    let mib = |all: &[Figures]| all.first().and_then(Figures::median_mib).unwrap_or(f64::NAN);
    let peak = mib(slow).max(mib(quick));
    let rows = [
        ("start to `--version`", ms(start), START_MS, "ms"),
        ("pages with latency", ms(slow), SLOW_MS, "ms"),
        ("pages without latency", ms(quick), QUICK_MS, "ms"),
        ("peak memory, the larger of the two", peak, PEAK_MIB, "MiB"),
    ];
    text.push_str("## Aims\n\n| what | figure | at most | |\n|---|--:|--:|---|\n");
    for (what, figure, aim, unit) in rows {
        let word = if figure <= aim {
            "reached".to_owned()
        } else {
            format!("falls short, {:.2} times the aim", figure / aim)
        };
        let _ = writeln!(text, "| {what} | {figure:.1} {unit} | {aim:.0} {unit} | {word} |");
    }
    let _ = writeln!(
        text,
        "\nThe least that {PAGES} requests can take at {LATENCY_MS} ms with {IN_FLIGHT} in flight is {} ms.",
        PAGES as u64 * LATENCY_MS / IN_FLIGHT as u64
    );
}
