//! A value of the file that knows where it stands, and how deserr reads it.

use std::collections::HashSet;

use deserr::{IntoValue, Value, ValueKind};

use super::path::{Path, Step, Target};
use super::source::Span;
use super::words::NOTHING;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands. Of a list or mapping, its whole extent.
    pub span: Span,
    pub data: Data,
    pub style: Style,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, or not a scalar.
    Plain,
    /// With quotes or as a block: always a text.
    Quoted,
    /// Without quotes and nothing but `${env:NAME}`: a text, or a number where one is needed.
    WholeEnv,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    /// A whole number from 0.
    Integer(u64),
    /// A whole number below 0.
    Negative(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// A mapping in the file's order; no key twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text as it was written.
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// Where `path` stands; where a part of it is not in the file, the last part that is.
    pub fn locate(&self, path: &Path, target: Target) -> Span {
        let (mut node, mut span) = (self, self.span);
        for (i, step) in path.steps().iter().enumerate() {
            let last = i + 1 == path.steps().len();
            match (&node.data, step) {
                (Data::Map(entries), Step::Key(key)) => {
                    let Some(entry) = entries.iter().find(|entry| entry.key == *key) else { break };
                    let whole = matches!(entry.value.data, Data::List(_) | Data::Map(_));
                    // A collection is named by its key: its own beginning is its first entry.
                    span = if whole || (last && target == Target::Key) {
                        entry.key_span
                    } else {
                        entry.value.span
                    };
                    node = &entry.value;
                }
                (Data::List(items), Step::Index(index)) => {
                    let Some(item) = items.get(*index) else { break };
                    (node, span) = (item, item.span);
                }
                // Where one or many may stand, one alone stands without a list around it.
                (_, Step::Index(0)) => {}
                _ => break,
            }
        }
        span
    }

    /// Of a mapping, leave these keys alone; anything else stays as it is.
    pub fn keep_keys(&mut self, keys: &[&str]) {
        if let Data::Map(entries) = &mut self.data {
            entries.retain(|entry| keys.contains(&entry.key.as_str()));
        }
    }

    /// Leave these parts out: entries of the mapping itself, or of one in it.
    pub fn remove_parts(&mut self, parts: &HashSet<Path>) {
        let Data::Map(entries) = &mut self.data else { return };
        entries.retain(|entry| !parts.contains(&Path::root().key(&entry.key)));
        for entry in entries {
            let path = Path::root().key(&entry.key);
            if let Data::Map(inner) = &mut entry.value.data {
                inner.retain(|entry| !parts.contains(&path.key(&entry.key)));
            }
        }
    }

    /// Of a mapping, put this value under a key that it has not.
    pub fn set_default(&mut self, key: &str, data: Data) {
        let span = self.span;
        if let Data::Map(entries) = &mut self.data
            && !entries.iter().any(|entry| entry.key == key)
        {
            let value = Node { span, data, style: Style::Plain };
            entries.push(Entry { key: key.to_owned(), key_span: span, value });
        }
    }

    pub fn at_mut(&mut self, path: &Path) -> Option<&mut Node> {
        path.steps().iter().try_fold(self, |node, step| match (&mut node.data, step) {
            (Data::Map(entries), Step::Key(key)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
            }
            (Data::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        })
    }
}

impl IntoValue for Node {
    type Sequence = Vec<Node>;
    type Map = Mapping;

    fn kind(&self) -> ValueKind {
        match self.data {
            Data::Null | Data::Text(_) => ValueKind::String,
            Data::Bool(_) => ValueKind::Boolean,
            Data::Integer(_) => ValueKind::Integer,
            Data::Negative(_) => ValueKind::NegativeInteger,
            Data::Float(_) => ValueKind::Float,
            Data::List(_) => ValueKind::Sequence,
            Data::Map(_) => ValueKind::Map,
        }
    }

    fn into_value(self) -> Value<Self> {
        match self.data {
            Data::Null => Value::String(NOTHING.to_owned()),
            Data::Bool(value) => Value::Boolean(value),
            Data::Integer(value) => Value::Integer(value),
            Data::Negative(value) => Value::NegativeInteger(value),
            Data::Float(value) => Value::Float(value),
            Data::Text(text) => Value::String(text),
            Data::List(items) => Value::Sequence(items),
            Data::Map(entries) => Value::Map(Mapping(entries)),
        }
    }
}

/// A mapping on its way into a decoder.
#[derive(Debug)]
pub struct Mapping(Vec<Entry>);

impl deserr::Map for Mapping {
    type Value = Node;
    type Iter = std::iter::Map<std::vec::IntoIter<Entry>, fn(Entry) -> (String, Node)>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|entry| entry.key == key)?;
        Some(self.0.remove(at).value)
    }

    fn into_iter(self) -> Self::Iter {
        self.0.into_iter().map(|entry| (entry.key, entry.value))
    }
}
