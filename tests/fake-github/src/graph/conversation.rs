//! Fields of pull requests, reviews and comments.

use serde_json::json;

use super::super::rest::view;
use super::super::state::{Dismissal, Pull, Review, State, Verdict, time};
use super::item::Item;
use super::{Ask, Context, Field, Out, ids, list};

/// Open, closed or merged, as GraphQL writes it.
pub(super) fn state_of(pull: &Pull) -> &'static str {
    match (&pull.merged, pull.open) {
        (Some(_), _) => "MERGED",
        (None, true) => "OPEN",
        (None, false) => "CLOSED",
    }
}

/// A pull request's field.
pub(super) fn pull(context: &Context<'_>, full: &str, number: u64, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    let repo = state.repo(full).ok()?;
    let pull = repo.pull(number).ok()?;
    let object = |oid: &str| Item::Object { full: full.to_owned(), oid: oid.to_owned() };
    let of_ref = |full: &str, branch: &str| {
        let exists = state.repo(full).is_ok_and(|repo| repo.branch(branch).is_some());
        let (full, name) = (full.to_owned(), format!("refs/heads/{branch}"));
        Out::maybe(exists.then(|| Item::Ref { full, name, prefix: "refs/heads/".to_owned() }))
    };
    if let Some(found) = lists(&state, full, pull, ask, &context.caller.login) {
        return Some(Ok(found));
    }
    Some(Ok(match ask.name {
        "id" => Out::leaf(ids::pull(pull)),
        "databaseId" => Out::leaf(pull.id),
        "fullDatabaseId" => Out::leaf(pull.id.to_string()),
        "number" => Out::leaf(number),
        "title" => Out::leaf(pull.title.as_str()),
        "body" | "bodyText" => Out::leaf(pull.body.as_str()),
        "url" => Out::leaf(view::page(&format!("{full}/pull/{number}"))),
        "state" => Out::leaf(state_of(pull)),
        "closed" => Out::leaf(!pull.open),
        "merged" => Out::leaf(pull.merged.is_some()),
        "mergeCommit" => Out::maybe(pull.merged.as_deref().map(object)),
        "isDraft" => Out::leaf(pull.draft),
        "author" => Out::maybe(known(&state, &pull.author)),
        "viewerDidAuthor" => Out::leaf(pull.author == context.caller.login),
        "baseRefName" => Out::leaf(pull.base.as_str()),
        "baseRefOid" => Out::leaf(state.pull_base(full, pull)),
        "baseRef" => of_ref(full, &pull.base),
        "headRefName" => Out::leaf(pull.head.as_str()),
        "headRefOid" => Out::leaf(pull.head_sha.as_str()),
        "headRef" => of_ref(&pull.head_repo, &pull.head),
        "headRepository" => Out::maybe(state.repo(&pull.head_repo).ok().map(|repo| Item::Repo(repo.full()))),
        "headRepositoryOwner" => {
            Out::maybe(state.repo(&pull.head_repo).ok().and_then(|repo| known(&state, &repo.owner)))
        }
        "isCrossRepository" => Out::leaf(!pull.head_repo.eq_ignore_ascii_case(full)),
        "repository" | "baseRepository" => Out::Item(Item::Repo(full.to_owned())),
        "changedFiles" => Out::leaf(state.diff(&state.pull_base(full, pull), &pull.head_sha).len()),
        "createdAt" => Out::leaf(time(pull.created_at)),
        "mergedAt" if pull.merged.is_none() => Out::Null,
        "closedAt" if pull.open => Out::Null,
        "updatedAt" | "mergedAt" | "closedAt" => Out::leaf(time(pull.updated_at)),
        "reviewDecision" => {
            let latest = latest(pull, true);
            let any = |verdict| latest.iter().any(|review| review.verdict == verdict);
            if any(Verdict::ChangesRequested) {
                Out::leaf("CHANGES_REQUESTED")
            } else if any(Verdict::Approved) {
                Out::leaf("APPROVED")
            } else {
                Out::Null
            }
        }
        _ => return None,
    }))
}

