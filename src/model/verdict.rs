//! What all checks together say: the verdict, and section 8, where a line is ticked only when every required check of
//! its kind passed. Pure folds.

use strum::VariantArray as _;

use super::check::CheckReport;
use super::checklist::{ChecklistItem, ChecklistLine, Tick};
use super::outcome::{Outcome, Verdict};

impl Verdict {
    /// The verdict of these checks; `partial` when a filter chose them.
    ///
    /// A failure outranks an error: that production is wrong is known. A required check that was
    /// skipped because something before it did not pass counts as "could not tell".
    pub fn of(checks: &[CheckReport], partial: bool) -> Self {
        let any = |f: &dyn Fn(&CheckReport) -> bool| checks.iter().any(f);
        if any(&|c| c.meta.required && c.outcome == Outcome::Failed) {
            Self::Failed
        } else if any(&CheckReport::blocks) {
            Self::Errored
        } else if partial {
            Self::Partial
        } else if any(&|c| c.is_warning() || c.outcome == Outcome::Waived) {
            Self::Warned
        } else {
            Self::Passed
        }
    }
}

/// The checklist of these checks. `left_out` names the items of which a filter left something out.
pub(super) fn checklist(checks: &[CheckReport], left_out: &[ChecklistItem]) -> Vec<ChecklistLine> {
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
