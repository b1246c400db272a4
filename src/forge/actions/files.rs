//! The files that a step writes for the runner: outputs and the job summary.

use std::collections::hash_map::RandomState;
use std::fs::{File, OpenOptions};
use std::hash::BuildHasher as _;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::ActionsError;

/// A summary file over this size, in bytes, is rejected by GitHub as a whole.
pub const LARGEST_SUMMARY: usize = 1_048_576;

/// What stands at the end of a summary that was cut.
const CUT: &str =
    "\n> [!NOTE]\n> This summary was cut at GitHub's limit of 1 MiB. The record has everything.\n";

/// What became of a text for the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Whole,
    /// The first so many bytes are there, and a notice.
    Cut(usize),
    /// The file was full before.
    Nothing,
}

/// Give the step's outputs to the runner, in the file that `GITHUB_OUTPUT` names. Values may have
/// several lines; names are letters, digits, `-` and `_`.
pub fn write_outputs(path: &Path, outputs: &[(&str, &str)]) -> Result<(), ActionsError> {
    let mut text = String::new();
    for (name, value) in outputs {
        if !is_output_name(name) {
            return Err(ActionsError::OutputName((*name).to_owned()));
        }
        let delimiter = delimiter(value);
        for piece in [name, "<<", &delimiter, "\n", value, "\n", &delimiter, "\n"] {
            text.push_str(piece);
        }
    }
    let mut file = RunnerFile::open(path)?;
    file.append(&text)
}

/// Add to the job summary, in the file that `GITHUB_STEP_SUMMARY` names, and keep the whole file
/// under GitHub's limit: what does not fit is cut at the end of a line, with a notice.
pub fn append_summary(path: &Path, text: &str) -> Result<Appended, ActionsError> {
    let mut file = RunnerFile::open(path)?;
    let room = LARGEST_SUMMARY.saturating_sub(file.length + file.gap().len());
    if text.len() <= room {
        file.append(text)?;
        return Ok(Appended::Whole);
    }
    let Some((kept, end)) = cut_to(text, room) else { return Ok(Appended::Nothing) };
    file.append(&format!("{kept}{end}"))?;
    Ok(Appended::Cut(kept.len()))
}

/// The longest beginning of `text`, whole lines if there are any, that fits into `room` bytes
/// together with its end: what closes open Markdown, and the notice.
fn cut_to(text: &str, room: usize) -> Option<(&str, String)> {
    let mut end = CUT.to_owned();
    // What closes open blocks takes room itself, so a cut may have to move up; it settles, since
    // each round keeps less.
    loop {
        let mut at = room.checked_sub(end.len())?.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let kept = &text[..text[..at].rfind('\n').map_or(at, |newline| newline + 1)];
        let needed = format!("{}{CUT}", closing(kept));
        if kept.len() + needed.len() <= room {
            return Some((kept, needed));
        }
        end = needed;
    }
}

/// Closes what a cut text leaves open: a code block, and `<details>`, which would swallow the notice.
fn closing(kept: &str) -> String {
    let mut out = String::new();
    if !kept.is_empty() && !kept.ends_with('\n') {
        out.push('\n');
    }
    let mut fence = None;
    for line in kept.lines() {
        let line = line.trim_start();
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            _ => {}
        }
    }
    if let Some(ticks) = fence {
        out.push_str(&"`".repeat(ticks));
        out.push('\n');
    }
    let open = kept.matches("<details").count().saturating_sub(kept.matches("</details>").count());
    out.push_str(&"</details>\n".repeat(open));
    out
}

fn is_output_name(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && name.chars().all(|c| c == '_' || c == '-' || c.is_ascii_alphanumeric())
}

/// A word that is not in `value`. Random, so that nobody can write a value for it; and looked for,
/// so that chance does not matter either.
fn delimiter(value: &str) -> String {
    loop {
        let random = || RandomState::new().hash_one(0);
        let word = format!("prod-gate-{:016x}{:016x}", random(), random());
        if !value.contains(&word) {
            return word;
        }
    }
}

/// A file that the runner made and that other steps may have written to.
struct RunnerFile<'a> {
    path: &'a Path,
    file: File,
    length: usize,
    ends_open: bool,
}

