//! What is known, as REST writes it. What is left out and required is filled in by the contract.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::objects::{Object, Signature};
use super::super::refusal::Refusal;
use super::super::state::{Comment, Kind, Level, Pull, Repo, Review, Run, State, Status, time};

/// The page of something.
pub fn page(path: &str) -> String {
    format!("{}/{path}", super::super::PAGES)
}

/// An account, as it stands in everything else.
pub fn user(state: &State, login: &str) -> Value {
    let Some(user) = state.user(login) else { return Value::Null };
    let kind = match user.kind {
        Kind::User => "User",
        Kind::Bot => "Bot",
        Kind::Organization => "Organization",
    };
    // Brackets are encoded in addresses, and an App's page is among the Apps.
    let encoded = user.login.replace('[', "%5B").replace(']', "%5D");
    let shown = match user.login.strip_suffix("[bot]") {
        Some(app) => format!("apps/{app}"),
        None => user.login.clone(),
    };
    json!({
        "login": user.login,
        "id": user.id,
        "node_id": super::super::graph::ids::account(user),
        "type": kind,
        "site_admin": false,
        "url": format!("{}/users/{encoded}", state.url),
        "html_url": page(&shown),
    })
}

/// An account by itself.
pub fn account(state: &State, login: &str) -> Value {
    user(state, login)
}

/// A repository.
pub fn repo(state: &State, repo: &Repo) -> Value {
    let full = repo.full();
    json!({
        "id": repo.id,
        "node_id": super::super::graph::ids::repo(repo),
        "name": repo.name,
        "full_name": full,
        "private": repo.private,
        "visibility": if repo.private { "private" } else { "public" },
        "owner": user(state, &repo.owner),
        "default_branch": repo.default_branch,
        "fork": repo.fork_of.is_some(),
        "url": format!("{}/repos/{full}", state.url),
        "html_url": page(&full),
    })
}

/// What a role is called and what it may.
pub fn permissions(role: Level) -> Value {
    json!({
        "admin": role >= Level::Admin,
        "maintain": role >= Level::Admin,
        "push": role >= Level::Write,
        "triage": role >= Level::Write,
        "pull": role >= Level::Read,
    })
}

/// A ref.
pub fn git_ref(state: &State, full: &str, name: &str, oid: &str) -> Value {
    let kind = state.objects.get(oid).map_or("commit", Object::kind);
    json!({
        "ref": name,
        "node_id": format!("REF_{name}"),
        "url": format!("{}/repos/{full}/git/{name}", state.url),
        "object": {
            "sha": oid,
            "type": kind,
            "url": format!("{}/repos/{full}/git/{kind}s/{oid}", state.url),
        },
    })
}

fn person(signature: &Signature) -> Value {
    json!({ "name": signature.name, "email": signature.email, "date": time(signature.at) })
}

fn verification(state: &State, oid: &str) -> Value {
    let verified = state.verified.contains_key(oid);
    json!({
        "verified": verified,
        "reason": if verified { "valid" } else { "unsigned" },
        "signature": verified.then_some("-----BEGIN PGP SIGNATURE-----"),
        "payload": verified.then_some("tree"),
        "verified_at": verified.then_some("2026-02-14T08:00:00Z"),
    })
}

/// A commit as git's database shows it.
pub fn git_commit(state: &State, full: &str, oid: &str) -> Option<Value> {
    let commit = state.objects.commit(oid)?;
    let url = |kind: &str, oid: &str| format!("{}/repos/{full}/git/{kind}/{oid}", state.url);
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|oid| json!({ "sha": oid, "url": url("commits", oid), "html_url": page(&format!("{full}/commit/{oid}")) }))
        .collect();
    Some(json!({
        "sha": oid,
        "node_id": super::super::graph::ids::object(oid),
        "url": url("commits", oid),
        "html_url": page(&format!("{full}/commit/{oid}")),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "message": commit.message.trim_end(),
        "tree": { "sha": commit.tree, "url": url("trees", &commit.tree) },
        "parents": parents,
        "verification": verification(state, oid),
    }))
}

