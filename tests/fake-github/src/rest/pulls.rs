//! Pull requests, their reviews and who is asked for one.

use serde_json::{Value, json};

use super::super::pulls::{Differs, NewPull};
use super::super::refusal::Refusal;
use super::super::state::{Level, Pull, State, Verdict};
use super::{Answer, Call, Key, Result, allow, view};

/// Answer what belongs here.
pub(super) fn route(state: &mut State, call: &Call<'_>, (method, template): Key<'_>) -> Option<Result> {
    let template = template.strip_prefix("/repos/{owner}/{repo}/pulls")?;
    let level = if method == "get" { Level::Read } else { Level::Write };
    if let Err(refusal) = allow(state, call, "pull-requests", level) {
        return Some(Err(refusal));
    }
    let number = call.number("pull_number");
    if method == "get"
        && template.starts_with("/{pull_number}")
        && state.lag.hides(&format!("{} pull {number}", call.full))
    {
        return Some(Err(Refusal::not_found()));
    }
    Some(match (method, template) {
        ("get", "") => list(state, call),
        ("post", "") => open(state, call),
        ("get", "/{pull_number}") => whole(state, call, 200),
        ("patch", "/{pull_number}") => update(state, call),
        ("get", "/{pull_number}/files") => files(state, call),
        ("get", "/{pull_number}/commits") => commits(state, call),
        ("put", "/{pull_number}/merge") => merge(state, call),
        ("get", "/{pull_number}/reviews") => reviews(state, call),
        ("post", "/{pull_number}/reviews") => review(state, call),
        ("get", "/{pull_number}/reviews/{review_id}") => one_review(state, call, 200),
        ("put", "/{pull_number}/reviews/{review_id}/dismissals") => {
            let (id, by) = (call.number("review_id"), Some(call.caller.login.as_str()));
            let dismissed = state.take_back(&call.full, number, id, by, None);
            dismissed.and_then(|()| one_review(state, call, 200))
        }
        ("get", "/{pull_number}/requested_reviewers") => requested(state, call),
        ("post", "/{pull_number}/requested_reviewers") => request(state, call),
        _ => return None,
    })
}

fn find<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Pull> {
    state.repo(&call.full)?.pull(call.number("pull_number"))
}

fn list(state: &mut State, call: &Call<'_>) -> Result {
    let query = |name: &str| call.operation.query(name);
    let pulls = state.repo(&call.full)?.pulls.clone();
    let owner = state.repo(&call.full)?.owner.clone();
    let mut found = Vec::new();
    for pull in pulls.iter().rev() {
        let open = match query("state").unwrap_or("open") {
            "open" => pull.open,
            "closed" => !pull.open,
            _ => true,
        };
        // `user:branch`; GitHub takes no notice of one without a colon.
        let head = query("head").and_then(|head| head.split_once(':')).is_none_or(|(user, branch)| {
            let from = pull.head_repo.split('/').next().unwrap_or(&owner);
            from.eq_ignore_ascii_case(user) && pull.head == branch
        });
        let base = query("base").is_none_or(|base| pull.base == base);
        if open && head && base && !state.lag.hides(&format!("{} pull {}", call.full, pull.number)) {
            found.push(view::pull(state, &call.full, pull, false)?);
        }
    }
    if query("direction") == Some("asc") {
        found.reverse();
    }
    Ok(call.page(found))
}

fn open(state: &mut State, call: &Call<'_>) -> Result {
    let new = NewPull {
        title: call.text("title").unwrap_or_default(),
        body: call.text("body").unwrap_or_default(),
        head: call.text("head").unwrap_or_default(),
        base: call.text("base").unwrap_or_default(),
        draft: call.body.get("draft") == Some(&json!(true)),
    };
    let number = state.open_pull(&call.caller, &call.full, &new)?;
    let made = state.repo(&call.full)?.pull(number)?;
    Ok(Answer::new(201, view::pull(state, &call.full, made, true)?))
}

fn whole(state: &State, call: &Call<'_>, status: u16) -> Result {
    Ok(Answer::new(status, view::pull(state, &call.full, find(state, call)?, true)?))
}

fn update(state: &mut State, call: &Call<'_>) -> Result {
    let open = call.text("state").map(|word| word == "open");
    state.update_pull(&call.full, call.number("pull_number"), call.text("title"), call.text("body"), open)?;
    whole(state, call, 200)
}

