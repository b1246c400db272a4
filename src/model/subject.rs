//! What comparisons are about, section by section.

use serde::{Deserialize, Serialize};
use strum::EnumIter;

use super::family::{CommitSubject, EnvironmentSubject, MigrationsSubject, SchemaSubject, SmokeSubject};

/// What a comparison is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    Commit(CommitSubject),
    Migrations(MigrationsSubject),
    Schema(SchemaSubject),
    /// Rows that a query selected or a statement changed, in sections 4 and 5.
    Sql(SqlSubject),
    /// Section 5: an answer over HTTP, or what it proves of a role.
    Smoke(SmokeSubject),
    /// Section 7: a container or its host.
    Environment(EnvironmentSubject),
}

impl Subject {
    pub(crate) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Commit(what) => what.name_mut(),
            Self::Migrations(what) => what.name_mut(),
            Self::Schema(what) => what.name_mut(),
            Self::Sql(what) => what.name_mut(),
            Self::Smoke(what) => what.name_mut(),
            Self::Environment(what) => what.name_mut(),
        }
    }
}

/// What a comparison of SQL is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SqlSubject {
    /// How many rows a query selected.
    Rows,
    Columns,
    /// A column of a query, by name: what it holds in every row.
    Column(String),
    /// What the only column of a query's only row holds.
    Value,
    ChangedRows,
}

impl SqlSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Column(name) => Some(name),
            Self::Rows | Self::Columns | Self::Value | Self::ChangedRows => None,
        }
    }
}
