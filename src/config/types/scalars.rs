//! Scalars with a unit or a form: the version, durations, sizes, rates, days.

use std::fmt;
use std::time::Duration;

use deserr::Value;
use schemars::json_schema;

use super::super::problem::{Problems, found_words, quote};
use super::plain_text;

/// The version of the format: 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version;

decoded!(Version, |value, location| {
    match value {
        Value::Integer(1) => Ok(Self),
        other => Err(Problems::here_with_help(
            location,
            format!("this prod-gate reads version 1, found {}", found_words(&other)),
            "write `version: 1`, or use a prod-gate that reads this version",
        )),
    }
});

described_inline!(Version, |_| json_schema!({ "const": 1 }));

/// Decode a scalar from its text, and describe it to the schema.
macro_rules! scalar_from_text {
    ($name:ident, $what:literal, $help:literal, $schema:tt) => {
        decoded!($name, |value, location| {
            if let Value::Integer(_) | Value::NegativeInteger(_) | Value::Float(_) = value {
                let message = format!("expected {}, found {}", $what, found_words(&value));
                return Err(Problems::here_with_help(location, message, concat!("write a unit, ", $help)));
            }
            let text = plain_text($what, value, location)?;
            Self::parse(&text).map_err(|message| {
                let message = format!("{} is not {}: {message}", quote(&text), $what);
                Problems::here_with_help(location, message, concat!("write it ", $help))
            })
        });

        described!($name, |_| {
            let (pattern, description, examples): (&str, &str, &[&str]) = $schema;
            json_schema!({
                "type": "string",
                "pattern": super::or_hole(pattern),
                "description": description,
                "examples": examples,
            })
        });
    };
}

/// A duration, longer than nothing: `500ms`, `30s`, `2m`, `1h`, `2h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wait(Duration);

const TIME_UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Wait {
    /// A duration that is known to the program.
    pub fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// Read `2h30m`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut total: u64 = 0;
        let mut smallest = u64::MAX;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, after) = split_number(rest)?;
            let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(length);
            let size = TIME_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
            let size = size.ok_or_else(|| unknown_unit(unit, "ms, s, m, h"))?;
            if size >= smallest {
                return Err("the units must go from large to small, each once".to_owned());
            }
            smallest = size;
            total =
                number.checked_mul(size).and_then(|part| total.checked_add(part)).ok_or("it is too long")?;
            rest = after;
        }
        match total {
            0 => Err("it must be longer than nothing".to_owned()),
            // A year: far above any sensible wait, far below what arithmetic with clocks can hold.
            31_536_000_001.. => Err("it is longer than a year".to_owned()),
            total => Ok(Self(Duration::from_millis(total))),
        }
    }

    /// The duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl From<Wait> for Duration {
    fn from(wait: Wait) -> Self {
        wait.0
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in TIME_UNITS {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

scalar_from_text!(
    Wait,
    "a duration",
    "for example `500ms`, `30s`, `2m` or `1h30m`",
    (r"(\d+h)?(\d+m)?(\d+s)?(\d+ms)?", "A duration.", &["500ms", "30s", "2m", "1h30m"])
);

/// A size in bytes: `500B`, `64KiB`, `1MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

const SIZE_UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1000),
    ("kB", 1000),
    ("B", 1),
];

impl Size {
    /// A size that is known to the program.
    pub fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Read `64KiB`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_number(text)?;
        let unit = unit.trim_start();
        let size = SIZE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
        let size = size.ok_or_else(|| unknown_unit(unit, "B, kB, KiB, MB, MiB, GB, GiB"))?;
        match number.checked_mul(size) {
            None => Err("it is too large".to_owned()),
            Some(0) => Err("it must be more than nothing".to_owned()),
            Some(bytes) => Ok(Self(bytes)),
        }
    }

    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZE_UNITS.iter().find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size));
        let (unit, size) = whole.copied().unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

scalar_from_text!(
    Size,
    "a size",
    "for example `500B`, `64KiB` or `1MiB`",
    (r"\d+ ?([kKMG]B|[KMG]iB|B)", "A size.", &["64KiB", "1MiB"])
);

/// How often something may begin: `5/s`, `100/m`, `1000/h`, or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// As often as it likes.
    Unlimited,
    /// This often in each such time.
    Every {
        /// How often, from 1.
        count: u32,
        /// In which time.
        per: Duration,
    },
}