/// One file that differs.
pub(super) fn file(state: &State, full: &str, head: &str, (path, before, after): &Differs) -> Value {
    let word = match (before, after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "modified",
    };
    let lines = |oid: &Option<String>| {
        let bytes = oid.as_ref().and_then(|oid| state.objects.blob(oid));
        bytes.map_or(0, |bytes| bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())
    };
    json!({
        "sha": after.as_ref().or(before.as_ref()),
        "filename": path,
        "status": word,
        "additions": lines(after),
        "deletions": lines(before),
        "changes": lines(after) + lines(before),
        "blob_url": view::page(&format!("{full}/blob/{head}/{path}")),
        "raw_url": view::page(&format!("{full}/raw/{head}/{path}")),
        "contents_url": format!("{}/repos/{full}/contents/{path}?ref={head}", state.url),
    })
}

fn files(state: &State, call: &Call<'_>) -> Result {
    let pull = find(state, call)?;
    let differs = state.diff(&state.pull_base(&call.full, pull), &pull.head_sha);
    Ok(call.page(differs.iter().map(|it| file(state, &call.full, &pull.head_sha, it)).collect()))
}

fn commits(state: &State, call: &Call<'_>) -> Result {
    let pull = find(state, call)?;
    let all = state.objects.between(&state.pull_base(&call.full, pull), &pull.head_sha);
    Ok(call.page(all.iter().filter_map(|oid| view::commit(state, &call.full, oid)).collect()))
}

fn merge(state: &mut State, call: &Call<'_>) -> Result {
    allow(state, call, "contents", Level::Write)?;
    let pull = find(state, call)?;
    if !pull.open {
        return Err(Refusal::new(405, "UNPROCESSABLE", "Pull Request is not mergeable"));
    }
    if call.text("sha").is_some_and(|sha| sha != pull.head_sha) {
        return Err(Refusal::new(
            409,
            "CONFLICT",
            "Head branch was modified. Review and try the merge again.",
        ));
    }
    let sha = state.merge(&call.full, call.number("pull_number"), &call.caller.login)?;
    let message = "Pull Request successfully merged";
    Ok(Answer::new(200, json!({ "sha": sha, "merged": true, "message": message })))
}

fn reviews(state: &State, call: &Call<'_>) -> Result {
    let pull = find(state, call)?;
    // One that is not sent yet is its author's alone.
    let shown = pull.reviews.iter().filter(|review| {
        review.verdict != Verdict::Pending || review.author.as_ref() == Some(&call.caller.login)
    });
    Ok(call.page(shown.map(|review| view::review(state, &call.full, pull, review)).collect()))
}

fn review(state: &mut State, call: &Call<'_>) -> Result {
    let verdict = match call.text("event") {
        Some("APPROVE") => Verdict::Approved,
        Some("REQUEST_CHANGES") => Verdict::ChangesRequested,
        Some("COMMENT") => Verdict::Commented,
        _ => Verdict::Pending,
    };
    let body = call.text("body").unwrap_or_default();
    if body.is_empty() && matches!(verdict, Verdict::ChangesRequested | Verdict::Commented) {
        return Err(Refusal::field("PullRequestReview", "body", "missing_field"));
    }
    let number = call.number("pull_number");
    let id = state.review(&call.caller, &call.full, number, verdict, body, call.text("commit_id"))?;
    let pull = find(state, call)?;
    let made = pull.reviews.iter().find(|review| review.id == id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(200, view::review(state, &call.full, pull, made)))
}

fn one_review(state: &State, call: &Call<'_>, status: u16) -> Result {
    let pull = find(state, call)?;
    let id = call.number("review_id");
    let found = pull.reviews.iter().find(|review| review.id == id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(status, view::review(state, &call.full, pull, found)))
}

fn requested(state: &State, call: &Call<'_>) -> Result {
    let pull = find(state, call)?;
    let users: Vec<Value> = pull.requested.iter().map(|login| view::user(state, login)).collect();
    Ok(Answer::new(200, json!({ "users": users, "teams": [] })))
}

fn request(state: &mut State, call: &Call<'_>) -> Result {
    let number = call.number("pull_number");
    let (people, teams) = (call.texts("reviewers"), call.texts("team_reviewers"));
    state.request_reviews(&call.caller, &call.full, number, &people, &teams)?;
    Ok(Answer::new(201, view::pull(state, &call.full, find(state, call)?, false)?))
}
