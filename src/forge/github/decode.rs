//! GitHub's answers, decoded: only what is needed, and only into our own values.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::types::{
    Account, AccountKind, BranchName, CommitSha, CommitStatus, PullNumber, PullState, PullSummary,
    RepoCommit, RepoPath, StatusContext, StatusState,
};

/// How an App's login ends in the REST API, in commits and for people.
const BOT: &str = "[bot]";

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Actor {
    /// The kind, as GraphQL calls it.
    #[serde(default, rename = "__typename")]
    typename: Option<String>,
    /// The kind, as REST calls it.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    login: String,
    #[serde(default, rename = "databaseId")]
    database_id: Option<u64>,
    /// REST's number; in GraphQL it would be a text, and is not asked for.
    #[serde(default)]
    id: Option<u64>,
}

impl Actor {
    pub(super) fn account(self) -> Account {
        let kind = self.typename.or(self.kind).unwrap_or_default();
        let kind = match kind.as_str() {
            "Bot" => AccountKind::Bot,
            _ if self.login.ends_with(BOT) => AccountKind::Bot,
            "User" => AccountKind::User,
            _ => AccountKind::Other,
        };
        let login = if kind == AccountKind::Bot && !self.login.ends_with(BOT) {
            self.login + BOT
        } else {
            self.login
        };
        Account { login, id: self.database_id.or(self.id), kind }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Nodes<T> {
    #[serde(default = "Vec::new", bound(deserialize = "T: Deserialize<'de>"))]
    pub(super) nodes: Vec<T>,
    #[serde(default, rename = "pageInfo")]
    pub(super) page: Option<PageInfo>,
}

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), page: None }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl<T> Nodes<T> {
    /// Where the next page begins; none when this was the last.
    pub(super) fn next(&self) -> Option<String> {
        self.page.as_ref().filter(|page| page.has_next_page)?.end_cursor.clone()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Ref {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) target: Option<GitObject>,
}

/// What a ref or a tag names.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct GitObject {
    #[serde(default, rename = "__typename")]
    typename: String,
    oid: CommitSha,
    #[serde(default, rename = "target")]
    next: Option<Box<GitObject>>,
    #[serde(default)]
    pub(super) tagger: Option<GitActor>,
}

impl GitObject {
    pub(super) fn oid(&self) -> &CommitSha {
        &self.oid
    }

    /// The commit at the end of the chain; none where it ends elsewhere or is too long.
    pub(super) fn peel(&self) -> Option<&CommitSha> {
        match (self.typename.as_str(), &self.next) {
            ("Commit", _) => Some(&self.oid),
            ("Tag", Some(next)) => next.peel(),
            _ => None,
        }
    }
}

/// An author or tagger as it stands in the object.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct GitActor {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    user: Option<GitUser>,
}

/// The account behind it, where it is a person's.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GitUser {
    login: String,
    database_id: Option<u64>,
}

impl GitActor {
    /// The account that GitHub sees behind it. A bot is no `User` to GraphQL, so it is read from the address
    /// that GitHub gives to bots.
    pub(super) fn account(&self) -> Option<Account> {
        if let Some(user) = &self.user {
            let (login, id) = (user.login.clone(), user.database_id);
            let kind = if login.ends_with(BOT) { AccountKind::Bot } else { AccountKind::User };
            return Some(Account { login, id, kind });
        }
        let (local, domain) = self.email.as_deref()?.rsplit_once('@')?;
        let host = domain.strip_prefix("users.noreply.")?;
        let (id, login) = local.split_once('+')?;
        let id = id.parse().ok()?;
        let bot = login.ends_with(BOT) && !host.is_empty();
        bot.then(|| Account { login: login.to_owned(), id: Some(id), kind: AccountKind::Bot })
    }
}

/// A commit with who made it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CommitNode {
    oid: CommitSha,
    #[serde(default)]
    parents: Count,
    #[serde(default)]
    author: Option<GitActor>,
    #[serde(default)]
    signature: Option<Signature>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    total_count: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signature {
    is_valid: bool,
    was_signed_by_git_hub: bool,
}

impl CommitNode {
    pub(super) fn commit(self) -> RepoCommit {
        RepoCommit {
            sha: self.oid,
            parents: self.parents.total_count,
            author: self.author.as_ref().and_then(GitActor::account),
            verified: self.signature.as_ref().is_some_and(|signature| signature.is_valid),
            signed_by_forge: self
                .signature
                .is_some_and(|signature| signature.is_valid && signature.was_signed_by_git_hub),
            author_name: self.author.and_then(|author| author.name).unwrap_or_default(),
        }
    }
}

/// What both publishing and validating read of a pull request: `PULL_FIELDS`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullFields {
    pub(super) number: u64,
    pub(super) url: String,
    #[serde(deserialize_with = "pull_state")]
    pub(super) state: PullState,
    pub(super) is_cross_repository: bool,
    pub(super) head_ref_name: BranchName,
    pub(super) head_ref_oid: CommitSha,
    pub(super) base_ref_name: BranchName,
    pub(super) title: String,
    #[serde(default)]
    pub(super) body: Option<String>,
    #[serde(default)]
    review_requests: Option<Nodes<ReviewRequest>>,
}

