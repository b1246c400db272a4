//! What a value must be: `ADMIN`, or `{ matches: "^A", length: { min: 2 } }`.

use deserr::{Deserr, IntoValue, Map, Sequence, Value, ValuePointerRef};
use schemars::json_schema;
use serde_json::{Number, Value as Json};

use super::super::problem::{Problem, Problems, not_a, unknown_key};
use super::super::words::NOTHING;
use super::json::finite;
use super::{NonEmpty, Pattern, unmark};

/// What a value must be. Every part must hold.
#[derive(Debug, Clone)]
pub struct Test {
    matchers: Vec<Matcher>,
}

/// One part of a test.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// It is this value; numbers are compared as numbers.
    Equals(Json),
    /// It is one of these.
    OneOf(Vec<Json>),
    /// It is a text with this text in it, or a list with this entry.
    Contains(Json),
    /// It is a text (or a number, as it is written) in which this matches.
    Matches(Pattern),
    /// It is a number, no smaller than this.
    Min(Number),
    /// It is a number, no larger than this.
    Max(Number),
    /// It is there (a `null` is), or it is not.
    Exists(bool),
    /// It is a text, a list or a mapping of this length.
    Length(Length),
}

/// A length, in characters or entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// No shorter than this.
    pub min: Option<u64>,
    /// No longer than this.
    pub max: Option<u64>,
}

const KEYS: [&str; 8] = ["equals", "one_of", "contains", "matches", "min", "max", "exists", "length"];

impl Test {
    /// A test for one value.
    pub fn equals(value: impl Into<Json>) -> Self {
        Self { matchers: vec![Matcher::Equals(value.into())] }
    }

    /// A test that there is anything at all.
    pub fn exists() -> Self {
        Self { matchers: vec![Matcher::Exists(true)] }
    }

    /// Whether it asks only that there is something, whatever it is.
    pub fn is_only_exists(&self) -> bool {
        self.matchers.iter().all(|matcher| matches!(matcher, Matcher::Exists(_)))
    }

    /// Whether it says nothing of the value but that there is one and how long it is: then the value is not
    /// declared, and may be a secret.
    pub fn names_no_value(&self) -> bool {
        self.matchers.iter().all(|matcher| matches!(matcher, Matcher::Exists(_) | Matcher::Length(_)))
    }

    /// Its parts, in the file's order.
    pub fn matchers(&self) -> &[Matcher] {
        &self.matchers
    }

    /// Whether a value passes; nothing stands for an absent value.
    pub fn check(&self, actual: Option<&Json>) -> bool {
        self.matchers.iter().all(|matcher| matcher.check(actual))
    }

    /// The same for a text that may stand for a number or a truth value, such as a header's.
    pub fn check_text(&self, actual: Option<&str>) -> bool {
        self.matchers.iter().all(|matcher| matcher.check_text(actual))
    }
}

impl Matcher {
    /// Whether a value passes; nothing stands for an absent value.
    pub fn check(&self, actual: Option<&Json>) -> bool {
        if let Self::Exists(wanted) = self {
            return actual.is_some() == *wanted;
        }
        let Some(actual) = actual else { return false };
        match self {
            Self::Exists(_) => true,
            Self::Equals(expected) => same(expected, actual),
            Self::OneOf(expected) => expected.iter().any(|one| same(one, actual)),
            Self::Contains(part) => match (actual, part) {
                (Json::String(text), Json::String(part)) => text.contains(part.as_str()),
                (Json::Array(items), part) => items.iter().any(|item| same(part, item)),
                _ => false,
            },
            Self::Matches(pattern) => match actual {
                Json::String(text) => pattern.regex().is_match(text),
                Json::Number(number) => pattern.regex().is_match(&number.to_string()),
                _ => false,
            },
            Self::Min(least) => number(actual).is_some_and(|value| Some(value) >= least.as_f64()),
            Self::Max(most) => number(actual).is_some_and(|value| Some(value) <= most.as_f64()),
            Self::Length(length) => length_of(actual).is_some_and(|actual| length.contains(actual)),
        }
    }

    /// The same for a text that may stand for a number or a truth value, such as a header's.
    pub fn check_text(&self, actual: Option<&str>) -> bool {
        let as_text = |expected: &Json| match expected {
            Json::String(text) => Json::String(text.clone()),
            other => Json::String(other.to_string()),
        };
        let json = actual.map(Json::from);
        match self {
            Self::Equals(expected) => Self::Equals(as_text(expected)).check(json.as_ref()),
            Self::OneOf(expected) => Self::OneOf(expected.iter().map(as_text).collect()).check(json.as_ref()),
            Self::Contains(part) => Self::Contains(as_text(part)).check(json.as_ref()),
            Self::Min(_) | Self::Max(_) => {
                let number = actual.and_then(|text| text.trim().parse::<f64>().ok());
                self.check(number.map(Json::from).as_ref())
            }
            Self::Matches(_) | Self::Exists(_) | Self::Length(_) => self.check(json.as_ref()),
        }
    }
}

