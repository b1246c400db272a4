//! Values that are one word of a few, and what is said of a failure that is known.

use macro_rules_attribute::apply;

use super::{Day, Plain};

/// The keys that name a method, and the methods.
pub(in crate::config) const METHODS: [(&str, &str); 6] = [
    ("get", "GET"),
    ("head", "HEAD"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
];

/// The keys of an access row that are not roles.
pub(in crate::config) const RESERVED: [&str; 9] =
    ["get", "head", "post", "put", "patch", "delete", "json", "required", "waive"];

/// The record's language.
#[apply(choice)]
pub enum Language {
    /// French, the seed's own form.
    Fr,
    /// English.
    En,
}

impl Language {
    /// `fr` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

/// The program that containers are asked with.
#[apply(choice)]
#[schemars(rename = "Engine")]
pub enum ContainerEngine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

/// The tool that applies migrations.
#[apply(choice)]
pub enum MigrationTool {
    /// Prisma Migrate.
    Prisma,
}

/// Whether a lead may validate a deployment of their own.
#[apply(choice)]
#[schemars(rename = "Separation")]
pub enum SeparationRule {
    /// No: somebody else has to.
    Required,
    /// Yes, and the record says that it was so.
    Recorded,
}

/// What the record may show of a command.
#[apply(choice)]
pub enum OutputShow {
    /// What it printed.
    Output,
}

/// What the record may show of a query.
#[apply(choice)]
pub enum RowsShow {
    /// The rows, 50 at most.
    Rows,
}

/// A failure that is known and accepted until a date.
#[apply(raw)]
pub struct Waive {
    /// Why it is accepted.
    pub reason: Plain,
    /// Who answers for it.
    pub owner: Plain,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Day,
}
