//! Section 1: its families of checks, and what their comparisons are about.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantArray};

use crate::model::ChecklistItem;

/// The families of section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum CommitFamily {
    /// The tag exists and names a commit; annotated tags are peeled.
    #[strum(serialize = "commit.tag")]
    Tag,
    /// Each place that shows production's commit shows the release's.
    #[strum(serialize = "commit.sources")]
    Sources,
    /// Which commits the release brings since the previous deployment, or takes back.
    #[strum(serialize = "commit.range")]
    Range,
}

impl CommitFamily {
    pub(super) fn proves(self) -> Option<ChecklistItem> {
        match self {
            Self::Sources => Some(ChecklistItem::Commit),
            Self::Tag | Self::Range => None,
        }
    }
}

/// What a comparison of section 1 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum CommitSubject {
    /// The commit that a source shows, by the source's name.
    Commit(String),
    /// Whether the tag and a commit given beside it agree.
    Tag,
    /// Files changed and not committed in a work tree; the actual value is their number.
    WorkTree,
}

impl CommitSubject {
    pub(in crate::model) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Commit(name) => Some(name),
            Self::Tag | Self::WorkTree => None,
        }
    }
}
