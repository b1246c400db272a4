//! What pull requests share with issues: labels and comments.

use serde_json::Value;

use super::super::refusal::Refusal;
use super::super::state::{Level, State};
use super::{Answer, Call, Key, Result, view};

/// Answer what belongs here.
pub(super) fn route(state: &mut State, call: &Call<'_>, (method, template): Key<'_>) -> Option<Result> {
    let template = template.strip_prefix("/repos/{owner}/{repo}/issues")?;
    let level = if method == "get" { Level::Read } else { Level::Write };
    if let Err(refusal) = state.allow_any(&call.caller, &call.full, &["issues", "pull-requests"], level) {
        return Some(Err(refusal));
    }
    let number = call.number("issue_number");
    Some(match (method, template) {
        ("get", "/{issue_number}/labels") => labels(state, call, number),
        ("post", "/{issue_number}/labels") => {
            let done = state.label(&call.full, number, &call.texts("labels"));
            done.and_then(|()| labels(state, call, number))
        }
        ("get", "/{issue_number}/comments") => comments(state, call, number),
        ("post", "/{issue_number}/comments") => {
            let body = call.text("body").unwrap_or_default();
            let made = state.comment(&call.caller, &call.full, number, body);
            made.and_then(|id| comment(state, call, id, 201))
        }
        ("get", "/comments/{comment_id}") => comment(state, call, call.number("comment_id"), 200),
        ("patch", "/comments/{comment_id}") => {
            let (id, body) = (call.number("comment_id"), call.text("body").unwrap_or_default());
            let done = state.edit_comment(&call.caller, &call.full, id, body);
            done.and_then(|()| comment(state, call, id, 200))
        }
        _ => return None,
    })
}

fn labels(state: &State, call: &Call<'_>, number: u64) -> Result {
    let pull = state.repo(&call.full)?.pull(number)?;
    let all: Vec<Value> = pull.labels.iter().map(|name| view::label(state, &call.full, name)).collect();
    Ok(Answer::new(200, Value::Array(all)))
}

fn comments(state: &State, call: &Call<'_>, number: u64) -> Result {
    let pull = state.repo(&call.full)?.pull(number)?;
    Ok(call.page(pull.comments.iter().map(|it| view::comment(state, &call.full, number, it)).collect()))
}

fn comment(state: &State, call: &Call<'_>, id: u64, status: u16) -> Result {
    for pull in &state.repo(&call.full)?.pulls {
        if let Some(found) = pull.comments.iter().find(|comment| comment.id == id) {
            return Ok(Answer::new(status, view::comment(state, &call.full, pull.number, found)));
        }
    }
    Err(Refusal::not_found())
}
