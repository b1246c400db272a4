//! What GitHub knows: accounts, tokens, repositories, and what belongs to each.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::lag::Lag;
use super::objects::{Objects, Oid, Signature};
use super::refusal::Refusal;

/// Person or machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    User,
    /// An App; its login ends with `[bot]`.
    Bot,
    /// An organisation.
    Organization,
}

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// As REST writes it.
    pub login: String,
    /// Its number.
    pub id: u64,
    /// Person or machine.
    pub kind: Kind,
}

impl User {
    /// The address by which GitHub knows its commits.
    pub fn email(&self) -> String {
        format!("{}+{}@users.noreply.github.com", self.id, self.login)
    }
}

/// How much somebody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// Look.
    Read,
    /// Change.
    Write,
    /// Everything.
    Admin,
}

/// What kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `GITHUB_TOKEN` of a workflow run.
    Actions,
    /// Of a GitHub App's installation.
    App,
    /// A person's.
    Personal,
}

/// A token: whose it is and what it may.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is sent as.
    pub secret: String,
    /// Whose.
    pub login: String,
    /// What kind.
    pub kind: TokenKind,
    /// The one repository that it is for; none: every one that its owner sees.
    pub repository: Option<String>,
    /// By the names that workflows write: `contents`, `pull-requests`. A person's needs none of them.
    pub permissions: BTreeMap<String, Level>,
}

/// A branch's protection.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// The branch, or what it begins with where this ends in `*`.
    pub branch: String,
    /// A push that changes the diff takes approvals back.
    pub dismiss_stale: bool,
    /// So many requests after the push.
    pub dismiss_after: u32,
    /// Changes come through pull requests only.
    pub refuse_pushes: bool,
}

/// Whether a commit's signature was looked at, and by whom it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// GitHub made the commit and signed it.
    pub by_github: bool,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    ChangesRequested,
    /// Neither.
    Commented,
    /// Taken back.
    Dismissed,
    /// Not sent yet.
    Pending,
}

impl Verdict {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Commented => "COMMENTED",
            Self::Dismissed => "DISMISSED",
            Self::Pending => "PENDING",
        }
    }
}

/// A review.
#[derive(Debug, Clone)]
pub struct Review {
    /// Its number.
    pub id: u64,
    /// Whose; none when the account is gone.
    pub author: Option<String>,
    /// What it says.
    pub verdict: Verdict,
    /// Its text.
    pub body: String,
    /// The commit that was looked at; none when that is gone.
    pub commit: Option<Oid>,
    /// When.
    pub submitted_at: i64,
    /// Who changed its text last; none where nobody did.
    pub editor: Option<String>,
}

/// That a review was taken back.
#[derive(Debug, Clone)]
pub struct Dismissal {
    /// Its own number.
    pub id: u64,
    /// The review's.
    pub review: u64,
    /// Who did it; for a push, whoever pushed is not known here.
    pub actor: Option<String>,
    /// The commit whose push did it; none where a person did.
    pub commit: Option<Oid>,
    /// What the review said before.
    pub was: Verdict,
    /// When.
    pub at: i64,
}

/// A comment on a pull request.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub author: String,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
}

/// A pull request.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Its number in the repository.
    pub number: u64,
    /// Its number among all.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who opened it.
    pub author: String,
    /// The repository that the branch is in.
    pub head_repo: String,
    /// The branch.
    pub head: String,
    /// Where the branch is, or was when the pull request ended.
    pub head_sha: Oid,
    /// What it is to be merged into.
    pub base: String,
    /// Where that was when it was opened, or merged.
    pub base_sha: Oid,
    /// Neither closed nor merged.
    pub open: bool,
    /// The commit that merged it.
    pub merged: Option<Oid>,
    /// Not ready.
    pub draft: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// Who is asked for a review.
    pub requested: Vec<String>,
    /// Teams that are.
    pub requested_teams: Vec<String>,
    /// Oldest first.
    pub reviews: Vec<Review>,
    /// Oldest first.
    pub dismissals: Vec<Dismissal>,
    /// Oldest first.
    pub comments: Vec<Comment>,
    /// When it was opened.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
}

/// A commit's status.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its number.
    pub id: u64,
    /// Of which commit.
    pub sha: Oid,
    /// `error`, `failure`, `pending`, `success`.
    pub state: String,
    /// What it is called.
    pub context: String,
    /// In a few words.
    pub description: Option<String>,
    /// Where to read more.
    pub target_url: Option<String>,
    /// Who set it.
    pub creator: String,
    /// When.
    pub created_at: i64,
}

/// A workflow run, at one of its attempts.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number; attempts share it.
    pub id: u64,
    /// Counted from 1.
    pub attempt: u64,
    /// The workflow's name.
    pub name: String,
    /// The workflow's file.
    pub path: String,
    /// What it ran for.
    pub head_sha: Oid,
    /// The branch or tag that it ran for.
    pub head_branch: Option<String>,
    /// `push`, `workflow_dispatch`.
    pub event: String,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    /// `success`, `failure`, `cancelled`; none while it runs.
    pub conclusion: Option<String>,
    /// Who caused the event.
    pub actor: String,
    /// Who started this attempt.
    pub triggering_actor: String,
    /// When it began.
    pub created_at: i64,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repo {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Shown to collaborators only.
    pub private: bool,
    /// Copied from another one.
    pub fork_of: Option<String>,
    /// Where people land.
    pub default_branch: String,
    /// `refs/heads/main` and so on, each with what it names.
    pub refs: BTreeMap<String, Oid>,
    /// What its people may.
    pub collaborators: BTreeMap<String, Level>,
    /// Teams that may be asked, by slug.
    pub teams: Vec<String>,
    /// Rules for branches.
    pub protections: Vec<Protection>,
    /// The setting "Allow GitHub Actions to create and approve pull requests".
    pub actions_open_pulls: bool,
    /// By number.
    pub pulls: Vec<Pull>,
    /// Oldest first.
    pub statuses: Vec<Status>,
    /// Every attempt of every run.
    pub runs: Vec<Run>,
    /// Every label that exists.
    pub labels: Vec<String>,
}

