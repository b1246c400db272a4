//! Values of section 7: how full a disk may be, what a variable must be, what a command may show.

use std::fmt;

use deserr::Value;
use schemars::json_schema;

use super::super::problem::{Problems, found_words, quote};
use super::{Test, plain_text};

/// A share of the whole: `85%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u8);

impl Percent {
    /// Read `85%`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').ok_or("there is no `%`")?.trim();
        match number.parse() {
            Ok(number) if number <= 100 => Ok(Self(number)),
            _ => Err(format!("{} is not a whole number from 0 to 100", quote(number))),
        }
    }

    /// From 0 to 100.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

decoded!(Percent, |value, location| {
    const WHAT: &str = "a share such as `85%`";
    if let Value::Integer(_) | Value::NegativeInteger(_) | Value::Float(_) = value {
        let message = format!("expected {WHAT}, found {}", found_words(&value));
        return Err(Problems::here_with_help(location, message, "write `%` behind it"));
    }
    let text = plain_text(WHAT, value, location)?;
    Self::parse(&text)
        .map_err(|message| Problems::here(location, format!("{} is not {WHAT}: {message}", quote(&text))))
});

described!(Percent, |_| json_schema!({
    "type": "string",
    "pattern": super::or_hole(r"\d{1,3} ?%"),
    "description": "A share of the whole.",
    "examples": ["85%"],
}));

/// What a variable must be.
#[derive(Debug, Clone)]
pub enum Variable {
    /// It is set to something; the value is nobody's business.
    Present,
    /// It is not set.
    Absent,
    /// Its value is this, or matches.
    Test(Test),
}

decoded!(Variable, |value, location| {
    match &value {
        Value::String(text) if text == "present" => Ok(Self::Present),
        Value::String(text) if text == "absent" => Ok(Self::Absent),
        _ => Test::deserialize_from_value(value, location).map(Self::Test),
    }
});

described!(Variable, |generator| {
    let test = generator.subschema_for::<Test>();
    json_schema!({
        "description": "`present`, `absent`, a value, or a test.",
        "anyOf": [{ "enum": ["present", "absent"] }, test],
    })
});
