//! Workflow commands: lines of the log that the runner reads. What is not ours never becomes one.

use std::borrow::Cow;
use std::io::Write;

use super::ActionsError;
use crate::redact::{MIN_LINE_CHARS, MIN_SECRET_CHARS, Redactor};

/// GitHub keeps this many annotations of each level a step and drops the rest in silence.
const PER_LEVEL: usize = 10;
/// GitHub's limits for the text and the title of an annotation, in UTF-16 units.
const LONGEST_MESSAGE: usize = 4096;
const LONGEST_TITLE: usize = 255;
/// What stands at the end of a text that was cut.
const CUT: &str = "… (cut)";

/// How bad an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Production is not as expected, or the gate could not tell.
    Error,
    Warning,
    /// A notice, without any effect.
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// How many of this level may be given: the last notice is kept for the count of the rest.
    fn room(self) -> usize {
        if self == Self::Notice { PER_LEVEL - 1 } else { PER_LEVEL }
    }
}

/// A message that GitHub shows on the run's page, and at a line of a file when there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation<'a> {
    /// Its headline; may be empty.
    pub title: &'a str,
    /// The text; may have several lines.
    pub message: &'a str,
    /// A file of the repository, relative to its root.
    pub file: Option<&'a str>,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

/// Writes commands to the log. Everything but `mask` is scrubbed on its way.
pub struct Commands<W> {
    log: W,
    redactor: Redactor,
    given: [usize; 3],
}

impl<W: Write> Commands<W> {
    /// Write to `log`: the standard output, as the runner reads it.
    pub fn new(log: W, redactor: Redactor) -> Self {
        Self { log, redactor, given: [0; 3] }
    }

    /// Have the runner mask a value in all that it shows, each line of it too. Values that are too
    /// short to be masked without masking half of the log are left alone, as by the redactor.
    pub fn mask(&mut self, value: &str) -> Result<(), ActionsError> {
        let long = |text: &&str, least: usize| text.chars().count() >= least;
        let whole = [value, value.trim()].into_iter().filter(|text| long(text, MIN_SECRET_CHARS));
        let lines = value.split(['\n', '\r']).filter(|line| long(line, MIN_LINE_CHARS));
        let mut all: Vec<&str> = whole.chain(lines).collect();
        all.sort_unstable();
        all.dedup();
        for text in all {
            writeln!(self.log, "::add-mask::{}", data(text))?;
        }
        Ok(self.log.flush()?)
    }

    /// Begin a folded part of the log.
    pub fn group(&mut self, title: &str) -> Result<(), ActionsError> {
        let title = data(&self.redactor.scrub(title)).into_owned();
        Ok(writeln!(self.log, "::group::{title}")?)
    }

    pub fn end_group(&mut self) -> Result<(), ActionsError> {
        Ok(writeln!(self.log, "::endgroup::")?)
    }

    /// A line, or several, in which nothing is a command whoever wrote it.
    pub fn text(&mut self, text: &str) -> Result<(), ActionsError> {
        let clean = self.redactor.scrub(text);
        Ok(writeln!(self.log, "{}", neutral(&clean))?)
    }

    /// Show a message on the run's page. Those over GitHub's limit become plain lines of the log
    /// and are counted for `finish`.
    pub fn annotation(&mut self, level: Level, annotation: &Annotation<'_>) -> Result<(), ActionsError> {
        self.given[level as usize] += 1;
        if self.given[level as usize] > level.room() {
            let place = if annotation.title.is_empty() { "" } else { ": " };
            return self.text(&format!(
                "{}: {}{place}{}",
                level.command(),
                annotation.title,
                annotation.message
            ));
        }
        self.annotate(level, annotation)
    }

    /// Say how many annotations were over the limit, in one notice. Call it once, at the end.
    pub fn finish(&mut self) -> Result<(), ActionsError> {
        let over: Vec<String> = Level::ALL
            .into_iter()
            .filter_map(|level| {
                let count = self.given[level as usize].saturating_sub(level.room());
                let plural = if count == 1 { "" } else { "s" };
                (count > 0).then(|| format!("{count} more {}{plural}", level.command()))
            })
            .collect();
        if !over.is_empty() {
            let message = format!("{}: see the log and the record", over.join(", "));
            self.annotate(Level::Notice, &Annotation { message: &message, ..Annotation::default() })?;
        }
        Ok(self.log.flush()?)
    }

    fn annotate(&mut self, level: Level, annotation: &Annotation<'_>) -> Result<(), ActionsError> {
        let title = self.redactor.scrub(annotation.title);
        let numbers = [("line", annotation.line), ("col", annotation.column)];
        let mut properties = Vec::new();
        if !title.is_empty() {
            properties.push(format!("title={}", property(&shortened(&title, LONGEST_TITLE))));
        }
        if let Some(file) = annotation.file {
            properties.push(format!("file={}", property(&self.redactor.scrub(file))));
            properties
                .extend(numbers.iter().filter_map(|(name, at)| at.map(|number| format!("{name}={number}"))));
        }
        let space = if properties.is_empty() { "" } else { " " };
        let message = self.redactor.scrub(annotation.message);
        let message = data(&shortened(&message, LONGEST_MESSAGE)).into_owned();
        let command = level.command();
        Ok(writeln!(self.log, "::{command}{space}{}::{message}", properties.join(","))?)
    }
}

