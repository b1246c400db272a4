//! Hostile text for property tests: every string of a report replaced by what would do the most harm.

use proptest::prelude::*;

use super::fixture;
use crate::model::{CheckReport, Report};

/// Pieces that mean something to markdown, HTML, XML, mermaid, bash, terminals or GitHub.
const PIECES: [&str; 46] = [
    "\n",
    "\r",
    "\r\n",
    "\t",
    "    ",
    "\u{2028}",
    "\u{85}",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "#",
    "## 5. Smoke Tests",
    "# PROD DEPLOY — ",
    "- [x] Validé par Lead",
    "- [ ] Commit SHA vérifié",
    "<!-- prod-gate:seal -->",
    "prod-gate:seal",
    "<!-- prod-gate:record {} -->",
    "-->",
    "<!--",
    "```",
    "`",
    "````bash",
    "~~~",
    "|",
    "\\|",
    "\\",
    "| a | b |\n|---|---|",
    "---",
    "===",
    "***",
    "> ",
    "1. ",
    "[x](https://evil.example)",
    "https://evil.example",
    "<script>",
    "<details>",
    "</details>",
    "]]>",
    "<![CDATA[",
    "&#35;",
    "&lt;",
    "$x$",
    "*Opérateur : X*",
    "::error::x",
    "é ✅",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    hostile()
}

/// The report with every string of it replaced, but for the few that the program itself makes.
pub(crate) fn reports() -> impl Strategy<Value = Report> {
    (prop::collection::vec(hostile(), 1..40), any::<bool>()).prop_map(|(texts, french)| {
        let mut report = fixture::mixed();
        let kept: Vec<Option<String>> = report.checks.iter().map(program_made).collect();
        let mut next = texts.iter().cycle();
        report.visit_text(&mut |text| {
            if let Some(hostile) = next.next() {
                text.clone_from(hostile);
            }
        });
        for (check, column) in report.checks.iter_mut().zip(kept) {
            if let (Some(place), Some(column)) = (&mut check.meta.place, column) {
                place.column = column;
            }
        }
        // The clock is the program's too, and without it there would be no timeline to test.
        fixture::mixed().run.local_time.clone_into(&mut report.run.local_time);
        report.run.language = if french { "fr" } else { "en" }.to_owned();
        report
    })
}

/// What decides the form of the record and cannot be chosen from outside: the column without session.
fn program_made(check: &CheckReport) -> Option<String> {
    let column = check.meta.place.as_ref().map(|place| place.column.clone());
    column.filter(|column| column == "anonymous")
}

/// The lines of a markdown text that are not inside a fence.
pub(crate) fn outside_fences(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => lines.push(line),
            Some(open) if line == open => fence = None,
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "a fence stays open: {text}");
    lines
}
