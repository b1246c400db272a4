//! Section 8 as data: its lines, and whether each is ticked.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// The lines of the seed's checklist, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistItem {
    /// Commit SHA verified.
    Commit,
    Backup,
    Migrations,
    Schema,
    Pages,
    Access,
    Workflow,
    Resilience,
    Container,
    /// Validated by the lead: never ticked by a run.
    Lead,
}

/// One line of the checklist after the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    pub item: ChecklistItem,
    /// Whether it is ticked, and if not, why not.
    pub tick: Tick,
}

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// Every required check of its kind passed, and there was at least one that passed.
    Ticked,
    /// Nothing is configured that could prove it.
    NotConfigured,
    /// A filter left out at least one of its checks.
    LeftOut,
    NotPassed,
    /// Only the lead's review can tick it.
    AwaitsLead,
}
