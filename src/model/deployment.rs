//! What is being proved: the tag, its commit, what came before it.

use serde::{Deserialize, Serialize};

/// The folder of the records in a repository.
pub const RECORDS: &str = "ops";
/// How the branches begin on which records wait for their validation.
pub const GATE_BRANCHES: &str = "prod-gate/";

/// The release that should be in production.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub tag: Option<String>,
    /// Who made the tag, for an annotated one.
    pub tagger: Option<String>,
    /// The commit, in full; absent when there is no repository to ask.
    pub commit: Option<String>,
    pub previous: Previous,
    /// Whether the new commit is an ancestor of the previous one: production goes back.
    pub rollback: bool,
    /// The commits between the two, newest first: brought by the release, or taken back by a rollback.
    pub commits: Vec<CommitLine>,
    /// How many more there are than `commits` holds.
    pub commits_left_out: u64,
    pub predecessors: Vec<Predecessor>,
}

impl Deployment {
    /// The commit's first seven characters, or `nocommit`.
    pub fn short_commit(&self) -> &str {
        self.commit.as_deref().map_or("nocommit", |sha| sha.get(..7).unwrap_or(sha))
    }
}

/// A commit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitLine {
    pub sha: String,
    /// The first line of its message.
    pub subject: String,
}

/// The deployment before this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum Previous {
    /// Nothing came before, as far as the repository knows.
    #[default]
    NoBaseline,
    /// It could not be found out.
    Unknown { why: String },
    Commit {
        /// Its tag or the revision that was given.
        name: String,
        /// Its commit, in full.
        commit: String,
        from: PreviousFrom,
    },
}

/// How the previous deployment was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", content = "record", rename_all = "snake_case")]
pub enum PreviousFrom {
    /// `--previous` named it.
    Flag,
    /// A record on the default branch says so.
    Record(String),
    /// It is the nearest ancestor with a release tag.
    Tag,
}

/// A record that this one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    pub path: String,
    pub branch: String,
    /// The digest of its sealed part, lower-case hex SHA-256.
    pub digest: String,
}
