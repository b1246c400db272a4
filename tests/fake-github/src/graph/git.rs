//! Fields of git's objects, of who made them, of their signatures and statuses.

use serde_json::json;

use super::super::objects::{Commit, Object, Signature};
use super::super::rest::view;
use super::super::state::{Level, State, time};
use super::item::Item;
use super::{Ask, Context, Field, Out, ids, list};

/// A blob's, tree's, commit's or tag's field.
pub(super) fn object(context: &Context<'_>, full: &str, oid: &str, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    match ask.name {
        "id" => return Some(Ok(Out::leaf(ids::object(oid)))),
        "oid" => return Some(Ok(Out::leaf(oid))),
        "abbreviatedOid" => return Some(Ok(Out::leaf(&oid[..7]))),
        "repository" => return Some(Ok(Out::Item(Item::Repo(full.to_owned())))),
        _ => {}
    }
    let other = |oid: &str| Item::Object { full: full.to_owned(), oid: oid.to_owned() };
    match state.objects.get(oid)? {
        Object::Blob(bytes) => {
            let text = str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
            Some(Ok(match ask.name {
                "text" => text.map_or(Out::Null, Out::leaf),
                "byteSize" => Out::leaf(bytes.len()),
                "isBinary" => Out::leaf(text.is_none()),
                "isTruncated" => Out::leaf(false),
                _ => return None,
            }))
        }
        Object::Tree(entries) => {
            let entry = |entry: &super::super::objects::Entry| {
                let kind = state.objects.get(&entry.oid).map_or("commit", Object::kind);
                Out::Item(Item::Made {
                    kind: "TreeEntry".to_owned(),
                    fields: vec![
                        ("name", json!(entry.name)),
                        ("path", json!(entry.name)),
                        ("type", json!(kind)),
                        ("oid", json!(entry.oid)),
                        ("mode", json!(i64::from_str_radix(&entry.mode, 8).unwrap_or(0))),
                        ("size", json!(state.objects.blob(&entry.oid).map_or(0, <[u8]>::len))),
                    ],
                    items: vec![("object", Some(other(&entry.oid)))],
                })
            };
            (ask.name == "entries").then(|| Ok(Out::List(entries.iter().map(entry).collect())))
        }
        Object::Tag(tag) => Some(Ok(match ask.name {
            "name" => Out::leaf(tag.name.as_str()),
            "message" => Out::leaf(tag.message.as_str()),
            "target" => Out::Item(other(&tag.object)),
            "tagger" => Out::Item(actor(&tag.tagger)),
            _ => return None,
        })),
        Object::Commit(commit) => of_commit(context, &state, full, oid, commit, ask),
    }
}

fn actor(signature: &Signature) -> Item {
    Item::Person { name: signature.name.clone(), email: signature.email.clone(), at: signature.at }
}

fn of_commit(
    context: &Context<'_>,
    state: &State,
    full: &str,
    oid: &str,
    commit: &Commit,
    ask: &Ask<'_>,
) -> Option<Field> {
    let other = |oid: &String| Item::Object { full: full.to_owned(), oid: oid.clone() };
    let message = commit.message.trim_end();
    let (headline, body) = message.split_once('\n').unwrap_or((message, ""));
    Some(Ok(match ask.name {
        "message" => Out::leaf(message),
        "messageHeadline" => Out::leaf(headline),
        "messageBody" => Out::leaf(body.trim_start()),
        "author" => Out::Item(actor(&commit.author)),
        "committer" => Out::Item(actor(&commit.committer)),
        "authoredDate" => Out::leaf(time(commit.author.at)),
        "committedDate" => Out::leaf(time(commit.committer.at)),
        "committedViaWeb" => Out::leaf(commit.committer.email == "noreply@github.com"),
        "tree" => Out::Item(other(&commit.tree)),
        "url" => Out::leaf(view::page(&format!("{full}/commit/{oid}"))),
        "parents" => Out::Item(list::list(ask, commit.parents.iter().map(other).collect())),
        "history" => {
            let all = state.objects.history(oid);
            Out::Item(list::list(ask, all.iter().map(other).collect()))
        }
        "signature" => Out::maybe(state.verified.contains_key(oid).then(|| Item::Signature(oid.to_owned()))),
        "status" => {
            if let Err(refusal) = context.allow(full, "statuses", Level::Read) {
                return Some(Err(refusal));
            }
            let any = state.repo(full).is_ok_and(|repo| repo.statuses.iter().any(|it| it.sha == oid));
            Out::maybe(any.then(|| Item::Statuses { full: full.to_owned(), oid: oid.to_owned() }))
        }
        _ => return None,
    }))
}

