//! The words of the project as types: sections, outcomes, evidence, checks, the report.
//!
//! Pure data and pure folds. Nothing here reads a clock, a file or the network, and nothing of the
//! rest of the crate is imported. Every type can be written to JSON and read back, because
//! `report.json` is the report.

pub mod check;
pub mod checklist;
pub mod deployment;
pub mod event;
pub mod evidence;
pub mod family;
pub mod outcome;
pub mod report;
pub mod section;
pub mod subject;
pub mod text;
pub mod validation;
mod verdict;

pub use check::{Attempt, CheckMeta, CheckReport, Finding, Place, Position, Waiver};
pub use checklist::{ChecklistItem, ChecklistLine, Tick};
pub use deployment::{CommitLine, Deployment, Predecessor, Previous, PreviousFrom};
pub use event::Event;
pub use evidence::{Command, Comparison, Evidence, Expected, Fact, FactName, Shown, Table, TableOf};
pub use family::{
    CommitFamily, CommitSubject, EnvironmentFamily, EnvironmentSubject, Family, MigrationsFamily,
    MigrationsSubject, SchemaFamily, SchemaSubject, SmokeFamily, SmokeSubject,
};
pub use outcome::{Cause, CauseCode, Outcome, SkipReason, Verdict};
pub use report::{Counts, Filter, Notes, Operator, RecordPlace, Report, Run, WarmUp};
pub use section::Section;
pub use subject::{SqlSubject, Subject};
pub use validation::{Reason, Role, Separation, Standing, Validation};
