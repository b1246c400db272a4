//! Rules that every source file keeps.

use crate::source::files;

/// The longest that a file may be, in lines.
const MOST_LINES: usize = 500;
/// How many folders deep under `src/` a file may lie.
const MOST_FOLDERS: usize = 2;
/// The files that may write to the terminal.
const CONSOLE: &[&str] = &["src/progress"];

#[test]
fn every_file_says_what_lives_in_it() {
    let broken: Vec<_> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(files)
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path)
        .collect();
    assert!(broken.is_empty(), "these do not begin with `//! `: {broken:?}");
}

#[test]
fn files_are_short_and_folders_shallow() {
    let broken: Vec<_> = files("src")
        .into_iter()
        .filter_map(|source| {
            let lines = source.text.lines().count();
            let folders = source.path.matches('/').count() - 1;
            (lines > MOST_LINES || folders > MOST_FOLDERS)
                .then(|| format!("{}: {lines} lines, {folders} folders deep", source.path))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_console_prints() {
    let broken: Vec<_> = files("src")
        .into_iter()
        .filter(|source| !CONSOLE.iter().any(|console| source.path.starts_with(console)))
        // Tests may: their output is shown when they fail.
        .filter(|source| !source.module().contains(&"tests"))
        .flat_map(|source| {
            let tokens = crate::source::tokens(&source.text);
            let printing = tokens.windows(2).filter(|pair| {
                matches!(pair[0].text, "println" | "eprintln" | "print" | "eprint" | "dbg")
                    && pair[1].text == "!"
            });
            printing
                .map(|pair| format!("{}:{}: {}!", source.path, pair[0].line, pair[0].text))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
