//! Text of the configuration that is completed at run time: literals, secrets, captured values.
//!
//! A `Text` knows the *names* of its secrets, never their values: it can be printed, compared and
//! logged. `Text::expand` asks a lookup for the values when a request is about to be sent, and
//! `Text::shell` writes the same text for bash, with `$NAME` where a value would stand.

use std::fmt;

use serde_json::{Number, Value};

/// Marks the beginning of a secret's name inside a decoded string; see `config::interpolate`.
pub(crate) const SECRET_START: char = '\u{F0000}';
/// Marks the end of a secret's name.
pub(crate) const SECRET_END: char = '\u{F0001}';
/// Stands for a `{` that never begins a capture: one that came from the environment or was escaped.
pub(crate) const LITERAL_BRACE: char = '\u{F0002}';

/// A text with holes for secrets and captured values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Text {
    parts: Vec<TextPart>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextPart {
    /// Text that stands for itself.
    Literal(String),
    /// The value of a secret, by the name of its environment variable.
    Secret(String),
    /// A value captured by an earlier step of the same workflow.
    Capture(String),
}

/// A request's body with holes.
#[derive(Debug, Clone, PartialEq)]
pub enum CallBody {
    Json(JsonText),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Text)>),
}

/// Where the values for the holes come from.
pub trait Lookup {
    fn secret(&self, name: &str) -> Option<String>;
    fn capture(&self, name: &str) -> Option<String>;
}

/// A hole for which there is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No secret of this name.
    #[error("the secret {0} has no value")]
    Secret(String),
    /// Nothing was captured under this name.
    #[error("nothing was captured as {0}")]
    Capture(String),
}

impl Text {
    pub fn literal(text: impl Into<String>) -> Self {
        Self { parts: vec![TextPart::Literal(text.into())] }
    }

    /// Read a decoded string of the configuration: marked secrets and `{{ name }}` captures.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = source;
        while let Some(at) = rest.find([SECRET_START, LITERAL_BRACE, '{']) {
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(LITERAL_BRACE) {
                literal.push('{');
                rest = after;
                continue;
            }
            let (part, after) = if let Some(inner) = rest.strip_prefix(SECRET_START) {
                let (name, after) = inner.split_once(SECRET_END).ok_or("a secret without an end")?;
                (TextPart::Secret(name.to_owned()), after)
            } else if let Some(inner) = rest.strip_prefix("{{") {
                let (name, after) = inner.split_once("}}").ok_or("`{{` without `}}`; write {{ name }}")?;
                (TextPart::Capture(capture_name(name)?), after)
            } else {
                literal.push('{');
                rest = &rest[1..];
                continue;
            };
            if !literal.is_empty() {
                parts.push(TextPart::Literal(std::mem::take(&mut literal)));
            }
            parts.push(part);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(TextPart::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// Literals and holes, in order.
    pub fn parts(&self) -> &[TextPart] {
        &self.parts
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The text itself, when it has no holes.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TextPart::Literal(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn captures(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TextPart::Capture(name) => Some(name.as_str()),
            _ => None,
        })
    }

    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TextPart::Secret(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The text with every hole filled.
    pub(crate) fn expand(&self, lookup: &dyn Lookup) -> Result<String, Missing> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                TextPart::Literal(text) => out.push_str(text),
                TextPart::Secret(name) => {
                    out.push_str(&lookup.secret(name).ok_or_else(|| Missing::Secret(name.clone()))?);
                }
                TextPart::Capture(name) => {
                    out.push_str(&lookup.capture(name).ok_or_else(|| Missing::Capture(name.clone()))?);
                }
            }
        }
        Ok(out)
    }

    /// The same text with another one behind it.
    #[must_use]
    pub fn then(mut self, more: &Self) -> Self {
        for part in &more.parts {
            match (self.parts.last_mut(), part) {
                (Some(TextPart::Literal(end)), TextPart::Literal(text)) => end.push_str(text),
                _ => self.parts.push(part.clone()),
            }
        }
        self
    }

    /// The same text without these characters at its end, where a literal stands there.
    #[must_use]
    pub(crate) fn without_end(mut self, end: char) -> Self {
        if let Some(TextPart::Literal(text)) = self.parts.last_mut() {
            text.truncate(text.trim_end_matches(end).len());
        }
        self
    }

    /// A literal with a secret's value behind it.
    pub fn before_secret(before: &str, name: &str) -> Self {
        Self { parts: vec![TextPart::Literal(before.to_owned()), TextPart::Secret(name.to_owned())] }
    }

    pub fn captured(name: &str) -> Self {
        Self { parts: vec![TextPart::Capture(name.to_owned())] }
    }

    /// As a word for bash that expands to this text: `'…'` without holes, `"…${NAME}…"` with them.
    pub fn shell(&self) -> String {
        self.shell_with(&|_, name| format!("${{{name}}}"))
    }

    /// The same with `hole` for what stands in place of each hole, as between double quotes; it is given the
    /// hole's place among the parts and its name.
    pub(crate) fn shell_with(&self, hole: &dyn Fn(usize, &str) -> String) -> String {
        if let Some(text) = self.as_literal() {
            return shell_quote(text);
        }
        // In a terminal bash expands `!` between double quotes, and there is no way to escape it there.
        let in_pieces =
            self.parts.iter().any(|part| matches!(part, TextPart::Literal(text) if text.contains('!')));
        let piece = |(place, part): (usize, &TextPart)| match part {
            TextPart::Literal(text) if in_pieces => shell_quote(text),
            TextPart::Literal(text) => escape_double_quoted(text),
            TextPart::Secret(name) | TextPart::Capture(name) if in_pieces => {
                format!("\"{}\"", hole(place, name))
            }
            TextPart::Secret(name) | TextPart::Capture(name) => hole(place, name),
        };
        let text: String = self.parts.iter().enumerate().map(piece).collect();
        if in_pieces { text } else { format!("\"{text}\"") }
    }
}