impl Length {
    /// Whether a length is within it.
    pub fn contains(self, length: u64) -> bool {
        self.min.is_none_or(|min| length >= min) && self.max.is_none_or(|max| length <= max)
    }
}

/// Equal as JSON; `1` and `1.0` are.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

fn number(value: &Json) -> Option<f64> {
    value.as_f64()
}

fn length_of(value: &Json) -> Option<u64> {
    let length = match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(entries) => entries.len(),
        Json::Null | Json::Bool(_) | Json::Number(_) => return None,
    };
    u64::try_from(length).ok()
}

decoded!(Test, |value, location| {
    match value {
        Value::Map(map) => Self::from_map(map, location),
        Value::Sequence(_) => Err(Problems::here_with_help(
            location,
            "a list alone could mean two things",
            "write `one_of: [ … ]` for one of its entries, or `equals: [ … ]` for the whole list",
        )),
        scalar => {
            let PlainJson(value) = PlainJson::deserialize_from_value(scalar, location)?;
            Ok(Self::equals(value))
        }
    }
});

impl Test {
    fn from_map<M: Map>(map: M, location: ValuePointerRef) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut matchers = Vec::new();
        let empty = map.is_empty();
        for (key, value) in map.into_iter() {
            if !KEYS.contains(&key.as_str()) {
                let mut problem = unknown_key(&key, &KEYS, location);
                problem
                    .help
                    .get_or_insert_default()
                    .push_str("; to compare a whole mapping write `equals: { … }`");
                problems.push(problem);
                continue;
            }
            match matcher(&key, value.into_value(), location.push_key(&key)) {
                Ok(matcher) => matchers.push(matcher),
                Err(more) => problems.0.extend(more.0),
            }
        }
        if empty {
            let problem = Problem::new(location, "nothing is tested");
            problems.push(problem.help("write a value, or one of `equals`, `matches`, `min`, `exists`, …"));
        }
        if matchers.len() > 1 && matchers.iter().any(|m| matches!(m, Matcher::Exists(false))) {
            let message = "`exists: false` cannot hold together with another test";
            problems.push(Problem::new(location, message));
        }
        problems.into_result(|| Self { matchers })
    }
}

fn matcher<V: IntoValue>(key: &str, value: Value<V>, location: ValuePointerRef) -> Result<Matcher, Problems> {
    Ok(match key {
        "one_of" => {
            let values = NonEmpty::<PlainJson>::deserialize_from_value(value, location)?;
            Matcher::OneOf(values.iter().map(|PlainJson(value)| value.clone()).collect())
        }
        "contains" => match PlainJson::deserialize_from_value(value, location)?.0 {
            Json::String(text) if text.is_empty() => {
                return Err(Problems::here(location, "every text contains the empty text"));
            }
            part => Matcher::Contains(part),
        },
        "matches" => Matcher::Matches(Pattern::deserialize_from_value(value, location)?),
        "min" => Matcher::Min(a_number(value, location)?),
        "max" => Matcher::Max(a_number(value, location)?),
        "exists" => Matcher::Exists(<bool as Deserr<Problems>>::deserialize_from_value(value, location)?),
        "length" => Matcher::Length(Length::deserialize_from_value(value, location)?),
        _ => Matcher::Equals(PlainJson::deserialize_from_value(value, location)?.0),
    })
}

fn a_number<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Number, Problems> {
    match value {
        Value::Integer(number) => Ok(number.into()),
        Value::NegativeInteger(number) => Ok(number.into()),
        Value::Float(number) => finite(number, location),
        other => Err(not_a("a number", &other, location)),
    }
}

decoded!(Length, |value, location| {
    let map = match value {
        Value::Integer(exact) => return Ok(Self { min: Some(exact), max: Some(exact) }),
        Value::Map(map) => map,
        other => return Err(not_a("a whole number or { min, max }", &other, location)),
    };
    let LengthBody { min, max } = LengthBody::deserialize_from_value(Value::<V>::Map(map), location)?;
    if min.is_none() && max.is_none() {
        return Err(Problems::here(location, "write `min`, `max` or both"));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(Problems::here(location, "`min` is larger than `max`"));
    }
    Ok(Self { min, max })
});

#[derive(Deserr)]
#[deserr(deny_unknown_fields, error = Problems)]
struct LengthBody {
    #[deserr(default)]
    min: Option<u64>,
    #[deserr(default)]
    max: Option<u64>,
}

/// Any JSON value, its texts without holes.
struct PlainJson(Json);

