//! What a step takes out of an answer: captured values, and what the record may show.

use std::fmt;

use deserr::{Deserr, Value, ValueKind};
use schemars::{JsonSchema, json_schema};

use super::super::problem::{Problems, nearest, quote};
use super::collections::{is_nothing, wrong_kind};
use super::{JsonPath, Plain, plain_text};

/// Where a captured value comes from.
#[derive(Debug, Clone)]
pub struct CaptureFrom {
    /// The place in the answer.
    pub source: CaptureSource,
    /// Whether its value is a secret: masked everywhere.
    pub secret: bool,
}

/// A place in an answer.
#[derive(Debug, Clone)]
pub enum CaptureSource {
    /// What a JSONPath selects in the body.
    Json(JsonPath),
    /// A header.
    Header(String),
    /// A column of the first row, by name.
    Column(String),
}

/// The long form.
#[derive(Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
struct CaptureBody {
    /// Where in a JSON answer the value is.
    #[deserr(default)]
    json: Option<JsonPath>,
    /// The header that holds the value.
    #[deserr(default)]
    header: Option<Plain>,
    /// The column of SQL that holds the value, in the first row.
    #[deserr(default)]
    column: Option<Plain>,
    /// Whether the value is a secret, to be masked everywhere. Default: false.
    #[deserr(default)]
    secret: Option<bool>,
}

decoded!(CaptureFrom, |value, location| {
    match value {
        Value::String(_) if !is_nothing(&value) => {
            let path = JsonPath::deserialize_from_value(value, location)?;
            Ok(Self { source: CaptureSource::Json(path), secret: false })
        }
        Value::Map(_) => {
            let body = CaptureBody::deserialize_from_value(value, location)?;
            let source = match (body.json, body.header, body.column) {
                (Some(path), None, None) => CaptureSource::Json(path),
                (None, Some(name), None) => CaptureSource::Header(name.to_string()),
                (None, None, Some(name)) => CaptureSource::Column(name.to_string()),
                given => {
                    let found = if matches!(given, (None, None, None)) { "none is" } else { "several are" };
                    let message =
                        format!("a capture needs one of `json`, `header` and `column`; {found} here");
                    return Err(Problems::here(location, message));
                }
            };
            Ok(Self { source, secret: body.secret.unwrap_or(false) })
        }
        other => Err(wrong_kind(other, &[ValueKind::String, ValueKind::Map], location)),
    }
});

described!(CaptureFrom, |generator| {
    let path = generator.subschema_for::<JsonPath>();
    let mut body = CaptureBody::json_schema(generator);
    body.insert("minProperties".to_owned(), 1.into());
    json_schema!({
        "description": "Where the value is: a JSONPath, or { json: … }, { header: … } or { column: … }, with secret: true if it is one.",
        "anyOf": [path, body],
    })
});

/// What the record may show of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// The body.
    Body,
    /// A header.
    Header(String),
    /// The rows of SQL.
    Rows,
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("body"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Rows => f.write_str("rows"),
        }
    }
}

decoded!(Show, |value, location| {
    let text = plain_text("`body`, `header:NAME` or `rows`", value, location)?;
    match text.as_str() {
        "body" => return Ok(Self::Body),
        "rows" => return Ok(Self::Rows),
        _ => {}
    }
    match text.strip_prefix("header:").map(str::trim) {
        Some(name) if !name.is_empty() => Ok(Self::Header(name.to_owned())),
        _ => {
            let near = nearest(text.split(':').next().unwrap_or_default(), ["body", "header", "rows"]);
            let help = match near {
                Some("body") => "did you mean `body`?",
                Some("rows") => "did you mean `rows`?",
                _ => "write `body`, `header:NAME` (for example `header:content-type`), or `rows` for SQL",
            };
            Err(Problems::here_with_help(location, format!("{} cannot be shown", quote(&text)), help))
        }
    }
});

described!(Show, |_| json_schema!({
    "type": "string",
    "description": "`body`, or `header:NAME`; for SQL `rows`.",
    "pattern": super::or_hole("body|rows|header:.+"),
    "examples": ["body", "header:content-type", "rows"],
}));
