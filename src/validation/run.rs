//! The workflow run that the record names: it exists, was for this tag, and ended as the record says.

use super::{Facts, ValidationRules};
use crate::forge::types::{RunConclusion, WorkflowRun};
use crate::model::{Reason, Verdict};
use crate::render::record::RecordHeader;

/// How far the clocks of a runner and of the forge may differ, in seconds.
const CLOCKS: i64 = 600;

/// The number and the attempt of the run that the record names, when it is one of the repository whose
/// page is given.
pub fn named(header: &RecordHeader, code_url: &str) -> Result<(u64, u32), Reason> {
    let url = header.run_url.as_deref().ok_or(Reason::NoRun)?;
    let rest = url
        .get(code_url.len()..)
        .filter(|_| {
            url.is_char_boundary(code_url.len()) && url[..code_url.len()].eq_ignore_ascii_case(code_url)
        })
        .and_then(|rest| rest.strip_prefix("/actions/runs/"))
        .ok_or(Reason::RunElsewhere)?;
    let (id, attempt) = rest.split_once("/attempts/").unwrap_or((rest, "1"));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok());
    let (id, attempt) = (number(id).flatten(), number(attempt).flatten());
    match (id, attempt.and_then(|attempt| u32::try_from(attempt).ok())) {
        (Some(id), Some(attempt)) => Ok((id, attempt)),
        _ => Err(Reason::RunElsewhere),
    }
}

/// The run, when it is what the record says it is.
pub(super) fn judge<'a>(
    facts: &'a Facts,
    rules: &ValidationRules,
    header: &RecordHeader,
) -> Result<&'a WorkflowRun, Reason> {
    let (id, attempt) = named(header, &facts.code_url)?;
    let found = facts.run.as_ref().filter(|run| run.id.0 == id && attempt <= run.attempt);
    let run = found.ok_or(Reason::RunUnknown { run: id })?;
    if !facts
        .code_url
        .to_ascii_lowercase()
        .ends_with(&format!("/{}", run.repository.as_str().to_ascii_lowercase()))
    {
        return Err(Reason::RunElsewhere);
    }
    started_for(facts, header, run)?;
    let path = run.path.as_str();
    let known = match rules.workflows.as_slice() {
        [] => facts.workflow_known,
        named => named.iter().any(|named| named == path),
    };
    if !known {
        return Err(Reason::RunWorkflow { run: id, path: path.to_owned() });
    }
    if !within(header, run) {
        return Err(Reason::RunTime { run: id });
    }
    ended(header.verdict, run)?;
    Ok(run)
}

/// By the tag itself, or by hand from the default branch, where nobody else's code runs.
fn started_for(facts: &Facts, header: &RecordHeader, run: &WorkflowRun) -> Result<(), Reason> {
    let id = run.id.0;
    let by_hand = run.event == "workflow_dispatch";
    if !by_hand && !matches!(run.event.as_str(), "push" | "release") {
        return Err(Reason::RunEvent { run: id, event: run.event.clone() });
    }
    let tag = header.tag.as_deref().unwrap_or_default();
    match run.head_branch.as_deref() {
        Some(name) if name == tag => {
            let own = header.commit.as_deref() == Some(run.head.as_str());
            if own { Ok(()) } else { Err(Reason::RunCommit { run: id, commit: run.head.to_string() }) }
        }
        // A tag can have the branch's name; its commits are not the branch's.
        Some(name) if by_hand && name == facts.code_branch => {
            if facts.run_on_default {
                Ok(())
            } else {
                Err(Reason::RunBranch { run: id })
            }
        }
        found => Err(Reason::RunRef { run: id, found: found.map(str::to_owned) }),
    }
}

/// Whether the record was begun while the run went on.
fn within(header: &RecordHeader, run: &WorkflowRun) -> bool {
    let seconds = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    match (seconds(&header.started_at), seconds(&run.created_at), seconds(&run.updated_at)) {
        (Some(at), Some(from), Some(to)) => (from - CLOCKS..=to + CLOCKS).contains(&at),
        _ => false,
    }
}

fn ended(verdict: Verdict, run: &WorkflowRun) -> Result<(), Reason> {
    let id = run.id.0;
    let conclusion = run.conclusion.as_ref().ok_or(Reason::RunUnfinished { run: id })?;
    let passes = matches!(verdict, Verdict::Passed | Verdict::Warned);
    let (fits, word) = match conclusion {
        RunConclusion::Success => (passes, "success"),
        RunConclusion::Failure => (!passes, "failure"),
        // An interrupted run could not tell.
        RunConclusion::Cancelled => (!passes, "cancelled"),
        RunConclusion::Other(word) => (!passes && word == "timed_out", word.as_str()),
    };
    if fits { Ok(()) } else { Err(Reason::RunConclusion { run: id, conclusion: word.to_owned(), verdict }) }
}
