//! Section 8 as a pure fold: a line is ticked only when every required check of its kind passed.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::check::CheckReport;
use super::outcome::Outcome;

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
    /// A check of its kind did not pass.
    NotPassed,
    /// Only the lead's review can tick it.
    AwaitsLead,
}

/// The checklist of these checks. `left_out` names the items of which a filter left something out.
pub fn checklist(checks: &[CheckReport], left_out: &[ChecklistItem]) -> Vec<ChecklistLine> {
    ChecklistItem::VARIANTS
        .iter()
        .map(|&item| ChecklistLine { item, tick: tick(item, checks, left_out) })
        .collect()
}

fn tick(item: ChecklistItem, checks: &[CheckReport], left_out: &[ChecklistItem]) -> Tick {
    if item == ChecklistItem::Lead {
        return Tick::AwaitsLead;
    }
    let mine = || checks.iter().filter(|check| check.meta.proves == Some(item));
    // A waived failure is still a failure: it does not block, but it proves nothing either.
    let spoilt = |check: &CheckReport| check.blocks() || check.outcome == Outcome::Waived;
    if mine().any(spoilt) {
        Tick::NotPassed
    } else if left_out.contains(&item) {
        Tick::LeftOut
    } else if mine().any(|check| check.outcome == Outcome::Passed) {
        Tick::Ticked
    } else if mine().next().is_some() {
        Tick::NotPassed
    } else {
        Tick::NotConfigured
    }
}
