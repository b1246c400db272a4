//! Acting as somebody: what people do with a mouse or with git.

use serde_json::{Value, json};

use super::branches::Change;
use super::objects::{Commit, Object, Oid, Tag};
use super::pulls::NewPull;
use super::refusal::Refusal;
use super::rest::{github, view};
use super::state::{Kind, Level, Pull, Repo, State, Token, TokenKind, Verdict, Verified};
use super::{GitHub, contract};

/// Somebody with an account.
pub struct Person<'a> {
    pub(super) github: &'a GitHub,
    /// Who.
    pub login: String,
}

impl State {
    /// Merge an open pull request with a merge commit; returns that.
    pub fn merge(&mut self, full: &str, number: u64, by: &str) -> Result<Oid, Refusal> {
        let pull = self.repo(full)?.pull(number)?.clone();
        let base = self.repo(full)?.branch(&pull.base).cloned().ok_or_else(Refusal::not_found)?;
        let mut files = self.objects.files_of(&base);
        for (path, _, after) in self.diff(&base, &pull.head_sha) {
            match after {
                Some(oid) => files.insert(path, ("100644".to_owned(), oid)),
                None => files.remove(&path),
            };
        }
        let tree = self.objects.put_files(&files);
        let author = self.signature(by);
        let oid = self.objects.put(Object::Commit(Commit {
            tree,
            parents: vec![base, pull.head_sha.clone()],
            committer: github(author.at),
            author,
            gpgsig: Some("-----BEGIN PGP SIGNATURE-----".to_owned()),
            message: format!("Merge pull request #{number} from {}\n", pull.head),
        }));
        self.verified.insert(oid.clone(), Verified { by_github: true });
        self.update_ref(full, &format!("refs/heads/{}", pull.base), &oid, false)?;
        Ok(oid)
    }
}

impl<'a> Person<'a> {
    fn token(&self) -> Token {
        Token {
            secret: String::new(),
            login: self.login.clone(),
            kind: TokenKind::Personal,
            repository: None,
            permissions: std::collections::BTreeMap::default(),
        }
    }

    /// Push a commit with this file to a branch, which is made at the default branch's head where it is
    /// missing. The commit is not signed. Returns it.
    pub fn push(&self, full: &str, branch: &str, path: &str, text: &str) -> Oid {
        self.push_files(full, branch, &[(path, Some(text))], &self.login, None)
    }

    /// The same with several files, those without a text taken away; `author` is whose name stands in the commit,
    /// which anybody may write; `verified` says whether GitHub holds it for signed.
    pub fn push_files(
        &self,
        full: &str,
        branch: &str,
        files: &[(&str, Option<&str>)],
        author: &str,
        verified: Option<Verified>,
    ) -> Oid {
        let mut state = self.github.state();
        let name = format!("refs/heads/{branch}");
        let repo = state.repo(full).unwrap();
        let parent = repo.branch(branch).or_else(|| repo.branch(&repo.default_branch)).cloned();
        let exists = repo.branch(branch).is_some();
        let author = state.signature(author);
        let committer =
            if verified.is_some_and(|it| it.by_github) { github(author.at) } else { author.clone() };
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.map(|text| text.as_bytes().to_vec())))
            .collect();
        let oid = state.make_commit(Change {
            parent: parent.as_deref(),
            files: &files,
            message: "By hand\n",
            author,
            committer,
            verified,
        });
        let moved = if exists {
            state.update_ref(full, &name, &oid, false)
        } else {
            state.create_ref(full, &name, &oid)
        };
        moved.unwrap();
        oid
    }

    /// Edit a file on the web: the commit is this person's, and GitHub signs it.
    pub fn edit_on_the_web(&self, full: &str, branch: &str, path: &str, text: &str) -> Oid {
        let verified = Some(Verified { by_github: true });
        self.push_files(full, branch, &[(path, Some(text))], &self.login, verified)
    }

    /// Make or move a branch or tag by force: `refs/heads/main`.
    pub fn force(&self, full: &str, name: &str, oid: &str) {
        let mut state = self.github.state();
        if state.repo(full).unwrap().refs.contains_key(name) {
            state.update_ref(full, name, oid, true).unwrap();
        } else {
            state.create_ref(full, name, oid).unwrap();
        }
    }

    /// Take a branch away.
    pub fn delete_branch(&self, full: &str, branch: &str) {
        self.github.state().delete_ref(full, &format!("refs/heads/{branch}")).unwrap();
    }

    /// Make an annotated tag; returns the tag object.
    pub fn tag(&self, full: &str, name: &str, commit: &str) -> Oid {
        let mut state = self.github.state();
        let tagger = state.signature(&self.login);
        let oid = state.objects.put(Object::Tag(Tag {
            object: commit.to_owned(),
            kind: "commit".to_owned(),
            name: name.to_owned(),
            tagger,
            message: format!("{name}\n"),
        }));
        state.create_ref(full, &format!("refs/tags/{name}"), &oid).unwrap();
        oid
    }

    /// Copy a repository into this person's account; returns the copy's full name.
    pub fn fork(&self, full: &str) -> String {
        let mut state = self.github.state();
        let id = state.fresh_id();
        let of = state.repo(full).unwrap();
        let copy = Repo {
            id,
            owner: self.login.clone(),
            fork_of: Some(of.full()),
            collaborators: std::collections::BTreeMap::default(),
            protections: Vec::new(),
            pulls: Vec::new(),
            statuses: Vec::new(),
            runs: Vec::new(),
            ..of.clone()
        };
        let full = copy.full();
        state.repos.push(copy);
        full
    }

    /// Open a pull request from `branch` or `owner:branch`; returns its number.
    pub fn open_pull(&self, full: &str, head: &str, base: &str, body: &str) -> u64 {
        let new = NewPull { title: "By hand", body, head, base, draft: false };
        self.github.state().open_pull(&self.token(), full, &new).unwrap()
    }

    /// Give a review of the head; returns its number.
    pub fn review(&self, full: &str, number: u64, verdict: Verdict, body: &str) -> u64 {
        self.try_review(full, number, verdict, body, None).unwrap()
    }

    /// Give a review of a commit; returns its number.
    pub fn review_of(&self, full: &str, number: u64, verdict: Verdict, body: &str, commit: &str) -> u64 {
        self.try_review(full, number, verdict, body, Some(commit)).unwrap()
    }

    /// The same; what GitHub says where it refuses.
    pub fn try_review(
        &self,
        full: &str,
        number: u64,
        verdict: Verdict,
        body: &str,
        commit: Option<&str>,
    ) -> Result<u64, Refusal> {
        self.github.state().review(&self.token(), full, number, verdict, body, commit)
    }

    /// Change what a review says, not what it decides.
    pub fn edit_review(&self, full: &str, number: u64, id: u64, body: &str) {
        let mut state = self.github.state();
        let pull = state.repo_mut(full).unwrap().pull_mut(number).unwrap();
        let review = pull.reviews.iter_mut().find(|review| review.id == id).unwrap();
        body.clone_into(&mut review.body);
        review.editor = Some(self.login.clone());
    }

    /// Take a review back.
    pub fn dismiss(&self, full: &str, number: u64, id: u64) {
        self.github.state().take_back(full, number, id, Some(&self.login), None).unwrap();
    }

    /// Write a comment; returns its number.
    pub fn comment(&self, full: &str, number: u64, body: &str) -> u64 {
        self.github.state().comment(&self.token(), full, number, body).unwrap()
    }

    /// Close a pull request.
    pub fn close(&self, full: &str, number: u64) {
        self.github.state().update_pull(full, number, None, None, Some(false)).unwrap();
    }

    /// Open a closed pull request again.
    pub fn reopen(&self, full: &str, number: u64) {
        self.github.state().update_pull(full, number, None, None, Some(true)).unwrap();
    }

    /// Merge a pull request; returns the merge commit.
    pub fn merge(&self, full: &str, number: u64) -> Oid {
        self.github.state().merge(full, number, &self.login).unwrap()
    }

    /// May write to this repository from now on.
    #[must_use]
    pub fn who_writes(self, full: &str) -> Person<'a> {
        self.github.collaborator(full, &self.login, Level::Write);
        self
    }
}

