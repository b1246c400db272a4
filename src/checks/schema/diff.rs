//! What differs between two catalogues. Pure.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::probe::catalogue::{Catalogue, Kind, Name, Object};

/// An object that two catalogues do not have alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'c> {
    /// What it is called.
    pub name: &'c Name,
    /// As the first one has it.
    pub before: Option<&'c Object>,
    /// As the second one has it.
    pub after: Option<&'c Object>,
}

impl Difference<'_> {
    /// Whether both have it, each in its own way.
    pub fn is_change(&self) -> bool {
        self.before.is_some() && self.after.is_some()
    }

    /// The table or view that it is a part of, or goes with.
    pub fn of(&self) -> Option<&str> {
        self.after.or(self.before).and_then(|object| object.of.as_deref())
    }
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
        let Some(name) = one.or(other).map(|(name, _)| name) else { return found };
        let (before, after) = (one.map(|(_, object)| object), other.map(|(_, object)| object));
        if before != after {
            found.push(Difference { name, before, after });
        }
    }
}

/// The same between what migrations make and what production has. An extension's version is the server's own
/// matter unless a migration names it, which a catalogue does not tell: only that it is there counts.
pub fn drift<'c>(made: &'c Catalogue, production: &'c Catalogue) -> Vec<Difference<'c>> {
    let mut found = diff(made, production);
    found.retain(|difference| difference.name.kind != Kind::Extension || !difference.is_change());
    found
}

/// Those that do not follow from another one: where a table is missing, so are its parts.
pub fn roots<'d, 'c>(differences: &'d [Difference<'c>]) -> Vec<&'d Difference<'c>> {
    let is_whole = |name: &Name| matches!(name.kind, Kind::Table | Kind::View);
    // The tables that only one side has, and which side that is.
    let wholes: HashSet<(&str, bool)> = differences
        .iter()
        .filter(|difference| is_whole(difference.name) && !difference.is_change())
        .map(|difference| (difference.name.name.as_str(), difference.before.is_some()))
        .collect();
    let follows = |difference: &Difference| {
        let whole = difference.of().map(|of| (of, difference.before.is_some()));
        !is_whole(difference.name)
            && !difference.is_change()
            && whole.is_some_and(|whole| wholes.contains(&whole))
    };
    differences.iter().filter(|difference| !follows(difference)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(objects: &[(Name, Option<&str>, &str)]) -> Catalogue {
        let objects = objects.iter().map(|(name, of, field)| {
            let object =
                Object { of: of.map(str::to_owned), fields: vec![Some((*field).to_owned())] };
            (name.clone(), object)
        });
        Catalogue { exists: true, objects: objects.collect() }
    }

    fn table(name: &str) -> (Name, Option<&str>, &'static str) {
        (Name::new(Kind::Table, name), Some(""), "table")
    }

    fn column<'a>(table: &'a str, name: &str, kind: &'a str) -> (Name, Option<&'a str>, &'a str) {
        (Name::part(Kind::Column, table, name), Some(table), kind)
    }

    #[test]
    fn equal_catalogues_do_not_differ() {
        let one = catalogue(&[table("a"), column("a", "x", "text")]);
        assert_eq!(diff(&one, &one.clone()), []);
    }

    #[test]
    fn what_was_added_removed_and_changed_is_told() {
        let before = catalogue(&[table("a"), table("b"), column("a", "x", "text"), column("b", "y", "text")]);
        let after = catalogue(&[table("a"), table("c"), column("a", "x", "integer"), column("c", "z", "text")]);
        let found = diff(&before, &after);
        let told: Vec<_> = found
            .iter()
            .map(|difference| {
                (difference.name.to_string(), difference.before.is_some(), difference.after.is_some())
            })
            .collect();
        let expected = [
            ("table b", true, false),
            ("table c", false, true),
            ("column a.x", true, true),
            ("column b.y", true, false),
            ("column c.z", false, true),
        ];
        assert_eq!(told, expected.map(|(name, before, after)| (name.to_owned(), before, after)));
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
        let with = |version| catalogue(&[(Name::new(Kind::Extension, "citext"), None, version)]);
        assert_eq!(drift(&with("1.5"), &with("1.6")).len(), 0);
        assert_eq!(diff(&with("1.5"), &with("1.6")).len(), 1);
        assert_eq!(drift(&with("1.5"), &catalogue(&[])).len(), 1);
    }
}
