//! `prod-gate validate`: read, decide, write below the seal, notify.
//!
//! Nothing is taken from the event that started it but the number of the pull request; everything is read
//! again. The decision is made by [`validation`](crate::validation), anew after each write, until there is
//! nothing left to write: so that late, repeated and racing starts all end in what the reviews now say.

mod command;
mod notify;
mod read;
mod review;

use std::time::Duration;

use crate::forge::Forge;
use crate::forge::types::{BranchName, NewCommit, NewFile, PullNumber, RepoName, RepoPath, Review};
use crate::forge::{ForgeError, Why};
use crate::model::{Reason, Standing, Validation};
use crate::redact::Redactor;
use crate::render;
use crate::validation::{Decision, decide, record_path, standing};

pub use command::run;
use read::PullContext;
pub use review::review;

/// How often something is written before it is given up: each time, somebody else has to have said something
/// new in between.
const WRITES: usize = 4;
/// How often everything is read again because the branch moved.
const ROUNDS: usize = 4;

/// A repository whose records are validated, and how.
pub struct ValidationJob<'a, F> {
    /// The repository of the pull request.
    pub records: F,
    /// Opens another repository, for records of deployments that are not of the first.
    pub open: &'a (dyn Fn(&RepoName) -> Result<F, ForgeError> + Sync),
    /// The configuration's path on the default branch.
    pub config: RepoPath,
    /// Scrubs what others wrote before it is written anywhere.
    pub redactor: Redactor,
    /// How long the forge is left alone after a write before the reviews are read again: it dismisses
    /// approvals a moment after the push that they are dismissed for.
    pub pause: Duration,
}

/// What a pull request was brought to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Where the record stands; nothing when the pull request has no record.
    pub standing: Option<Standing>,
    /// Why the record is not validated; none when it is.
    pub reason: Option<Reason>,
    /// The words of the commit's status.
    pub description: String,
    /// The comment's words; empty when there is nothing to say.
    pub comment: String,
    pub written: usize,
}

/// A request that failed while a record was validated.
#[derive(Debug)]
pub struct ValidateError {
    pub error: ForgeError,
    /// Whether it is known what should have been written.
    pub decided: bool,
}

impl ValidateError {
    fn reading(error: ForgeError) -> Self {
        Self { error, decided: false }
    }

    fn writing(error: ForgeError) -> Self {
        Self { error, decided: true }
    }
}

/// Bring a pull request's record, its statuses and our comment to what the reviews say.
pub async fn settle<F: Forge>(
    site: &ValidationJob<'_, F>,
    number: PullNumber,
) -> Result<Settled, ValidateError> {
    let mut written = 0;
    for _ in 0..ROUNDS {
        let pull = site.records.pull_request(number).await.map_err(ValidateError::reading)?;
        if !crate::validation::concerns(&pull) {
            return Ok(Settled { written, ..Settled::default() });
        }
        let mut seen = read::read(site, pull).await.map_err(ValidateError::reading)?;
        while written <= WRITES {
            let Decision::Record { outcome, write, tag_commit } = decide(&seen.facts) else { break };
            let Some(text) = write else {
                let notified = notify::notify(site, &seen, &outcome, tag_commit.as_ref(), written);
                // An approval that our commit dismissed a moment later must not look like one that stands.
                let (settled, again) =
                    tokio::join!(notified, look_again(site, &seen, written > 0 && outcome.is_ok()));
                match again {
                    Ok(true) => break,
                    Ok(false) => {}
                    // What was notified was true when it was decided.
                    Err(error) => tracing::warn!("{error}"),
                }
                return settled;
            };
            let committed = match other_identity(&seen) {
                Some(error) => Err(error),
                None => site.records.commit(&commit(&seen, &outcome, text.clone())).await,
            };
            match committed {
                Ok(made) => {
                    written += 1;
                    tokio::time::sleep(site.pause).await;
                    let pull = site.records.pull_request(number).await.map_err(ValidateError::writing)?;
                    if !seen.moved(made.sha, text, pull) {
                        break;
                    }
                }
                // The branch is elsewhere: everything has to be read again.
                Err(error) if error.is_conflict() => break,
                Err(error) => {
                    // Nothing must look validated that is not.
                    let outcome = outcome.and(Err(Reason::NotWritten));
                    let notified = notify::notify(site, &seen, &outcome, tag_commit.as_ref(), written).await;
                    if let Err(failure) = notified {
                        tracing::warn!("{}", failure.error);
                    }
                    return Err(ValidateError::writing(error));
                }
            }
        }
    }
    let said = "the branch or its reviews keep changing";
    let doing = format!("validate pull request {number}");
    Err(ValidateError::writing(ForgeError::new(doing, Why::Conflict { head: None }, said)))
}

/// A commit by another account than the one that makes records would itself be refused afterwards.
fn other_identity<F>(seen: &PullContext<F>) -> Option<ForgeError> {
    let pull = &seen.facts.pull;
    let identity = &seen.facts.rules.as_ref()?.identity;
    let viewer = pull.viewer.as_ref().filter(|viewer| !viewer.is(identity))?;
    let said = format!(
        "records are committed by {identity}, and the token is of {}; give the token of {identity} in PROD_GATE_TOKEN",
        viewer.login
    );
    Some(ForgeError::new(format!("commit to the branch {}", pull.head_branch), Why::Refused, said))
}

/// Whether the reviews are others than those that were decided by; looked up only where that is likely.
async fn look_again<F: Forge>(
    site: &ValidationJob<'_, F>,
    seen: &PullContext<F>,
    wanted: bool,
) -> Result<bool, ForgeError> {
    if !wanted {
        return Ok(false);
    }
    let pull = site.records.pull_request(seen.facts.pull.number).await?;
    let said = |reviews: &[Review]| -> Vec<_> { reviews.iter().map(|it| (it.id, it.state)).collect() };
    Ok(said(&pull.reviews) != said(&seen.facts.pull.reviews))
}

/// The record written on top of the commit that was read.
fn commit<F>(seen: &PullContext<F>, outcome: &Result<Validation, Reason>, text: String) -> NewCommit {
    let pull = &seen.facts.pull;
    let path = record_path(pull).unwrap_or_default();
    let (headline, body) = render::validation::commit_message(&seen.language, path, outcome);
    NewCommit {
        branch: BranchName::new(pull.head_branch.as_str()),
        expected_head: pull.head.clone(),
        headline,
        body,
        files: vec![NewFile { path: RepoPath::new(path), text }],
    }
}

fn state(outcome: &Result<Validation, Reason>) -> crate::forge::StatusState {
    match standing(outcome) {
        Standing::Validated => crate::forge::StatusState::Success,
        Standing::Pending => crate::forge::StatusState::Pending,
        Standing::Refused => crate::forge::StatusState::Failure,
    }
}