/// A text as bash has it between double quotes.
pub(crate) fn escape_double_quoted(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// A word that bash reads back as `text`: as it is where that is safe, else all of it between single
/// quotes. Libraries quote only the characters that need it, which nobody can read.
pub(crate) fn shell_quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(plain) {
        return text.to_owned();
    }
    // NUL cannot stand in a word at all; nothing that reaches a command line may hold one.
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

pub(crate) fn sql_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn capture_name(raw: &str) -> Result<String, String> {
    let name = raw.trim();
    let good = name
        .chars()
        .enumerate()
        .all(|(i, c)| c == '_' || c.is_ascii_alphabetic() || (i > 0 && c.is_ascii_digit()));
    if name.is_empty() || !good {
        // It may be a whole document up to the next `}}`.
        let name: String = name.chars().take(40).filter(|c| !c.is_control()).collect();
        return Err(format!(
            "`{{{{ {name} }}}}` is not a name: letters, digits and _ only, not beginning with a digit"
        ));
    }
    Ok(name.to_owned())
}

impl fmt::Display for Text {
    /// For people: `$NAME` for secrets, `{{ name }}` for captures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                TextPart::Literal(text) => f.write_str(text)?,
                TextPart::Secret(name) => write!(f, "${name}")?,
                TextPart::Capture(name) => write!(f, "{{{{ {name} }}}}")?,
            }
        }
        Ok(())
    }
}

/// A JSON value whose texts may have holes. Keys have none.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonText {
    /// JSON's `null`.
    Null,
    /// JSON's `true` or `false`.
    Bool(bool),
    Number(Number),
    Text(Text),
    /// An array, in its order.
    List(Vec<Self>),
    /// An object, in the file's order.
    Object(Vec<(String, Self)>),
}

impl JsonText {
    /// The value with every hole filled. A filled text stays a text, whatever it looks like.
    pub(crate) fn expand(&self, lookup: &dyn Lookup) -> Result<Value, Missing> {
        self.map(&|text| text.expand(lookup))
    }

    /// The value itself, when nothing in it has holes.
    pub(crate) fn as_plain(&self) -> Option<Value> {
        self.map(&|text| text.as_literal().map(str::to_owned).ok_or(())).ok()
    }

    /// Every text in the value, in its order.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(items) => items.iter().flat_map(Self::texts).collect(),
            Self::Object(entries) => entries.iter().flat_map(|(_, value)| value.texts()).collect(),
            Self::Null | Self::Bool(_) | Self::Number(_) => Vec::new(),
        }
    }

    fn map<E>(&self, text: &dyn Fn(&Text) -> Result<String, E>) -> Result<Value, E> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(holes) => Value::String(text(holes)?),
            Self::List(items) => {
                Value::Array(items.iter().map(|item| item.map(text)).collect::<Result<_, _>>()?)
            }
            Self::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.map(text)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    struct Values;

    impl Lookup for Values {
        fn secret(&self, name: &str) -> Option<String> {
            (name == "TOKEN").then(|| "a\"b".to_owned())
        }

        fn capture(&self, name: &str) -> Option<String> {
            (name == "id").then(|| "42".to_owned())
        }
    }

    #[test]
    fn a_json_body_is_filled_after_parsing() {
        let text = |source: &str| JsonText::Text(Text::parse(source).unwrap());
        let body = JsonText::Object(vec![
            ("id".into(), text("{{ id }}")),
            ("token".into(), text("\u{F0000}TOKEN\u{F0001}")),
            ("odd".into(), text("\"{\u{F0002}{\"")),
            ("deep".into(), JsonText::Object(vec![("a".into(), JsonText::List(vec![JsonText::Null]))])),
        ]);
        let filled = body.expand(&Values).unwrap();
        assert_eq!(filled.to_string(), r#"{"id":"42","token":"a\"b","odd":"\"{{{\"","deep":{"a":[null]}}"#);
        assert_eq!(body.as_plain(), None);
    }

    #[test]
    fn holes_become_variables_for_bash_and_the_rest_is_quoted() {
        let text = |source: &str| Text::parse(source).unwrap();
        assert_eq!(text("it's \u{F0000}TOKEN\u{F0001}/{{ id }}").shell(), "\"it's ${TOKEN}/${id}\"");
        assert_eq!(text("a!\u{F0000}TOKEN\u{F0001}").shell(), "'a!'\"${TOKEN}\"");
        assert_eq!(text("a \"$b\" `c` \\ {{ id }}").shell(), r#""a \"\$b\" \`c\` \\ ${id}""#);
        assert_eq!(text("it's").shell(), r"'it'\''s'");
        assert_eq!(Text::literal("").shell(), "''");
        assert_eq!(text("\u{F0000}TOKEN\u{F0001}/{{ id }}").to_string(), "$TOKEN/{{ id }}");
        assert!(Text::parse("{{ 1id }}").unwrap_err().contains("not a name"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
        #[test]
        fn bash_reads_back_what_was_quoted(literal in "[^\0\r]{0,40}", value in "[^\0\r]{0,20}") {
            let mut command = std::process::Command::new("bash");
            let word = Text::literal(literal.clone()).then(&Text::captured("id"));
            command.arg("-c").arg(format!("printf %s {}; printf %s {}", word.shell(), shell_quote(&literal)));
            let output = command.env("id", &value).output().unwrap();
            proptest::prop_assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{literal}{value}{literal}"));
        }
    }

    #[test]
    fn names_are_quoted_for_sql() {
        assert_eq!(sql_identifier("a\"b"), "\"a\"\"b\"");
    }
}
