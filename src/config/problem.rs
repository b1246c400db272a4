//! What is wrong with a configuration, all of it at once.
//!
//! `Problems` is the error type of every decoder here: deserr merges instead of stopping. A problem
//! knows its path; its place in the file is looked up afterwards in the tree.

use std::ops::ControlFlow;

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, Value, ValueKind, ValuePointerRef};

pub use super::path::Target;
pub use super::words::{listed, nearest, quote};

use super::path::Path;
use super::source::Span;
use super::words::{NOTHING, clean};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub path: Path,
    /// Whether the marker stands under the key or under the value.
    pub target: Target,
    /// The place in the file, once it is known; nothing when there is no file.
    pub span: Option<Span>,
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    /// A problem with the value at `path`.
    pub fn new(path: impl Into<Path>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            target: Target::Value,
            span: None,
            message: clean(&message.into()),
            help: None,
        }
    }

    /// The same, about the key.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.target = Target::Key;
        self
    }

    /// The same, at a place in the file that is known already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clean(&help.into()));
        self
    }

    /// With advice, if there is any.
    #[must_use]
    pub fn maybe_help(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// One problem with the value that is being decoded.
    pub fn here(location: ValuePointerRef, message: impl Into<String>) -> Self {
        Problem::new(location, message).into()
    }

    pub fn here_with_help(
        location: ValuePointerRef,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Problem::new(location, message).help(help).into()
    }

    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// `Ok` when there is nothing wrong.
    pub fn into_result<T>(self, value: impl FnOnce() -> T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value()) } else { Err(self) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl MergeWithError<Problems> for Problems {
    fn merge(self_: Option<Self>, other: Problems, _: ValuePointerRef) -> ControlFlow<Self, Self> {
        let mut all = self_.unwrap_or_default();
        all.0.extend(other.0);
        ControlFlow::Continue(all)
    }
}

impl DeserializeError for Problems {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<V>,
        location: ValuePointerRef,
    ) -> ControlFlow<Self, Self> {
        let problem = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => wrong_kind(&actual, accepted, location),
            ErrorKind::MissingField { field } => {
                Problem::new(location, format!("the key `{field}` is missing"))
                    .maybe_help(missing_help(field))
            }
            ErrorKind::UnknownKey { key, accepted } => unknown_key(key, accepted, location),
            ErrorKind::UnknownValue { value, accepted } => unknown_value(value, accepted, location),
            ErrorKind::BadSequenceLen { actual, expected } => {
                let found = deserr::Sequence::len(&actual);
                Problem::new(location, format!("expected {expected} entries, found {found}"))
            }
            ErrorKind::Unexpected { msg } => Problem::new(location, plain_words(&msg)),
        };
        Self::merge(self_, problem.into(), location)
    }
}

pub fn unknown_key(key: &str, accepted: &[&str], location: ValuePointerRef) -> Problem {
    let near = nearest(key, accepted.iter().copied());
    let message = match near {
        Some(near) => format!("unknown key {}; did you mean `{near}`?", quote(key)),
        None => format!("unknown key {}", quote(key)),
    };
    Problem::new(Path::from(location).key(key), message)
        .at_key()
        .help(format!("the keys here are {}", listed(accepted)))
}

fn unknown_value(value: &str, accepted: &[&str], location: ValuePointerRef) -> Problem {
    if value == NOTHING {
        return Problem::new(location, "there is no value")
            .help(format!("write one of {}, or remove the key", listed(accepted)));
    }
    let message = match nearest(value, accepted.iter().copied()) {
        Some(near) => format!("{} is not known; did you mean `{near}`?", quote(value)),
        None => format!("{} is not known", quote(value)),
    };
    Problem::new(location, message).help(format!("write one of {}", listed(accepted)))
}

fn wrong_kind<V: IntoValue>(actual: &Value<V>, accepted: &[ValueKind], location: ValuePointerRef) -> Problem {
    let expected = expected_words(accepted);
    let help = match actual {
        Value::String(text) if text == NOTHING => Some("give it a value, or remove the key".to_owned()),
        Value::String(text)
            if accepted == [ValueKind::Boolean]
                && ["yes", "no", "on", "off"].contains(&text.to_lowercase().as_str()) =>
        {
            Some("write `true` or `false`".to_owned())
        }
        Value::Boolean(_) | Value::Integer(_) | Value::NegativeInteger(_) | Value::Float(_)
            if accepted.contains(&ValueKind::String) =>
        {
            Some("put it in quotes to make it a text".to_owned())
        }
        Value::Sequence(_) | Value::Map(_) => None,
        _ if accepted == [ValueKind::Sequence] => {
            Some("begin each entry with `- ` on a line of its own, or write `[a, b]`".to_owned())
        }
        _ => None,
    };
    Problem::new(location, format!("expected {expected}, found {}", found_words(actual))).maybe_help(help)
}

/// The problem of a value that is none of the `expected` (in words).
pub fn not_a<V: IntoValue>(expected: &str, actual: &Value<V>, location: ValuePointerRef) -> Problems {
    let help = matches!(actual, Value::String(text) if text == NOTHING)
        .then(|| "give it a value, or remove the key");
    Problem::new(location, format!("expected {expected}, found {}", found_words(actual)))
        .maybe_help(help.map(str::to_owned))
        .into()
}

fn expected_words(accepted: &[ValueKind]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for kind in accepted {
        let word = match kind {
            ValueKind::Null => "nothing",
            ValueKind::Boolean => "true or false",
            ValueKind::Integer | ValueKind::NegativeInteger if accepted.contains(&ValueKind::Float) => {
                continue;
            }
            ValueKind::Integer if accepted.len() == 1 => "a whole number from 0",
            ValueKind::Integer | ValueKind::NegativeInteger => "a whole number",
            ValueKind::Float => "a number",
            ValueKind::String => "a text",
            ValueKind::Sequence => "a list",
            ValueKind::Map => "a mapping of keys to values",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" or ")
}

pub fn found_words<V: IntoValue>(actual: &Value<V>) -> String {
    match actual {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text == NOTHING => "nothing".to_owned(),
        Value::Boolean(value) => format!("`{value}`"),
        Value::Integer(value) => format!("the number {value}"),
        Value::NegativeInteger(value) => format!("the number {value}"),
        Value::Float(value) => format!("the number {value}"),
        Value::String(text) => format!("the text {}", quote(text)),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}

fn missing_help(field: &str) -> Option<String> {
    (field == "version").then(|| "begin the file with `version: 1`".to_owned())
}

/// deserr's own sentences about numbers, shortened.
fn plain_words(message: &str) -> String {
    message
        .replace("value: `", "`")
        .replace("to be deserialized, maximum value authorized is", "here; the largest is")
        .replace("to be deserialized, minimum value authorized is", "here; the smallest is")
}
