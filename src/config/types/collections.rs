//! Lists and mappings that are never empty and keep the file's order.

use std::borrow::Cow;
use std::ops::Deref;

use deserr::{DeserializeError, ErrorKind, take_cf_content};
use deserr::{Deserr, IntoValue, Map, Sequence, Value, ValueKind, ValuePointerRef};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::super::problem::Problems;
use super::super::words::NOTHING;

/// A list with at least one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    /// The list, unless it is empty.
    pub fn new(items: Vec<T>) -> Option<Self> {
        (!items.is_empty()).then_some(Self(items))
    }
}

impl<T> Deref for NonEmpty<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a NonEmpty<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Deserr<Problems>> Deserr<Problems> for NonEmpty<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        match value {
            Value::Sequence(items) if items.is_empty() => Err(empty("the list is empty", location)),
            value => Vec::deserialize_from_value(value, location).map(Self),
        }
    }
}

impl<T: JsonSchema> JsonSchema for NonEmpty<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("NonEmpty_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "minItems": 1, "items": generator.subschema_for::<T>() })
    }
}

/// One value, or a list with at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(NonEmpty<T>);

impl<T> OneOrMany<T> {
    /// The list, unless it is empty.
    pub fn new(items: Vec<T>) -> Option<Self> {
        NonEmpty::new(items).map(Self)
    }
}

impl<T> Deref for OneOrMany<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Deserr<Problems>> Deserr<Problems> for OneOrMany<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        match value {
            Value::Sequence(_) => NonEmpty::deserialize_from_value(value, location).map(Self),
            value => T::deserialize_from_value(value, location).map(|one| Self(NonEmpty(vec![one]))),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        let many = generator.subschema_for::<NonEmpty<T>>();
        json_schema!({ "anyOf": [one, many] })
    }
}

/// A mapping with at least one entry, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered<T>(Vec<(String, T)>);

impl<T> Ordered<T> {
    /// A mapping of these entries; nothing for none.
    pub fn new(entries: Vec<(String, T)>) -> Option<Self> {
        (!entries.is_empty()).then_some(Self(entries))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

impl<T> Deref for Ordered<T> {
    type Target = [(String, T)];

    fn deref(&self) -> &[(String, T)] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a Ordered<T> {
    type Item = &'a (String, T);
    type IntoIter = std::slice::Iter<'a, (String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Deserr<Problems>> Deserr<Problems> for Ordered<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        let map = match value {
            Value::Map(map) if map.is_empty() => return Err(empty("the mapping is empty", location)),
            Value::Map(map) => map,
            actual => return Err(wrong_kind(actual, &[ValueKind::Map], location)),
        };
        let mut problems = Problems::default();
        let mut entries = Vec::new();
        for (key, value) in map.into_iter() {
            match T::deserialize_from_value(value.into_value(), location.push_key(&key)) {
                Ok(value) => entries.push((key, value)),
                Err(more) => problems.0.extend(more.0),
            }
        }
        problems.into_result(|| Self(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Ordered<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Ordered_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

fn empty(message: &str, location: ValuePointerRef) -> Problems {
    Problems::here_with_help(location, message, "remove the key or add an entry")
}

/// deserr's own problem of a value of the wrong kind.
pub(in crate::config) fn wrong_kind<V: IntoValue>(
    actual: Value<V>,
    accepted: &[ValueKind],
    location: ValuePointerRef,
) -> Problems {
    take_cf_content(Problems::error(None, ErrorKind::IncorrectValueKind { actual, accepted }, location))
}

/// Whether a value is the empty one of a key without a value.
pub(in crate::config) fn is_nothing<V: IntoValue>(value: &Value<V>) -> bool {
    matches!(value, Value::Null) || matches!(value, Value::String(text) if text == NOTHING)
}
