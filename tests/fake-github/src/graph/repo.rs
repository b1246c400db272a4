//! A repository's fields, and those of its refs.

use serde_json::{Value, json};

use super::super::rest::view;
use super::super::state::{Level, Pull, State};
use super::item::{Item, missing};
use super::{Ask, Context, Field, Out, ids, list};

/// A repository's field.
pub(super) fn field(context: &Context<'_>, full: &str, ask: &Ask<'_>) -> Option<Field> {
    if let Some(permission) = needed(ask.name)
        && let Err(refusal) = context.allow(full, permission, Level::Read)
    {
        return Some(Err(refusal));
    }
    let mut state = context.state.borrow_mut();
    let repo = state.repo(full).ok()?.clone();
    Some(Ok(match ask.name {
        "id" => Out::leaf(ids::repo(&repo)),
        "databaseId" => Out::leaf(repo.id),
        "name" => Out::leaf(repo.name.as_str()),
        "nameWithOwner" => Out::leaf(full),
        "owner" => Out::Item(Item::Actor(repo.owner)),
        "isPrivate" => Out::leaf(repo.private),
        "visibility" => Out::leaf(if repo.private { "PRIVATE" } else { "PUBLIC" }),
        "isFork" => Out::leaf(repo.fork_of.is_some()),
        "parent" => Out::maybe(repo.fork_of.map(Item::Repo)),
        "url" => Out::leaf(view::page(full)),
        "viewerPermission" => Out::leaf(match state.role(full, &context.caller.login).ok()? {
            Level::None => return Some(Ok(Out::Null)),
            Level::Read => "READ",
            Level::Write => "WRITE",
            Level::Admin => "ADMIN",
        }),
        "defaultBranchRef" => {
            let name = format!("refs/heads/{}", repo.default_branch);
            Out::maybe(repo.refs.contains_key(&name).then(|| named(full, &name)))
        }
        "ref" => {
            let asked = ask.text("qualifiedName")?;
            let names = [asked.to_owned(), format!("refs/heads/{asked}"), format!("refs/tags/{asked}")];
            let found = names.into_iter().find(|name| repo.refs.contains_key(name));
            let found = found.filter(|name| !state.lag.hides(&format!("{full} {name}")));
            Out::maybe(found.map(|name| named(full, &name)))
        }
        "refs" => Out::Item(list::list(ask, refs(&mut state, full, ask))),
        "object" => {
            let found = match (ask.text("oid"), ask.text("expression")) {
                (Some(oid), _) => state.objects.get(oid).map(|_| oid.to_owned()),
                (_, Some(expression)) => object(&state, full, expression),
                _ => None,
            };
            Out::maybe(found.map(|oid| Item::Object { full: full.to_owned(), oid }))
        }
        "pullRequest" => {
            let number = ask.number("number").unwrap_or(0);
            if repo.pull(number).is_err() || state.lag.hides(&format!("{full} pull {number}")) {
                let message = format!("Could not resolve to a PullRequest with the number of {number}.");
                return Some(Err(missing(&message)));
            }
            Out::Item(Item::Pull { full: full.to_owned(), number })
        }
        "pullRequests" => {
            let all: Vec<&Pull> = repo.pulls.iter().collect();
            Out::Item(list::list(ask, pulls(&mut state, full, all, ask)))
        }
        _ => return None,
    }))
}

/// The permission that a private repository's field needs beside being seen.
fn needed(field: &str) -> Option<&'static str> {
    match field {
        "defaultBranchRef" | "ref" | "refs" | "object" => Some("contents"),
        "pullRequest" | "pullRequests" => Some("pull-requests"),
        _ => None,
    }
}

fn named(full: &str, name: &str) -> Item {
    let prefix = name.splitn(3, '/').take(2).collect::<Vec<_>>().join("/") + "/";
    Item::Ref { full: full.to_owned(), name: name.to_owned(), prefix }
}

/// `main:path`, `HEAD`, `refs/heads/main:`, an object's name.
fn object(state: &State, full: &str, expression: &str) -> Option<String> {
    let repo = state.repo(full).ok()?;
    let Some((revision, path)) = expression.split_once(':') else { return state.resolve(repo, expression) };
    let commit = state.commit_at(repo, revision)?;
    let tree = &state.objects.commit(&commit)?.tree;
    let path = path.trim_matches('/');
    if path.is_empty() { Some(tree.clone()) } else { Some(state.objects.entry(tree, path)?.oid) }
}

