//! Notify of what was decided: a status on the head and on the tag's commit, one comment, a second request for a
//! review. Each only where it is not so already.

use super::read::PullContext;
use super::{Settled, ValidateError, ValidationJob, state};
use crate::forge::types::{CommitSha, CommitStatus, PullRequest, StatusContext};
use crate::forge::{Forge, ForgeError};
use crate::model::{Reason, Validation};
use crate::render::validation::{MARK, comment, same_comment, status};
use crate::validation::standing;

const CONTEXT: &str = "prod-gate/validation";

/// Notify; the first that failed is the error, after all were tried.
pub(super) async fn notify<F: Forge>(
    site: &ValidationJob<'_, F>,
    seen: &PullContext<F>,
    outcome: &Result<Validation, Reason>,
    tag_commit: Option<&CommitSha>,
    written: usize,
) -> Result<Settled, ValidateError> {
    let pull = &seen.facts.pull;
    let description = status(&seen.language, outcome);
    let wanted = CommitStatus {
        context: StatusContext::new(CONTEXT),
        state: state(outcome),
        description: description.clone(),
        url: Some(pull.url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
    };
    let records = &site.records;
    let code = seen.code.as_ref().unwrap_or(records);
    let comment = comment(&seen.language, outcome);
    let (head, tag, said, asked) = tokio::join!(
        set(records, Some(&pull.head), &wanted, &pull.statuses),
        set(code, tag_commit.filter(|commit| **commit != pull.head), &wanted, &seen.tag_statuses),
        say(records, pull, comment.as_deref()),
        ask_again(records, pull, outcome),
    );
    if let Err(error) = asked {
        tracing::warn!("{error}\n  hint: {}", error.remedy());
    }
    head.and(tag).and(said).map_err(ValidateError::writing)?;
    let comment = comment.unwrap_or_default();
    let (standing, reason) = (Some(standing(outcome)), outcome.as_ref().err().cloned());
    Ok(Settled { standing, reason, description, comment, written })
}

async fn set<F: Forge>(
    forge: &F,
    commit: Option<&CommitSha>,
    wanted: &CommitStatus,
    there: &[CommitStatus],
) -> Result<(), ForgeError> {
    let Some(commit) = commit else { return Ok(()) };
    let same = |status: &&CommitStatus| {
        status.context == wanted.context
            && status.state == wanted.state
            && status.description == wanted.description
            && status.url == wanted.url
    };
    if there.iter().any(|status| same(&status)) { Ok(()) } else { forge.set_status(commit, wanted).await }
}

/// One comment, changed when what it says has changed. Until there is something to say there is none.
async fn say<F: Forge>(forge: &F, pull: &PullRequest, text: Option<&str>) -> Result<(), ForgeError> {
    let own = pull.comments.iter().find(|comment| comment.body.trim_start().starts_with(MARK));
    match (own, text) {
        (Some(own), Some(text)) if !same_comment(&own.body, text) => forge.edit_comment(own.id, text).await,
        (None, Some(text)) => forge.comment(pull.number, text).await.map(drop),
        _ => Ok(()),
    }
}

/// A second approval is needed: who is asked hears of it.
async fn ask_again<F: Forge>(
    forge: &F,
    pull: &PullRequest,
    outcome: &Result<Validation, Reason>,
) -> Result<(), ForgeError> {
    match outcome {
        Err(Reason::AskAgain { who, .. })
            if !pull.requested.iter().any(|asked| asked.eq_ignore_ascii_case(who)) =>
        {
            forge.request_review(pull.number, who).await
        }
        _ => Ok(()),
    }
}
