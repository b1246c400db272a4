//! A pull request with everything that a validation looks at.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{ForgeError, Why};
use super::super::types::{
    BranchName, ChangeType, ChangedFile, Comment, CommentId, CommitSha, PullNumber, PullRequest, Review,
    ReviewState,
};
use super::GitHub;
use super::decode::{Actor, CommitNode, Nodes, PathNode, PullFields, Statuses, take};
use super::graphql::{ACTOR, COMMIT, PULL_FIELDS, STATUSES, query};

/// The first page of every list; further pages ask only for the lists that go on.
const DOCUMENT: &str = r"query PullRequest(
  $owner: String!, $name: String!, $number: Int!,
  $files: Boolean!, $filesAfter: String, $commits: Boolean!, $commitsAfter: String,
  $reviews: Boolean!, $reviewsAfter: String, $comments: Boolean!, $commentsAfter: String
) {
  viewer { ...actor }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    pullRequest(number: $number) {
      ...pullFields
      author { ...actor }
      newest: commits(last: 1) { nodes { commit { ...statuses } } }
      timelineItems(last: 100, itemTypes: [REVIEW_DISMISSED_EVENT]) @include(if: $reviews) {
        nodes { ... on ReviewDismissedEvent { review { fullDatabaseId } pullRequestCommit { commit { oid } } } }
      }
      files(first: 100, after: $filesAfter) @include(if: $files) {
        pageInfo { hasNextPage endCursor } nodes { path changeType }
      }
      commits(first: 100, after: $commitsAfter) @include(if: $commits) {
        pageInfo { hasNextPage endCursor } nodes { commit { ...commit } }
      }
      reviews(first: 100, after: $reviewsAfter) @include(if: $reviews) {
        pageInfo { hasNextPage endCursor }
        nodes { fullDatabaseId url state body submittedAt author { ...actor } editor { ...actor } commit { oid } }
      }
      comments(first: 100, after: $commentsAfter) @include(if: $comments) {
        pageInfo { hasNextPage endCursor } nodes { fullDatabaseId url body viewerDidAuthor }
      }
    }
  }
}
";

/// More pages than this belong to no pull request of a gate's.
const MOST_PAGES: usize = 20;

#[derive(Deserialize)]
struct PullData {
    viewer: Option<Actor>,
    repository: Option<PullRepository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRepository {
    default_branch_ref: Option<BranchRef>,
    pull_request: Option<PullPage>,
}

#[derive(Deserialize)]
struct BranchRef {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullPage {
    #[serde(flatten)]
    fields: PullFields,
    author: Option<Actor>,
    /// The head, also when its branch is gone or has moved on since the pull request ended.
    #[serde(default)]
    newest: Option<Nodes<Newest>>,
    #[serde(default)]
    files: Option<Nodes<FileNode>>,
    #[serde(default)]
    commits: Option<Nodes<PullCommit>>,
    #[serde(default)]
    reviews: Option<Nodes<ReviewNode>>,
    #[serde(default)]
    comments: Option<Nodes<CommentNode>>,
    #[serde(default)]
    timeline_items: Option<Nodes<Dismissal>>,
}

/// A review that was dismissed, and the commit whose push did it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dismissal {
    review: Option<ReviewId>,
    pull_request_commit: Option<Pushed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewId {
    full_database_id: Option<Number>,
}

#[derive(Deserialize)]
struct Pushed {
    commit: Oid,
}

#[derive(Deserialize)]
struct Newest {
    commit: Statuses,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileNode {
    #[serde(flatten)]
    path: PathNode,
    change_type: String,
}

#[derive(Deserialize)]
struct PullCommit {
    commit: CommitNode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewNode {
    full_database_id: Option<Number>,
    url: String,
    state: String,
    #[serde(default)]
    body: Option<String>,
    submitted_at: Option<String>,
    author: Option<Actor>,
    #[serde(default)]
    editor: Option<Actor>,
    commit: Option<Oid>,
}

#[derive(Deserialize)]
struct Oid {
    oid: CommitSha,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommentNode {
    full_database_id: Option<Number>,
    url: String,
    body: String,
    viewer_did_author: bool,
}

/// A number over 32 bits, which GitHub writes as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Number(u64),
}

impl Number {
    fn value(self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(number),
        }
    }
}

/// Where a list goes on.
enum Cursor {
    Beginning,
    After(String),
    End,
}

impl Cursor {
    fn next<T>(list: Option<&Nodes<T>>) -> Self {
        list.and_then(Nodes::next).map_or(Self::End, Self::After)
    }

    fn wanted(&self) -> bool {
        !matches!(self, Self::End)
    }

    fn after(&self) -> Option<&str> {
        if let Self::After(cursor) = self { Some(cursor) } else { None }
    }
}

/// Where each list goes on.
struct Cursors {
    files: Cursor,
    commits: Cursor,
    reviews: Cursor,
    comments: Cursor,
}

impl Cursors {
    fn ended(&self) -> bool {
        ![&self.files, &self.commits, &self.reviews, &self.comments].into_iter().any(Cursor::wanted)
    }

