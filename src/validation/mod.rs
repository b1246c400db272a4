//! Whether a record is validated: a pure decision from facts that were fetched before.
//!
//! [`decide`] always ends in what the facts now say, whatever was written before: what it says to write is
//! the difference. Nothing here trusts what a record says of itself, nor what a review claims: each is
//! compared with what the forge vouches for.

mod names;
mod pull;
mod record;
mod reviews;
mod run;
#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what broke by breaking"
)]
mod tests;

use crate::forge::types::{CommitSha, PeeledTag, PullRequest, PullState, RunId, TagName, WorkflowRun};
use crate::model::{Reason, Separation, Standing, Validation};
use crate::render::record::{Block, Record, read, with_validation};

pub use names::{is_record, siblings};
pub use pull::{concerns, record_path, tag_of};
pub use reviews::seen_commits;
pub use run::named as named_run;

pub const FOLDER: &str = "ops";
/// How the gate's branches begin.
pub const BRANCHES: &str = "prod-gate/";

/// What the default branch's configuration says of validations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationRules {
    /// Logins of those who may validate.
    pub leads: Vec<String>,
    /// Whether a lead may not validate what they deployed.
    pub separate: bool,
    /// Whether a record that does not pass may be validated.
    pub accept_failed: bool,
    /// The branch that records go to.
    pub base: String,
    /// The account that commits records.
    pub identity: String,
    /// The workflow files whose runs make records; without any, a file of the default branch that runs
    /// prod-gate.
    pub workflows: Vec<String>,
}

/// What was fetched. What is missing here was looked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the forge vouches for accounts, signatures and runs. Where it does not, there are no runs, and
    /// the validation says that nobody vouches for it.
    pub vouched: bool,
    pub pull: PullRequest,
    /// The rules; none when the default branch's configuration cannot be read.
    pub rules: Option<ValidationRules>,
    /// The record at the pull request's head.
    pub record: Option<String>,
    /// The record at earlier commits of the pull request that somebody reviewed.
    pub earlier: Vec<(CommitSha, String)>,
    /// Records on the base branch that have the same date and commit: paths and texts.
    pub siblings: Vec<(String, String)>,
    pub tag: Option<PeeledTag>,
    /// The page of the repository that was deployed.
    pub code_url: String,
    pub code_branch: String,
    pub run: Option<WorkflowRun>,
    /// Whether the default branch has the run's commit.
    pub run_on_default: bool,
    /// Whether the default branch has the run's workflow file, and it runs prod-gate.
    pub workflow_known: bool,
}

/// What there is to say, and to write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Decision {
    /// The pull request has nothing to do with records.
    NotOurs,
    /// The pull request has a record; where it stands.
    Record {
        /// The validation, or why there is none.
        outcome: Result<Validation, Reason>,
        /// The record as it should be, when it is not.
        write: Option<String>,
        /// Where the status belongs beside the head: the tag's commit, when the branch is the tag's own.
        tag_commit: Option<CommitSha>,
    },
}

/// Whether a record is validated, waits, or is refused.
pub fn standing(outcome: &Result<Validation, Reason>) -> Standing {
    match outcome {
        Ok(_) => Standing::Validated,
        Err(reason) => reason.standing(),
    }
}

pub fn decide(facts: &Facts) -> Decision {
    let pull = &facts.pull;
    if !concerns(pull) {
        return Decision::NotOurs;
    }
    let record = facts.record.as_deref().and_then(read);
    let outcome = judge(facts, record.as_ref());
    // Only a branch of our own is written to, and only while that still means something.
    let writable = pull.state == PullState::Open && pull::is_ours(facts).is_ok();
    let write = facts.record.as_deref().and_then(|text| edit(text, record.as_ref()?, &outcome));
    let tag_commit = tag_commit(facts, record.as_ref());
    match write {
        Some(text) if writable => Decision::Record { outcome, write: Some(text), tag_commit },
        // What the reviews say can no longer be put into the record.
        Some(_) if outcome.is_ok() => {
            let merged = pull.state == PullState::Merged;
            Decision::Record { outcome: Err(Reason::Closed { merged }), write: None, tag_commit }
        }
        _ => Decision::Record { outcome, write: None, tag_commit },
    }
}

/// Everything in order; the first thing that is wrong is the reason.
fn judge(facts: &Facts, record: Option<&Record>) -> Result<Validation, Reason> {
    let path = pull::is_ours(facts)?;
    let rules = facts.rules.as_ref().ok_or(Reason::Configuration)?;
    let record = record.ok_or(Reason::Unreadable)?;
    record::judge(facts, record, path)?;
    let run = if facts.vouched { Some(run::judge(facts, rules, &record.header)?) } else { None };
    if rules.leads.is_empty() {
        return Err(Reason::NoLeads);
    }
    reviews::judge(facts, rules, record, run)
}

/// The record as it should be; nothing when it is, or when it is better left alone.
fn edit(text: &str, record: &Record, outcome: &Result<Validation, Reason>) -> Option<String> {
    let block = &record.below.as_ref()?.block;
    let wanted = match outcome {
        Ok(validation) => Some(validation),
        // What could not be told is no reason to take a validation back.
        Err(
            Reason::Configuration | Reason::RunUnfinished { .. } | Reason::AskAgain { written: true, .. },
        ) => return None,
        Err(_) => None,
    };
    let there = match block {
        Block::Present(validation) => Some(validation.as_ref()),
        Block::Absent => None,
        Block::Broken => return with_validation(text, wanted),
    };
    if there == wanted { None } else { with_validation(text, wanted) }
}

/// The commit of the tag that the branch is named after.
fn tag_commit(facts: &Facts, record: Option<&Record>) -> Option<CommitSha> {
    let named = record.and_then(|record| record.header.tag.as_deref());
    let own = facts.pull.same_repository && tag_of(&facts.pull, named).is_some();
    own.then(|| facts.tag.as_ref().map(|tag| tag.commit.clone())).flatten()
}

/// What a lead's part in the deployment makes of their validation.
fn allowed(separation: Separation, who: &str, rules: &ValidationRules) -> Result<Separation, Reason> {
    match separation {
        Separation::Own(role) if rules.separate => Err(Reason::OwnDeployment { who: who.to_owned(), role }),
        Separation::TaggerUnknown if rules.separate => Err(Reason::TaggerUnknown),
        separation => Ok(separation),
    }
}

/// The tag that has to be looked up for this record, and the run.
pub fn wanted(facts: &Facts) -> (Option<TagName>, Option<RunId>) {
    let record = facts.record.as_deref().and_then(read);
    let named = record.as_ref().and_then(|record| record.header.tag.as_deref());
    let run = record.as_ref().and_then(|record| run::named(&record.header, &facts.code_url).ok());
    (tag_of(&facts.pull, named), run.map(|(id, _)| RunId(id)))
}
