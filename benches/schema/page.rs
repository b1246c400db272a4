//! The part of docs/benchmarks.md about migrations and schema.

use std::fmt::Write as _;
use std::fs;
use std::io;

use crate::catalogue::{self, Figures};
use crate::machine;
use crate::project::{MIGRATIONS, TABLES};
use crate::runs::{Times, Whole};

/// Its heading, by which an older one is found.
const TITLE: &str = "## Sections 3 and 4: migrations and schema\n";
/// What is aimed at, in milliseconds and MiB.
const WHOLE_MS: f64 = 5000.0;
const CATALOGUE_MS: f64 = 1000.0;
const CATALOGUE_MIB: f64 = 100.0;

/// The part where it was not measured.
pub(crate) fn without(why: &str) -> String {
    format!("{TITLE}\nNot measured by `script/bench` on {}: {why}.\n", date())
}

/// The part with its figures.
pub(crate) fn with(rounds: usize, whole: &Whole, catalogue: &Figures) -> String {
    let mut text = format!(
        "{TITLE}\nMade by `script/bench` on {}, from a release build, on: {}.\n\n\
         A real PostgreSQL on the same machine as production's. {MIGRATIONS} migrations make {TABLES} tables of ten columns, \
         each with three indexes and a foreign key; the release brings the last ten. {} checks, all passed in every run. \
         Medians of {rounds} rounds, one uncounted before.\n\n",
        date(),
        machine::describe(),
        whole.checks
    );
    text.push_str("| what | median (from – to) |\n|---|--:|\n");
    for (what, times) in [
        (
            "the whole process: git, both replays in a throwaway server from binaries, production's catalogue, all four files",
            &whole.process,
        ),
        ("of that, until the throwaway server takes connections", &whole.start),
        ("of that, until it has ended and its folder is gone", &whole.end),
        ("for comparison, the same statements by one `psql`, in a server that runs", &whole.psql),
    ] {
        let _ = writeln!(text, "| {what} | {} |", range(times));
    }
    let _ = writeln!(
        text,
        "\nThe peak of the gate's own memory is {:.1} MiB.\n\n### A large catalogue\n\n\
         {} tables, {} columns, {} objects in all, read through TCP with a password and compared with another one \
         that differs in a hundred columns.\n\n| what | median (from – to) |\n|---|--:|\n\
         | connecting and reading | {} |\n| comparing | {} |\n\n\
         A process that reads two such catalogues and compares them takes {:.1} MiB at its peak.\n",
        mib(whole.memory),
        catalogue::TABLES,
        catalogue.columns,
        catalogue.objects,
        range(&catalogue.read),
        range(&catalogue.compare),
        mib(catalogue.memory)
    );
    aims(&mut text, whole, catalogue);
    text
}

fn aims(text: &mut String, whole: &Whole, catalogue: &Figures) {
    text.push_str("### Aims of sections 3 and 4\n\n| what | figure | at most | |\n|---|--:|--:|---|\n");
    let large = catalogue.read.figures().0 + catalogue.compare.figures().0;
    for (what, figure, aim, unit) in [
        ("sections 3 and 4, throwaway server included", whole.process.figures().0, WHOLE_MS, "ms"),
        ("a large catalogue, read and compared", large, CATALOGUE_MS, "ms"),
        ("memory of two large catalogues", mib(catalogue.memory), CATALOGUE_MIB, "MiB"),
    ] {
        let word = if figure <= aim {
            "reached".to_owned()
        } else {
            format!("falls short, {:.2} times the aim", figure / aim)
        };
        let _ = writeln!(text, "| {what} | {figure:.1} {unit} | {aim:.0} {unit} | {word} |");
    }
}

fn range(times: &Times) -> String {
    let (median, least, most) = times.figures();
    format!("{median:.1} ms ({least:.1} – {most:.1})")
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
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