/// A commit as the repository shows it, with the accounts behind it.
pub fn commit(state: &State, full: &str, oid: &str) -> Option<Value> {
    let commit = state.objects.commit(oid)?;
    let account = |signature: &Signature| {
        state.user_by_email(&signature.email).map_or(Value::Null, |it| user(state, &it.login))
    };
    let url = |oid: &str| format!("{}/repos/{full}/commits/{oid}", state.url);
    let html = |oid: &str| page(&format!("{full}/commit/{oid}"));
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|oid| json!({ "sha": oid, "url": url(oid), "html_url": html(oid) }))
        .collect();
    let tree = format!("{}/repos/{full}/git/trees/{}", state.url, commit.tree);
    Some(json!({
        "sha": oid,
        "node_id": super::super::graph::ids::object(oid),
        "url": url(oid),
        "html_url": html(oid),
        "author": account(&commit.author),
        "committer": account(&commit.committer),
        "parents": parents,
        "commit": {
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message.trim_end(),
            "tree": { "sha": commit.tree, "url": tree },
            "url": format!("{}/repos/{full}/git/commits/{oid}", state.url),
            "comment_count": 0,
            "verification": verification(state, oid),
        },
    }))
}

/// A tree.
pub fn tree(state: &State, full: &str, oid: &str, recursive: bool) -> Option<Value> {
    let mut entries = Vec::new();
    let mut open = vec![(String::new(), oid.to_owned())];
    while let Some((folder, oid)) = open.pop() {
        for entry in state.objects.tree(&oid)? {
            let path = format!("{folder}{}", entry.name);
            let kind = if entry.mode == "40000" { "tree" } else { "blob" };
            let mut line = json!({
                "path": path,
                "mode": format!("{:0>6}", entry.mode),
                "type": kind,
                "sha": entry.oid,
                "url": format!("{}/repos/{full}/git/{kind}s/{}", state.url, entry.oid),
            });
            if let Some(bytes) = state.objects.blob(&entry.oid) {
                line["size"] = json!(bytes.len());
            }
            entries.push(line);
            if kind == "tree" && recursive {
                open.push((format!("{path}/"), entry.oid.clone()));
            }
        }
    }
    let url = format!("{}/repos/{full}/git/trees/{oid}", state.url);
    Some(json!({ "sha": oid, "url": url, "tree": entries, "truncated": false }))
}

/// A file's bytes as the API sends them.
pub fn base64(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> = text.as_bytes().chunks(60).map(|line| str::from_utf8(line).unwrap()).collect();
    lines.join("\n") + "\n"
}

/// A pull request; `whole` as it stands by itself.
pub fn pull(state: &State, full: &str, pull: &Pull, whole: bool) -> Result<Value, Refusal> {
    let base = state.repo(full)?;
    let side = |repo: Option<&Repo>, owner: &str, branch: &str, sha: &str| {
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "repo": repo.map_or(Value::Null, |it| self::repo(state, it)),
            "user": user(state, owner),
        })
    };
    let head_repo = state.repo(&pull.head_repo).ok();
    let head_owner = pull.head_repo.split('/').next().unwrap_or_default();
    let now = state.pull_base(full, pull);
    let requested: Vec<Value> = pull.requested.iter().map(|login| user(state, login)).collect();
    let labels: Vec<Value> = pull.labels.iter().map(|name| label(state, full, name)).collect();
    let ended = (!pull.open).then(|| time(pull.updated_at));
    let url = format!("{}/repos/{full}/pulls/{}", state.url, pull.number);
    let mut out = json!({
        "id": pull.id,
        "node_id": super::super::graph::ids::pull(pull),
        "number": pull.number,
        "url": url,
        "html_url": page(&format!("{full}/pull/{}", pull.number)),
        "state": if pull.open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "body": (!pull.body.is_empty()).then_some(&pull.body),
        "user": user(state, &pull.author),
        "labels": labels,
        "draft": pull.draft,
        "created_at": time(pull.created_at),
        "updated_at": time(pull.updated_at),
        "closed_at": ended,
        "merged_at": pull.merged.is_some().then(|| time(pull.updated_at)),
        "merge_commit_sha": pull.merged,
        "requested_reviewers": requested,
        "head": side(head_repo, head_owner, &pull.head, &pull.head_sha),
        "base": side(Some(base), &base.owner, &pull.base, &now),
        "author_association": "CONTRIBUTOR",
    });
    if whole {
        out["merged"] = json!(pull.merged.is_some());
        out["mergeable"] = json!(pull.open);
        out["maintainer_can_modify"] = json!(false);
        out["commits"] = json!(state.objects.between(&now, &pull.head_sha).len());
        out["changed_files"] = json!(state.diff(&now, &pull.head_sha).len());
        out["comments"] = json!(pull.comments.len());
    }
    Ok(out)
}