/// An author's, committer's or tagger's field.
pub(super) fn person(
    context: &Context<'_>,
    name: &str,
    email: &str,
    at: i64,
    ask: &Ask<'_>,
) -> Option<Field> {
    let state = context.state.borrow();
    Some(Ok(match ask.name {
        "name" => Out::leaf(name),
        "email" => Out::leaf(email),
        "date" => Out::leaf(time(at)),
        "user" => Out::maybe(state.user_by_email(email).map(|user| Item::User(user.login.clone()))),
        _ => return None,
    }))
}

/// A signature's field.
pub(super) fn signature(context: &Context<'_>, oid: &str, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    let verified = state.verified.get(oid)?;
    let signer = if verified.by_github {
        "web-flow".to_owned()
    } else {
        let author = &state.objects.commit(oid)?.author;
        state.user_by_email(&author.email).map(|user| user.login.clone()).unwrap_or_default()
    };
    Some(Ok(match ask.name {
        "isValid" => Out::leaf(true),
        "state" => Out::leaf("VALID"),
        "wasSignedByGitHub" => Out::leaf(verified.by_github),
        "email" => Out::leaf("noreply@github.com"),
        "signer" => Out::maybe(state.user(&signer).map(|user| Item::User(user.login.clone()))),
        _ => return None,
    }))
}

/// A field of all statuses of a commit.
pub(super) fn statuses(context: &Context<'_>, full: &str, oid: &str, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    let latest = state.repo(full).ok()?.latest_statuses(oid);
    let item = |id: u64| Item::Status { full: full.to_owned(), id };
    Some(Ok(match ask.name {
        "id" => Out::leaf(format!("S_{oid}")),
        "contexts" => Out::List(latest.iter().map(|status| Out::Item(item(status.id))).collect()),
        "context" => {
            let wanted = ask.text("name")?;
            Out::maybe(latest.iter().find(|status| status.context == wanted).map(|status| item(status.id)))
        }
        "commit" => Out::Item(Item::Object { full: full.to_owned(), oid: oid.to_owned() }),
        "state" => {
            let any = |word: &str| latest.iter().any(|status| status.state == word);
            let words = ["error", "failure", "pending"];
            Out::leaf(words.into_iter().find(|word| any(word)).unwrap_or("success").to_uppercase())
        }
        _ => return None,
    }))
}

/// A status's field.
pub(super) fn status(context: &Context<'_>, full: &str, id: u64, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    let status = state.repo(full).ok()?.statuses.iter().find(|status| status.id == id)?;
    let maybe = |text: &Option<String>| text.as_deref().map_or(Out::Null, Out::leaf);
    Some(Ok(match ask.name {
        "id" => Out::leaf(format!("SC_{id}")),
        "context" => Out::leaf(status.context.as_str()),
        "state" => Out::leaf(status.state.to_uppercase()),
        "description" => maybe(&status.description),
        "targetUrl" => maybe(&status.target_url),
        "createdAt" => Out::leaf(time(status.created_at)),
        "creator" => Out::Item(Item::Actor(status.creator.clone())),
        "commit" => Out::Item(Item::Object { full: full.to_owned(), oid: status.sha.clone() }),
        _ => return None,
    }))
}