impl<'a> RunnerFile<'a> {
    fn open(path: &'a Path) -> Result<Self, ActionsError> {
        let fail = |action| move |source| ActionsError::File { action, path: path.to_owned(), source };
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fail("open"))?;
        let length = file.seek(SeekFrom::End(0)).map_err(fail("read"))?;
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::End(-1)).map_err(fail("read"))?;
            file.read_exact(&mut last).map_err(fail("read"))?;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self { path, file, length, ends_open: last != [b'\n'] })
    }

    /// What must stand before anything new: somebody may have left a line unfinished.
    fn gap(&self) -> &'static str {
        if self.ends_open { "\n" } else { "" }
    }

    /// One write, so that a full disk leaves no half of an output where that can be helped.
    fn append(&mut self, text: &str) -> Result<(), ActionsError> {
        let text = format!("{}{text}", self.gap());
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.flush())
            .map_err(|source| ActionsError::File { action: "append to", path: self.path.to_owned(), source })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use super::*;

    /// Reads the file as the runner does: a delimiter ends at the line that equals it.
    fn outputs(text: &str) -> HashMap<String, String> {
        let mut all = HashMap::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (name, delimiter) = line.split_once("<<").unwrap();
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            all.insert(name.to_owned(), value.join("\n"));
        }
        all
    }

    #[test]
    fn outputs_survive_hostile_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        fs::write(&path, "other<<X\n1\nX").unwrap();
        let hostile = "a\nverdict<<EOF\nPASSED\nEOF\nprod-gate-0";
        write_outputs(&path, &[("verdict", "FAILED"), ("record", hostile), ("empty", "")]).unwrap();
        let read = outputs(&fs::read_to_string(&path).unwrap());
        assert_eq!(read["verdict"], "FAILED");
        assert_eq!(read["record"], hostile);
        assert_eq!(read["empty"], "");
        assert_eq!(read["other"], "1");
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn delimiters_differ_from_each_other() {
        assert_ne!(delimiter(""), delimiter(""));
    }

    #[test]
    fn names_that_the_runner_would_misread_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        for name in ["", "a b", "a=b", "a<<b", "a\nb", "1a"] {
            assert!(
                matches!(write_outputs(&path, &[(name, "x")]), Err(ActionsError::OutputName(_))),
                "{name:?}"
            );
        }
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error = write_outputs(Path::new("/nowhere/at/all"), &[("a", "b")]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
        assert!(error.hint().contains("GITHUB_OUTPUT"));
    }

    fn summary(before: &str, text: &str) -> (Appended, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        fs::write(&path, before).unwrap();
        let appended = append_summary(&path, text).unwrap();
        (appended, fs::read_to_string(&path).unwrap())
    }

    #[test]
    fn a_summary_that_fits_is_whole() {
        assert_eq!(summary("before", "# After\n"), (Appended::Whole, "before\n# After\n".to_owned()));
        let full = "x".repeat(LARGEST_SUMMARY);
        assert_eq!(summary("", &full), (Appended::Whole, full));
    }

    #[test]
    fn a_summary_that_does_not_fit_is_cut_at_a_line() {
        let text = "é row 😀 of a table\n".repeat(80_000);
        let (appended, file) = summary("before\n", &text);
        assert!(matches!(appended, Appended::Cut(_)), "{appended:?}");
        let kept = file.len() - "before\n".len() - CUT.len();
        assert_eq!(appended, Appended::Cut(kept));
        assert!(file.len() <= LARGEST_SUMMARY && file.len() > LARGEST_SUMMARY - 200, "{}", file.len());
        assert!(file.ends_with(CUT));
        assert_eq!(&file[7..7 + kept], &text[..kept]);
        assert!(text[..kept].ends_with('\n'));
    }

    #[test]
    fn one_endless_line_is_cut_at_a_character() {
        let text = "😀".repeat(400_000);
        let (appended, file) = summary("", &text);
        assert!(matches!(appended, Appended::Cut(kept) if kept % 4 == 0 && kept > 1_000_000));
        assert!(file.len() <= LARGEST_SUMMARY && file.ends_with(CUT));
    }

    #[test]
    fn the_notice_is_not_swallowed_by_an_open_block() {
        let text = format!("<details><summary>x</summary>\n\n````json\n```\n{}", "a line\n".repeat(200_000));
        let (_, file) = summary("", &text);
        assert!(file.ends_with(&format!("a line\n````\n</details>\n{CUT}")), "{}", &file[file.len() - 200..]);
        assert!(file.len() <= LARGEST_SUMMARY);
    }

    #[test]
    fn a_full_file_is_left_alone() {
        for size in [LARGEST_SUMMARY - 10, LARGEST_SUMMARY, LARGEST_SUMMARY + 5] {
            let before = "x".repeat(size);
            assert_eq!(summary(&before, "more than ten bytes"), (Appended::Nothing, before));
        }
    }
}
