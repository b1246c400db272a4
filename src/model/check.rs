//! One verification: what is known of it before it runs, and what is known after.

use serde::{Deserialize, Serialize};

use super::{Cause, ChecklistItem, Evidence, Family, Outcome, Section, SkipReason};

/// What is known of a check before it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckMeta {
    /// Unique and stable, for example `smoke.pages./bilan-gratuit`.
    pub id: String,
    /// The family it belongs to; its name is the id's beginning.
    pub family: Family,
    /// Where it stands in the record.
    pub section: Section,
    /// What a person calls it: a path, a role, the step's name.
    pub title: String,
    /// Whether it blocks. A check that does not is advisory: its failure is a warning.
    pub required: bool,
    /// Whether it changes anything in production.
    pub writes: bool,
    pub proves: Option<ChecklistItem>,
    /// Its row and column where the record shows a table.
    pub place: Option<Place>,
    /// Where the configuration asks for it; absent for checks given by flags.
    pub position: Option<Position>,
    /// A known failure, named in the configuration.
    pub waiver: Option<Waiver>,
}

/// A cell of a table in the record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The row, for example `GET /api/admin/stats` or a workflow's name.
    pub row: String,
    /// The column, for example a role or a step.
    pub column: String,
}

/// A place in the configuration file. Line and column count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The file's path as it was given.
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// A failure that the team knows of and has accepted until a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds, as `YYYY-MM-DD` in the run's time zone.
    pub until: String,
    /// Whether that day had passed when the run started: the failure then counts again.
    pub expired: bool,
}

/// A try that did not succeed before one that did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Milliseconds since the run's start.
    pub at_ms: u64,
    #[serde(rename = "trouble")]
    pub cause: Cause,
}

/// What a check's judge says, before the runner adds times, waivers and the plan's facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Passed, failed, errored or skipped; never waived, which is the runner's word.
    pub outcome: Outcome,
    /// Why the gate could not tell; set exactly when `outcome` is errored.
    pub cause: Option<Cause>,
    /// Why it did not run; set exactly when `outcome` is skipped.
    pub skip: Option<SkipReason>,
    pub evidence: Evidence,
    /// Tries that failed before this one.
    pub attempts: Vec<Attempt>,
}

impl Finding {
    /// Passed or failed, as the evidence's judged values say: failed when any of them is not ok.
    pub fn judged(evidence: Evidence) -> Self {
        let ok = evidence.judged.iter().all(|judged| judged.ok);
        let outcome = if ok { Outcome::Passed } else { Outcome::Failed };
        Self { outcome, cause: None, skip: None, evidence, attempts: Vec::new() }
    }

    /// The gate could not tell.
    pub fn errored(cause: Cause, evidence: Evidence) -> Self {
        Self { outcome: Outcome::Errored, cause: Some(cause), skip: None, evidence, attempts: Vec::new() }
    }

    pub fn skipped(reason: SkipReason) -> Self {
        Self {
            outcome: Outcome::Skipped,
            cause: None,
            skip: Some(reason),
            evidence: Evidence::default(),
            attempts: Vec::new(),
        }
    }
}

/// One check after the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    pub meta: CheckMeta,
    pub outcome: Outcome,
    /// Why the gate could not tell; set exactly when errored.
    #[serde(rename = "trouble")]
    pub cause: Option<Cause>,
    /// Why it did not run; set exactly when skipped.
    pub skip: Option<SkipReason>,
    pub evidence: Evidence,
    /// Tries that failed before the one that counts.
    pub attempts: Vec<Attempt>,
    /// Milliseconds from the run's start to the check's.
    pub started_ms: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl CheckReport {
    /// The report of `finding` for the check described by `meta`.
    ///
    /// A failure with a waiver that still holds becomes waived; nothing else changes.
    pub fn new(meta: CheckMeta, finding: Finding, started_ms: u64, duration_ms: u64) -> Self {
        let waived =
            finding.outcome == Outcome::Failed && meta.waiver.as_ref().is_some_and(|waiver| !waiver.expired);
        Self {
            outcome: if waived { Outcome::Waived } else { finding.outcome },
            cause: finding.cause,
            skip: finding.skip,
            evidence: finding.evidence,
            attempts: finding.attempts,
            meta,
            started_ms,
            duration_ms,
        }
    }

    /// Whether this check keeps the verdict from passing.
    pub fn blocks(&self) -> bool {
        self.meta.required
            && match self.outcome {
                Outcome::Failed | Outcome::Errored => true,
                Outcome::Skipped => {
                    !matches!(self.skip, Some(SkipReason::NothingToUndo | SkipReason::NoBaseline))
                }
                Outcome::Passed | Outcome::Waived => false,
            }
    }

    /// Whether it went wrong without blocking.
    pub fn is_warning(&self) -> bool {
        !self.meta.required && matches!(self.outcome, Outcome::Failed | Outcome::Errored)
    }
}
