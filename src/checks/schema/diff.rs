//! What differs between two catalogues. Pure.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::probe::catalogue::{Catalogue, Definition, ObjectKind, ObjectName};

/// An object that two catalogues do not have alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'c> {
    pub name: &'c ObjectName,
    pub change: ObjectChange<'c>,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectChange<'c> {
    /// Only the second one has it.
    Added(&'c Definition),
    Removed(&'c Definition),
    /// Both have it, each in its own way.
    Changed {
        before: &'c Definition,
        /// As the second one has it.
        after: &'c Definition,
    },
}

impl<'c> Difference<'c> {
    /// The object, as the second one has it where it does.
    pub fn object(&self) -> &'c Definition {
        match self.change {
            ObjectChange::Added(object)
            | ObjectChange::Removed(object)
            | ObjectChange::Changed { after: object, .. } => object,
        }
    }

    /// The table or view that it goes with, unless it is that itself.
    pub fn of(&self) -> Option<&'c str> {
        self.object().of.as_deref().filter(|_| !is_whole(self.name))
    }
}

/// Whether it is something that other objects go with.
pub fn is_whole(name: &ObjectName) -> bool {
    matches!(name.kind, ObjectKind::Table | ObjectKind::View)
}

/// Everything in which two catalogues differ, in the order of names.
pub fn diff<'c>(before: &'c Catalogue, after: &'c Catalogue) -> Vec<Difference<'c>> {
    let mut found = Vec::new();
    let (mut left, mut right) = (before.objects.iter().peekable(), after.objects.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        let one = if order == Ordering::Greater { None } else { left.next() };
        let other = if order == Ordering::Less { None } else { right.next() };
        let (name, change) = match (one, other) {
            (Some((name, before)), Some((_, after))) => (name, ObjectChange::Changed { before, after }),
            (Some((name, object)), None) => (name, ObjectChange::Removed(object)),
            (None, Some((name, object))) => (name, ObjectChange::Added(object)),
            (None, None) => return found,
        };
        if !matches!(change, ObjectChange::Changed { before, after } if before == after) {
            found.push(Difference { name, change });
        }
    }
}

/// The same between what migrations make and what production has. An extension's version is the server's own
/// matter unless a migration names it, which a catalogue does not tell: only that it is there counts.
pub fn drift<'c>(made: &'c Catalogue, production: &'c Catalogue) -> Vec<Difference<'c>> {
    let mut found = diff(made, production);
    found.retain(|difference| {
        difference.name.kind != ObjectKind::Extension
            || !matches!(difference.change, ObjectChange::Changed { .. })
    });
    found
}

/// Those that do not follow from another one: where a table is missing, so are its parts.
pub fn roots<'d, 'c>(differences: &'d [Difference<'c>]) -> Vec<&'d Difference<'c>> {
    // The side that has the whole; none where both do.
    let side = |difference: &Difference| match difference.change {
        ObjectChange::Added(_) => Some(true),
        ObjectChange::Removed(_) => Some(false),
        ObjectChange::Changed { .. } => None,
    };
    let wholes: HashSet<(&str, Option<bool>)> = differences
        .iter()
        .filter(|difference| is_whole(difference.name) && side(difference).is_some())
        .map(|difference| (difference.name.name.as_str(), side(difference)))
        .collect();
    let follows =
        |difference: &Difference| difference.of().is_some_and(|of| wholes.contains(&(of, side(difference))));
    differences.iter().filter(|difference| !follows(difference)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(objects: &[(ObjectName, &str, &str)]) -> Catalogue {
        let objects = objects.iter().map(|(name, of, field)| {
            let object = Definition { of: Some((*of).to_owned()), fields: vec![Some((*field).to_owned())] };
            (name.clone(), object)
        });
        Catalogue { exists: true, objects: objects.collect() }
    }

    fn table(name: &str) -> (ObjectName, &str, &'static str) {
        (ObjectName::new(ObjectKind::Table, name), name, "table")
    }

    fn column<'a>(table: &'a str, name: &str, kind: &'a str) -> (ObjectName, &'a str, &'a str) {
        (ObjectName::part(ObjectKind::Column, table, name), table, kind)
    }

    #[test]
    fn equal_catalogues_do_not_differ() {
        let one = catalogue(&[table("a"), column("a", "x", "text")]);
        assert_eq!(diff(&one, &one.clone()), []);
    }

    #[test]
    fn what_was_added_removed_and_changed_is_told() {
        let before = catalogue(&[table("a"), table("b"), column("a", "x", "text"), column("b", "y", "text")]);
        let after =
            catalogue(&[table("a"), table("c"), column("a", "x", "integer"), column("c", "z", "text")]);
        let found = diff(&before, &after);
        let told: Vec<_> = found
            .iter()
            .map(|difference| {
                let change = match difference.change {
                    ObjectChange::Added(_) => "added",
                    ObjectChange::Removed(_) => "removed",
                    ObjectChange::Changed { .. } => "changed",
                };
                format!("{change} {}", difference.name)
            })
            .collect();
        let expected = [
            "removed table b",
            "added table c",
            "changed column a.x",
            "removed column b.y",
            "added column c.z",
        ];
        assert_eq!(told, expected);
        let roots: Vec<_> = roots(&found).iter().map(|difference| difference.name.to_string()).collect();
        assert_eq!(roots, ["table b", "table c", "column a.x"]);
    }

    #[test]
    fn a_part_of_a_table_that_both_have_stands_for_itself() {
        let before = catalogue(&[table("a"), column("a", "x", "text")]);
        let after = catalogue(&[table("a")]);
        assert_eq!(roots(&diff(&before, &after)).len(), 1);
    }

    #[test]
    fn an_extensions_version_is_no_drift() {
        let with = |version| catalogue(&[(ObjectName::new(ObjectKind::Extension, "citext"), "", version)]);
        assert_eq!(drift(&with("1.5"), &with("1.6")).len(), 0);
        assert_eq!(diff(&with("1.5"), &with("1.6")).len(), 1);
        assert_eq!(drift(&with("1.5"), &catalogue(&[])).len(), 1);
    }
}
