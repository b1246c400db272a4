//! A statement as it is bound, as psql takes it, and as people read it.

use crate::checks::captures::{Captures, HoleValues};
use crate::checks::context::Context;
use crate::config::Statement;
use crate::model::{Cause, CauseCode};
use crate::probe::postgres::PsqlVariable;
use crate::text::{Lookup, Text};

impl Statement {
    /// Captured values that it cannot do without.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.values.iter().map(|(_, text)| text)
    }

    pub(crate) fn bound(&self, cx: &Context, captures: &Captures) -> Result<Vec<String>, Cause> {
        let values = HoleValues { redactor: &cx.redactor, captures };
        let one = |(_, text): &(String, Text)| {
            text.expand(&values).map_err(|missing| Cause::new(CauseCode::Capture, missing.to_string()))
        };
        self.values.iter().map(one).collect()
    }

    /// The values for psql, each marked where it is secret.
    pub(crate) fn variables(&self) -> Vec<PsqlVariable> {
        let one = |(name, value): &(String, Text)| PsqlVariable {
            name: name.clone(),
            value: value.clone(),
            secret: value.secrets().next().is_some()
                || value.captures().any(|name| self.secret.iter().any(|secret| secret == name)),
        };
        self.values.iter().map(one).collect()
    }

    /// As a person would write it, with the captured values in their places; secrets as `$NAME`.
    pub(crate) fn told(&self, captures: &Captures) -> String {
        let value = |name: &str| {
            let text = self.values.iter().find(|(other, _)| other == name).map(|(_, text)| text);
            let value = text.and_then(|text| text.expand(&ForPeople(captures)).ok());
            value.map_or_else(|| format!(":{name}"), |value| format!("'{}'", value.replace('\'', "''")))
        };
        self.sql.with(&value).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// As psql takes it: `:'name'` for each value.
    pub(crate) fn for_psql(&self) -> String {
        self.sql.with(&|name| format!(":'{name}'"))
    }
}

/// Captured values as they are, secrets as `$NAME`: for people to read.
pub(crate) struct ForPeople<'a>(pub &'a Captures);

impl Lookup for ForPeople<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        Some(format!("${name}"))
    }

    fn capture(&self, name: &str) -> Option<String> {
        self.0.get(name).map(str::to_owned)
    }
}
