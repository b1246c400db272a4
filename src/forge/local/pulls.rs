//! Pull requests and statuses as objects of the repository.
//!
//! `refs/prod-gate/pulls/N` is a tree of two files: `pull.md` for people, `pull.json` with everything. It is
//! replaced whole, and only from the state that was read.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::error::{ForgeError, Why};
use super::super::types::{
    BranchName, Comment, CommentId, CommitSha, CommitStatus, NewPull, PullNumber, PullState, PullSummary,
    Review, ReviewState, StatusContext, StatusState,
};
use super::git::With;
use super::{Local, TRIES, account};

const PULLS: &str = "refs/prod-gate/pulls/";
const STATUSES: &str = "refs/prod-gate/statuses/";
/// A comment's number is its pull request's and its place in it.
const COMMENTS: u64 = 1_000_000;

/// A pull request as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) number: PullNumber,
    pub(super) head: BranchName,
    pub(super) base: BranchName,
    pub(super) title: String,
    pub(super) body: String,
    /// Where the branch was last seen: it may be deleted after a merge.
    pub(super) last_head: Option<CommitSha>,
    pub(super) labels: Vec<String>,
    pub(super) requested: Vec<String>,
    pub(super) reviews: Vec<StoredReview>,
    pub(super) comments: Vec<String>,
}

/// A review in somebody's name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredReview {
    id: u64,
    login: String,
    state: String,
    commit: CommitSha,
    body: String,
    submitted_at: String,
}

impl Stored {
    pub(super) fn new(number: PullNumber, pull: &NewPull, head: CommitSha) -> Self {
        Self {
            number,
            head: pull.head.clone(),
            base: pull.base.clone(),
            title: pull.text.title.clone(),
            body: pull.text.body.clone(),
            last_head: Some(head),
            labels: Vec::new(),
            requested: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
        }
    }

    pub(super) fn review(&mut self, login: &str, state: ReviewState, commit: &CommitSha, body: &str) {
        let state = match state {
            ReviewState::Approved => "approved",
            ReviewState::ChangesRequested => "changes_requested",
            ReviewState::Commented => "commented",
            ReviewState::Dismissed => "dismissed",
        };
        self.requested.retain(|asked| asked != login);
        self.reviews.push(StoredReview {
            id: self.number.0 * COMMENTS + self.reviews.len() as u64 + 1,
            login: login.to_owned(),
            state: state.to_owned(),
            commit: commit.clone(),
            body: body.to_owned(),
            submitted_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        });
    }

    pub(super) fn comments(&self) -> Vec<Comment> {
        let comment = |(place, body): (usize, &String)| {
            let id = CommentId(self.number.0 * COMMENTS + place as u64);
            Comment { id, body: body.clone(), url: format!("{}#{}", self.url(), place + 1) }
        };
        self.comments.iter().enumerate().map(comment).collect()
    }

    /// What a person asks git to see it.
    fn url(&self) -> String {
        format!("{PULLS}{}:pull.md", self.number)
    }

    fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", self.title, self.body.trim_end());
        for (what, names) in [("Labels", &self.labels), ("Reviewers", &self.requested)] {
            if !names.is_empty() {
                let _ = write!(text, "\n{what}: {}\n", names.join(", "));
            }
        }
        for review in &self.reviews {
            let StoredReview { login, state, commit, submitted_at, body, .. } = review;
            let _ =
                write!(text, "\n---\n\n{login}: {state} ({}, {submitted_at})\n\n{body}\n", commit.short());
        }
        for comment in &self.comments {
            let _ = write!(text, "\n---\n\n{comment}\n");
        }
        text
    }
}