impl GitHub {
    /// What GitHub sends for a review: `submitted`, `edited`, `dismissed`.
    pub fn review_event(&self, full: &str, number: u64, id: u64, action: &str) -> Value {
        let state = self.state();
        let repo = state.repo(full).unwrap();
        let pull = repo.pull(number).unwrap();
        let found = pull.reviews.iter().find(|review| review.id == id).unwrap();
        let mut review = view::review(&state, full, pull, found);
        // Unlike REST.
        review["state"] = json!(found.verdict.word().to_lowercase());
        let sender = found.author.clone().unwrap_or_else(|| pull.author.clone());
        let mut payload = json!({
            "action": action,
            "review": review,
            "pull_request": pull_in_event(&state, full, pull),
            "repository": repo_in_event(&state, repo),
            "sender": sender_of(&state, &sender),
        });
        if action == "edited" {
            payload["changes"] = json!({ "body": { "from": "" } });
        }
        self.checked(&format!("pull_request_review${action}"), payload)
    }

    /// What GitHub sends when a tag or branch is new: `refs/tags/v1.0.0`.
    pub fn push_event(&self, full: &str, name: &str, by: &str) -> Value {
        let state = self.state();
        let repo = state.repo(full).unwrap();
        // For an annotated tag, the tag object.
        let after = repo.refs[name].clone();
        let commit = state.objects.peel(&after);
        let made = state.objects.commit(&commit).unwrap();
        let person = |of: &super::objects::Signature| json!({ "name": of.name, "email": of.email });
        let payload = json!({
            "ref": name,
            "before": "0000000000000000000000000000000000000000",
            "after": after,
            "created": true,
            "deleted": false,
            "forced": false,
            "base_ref": null,
            "compare": view::page(&format!("{full}/compare/{name}")),
            "commits": [],
            "head_commit": {
                "id": commit,
                "tree_id": made.tree,
                "message": made.message.trim_end(),
                "timestamp": super::state::time(made.committer.at),
                "url": view::page(&format!("{full}/commit/{commit}")),
                "author": person(&made.author),
                "committer": person(&made.committer),
                "distinct": true,
                "added": [],
                "removed": [],
                "modified": [],
            },
            "repository": repo_in_event(&state, repo),
            "pusher": { "name": by, "email": "" },
            "sender": sender_of(&state, by),
        });
        self.checked("push$event", payload)
    }

    fn checked(&self, name: &str, mut payload: Value) -> Value {
        for wrong in contract::webhooks::check(name, &mut payload) {
            self.shared.violation(&format!("the payload {name}: {wrong}"));
        }
        payload
    }
}

fn sender_of(state: &State, login: &str) -> Value {
    let mut user = view::user(state, login);
    if let Some(known) = state.user(login) {
        user["type"] = json!(match known.kind {
            Kind::Bot => "Bot",
            Kind::Organization => "Organization",
            Kind::User => "User",
        });
    }
    user
}

fn repo_in_event(state: &State, repo: &Repo) -> Value {
    view::repo(state, repo)
}

fn pull_in_event(state: &State, full: &str, pull: &Pull) -> Value {
    view::pull(state, full, pull, false).unwrap()
}
