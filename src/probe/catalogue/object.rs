//! The objects of a schema: their kinds, names and fields.

use std::collections::BTreeMap;
use std::fmt;

/// What an object is. In the order in which objects are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// An extension. It belongs to the whole database.
    Extension,
    Enum,
    Type,
    /// A sequence, other than those of identity columns.
    Sequence,
    /// A table, partitioned or foreign ones too.
    Table,
    Column,
    /// A primary key, or a unique, check or exclusion constraint.
    Constraint,
    ForeignKey,
    /// An index that does not come with a constraint.
    Index,
    View,
    /// A function, procedure or aggregate, by its name and the types of its arguments.
    Function,
    Trigger,
    /// A policy of row level security.
    Policy,
}

impl ObjectKind {
    /// Every kind, in the order of the variants.
    pub const ALL: [Self; 13] = [
        Self::Extension,
        Self::Enum,
        Self::Type,
        Self::Sequence,
        Self::Table,
        Self::Column,
        Self::Constraint,
        Self::ForeignKey,
        Self::Index,
        Self::View,
        Self::Function,
        Self::Trigger,
        Self::Policy,
    ];

    /// What it is called, in SQL's words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::Enum => "enum",
            Self::Type => "type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::ForeignKey => "foreign key",
            Self::Index => "index",
            Self::View => "view",
            Self::Function => "function",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
        }
    }

    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Extension => &["extversion"],
            Self::Enum => &["labels"],
            Self::Type | Self::Constraint | Self::ForeignKey | Self::Policy => &["definition"],
            Self::Sequence => &["definition", "owned_by"],
            Self::Table => &["table_type", "row_security", "partition"],
            Self::Column => &["data_type", "is_nullable", "column_default", "generated", "collation"],
            Self::Index => &["indexdef", "is_valid"],
            Self::View => &["view_type", "definition"],
            Self::Function => &["returns", "language", "digest"],
            Self::Trigger => &["definition", "enabled"],
        }
    }

    /// Whether its names are those of a table's parts.
    pub(crate) fn is_part(self) -> bool {
        matches!(
            self,
            Self::Column | Self::Constraint | Self::ForeignKey | Self::Index | Self::Trigger | Self::Policy
        )
    }
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    pub kind: ObjectKind,
    /// The table that it is a part of, for kinds that are parts.
    pub table: Option<String>,
    /// Its own name; for a function with the types of its arguments.
    pub name: String,
}

impl ObjectName {
    /// An object that is no part of a table.
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        Self { kind, table: None, name: name.into() }
    }

    pub fn part(kind: ObjectKind, table: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, table: Some(table.into()), name: name.into() }
    }

    /// `table.name`, or the name alone.
    pub fn path(&self) -> String {
        self.table.as_ref().map_or_else(|| self.name.clone(), |table| format!("{table}.{}", self.name))
    }
}

impl fmt::Display for ObjectName {
    /// Kind and path, such as `column assessments.ssn`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.path())
    }
}

/// What is known of an object beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The table or view without which it would not be there.
    pub of: Option<String>,
    /// Its fields, as [`ObjectKind::fields`] names them.
    pub fields: Vec<Option<String>>,
}

/// A schema's objects, as PostgreSQL's catalogue has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Whether there is such a schema at all.
    pub exists: bool,
    pub objects: BTreeMap<ObjectName, Definition>,
}

impl Catalogue {
    pub fn get(&self, name: &ObjectName) -> Option<&Definition> {
        self.objects.get(name)
    }

    pub fn count(&self, kind: ObjectKind) -> usize {
        self.objects.keys().filter(|name| name.kind == kind).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_listed_in_their_order_and_have_fields() {
        assert!(ObjectKind::ALL.is_sorted());
        assert!(ObjectKind::ALL.iter().all(|kind| !kind.fields().is_empty() && !kind.word().is_empty()));
    }

    #[test]
    fn names_are_spelled_with_their_table() {
        assert_eq!(
            ObjectName::part(ObjectKind::Column, "assessments", "ssn").to_string(),
            "column assessments.ssn"
        );
        assert_eq!(ObjectName::new(ObjectKind::Enum, "Status").to_string(), "enum Status");
    }
}
