//! What GitHub knows: accounts, tokens, repositories, and what belongs to each.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::lag::Lag;
use super::objects::{Objects, Oid, Signature};
use super::refusal::Refusal;

/// Person or machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person.
    User,
    /// An App; its login ends with `[bot]`.
    Bot,
    /// An organisation.
    Organization,
}

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// As REST writes it.
    pub(crate) login: String,
    /// Its number.
    pub(crate) id: u64,
    /// Person or machine.
    pub(crate) kind: Kind,
}

impl User {
    /// The address by which GitHub knows its commits.
    pub(crate) fn email(&self) -> String {
        format!("{}+{}@users.noreply.github.com", self.id, self.login)
    }
}

/// How much somebody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
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
pub(crate) enum TokenKind {
    /// `GITHUB_TOKEN` of a workflow run.
    Actions,
    /// Of a GitHub App's installation.
    App,
    /// A person's.
    Personal,
}

/// A token: whose it is and what it may.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// What it is sent as.
    pub(crate) secret: String,
    /// Whose.
    pub(crate) login: String,
    /// What kind.
    pub(crate) kind: TokenKind,
    /// The one repository that it is for; none: every one that its owner sees.
    pub(crate) repository: Option<String>,
    /// By the names that workflows write: `contents`, `pull-requests`. A person's needs none of them.
    pub(crate) permissions: BTreeMap<String, Level>,
}

/// A branch's protection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Protection {
    /// The branch, or what it begins with where this ends in `*`.
    pub(crate) branch: String,
    /// A push that changes the diff takes approvals back.
    pub(crate) dismiss_stale: bool,
    /// So many requests after the push.
    pub(crate) dismiss_after: u32,
    /// Changes come through pull requests only.
    pub(crate) refuse_pushes: bool,
}

/// Whether a commit's signature was looked at, and by whom it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verified {
    /// GitHub made the commit and signed it.
    pub(crate) by_github: bool,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
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
    pub(crate) fn word(self) -> &'static str {
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
pub(crate) struct Review {
    /// Its number.
    pub(crate) id: u64,
    /// Whose; none when the account is gone.
    pub(crate) author: Option<String>,
    /// What it says.
    pub(crate) verdict: Verdict,
    /// Its text.
    pub(crate) body: String,
    /// The commit that was looked at; none when that is gone.
    pub(crate) commit: Option<Oid>,
    /// When.
    pub(crate) submitted_at: i64,
    /// Who changed its text last; none where nobody did.
    pub(crate) editor: Option<String>,
}

/// That a review was taken back.
#[derive(Debug, Clone)]
pub(crate) struct Dismissal {
    /// Its own number.
    pub(crate) id: u64,
    /// The review's.
    pub(crate) review: u64,
    /// Who did it; for a push, whoever pushed is not known here.
    pub(crate) actor: Option<String>,
    /// The commit whose push did it; none where a person did.
    pub(crate) commit: Option<Oid>,
    /// What the review said before.
    pub(crate) was: Verdict,
    /// When.
    pub(crate) at: i64,
}

/// A comment on a pull request.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    /// Its number.
    pub(crate) id: u64,
    /// Whose.
    pub(crate) author: String,
    /// Its text.
    pub(crate) body: String,
    /// When it was written.
    pub(crate) created_at: i64,
    /// When it was changed last.
    pub(crate) updated_at: i64,
}

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    /// Its number in the repository.
    pub(crate) number: u64,
    /// Its number among all.
    pub(crate) id: u64,
    /// Its title.
    pub(crate) title: String,
    /// Its text.
    pub(crate) body: String,
    /// Who opened it.
    pub(crate) author: String,
    /// The repository that the branch is in.
    pub(crate) head_repo: String,
    /// The branch.
    pub(crate) head: String,
    /// Where the branch is, or was when the pull request ended.
    pub(crate) head_sha: Oid,
    /// What it is to be merged into.
    pub(crate) base: String,
    /// Where that was when it was opened, or merged.
    pub(crate) base_sha: Oid,
    /// Neither closed nor merged.
    pub(crate) open: bool,
    /// The commit that merged it.
    pub(crate) merged: Option<Oid>,
    /// Not ready.
    pub(crate) draft: bool,
    /// Its labels.
    pub(crate) labels: Vec<String>,
    /// Who is asked for a review.
    pub(crate) requested: Vec<String>,
    /// Teams that are.
    pub(crate) requested_teams: Vec<String>,
    /// Oldest first.
    pub(crate) reviews: Vec<Review>,
    /// Oldest first.
    pub(crate) dismissals: Vec<Dismissal>,
    /// Oldest first.
    pub(crate) comments: Vec<Comment>,
    /// When it was opened.
    pub(crate) created_at: i64,
    /// When it was changed last.
    pub(crate) updated_at: i64,
}

/// A commit's status.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    /// Its number.
    pub(crate) id: u64,
    /// Of which commit.
    pub(crate) sha: Oid,
    /// `error`, `failure`, `pending`, `success`.
    pub(crate) state: String,
    /// What it is called.
    pub(crate) context: String,
    /// In a few words.
    pub(crate) description: Option<String>,
    /// Where to read more.
    pub(crate) target_url: Option<String>,
    /// Who set it.
    pub(crate) creator: String,
    /// When.
    pub(crate) created_at: i64,
}

