//! What happens to pull requests, by GitHub's rules.

use std::collections::BTreeSet;

use serde_json::json;

use super::objects::Oid;
use super::refusal::Refusal;
use super::state::{Comment, Dismissal, Level, Pull, Review, State, Token, TokenKind, Verdict};

/// The most characters of a body or a comment.
const LONGEST: usize = 65_536;

/// A file that differs: its path, blob before and blob after.
pub type Differs = (String, Option<Oid>, Option<Oid>);

/// A pull request to be opened.
pub struct NewPull<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub body: &'a str,
    /// `branch` or `owner:branch`.
    pub head: &'a str,
    /// A branch.
    pub base: &'a str,
    /// Not ready.
    pub draft: bool,
}

impl State {
    /// What a pull request changes: from where both sides were one to its head.
    pub fn diff(&self, base: &str, head: &str) -> Vec<Differs> {
        let from = self.objects.merge_base(head, base);
        let before = from.map(|from| self.objects.files_of(&from)).unwrap_or_default();
        let after = self.objects.files_of(head);
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .map(|path| {
                let blob = |files: &super::objects::Files| files.get(path).map(|(_, oid)| oid.clone());
                (path.clone(), blob(&before), blob(&after))
            })
            .collect()
    }

    /// The commit that a pull request's changes are counted from.
    pub fn pull_base(&self, full: &str, pull: &Pull) -> Oid {
        let live = self.repo(full).ok().and_then(|repo| repo.branch(&pull.base));
        if pull.open { live.cloned().unwrap_or_else(|| pull.base_sha.clone()) } else { pull.base_sha.clone() }
    }

