//! The part of docs/benchmarks.md that the counts become.

use std::fmt::Write as _;
use std::{fs, io};

use crate::runs::Step;
use crate::{LATENCY, machine};

/// How the part begins; everything from here to the page's end is its own.
const TITLE: &str = "## Publishing and validating\n";

/// The part where it was not measured.
pub(crate) fn without(why: &str) -> String {
    format!("{TITLE}\nNot measured by `script/bench` on {}: {why}.\n", date())
}

/// The part with its counts.
pub(crate) fn with(rounds: usize, steps: &[Step]) -> String {
    let mut text = format!(
        "{TITLE}\nMade by `script/bench` on {}, from a release build, on: {}.\n\n\
         Against the GitHub of the tests, which takes {} ms for each answer and a new connection for each request. \
         One lead, no labels. *deep*: requests one after the other, each sent when the one before it was answered; \
         the worst of {rounds} rounds. More than *at most* ends `script/bench`. *whole*: the process from its start to \
         its end, the median. A validation that wrote waits a second before it reads the reviews again.\n\n\
         | step | deep | at most | requests | whole (from – to) |\n|---|--:|--:|--:|--:|\n",
        date(),
        machine::describe(),
        LATENCY.as_millis()
    );
    for step in steps {
        let (median, least, most) = step.figures();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {median:.0} ms ({least:.0} – {most:.0}) |",
            step.name, step.depth, step.most, step.requests
        );
    }
    text
}

fn date() -> String {
    std::env::var("BENCH_DATE").unwrap_or_else(|_| "unknown date".to_owned())
}

/// Put the part at the end of the page, in the place of an older one.
pub(crate) fn put(path: &str, part: &str) -> io::Result<()> {
    let page = match fs::read_to_string(path) {
        Ok(page) => page,
        Err(error) if error.kind() == io::ErrorKind::NotFound => "# Benchmarks\n".to_owned(),
        Err(error) => return Err(error),
    };
    let before = page.split_once(TITLE).map_or(page.as_str(), |(before, _)| before);
    fs::write(path, format!("{}\n\n{part}", before.trim_end()))
}
