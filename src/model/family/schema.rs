//! Section 4: its families of checks, and what their comparisons are about.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantArray};

/// The families of section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum SchemaFamily {
    /// Tables, columns, indexes, foreign keys and enums are there as declared.
    #[strum(serialize = "schema.declared")]
    Declared,
    /// Production has what this release's migrations change.
    #[strum(serialize = "schema.release")]
    Release,
    /// Production has the schema that all migrations make.
    #[strum(serialize = "schema.drift")]
    Drift,
    /// Each query selects the rows that are expected.
    #[strum(serialize = "schema.sql")]
    Sql,
}

/// What a comparison of section 4 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SchemaSubject {
    Schema(String),
    /// An object, by its kind and name, for example `column assessments.ssn`.
    SchemaObject(String),
    /// How many of the objects that the release adds, changes or removes production has so.
    ReleaseObjects,
    /// In how many objects production differs from what the migrations make.
    Drift,
}

impl SchemaSubject {
    pub(in crate::model) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Schema(name) | Self::SchemaObject(name) => Some(name),
            Self::ReleaseObjects | Self::Drift => None,
        }
    }
}
