//! The report: every check, the verdict, and the facts of the run. All outputs are functions of it.

use serde::{Deserialize, Serialize};

use super::check::CheckReport;
use super::checklist::{ChecklistItem, ChecklistLine};
use super::deployment::Deployment;
use super::outcome::{Outcome, Verdict};
use super::section::Section;
use super::verdict::checklist;

/// The version of `report.json`'s schema. It grows when a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    pub verdict: Verdict,
    /// How many checks ended how.
    pub counts: Counts,
    pub run: Run,
    pub deployment: Deployment,
    /// Sections for which something is configured, in order.
    pub configured: Vec<Section>,
    /// Every check, in the plan's order whatever order they ended in.
    pub checks: Vec<CheckReport>,
    pub checklist: Vec<ChecklistLine>,
    /// What the operator had to say.
    pub notes: Option<Notes>,
    /// Where the record is published; absent for a run that is not.
    #[serde(default)]
    pub place: Option<RecordPlace>,
}

/// Where a record is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPlace {
    /// The repository: `owner/name`, or a folder on this machine.
    pub repository: String,
    pub branch: String,
    pub path: String,
}

/// The facts of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The project's title, as the record's heading shows it.
    pub title: String,
    /// The record's language: `fr` or `en`.
    pub language: String,
    pub version: String,
    /// The run's start, RFC 3339 in UTC.
    pub started_at: String,
    /// The run's start where the team is, for example `2026-11-22 12:00:03 +01:00`.
    pub local_time: String,
    /// The day of `local_time`, `YYYY-MM-DD`.
    pub date: String,
    /// The time zone's IANA name.
    pub timezone: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    pub operator: Operator,
    /// The configuration file, and the git blob it is.
    pub config: Option<ConfigFile>,
    /// The base URL of the service, without any password.
    pub base_url: Option<String>,
    /// What a filter chose, where one was given.
    pub filter: Option<Filter>,
    /// How long the run waited for the service, where it did.
    pub warm_up: Option<WarmUp>,
    /// The signal that ended the run early.
    pub interrupted: Option<String>,
}

/// The configuration that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigFile {
    pub path: String,
    /// Its git blob object name, where git could tell.
    pub blob: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub name: String,
    pub run_url: Option<String>,
}

/// What `--only` and `--skip` said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Patterns of ids to run.
    pub only: Vec<String>,
    /// Patterns of ids to leave out.
    pub skip: Vec<String>,
    pub left_out: usize,
    /// The lines of the checklist of which something was left out.
    pub items_left_out: Vec<ChecklistItem>,
}

/// The wait before anything was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// How long, in milliseconds.
    pub waited_ms: u64,
    /// Whether the service answered with the expected commit in the end.
    pub ready: bool,
}

/// What the operator had to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Where it comes from: a file's name, or `tag` for the annotated tag's message.
    pub source: String,
    pub text: String,
}

/// How many checks ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub passed: usize,
    /// Not as expected, required.
    pub failed: usize,
    /// Could not tell, required.
    pub errored: usize,
    pub skipped: usize,
    pub waived: usize,
    /// Failed or errored, advisory.
    pub warnings: usize,
}

impl Counts {
    /// Count these checks. The six numbers add up to their number.
    pub fn of(checks: &[CheckReport]) -> Self {
        let mut counts = Self::default();
        for check in checks {
            let slot = match check.outcome {
                _ if check.is_warning() => &mut counts.warnings,
                Outcome::Passed => &mut counts.passed,
                Outcome::Failed => &mut counts.failed,
                Outcome::Errored => &mut counts.errored,
                Outcome::Skipped => &mut counts.skipped,
                Outcome::Waived => &mut counts.waived,
            };
            *slot += 1;
        }
        counts
    }

    pub fn total(&self) -> usize {
        self.passed + self.failed + self.errored + self.skipped + self.waived + self.warnings
    }
}

impl Report {
    /// The report of a run that ended: the only place where verdict, counts and checklist are made.
    pub fn new(
        run: Run,
        deployment: Deployment,
        configured: Vec<Section>,
        checks: Vec<CheckReport>,
        notes: Option<Notes>,
    ) -> Self {
        let left_out = run.filter.as_ref().map_or(&[][..], |filter| &filter.items_left_out);
        Self {
            schema_version: SCHEMA_VERSION,
            verdict: Verdict::of(&checks, run.filter.is_some()),
            counts: Counts::of(&checks),
            checklist: checklist(&checks, left_out),
            run,
            deployment,
            configured,
            checks,
            notes,
            place: None,
        }
    }

    /// The record's file name, `PROD_DEPLOY_<YYYY-MM-DD>_<SHORT_COMMIT>.md`, unless it was published under
    /// another one: a rerun keeps the name that the first run gave.
    pub fn record_name(&self) -> String {
        let published = self.place.as_ref().and_then(|place| place.path.rsplit('/').next());
        published.map_or_else(|| self.usual_name(), str::to_owned)
    }

    /// The name that the day and the commit give.
    pub fn usual_name(&self) -> String {
        format!("PROD_DEPLOY_{}_{}.md", self.run.date, self.deployment.short_commit())
    }

    pub fn section(&self, section: Section) -> impl Iterator<Item = &CheckReport> {
        self.checks.iter().filter(move |check| check.meta.section == section)
    }
}