impl StoredReview {
    pub(super) fn review(&self) -> Review {
        Review {
            id: self.id,
            author: Some(account(&self.login)),
            state: match self.state.as_str() {
                "approved" => ReviewState::Approved,
                "changes_requested" => ReviewState::ChangesRequested,
                "dismissed" => ReviewState::Dismissed,
                _ => ReviewState::Commented,
            },
            commit: Some(self.commit.clone()),
            body: self.body.clone(),
            editor: None,
            submitted_at: self.submitted_at.clone(),
            url: format!("review {}", self.id),
            dismissed_by: None,
        }
    }
}

pub(super) fn place(id: CommentId) -> (PullNumber, usize) {
    (PullNumber(id.0 / COMMENTS), usize::try_from(id.0 % COMMENTS).unwrap_or(usize::MAX))
}

impl Local {
    /// A pull request as it is stored, and the tree that it was read from.
    pub(super) async fn stored(
        &self,
        doing: &str,
        number: PullNumber,
    ) -> Result<(Stored, String), ForgeError> {
        let Some(tree) = self.git.object(doing, &format!("{PULLS}{number}")).await? else {
            return Err(ForgeError::new(doing, Why::NotFound, "there is no such pull request"));
        };
        let text = self.git.must(doing, &["cat-file", "blob", &format!("{tree}:pull.json")]).await?;
        let stored = serde_json::from_str(&text)
            .map_err(|error| ForgeError::new(doing, Why::Broken, format!("{PULLS}{number}: {error}")))?;
        Ok((stored, tree))
    }

    /// Store it in place of `old`, which is empty for a new one; false when somebody else was quicker.
    pub(super) async fn store(&self, doing: &str, stored: &Stored, old: &str) -> Result<bool, ForgeError> {
        let json = serde_json::to_string_pretty(stored)
            .map_err(|error| ForgeError::new(doing, Why::Broken, error.to_string()))?;
        let mut entries = String::new();
        for (name, text) in [("pull.json", &json), ("pull.md", &stored.markdown())] {
            let blob = self.blob(doing, text).await?;
            let _ = writeln!(entries, "100644 blob {blob}\t{name}");
        }
        let tree = self.git.must_with(doing, &["mktree"], &With { stdin: &entries, index: None }).await?;
        self.git.move_ref(doing, &format!("{PULLS}{}", stored.number), tree.trim(), old).await
    }

    async fn blob(&self, doing: &str, text: &str) -> Result<String, ForgeError> {
        let with = With { stdin: text, index: None };
        Ok(self.git.must_with(doing, &["hash-object", "-w", "--stdin"], &with).await?.trim().to_owned())
    }

    /// Change a stored pull request, again when somebody else changed it meanwhile.
    pub(super) async fn change(
        &self,
        doing: &str,
        number: PullNumber,
        change: impl Fn(&mut Stored) + Send + Sync,
    ) -> Result<(), ForgeError> {
        for _ in 0..TRIES {
            let (mut stored, old) = self.stored(doing, number).await?;
            change(&mut stored);
            let head = self.head(doing, &stored.head).await?;
            stored.last_head = head.or(stored.last_head);
            if self.store(doing, &stored, &old).await? {
                return Ok(());
            }
        }
        Err(ForgeError::new(doing, Why::Conflict { head: None }, ""))
    }

    /// The numbers of all pull requests, highest first.
    pub(super) async fn numbers(&self, doing: &str) -> Result<Vec<PullNumber>, ForgeError> {
        let text = self.git.must(doing, &["for-each-ref", "--format=%(refname)", PULLS]).await?;
        let numbers = text.lines().filter_map(|name| name.strip_prefix(PULLS)?.parse().ok());
        let mut numbers: Vec<PullNumber> = numbers.map(PullNumber).collect();
        numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
        Ok(numbers)
    }

    /// The pull requests from branches that are `wanted`, newest first.
    pub(super) async fn pulls(
        &self,
        doing: &str,
        wanted: impl Fn(&BranchName) -> bool + Send + Sync,
    ) -> Result<Vec<PullSummary>, ForgeError> {
        let mut pulls = Vec::new();
        for number in self.numbers(doing).await? {
            let (stored, _) = self.stored(doing, number).await?;
            if wanted(&stored.head) {
                pulls.push(self.summary(doing, &stored).await?);
            }
        }
        Ok(pulls)
    }