/// A label.
pub fn label(state: &State, full: &str, name: &str) -> Value {
    let url = format!("{}/repos/{full}/labels/{name}", state.url).replace(' ', "%20");
    json!({ "id": 1, "node_id": format!("LA_{name}"), "url": url, "name": name, "color": "ededed", "default": false, "description": "" })
}

/// A review.
pub fn review(state: &State, full: &str, pull: &Pull, review: &Review) -> Value {
    let html = page(&format!("{full}/pull/{}#pullrequestreview-{}", pull.number, review.id));
    json!({
        "id": review.id,
        "node_id": super::super::graph::ids::review(review),
        "user": review.author.as_ref().map_or(Value::Null, |login| user(state, login)),
        "body": review.body,
        "state": review.verdict.word(),
        "html_url": html,
        "commit_id": review.commit,
        "submitted_at": time(review.submitted_at),
        "author_association": "COLLABORATOR",
    })
}

/// A comment.
pub fn comment(state: &State, full: &str, number: u64, comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "node_id": super::super::graph::ids::comment(comment),
        "url": format!("{}/repos/{full}/issues/comments/{}", state.url, comment.id),
        "html_url": page(&format!("{full}/pull/{number}#issuecomment-{}", comment.id)),
        "issue_url": format!("{}/repos/{full}/issues/{number}", state.url),
        "body": comment.body,
        "user": user(state, &comment.author),
        "created_at": time(comment.created_at),
        "updated_at": time(comment.updated_at),
        "author_association": "NONE",
    })
}

/// A status; `creator`: as lists of all statuses show it.
pub fn status(state: &State, full: &str, status: &Status, creator: bool) -> Value {
    let mut out = json!({
        "id": status.id,
        "node_id": format!("SC_{}", status.id),
        "url": format!("{}/repos/{full}/statuses/{}", state.url, status.sha),
        "avatar_url": null,
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "created_at": time(status.created_at),
        "updated_at": time(status.created_at),
    });
    if creator {
        out["creator"] = user(state, &status.creator);
    }
    out
}

/// A workflow run.
pub fn run(state: &State, repo: &Repo, run: &Run) -> Value {
    let full = repo.full();
    json!({
        "id": run.id,
        "node_id": format!("WFR_{}", run.id),
        "name": run.name,
        "path": run.path,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "run_attempt": run.attempt,
        "run_number": 1,
        "workflow_id": 1,
        "actor": user(state, &run.actor),
        "triggering_actor": user(state, &run.triggering_actor),
        "created_at": time(run.created_at),
        "updated_at": time(run.created_at),
        "run_started_at": time(run.created_at),
        "url": format!("{}/repos/{full}/actions/runs/{}", state.url, run.id),
        "html_url": page(&format!("{full}/actions/runs/{}", run.id)),
        "repository": self::repo(state, repo),
        "head_repository": self::repo(state, repo),
        "pull_requests": [],
    })
}
