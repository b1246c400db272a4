//! Every kind of thing that a document can reach, and which file knows its fields.

use serde_json::{Value, json};

use super::super::objects::Object;
use super::super::refusal::Refusal;
use super::super::rest::view;
use super::super::state::{Kind, Level, State};
use super::{Ask, Context, Field, Out, change, conversation, git, ids, list, repo};

/// A thing, by what finds it in the state.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// Where queries begin.
    Query,
    /// Where mutations begin.
    Mutation,
    /// An account where the schema says `User`: a bot's login has its `[bot]` there.
    User(String),
    /// An account where the schema says `Actor`: a bot's login has no `[bot]` there.
    Actor(String),
    /// A repository, by full name.
    Repo(String),
    /// A ref of a repository, by full name, and what its name is told without.
    Ref { full: String, name: String, prefix: String },
    /// A git object.
    Object { full: String, oid: String },
    /// Who wrote or made a commit or tag.
    Person { name: String, email: String, at: i64 },
    /// A commit's signature.
    Signature(String),
    /// All statuses of a commit.
    Statuses { full: String, oid: String },
    /// A status, by number.
    Status { full: String, id: u64 },
    /// A pull request.
    Pull { full: String, number: u64 },
    /// A review of one.
    Review { full: String, number: u64, id: u64 },
    /// A comment on one.
    Comment { full: String, number: u64, id: u64 },
    /// A team, by slug.
    Team(String),
    /// Something small, with all of its fields at hand.
    Made { kind: String, fields: Vec<(&'static str, Value)>, items: Vec<(&'static str, Option<Item>)> },
    /// A list in pages.
    List { kind: String, all: Vec<Item>, edges: Vec<(&'static str, Value)>, arguments: Value },
}

impl Item {
    /// Something small.
    pub(super) fn made(kind: &str, fields: Vec<(&'static str, Value)>) -> Self {
        Self::Made { kind: kind.to_owned(), fields, items: Vec::new() }
    }

    /// The type that it has in the schema.
    pub(super) fn kind(&self, state: &State) -> String {
        let word = match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::User(_) => "User",
            Self::Actor(login) => match state.user(login).map(|user| user.kind) {
                Some(Kind::Bot) => "Bot",
                Some(Kind::Organization) => "Organization",
                _ => "User",
            },
            Self::Repo(_) => "Repository",
            Self::Ref { .. } => "Ref",
            Self::Object { oid, .. } => match state.objects.get(oid).map(Object::kind) {
                Some("blob") => "Blob",
                Some("tree") => "Tree",
                Some("tag") => "Tag",
                _ => "Commit",
            },
            Self::Person { .. } => "GitActor",
            Self::Signature(_) => "GpgSignature",
            Self::Statuses { .. } => "Status",
            Self::Status { .. } => "StatusContext",
            Self::Pull { .. } => "PullRequest",
            Self::Review { .. } => "PullRequestReview",
            Self::Comment { .. } => "IssueComment",
            Self::Team(_) => "Team",
            Self::Made { kind, .. } | Self::List { kind, .. } => kind,
        };
        word.to_owned()
    }

    /// What a field of it leads to; none for a field that is not known here.
    pub(super) fn field(&self, context: &Context<'_>, ask: &Ask<'_>) -> Option<Field> {
        match self {
            Self::Query => query(context, ask),
            Self::Mutation => change::field(context, ask),
            Self::User(login) => account(context, login, true, ask),
            Self::Actor(login) => account(context, login, false, ask),
            Self::Repo(full) => repo::field(context, full, ask),
            Self::Ref { full, name, prefix } => repo::of_ref(context, full, name, prefix, ask),
            Self::Object { full, oid } => git::object(context, full, oid, ask),
            Self::Person { name, email, at } => git::person(context, name, email, *at, ask),
            Self::Signature(oid) => git::signature(context, oid, ask),
            Self::Statuses { full, oid } => git::statuses(context, full, oid, ask),
            Self::Status { full, id } => git::status(context, full, *id, ask),
            Self::Pull { full, number } => conversation::pull(context, full, *number, ask),
            Self::Review { full, number, id } => conversation::review(context, full, *number, *id, ask),
            Self::Comment { full, number, id } => conversation::comment(context, full, *number, *id, ask),
            Self::Team(slug) => Some(Ok(match ask.name {
                "slug" | "name" | "combinedSlug" => Out::leaf(slug.as_str()),
                "id" => Out::leaf(format!("T_{slug}")),
                _ => return None,
            })),
            Self::Made { fields, items, .. } => {
                let field = fields.iter().find(|(name, _)| *name == ask.name);
                let item = items.iter().find(|(name, _)| *name == ask.name);
                match (field, item) {
                    (Some((_, Value::Null)), _) => Some(Ok(Out::Null)),
                    (Some((_, value)), _) => Some(Ok(Out::Leaf(value.clone()))),
                    // A list within gets its bounds from where it is asked for.
                    (_, Some((_, Some(Self::List { kind, all, edges, .. })))) => {
                        let (kind, all, edges) = (kind.clone(), all.clone(), edges.clone());
                        let arguments = ask.arguments.clone();
                        Some(Ok(Out::Item(Self::List { kind, all, edges, arguments })))
                    }
                    (_, Some((_, item))) => Some(Ok(Out::maybe(item.clone()))),
                    _ => None,
                }
            }
            Self::List { all, edges, arguments, .. } => list::field(all, edges, arguments, ask),
        }
    }
}

fn query(context: &Context<'_>, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    Some(match ask.name {
        "viewer" => Ok(Out::Item(Item::User(context.caller.login.clone()))),
        "repository" => {
            let full =
                format!("{}/{}", ask.text("owner").unwrap_or_default(), ask.text("name").unwrap_or_default());
            let shown = state.allow(&context.caller, &full, "metadata", Level::Read);
            match (state.repo(&full), shown) {
                (Ok(repo), Ok(())) => Ok(Out::Item(Item::Repo(repo.full()))),
                _ => Err(missing(&format!("Could not resolve to a Repository with the name '{full}'."))),
            }
        }
        "user" => {
            let login = ask.text("login").unwrap_or_default();
            let found = state.user(login).filter(|user| user.kind == Kind::User);
            found.map_or_else(
                || Err(missing(&format!("Could not resolve to a User with the login of '{login}'."))),
                |user| Ok(Out::Item(Item::User(user.login.clone()))),
            )
        }
        "node" => Ok(Out::maybe(node(&state, ask.text("id").unwrap_or_default()))),
        "rateLimit" => {
            let left = state.remaining;
            Ok(Out::Item(Item::made(
                "RateLimit",
                vec![
                    ("limit", json!(5000)),
                    ("cost", json!(1)),
                    ("remaining", json!(left)),
                    ("used", json!(5000 - left)),
                    ("nodeCount", json!(0)),
                    ("resetAt", json!("2026-02-14T09:00:00Z")),
                ],
            )))
        }
        _ => return None,
    })
}

