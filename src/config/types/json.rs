//! JSON bodies: any value of the file, its texts with holes.

use deserr::{Map, Value, ValuePointerRef};
use schemars::json_schema;
use serde_json::Number;

use super::super::problem::Problems;
use super::super::words::NOTHING;
use crate::text::{JsonText, Text};

decoded!(JsonText, |value, location| {
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
});

/// A number that JSON can hold.
pub(super) fn finite(number: f64, location: ValuePointerRef) -> Result<Number, Problems> {
    Number::from_f64(number).ok_or_else(|| Problems::here(location, "JSON has no such number"))
}

described_inline!(JsonText, |_| json_schema!({}));
