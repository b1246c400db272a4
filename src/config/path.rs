//! Where something stands in the configuration: `smoke.pages[2].max_time`.

use std::fmt;

use deserr::ValuePointerRef;

/// A place in the configuration, from its root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// Which part of an entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Value,
    Key,
}

impl Path {
    pub fn root() -> Self {
        Self::default()
    }

    /// The value under `key`.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The entry at `index`, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<&Path> for Path {
    fn from(path: &Path) -> Self {
        path.clone()
    }
}

impl From<ValuePointerRef<'_>> for Path {
    fn from(mut pointer: ValuePointerRef<'_>) -> Self {
        let mut steps = Vec::new();
        loop {
            pointer = match pointer {
                ValuePointerRef::Origin => break,
                ValuePointerRef::Key { key, prev } => {
                    steps.push(Step::Key(key.to_owned()));
                    *prev
                }
                ValuePointerRef::Index { index, prev } => {
                    steps.push(Step::Index(index));
                    *prev
                }
            };
        }
        steps.reverse();
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_simple(key) => write!(f, "{}{key}", if i > 0 { "." } else { "" })?,
                Step::Key(key) => write!(f, "[{}]", super::words::quote(key))?,
            }
        }
        Ok(())
    }
}

fn is_simple(key: &str) -> bool {
    !key.is_empty() && key.len() <= 60 && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_people_write_it() {
        let path = Path::root().key("smoke").key("pages").index(2).key("json").key("$.a.b");
        assert_eq!(path.to_string(), "smoke.pages[2].json[`$.a.b`]");
        assert_eq!(Path::root().to_string(), "");
    }

    #[test]
    fn follows_the_decoder() {
        let origin = ValuePointerRef::Origin;
        let smoke = origin.push_key("smoke");
        let third = smoke.push_index(2);
        assert_eq!(Path::from(third), Path::root().key("smoke").index(2));
    }
}
