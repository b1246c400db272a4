//! A plain git repository as a forge, for people without one: branches and commits are git's own, a pull
//! request and a status are objects under `refs/prod-gate/`.
//!
//! It knows no identities: who may write to the repository can say anything in anybody's name. What is
//! validated here is as good as that, and says so.

mod git;
mod pulls;

use std::path::{Path, PathBuf};

use super::Forge;
use super::error::{ForgeError, Why};
use super::types::{
    Account, AccountKind, Answers, BranchName, ChangeType, ChangedFile, Comment, CommentId, CommitSha,
    CommitStatus, Committed, Ensured, FileAt, FileText, GateBranch, Inquiry, NewCommit, NewPull, PeeledTag,
    PullNumber, PullRequest, PullState, PullSummary, PullText, RepoCommit, RepoName, Review, ReviewState,
    Revision, RunId, TagName, WorkflowRun,
};
use git::{ADDRESS, Repository, With};
use pulls::Stored;

const ME: &str = "prod-gate";
/// How often it is tried again when somebody else wrote at the same time.
const TRIES: usize = 10;

/// A git repository on this machine.
#[derive(Debug, Clone)]
pub struct Local {
    git: Repository,
    name: RepoName,
}

impl Local {
    /// The repository at `path`, bare or with a work tree, which is left alone.
    pub async fn open(path: &Path) -> Result<Self, ForgeError> {
        let doing = format!("open the repository {}", path.display());
        let git = Repository::new(path);
        git.must(&doing, &["rev-parse", "--git-dir"]).await?;
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        Ok(Self { git, name: RepoName::new(path.display().to_string()) })
    }

    /// Put a review on a pull request, in the name of somebody who is taken at their word.
    pub async fn review(
        &self,
        number: PullNumber,
        login: &str,
        state: ReviewState,
        body: &str,
    ) -> Result<(), ForgeError> {
        let doing = format!("review pull request {number} as {login}");
        let head = self.head_of(&doing, number).await?;
        self.change(&doing, number, |stored| stored.review(login, state, &head, body)).await
    }

    fn doing(&self) -> String {
        format!("read {}", self.name)
    }

    async fn head_of(&self, doing: &str, number: PullNumber) -> Result<CommitSha, ForgeError> {
        let (stored, _) = self.stored(doing, number).await?;
        let head = self.git.commit(doing, &format!("refs/heads/{}", stored.head)).await?;
        head.ok_or_else(|| {
            ForgeError::new(doing, Why::NotFound, format!("the branch {} is gone", stored.head))
        })
    }