const RATE_UNITS: [(&str, u64); 3] = [("s", 1), ("m", 60), ("h", 3600)];

impl Rate {
    /// Read `5/s`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let (count, unit) = text.split_once('/').ok_or("there is no `/`")?;
        let count: u32 =
            count.trim().parse().map_err(|_| format!("{} is not a number", quote(count.trim())))?;
        if count == 0 {
            return Err("nothing would ever begin".to_owned());
        }
        let unit = unit.trim();
        let seconds = RATE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
        let seconds = seconds.ok_or_else(|| unknown_unit(unit, "s, m, h"))?;
        Ok(Self::Every { count, per: Duration::from_secs(seconds) })
    }

    /// So many in a second.
    pub fn per_second(count: u32) -> Self {
        Self::Every { count: count.max(1), per: Duration::from_secs(1) }
    }

    /// The time between two beginnings; nothing when unlimited.
    pub fn interval(self) -> Option<Duration> {
        match self {
            Self::Unlimited => None,
            Self::Every { count, per } => Some(per / count),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Every { count, per } => {
                let unit = RATE_UNITS.iter().find(|(_, seconds)| *seconds == per.as_secs());
                write!(f, "{count}/{}", unit.map_or("s", |(name, _)| name))
            }
        }
    }
}

scalar_from_text!(
    Rate,
    "a rate",
    "for example `5/s`, `100/m` or `unlimited`",
    (
        r"\d+ ?/ ?[smh]|unlimited",
        "How many in a second, a minute or an hour.",
        &["5/s", "100/m", "unlimited"]
    )
);

/// A calendar day, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(jiff::civil::Date);

impl Day {
    /// Read `2026-03-31`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        // jiff reads more than this, times and zones included; here one form is enough.
        let form = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !form {
            return Err("the form is YYYY-MM-DD".to_owned());
        }
        text.parse().map(Self).map_err(|_| "there is no such day".to_owned())
    }

    /// The day.
    pub fn date(self) -> jiff::civil::Date {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

scalar_from_text!(
    Day,
    "a day",
    "as `YYYY-MM-DD`",
    (r"\d{4}-\d{2}-\d{2}", "A day, YYYY-MM-DD.", &["2026-03-31"])
);

fn split_number(text: &str) -> Result<(u64, &str), String> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() {
        return Err("a number and a unit are needed".to_owned());
    }
    let number = digits.parse().map_err(|_| "the number is too large".to_owned())?;
    Ok((number, rest))
}

fn unknown_unit(unit: &str, known: &str) -> String {
    if unit.is_empty() {
        format!("write a unit: {known}")
    } else {
        format!("{} is not one of the units {known}", quote(unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for text in ["500ms", "30s", "2m", "1h", "2h30m", "1h1m1s1ms"] {
            assert_eq!(Wait::parse(text).map(|wait| wait.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Wait::parse("90s").map(Wait::duration), Ok(Duration::from_secs(90)));
        assert_eq!(Wait::parse("90s").map(|wait| wait.to_string()), Ok("1m30s".to_owned()));
        for text in
            ["", "5", "s", "5 s", "0s", "5d", "1m1h", "1s1s", "-5s", "1.5s", "99999999999999h", "9999h"]
        {
            assert!(Wait::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [("500B", 500), ("64KiB", 65_536), ("1MB", 1_000_000), ("1MiB", 1_048_576)] {
            assert_eq!(Size::parse(text).map(Size::bytes), Ok(bytes));
            assert_eq!(Size::from_bytes(bytes).to_string(), text);
        }
        for text in ["", "5", "MiB", "0B", "1TB", "1mb", "99999999999GiB"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_read_and_written() {
        for (text, millis) in [("5/s", Some(200)), ("100/m", Some(600)), ("unlimited", None)] {
            let rate = Rate::parse(text);
            assert_eq!(rate.clone().map(Rate::interval), Ok(millis.map(Duration::from_millis)));
            assert_eq!(rate.map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "5", "0/s", "5/d", "x/s", "-1/s", "5/s/s"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_real_days() {
        assert_eq!(Day::parse("2028-02-29").map(|day| day.to_string()), Ok("2028-02-29".to_owned()));
        for text in ["2027-02-29", "2027-2-1", "01/02/2027", "2027-01-01T00:00Z", "tomorrow"] {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }
}