    fn variables(&self) -> Value {
        json!({
            "files": self.files.wanted(), "filesAfter": self.files.after(),
            "commits": self.commits.wanted(), "commitsAfter": self.commits.after(),
            "reviews": self.reviews.wanted(), "reviewsAfter": self.reviews.after(),
            "comments": self.comments.wanted(), "commentsAfter": self.comments.after(),
        })
    }
}

/// Read it, page by page.
pub(super) async fn pull_request(github: &GitHub, number: PullNumber) -> Result<PullRequest, ForgeError> {
    let doing = format!("read pull request {number} of {}", github.repository);
    let broken = |said: &str| github.client.error(&doing, Why::Broken, said);
    let document = [DOCUMENT, PULL_FIELDS, ACTOR, COMMIT, STATUSES].concat();
    let mut cursors = Cursors {
        files: Cursor::Beginning,
        commits: Cursor::Beginning,
        reviews: Cursor::Beginning,
        comments: Cursor::Beginning,
    };
    let mut whole: Option<PullRequest> = None;
    for _ in 0..MOST_PAGES {
        let mut variables = cursors.variables();
        variables["number"] = json!(number.0);
        for (key, value) in github.owner_and_name() {
            variables[key] = value;
        }
        let value = query(&github.client, &doing, &document, &variables, None).await?;
        let data: PullData = take(value).map_err(|said| broken(&said))?;
        let repository = data.repository;
        let Some((pull, branch)) =
            repository.and_then(|found| Some((found.pull_request?, found.default_branch_ref)))
        else {
            return Err(github.client.error(&doing, Why::NotFound, "there is no such pull request"));
        };
        cursors = Cursors {
            files: Cursor::next(pull.files.as_ref()),
            commits: Cursor::next(pull.commits.as_ref()),
            reviews: Cursor::next(pull.reviews.as_ref()),
            comments: Cursor::next(pull.comments.as_ref()),
        };
        let page = page(pull, data.viewer, branch.map(|branch| branch.name)).map_err(|said| broken(&said))?;
        whole = Some(match whole {
            None => page,
            // Another head means other commits: half of each is neither.
            Some(before) if before.head != page.head => {
                return Err(broken("it was changed while it was read"));
            }
            Some(before) => joined(before, page),
        });
        if cursors.ended() {
            break;
        }
    }
    whole.filter(|_| cursors.ended()).ok_or_else(|| broken("its lists do not end"))
}

fn joined(mut whole: PullRequest, page: PullRequest) -> PullRequest {
    whole.files.extend(page.files);
    whole.commits.extend(page.commits);
    whole.reviews.extend(page.reviews);
    whole.comments.extend(page.comments);
    whole
}

fn page(
    pull: PullPage,
    viewer: Option<Actor>,
    default_branch: Option<String>,
) -> Result<PullRequest, String> {
    let mut fields = pull.fields;
    let comments = pull.comments.unwrap_or_default().nodes.into_iter();
    let commits = pull.commits.unwrap_or_default().nodes.into_iter();
    let newest = pull.newest.and_then(|commits| commits.nodes.into_iter().next());
    Ok(PullRequest {
        number: PullNumber(fields.number),
        requested: fields.requested(),
        url: fields.url,
        state: fields.state,
        author: pull.author.map(Actor::account),
        same_repository: !fields.is_cross_repository,
        head_branch: fields.head_ref_name,
        head: fields.head_ref_oid,
        base: fields.base_ref_name,
        title: fields.title,
        body: fields.body.unwrap_or_default(),
        files: pull.files.unwrap_or_default().nodes.into_iter().map(file).collect(),
        commits: commits.map(|node| node.commit.commit()).collect(),
        reviews: reviews(
            pull.reviews.unwrap_or_default().nodes,
            pull.timeline_items.unwrap_or_default().nodes,
        )?,
        comments: comments.filter(|comment| comment.viewer_did_author).filter_map(comment).collect(),
        statuses: newest.map(|newest| newest.commit.list()).unwrap_or_default(),
        viewer: viewer.map(Actor::account),
        default_branch: BranchName::new(default_branch.ok_or("a repository without a default branch")?),
    })
}

fn file(node: FileNode) -> ChangedFile {
    let change = match node.change_type.as_str() {
        "ADDED" => ChangeType::Added,
        "MODIFIED" => ChangeType::Modified,
        "DELETED" => ChangeType::Deleted,
        _ => ChangeType::Other,
    };
    ChangedFile { path: node.path.path, change }
}

fn reviews(nodes: Vec<ReviewNode>, dismissals: Vec<Dismissal>) -> Result<Vec<Review>, String> {
    let mut pushes: HashMap<u64, Option<CommitSha>> = HashMap::new();
    for dismissal in dismissals {
        if let Some(id) = dismissal.review.and_then(|review| review.full_database_id?.value()) {
            pushes.insert(id, dismissal.pull_request_commit.map(|pushed| pushed.commit.oid));
        }
    }
    let mut reviews = Vec::new();
    for node in nodes {
        let state = match node.state.as_str() {
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
            "COMMENTED" => ReviewState::Commented,
            "DISMISSED" => ReviewState::Dismissed,
            "PENDING" => continue,
            other => return Err(format!("a review that is `{other}`")),
        };
        let id = node.full_database_id.and_then(Number::value).ok_or("a review without a number")?;
        reviews.push(Review {
            id,
            author: node.author.map(Actor::account),
            state,
            commit: node.commit.map(|commit| commit.oid),
            body: node.body.unwrap_or_default(),
            editor: node.editor.map(Actor::account),
            submitted_at: node.submitted_at.unwrap_or_default(),
            url: node.url,
            dismissed_by: pushes.remove(&id).flatten(),
        });
    }
    // GitHub lists them in the order in which they were begun.
    reviews.sort_by(|a, b| (&a.submitted_at, a.id).cmp(&(&b.submitted_at, b.id)));
    Ok(reviews)
}

fn comment(node: CommentNode) -> Option<Comment> {
    let id = CommentId(node.full_database_id?.value()?);
    Some(Comment { id, body: node.body, url: node.url })
}
