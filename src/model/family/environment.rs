//! Section 7: its families of checks, and what their comparisons are about.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantArray};

use crate::model::ChecklistItem;

/// The families of section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum EnvironmentFamily {
    /// Each container runs and is healthy, with the image and as few restarts as expected.
    #[strum(serialize = "environment.containers")]
    Containers,
    /// Each variable of a container is as declared.
    #[strum(serialize = "environment.variables")]
    Variables,
    /// No file system is fuller than it may be.
    #[strum(serialize = "environment.disks")]
    Disks,
    /// No host is busier than it may be.
    #[strum(serialize = "environment.load")]
    Load,
    /// The host's clock agrees with this machine's.
    #[strum(serialize = "environment.clocks")]
    Clocks,
    /// Each command ends and prints as expected.
    #[strum(serialize = "environment.commands")]
    Commands,
}

impl EnvironmentFamily {
    pub(super) fn proves(self) -> Option<ChecklistItem> {
        match self {
            Self::Containers => Some(ChecklistItem::Container),
            Self::Variables | Self::Disks | Self::Load | Self::Clocks | Self::Commands => None,
        }
    }
}

/// What a comparison of section 7 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum EnvironmentSubject {
    Container,
    /// What a container's own health check says.
    Health,
    Restarts,
    Image,
    Variable(String),
    /// How full the file system of a path is, in per cent.
    Disk(String),
    /// A host's load average over a time such as `5m`.
    Load(String),
    /// How far a host's clock is from this machine's, in milliseconds.
    ClockSkew,
    ExitStatus,
    Output,
}

impl EnvironmentSubject {
    pub(in crate::model) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Variable(name) | Self::Disk(name) | Self::Load(name) => Some(name),
            Self::Container
            | Self::Health
            | Self::Restarts
            | Self::Image
            | Self::ClockSkew
            | Self::ExitStatus
            | Self::Output => None,
        }
    }
}