/// What an id names.
pub(super) fn node(state: &State, id: &str) -> Option<Item> {
    for repo in &state.repos {
        let full = repo.full();
        if ids::repo(repo) == id {
            return Some(Item::Repo(full));
        }
        for pull in &repo.pulls {
            let number = pull.number;
            if ids::pull(pull) == id {
                return Some(Item::Pull { full, number });
            }
            if let Some(review) = pull.reviews.iter().find(|review| ids::review(review) == id) {
                return Some(Item::Review { full, number, id: review.id });
            }
            if let Some(comment) = pull.comments.iter().find(|comment| ids::comment(comment) == id) {
                return Some(Item::Comment { full, number, id: comment.id });
            }
        }
    }
    state.users.iter().find(|user| ids::account(user) == id).map(|user| Item::Actor(user.login.clone()))
}

/// There is no such thing, in these words.
pub(super) fn missing(message: &str) -> Refusal {
    Refusal::new(404, "NOT_FOUND", message)
}

/// `plain`: the schema says `User`, whatever it is.
fn account(context: &Context<'_>, login: &str, plain: bool, ask: &Ask<'_>) -> Option<Field> {
    let state = context.state.borrow();
    let user = state.user(login)?;
    let shown = if plain { user.login.as_str() } else { user.login.trim_end_matches("[bot]") };
    Some(Ok(match ask.name {
        "login" => Out::leaf(shown),
        "name" => Out::Null,
        "email" => Out::leaf(""),
        "id" => Out::leaf(ids::account(user)),
        "databaseId" => Out::leaf(user.id),
        "url" => Out::leaf(view::page(&user.login)),
        "isViewer" => Out::leaf(user.login == context.caller.login),
        _ => return None,
    }))
}