    /// It is merged when its branch is in the base, closed when its branch is gone, else open.
    pub(super) async fn summary(&self, doing: &str, stored: &Stored) -> Result<PullSummary, ForgeError> {
        let here = self.head(doing, &stored.head).await?;
        let Some(head) = here.clone().or_else(|| stored.last_head.clone()) else {
            return Err(ForgeError::new(doing, Why::NotFound, format!("the branch {} is gone", stored.head)));
        };
        let base = format!("refs/heads/{}", stored.base);
        let words = ["merge-base", "--is-ancestor", head.as_str(), &base];
        let state = match self.git.may(doing, &words).await? {
            Some(_) => PullState::Merged,
            None if here.is_none() => PullState::Closed,
            None => PullState::Open,
        };
        let range = format!("{base}...{head}");
        let files = self.git.may(doing, &["diff", "--name-only", "-z", &range]).await?.unwrap_or_default();
        let paths = files.split('\0').filter(|path| !path.is_empty()).take(10);
        Ok(PullSummary {
            number: stored.number,
            url: stored.url(),
            state,
            head_branch: stored.head.clone(),
            head,
            base: stored.base.clone(),
            title: stored.title.clone(),
            body: stored.body.clone(),
            labels: stored.labels.clone(),
            requested: stored.requested.clone(),
            reviewed: stored.reviews.iter().map(|review| review.login.clone()).collect(),
            files: paths.map(super::super::types::RepoPath::new).collect(),
        })
    }

    /// The statuses of a commit, and the object that they were read from; empty when there is none.
    pub(super) async fn statuses(
        &self,
        doing: &str,
        commit: &CommitSha,
    ) -> Result<(Vec<CommitStatus>, String), ForgeError> {
        let Some(blob) = self.git.object(doing, &format!("{STATUSES}{commit}")).await? else {
            return Ok((Vec::new(), String::new()));
        };
        let text = self.git.must(doing, &["cat-file", "blob", &blob]).await?;
        let stored: Vec<StoredStatus> = serde_json::from_str(&text)
            .map_err(|error| ForgeError::new(doing, Why::Broken, format!("{STATUSES}{commit}: {error}")))?;
        Ok((stored.into_iter().map(StoredStatus::status).collect(), blob))
    }

    pub(super) async fn store_statuses(
        &self,
        doing: &str,
        commit: &CommitSha,
        statuses: &[CommitStatus],
        old: &str,
    ) -> Result<bool, ForgeError> {
        let stored: Vec<StoredStatus> = statuses.iter().map(StoredStatus::from).collect();
        let blob = self.blob(doing, &format!("{:#}\n", json!(stored))).await?;
        // git takes the very same object for a change that is none.
        Ok(blob == old || self.git.move_ref(doing, &format!("{STATUSES}{commit}"), &blob, old).await?)
    }
}

/// A status as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredStatus {
    context: StatusContext,
    state: String,
    description: String,
    url: Option<String>,
}

impl StoredStatus {
    fn status(self) -> CommitStatus {
        let state = match self.state.as_str() {
            "success" => StatusState::Success,
            "failure" => StatusState::Failure,
            "error" => StatusState::Error,
            _ => StatusState::Pending,
        };
        CommitStatus { context: self.context, state, description: self.description, url: self.url }
    }
}

impl From<&CommitStatus> for StoredStatus {
    fn from(status: &CommitStatus) -> Self {
        let state = match status.state {
            StatusState::Pending => "pending",
            StatusState::Success => "success",
            StatusState::Failure => "failure",
            StatusState::Error => "error",
        };
        Self {
            context: status.context.clone(),
            state: state.to_owned(),
            description: status.description.clone(),
            url: status.url.clone(),
        }
    }
}
