//! The mutations.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::branches::{Change, Changed};
use super::super::pulls::NewPull;
use super::super::refusal::Refusal;
use super::super::rest::github;
use super::super::state::{Level, State, Verified};
use super::item::{Item, missing, node};
use super::{Ask, Context, Field, Out};

/// What a mutation leads to.
pub(super) fn field(context: &Context<'_>, ask: &Ask<'_>) -> Option<Field> {
    let input = &ask.arguments["input"];
    let done = match ask.name {
        "createCommitOnBranch" => commit(context, input),
        "createRef" => create_ref(context, input),
        "createPullRequest" => open_pull(context, input),
        "updatePullRequest" => update_pull(context, input),
        "closePullRequest" => close(context, input),
        "addComment" => comment(context, input),
        "updateIssueComment" => edit_comment(context, input),
        "requestReviews" => request(context, input),
        _ => return None,
    };
    Some(done.map(|items| {
        let id = input.get("clientMutationId").cloned().unwrap_or(Value::Null);
        let fields = vec![("clientMutationId", id)];
        Out::Item(Item::Made { kind: ask.kind.to_owned(), fields, items })
    }))
}

type Done = Result<Vec<(&'static str, Option<Item>)>, Refusal>;

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn repo_of(state: &State, id: &str) -> Result<String, Refusal> {
    match node(state, id) {
        Some(Item::Repo(full)) => Ok(full),
        _ => Err(missing(&format!("Could not resolve to a node with the global id of '{id}'."))),
    }
}

fn pull_of(state: &State, id: &str) -> Result<(String, u64), Refusal> {
    match node(state, id) {
        Some(Item::Pull { full, number }) => Ok((full, number)),
        _ => Err(missing(&format!("Could not resolve to a node with the global id of '{id}'."))),
    }
}

/// The files that a commit is to have or to lose.
fn changes(input: &Value) -> Result<Vec<Changed>, Refusal> {
    let mut files = Vec::new();
    for added in input["fileChanges"]["additions"].as_array().into_iter().flatten() {
        let bytes = BASE64_STANDARD
            .decode(text(added, "contents"))
            .map_err(|_| Refusal::unprocessable("A file's contents are not valid Base64"))?;
        files.push((text(added, "path").to_owned(), Some(bytes)));
    }
    for gone in input["fileChanges"]["deletions"].as_array().into_iter().flatten() {
        files.push((text(gone, "path").to_owned(), None));
    }
    let bad = |path: &str| path.is_empty() || path.starts_with('/') || path.split('/').any(|it| it == "..");
    if let Some((path, _)) = files.iter().find(|(path, _)| bad(path)) {
        return Err(Refusal::unprocessable(format!("A path was requested that is invalid: {path}")));
    }
    Ok(files)
}

fn commit(context: &Context<'_>, input: &Value) -> Done {
    let branch = &input["branch"];
    let (full, name) = match text(branch, "id") {
        "" => (text(branch, "repositoryNameWithOwner").to_owned(), text(branch, "branchName").to_owned()),
        id => return Err(missing(&format!("Could not resolve to a node with the global id of '{id}'."))),
    };
    let name = name.trim_start_matches("refs/heads/").to_owned();
    let full = context
        .state
        .borrow()
        .repo(&full)
        .map(super::super::state::Repo::full)
        .map_err(|_| missing(&format!("Could not resolve to a Repository with the name '{full}'.")))?;
    context.allow(&full, "contents", Level::Write)?;
    let mut state = context.state.borrow_mut();
    let head = state.repo(&full)?.branch(&name).cloned();
    let head = head.ok_or_else(|| missing(&format!("Could not resolve to a Ref with the name '{name}'.")))?;
    let expected = text(input, "expectedHeadOid");
    if head != expected {
        return Err(Refusal::new(
            422,
            "STALE_DATA",
            format!("Expected branch to point to \"{expected}\" but it did not.  Pull and try again."),
        ));
    }
    state.may_push(&full, &name)?;
    let files = changes(input)?;
    let (headline, body) = (text(&input["message"], "headline"), text(&input["message"], "body"));
    let message = if body.is_empty() { headline.to_owned() } else { format!("{headline}\n\n{body}") };
    let author = state.signature(&context.caller.login);
    let committer = github(author.at);
    let oid = state.make_commit(Change {
        parent: Some(&head),
        files: &files,
        message: &message,
        author,
        committer,
        verified: Some(Verified { by_github: true }),
    });
    state.update_ref(&full, &format!("refs/heads/{name}"), &oid, false)?;
    let of_ref = Item::Ref {
        full: full.clone(),
        name: format!("refs/heads/{name}"),
        prefix: "refs/heads/".to_owned(),
    };
    Ok(vec![("commit", Some(Item::Object { full, oid })), ("ref", Some(of_ref))])
}

fn create_ref(context: &Context<'_>, input: &Value) -> Done {
    let full = repo_of(&context.state.borrow(), text(input, "repositoryId"))?;
    context.allow(&full, "contents", Level::Write)?;
    let name = text(input, "name").to_owned();
    context.state.borrow_mut().create_ref(&full, &name, text(input, "oid")).map_err(|refusal| {
        // The same rule in GraphQL's words.
        let quoted = format!("A ref named \"{name}\" already exists in the repository.");
        if refusal.message == "Reference already exists" { Refusal::unprocessable(quoted) } else { refusal }
    })?;
    Ok(vec![("ref", Some(Item::Ref { full, name, prefix: "refs/heads/".to_owned() }))])
}

fn open_pull(context: &Context<'_>, input: &Value) -> Done {
    let full = repo_of(&context.state.borrow(), text(input, "repositoryId"))?;
    context.allow(&full, "pull-requests", Level::Write)?;
    let short = |name: &str| text(input, name).trim_start_matches("refs/heads/").to_owned();
    let (head, base) = (short("headRefName"), short("baseRefName"));
    let new = NewPull {
        title: text(input, "title"),
        body: text(input, "body"),
        head: &head,
        base: &base,
        draft: input.get("draft") == Some(&json!(true)),
    };
    let number = context.state.borrow_mut().open_pull(&context.caller, &full, &new)?;
    Ok(vec![("pullRequest", Some(Item::Pull { full, number }))])
}

fn update_pull(context: &Context<'_>, input: &Value) -> Done {
    let (full, number) = pull_of(&context.state.borrow(), text(input, "pullRequestId"))?;
    context.allow(&full, "pull-requests", Level::Write)?;
    let given = |name: &str| input.get(name).and_then(Value::as_str);
    let open = given("state").map(|word| word == "OPEN");
    context.state.borrow_mut().update_pull(&full, number, given("title"), given("body"), open)?;
    Ok(vec![("pullRequest", Some(Item::Pull { full, number }))])
}

fn close(context: &Context<'_>, input: &Value) -> Done {
    let (full, number) = pull_of(&context.state.borrow(), text(input, "pullRequestId"))?;
    context.allow(&full, "pull-requests", Level::Write)?;
    context.state.borrow_mut().update_pull(&full, number, None, None, Some(false))?;
    Ok(vec![("pullRequest", Some(Item::Pull { full, number }))])
}

fn comment(context: &Context<'_>, input: &Value) -> Done {
    let (full, number) = pull_of(&context.state.borrow(), text(input, "subjectId"))?;
    context.state.borrow().allow_any(&context.caller, &full, &["issues", "pull-requests"], Level::Write)?;
    let id = context.state.borrow_mut().comment(&context.caller, &full, number, text(input, "body"))?;
    let made = Item::Comment { full: full.clone(), number, id };
    let edge = Item::Made {
        kind: "IssueCommentEdge".to_owned(),
        fields: vec![("cursor", json!("cursor-0"))],
        items: vec![("node", Some(made))],
    };
    Ok(vec![("commentEdge", Some(edge)), ("subject", Some(Item::Pull { full, number }))])
}

fn edit_comment(context: &Context<'_>, input: &Value) -> Done {
    let id = text(input, "id");
    let Some(Item::Comment { full, number, id }) = node(&context.state.borrow(), id) else {
        return Err(missing(&format!("Could not resolve to a node with the global id of '{id}'.")));
    };
    let mut state = context.state.borrow_mut();
    state.allow_any(&context.caller, &full, &["issues", "pull-requests"], Level::Write)?;
    state.edit_comment(&context.caller, &full, id, text(input, "body"))?;
    Ok(vec![("issueComment", Some(Item::Comment { full, number, id }))])
}

fn request(context: &Context<'_>, input: &Value) -> Done {
    let (full, number) = pull_of(&context.state.borrow(), text(input, "pullRequestId"))?;
    context.allow(&full, "pull-requests", Level::Write)?;
    let mut people = Vec::new();
    for id in input["userIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        match node(&context.state.borrow(), id) {
            Some(Item::Actor(login)) => people.push(login),
            _ => {
                return Err(missing(&format!(
                    "Could not resolve to User node with the global id of '{id}'."
                )));
            }
        }
    }
    context.state.borrow_mut().request_reviews(&context.caller, &full, number, &people, &[])?;
    Ok(vec![("pullRequest", Some(Item::Pull { full, number }))])
}
