//! Sets of HTTP statuses, and the cells of the access matrix.

use std::fmt;

use deserr::{IntoValue, Value, ValuePointerRef};
use schemars::json_schema;

use super::super::problem::{Problems, nearest, not_a, quote};
use super::collections::NonEmpty;
use super::plain_text;

/// HTTP statuses: `200`, `2xx`, `200-299`, or a list of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusSet(Vec<Range>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Range {
    first: u16,
    last: u16,
}

const FORMS: &str = "write a status such as `200`, a class such as `2xx`, or a range such as `200-299`";
const OUTSIDE: &str = "it goes from 100 to 599";
const WHAT: &str = "a status";

impl StatusSet {
    /// A single status.
    pub fn of(status: u16) -> Self {
        Self(vec![Range { first: status, last: status }])
    }

    /// 200 to 299.
    pub fn success() -> Self {
        Self(vec![Range { first: 200, last: 299 }])
    }

    /// 300 to 399.
    pub fn redirects() -> Self {
        Self(vec![Range { first: 300, last: 399 }])
    }

    /// Whether a status is in it.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| (range.first..=range.last).contains(&status))
    }

    /// Whether it holds only statuses of success.
    pub fn is_success(&self) -> bool {
        self.0.iter().all(|range| range.first >= 200 && range.last <= 299)
    }

    /// Its parts as they are written: `200`, `2xx`, `200-204`.
    pub fn parts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Read one part. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
            let number = digits.then(|| text.parse().ok()).flatten();
            number.filter(|status| (100..=599).contains(status)).ok_or(OUTSIDE)
        };
        let range = match text.as_bytes() {
            [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => {
                let first = u16::from(class - b'0') * 100;
                Range { first, last: first + 99 }
            }
            _ => match text.split_once('-') {
                Some((first, last)) => Range { first: number(first.trim())?, last: number(last.trim())? },
                None => Range { first: number(text)?, last: number(text)? },
            },
        };
        if range.first > range.last {
            return Err("the range ends before it begins".to_owned());
        }
        Ok(Self(vec![range]))
    }

    fn one<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, Problems> {
        let text = match value {
            Value::Integer(number) => number.to_string(),
            Value::String(_) => plain_text(WHAT, value, location)?,
            other => return Err(not_a(WHAT, &other, location)),
        };
        Self::parse(&text).map_err(|message| {
            Problems::here_with_help(location, format!("{} is not a status; {message}", quote(&text)), FORMS)
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, last) if first == last => write!(f, "{first}"),
            (first, last) if first % 100 == 0 && last == first + 99 => write!(f, "{}xx", first / 100),
            (first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().join(", "))
    }
}

/// One part of a set, inside a list.
struct One(StatusSet);

decoded!(One, |value, location| StatusSet::one(value, location).map(Self));

decoded!(StatusSet, |value, location| {
    match value {
        Value::Sequence(_) => {
            let parts = NonEmpty::<One>::deserialize_from_value(value, location)?;
            Ok(Self(parts.iter().flat_map(|One(part)| part.0.iter().copied()).collect()))
        }
        value => Self::one(value, location),
    }
});

fn one_schema() -> serde_json::Value {
    serde_json::json!({
        "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            {
                "type": "string",
                "pattern": super::or_hole("[1-5][xX]{2}|[1-5][0-9]{2}( ?- ?[1-5][0-9]{2})?"),
                "examples": ["2xx", "200-299"],
            },
        ],
    })
}

described!(StatusSet, |_| {
    let one = one_schema();
    json_schema!({
        "description": "HTTP statuses: 200, 2xx, 200-299, or a list of these.",
        "anyOf": [one, { "type": "array", "minItems": 1, "items": one }],
    })
});

/// What a role gets from an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cell {
    /// 401 or 403, shown to be the application's own answer.
    Denied,
    /// One of these statuses.
    Status(StatusSet),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("denied"),
            Self::Status(set) => set.fmt(f),
        }
    }
}

decoded!(Cell, |value, location| {
    let word = match &value {
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    if word == "denied" {
        return Ok(Self::Denied);
    }
    StatusSet::deserialize_from_value(value, location).map(Self::Status).map_err(|mut problems| {
        if nearest(&word, ["denied"]).is_some() {
            for problem in &mut problems.0 {
                problem.help = Some("did you mean `denied`?".to_owned());
            }
        }
        problems
    })
});

described!(Cell, |generator| {
    let set = generator.subschema_for::<StatusSet>();
    json_schema!({
        "description": "What the role gets: `denied` (401 or 403) or a status.",
        "anyOf": [{ "const": "denied" }, set],
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_classes_and_ranges() {
        for (text, inside, outside, written) in [
            ("200", 200, 201, "200"),
            ("2xx", 299, 300, "2xx"),
            ("4XX", 404, 500, "4xx"),
            ("200-204", 204, 205, "200-204"),
            ("300-399", 301, 200, "3xx"),
        ] {
            let set = StatusSet::parse(text);
            assert_eq!(set.as_ref().map(|set| set.contains(inside)), Ok(true), "{text}");
            assert_eq!(set.as_ref().map(|set| set.contains(outside)), Ok(false), "{text}");
            assert_eq!(set.map(|set| set.to_string()), Ok(written.to_owned()));
        }
        for text in ["", "20", "2000", "099", "600", "6xx", "2x", "299-200", "200-", "+20", "ok"] {
            assert!(StatusSet::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn knows_whether_it_means_success() {
        assert!(StatusSet::success().is_success() && StatusSet::of(204).is_success());
        assert!(!StatusSet::of(403).is_success());
    }
}
