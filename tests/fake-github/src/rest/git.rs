//! Git's own database: refs, commits, trees, blobs, tags.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::objects::{Commit, Object, Signature, Tag};
use super::super::refusal::Refusal;
use super::super::state::{Level, State, TokenKind, Verified, time};
use super::{Answer, Call, Key, Result, allow, view};

/// Answer what belongs here.
pub(super) fn route(state: &mut State, call: &Call<'_>, (method, template): Key<'_>) -> Option<Result> {
    let template = template.strip_prefix("/repos/{owner}/{repo}/git")?;
    let level = if method == "get" { Level::Read } else { Level::Write };
    if let Err(refusal) = allow(state, call, "contents", level) {
        return Some(Err(refusal));
    }
    Some(match (method, template) {
        ("get", "/ref/{ref}") => one_ref(state, call),
        ("get", "/matching-refs/{ref}") => matching(state, call),
        ("post", "/refs") => create(state, call),
        ("patch", "/refs/{ref}") => update(state, call),
        ("delete", "/refs/{ref}") => {
            state.delete_ref(&call.full, &format!("refs/{}", call.part("ref"))).map(|()| Answer::empty(204))
        }
        ("get", "/tags/{tag_sha}") => tag(state, call),
        ("get", "/commits/{commit_sha}") => {
            let found = view::git_commit(state, &call.full, call.part("commit_sha"));
            found.map(|commit| Answer::new(200, commit)).ok_or_else(Refusal::not_found)
        }
        ("get", "/trees/{tree_sha}") => tree(state, call),
        ("get", "/blobs/{file_sha}") => blob(state, call),
        ("post", "/blobs") => new_blob(state, call),
        ("post", "/trees") => new_tree(state, call),
        ("post", "/commits") => new_commit(state, call),
        _ => return None,
    })
}

fn one_ref(state: &mut State, call: &Call<'_>) -> Result {
    let name = format!("refs/{}", call.part("ref"));
    if state.lag.hides(&format!("{} {name}", call.full)) {
        return Err(Refusal::not_found());
    }
    let oid = state.repo(&call.full)?.refs.get(&name).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(200, view::git_ref(state, &call.full, &name, oid)))
}

fn matching(state: &mut State, call: &Call<'_>) -> Result {
    let prefix = format!("refs/{}", call.part("ref"));
    let refs = state.repo(&call.full)?.refs.clone();
    let seen = refs.iter().filter(|(name, _)| name.starts_with(&prefix));
    let mut found = Vec::new();
    for (name, oid) in seen {
        if !state.lag.hides(&format!("{} {name}", call.full)) {
            found.push(view::git_ref(state, &call.full, name, oid));
        }
    }
    Ok(Answer::new(200, Value::Array(found)))
}

fn create(state: &mut State, call: &Call<'_>) -> Result {
    let (name, oid) = (call.text("ref").unwrap_or_default(), call.text("sha").unwrap_or_default());
    state.create_ref(&call.full, name, oid)?;
    Ok(Answer::new(201, view::git_ref(state, &call.full, name, oid)))
}

fn update(state: &mut State, call: &Call<'_>) -> Result {
    let name = format!("refs/{}", call.part("ref"));
    let oid = call.text("sha").unwrap_or_default();
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        state.may_push(&call.full, branch)?;
    }
    let force = call.body.get("force") == Some(&json!(true));
    state.update_ref(&call.full, &name, oid, force)?;
    Ok(Answer::new(200, view::git_ref(state, &call.full, &name, oid)))
}

fn tag(state: &State, call: &Call<'_>) -> Result {
    let sha = call.part("tag_sha");
    let Some(Object::Tag(Tag { object, kind, name, tagger, message })) = state.objects.get(sha) else {
        return Err(Refusal::not_found());
    };
    let url = |kind: &str, oid: &str| format!("{}/repos/{}/git/{kind}s/{oid}", state.url, call.full);
    Ok(Answer::new(
        200,
        json!({
            "node_id": super::super::graph::ids::object(sha),
            "tag": name,
            "sha": sha,
            "url": url("tag", sha),
            "message": message,
            "tagger": { "name": tagger.name, "email": tagger.email, "date": time(tagger.at) },
            "object": { "sha": object, "type": kind, "url": url(kind, object) },
            "verification": {
                "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
            },
        }),
    ))
}

