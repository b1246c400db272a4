//! The repository, through the git command line: what people use, with their settings and credentials.

mod tree;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::model::{Cause, CauseCode, CommitLine};
pub use tree::{EntryKind, TreeEntry};

/// A fetch from a slow remote may take this long; everything else is local and quicker.
const GIT_DEADLINE: Duration = Duration::from_secs(120);

/// A repository, asked by `git -C`.
#[derive(Debug, Clone)]
pub struct Git {
    directory: PathBuf,
}

struct GitOutput<T> {
    ok: bool,
    stdout: T,
    stderr: String,
}

/// A tag as git knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// Whether it is an object of its own, with a tagger and a message.
    pub annotated: bool,
    /// Who made it, for an annotated one.
    pub tagger: Option<String>,
    pub message: Option<String>,
}

/// A file of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchFile {
    pub path: String,
    /// Its text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl Git {
    /// The work tree at `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether it is a work tree at all. An error is what git says where it cannot tell: it is not installed,
    /// or refuses a folder that belongs to somebody else.
    pub(crate) async fn is_repository(&self) -> Result<bool, Cause> {
        let output = self.run(&["rev-parse", "--git-dir"]).await?;
        if output.ok || output.stderr.contains("not a git repository") {
            return Ok(output.ok);
        }
        Err(Cause::new(CauseCode::Git, format!("git: {}", said(&output.stderr))))
    }

    /// The commit that `revision` names, annotated tags peeled; none when there is no such revision.
    pub async fn commit(&self, revision: &str) -> Result<Option<String>, Cause> {
        let revision = format!("{revision}^{{commit}}");
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &revision]).await?;
        Ok(output.ok.then(|| output.stdout.trim().to_owned()).filter(|sha| !sha.is_empty()))
    }

    /// Bring the tag from `origin` as it is there: a checkout may have made it lightweight.
    pub(crate) async fn fetch_tag(&self, tag: &str) -> Result<(), Cause> {
        let refspec = format!("refs/tags/{tag}:refs/tags/{tag}");
        self.must(&["fetch", "--force", "--no-tags", "--quiet", "origin", &refspec]).await.map(drop)
    }

    /// Whether there is a remote called `origin`.
    pub(crate) async fn has_origin(&self) -> bool {
        self.run(&["remote", "get-url", "origin"]).await.is_ok_and(|output| output.ok)
    }

    /// The address of the remote called `origin`.
    pub async fn origin(&self) -> Option<String> {
        let output = self.run(&["remote", "get-url", "origin"]).await.ok().filter(|output| output.ok)?;
        Some(output.stdout.trim().to_owned())
    }

    /// Whether history is cut off.
    pub(crate) async fn is_shallow(&self) -> Result<bool, Cause> {
        Ok(self.must(&["rev-parse", "--is-shallow-repository"]).await?.trim() == "true")
    }

    /// Fetch the rest of history.
    pub(crate) async fn deepen(&self) -> Result<(), Cause> {
        self.must(&["fetch", "--unshallow", "--tags", "--quiet", "origin"])
            .await
            .map(drop)
            .map_err(|cause| Cause::new(CauseCode::ShallowClone, cause.detail))
    }

    pub async fn tag(&self, tag: &str) -> Result<Tag, Cause> {
        let format =
            "%(objecttype)%00%(taggername) %(taggeremail)%00%(contents:subject)%0a%0a%(contents:body)";
        let format = format!("--format={format}");
        let text = self.must(&["for-each-ref", &format, &format!("refs/tags/{tag}")]).await?;
        let mut fields = text.splitn(3, '\0');
        let annotated = fields.next() == Some("tag");
        let some = |text: Option<&str>| {
            text.map(str::trim).filter(|text| annotated && !text.is_empty()).map(str::to_owned)
        };
        Ok(Tag { annotated, tagger: some(fields.next()), message: some(fields.next()) })
    }

    /// The tags that name this commit and match the glob, the lowest version first.
    pub(crate) async fn tags_at(&self, commit: &str, glob: &str) -> Result<Vec<String>, Cause> {
        let text =
            self.must(&["tag", "--points-at", commit, "--sort=version:refname", "--list", glob]).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The nearest ancestor of `commit`, itself left out, that has a tag matching the glob.
    pub(crate) async fn nearest_tag(&self, commit: &str, glob: &str) -> Result<Option<String>, Cause> {
        let mut from = commit.to_owned();
        // `describe` starts at the commit it is given, so it is given the parent.
        if self.commit(&format!("{commit}^")).await?.is_none() {
            return Ok(None);
        }
        from.push('^');
        let output = self.run(&["describe", "--tags", "--abbrev=0", "--match", glob, &from]).await?;
        Ok(output.ok.then(|| output.stdout.trim().to_owned()))
    }

    /// Whether `old` is `new` or an ancestor of it.
    pub(crate) async fn is_ancestor(&self, old: &str, new: &str) -> Result<bool, Cause> {
        Ok(self.run(&["merge-base", "--is-ancestor", old, new]).await?.ok)
    }

    /// The commits that `to` has and `from` has not, newest first, `most` at most, and their whole number.
    pub async fn log(&self, from: &str, to: &str, most: usize) -> Result<(Vec<CommitLine>, u64), Cause> {
        let range = format!("{from}..{to}");
        let count = self.must(&["rev-list", "--count", &range]).await?;
        let most = format!("--max-count={most}");
        let text = self.must(&["log", "--no-show-signature", "--format=%h%x00%s", &most, &range]).await?;
        let commits = text
            .lines()
            .filter_map(|line| line.split_once('\0'))
            .map(|(sha, subject)| CommitLine { sha: sha.to_owned(), subject: subject.to_owned() })
            .collect();
        Ok((commits, count.trim().parse().unwrap_or_default()))
    }

    /// Files changed and not committed, as `git status --porcelain` tells them.
    pub async fn dirty(&self) -> Result<Vec<String>, Cause> {
        let text = self.must(&["status", "--porcelain", "--untracked-files=no"]).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The branch that is checked out; none where a commit is.
    pub async fn branch(&self) -> Result<Option<String>, Cause> {
        let output = self.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        Ok(output.ok.then(|| output.stdout.trim().to_owned()))
    }

    pub async fn blob(&self, file: &Path) -> Option<String> {
        let file = std::path::absolute(file).ok()?;
        let output = self.run(&["hash-object", "--", file.to_str()?]).await.ok()?;
        output.ok.then(|| output.stdout.trim().to_owned())
    }

    /// The default branch as a revision: `origin`'s, else a local `main` or `master`, else `HEAD`.
    pub async fn default_branch(&self) -> String {
        if let Ok(output) = self.run(&["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]).await
            && output.ok
        {
            return output.stdout.trim().to_owned();
        }
        for candidate in
            ["refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"]
        {
            if self.commit(candidate).await.is_ok_and(|found| found.is_some()) {
                return candidate.to_owned();
            }
        }
        "HEAD".to_owned()
    }

    /// The remote's branches whose name begins so.
    pub(crate) async fn remote_branches(&self, prefix: &str) -> Result<Vec<String>, Cause> {
        let pattern = format!("refs/remotes/origin/{prefix}");
        let text = self.must(&["for-each-ref", "--format=%(refname)", &pattern]).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The files directly in `folder` of a branch whose names begin and end so, with their text.
    pub async fn files(
        &self,
        branch: &str,
        folder: &str,
        (prefix, suffix): (&str, &str),
    ) -> Result<Vec<BranchFile>, Cause> {
        let tree = format!("{branch}:{folder}");
        let listing = self.run(&["ls-tree", "--name-only", "-z", "--end-of-options", &tree]).await?;
        let mut files = Vec::new();
        if !listing.ok {
            return Ok(files); // no such folder in that branch
        }
        let names =
            listing.stdout.split('\0').filter(|name| name.starts_with(prefix) && name.ends_with(suffix));
        for name in names {
            let object = format!("{tree}/{name}");
            let text = self.must(&["cat-file", "blob", &object]).await?;
            files.push(BranchFile { path: format!("{folder}/{name}"), text });
        }
        Ok(files)
    }

    /// The configured user, as `Name <mail>` or the name alone.
    pub async fn user(&self) -> Option<String> {
        let name = self.run(&["config", "user.name"]).await.ok().filter(|output| output.ok)?;
        Some(name.stdout.trim().to_owned()).filter(|name| !name.is_empty())
    }

    async fn must(&self, arguments: &[&str]) -> Result<String, Cause> {
        let output = self.run(arguments).await?;
        if output.ok {
            return Ok(output.stdout);
        }
        let command = arguments.first().unwrap_or(&"");
        Err(Cause::new(CauseCode::Git, format!("git {command}: {}", said(&output.stderr))))
    }

    /// Run it; bytes that are not UTF-8 are replaced.
    async fn run(&self, arguments: &[&str]) -> Result<GitOutput<String>, Cause> {
        let GitOutput { ok, stdout, stderr } = self.raw(arguments, &[]).await?;
        Ok(GitOutput { ok, stdout: String::from_utf8_lossy(&stdout).into_owned(), stderr })
    }

    async fn raw(&self, arguments: &[&str], input: &[u8]) -> Result<GitOutput<Vec<u8>>, Cause> {
        let cause = |what: String| Cause::new(CauseCode::Git, what);
        let mut child = Command::new("git")
            .arg("-C")
            .arg(&self.directory)
            .args(arguments)
            // Messages are matched and shown in one language; nothing may ask a person for a password.
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| cause(format!("git could not be started: {error}")))?;
        let stdin = child.stdin.take();
        // Written while the answer is read: git answers the first line before it reads the last.
        let write = async {
            if let Some(mut stdin) = stdin {
                // That git ended before it read everything shows in its status.
                let _ = stdin.write_all(input).await;
            }
        };
        let both = async { tokio::join!(write, child.wait_with_output()).1 };
        let output = tokio::time::timeout(GIT_DEADLINE, both)
            .await
            .map_err(|_| {
                cause(format!("git {} took over {} s", arguments.join(" "), GIT_DEADLINE.as_secs()))
            })?
            .map_err(|error| cause(format!("git {}: {error}", arguments.join(" "))))?;
        Ok(GitOutput {
            ok: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// What git said, on one line: its last line alone is often only the end of a sentence.
fn said(stderr: &str) -> String {
    stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}