fn refs(state: &mut State, full: &str, ask: &Ask<'_>) -> Vec<Item> {
    let prefix = ask.text("refPrefix").unwrap_or_default().to_owned();
    let query = ask.text("query").unwrap_or_default().to_owned();
    let all = state.repo(full).map(|repo| repo.refs.clone()).unwrap_or_default();
    let at = |state: &State, oid: &str| {
        state.objects.commit(&state.objects.peel(oid)).map_or(0, |commit| commit.committer.at)
    };
    let mut found: Vec<(String, i64)> = Vec::new();
    for (name, oid) in &all {
        let rest = name.strip_prefix(&prefix);
        if rest.is_some_and(|rest| rest.contains(&query)) && !state.lag.hides(&format!("{full} {name}")) {
            found.push((name.clone(), at(state, oid)));
        }
    }
    let order = ask.arguments.get("orderBy").cloned().unwrap_or(Value::Null);
    if order["field"] == json!("TAG_COMMIT_DATE") {
        found.sort_by_key(|(_, at)| *at);
    }
    if order["direction"] == json!("DESC") || ask.text("direction") == Some("DESC") {
        found.reverse();
    }
    let item = |(name, _)| Item::Ref { full: full.to_owned(), name, prefix: prefix.clone() };
    found.into_iter().map(item).collect()
}

/// Those of these pull requests that the arguments leave, in the order that they ask for.
fn pulls(state: &mut State, full: &str, all: Vec<&Pull>, ask: &Ask<'_>) -> Vec<Item> {
    let states = ask.texts("states");
    let labels = ask.texts("labels");
    let word = |pull: &Pull| super::conversation::state_of(pull);
    let mut found: Vec<&Pull> = all
        .into_iter()
        .filter(|pull| states.as_ref().is_none_or(|states| states.contains(&word(pull))))
        .filter(|pull| ask.text("headRefName").is_none_or(|head| pull.head == head))
        .filter(|pull| ask.text("baseRefName").is_none_or(|base| pull.base == base))
        .filter(|pull| {
            labels.as_ref().is_none_or(|labels| pull.labels.iter().any(|it| labels.contains(&it.as_str())))
        })
        .collect();
    let order = ask.arguments.get("orderBy").cloned().unwrap_or(Value::Null);
    if order["field"] == json!("UPDATED_AT") {
        found.sort_by_key(|pull| pull.updated_at);
    }
    if order["direction"] == json!("DESC") {
        found.reverse();
    }
    let numbers: Vec<u64> = found.into_iter().map(|pull| pull.number).collect();
    let seen = numbers.into_iter().filter(|number| !state.lag.hides(&format!("{full} pull {number}")));
    seen.map(|number| Item::Pull { full: full.to_owned(), number }).collect()
}

/// A ref's field.
pub(super) fn of_ref(
    context: &Context<'_>,
    full: &str,
    name: &str,
    prefix: &str,
    ask: &Ask<'_>,
) -> Option<Field> {
    let mut state = context.state.borrow_mut();
    let repo = state.repo(full).ok()?.clone();
    let oid = repo.refs.get(name)?.clone();
    Some(Ok(match ask.name {
        "id" => Out::leaf(format!("REF_{name}")),
        "name" => Out::leaf(name.strip_prefix(prefix).unwrap_or(name)),
        "prefix" => Out::leaf(prefix),
        "target" => Out::Item(Item::Object { full: full.to_owned(), oid }),
        "repository" => Out::Item(Item::Repo(full.to_owned())),
        "associatedPullRequests" => {
            let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
            let all = repo.pulls.iter().filter(|pull| pull.head == branch && pull.head_repo == full);
            Out::Item(list::list(ask, pulls(&mut state, full, all.collect(), ask)))
        }
        "compare" => {
            let head = state.commit_at(&repo, ask.text("headRef")?);
            let base = state.objects.peel(&oid);
            let Some(head) = head else {
                let message = format!("Could not resolve to a Ref '{}'", ask.text("headRef")?);
                return Some(Err(missing(&message)));
            };
            Out::Item(comparison(&state, full, &base, &head))
        }
        _ => return None,
    }))
}

fn comparison(state: &State, full: &str, base: &str, head: &str) -> Item {
    let object = |oid: &str| Item::Object { full: full.to_owned(), oid: oid.to_owned() };
    let ahead = state.objects.between(base, head);
    let behind = state.objects.between(head, base).len();
    let word = match (ahead.is_empty(), behind) {
        (true, 0) => "IDENTICAL",
        (true, _) => "BEHIND",
        (false, 0) => "AHEAD",
        (false, _) => "DIVERGED",
    };
    let commits = Item::List {
        kind: "ComparisonCommitConnection".to_owned(),
        all: ahead.iter().map(|oid| object(oid)).collect(),
        edges: Vec::new(),
        // The bounds are the field's, which asks for this item itself.
        arguments: Value::Null,
    };
    Item::Made {
        kind: "Comparison".to_owned(),
        fields: vec![
            ("id", json!(format!("CMP_{base}_{head}"))),
            ("status", json!(word)),
            ("aheadBy", json!(ahead.len())),
            ("behindBy", json!(behind)),
        ],
        items: vec![
            ("baseTarget", Some(object(base))),
            ("headTarget", Some(object(head))),
            ("commits", Some(commits)),
        ],
    }
}