    /// Open one; returns its number.
    pub fn open_pull(&mut self, caller: &Token, full: &str, new: &NewPull<'_>) -> Result<u64, Refusal> {
        let repo = self.repo(full)?;
        let (owner, branch) = new.head.split_once(':').unwrap_or((&repo.owner, new.head));
        let from = if owner.eq_ignore_ascii_case(&repo.owner) {
            Some(repo)
        } else {
            self.repos.iter().find(|fork| {
                fork.owner.eq_ignore_ascii_case(owner)
                    && fork.fork_of.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(full))
            })
        };
        let Some((head_repo, head)) = from.and_then(|from| Some((from.full(), from.branch(branch)?.clone())))
        else {
            return Err(Refusal::field("PullRequest", "head", "invalid"));
        };
        let Some(base) = repo.branch(new.base).cloned() else {
            return Err(Refusal::field("PullRequest", "base", "invalid"));
        };
        if caller.kind == TokenKind::Actions && !repo.actions_open_pulls {
            return Err(Refusal::forbidden(
                "GitHub Actions is not permitted to create or approve pull requests.",
            ));
        }
        let twin = repo.pulls.iter().any(|pull| {
            pull.open && pull.head == branch && pull.base == new.base && pull.head_repo == head_repo
        });
        if twin {
            return Err(Refusal::custom(
                "PullRequest",
                &format!("A pull request already exists for {owner}:{branch}."),
            ));
        }
        if self.objects.between(&base, &head).is_empty() {
            return Err(Refusal::custom(
                "PullRequest",
                &format!("No commits between {} and {branch}", new.base),
            ));
        }
        check_text(Some(new.title), Some(new.body))?;
        let (id, now) = (self.fresh_id(), self.tick());
        let (title, body, head_name, base_name) =
            (new.title.to_owned(), new.body.to_owned(), branch.to_owned(), new.base.to_owned());
        let author = caller.login.clone();
        let draft = new.draft;
        let repo = self.repo_mut(full)?;
        let number = repo.pulls.iter().map(|pull| pull.number).max().unwrap_or(0) + 1;
        repo.pulls.push(Pull {
            number,
            id,
            title,
            body,
            author,
            head_repo,
            head: head_name,
            head_sha: head,
            base: base_name,
            base_sha: base,
            open: true,
            merged: None,
            draft,
            labels: Vec::new(),
            requested: Vec::new(),
            requested_teams: Vec::new(),
            reviews: Vec::new(),
            dismissals: Vec::new(),
            comments: Vec::new(),
            created_at: now,
            updated_at: now,
        });
        self.lag.wrote(format!("{full} pull {number}"));
        Ok(number)
    }

    /// Change its texts; open or close it.
    pub fn update_pull(
        &mut self,
        full: &str,
        number: u64,
        title: Option<&str>,
        body: Option<&str>,
        open: Option<bool>,
    ) -> Result<(), Refusal> {
        check_text(title, body)?;
        let now = self.tick();
        let pull = self.repo_mut(full)?.pull_mut(number)?;
        if pull.merged.is_some() && open == Some(true) {
            return Err(Refusal::custom(
                "PullRequest",
                "state cannot be changed. The pull request was merged.",
            ));
        }
        if let Some(title) = title {
            title.clone_into(&mut pull.title);
        }
        if let Some(body) = body {
            body.clone_into(&mut pull.body);
        }
        pull.open = open.unwrap_or(pull.open);
        pull.updated_at = now;
        Ok(())
    }

    /// Ask people and teams for a review: all of them or nobody.
    pub fn request_reviews(
        &mut self,
        caller: &Token,
        full: &str,
        number: u64,
        people: &[String],
        teams: &[String],
    ) -> Result<(), Refusal> {
        let repo = self.repo(full)?;
        let pull = repo.pull(number)?;
        if people.iter().any(|login| login.eq_ignore_ascii_case(&pull.author)) {
            return Err(Refusal::unprocessable("Review cannot be requested from pull request author."));
        }
        // An organisation's token alone sees its teams.
        if !teams.is_empty() && caller.kind == TokenKind::Actions {
            return Err(Refusal::unprocessable(
                "Could not resolve to a node with the global id of 'T_kwDOAAAAAA4AAAAA'.",
            ));
        }
        let strangers = people.iter().any(|login| {
            self.user(login).is_none()
                || !repo.owner.eq_ignore_ascii_case(login)
                    && !repo.collaborators.keys().any(|who| who.eq_ignore_ascii_case(login))
        }) || teams.iter().any(|team| !repo.teams.contains(team));
        if strangers {
            let full = repo.full();
            return Err(Refusal::unprocessable(format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you \
                 specified is not a collaborator of the {full} repository."
            )));
        }
        let logins: Vec<String> =
            people.iter().filter_map(|login| Some(self.user(login)?.login.clone())).collect();
        let pull = self.repo_mut(full)?.pull_mut(number)?;
        add(&mut pull.requested, logins);
        add(&mut pull.requested_teams, teams.to_vec());
        Ok(())
    }

    /// Give a review; returns its number.
    pub fn review(
        &mut self,
        caller: &Token,
        full: &str,
        number: u64,
        verdict: Verdict,
        body: &str,
        commit: Option<&str>,
    ) -> Result<u64, Refusal> {
        check_text(None, Some(body))?;
        let repo = self.repo(full)?;
        let pull = repo.pull(number)?;
        let own = pull.author.eq_ignore_ascii_case(&caller.login);
        let no = match verdict {
            Verdict::Approved if own => Some("Can not approve your own pull request"),
            Verdict::ChangesRequested if own => Some("Can not request changes on your own pull request"),
            _ => None,
        };
        if let Some(no) = no {
            let refusal = Refusal::unprocessable("Unprocessable Entity");
            return Err(Refusal { errors: vec![json!(no)], ..refusal });
        }
        if verdict == Verdict::Approved && caller.kind == TokenKind::Actions && !repo.actions_open_pulls {
            return Err(Refusal::unprocessable("GitHub Actions is not permitted to approve pull requests."));
        }
        let head = pull.head_sha.clone();
        let known = self.objects.between(&self.pull_base(full, pull), &head);
        let commit = commit.map_or(head, str::to_owned);
        if self.objects.commit(&commit).is_none() || (pull.open && !known.contains(&commit)) {
            return Err(Refusal::field("PullRequestReview", "commit_id", "invalid"));
        }
        let (id, now) = (self.fresh_id(), self.tick());
        let (author, body) = (caller.login.clone(), body.to_owned());
        let pull = self.repo_mut(full)?.pull_mut(number)?;
        pull.requested.retain(|login| !login.eq_ignore_ascii_case(&author));
        pull.reviews.push(Review {
            id,
            author: Some(author),
            verdict,
            body,
            commit: Some(commit),
            submitted_at: now,
            editor: None,
        });
        pull.updated_at = now;
        Ok(id)
    }

    /// Take a review back: who may write may, and a push by the rules of the branch.
    pub fn take_back(
        &mut self,
        full: &str,
        number: u64,
        id: u64,
        by: Option<&str>,
        push: Option<&str>,
    ) -> Result<(), Refusal> {
        let (own, at) = (self.fresh_id(), self.tick());
        let pull = self.repo_mut(full)?.pull_mut(number)?;
        let review = pull.reviews.iter_mut().find(|review| review.id == id).ok_or_else(Refusal::not_found)?;
        if !matches!(review.verdict, Verdict::Approved | Verdict::ChangesRequested) {
            return Err(Refusal::unprocessable("Can not dismiss a commented pull request review"));
        }
        let was = std::mem::replace(&mut review.verdict, Verdict::Dismissed);
        let (actor, commit) = (by.map(str::to_owned), push.map(str::to_owned));
        pull.dismissals.push(Dismissal { id: own, review: id, actor, commit, was, at });
        Ok(())
    }

    /// Write a comment; returns its number.
    pub fn comment(&mut self, caller: &Token, full: &str, number: u64, body: &str) -> Result<u64, Refusal> {
        check_comment(body)?;
        self.repo(full)?.pull(number)?;
        let (id, now) = (self.fresh_id(), self.tick());
        let (author, body) = (caller.login.clone(), body.to_owned());
        let comment = Comment { id, author, body, created_at: now, updated_at: now };
        self.repo_mut(full)?.pull_mut(number)?.comments.push(comment);
        Ok(id)
    }

    /// Change a comment: its author may, and who may write.
    pub fn edit_comment(&mut self, caller: &Token, full: &str, id: u64, body: &str) -> Result<(), Refusal> {
        check_comment(body)?;
        let now = self.tick();
        let writes = caller.kind == TokenKind::Personal && self.role(full, &caller.login)? >= Level::Write;
        let comments = self.repo_mut(full)?.pulls.iter_mut().flat_map(|pull| &mut pull.comments);
        let comment = comments.into_iter().find(|comment| comment.id == id).ok_or_else(Refusal::not_found)?;
        if comment.author != caller.login && !writes {
            return Err(Refusal::forbidden("Resource not accessible by integration"));
        }
        body.clone_into(&mut comment.body);
        comment.updated_at = now;
        Ok(())
    }

    /// Put labels on it; unknown ones are made.
    pub fn label(&mut self, full: &str, number: u64, labels: &[String]) -> Result<(), Refusal> {
        if labels.iter().any(|label| label.chars().count() > 50) {
            return Err(Refusal::too_long("Label", "name", 50));
        }
        let repo = self.repo_mut(full)?;
        add(&mut repo.pull_mut(number)?.labels, labels.to_vec());
        add(&mut repo.labels, labels.to_vec());
        Ok(())
    }
}

fn add(to: &mut Vec<String>, new: Vec<String>) {
    for text in new {
        if !to.contains(&text) {
            to.push(text);
        }
    }
}

fn check_text(title: Option<&str>, body: Option<&str>) -> Result<(), Refusal> {
    if title.is_some_and(|title| title.trim().is_empty()) {
        return Err(Refusal::field("PullRequest", "title", "missing_field"));
    }
    if title.is_some_and(|title| title.chars().count() > 256) {
        return Err(Refusal::too_long("PullRequest", "title", 256));
    }
    if body.is_some_and(|body| body.chars().count() > LONGEST) {
        return Err(Refusal::too_long("Issue", "body", LONGEST));
    }
    Ok(())
}

fn check_comment(body: &str) -> Result<(), Refusal> {
    if body.trim().is_empty() {
        return Err(Refusal::field("IssueComment", "body", "missing_field"));
    }
    if body.chars().count() > LONGEST {
        return Err(Refusal::too_long("IssueComment", "body", LONGEST));
    }
    Ok(())
}
