//! What every section is parsed with: the raw configuration, the problems so far, and what belongs to several.
//!
//! A section is parsed whole, whatever is wrong with its parts: only who has told a problem has a [`Refused`] to
//! return, so nothing can be left out in silence.

mod options;
mod web;

use std::collections::HashMap;

use super::node::Node;
use super::path::Path;
use super::problem::{Problem, Target, listed, nearest, quote};
use super::raw::RawConfig;
use super::types::{Ordered, Plain};
use crate::model::Position;
use crate::text::Text;

pub use options::CheckOptions;
pub(super) use web::texts;

/// The role that always exists and has no session.
pub const ANONYMOUS: &str = "anonymous";

/// There is no value, and the reader is told why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused(());

/// The names of those keys of a raw struct that are given.
macro_rules! given {
    ($raw:expr; $($key:ident),+) => {
        [$((stringify!($key), $raw.$key.is_some())),+].into_iter().filter(|(_, given)| *given).map(|(key, _)| key)
    };
}
pub(super) use given;

/// The problems so far, and what the file is judged by.
pub(super) struct Parser<'a> {
    pub(super) raw: &'a RawConfig,
    pub(super) secrets: &'a [(String, String)],
    /// Its name and its tree; none when it was given by flags.
    pub(super) file: Option<(&'a str, &'a Node)>,
    /// The parts that are not in `raw`, since they could not be decoded.
    pub(super) unknown: &'a [Path],
    pub(super) problems: Vec<Problem>,
    /// The first place that needs `smoke.base_url`.
    pub(super) needs_base: Option<Path>,
}

/// Names that must differ, and where each was first.
pub(super) type Names = HashMap<String, Path>;

impl<'a> Parser<'a> {
    pub(super) fn new(
        raw: &'a RawConfig,
        secrets: &'a [(String, String)],
        file: Option<(&'a str, &'a Node)>,
        unknown: &'a [Path],
    ) -> Self {
        Self { raw, secrets, file, unknown, problems: Vec::new(), needs_base: None }
    }

    /// What was parsed, if nothing is wrong at all.
    pub(super) fn finish<T>(self, parsed: Result<T, Refused>) -> Result<T, Vec<Problem>> {
        match parsed {
            Ok(parsed) if self.problems.is_empty() => Ok(parsed),
            _ => Err(self.problems),
        }
    }

    pub(super) fn refuse(&mut self, problem: Problem) -> Refused {
        self.problems.push(problem);
        Refused(())
    }

    /// There is no value since a part is unknown, which is told already.
    pub(super) fn untold(&self) -> Refused {
        debug_assert!(!self.unknown.is_empty());
        Refused(())
    }

    /// Parse every entry of a list with its place, also those after one that is refused.
    pub(super) fn list<'r, R: 'r, T>(
        &mut self,
        entries: impl IntoIterator<Item = &'r R>,
        path: &Path,
        mut parse: impl FnMut(&mut Self, &'r R, &Path) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        let parsed: Vec<_> =
            entries.into_iter().enumerate().map(|(i, entry)| parse(self, entry, &path.index(i))).collect();
        parsed.into_iter().collect()
    }

    pub(super) fn mapping<'r, R: 'r, T>(
        &mut self,
        entries: Option<&'r Ordered<R>>,
        path: &Path,
        mut parse: impl FnMut(&mut Self, &'r str, &'r R, &Path) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        let entries = entries.into_iter().flatten();
        let parsed: Vec<_> = entries.map(|(key, entry)| parse(self, key, entry, &path.key(key))).collect();
        parsed.into_iter().collect()
    }

    /// Where something stands in the file, or the nearest part around it that is there.
    pub(super) fn position(&self, path: &Path) -> Option<Position> {
        let (file, root) = self.file?;
        let span = root.locate(path, Target::Value);
        Some(Position { file: file.to_owned(), line: span.line, column: span.column })
    }

    /// Whether a part of the file could not be decoded: what it would have said is not missing.
    pub(super) fn is_unknown(&self, path: &Path) -> bool {
        self.unknown.iter().any(|unknown| path.steps().starts_with(unknown.steps()))
    }

    /// Complain about keys that mean nothing here.
    pub(super) fn belongs(&mut self, path: &Path, keys: impl IntoIterator<Item = &'static str>, to: &str) {
        for key in keys {
            self.refuse(Problem::new(path.key(key), format!("`{key}` belongs to {to}")));
        }
    }

    pub(super) fn problem(&mut self, path: &Path, message: impl Into<String>) {
        self.refuse(Problem::new(path, message));
    }

    pub(super) fn problem_with_help(
        &mut self,
        path: &Path,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.refuse(Problem::new(path, message).help(help));
    }

    /// ` on line 7`, or nothing without a file.
    pub(super) fn on_line(&self, path: &Path) -> String {
        self.position(path).map_or_else(String::new, |at| format!(" on line {}", at.line))
    }

    /// Complain if `name` was used before.
    pub(super) fn unique(&mut self, names: &mut Names, name: &str, path: &Path, what: &str, help: &str) {
        match names.get(name) {
            None => {
                names.insert(name.to_owned(), path.clone());
            }
            Some(first) => {
                let line = self.on_line(first);
                let message = format!("{what} {} is here twice; the other is{line}", quote(name));
                let message =
                    if line.is_empty() { format!("{what} {} is here twice", quote(name)) } else { message };
                self.problem_with_help(path, message, help);
            }
        }
    }

    /// What ends up as a word of a command: nothing that could be taken for an option.
    pub(super) fn word(&mut self, text: &Plain, path: &Path, what: &str) {
        if text.starts_with('-') {
            self.problem(path, format!("{what} cannot begin with `-`: it would be read as an option"));
        } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            self.problem(path, format!("{what} cannot hold white space"));
        }
    }

    /// Names and reasons stand in headings and tables of the record.
    pub(super) fn one_line(&mut self, path: &Path, text: Option<&Plain>) {
        if text.is_some_and(|text| text.chars().any(char::is_control)) {
            self.problem(path, "it must be one line, without control characters");
        }
    }

    pub(super) fn no_captures(&mut self, text: &Text, path: &Path) {
        if let Some(name) = text.captures().next() {
            let message = format!(
                "`{{{{ {name} }}}}` cannot be used here: only steps of a workflow know captured values"
            );
            self.problem(path, message);
        }
    }

    pub(super) fn no_captures_in<'t>(
        &mut self,
        texts: impl Iterator<Item = (&'t str, &'t Text)>,
        path: &Path,
    ) {
        for (key, text) in texts {
            self.no_captures(text, &path.key(key));
        }
    }

    /// Complain about a role that has no session.
    pub(super) fn role(&mut self, role: &str, path: &Path, target: Target) {
        let sessions = self.raw.smoke.as_ref().and_then(|smoke| smoke.sessions.as_ref());
        let known: Vec<&str> =
            std::iter::once(ANONYMOUS).chain(sessions.into_iter().flat_map(Ordered::keys)).collect();
        if known.contains(&role) || self.is_unknown(&Path::root().key("smoke").key("sessions")) {
            return;
        }
        let help = match nearest(role, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the roles are {}; define others under `smoke.sessions`", listed(&known)),
        };
        let message = format!("the role {} has no session", quote(role));
        self.problems.push(Problem { target, ..Problem::new(path.clone(), message).help(help) });
    }
}