/// Text in which the runner finds no command: `::` at the start of a line (it trims lines before
/// it looks) and `##[` anywhere get a space in between.
pub fn neutral(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive(['\n', '\r']) {
        // More than the runner trims: what looks empty in a log may not open a command either.
        let start = line.trim_start_matches(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}')
        });
        out.push_str(&line[..line.len() - start.len()]);
        let rest = start.strip_prefix("::").map_or(start, |rest| {
            out.push_str(": :");
            rest
        });
        out.push_str(&rest.replace("##[", "## ["));
    }
    Cow::Owned(out)
}

/// The part after the last `::`.
fn data(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// A value between the command's name and the last `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// At most `limit` UTF-16 units, which is how the runner counts, with a notice when it was cut.
fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit || text.encode_utf16().count() <= limit {
        return Cow::Borrowed(text);
    }
    let mut room = limit - CUT.encode_utf16().count();
    let end = text.char_indices().find(|(_, c)| {
        let needed = c.len_utf16();
        let full = needed > room;
        room = room.saturating_sub(needed);
        full
    });
    Cow::Owned(format!("{}{CUT}", &text[..end.map_or(text.len(), |(at, _)| at)]))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn log(write: impl FnOnce(&mut Commands<&mut Vec<u8>>)) -> String {
        let redactor = Redactor::new();
        redactor.add("PASSWORD", "hunter22");
        let mut out = Vec::new();
        write(&mut Commands::new(&mut out, redactor));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn masks_are_escaped_and_given_line_by_line() {
        let out = log(|commands| commands.mask("50%\r\nsecond line\nx").unwrap());
        assert_eq!(out, "::add-mask::50%25%0D%0Asecond line%0Ax\n::add-mask::second line\n");
        assert_eq!(log(|commands| commands.mask("abc").unwrap()), "");
        assert_eq!(log(|commands| commands.mask("hunter22").unwrap()), "::add-mask::hunter22\n");
    }

    #[test]
    fn a_message_cannot_leave_its_command() {
        let out = log(|commands| {
            let hostile = Annotation {
                title: "a,line=9::b",
                message: "50%\n::error::hunter22",
                file: Some("a:b,c.yml"),
                line: Some(3),
                column: Some(7),
            };
            commands.annotation(Level::Error, &hostile).unwrap();
        });
        let expected = "::error title=a%2Cline=9%3A%3Ab,file=a%3Ab%2Cc.yml,line=3,col=7\
                        ::50%25%0A::error::***\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn a_line_without_a_file_is_left_out() {
        let out = log(|commands| {
            let at = Annotation { message: "m", line: Some(3), ..Annotation::default() };
            commands.annotation(Level::Warning, &at).unwrap();
        });
        assert_eq!(out, "::warning::m\n");
    }

    #[test]
    fn annotations_over_the_limit_are_counted_once() {
        let out = log(|commands| {
            for level in Level::ALL {
                for _ in 0..12 {
                    let message = Annotation { title: "t", message: "::x::", ..Annotation::default() };
                    commands.annotation(level, &message).unwrap();
                }
            }
            commands.finish().unwrap();
        });
        for level in ["error", "warning", "notice"] {
            assert_eq!(out.lines().filter(|l| l.starts_with(&format!("::{level}"))).count(), 10);
        }
        assert!(out.contains("\nerror: t: ::x::\n"), "{out}");
        assert!(out.ends_with(
            "\n::notice::2 more errors, 2 more warnings, 3 more notices: see the log and the record\n"
        ));
    }

    #[test]
    fn within_the_limit_there_is_no_count() {
        let out = log(|commands| {
            for _ in 0..10 {
                commands.annotation(Level::Error, &Annotation::default()).unwrap();
            }
            commands.finish().unwrap();
        });
        assert_eq!(out, "::error::\n".repeat(10));
    }

    #[test]
    fn long_messages_are_cut_with_a_notice() {
        let long = "😀".repeat(3000);
        let out = log(|commands| {
            let annotation = Annotation { message: &long, title: &long, ..Annotation::default() };
            commands.annotation(Level::Notice, &annotation).unwrap();
        });
        let (head, message) = out.trim_end().split_once("::😀").unwrap();
        let units = 2 + message.encode_utf16().count();
        assert!((LONGEST_MESSAGE - 1..=LONGEST_MESSAGE).contains(&units), "{units}");
        assert!(message.ends_with(CUT) && head.ends_with(CUT));
        assert_eq!(shortened(&"é".repeat(4096), 4096).chars().count(), 4096);
    }

    #[test]
    fn hostile_text_holds_no_command() {
        let hostile = "ok\n::error::x\n \t::stop-commands::y\r::add-mask::z\n\u{FEFF}::warning::w\n\
                       a ##[error]b ####[group]c\nstd::fmt is fine\n:::debug::d";
        let out = neutral(hostile);
        for line in out.split(['\n', '\r']) {
            let trimmed = line.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
            assert!(!trimmed.starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
        }
        assert!(out.contains("std::fmt is fine"));
        assert!(matches!(neutral("nothing: here"), Cow::Borrowed(_)));
    }

    #[test]
    fn titles_of_groups_stay_on_their_line() {
        let out = log(|commands| {
            commands.group("Smoke 100%\n::error::hunter22").unwrap();
            commands.end_group().unwrap();
        });
        assert_eq!(out, "::group::Smoke 100%25%0A::error::***\n::endgroup::\n");
    }
}
