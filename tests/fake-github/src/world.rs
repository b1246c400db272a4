//! Setting up: accounts, repositories, tokens, workflow runs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::branches::Change;
use super::objects::{Object, Oid};
use super::people::Person;
use super::state::{Kind, Level, Protection, Repo, Run, State, Token, TokenKind, User};
use super::{GitHub, graph};

/// A workflow run to be known; the rest of it is usual.
pub struct NewRun<'a> {
    /// The commit that it ran for.
    pub head_sha: &'a str,
    /// The branch or tag that it ran for.
    pub head_branch: &'a str,
    /// Who started it.
    pub actor: &'a str,
    /// `success`, `failure`, `cancelled`; none while it runs.
    pub conclusion: Option<&'a str>,
}

impl GitHub {
    /// A person, known from now on.
    pub fn person(&self, login: &str) -> Person<'_> {
        self.account(login, Kind::User);
        Person { github: self, login: login.to_owned() }
    }

    /// An account of this kind, known from now on.
    pub fn account(&self, login: &str, kind: Kind) {
        let mut state = self.state();
        if state.user(login).is_none() {
            let id = state.fresh_id();
            state.users.push(User { login: login.to_owned(), id, kind });
        }
    }

    /// An account is gone: what it wrote stays, without a name.
    pub fn delete_account(&self, login: &str) {
        let mut state = self.state();
        state.users.retain(|user| user.login != login);
        for review in state.repos.iter_mut().flat_map(|repo| &mut repo.pulls).flat_map(|it| &mut it.reviews) {
            if review.author.as_deref() == Some(login) {
                review.author = None;
            }
        }
    }

    /// A public repository `owner/name` with the branch `main` and these files in its first commit; its owner is
    /// an organisation. Returns the commit.
    pub fn repository(&self, full: &str, files: &[(&str, &str)]) -> Oid {
        self.empty_repository(full, "main");
        let mut state = self.state();
        let author = state.signature("web-flow");
        let files: Vec<_> =
            files.iter().map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec()))).collect();
        let oid = state.make_commit(Change {
            parent: None,
            files: &files,
            message: "Begin",
            committer: author.clone(),
            author,
            verified: None,
        });
        state.create_ref(full, "refs/heads/main", &oid).unwrap();
        oid
    }

    /// A repository without a commit.
    pub fn empty_repository(&self, full: &str, default_branch: &str) {
        let (owner, name) = full.split_once('/').unwrap();
        self.account(owner, Kind::Organization);
        let mut state = self.state();
        let id = state.fresh_id();
        state.repos.push(Repo {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            private: false,
            fork_of: None,
            default_branch: default_branch.to_owned(),
            refs: BTreeMap::new(),
            collaborators: BTreeMap::new(),
            teams: Vec::new(),
            protections: Vec::new(),
            actions_open_pulls: true,
            pulls: Vec::new(),
            statuses: Vec::new(),
            runs: Vec::new(),
            labels: Vec::new(),
        });
    }

    /// Change a repository's settings.
    pub fn settings(&self, full: &str, change: impl FnOnce(&mut Repo)) {
        change(self.state().repo_mut(full).unwrap());
    }

    /// Give somebody a role.
    pub fn collaborator(&self, full: &str, login: &str, level: Level) {
        self.account(login, Kind::User);
        self.settings(full, |repo| {
            repo.collaborators.insert(login.to_owned(), level);
        });
    }

    /// A push that changes a pull request's diff takes approvals back, for those into this branch.
    pub fn dismiss_stale_approvals(&self, full: &str, branch: &str) {
        self.dismiss_stale_approvals_after(full, branch, 0);
    }

    /// The same a little later, as GitHub does it: when so many more requests were answered.
    pub fn dismiss_stale_approvals_after(&self, full: &str, branch: &str, requests: u32) {
        // The request that pushes counts too.
        let dismiss_after = if requests == 0 { 0 } else { requests + 1 };
        let branch = branch.to_owned();
        self.settings(full, |repo| {
            repo.protections.push(Protection {
                branch,
                dismiss_stale: true,
                dismiss_after,
                ..Protection::default()
            });
        });
    }

    /// Nobody pushes to this branch, or to those that begin like this where it ends in `*`.
    pub fn refuse_pushes(&self, full: &str, branch: &str) {
        let branch = branch.to_owned();
        self.settings(full, |repo| {
            repo.protections.push(Protection { branch, refuse_pushes: true, ..Protection::default() });
        });
    }

    /// Take over every object and every ref of a repository on disk: commits have the same names in both.
    pub fn import(&self, full: &str, folder: &Path) {
        let refs = git(
            folder,
            &["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"],
            b"",
        );
        let names = git(folder, &["rev-list", "--objects", "--all", "--no-object-names"], b"");
        // Tags themselves are no part of that list.
        let mut names = String::from_utf8(names).unwrap();
        let refs = String::from_utf8(refs).unwrap();
        for line in refs.lines() {
            names.push_str(line.split(' ').next().unwrap());
            names.push('\n');
        }
        let bytes = git(folder, &["cat-file", "--batch"], names.as_bytes());
        let mut state = self.state();
        let mut rest = bytes.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let head = String::from_utf8(rest[..end].to_vec()).unwrap();
            let words: Vec<&str> = head.split(' ').collect();
            let length: usize = words[2].parse().unwrap();
            let content = &rest[end + 1..end + 1 + length];
            state.objects.put_as(words[0], Object::parse(words[1], content));
            rest = &rest[end + 2 + length..];
        }
        let repo = state.repo_mut(full).unwrap();
        for line in refs.lines() {
            let (oid, name) = line.split_once(' ').unwrap();
            repo.refs.insert(name.to_owned(), oid.to_owned());
        }
    }

    /// `GITHUB_TOKEN` of a run in this repository, with these permissions: `contents: write, statuses: write`.
    pub fn actions_token(&self, full: &str, permissions: &str) -> String {
        self.token("github-actions[bot]", TokenKind::Actions, Some(full), permissions)
    }

    /// A token of a GitHub App's installation on this repository. Its login ends with `[bot]`.
    pub fn app_token(&self, full: &str, login: &str, permissions: &str) -> String {
        self.account(login, Kind::Bot);
        self.token(login, TokenKind::App, Some(full), permissions)
    }

    /// A person's token: it may what the person may.
    pub fn personal_token(&self, login: &str) -> String {
        self.account(login, Kind::User);
        self.token(login, TokenKind::Personal, None, "")
    }

    fn token(&self, login: &str, kind: TokenKind, repository: Option<&str>, permissions: &str) -> String {
        let mut state = self.state();
        let prefix = if kind == TokenKind::Personal { "ghp" } else { "ghs" };
        let secret = format!("{prefix}_fake{:032}", state.fresh_id());
        let level = |word: &str| match word.trim() {
            "read" => Level::Read,
            "write" => Level::Write,
            other => panic!("a permission is read or write, not {other}"),
        };
        let permissions = permissions
            .split(',')
            .filter_map(|one| one.split_once(':'))
            .map(|(name, word)| (name.trim().to_owned(), level(word)))
            .chain([("metadata".to_owned(), Level::Read)])
            .collect();
        let (login, repository) = (login.to_owned(), repository.map(str::to_owned));
        state.tokens.push(Token { secret: secret.clone(), login, kind, repository, permissions });
        secret
    }

    /// A finished or running workflow run; returns its number.
    pub fn run(&self, full: &str, new: &NewRun<'_>) -> u64 {
        self.account(new.actor, Kind::User);
        let mut state = self.state();
        let (id, created_at) = (state.fresh_id(), state.tick());
        let run = Run {
            id,
            attempt: 1,
            name: "gate".to_owned(),
            path: ".github/workflows/prod-gate.yml".to_owned(),
            head_sha: new.head_sha.to_owned(),
            head_branch: Some(new.head_branch.to_owned()),
            event: "push".to_owned(),
            status: if new.conclusion.is_some() { "completed" } else { "in_progress" }.to_owned(),
            conclusion: new.conclusion.map(str::to_owned),
            actor: new.actor.to_owned(),
            triggering_actor: new.actor.to_owned(),
            created_at,
        };
        state.repo_mut(full).unwrap().runs.push(run);
        id
    }

    /// Change the latest attempt of a run.
    pub fn change_run(&self, full: &str, id: u64, change: impl FnOnce(&mut Run)) {
        let mut state = self.state();
        let runs = &mut state.repo_mut(full).unwrap().runs;
        change(runs.iter_mut().rev().find(|run| run.id == id).unwrap());
    }

    /// Look at a repository.
    pub fn look<T>(&self, full: &str, at: impl FnOnce(&Repo, &State) -> T) -> T {
        let state = self.state();
        at(state.repo(full).unwrap(), &state)
    }

    /// A file's text at a revision, if it is there.
    pub fn file(&self, full: &str, revision: &str, path: &str) -> Option<String> {
        self.look(full, |repo, state| {
            let commit = state.commit_at(repo, revision)?;
            let entry = state.objects.entry(&state.objects.commit(&commit)?.tree, path)?;
            Some(String::from_utf8(state.objects.blob(&entry.oid)?.to_vec()).unwrap())
        })
    }

    /// Where a branch is.
    pub fn head(&self, full: &str, branch: &str) -> Option<Oid> {
        self.look(full, |repo, _| repo.branch(branch).cloned())
    }

    /// The latest status of a context on a commit: its state and its description.
    pub fn status(&self, full: &str, sha: &str, context: &str) -> Option<(String, String)> {
        self.look(full, |repo, _| {
            let latest = repo.latest_statuses(sha);
            let found = latest.iter().find(|status| status.context == context)?;
            Some((found.state.clone(), found.description.clone().unwrap_or_default()))
        })
    }

    /// Whether a document changes something; for those who look at the log.
    pub fn mutates(document: &str) -> bool {
        graph::writes(document)
    }
}

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    output.stdout
}