/// The account, where it still exists.
fn known(state: &State, login: &str) -> Option<Item> {
    state.user(login).map(|user| Item::Actor(user.login.clone()))
}

/// The last review of each person; `opinions` leaves comments out.
fn latest(pull: &Pull, opinions: bool) -> Vec<&Review> {
    let mut found: Vec<&Review> = Vec::new();
    for review in pull.reviews.iter().rev() {
        let counts =
            review.verdict != Verdict::Pending && !(opinions && review.verdict == Verdict::Commented);
        if counts && !found.iter().any(|newer| newer.author == review.author) {
            found.push(review);
        }
    }
    found.reverse();
    found
}

fn lists(state: &State, full: &str, pull: &Pull, ask: &Ask<'_>, viewer: &str) -> Option<Out> {
    let (number, base) = (pull.number, state.pull_base(full, pull));
    let review = |review: &Review| Item::Review { full: full.to_owned(), number, id: review.id };
    let made = |kind: &str, fields, items| Item::Made { kind: kind.to_owned(), fields, items };
    let all: Vec<Item> = match ask.name {
        "files" => state
            .diff(&base, &pull.head_sha)
            .iter()
            .map(|(path, before, after)| {
                let word = match (before, after) {
                    (None, _) => "ADDED",
                    (_, None) => "DELETED",
                    _ => "MODIFIED",
                };
                let fields = vec![
                    ("path", json!(path)),
                    ("changeType", json!(word)),
                    ("additions", json!(0)),
                    ("deletions", json!(0)),
                ];
                Item::made("PullRequestChangedFile", fields)
            })
            .collect(),
        "commits" => state
            .objects
            .between(&base, &pull.head_sha)
            .iter()
            .map(|oid| pull_commit(full, number, oid))
            .collect(),
        "reviews" => {
            let states = ask.texts("states");
            let author = ask.text("author");
            pull.reviews
                .iter()
                .filter(|it| it.verdict != Verdict::Pending || it.author.as_deref() == Some(viewer))
                .filter(|it| states.as_ref().is_none_or(|states| states.contains(&it.verdict.word())))
                .filter(|it| author.is_none() || it.author.as_deref() == author)
                .map(review)
                .collect()
        }
        "latestReviews" => latest(pull, false).into_iter().map(review).collect(),
        "latestOpinionatedReviews" => latest(pull, true).into_iter().map(review).collect(),
        "comments" => pull
            .comments
            .iter()
            .map(|it| Item::Comment { full: full.to_owned(), number, id: it.id })
            .collect(),
        "labels" => pull
            .labels
            .iter()
            .map(|name| Item::made("Label", vec![("name", json!(name)), ("id", json!(format!("LA_{name}")))]))
            .collect(),
        "timelineItems" => {
            let kinds = ask.texts("itemTypes");
            // Of all that happens only this is kept as an event of its own.
            let wanted = kinds.is_none_or(|kinds| kinds.contains(&"REVIEW_DISMISSED_EVENT"));
            let events = pull.dismissals.iter().filter(|_| wanted);
            events.map(|event| dismissed(state, full, number, event)).collect()
        }
        "reviewRequests" => {
            let people = pull.requested.iter().map(|login| Item::Actor(login.clone()));
            let teams = pull.requested_teams.iter().map(|slug| Item::Team(slug.clone()));
            let request = |who: Item| {
                made(
                    "ReviewRequest",
                    vec![("id", json!("RR_1")), ("asCodeOwner", json!(false))],
                    vec![("requestedReviewer", Some(who))],
                )
            };
            people.chain(teams).map(request).collect()
        }
        _ => return None,
    };
    Some(Out::Item(list::list(ask, all)))
}

/// A commit as a pull request's own.
fn pull_commit(full: &str, number: u64, oid: &str) -> Item {
    let url = view::page(&format!("{full}/pull/{number}/commits/{oid}"));
    let commit = Item::Object { full: full.to_owned(), oid: oid.to_owned() };
    Item::Made {
        kind: "PullRequestCommit".to_owned(),
        fields: vec![("id", json!(format!("PRC_{number}_{oid}"))), ("url", json!(url))],
        items: vec![("commit", Some(commit))],
    }
}