impl Repo {
    /// `owner/name`.
    pub fn full(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Where a branch is.
    pub fn branch(&self, name: &str) -> Option<&Oid> {
        self.refs.get(&format!("refs/heads/{name}"))
    }

    /// The pull request of this number.
    pub fn pull(&self, number: u64) -> Result<&Pull, Refusal> {
        self.pulls.iter().find(|pull| pull.number == number).ok_or_else(Refusal::not_found)
    }

    /// The same, to change it.
    pub fn pull_mut(&mut self, number: u64) -> Result<&mut Pull, Refusal> {
        self.pulls.iter_mut().find(|pull| pull.number == number).ok_or_else(Refusal::not_found)
    }

    /// The latest status of each context on a commit, newest first.
    pub fn latest_statuses(&self, sha: &str) -> Vec<&Status> {
        let mut latest: Vec<&Status> = Vec::new();
        for status in self.statuses.iter().rev().filter(|status| status.sha == sha) {
            if !latest.iter().any(|newer| newer.context == status.context) {
                latest.push(status);
            }
        }
        latest
    }

    /// The rules of a branch.
    pub fn protection(&self, branch: &str) -> Option<&Protection> {
        self.protections.iter().find(|rule| {
            rule.branch.strip_suffix('*').map_or(rule.branch == branch, |prefix| branch.starts_with(prefix))
        })
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub struct State {
    /// Where the API is served, without a slash at the end.
    pub url: String,
    /// Git's objects, of all repositories.
    pub objects: Objects,
    /// Which commits are signed.
    pub verified: HashMap<Oid, Verified>,
    /// Accounts.
    pub users: Vec<User>,
    /// Tokens.
    pub tokens: Vec<Token>,
    /// Repositories.
    pub repos: Vec<Repo>,
    /// What was written and is not to be read yet.
    pub lag: Lag,
    /// Approvals that are about to be taken back: after how many requests, where, and by which commit.
    pub doomed: Vec<(u32, String, u64, Oid)>,
    /// Requests that are left in the hour.
    pub remaining: u64,
    now: i64,
    last_id: u64,
}

impl State {
    /// With nobody but the accounts that GitHub has itself.
    pub fn new(url: String) -> Self {
        let own = |login: &str, id, kind| User { login: login.to_owned(), id, kind };
        Self {
            url,
            objects: Objects::default(),
            verified: HashMap::new(),
            users: vec![
                own("github-actions[bot]", 41_898_282, Kind::Bot),
                own("web-flow", 19_864_447, Kind::User),
            ],
            tokens: Vec::new(),
            repos: Vec::new(),
            lag: Lag::default(),
            doomed: Vec::new(),
            remaining: 5000,
            // 2026-02-14T08:00:00Z
            now: 1_771_056_000,
            last_id: 1000,
        }
    }

    /// The time; a second later each time that it is asked.
    pub fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    /// Put the clock at this time, in seconds since 1970.
    pub fn set_clock(&mut self, now: i64) {
        self.now = now;
    }

    /// A number that nothing has yet.
    pub fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// An account, by login, in any case.
    pub fn user(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// The account behind an address in a commit.
    pub fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email().eq_ignore_ascii_case(email))
    }

    /// A repository, by owner and name, in any case.
    pub fn repo(&self, full: &str) -> Result<&Repo, Refusal> {
        self.repos.iter().find(|repo| repo.full().eq_ignore_ascii_case(full)).ok_or_else(Refusal::not_found)
    }

    /// The same, to change it.
    pub fn repo_mut(&mut self, full: &str) -> Result<&mut Repo, Refusal> {
        self.repos
            .iter_mut()
            .find(|repo| repo.full().eq_ignore_ascii_case(full))
            .ok_or_else(Refusal::not_found)
    }

    /// An account's name as it stands in commits, now.
    pub fn signature(&mut self, login: &str) -> Signature {
        let at = self.tick();
        let user = self.user(login).unwrap_or_else(|| panic!("no account {login}"));
        Signature { name: user.login.clone(), email: user.email(), at }
    }

    /// What a revision names: a whole or shortened object, a branch, a tag, `HEAD`.
    pub fn resolve(&self, repo: &Repo, revision: &str) -> Option<Oid> {
        let names = [
            format!("refs/heads/{revision}"),
            format!("refs/tags/{revision}"),
            format!("refs/{revision}"),
            revision.to_owned(),
        ];
        if revision == "HEAD" {
            return repo.branch(&repo.default_branch).cloned();
        }
        if let Some(oid) = names.iter().find_map(|name| repo.refs.get(name)) {
            return Some(oid.clone());
        }
        let hex = revision.len() >= 4 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| self.objects.whole(&revision.to_ascii_lowercase())).flatten()
    }

    /// The same, down to the commit.
    pub fn commit_at(&self, repo: &Repo, revision: &str) -> Option<Oid> {
        let oid = self.objects.peel(&self.resolve(repo, revision)?);
        self.objects.commit(&oid).map(|_| oid)
    }
}

/// A time as the API writes it.
pub fn time(at: i64) -> String {
    Timestamp::from_second(at).unwrap().to_string()
}
