//! Texts: shown ones, ones with holes, regular expressions, JSONPaths, JSON bodies.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use deserr::{Deserr, IntoValue, Map, Value, ValuePointerRef};
use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Number;

use super::super::problem::{Problems, quote};
use super::super::tree::NOTHING;
use super::{plain_text, raw_text};
use crate::text::{Lookup, Missing, Part, Text};

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

impl Deserr<Problems> for Plain {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let text = plain_text("a text", value, location)?;
        if text.is_empty() {
            return Err(Problems::here(location, "the text is empty"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for Plain {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Plain".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

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

impl Deserr<Problems> for Template {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let text = raw_text("a text", value, location)?;
        Text::parse(&text).map(Self).map_err(|message| Problems::here(location, message))
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A text; `${env:NAME}`, `${secret:NAME}` and, in a workflow, `{{ name }}` are filled in.",
        })
    }
}

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compile it. The error is one line.
    pub fn parse(source: &str) -> Result<Self, String> {
        Regex::new(source).map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The last line of the message; those before draw what the file's own line shows.
            other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
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

impl Deserr<Problems> for Pattern {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let source = plain_text("a regular expression", value, location)?;
        if source.is_empty() {
            return Err(Problems::here(location, "the regular expression is empty: it would match anything"));
        }
        Self::parse(&source).map_err(|message| {
            Problems::here(location, format!("{} is not a regular expression: {message}", quote(&source)))
        })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "A regular expression (the syntax of Rust's regex crate), searched anywhere in the text.",
        })
    }
}

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
            Err(error) => Err(format!("{}, at character {}", error.message(), error.position() + 1)),
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

impl Deserr<Problems> for JsonPath {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let source = plain_text("a JSONPath", value, location)?;
        Self::parse(&source).map_err(|message| {
            let (message, help) = Self::complaint(&source, &message);
            Problems::here_with_help(location, message, help)
        })
    }
}

impl JsonSchema for JsonPath {
    fn schema_name() -> Cow<'static, str> {
        "JsonPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A JSONPath (RFC 9535).",
            "examples": ["$.commit", "$.items[0].id"],
            "pattern": super::or_hole(r"\$.*"),
        })
    }
}

/// A JSON value whose texts may have holes. Keys have none.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonText {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Text),
    /// An array.
    List(Vec<JsonText>),
    /// An object, in the file's order.
    Object(Vec<(String, JsonText)>),
}

impl JsonText {
    /// The value with every hole filled.
    pub fn expand(&self, lookup: &dyn Lookup) -> Result<serde_json::Value, Missing> {
        use serde_json::Value as Json;
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Text(text) => Json::String(text.expand(lookup)?),
            Self::List(items) => {
                Json::Array(items.iter().map(|item| item.expand(lookup)).collect::<Result<_, _>>()?)
            }
            Self::Object(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.expand(lookup)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    /// As compact JSON with the same holes. A value put into a hole is not escaped for JSON: this is
    /// for showing and for shells; what is sent comes from [`JsonText::expand`].
    pub fn to_text(&self) -> Text {
        let mut marked = String::new();
        self.write(&mut marked);
        // Every brace of the JSON itself is marked as literal, so this cannot fail.
        Text::parse(&marked).unwrap_or_default()
    }

    fn write(&self, out: &mut String) {
        use crate::text::{LITERAL_BRACE, SECRET_END, SECRET_START};
        let push = |out: &mut String, json: &str| {
            out.extend(json.chars().map(|c| if c == '{' { LITERAL_BRACE } else { c }));
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => {
                out.push('"');
                for part in text.parts() {
                    match part {
                        Part::Literal(text) => {
                            let json = escaped(text);
                            push(out, &json[1..json.len() - 1]);
                        },
                        Part::Secret(name) => {
                            out.extend([SECRET_START.to_string(), name.clone(), SECRET_END.to_string()]);
                        }
                        Part::Capture(name) => out.push_str(&format!("{{{{{name}}}}}")),
                    }
                }
                out.push('"');
            }
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push(LITERAL_BRACE);
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    push(out, &escaped(key));
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Every text in it.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(items) => items.iter().flat_map(Self::texts).collect(),
            Self::Object(entries) => entries.iter().flat_map(|(_, value)| value.texts()).collect(),
            Self::Null | Self::Bool(_) | Self::Number(_) => Vec::new(),
        }
    }
}

/// A text as JSON, with its quotes.
fn escaped(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Deserr<Problems> for JsonText {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut keep = |result: Result<Self, Problems>| match result {
            Ok(value) => Some(value),
            Err(more) => {
                problems.0.extend(more.0);
                None
            }
        };
        let json = match value {
            Value::Null => Self::Null,
            Value::String(text) if text == NOTHING => Self::Null,
            Value::Boolean(value) => Self::Bool(value),
            Value::Integer(number) => Self::Number(number.into()),
            Value::NegativeInteger(number) => Self::Number(number.into()),
            Value::Float(number) => Self::Number(finite(number, location)?),
            Value::String(text) => {
                Self::Text(Text::parse(&text).map_err(|message| Problems::here(location, message))?)
            }
            Value::Sequence(items) => Self::List(
                deserr::Sequence::into_iter(items)
                    .enumerate()
                    .filter_map(|(i, item)| {
                        keep(Self::deserialize_from_value(item.into_value(), location.push_index(i)))
                    })
                    .collect(),
            ),
            Value::Map(entries) => Self::Object(
                entries
                    .into_iter()
                    .filter_map(|(key, value)| {
                        let value =
                            keep(Self::deserialize_from_value(value.into_value(), location.push_key(&key)))?;
                        Some((key, value))
                    })
                    .collect(),
            ),
        };
        problems.into_result(|| json)
    }
}

/// A number that JSON can hold.
pub(super) fn finite(number: f64, location: ValuePointerRef) -> Result<Number, Problems> {
    Number::from_f64(number).ok_or_else(|| Problems::here(location, "JSON has no such number"))
}

impl JsonSchema for JsonText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "JsonText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
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

    fn body() -> JsonText {
        let text = |source: &str| JsonText::Text(Text::parse(source).unwrap());
        JsonText::Object(vec![
            ("id".into(), text("{{ id }}")),
            ("token".into(), text("\u{F0000}TOKEN\u{F0001}")),
            ("odd".into(), text("\"{\u{F0002}{\"")),
            ("deep".into(), JsonText::Object(vec![("a".into(), JsonText::List(vec![JsonText::Null]))])),
        ])
    }

    #[test]
    fn a_json_body_is_filled_after_parsing() {
        let filled = body().expand(&Values).unwrap();
        assert_eq!(filled.to_string(), r#"{"id":"42","token":"a\"b","odd":"\"{{{\"","deep":{"a":[null]}}"#);
    }

    #[test]
    fn its_text_keeps_the_holes() {
        assert_eq!(
            body().to_text().to_string(),
            r#"{"id":"{{ id }}","token":"$TOKEN","odd":"\"{{{\"","deep":{"a":[null]}}"#
        );
    }

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
