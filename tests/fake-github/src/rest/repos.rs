//! Repositories: themselves, their people, commits, files, statuses and workflow runs.

use serde_json::{Value, json};

use super::super::objects::{Object, Oid};
use super::super::refusal::Refusal;
use super::super::state::{Level, Run, State, Status};
use super::{Answer, Call, Key, Result, allow, view};

/// Answer what belongs here.
pub(super) fn route(state: &mut State, call: &Call<'_>, (method, template): Key<'_>) -> Option<Result> {
    let template = template.strip_prefix("/repos/{owner}/{repo}")?;
    Some(match (method, template) {
        ("get", "") => about(state, call),
        ("get", "/collaborators/{username}") => collaborator(state, call),
        ("get", "/collaborators/{username}/permission") => permission(state, call),
        ("get", "/branches/{branch}") => branch(state, call),
        ("get", "/commits") => commits(state, call),
        ("get", "/commits/{ref}") => commit(state, call),
        ("get", "/commits/{ref}/status") => combined(state, call),
        ("get", "/commits/{ref}/statuses") => statuses(state, call),
        ("get", "/commits/{commit_sha}/pulls") => pulls_of(state, call),
        ("get", "/compare/{basehead}") => compare(state, call),
        ("get", "/contents/{path}") => contents(state, call),
        ("post", "/statuses/{sha}") => set_status(state, call),
        ("get", "/actions/runs/{run_id}") => run(state, call, None),
        ("get", "/actions/runs/{run_id}/attempts/{attempt_number}") => {
            run(state, call, Some(call.number("attempt_number")))
        }
        _ => return None,
    })
}

fn about(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "metadata", Level::Read)?;
    let mut answer = view::repo(state, state.repo(&call.full)?);
    let role = state.role(&call.full, &call.caller.login)?;
    answer["permissions"] = view::permissions(role);
    Ok(Answer::new(200, answer))
}

fn collaborator(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "metadata", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let login = call.part("username");
    let known = repo.owner.eq_ignore_ascii_case(login)
        || repo.collaborators.keys().any(|who| who.eq_ignore_ascii_case(login));
    if known { Ok(Answer::empty(204)) } else { Err(Refusal::not_found()) }
}

fn permission(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "metadata", Level::Read)?;
    let login = call.part("username");
    let user =
        state.user(login).ok_or_else(|| Refusal::new(404, "NOT_FOUND", format!("{login} is not a user")))?;
    let role = state.role(&call.full, login)?;
    let word = match role {
        Level::None => "none",
        Level::Read => "read",
        Level::Write => "write",
        Level::Admin => "admin",
    };
    let mut user = view::user(state, &user.login);
    user["permissions"] = view::permissions(role);
    user["role_name"] = json!(word);
    Ok(Answer::new(200, json!({ "permission": word, "role_name": word, "user": user })))
}

fn branch(state: &mut State, call: &Call<'_>) -> Result {
    allow(state, call, "contents", Level::Read)?;
    let name = call.part("branch");
    let missing = || Refusal::new(404, "NOT_FOUND", "Branch not found");
    if state.lag.hides(&format!("{} refs/heads/{name}", call.full)) {
        return Err(missing());
    }
    let repo = state.repo(&call.full)?;
    let oid = repo.branch(name).ok_or_else(missing)?;
    Ok(Answer::new(
        200,
        json!({
            "name": name,
            "commit": view::commit(state, &call.full, oid),
            "protected": repo.protection(name).is_some(),
        }),
    ))
}

/// The commit that a part of the path names.
fn named(state: &State, call: &Call<'_>, name: &str) -> Result<Oid> {
    allow(state, call, "contents", Level::Read)?;
    let revision = call.part(name);
    state
        .commit_at(state.repo(&call.full)?, revision)
        .ok_or_else(|| Refusal::unprocessable(format!("No commit found for SHA: {revision}")))
}

