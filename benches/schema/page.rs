//! The part of docs/benchmarks.md about migrations and schema.

use std::fmt::Write as _;

use crate::page;
use crate::schema::catalogue::{self, Figures};
use crate::schema::project::{MIGRATIONS, TABLES};
use crate::schema::runs::Whole;

/// Its heading, by which an older one is found.
pub(super) const TITLE: &str = "## Sections 3 and 4: migrations and schema\n";
/// What is aimed at, in milliseconds and MiB.
const WHOLE_MS: f64 = 5000.0;
const CATALOGUE_MS: f64 = 1000.0;
const CATALOGUE_MIB: f64 = 100.0;

/// The part with its figures.
pub(crate) fn with(rounds: usize, whole: &Whole, catalogue: &Figures) -> String {
    let mut text = format!(
        "{}\
         A real PostgreSQL on the same machine as production's. {MIGRATIONS} migrations make {TABLES} tables of ten columns, \
         each with three indexes and a foreign key; the release brings the last ten. {} checks, all passed in every run. \
         Medians of {rounds} rounds, one uncounted before.\n\n",
        page::head(TITLE),
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
        let _ = writeln!(text, "| {what} | {} |", times.range());
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
        catalogue.read.range(),
        catalogue.compare.range(),
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

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
