//! What the steps of a workflow captured, and how the holes of a text are filled with it.

use std::collections::HashMap;

use crate::redact::Redactor;
use crate::text::Lookup;

/// Values captured by the steps of one workflow.
#[derive(Debug, Clone, Default)]
pub struct Captures(HashMap<String, String>);

impl Captures {
    /// Keep a value under this name, in place of an earlier one.
    pub fn put(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

pub struct HoleValues<'a> {
    /// Holds the secrets by name.
    pub redactor: &'a Redactor,
    /// Holds the captured values by name.
    pub captures: &'a Captures,
}

impl Lookup for HoleValues<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        self.redactor.value(name).map(|secret| secret.expose().to_owned())
    }

    fn capture(&self, name: &str) -> Option<String> {
        self.captures.0.get(name).cloned()
    }
}