fn commits(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "contents", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let revision = call.operation.query("sha").unwrap_or(&repo.default_branch);
    let head = state.commit_at(repo, revision).ok_or_else(Refusal::not_found)?;
    let path = call.operation.query("path");
    let blob = |oid: &str, path: &str| {
        state.objects.commit(oid).and_then(|commit| state.objects.entry(&commit.tree, path)).map(|it| it.oid)
    };
    let touched = |oid: &Oid| {
        let Some(path) = path else { return true };
        let parent = state.objects.commit(oid).and_then(|commit| commit.parents.first());
        blob(oid, path) != parent.and_then(|parent| blob(parent, path))
    };
    let history = state.objects.history(&head).into_iter().filter(touched);
    Ok(call.page(history.filter_map(|oid| view::commit(state, &call.full, &oid)).collect()))
}

fn files(state: &State, full: &str, base: &str, head: &str) -> Vec<Value> {
    let differs = state.diff(base, head);
    differs.iter().map(|differ| super::pulls::file(state, full, head, differ)).collect()
}

fn commit(state: &State, call: &Call<'_>) -> Result {
    let oid = named(state, call, "ref")?;
    let mut answer = view::commit(state, &call.full, &oid).ok_or_else(Refusal::not_found)?;
    if let Some(parent) = state.objects.commit(&oid).and_then(|commit| commit.parents.first()) {
        answer["files"] = Value::Array(files(state, &call.full, parent, &oid));
    }
    Ok(Answer::new(200, answer))
}

fn combined(state: &State, call: &Call<'_>) -> Result {
    let oid = named(state, call, "ref")?;
    allow(state, call, "statuses", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let latest = repo.latest_statuses(&oid);
    let any = |word: &str| latest.iter().any(|status| status.state == word);
    let word = if any("failure") || any("error") {
        "failure"
    } else if latest.is_empty() || any("pending") {
        "pending"
    } else {
        "success"
    };
    let mut all = latest.iter().map(|status| view::status(state, &call.full, status, false)).collect();
    let total = latest.len();
    let (items, headers) = call.cut(&mut all);
    let body = json!({
        "state": word,
        "statuses": items,
        "sha": oid,
        "total_count": total,
        "repository": view::repo(state, repo),
    });
    Ok(Answer { headers, ..Answer::new(200, body) })
}

fn statuses(state: &State, call: &Call<'_>) -> Result {
    let oid = named(state, call, "ref")?;
    allow(state, call, "statuses", Level::Read)?;
    let all = state.repo(&call.full)?.statuses.iter().rev().filter(|status| status.sha == oid);
    Ok(call.page(all.map(|status| view::status(state, &call.full, status, true)).collect()))
}

fn set_status(state: &mut State, call: &Call<'_>) -> Result {
    allow(state, call, "statuses", Level::Write)?;
    let sha = call.part("sha").to_owned();
    if state.objects.commit(&sha).is_none() {
        return Err(Refusal::unprocessable(format!("No commit found for SHA: {sha}")));
    }
    let owned = |name: &str| call.text(name).map(str::to_owned);
    let description = owned("description");
    if description.as_ref().is_some_and(|text| text.chars().count() > 140) {
        return Err(Refusal::too_long("Status", "description", 140));
    }
    let target_url = owned("target_url");
    if target_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        return Err(Refusal::custom("Status", "target_url must use http(s) scheme"));
    }
    let status = Status {
        id: state.fresh_id(),
        sha,
        state: owned("state").unwrap_or_default(),
        context: owned("context").unwrap_or_else(|| "default".to_owned()),
        description,
        target_url,
        creator: call.caller.login.clone(),
        created_at: state.tick(),
    };
    let answer = view::status(state, &call.full, &status, true);
    state.repo_mut(&call.full)?.statuses.push(status);
    Ok(Answer::new(201, answer))
}

fn pulls_of(state: &State, call: &Call<'_>) -> Result {
    let oid = named(state, call, "commit_sha")?;
    allow(state, call, "pull-requests", Level::Read)?;
    let mut found = Vec::new();
    for pull in &state.repo(&call.full)?.pulls {
        if state.objects.between(&state.pull_base(&call.full, pull), &pull.head_sha).contains(&oid) {
            found.push(view::pull(state, &call.full, pull, false)?);
        }
    }
    Ok(call.page(found))
}

