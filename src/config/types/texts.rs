//! Texts: shown ones, ones with holes, regular expressions, JSONPaths.

use std::fmt;
use std::ops::Deref;

use regex::Regex;
use schemars::json_schema;

use super::super::problem::{Problems, quote};
use super::{plain_text, raw_text};
use crate::text::Text;

/// A text that may be shown: neither secrets nor captured values are in it. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plain(String);

impl Plain {
    /// A text that is known to the program.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Plain {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

decoded!(Plain, |value, location| {
    let text = plain_text("a text", value, location)?;
    if text.is_empty() {
        return Err(Problems::here(location, "the text is empty"));
    }
    Ok(Self(text))
});

described_inline!(Plain, |_| json_schema!({ "type": "string", "minLength": 1 }));

/// A text in which secrets and captured values may stand. It knows their names only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Template(pub Text);

impl Template {
    /// A text without holes.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(Text::literal(text))
    }
}

impl Deref for Template {
    type Target = Text;

    fn deref(&self) -> &Text {
        &self.0
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

decoded!(Template, |value, location| {
    let text = raw_text("a text", value, location)?;
    Text::parse(&text).map(Self).map_err(|message| Problems::here(location, message))
});

described!(Template, |_| json_schema!({
    "type": "string",
    "description": "A text; `${env:NAME}`, `${secret:NAME}` and, in a workflow, `{{ name }}` are filled in.",
}));

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compile it. The error is one line.
    pub fn parse(source: &str) -> Result<Self, String> {
        Regex::new(source).map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The last line of the message; those before draw what the file's own line shows.
            other => {
                other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        })
    }

    /// Its source.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The compiled expression.
    pub fn regex(&self) -> &Regex {
        &self.0
    }
}

decoded!(Pattern, |value, location| {
    let source = plain_text("a regular expression", value, location)?;
    if source.is_empty() {
        return Err(Problems::here(location, "the regular expression is empty: it would match anything"));
    }
    Self::parse(&source).map_err(|message| {
        Problems::here(location, format!("{} is not a regular expression: {message}", quote(&source)))
    })
});

described!(Pattern, |_| json_schema!({
    "type": "string",
    "minLength": 1,
    "description": "A regular expression (the syntax of Rust's regex crate), searched anywhere in the text.",
}));

/// A JSONPath (RFC 9535).
#[derive(Debug, Clone)]
pub struct JsonPath {
    source: String,
    path: serde_json_path::JsonPath,
}

impl JsonPath {
    /// Read it. The error is one line.
    pub fn parse(source: &str) -> Result<Self, String> {
        // The parser is recursive and tries alternatives again: neither may grow with the input.
        const LONGEST: usize = 300;
        const DEEPEST: usize = 6;
        if source.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        if depth(source) > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        match serde_json_path::JsonPath::parse(source) {
            Ok(path) => Ok(Self { source: source.to_owned(), path }),
            Err(error) => {
                let at = error.position() + 1;
                // The parser's words when it has nothing particular to say.
                let vague = error.message() == "parser error";
                Err(if vague {
                    format!("wrong at character {at}")
                } else {
                    format!("{}, at character {at}", error.message())
                })
            }
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// What it selects, for queries.
    pub fn path(&self) -> &serde_json_path::JsonPath {
        &self.path
    }

    /// The problem of a text that is none.
    pub(in super::super) fn complaint(source: &str, message: &str) -> (String, String) {
        let help = if source.starts_with('$') {
            "for example `$.user.role` or `$.items[0].id`".to_owned()
        } else {
            format!("a JSONPath begins with `$`: did you mean `$.{}`?", source.trim_start_matches('.'))
        };
        (format!("{} is not a JSONPath: {message}", quote(source)), help)
    }
}

fn depth(source: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for c in source.chars() {
        match c {
            '(' | '[' => now += 1,
            ')' | ']' => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

decoded!(JsonPath, |value, location| {
    let source = plain_text("a JSONPath", value, location)?;
    Self::parse(&source).map_err(|message| {
        let (message, help) = Self::complaint(&source, &message);
        Problems::here_with_help(location, message, help)
    })
});

described!(JsonPath, |_| json_schema!({
    "type": "string",
    "description": "A JSONPath (RFC 9535).",
    "examples": ["$.commit", "$.items[0].id"],
    "pattern": super::or_hole(r"\$.*"),
}));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_json_path_is_quick() {
        let begin = std::time::Instant::now();
        for open in 1..=120 {
            let _ = JsonPath::parse(&format!("$[?{}@.a{}]", "(".repeat(open), ")".repeat(open)));
            let _ = JsonPath::parse(&format!("$[?{}", "(".repeat(open)));
            let _ = JsonPath::parse(&format!("${}", "[?@".repeat(open)));
            let _ = JsonPath::parse(&format!("$[?{}@.a]", "!(".repeat(open)));
        }
        assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    }
}
