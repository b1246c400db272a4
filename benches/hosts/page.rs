//! The part of docs/benchmarks.md that the figures become.

use std::fmt::Write as _;

use crate::hosts::parts::CHECKS;
use crate::hosts::runs::{Alone, Figures};
use crate::page;
use crate::times::Times;

/// How the part begins; everything from here to the page's end is its own.
pub(super) const TITLE: &str = "## Sections 1 and 7 of two containers\n";
/// What is aimed at, in milliseconds.
const SSH_MS: f64 = 1000.0;
const LOCAL_MS: f64 = 150.0;

/// The part with its figures.
pub(crate) fn with(rounds: usize, alone: &Alone, local: &Figures, over_ssh: &[Figures]) -> String {
    let mut text = format!(
        "{}\
         A real sshd and a real Docker Engine on the same machine, which do their work on the same cores. {CHECKS} \
         checks, all passed in every run: of each of two containers its state, health, restarts and image, and four \
         variables; a disk, a clock and a command in a container; the commit of a git work tree, of a label and of a \
         file in a container; the tag and its range. That is nine commands on the host, six of them `docker`. Medians of \
         {rounds} rounds, one uncounted before, in turn within a round.\n\n",
        page::head(TITLE)
    );
    text.push_str(
        "- *whole*: the process from its start to its end, with connecting, git's answers about the tag and all \
           four files.\n\
         - *checks*: from `report.json`, from the first check's begin to the last one's end; connecting is in it, \
           as the first check needs it.\n\
         - *connecting*: connecting and logging in alone, by the library that the gate is made of.\n\
         - *only `true`*: a whole process that connects, runs `true` on the host and nothing else.\n\
         - *once connected*: *whole* without *connecting*; the aim is held against this. Without *only `true`* it \
           would be less, as that holds a start, a command and four files of its own.\n\n",
    );
    text.push_str(
        "| host | round trip | connecting | only `true` | whole (from – to) | checks | once connected | whole less only `true` |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for figures in over_ssh {
        let name = match figures.delay {
            0 => "SSH, nothing added".to_owned(),
            delay => format!("SSH, {delay} ms added each way"),
        };
        row(&mut text, &name, figures);
    }
    row(&mut text, "this machine", local);
    let _ = writeln!(
        text,
        "\nThe round trip is one byte there and back through the same proxy. For comparison, on this \
         machine and without the gate: `docker container inspect` {}, `docker exec … cat` {}, and its \
         commands without the two `docker image inspect`, started at once, {}.",
        alone.inspect.range(),
        alone.exec.range(),
        alone.together.range()
    );
    aims(&mut text, local, over_ssh);
    text
}

fn row(text: &mut String, name: &str, figures: &Figures) {
    let optional = |times: &Times| {
        let median = times.median();
        if median.is_nan() { "–".to_owned() } else { format!("{median:.1} ms") }
    };
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {:.1} ms | {} | {:.1} ms | {:.1} ms | {:.1} ms |",
        optional(&figures.round_trip),
        optional(&figures.connecting),
        figures.least.median(),
        figures.whole.range(),
        figures.checks.median(),
        connected(figures),
        figures.whole.median() - figures.least.median()
    );
}

/// The whole run without connecting, in milliseconds.
fn connected(figures: &Figures) -> f64 {
    let connecting = figures.connecting.median();
    figures.whole.median() - if connecting.is_nan() { 0.0 } else { connecting }
}

fn aims(text: &mut String, local: &Figures, over_ssh: &[Figures]) {
    text.push_str("\n### Aims of sections 1 and 7\n\n| what | figure | at most | |\n|---|--:|--:|---|\n");
    let slow = over_ssh.iter().filter(|figures| figures.delay > 0).map(|figures| {
        let what = format!("over SSH, {} ms added to the round trip, once connected", 2 * figures.delay);
        (what, connected(figures), SSH_MS)
    });
    for (what, figure, aim) in slow.chain([("this machine".to_owned(), local.whole.median(), LOCAL_MS)]) {
        let word = if figure <= aim {
            "reached".to_owned()
        } else {
            format!("falls short, {:.2} times the aim", figure / aim)
        };
        let _ = writeln!(text, "| {what} | {figure:.1} ms | {aim:.0} ms | {word} |");
    }
}