fn compare(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "contents", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let (base, head) = call.part("basehead").split_once("...").ok_or_else(Refusal::not_found)?;
    let find = |revision| state.commit_at(repo, revision).ok_or_else(Refusal::not_found);
    let (base, head) = (find(base)?, find(head)?);
    let from = state.objects.merge_base(&head, &base).ok_or_else(Refusal::not_found)?;
    let ahead = state.objects.between(&base, &head);
    let behind = state.objects.between(&head, &base).len();
    let word = match (ahead.is_empty(), behind) {
        (true, 0) => "identical",
        (true, _) => "behind",
        (false, 0) => "ahead",
        (false, _) => "diverged",
    };
    let view = |oid: &Oid| view::commit(state, &call.full, oid);
    let total = ahead.len();
    let mut all = ahead.iter().filter_map(view).collect();
    let (items, headers) = call.cut(&mut all);
    let body = json!({
        "status": word,
        "ahead_by": total,
        "behind_by": behind,
        "total_commits": total,
        "commits": items,
        "files": files(state, &call.full, &base, &head),
        "base_commit": view(&base),
        "merge_base_commit": view(&from),
        "html_url": view::page(&format!("{}/compare/{}", call.full, call.part("basehead"))),
    });
    Ok(Answer { headers, ..Answer::new(200, body) })
}

fn contents(state: &State, call: &Call<'_>) -> Result {
    allow(state, call, "contents", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let revision = call.operation.query("ref").unwrap_or("HEAD");
    let missing = || Refusal::new(404, "NOT_FOUND", format!("No commit found for the ref {revision}"));
    let commit = state.commit_at(repo, revision).ok_or_else(missing)?;
    let tree = &state.objects.commit(&commit).ok_or_else(missing)?.tree;
    let path = call.part("path").trim_matches('/');
    let entry = state.objects.entry(tree, path).ok_or_else(Refusal::not_found)?;
    let about = |path: &str, oid: &str| {
        let url = format!("{}/repos/{}/contents/{path}?ref={revision}", state.url, call.full);
        let html = view::page(&format!("{}/blob/{revision}/{path}", call.full));
        let git = format!("{}/repos/{}/git/blobs/{oid}", state.url, call.full);
        json!({
            "name": path.rsplit('/').next(),
            "path": path,
            "sha": oid,
            "url": url,
            "html_url": html,
            "git_url": git,
            "download_url": null,
            "_links": { "self": url, "git": git, "html": html },
        })
    };
    match state.objects.get(&entry.oid) {
        Some(Object::Blob(bytes)) => {
            let mut answer = about(path, &entry.oid);
            answer["type"] = json!("file");
            answer["size"] = json!(bytes.len());
            answer["encoding"] = json!("base64");
            answer["content"] = json!(view::base64(bytes));
            Ok(Answer::new(200, answer))
        }
        Some(Object::Tree(entries)) => {
            let line = |entry: &super::super::objects::Entry| {
                let mut line = about(&format!("{path}/{}", entry.name), &entry.oid);
                line["type"] = json!(if entry.mode == "40000" { "dir" } else { "file" });
                line["size"] = json!(state.objects.blob(&entry.oid).map_or(0, <[u8]>::len));
                line
            };
            Ok(Answer::new(200, entries.iter().map(line).collect()))
        }
        _ => Err(Refusal::not_found()),
    }
}

fn run(state: &State, call: &Call<'_>, attempt: Option<u64>) -> Result {
    allow(state, call, "actions", Level::Read)?;
    let repo = state.repo(&call.full)?;
    let id = call.number("run_id");
    let mut attempts: Vec<&Run> = repo.runs.iter().filter(|run| run.id == id).collect();
    attempts.sort_by_key(|run| run.attempt);
    let found = match attempt {
        Some(attempt) => attempts.into_iter().find(|run| run.attempt == attempt),
        None => attempts.pop(),
    };
    Ok(Answer::new(200, view::run(state, repo, found.ok_or_else(Refusal::not_found)?)))
}