/// A workflow run, at one of its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Its number; attempts share it.
    pub(crate) id: u64,
    /// Counted from 1.
    pub(crate) attempt: u64,
    /// The workflow's name.
    pub(crate) name: String,
    /// The workflow's file.
    pub(crate) path: String,
    /// What it ran for.
    pub(crate) head_sha: Oid,
    /// The branch or tag that it ran for.
    pub(crate) head_branch: Option<String>,
    /// `push`, `workflow_dispatch`.
    pub(crate) event: String,
    /// `queued`, `in_progress`, `completed`.
    pub(crate) status: String,
    /// `success`, `failure`, `cancelled`; none while it runs.
    pub(crate) conclusion: Option<String>,
    /// Who caused the event.
    pub(crate) actor: String,
    /// Who started this attempt.
    pub(crate) triggering_actor: String,
    /// When it began.
    pub(crate) created_at: i64,
}

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    /// Its number.
    pub(crate) id: u64,
    /// Whose.
    pub(crate) owner: String,
    /// Its name.
    pub(crate) name: String,
    /// Shown to collaborators only.
    pub(crate) private: bool,
    /// Copied from another one.
    pub(crate) fork_of: Option<String>,
    /// Where people land.
    pub(crate) default_branch: String,
    /// `refs/heads/main` and so on, each with what it names.
    pub(crate) refs: BTreeMap<String, Oid>,
    /// What its people may.
    pub(crate) collaborators: BTreeMap<String, Level>,
    /// Teams that may be asked, by slug.
    pub(crate) teams: Vec<String>,
    /// Rules for branches.
    pub(crate) protections: Vec<Protection>,
    /// The setting "Allow GitHub Actions to create and approve pull requests".
    pub(crate) actions_open_pulls: bool,
    /// By number.
    pub(crate) pulls: Vec<Pull>,
    /// Oldest first.
    pub(crate) statuses: Vec<Status>,
    /// Every attempt of every run.
    pub(crate) runs: Vec<Run>,
    /// Every label that exists.
    pub(crate) labels: Vec<String>,
}

impl Repo {
    /// `owner/name`.
    pub(crate) fn full(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Where a branch is.
    pub(crate) fn branch(&self, name: &str) -> Option<&Oid> {
        self.refs.get(&format!("refs/heads/{name}"))
    }

    /// The pull request of this number.
    pub(crate) fn pull(&self, number: u64) -> Result<&Pull, Refusal> {
        self.pulls.iter().find(|pull| pull.number == number).ok_or_else(Refusal::not_found)
    }

    /// The same, to change it.
    pub(crate) fn pull_mut(&mut self, number: u64) -> Result<&mut Pull, Refusal> {
        self.pulls.iter_mut().find(|pull| pull.number == number).ok_or_else(Refusal::not_found)
    }

    /// The latest status of each context on a commit, newest first.
    pub(crate) fn latest_statuses(&self, sha: &str) -> Vec<&Status> {
        let mut latest: Vec<&Status> = Vec::new();
        for status in self.statuses.iter().rev().filter(|status| status.sha == sha) {
            if !latest.iter().any(|newer| newer.context == status.context) {
                latest.push(status);
            }
        }
        latest
    }

    /// The rules of a branch.
    pub(crate) fn protection(&self, branch: &str) -> Option<&Protection> {
        self.protections.iter().find(|rule| {
            rule.branch.strip_suffix('*').map_or(rule.branch == branch, |prefix| branch.starts_with(prefix))
        })
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Where the API is served, without a slash at the end.
    pub(crate) url: String,
    /// Git's objects, of all repositories.
    pub(crate) objects: Objects,
    /// Which commits are signed.
    pub(crate) verified: HashMap<Oid, Verified>,
    /// Accounts.
    pub(crate) users: Vec<User>,
    /// Tokens.
    pub(crate) tokens: Vec<Token>,
    /// Repositories.
    pub(crate) repos: Vec<Repo>,
    /// What was written and is not to be read yet.
    pub(crate) lag: Lag,
    /// Approvals that are about to be taken back: after how many requests, where, and by which commit.
    pub(crate) doomed: Vec<(u32, String, u64, Oid)>,
    /// Requests that are left in the hour.
    pub(crate) remaining: u64,
    now: i64,
    last_id: u64,
}

impl State {
    /// With nobody but the accounts that GitHub has itself.
    pub(crate) fn new(url: String) -> Self {
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
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    /// Put the clock at this time, in seconds since 1970.
    pub(crate) fn set_clock(&mut self, now: i64) {
        self.now = now;
    }

    /// A number that nothing has yet.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// An account, by login, in any case.
    pub(crate) fn user(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// The account behind an address in a commit.
    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email().eq_ignore_ascii_case(email))
    }

    /// A repository, by owner and name, in any case.
    pub(crate) fn repo(&self, full: &str) -> Result<&Repo, Refusal> {
        self.repos.iter().find(|repo| repo.full().eq_ignore_ascii_case(full)).ok_or_else(Refusal::not_found)
    }

    /// The same, to change it.
    pub(crate) fn repo_mut(&mut self, full: &str) -> Result<&mut Repo, Refusal> {
        self.repos
            .iter_mut()
            .find(|repo| repo.full().eq_ignore_ascii_case(full))
            .ok_or_else(Refusal::not_found)
    }

    /// An account's name as it stands in commits, now.
    pub(crate) fn signature(&mut self, login: &str) -> Signature {
        let at = self.tick();
        let user = self.user(login).unwrap_or_else(|| panic!("no account {login}"));
        Signature { name: user.login.clone(), email: user.email(), at }
    }

    /// What a revision names: a whole or shortened object, a branch, a tag, `HEAD`.
    pub(crate) fn resolve(&self, repo: &Repo, revision: &str) -> Option<Oid> {
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
    pub(crate) fn commit_at(&self, repo: &Repo, revision: &str) -> Option<Oid> {
        let oid = self.objects.peel(&self.resolve(repo, revision)?);
        self.objects.commit(&oid).map(|_| oid)
    }
}

/// A time as the API writes it.
pub(crate) fn time(at: i64) -> String {
    Timestamp::from_second(at).unwrap().to_string()
}
