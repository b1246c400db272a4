//! What refs do: they are made, moved forward, and taken away; pull requests follow.

use super::objects::{Commit, Files, Object, Oid, Signature};
use super::refusal::Refusal;
use super::state::{State, Verdict, Verified};

/// Path and bytes; none takes the file away.
pub type Changed = (String, Option<Vec<u8>>);

/// A commit that is to be made of changed files.
pub struct Change<'a> {
    /// What it stands on.
    pub parent: Option<&'a str>,
    /// What is written and taken away; other files stay.
    pub files: &'a [Changed],
    /// What it says.
    pub message: &'a str,
    /// Who wrote it.
    pub author: Signature,
    /// Who made it.
    pub committer: Signature,
    /// Whose signature is on it.
    pub verified: Option<Verified>,
}

impl State {
    /// Make a commit; no ref moves.
    pub fn make_commit(&mut self, change: Change<'_>) -> Oid {
        let mut files: Files = change.parent.map(|parent| self.objects.files_of(parent)).unwrap_or_default();
        for (path, bytes) in change.files {
            match bytes {
                Some(bytes) => {
                    let oid = self.objects.put(Object::Blob(bytes.clone()));
                    let mode = files.get(path).map_or("100644", |(mode, _)| mode).to_owned();
                    files.insert(path.clone(), (mode, oid));
                }
                None => {
                    files.remove(path);
                }
            }
        }
        let tree = self.objects.put_files(&files);
        let gpgsig = change.verified.map(|_| {
            "-----BEGIN PGP SIGNATURE-----\n\nbm90IGEgc2lnbmF0dXJl\n-----END PGP SIGNATURE-----".to_owned()
        });
        let oid = self.objects.put(Object::Commit(Commit {
            tree,
            parents: change.parent.map(str::to_owned).into_iter().collect(),
            author: change.author,
            committer: change.committer,
            gpgsig,
            message: change.message.to_owned(),
        }));
        if let Some(verified) = change.verified {
            self.verified.insert(oid.clone(), verified);
        }
        oid
    }

    /// Make a ref; it must be new and its object known.
    pub fn create_ref(&mut self, full: &str, name: &str, oid: &str) -> Result<(), Refusal> {
        let shaped = name.starts_with("refs/") && name.matches('/').count() >= 2;
        if !shaped || name.contains("..") || name.contains([' ', '~', '^', ':', '\\']) {
            return Err(Refusal::unprocessable(format!("{name} is not a valid ref name.")));
        }
        if self.repo(full)?.refs.contains_key(name) {
            return Err(Refusal::unprocessable("Reference already exists"));
        }
        if self.objects.get(oid).is_none() {
            return Err(Refusal::unprocessable("Object does not exist"));
        }
        // `a` and `a/b` cannot both be files in git's folder of refs.
        let clash =
            self.repo(full)?.refs.keys().any(|other| {
                other.starts_with(&format!("{name}/")) || name.starts_with(&format!("{other}/"))
            });
        if clash {
            return Err(Refusal::unprocessable("Reference name conflicts with an existing reference"));
        }
        self.repo_mut(full)?.refs.insert(name.to_owned(), oid.to_owned());
        self.lag.wrote(format!("{full} {name}"));
        self.followed(full, name)
    }

    /// Move a ref, forward only unless forced.
    pub fn update_ref(&mut self, full: &str, name: &str, oid: &str, force: bool) -> Result<(), Refusal> {
        let old = self.repo(full)?.refs.get(name).cloned();
        let old = old.ok_or_else(|| Refusal::unprocessable("Reference does not exist"))?;
        if self.objects.get(oid).is_none() {
            return Err(Refusal::unprocessable("Object does not exist"));
        }
        if !force && !self.objects.stands_on(oid, &old) {
            return Err(Refusal::unprocessable("Update is not a fast forward"));
        }
        self.repo_mut(full)?.refs.insert(name.to_owned(), oid.to_owned());
        self.followed(full, name)
    }

    /// Take a ref away; open pull requests from it are closed.
    pub fn delete_ref(&mut self, full: &str, name: &str) -> Result<(), Refusal> {
        let repo = self.repo_mut(full)?;
        if repo.refs.remove(name).is_none() {
            return Err(Refusal::unprocessable("Reference does not exist"));
        }
        let Some(branch) = name.strip_prefix("refs/heads/") else { return Ok(()) };
        for repo in &mut self.repos {
            for pull in &mut repo.pulls {
                pull.open &= !(pull.head_repo.eq_ignore_ascii_case(full) && pull.head == branch);
            }
        }
        Ok(())
    }

    /// Refuse a push that the branch's rules refuse.
    pub fn may_push(&self, full: &str, branch: &str) -> Result<(), Refusal> {
        if self.repo(full)?.protection(branch).is_some_and(|rule| rule.refuse_pushes) {
            return Err(Refusal::unprocessable(
                "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
            ));
        }
        Ok(())
    }

    /// What happens when a branch is new or elsewhere: its open pull requests show the new head, lose
    /// approvals where the rules say so, and those whose commits the base now has are merged.
    fn followed(&mut self, full: &str, name: &str) -> Result<(), Refusal> {
        let Some(branch) = name.strip_prefix("refs/heads/") else { return Ok(()) };
        let at = self.repo(full)?.refs[name].clone();
        let now = self.tick();
        let mut dismissed = Vec::new();
        for repo in &self.repos {
            for pull in repo.pulls.iter().filter(|pull| pull.open && pull.head == branch) {
                let rule = repo.protection(&pull.base).filter(|rule| rule.dismiss_stale);
                let Some(rule) = rule else { continue };
                let base = repo.branch(&pull.base);
                if pull.head_repo.eq_ignore_ascii_case(full)
                    && base.is_some_and(|base| self.diff(base, &pull.head_sha) != self.diff(base, &at))
                {
                    dismissed.push((rule.dismiss_after, repo.full(), pull.number, at.clone()));
                }
            }
        }
        for repo in &mut self.repos {
            let here = repo.full().eq_ignore_ascii_case(full);
            for pull in repo.pulls.iter_mut().filter(|pull| pull.open) {
                if pull.head == branch && pull.head_repo.eq_ignore_ascii_case(full) && pull.head_sha != at {
                    pull.head_sha.clone_from(&at);
                    pull.updated_at = now;
                }
                if here && pull.base == branch && self.objects.stands_on(&at, &pull.head_sha) {
                    pull.open = false;
                    pull.merged = Some(at.clone());
                }
            }
        }
        self.doomed.extend(dismissed);
        self.dismiss_doomed(0)
    }

    /// So many more requests were answered: approvals whose time has come are taken back.
    pub fn dismiss_doomed(&mut self, answered: u32) -> Result<(), Refusal> {
        let mut later = Vec::new();
        for (left, full, number, push) in std::mem::take(&mut self.doomed) {
            let left = left.saturating_sub(answered);
            if left > 0 {
                later.push((left, full, number, push));
                continue;
            }
            let pull = self.repo(&full)?.pull(number)?;
            // What was given for the new head stays.
            let stale = pull.reviews.iter().filter(|review| {
                review.verdict == Verdict::Approved && review.commit.as_ref() != Some(&push)
            });
            let stale: Vec<u64> = stale.map(|review| review.id).collect();
            for review in stale {
                self.take_back(&full, number, review, None, Some(&push))?;
            }
        }
        self.doomed = later;
        Ok(())
    }
}
