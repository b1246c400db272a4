//! The eight sections of the record, in the order of the record.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// A section of the record; its number is its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// §1 The deployed commit.
    Commit,
    /// §2 The backup taken before the deployment.
    Backup,
    /// §3 The migrations applied.
    Migrations,
    /// §4 The database schema.
    Schema,
    /// §5 Pages, sessions, access by role, workflows.
    Smoke,
    /// §6 What happens when a dependency dies.
    Resilience,
    /// §7 Containers, variables, disk.
    Environment,
    /// §8 The checklist and the lead's line.
    Checklist,
}

impl Section {
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The word that check ids begin with and that files use, for example `smoke`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Backup => "backup",
            Self::Migrations => "migrations",
            Self::Schema => "schema",
            Self::Smoke => "smoke",
            Self::Resilience => "resilience",
            Self::Environment => "environment",
            Self::Checklist => "checklist",
        }
    }
}