/// That a review was taken back.
fn dismissed(state: &State, full: &str, number: u64, event: &Dismissal) -> Item {
    Item::Made {
        kind: "ReviewDismissedEvent".to_owned(),
        fields: vec![
            ("id", json!(format!("RDE_{}", event.id))),
            ("databaseId", json!(event.id)),
            ("createdAt", json!(time(event.at))),
            ("previousReviewState", json!(event.was.word())),
            ("dismissalMessage", json!(null)),
        ],
        items: vec![
            ("actor", event.actor.as_deref().and_then(|login| known(state, login))),
            ("review", Some(Item::Review { full: full.to_owned(), number, id: event.review })),
            ("pullRequestCommit", event.commit.as_deref().map(|oid| pull_commit(full, number, oid))),
            ("pullRequest", Some(Item::Pull { full: full.to_owned(), number })),
        ],
    }
}

/// A review's field.
pub(super) fn review(
    context: &Context<'_>,
    full: &str,
    number: u64,
    id: u64,
    ask: &Ask<'_>,
) -> Option<Field> {
    let state = context.state.borrow();
    let pull = state.repo(full).ok()?.pull(number).ok()?;
    let review = pull.reviews.iter().find(|review| review.id == id)?;
    let commit = review.commit.clone().map(|oid| Item::Object { full: full.to_owned(), oid });
    Some(Ok(match ask.name {
        "id" => Out::leaf(ids::review(review)),
        "databaseId" => Out::leaf(id),
        "fullDatabaseId" => Out::leaf(id.to_string()),
        "author" => Out::maybe(review.author.as_deref().and_then(|login| known(&state, login))),
        "editor" => Out::maybe(review.editor.as_deref().and_then(|login| known(&state, login))),
        "includesCreatedEdit" => Out::leaf(review.editor.is_some()),
        "state" => Out::leaf(review.verdict.word()),
        "body" | "bodyText" => Out::leaf(review.body.as_str()),
        "commit" => Out::maybe(commit),
        "submittedAt" if review.verdict == Verdict::Pending => Out::Null,
        "submittedAt" | "createdAt" | "updatedAt" => Out::leaf(time(review.submitted_at)),
        "url" => Out::leaf(view::page(&format!("{full}/pull/{number}#pullrequestreview-{id}"))),
        "viewerDidAuthor" => Out::leaf(review.author.as_deref() == Some(context.caller.login.as_str())),
        "pullRequest" => Out::Item(Item::Pull { full: full.to_owned(), number }),
        _ => return None,
    }))
}

/// A comment's field.
pub(super) fn comment(
    context: &Context<'_>,
    full: &str,
    number: u64,
    id: u64,
    ask: &Ask<'_>,
) -> Option<Field> {
    let state = context.state.borrow();
    let pull = state.repo(full).ok()?.pull(number).ok()?;
    let comment = pull.comments.iter().find(|comment| comment.id == id)?;
    Some(Ok(match ask.name {
        "id" => Out::leaf(ids::comment(comment)),
        "databaseId" => Out::leaf(id),
        "fullDatabaseId" => Out::leaf(id.to_string()),
        "author" => Out::maybe(known(&state, &comment.author)),
        "body" | "bodyText" => Out::leaf(comment.body.as_str()),
        "url" => Out::leaf(view::page(&format!("{full}/pull/{number}#issuecomment-{id}"))),
        "createdAt" => Out::leaf(time(comment.created_at)),
        "updatedAt" => Out::leaf(time(comment.updated_at)),
        "isMinimized" => Out::leaf(false),
        "viewerDidAuthor" => Out::leaf(comment.author == context.caller.login),
        "pullRequest" => Out::Item(Item::Pull { full: full.to_owned(), number }),
        _ => return None,
    }))
}