    /// A bare repository's HEAD says it; the HEAD of a work tree is whatever somebody works on.
    async fn default_branch(&self, doing: &str) -> Result<Option<(BranchName, CommitSha)>, ForgeError> {
        let bare = self.git.must(doing, &["rev-parse", "--is-bare-repository"]).await?;
        let head = self.git.may(doing, &["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        let head = head.map(|head| head.trim().to_owned());
        let usual = ["main", "master"].map(str::to_owned);
        let candidates: Vec<String> = if bare.trim() == "true" {
            head.into_iter().chain(usual).collect()
        } else {
            usual.into_iter().chain(head).collect()
        };
        for name in candidates {
            if let Some(commit) = self.git.commit(doing, &format!("refs/heads/{name}")).await? {
                return Ok(Some((BranchName::new(name), commit)));
            }
        }
        Ok(None)
    }

    async fn head(&self, doing: &str, branch: &BranchName) -> Result<Option<CommitSha>, ForgeError> {
        self.git.commit(doing, &format!("refs/heads/{branch}")).await
    }

    async fn file(
        &self,
        doing: &str,
        file: &FileAt,
        default: Option<&BranchName>,
    ) -> Result<Option<FileText>, ForgeError> {
        let revision = match (&file.at, default) {
            (Revision::DefaultBranch, Some(branch)) | (Revision::Branch(branch), _) => {
                format!("refs/heads/{branch}")
            }
            (Revision::DefaultBranch, None) => return Ok(None),
            (Revision::Commit(commit), _) => commit.to_string(),
        };
        let Some(blob) = self.git.object(doing, &format!("{revision}:{}", file.path)).await? else {
            return Ok(None);
        };
        // A folder is no file.
        let text = self.git.may(doing, &["cat-file", "blob", &blob]).await?;
        Ok(text.map(|text| FileText { text, blob }))
    }

    /// What `head` has and `base` has not, oldest first.
    async fn between(&self, doing: &str, base: &str, head: &str) -> Result<Vec<RepoCommit>, ForgeError> {
        let range = format!("{base}..{head}");
        let format = "--format=%H%x00%P%x00%an%x00%ae%x00%ce";
        let text = self.git.must(doing, &["log", "--no-show-signature", "--reverse", format, &range]).await?;
        let commit = |line: &str| {
            let mut fields = line.split('\0');
            let mut next = || fields.next().unwrap_or_default();
            let (sha, parents, author_name) = (next(), next(), next());
            let mine = next() == ADDRESS && next() == ADDRESS;
            Some(RepoCommit {
                sha: CommitSha::parse(sha)?,
                parents: parents.split_whitespace().count(),
                author: Some(account(if mine { ME } else { author_name })),
                verified: false,
                signed_by_forge: false,
                author_name: author_name.to_owned(),
            })
        };
        Ok(text.lines().filter_map(commit).collect())
    }

    async fn tag(&self, doing: &str, tag: &TagName) -> Result<Option<PeeledTag>, ForgeError> {
        let revision = format!("refs/tags/{tag}");
        let Some(commit) = self.git.commit(doing, &revision).await? else { return Ok(None) };
        let name = self.git.must(doing, &["for-each-ref", "--format=%(taggername)", &revision]).await?;
        let tagger = Some(name.trim()).filter(|name| !name.is_empty()).map(account);
        let object = self.git.object(doing, &revision).await?;
        let annotated = object.is_some_and(|object| object != commit.as_str());
        Ok(Some(PeeledTag { commit, annotated, tagger }))
    }

    /// The tree of `commit` with these files in it, through an index of its own.
    async fn tree(&self, doing: &str, commit: &NewCommit) -> Result<String, ForgeError> {
        let folder =
            tempfile::tempdir().map_err(|error| ForgeError::new(doing, Why::Broken, error.to_string()))?;
        let index = folder.path().join("index");
        let with = |stdin| With { stdin, index: Some(&index) };
        self.git.must_with(doing, &["read-tree", commit.expected_head.as_str()], &with("")).await?;
        for file in &commit.files {
            let blob =
                self.git.must_with(doing, &["hash-object", "-w", "--stdin"], &with(&file.text)).await?;
            let entry = format!("100644,{},{}", blob.trim(), file.path);
            self.git.must_with(doing, &["update-index", "--add", "--cacheinfo", &entry], &with("")).await?;
        }
        Ok(self.git.must_with(doing, &["write-tree"], &with("")).await?.trim().to_owned())
    }

    /// Moving a branch under somebody's work tree would make their files look changed.
    async fn not_checked_out(&self, doing: &str, branch: &BranchName) -> Result<(), ForgeError> {
        let text = self.git.must(doing, &["worktree", "list", "--porcelain"]).await?;
        let line = format!("branch refs/heads/{branch}");
        if text.lines().any(|found| found == line) {
            let said = format!("{branch} is checked out in a work tree; check another branch out there");
            return Err(ForgeError::new(doing, Why::Refused, said));
        }
        Ok(())
    }
}

/// Somebody who is taken at their word.
fn account(login: &str) -> Account {
    Account { login: login.to_owned(), id: None, kind: AccountKind::Other }
}

impl Forge for Local {
    fn repository(&self) -> &RepoName {
        &self.name
    }

    fn vouches(&self) -> bool {
        false
    }

    async fn viewer(&self) -> Result<Option<Account>, ForgeError> {
        Ok(Some(account(ME)))
    }

    async fn ask(&self, inquiry: &Inquiry) -> Result<Answers, ForgeError> {
        let doing = self.doing();
        let default = self.default_branch(&doing).await?;
        let base = inquiry.base.clone().or_else(|| default.as_ref().map(|(name, _)| name.clone()));
        let mut answers = Answers { viewer: Some(account(ME)), ..Answers::default() };
        if let Some(base) = &base {
            answers.base = self.head(&doing, base).await?;
            if let Some(folder) = &inquiry.folder {
                let tree = format!("refs/heads/{base}:{folder}");
                let names = self.git.may(&doing, &["ls-tree", "--name-only", "-z", &tree]).await?;
                let names = names.unwrap_or_default();
                answers.folder =
                    names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            }
        }
        let under = |name: &BranchName| {
            inquiry.open_under.as_ref().is_some_and(|prefix| name.as_str().starts_with(prefix))
        };
        let pulls = self.pulls(&doing, |name| inquiry.branches.contains(name) || under(name)).await?;
        for name in &inquiry.branches {
            let mine = pulls.iter().filter(|pull| pull.head_branch == *name);
            answers.branches.push(GateBranch {
                name: name.clone(),
                head: self.head(&doing, name).await?,
                pulls: mine.cloned().collect(),
            });
        }
        let open = pulls.iter().filter(|pull| pull.state == PullState::Open && under(&pull.head_branch));
        answers.open = open.cloned().collect();
        if let Some((base, head)) = &inquiry.between {
            let (base, head) = (format!("refs/heads/{base}"), format!("refs/heads/{head}"));
            answers.between = self.between(&doing, &base, &head).await?;
        }
        let default_name = default.as_ref().map(|(name, _)| name);
        for file in &inquiry.files {
            answers.files.push(self.file(&doing, file, default_name).await?);
        }
        if let Some(tag) = &inquiry.tag {
            answers.tag = self.tag(&doing, tag).await?;
        }
        if let Some(commit) = &inquiry.statuses_of {
            answers.statuses = self.statuses(&doing, commit).await?.0;
        }
        if let (Some(commit), Some((_, head))) = (&inquiry.on_default, &default) {
            let words = ["merge-base", "--is-ancestor", commit.as_str(), head.as_str()];
            answers.on_default = self.git.may(&doing, &words).await?.is_some();
        }
        answers.default_branch = default;
        Ok(answers)
    }

    async fn pull_request(&self, number: PullNumber) -> Result<PullRequest, ForgeError> {
        let doing = format!("read pull request {number} of {}", self.name);
        let (stored, _) = self.stored(&doing, number).await?;
        let summary = self.summary(&doing, &stored).await?;
        let base = format!("refs/heads/{}", stored.base);
        let commits = self.between(&doing, &base, summary.head.as_str()).await?;
        let range = format!("{base}...{}", summary.head);
        let words = ["diff", "--name-status", "--no-renames", "-z", &range];
        let text = self.git.must(&doing, &words).await?;
        let default_branch = self.default_branch(&doing).await?.map(|(name, _)| name);
        Ok(PullRequest {
            number,
            url: summary.url,
            state: summary.state,
            author: Some(account(ME)),
            same_repository: true,
            head_branch: summary.head_branch,
            statuses: self.statuses(&doing, &summary.head).await?.0,
            head: summary.head,
            base: summary.base,
            title: summary.title,
            body: summary.body,
            files: changed(&text),
            commits,
            reviews: stored.reviews.iter().map(pulls::StoredReview::review).collect::<Vec<Review>>(),
            comments: stored.comments(),
            requested: summary.requested,
            viewer: Some(account(ME)),
            default_branch: default_branch.unwrap_or_else(|| stored.base.clone()),
        })
    }

    async fn workflow_run(&self, _: RunId) -> Result<Option<WorkflowRun>, ForgeError> {
        Ok(None)
    }

    async fn ensure_branch(&self, branch: &BranchName, at: &CommitSha) -> Result<Ensured, ForgeError> {
        let doing = format!("make the branch {branch}");
        let name = format!("refs/heads/{branch}");
        for _ in 0..TRIES {
            if let Some(head) = self.head(&doing, branch).await? {
                return Ok(Ensured::Exists(head));
            }
            if self.git.move_ref(&doing, &name, at.as_str(), "").await? {
                return Ok(Ensured::Created);
            }
        }
        Err(ForgeError::new(doing, Why::Conflict { head: None }, ""))
    }

    async fn commit(&self, commit: &NewCommit) -> Result<Committed, ForgeError> {
        let doing = format!("commit to the branch {}", commit.branch);
        self.not_checked_out(&doing, &commit.branch).await?;
        let tree = self.tree(&doing, commit).await?;
        let message = format!("{}\n\n{}", commit.headline, commit.body);
        let parent = commit.expected_head.as_str();
        let with = With { stdin: message.trim_end(), index: None };
        let made = self.git.must_with(&doing, &["commit-tree", "-p", parent, &tree], &with).await?;
        let sha = CommitSha::parse(made.trim())
            .ok_or_else(|| ForgeError::new(&doing, Why::Broken, format!("git commit-tree: {made}")))?;
        let name = format!("refs/heads/{}", commit.branch);
        if self.git.move_ref(&doing, &name, sha.as_str(), parent).await? {
            return Ok(Committed { sha, url: None });
        }
        let head = self.head(&doing, &commit.branch).await?;
        Err(ForgeError::new(doing, Why::Conflict { head }, ""))
    }

    async fn open_pull(&self, pull: &NewPull) -> Result<PullSummary, ForgeError> {
        let doing = format!("open the pull request for {}", pull.head);
        for _ in 0..TRIES {
            let pulls = self.pulls(&doing, |head| *head == pull.head).await?;
            let same = |found: &PullSummary| found.state == PullState::Open && found.base == pull.base;
            if let Some(found) = pulls.into_iter().find(same) {
                return Ok(found);
            }
            let Some(head) = self.head(&doing, &pull.head).await? else {
                return Err(ForgeError::new(doing, Why::Refused, "there is no such branch"));
            };
            let number = self.numbers(&doing).await?.first().map_or(1, |number| number.0 + 1);
            let stored = Stored::new(PullNumber(number), pull, head);
            if self.store(&doing, &stored, "").await? {
                return self.summary(&doing, &stored).await;
            }
        }
        Err(ForgeError::new(doing, Why::Conflict { head: None }, ""))
    }

    async fn update_pull(&self, number: PullNumber, text: &PullText) -> Result<(), ForgeError> {
        self.change(&format!("update pull request {number}"), number, |stored| {
            stored.title.clone_from(&text.title);
            stored.body.clone_from(&text.body);
        })
        .await
    }

    async fn label(&self, number: PullNumber, labels: &[String]) -> Result<(), ForgeError> {
        self.change(&format!("label pull request {number}"), number, |stored| {
            for label in labels {
                if !stored.labels.contains(label) {
                    stored.labels.push(label.clone());
                }
            }
        })
        .await
    }

    async fn request_review(&self, number: PullNumber, login: &str) -> Result<(), ForgeError> {
        self.change(&format!("ask {login} for a review"), number, |stored| {
            if !stored.requested.iter().any(|asked| asked == login) {
                stored.requested.push(login.to_owned());
            }
        })
        .await
    }

    async fn set_status(&self, commit: &CommitSha, status: &CommitStatus) -> Result<(), ForgeError> {
        let doing = format!("set the status {} on {}", status.context, commit.short());
        for _ in 0..TRIES {
            let (mut statuses, old) = self.statuses(&doing, commit).await?;
            statuses.retain(|found| found.context != status.context);
            statuses.push(status.clone());
            if self.store_statuses(&doing, commit, &statuses, &old).await? {
                return Ok(());
            }
        }
        Err(ForgeError::new(doing, Why::Conflict { head: None }, ""))
    }

    async fn comment(&self, number: PullNumber, body: &str) -> Result<Comment, ForgeError> {
        let doing = format!("comment on pull request {number}");
        self.change(&doing, number, |stored| stored.comments.push(body.to_owned())).await?;
        let (stored, _) = self.stored(&doing, number).await?;
        let comments = stored.comments();
        comments
            .into_iter()
            .rev()
            .find(|comment| comment.body == body)
            .ok_or_else(|| ForgeError::new(doing, Why::Broken, "the comment is gone"))
    }

    async fn edit_comment(&self, id: CommentId, body: &str) -> Result<(), ForgeError> {
        let (number, index) = pulls::place(id);
        let doing = format!("change a comment on pull request {number}");
        self.change(&doing, number, |stored| {
            if let Some(comment) = stored.comments.get_mut(index) {
                body.clone_into(comment);
            }
        })
        .await
    }

    fn file_url(&self, _: &BranchName, _: &super::types::RepoPath) -> Option<String> {
        None
    }

    fn compare_url(&self, _: &NewPull) -> Option<String> {
        None
    }
}

/// `git diff --name-status -z`: a letter, a path, and so on.
fn changed(text: &str) -> Vec<ChangedFile> {
    let fields: Vec<&str> = text.split('\0').collect();
    let pairs = fields.chunks_exact(2);
    pairs
        .map(|pair| ChangedFile {
            path: super::types::RepoPath::new(pair[1]),
            change: match pair[0] {
                "A" => ChangeType::Added,
                "M" => ChangeType::Modified,
                "D" => ChangeType::Deleted,
                _ => ChangeType::Other,
            },
        })
        .collect()
}