impl PullFields {
    /// Logins that are asked for a review.
    pub(super) fn requested(&mut self) -> Vec<String> {
        let requests = self.review_requests.take().unwrap_or_default().nodes;
        requests.into_iter().filter_map(|request| request.requested_reviewer?.login).collect()
    }
}

/// A pull request for publishing.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PullNode {
    #[serde(flatten)]
    fields: PullFields,
    #[serde(default)]
    labels: Option<Nodes<LabelNode>>,
    #[serde(default)]
    reviews: Option<Nodes<Authored>>,
    #[serde(default)]
    files: Option<Nodes<PathNode>>,
}

#[derive(Debug, Clone, Deserialize)]
struct LabelNode {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PathNode {
    pub(super) path: RepoPath,
}

/// Who is asked; a team has no login.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewRequest {
    requested_reviewer: Option<MaybeLogin>,
}

#[derive(Debug, Clone, Deserialize)]
struct MaybeLogin {
    #[serde(default)]
    login: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Authored {
    author: Option<MaybeLogin>,
}

impl PullNode {
    /// None for one that comes from a fork: its branch is another one of the same name.
    pub(super) fn summary(self) -> Option<PullSummary> {
        let mut pull = self.fields;
        let reviews = self.reviews.unwrap_or_default().nodes.into_iter();
        (!pull.is_cross_repository).then(|| PullSummary {
            number: PullNumber(pull.number),
            state: pull.state,
            requested: pull.requested(),
            url: pull.url,
            head_branch: pull.head_ref_name,
            head: pull.head_ref_oid,
            base: pull.base_ref_name,
            title: pull.title,
            body: pull.body.unwrap_or_default(),
            labels: self.labels.unwrap_or_default().nodes.into_iter().map(|label| label.name).collect(),
            reviewed: reviews.filter_map(|review| review.author?.login).collect(),
            files: self.files.unwrap_or_default().nodes.into_iter().map(|file| file.path).collect(),
        })
    }
}

fn pull_state<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PullState, D::Error> {
    Ok(match String::deserialize(deserializer)?.as_str() {
        "OPEN" => PullState::Open,
        "MERGED" => PullState::Merged,
        _ => PullState::Closed,
    })
}

/// A commit's statuses; the whole is null where nothing was set.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Statuses {
    #[serde(default)]
    status: Option<Contexts>,
}

#[derive(Debug, Clone, Deserialize)]
struct Contexts {
    contexts: Vec<StatusNode>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusNode {
    context: StatusContext,
    state: String,
    description: Option<String>,
    target_url: Option<String>,
}

impl Statuses {
    pub(super) fn list(self) -> Vec<CommitStatus> {
        let nodes = self.status.map(|status| status.contexts).unwrap_or_default();
        let status = |node: StatusNode| CommitStatus {
            context: node.context,
            state: match node.state.as_str() {
                "SUCCESS" => StatusState::Success,
                "FAILURE" => StatusState::Failure,
                "ERROR" => StatusState::Error,
                _ => StatusState::Pending,
            },
            description: node.description.unwrap_or_default(),
            url: node.target_url,
        };
        nodes.into_iter().map(status).collect()
    }
}

/// A value out of an answer, or why it is not what it should be.
pub(super) fn take<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("an answer that cannot be read: {error}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bot_is_the_same_account_however_it_is_told() {
        let bot = |value: Value| take::<Actor>(value).unwrap().account();
        let graphql =
            bot(json!({ "__typename": "Bot", "login": "github-actions", "databaseId": 41_898_282 }));
        let rest = bot(json!({ "type": "Bot", "login": "github-actions[bot]", "id": 41_898_282 }));
        let viewer =
            bot(json!({ "__typename": "User", "login": "github-actions[bot]", "databaseId": 41_898_282 }));
        assert_eq!(graphql, rest);
        assert_eq!(graphql, viewer);
        let author = |email: &str| {
            let value = json!({ "name": "x", "email": email, "user": null });
            take::<GitActor>(value).unwrap().account()
        };
        assert_eq!(author("41898282+github-actions[bot]@users.noreply.github.com"), Some(graphql));
        for other in [
            "amira@example.org",
            "12+amira@users.noreply.github.com",
            "github-actions[bot]@users.noreply.github.com",
            "1+github-actions[bot]@users.noreply.github.com.evil.org@example.org",
            "x+github-actions[bot]@users.noreply.github.com",
        ] {
            assert_eq!(author(other), None, "{other}");
        }
    }

    #[test]
    fn a_tag_is_peeled_to_its_commit() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let tag = json!({ "__typename": "Tag", "oid": a, "target": { "__typename": "Tag", "oid": a,
            "target": { "__typename": "Commit", "oid": b } } });
        assert_eq!(take::<GitObject>(tag).unwrap().peel().unwrap().as_str(), b);
        let tree = json!({ "__typename": "Tag", "oid": a, "target": { "__typename": "Tree", "oid": b } });
        assert_eq!(take::<GitObject>(tree).unwrap().peel(), None);
    }
}