decoded!(PlainJson, |value, location| {
    let mut problems = Problems::default();
    let mut keep = |result: Result<Self, Problems>| match result {
        Ok(Self(value)) => Some(value),
        Err(more) => {
            problems.0.extend(more.0);
            None
        }
    };
    let json = match value {
        Value::Null => Json::Null,
        Value::String(text) if text == NOTHING => Json::Null,
        Value::Boolean(value) => Json::Bool(value),
        Value::Integer(number) => Json::Number(number.into()),
        Value::NegativeInteger(number) => Json::Number(number.into()),
        Value::Float(number) => Json::Number(finite(number, location)?),
        Value::String(text) => Json::String(
            unmark(&text).map_err(|(message, help)| Problems::here_with_help(location, message, help))?,
        ),
        Value::Sequence(items) => Json::Array(
            items
                .into_iter()
                .enumerate()
                .filter_map(|(i, item)| {
                    keep(Self::deserialize_from_value(item.into_value(), location.push_index(i)))
                })
                .collect(),
        ),
        Value::Map(entries) => Json::Object(
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
    problems.into_result(|| Self(json))
});

described!(Test, |generator| {
    let pattern = generator.subschema_for::<Pattern>();
    let count = serde_json::json!({ "type": "integer", "minimum": 0 });
    json_schema!({
        "description": "What the value must be: the value itself, or tests that must all hold.",
        "anyOf": [
            { "type": ["string", "number", "boolean", "null"] },
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": {
                    "equals": { "description": "It is this value." },
                    "one_of": { "description": "It is one of these.", "type": "array", "minItems": 1 },
                    "contains": { "description": "It is a text with this in it, or a list with this entry." },
                    "matches": pattern,
                    "min": { "description": "It is a number, no smaller than this.", "type": "number" },
                    "max": { "description": "It is a number, no larger than this.", "type": "number" },
                    "exists": { "description": "It is there, or not.", "type": "boolean" },
                    "length": {
                        "description": "The length of a text, a list or a mapping.",
                        "anyOf": [
                            count,
                            {
                                "type": "object",
                                "minProperties": 1,
                                "additionalProperties": false,
                                "properties": { "min": count, "max": count },
                            },
                        ],
                    },
                },
            },
        ],
    })
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;
    use serde_json::json;

    fn test(source: Json) -> Test {
        deserr::deserialize::<_, _, Problems>(source).unwrap()
    }

    #[test]
    fn each_matcher_holds_and_fails() {
        for (source, good, bad) in [
            (json!("ADMIN"), json!("ADMIN"), json!("admin")),
            (json!(1), json!(1.0), json!("1")),
            (json!(null), json!(null), json!(0)),
            (json!({ "equals": { "a": [1] } }), json!({ "a": [1.0] }), json!({ "a": [1], "b": 2 })),
            (json!({ "one_of": ["A", "B"] }), json!("B"), json!("C")),
            (json!({ "contains": "b" }), json!("abc"), json!("ac")),
            (json!({ "contains": 2 }), json!([1, 2]), json!([1, 3])),
            (json!({ "matches": "^v\\d" }), json!("v1"), json!("w1")),
            (json!({ "matches": "^4" }), json!(42), json!(24)),
            (json!({ "min": 2, "max": 4 }), json!(2), json!(5)),
            (json!({ "min": -1.5 }), json!(-1.5), json!(-2)),
            (json!({ "exists": true }), json!(null), json!(null)),
            (json!({ "length": 2 }), json!("éà"), json!("abc")),
            (json!({ "length": { "min": 1 } }), json!([0]), json!([])),
        ] {
            let test = test(source.clone());
            assert!(test.check(Some(&good)), "{source} should accept {good}");
            let refused = if source == json!({ "exists": true }) { None } else { Some(&bad) };
            assert!(!test.check(refused), "{source} should refuse {bad}");
            assert!(!test.check(None), "{source} should refuse what is absent");
        }
        assert!(test(json!({ "exists": false })).check(None));
        assert!(!test(json!({ "exists": false })).check(Some(&json!(null))));
    }

    #[test]
    fn a_header_is_a_text_that_may_be_a_number() {
        assert!(test(json!(5)).check_text(Some("5")));
        assert!(test(json!({ "max": 10 })).check_text(Some(" 9")));
        assert!(!test(json!({ "max": 10 })).check_text(Some("none")));
        assert!(test(json!({ "contains": "json" })).check_text(Some("application/json")));
        assert!(!test(json!("a")).check_text(None));
        assert!(test(json!({ "exists": false })).check_text(None));
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for source in [
            json!([1, 2]),
            json!({}),
            json!({ "mathces": "x" }),
            json!({ "name": "x" }),
            json!({ "exists": false, "equals": 1 }),
            json!({ "length": { "min": 3, "max": 2 } }),
            json!({ "length": {} }),
            json!({ "one_of": [] }),
            json!({ "contains": "" }),
            json!({ "min": "2" }),
            json!("{{ id }}"),
        ] {
            let result = deserr::deserialize::<Test, _, Problems>(source.clone());
            assert!(result.is_err(), "{source}");
        }
    }
}
