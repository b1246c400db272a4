//! The part of docs/benchmarks.md that the counts become.

use std::fmt::Write as _;

use crate::forge::LATENCY;
use crate::forge::runs::Step;
use crate::page;

/// How the part begins; everything from here to the page's end is its own.
pub(super) const TITLE: &str = "## Publishing and validating\n";

/// The part with its counts.
pub(crate) fn with(rounds: usize, steps: &[Step]) -> String {
    let mut text = format!(
        "{}\
         Against the GitHub of the tests, which takes {} ms for each answer and a new connection for each request. \
         One lead, no labels. *deep*: requests one after the other, each sent when the one before it was answered; \
         the worst of {rounds} rounds. More than *at most* ends `script/bench`. *whole*: the process from its start to \
         its end, the median. A validation that wrote waits a second before it reads the reviews again.\n\n\
         | step | deep | at most | requests | whole (from – to) |\n|---|--:|--:|--:|--:|\n",
        page::head(TITLE),
        LATENCY.as_millis()
    );
    for step in steps {
        let (median, least, most) = step.times.figures();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {median:.0} ms ({least:.0} – {most:.0}) |",
            step.name, step.depth, step.most, step.requests
        );
    }
    text
}
