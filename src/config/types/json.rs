//! JSON bodies: any value of the file, its texts with holes.

use std::borrow::Cow;

use deserr::{Deserr, IntoValue, Map, Value, ValuePointerRef};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Number;

use super::super::problem::Problems;
use super::super::tree::NOTHING;
use crate::text::{LITERAL_BRACE, Lookup, Missing, Part, SECRET_END, SECRET_START, Text};

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
                        }
                        Part::Secret(name) => {
                            out.extend([SECRET_START.to_string(), name.clone(), SECRET_END.to_string()]);
                        }
                        Part::Capture(name) => out.extend(["{{", name, "}}"]),
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
}
