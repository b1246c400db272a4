//! The page that the figures become: docs/benchmarks.md.

use std::{fs, io};

use crate::{Broken, machine};

/// How a part begins: its heading, its date and its machine.
pub(crate) fn head(title: &str) -> String {
    format!(
        "{title}\nMade by `script/bench` on {}, from a release build, on: {}.\n\n",
        date(),
        machine::describe()
    )
}

/// The part where it was not measured.
pub(crate) fn without(title: &str, what: &str, why: &str) -> String {
    eprintln!("bench: without {what} ({why})");
    format!("{title}\nNot measured by `script/bench` on {}: {why}.\n", date())
}

/// The day that `BENCH_DATE` says.
fn date() -> String {
    std::env::var("BENCH_DATE").unwrap_or_else(|_| "unknown date".to_owned())
}

/// Print the page, and begin it anew where `BENCH_OUT` says.
pub(crate) fn begin(page: &str) -> Result<(), Broken> {
    println!("{page}");
    write(|_| Ok(page.to_owned()))
}

/// Print a part, and put it at the end of the page in the place of an older one of its title.
pub(crate) fn put(title: &str, part: &str) -> Result<(), Broken> {
    println!("{part}");
    write(|path| {
        let page = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => "# Benchmarks\n".to_owned(),
            page => page?,
        };
        let before = page.split_once(title).map_or(page.as_str(), |(before, _)| before);
        Ok(format!("{}\n\n{part}", before.trim_end()))
    })
}

fn write(text: impl Fn(&str) -> io::Result<String>) -> Result<(), Broken> {
    let Ok(path) = std::env::var("BENCH_OUT") else { return Ok(()) };
    text(&path).and_then(|text| fs::write(&path, text)).map_err(|error| format!("{path}: {error}").into())
}