fn tree(state: &State, call: &Call<'_>) -> Result {
    let asked = call.part("tree_sha");
    let oid = state.resolve(state.repo(&call.full)?, asked).ok_or_else(Refusal::not_found)?;
    let oid = state.objects.peel(&oid);
    let oid = state.objects.commit(&oid).map_or(&oid, |commit| &commit.tree);
    let recursive = call.operation.query("recursive").is_some();
    view::tree(state, &call.full, oid, recursive)
        .map(|tree| Answer::new(200, tree))
        .ok_or_else(Refusal::not_found)
}

fn blob(state: &State, call: &Call<'_>) -> Result {
    let sha = call.part("file_sha");
    let bytes = state.objects.blob(sha).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(
        200,
        json!({
            "sha": sha,
            "node_id": super::super::graph::ids::object(sha),
            "size": bytes.len(),
            "encoding": "base64",
            "content": view::base64(bytes),
            "url": format!("{}/repos/{}/git/blobs/{sha}", state.url, call.full),
        }),
    ))
}

fn new_blob(state: &mut State, call: &Call<'_>) -> Result {
    let content = call.text("content").unwrap_or_default();
    let bytes = match call.text("encoding") {
        Some("base64") => BASE64_STANDARD
            .decode(content.replace('\n', ""))
            .map_err(|_| Refusal::unprocessable("content is not valid Base64"))?,
        _ => content.as_bytes().to_vec(),
    };
    let sha = state.objects.put(Object::Blob(bytes));
    let url = format!("{}/repos/{}/git/blobs/{sha}", state.url, call.full);
    Ok(Answer::new(201, json!({ "sha": sha, "url": url })))
}

fn new_tree(state: &mut State, call: &Call<'_>) -> Result {
    let base = call
        .text("base_tree")
        .map(|oid| state.objects.commit(oid).map_or(oid.to_owned(), |commit| commit.tree.clone()));
    let mut files = match base {
        Some(base) if state.objects.tree(&base).is_none() => return Err(Refusal::not_found()),
        Some(base) => state.objects.files(&base),
        None => super::super::objects::Files::new(),
    };
    for line in call.body["tree"].as_array().into_iter().flatten() {
        let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        let path = text("path").unwrap_or_default();
        let oid = match (text("sha"), text("content")) {
            (Some(sha), _) => Some(sha),
            (None, Some(content)) => Some(state.objects.put(Object::Blob(content.into_bytes()))),
            (None, None) => None,
        };
        match oid {
            Some(oid) if state.objects.get(&oid).is_none() => {
                return Err(Refusal::unprocessable("tree.sha is not a valid object"));
            }
            Some(oid) => files.insert(path, (text("mode").unwrap_or_else(|| "100644".to_owned()), oid)),
            None => files.remove(&path),
        };
    }
    let oid = state.objects.put_files(&files);
    let made = view::tree(state, &call.full, &oid, false).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(201, made))
}

fn new_commit(state: &mut State, call: &Call<'_>) -> Result {
    let tree = call.text("tree").unwrap_or_default().to_owned();
    if state.objects.tree(&tree).is_none() {
        return Err(Refusal::unprocessable("Tree SHA does not exist"));
    }
    let parents = call.texts("parents");
    if parents.iter().any(|parent| state.objects.commit(parent).is_none()) {
        return Err(Refusal::unprocessable("Parent SHA does not exist or is not a commit object"));
    }
    // Signed only for machines that leave everything to GitHub.
    let given = ["author", "committer", "signature"].iter().any(|name| call.body.get(name).is_some());
    let signed = call.caller.kind != TokenKind::Personal && !given;
    let own = state.signature(&call.caller.login);
    let who = |name: &str| {
        let person = call.body.get(name)?;
        let text = |key: &str| Some(person.get(key)?.as_str()?.to_owned());
        Some(Signature { name: text("name")?, email: text("email")?, at: own.at })
    };
    let author = who("author").unwrap_or_else(|| own.clone());
    let committer = who("committer").unwrap_or_else(|| if signed { github(own.at) } else { author.clone() });
    let oid = state.objects.put(Object::Commit(Commit {
        tree,
        parents,
        author,
        committer,
        gpgsig: signed.then(|| "-----BEGIN PGP SIGNATURE-----".to_owned()),
        message: call.text("message").unwrap_or_default().to_owned(),
    }));
    if signed {
        state.verified.insert(oid.clone(), Verified { by_github: true });
    }
    let made = view::git_commit(state, &call.full, &oid).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new(201, made))
}

/// GitHub itself, as the committer of what is made through its API.
pub fn github(at: i64) -> Signature {
    Signature { name: "GitHub".to_owned(), email: "noreply@github.com".to_owned(), at }
}
