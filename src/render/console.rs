//! The console's lines: one for each check that ended, and the block at the end. In English, for logs.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::messages::Lang;
use super::plain;
use super::record::attention::ordered;
use crate::model::{CheckReport, Outcome, Report, Verdict};

/// How many checks that did not pass the last block spells out.
const MOST: usize = 30;

/// The line of a check that ended, without a line end. `colour` adds terminal colours, never meaning.
pub fn finished_line(check: &CheckReport, colour: bool) -> String {
    let mut line = format!("{}  {}", mark(check, colour), plain::value(&check.meta.id));
    if check.outcome != Outcome::Skipped {
        let _ = write!(line, "  {}", duration(check.duration_ms));
    }
    let tries = check.attempts.len();
    if tries > 0 {
        let _ = write!(line, "  after {} {}", tries, if tries == 1 { "retry" } else { "retries" });
    }
    match plain::message(check) {
        message if message.is_empty() => line,
        message => line + "  " + &message,
    }
}

/// The last block: verdict, counts, what did not pass with what to do, where the files are.
///
/// `files` are pairs of what a file is and its path.
pub fn closing(report: &Report, files: &[(&str, &str)], colour: bool) -> String {
    let mut out = String::new();
    let wrong = ordered(&report.checks);
    for check in wrong.iter().take(MOST) {
        out += &block(check, colour);
    }
    if wrong.len() > MOST {
        let _ = writeln!(out, "and {} more: see the record\n", wrong.len() - MOST);
    }
    let verdict = paint(report.verdict.word(), verdict_style(report.verdict), colour);
    let counts = Lang::En.counts(&report.counts);
    let _ = writeln!(out, "{verdict}  {counts}  ({})", duration(report.run.duration_ms));
    if let Some(signal) = &report.run.interrupted {
        let _ = writeln!(out, "interrupted by {}", plain::value(signal));
    }
    if let Some(filter) = &report.run.filter {
        let _ =
            writeln!(out, "a filter was used, {}: this run is no proof", Lang::En.left_out(filter.left_out));
    }
    let width = files.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    for (what, path) in files {
        let _ = writeln!(out, "{what:<width$}  {path}");
    }
    out
}

/// A check that did not pass, with everything a person needs to go on.
fn block(check: &CheckReport, colour: bool) -> String {
    let mut out = format!("{}  {}\n", mark(check, colour), plain::value(&check.meta.id));
    let mut say = |what: &str, text: &str| {
        let _ = writeln!(out, "        {what}{text}");
    };
    match check.outcome {
        Outcome::Failed | Outcome::Waived => {
            for judged in check.evidence.judged.iter().filter(|judged| !judged.ok) {
                say("", &Lang::En.judged(judged, &plain::value));
            }
        }
        Outcome::Errored | Outcome::Skipped => say("", &plain::happened(check)),
        Outcome::Passed => {}
    }
    for left in plain::leftovers(check) {
        say("", &left);
    }
    if let Some(waiver) = plain::waiver(check) {
        say("", &waiver);
    }
    for hint in plain::hints(check) {
        say("hint: ", hint);
    }
    if let Some(at) = plain::position(check) {
        say("at ", &at);
    }
    out.push('\n');
    out
}

/// How the check ended, in one word of equal width.
fn mark(check: &CheckReport, colour: bool) -> String {
    let (word, style) = match check.outcome {
        _ if check.is_warning() => ("warn", AnsiColor::Yellow.on_default()),
        Outcome::Passed => ("ok", AnsiColor::Green.on_default()),
        Outcome::Failed => ("FAIL", AnsiColor::Red.on_default().bold()),
        Outcome::Errored => ("ERR", AnsiColor::Magenta.on_default().bold()),
        Outcome::Skipped => ("skip", AnsiColor::BrightBlack.on_default()),
        Outcome::Waived => ("waived", AnsiColor::Cyan.on_default()),
    };
    paint(&format!("{word:<6}"), style, colour)
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Passed => AnsiColor::Green.on_default().bold(),
        Verdict::Warned | Verdict::Partial => AnsiColor::Yellow.on_default().bold(),
        Verdict::Failed => AnsiColor::Red.on_default().bold(),
        Verdict::Errored => AnsiColor::Magenta.on_default().bold(),
    }
}

fn paint(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// A duration with a plain space, for terminals and logs.
fn duration(ms: u64) -> String {
    Lang::En.duration(ms).replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::{fixture, hostile};

    const FILES: [(&str, &str); 2] = [("record", "out/PROD_DEPLOY.md"), ("JUnit", "out/junit.xml")];

    fn whole(report: &Report) -> String {
        let lines: Vec<String> = report.checks.iter().map(|check| finished_line(check, false)).collect();
        format!("{}\n\n{}", lines.join("\n"), closing(report, &FILES, false))
    }

    #[test]
    fn the_three_reports() {
        insta::assert_snapshot!("console_passed", whole(&fixture::passed("fr")));
        insta::assert_snapshot!("console_mixed", whole(&fixture::mixed()));
        insta::assert_snapshot!("console_tiny", whole(&fixture::tiny()));
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let report = fixture::mixed();
        let coloured = closing(&report, &FILES, true);
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), closing(&report, &FILES, false));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_check_is_one_line_without_commands_for_the_runner(report in hostile::reports()) {
            for check in &report.checks {
                let line = finished_line(check, false);
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                prop_assert!(!line.starts_with("::") && !line.contains("##["), "{line:?}");
            }
            let block = closing(&report, &[], false);
            prop_assert!(block.lines().all(|line| !line.trim_start().starts_with("::")), "{block}");
        }
    }
}
