//! git as a store of objects and refs: plumbing only, so that no work tree and no index is touched.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::super::error::{ForgeError, Why};
use super::super::types::CommitSha;

/// Everything here is local and quick.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Who commits: nobody's name is borrowed.
const NAME: &str = "prod-gate";
/// The address of the commits' author. It says nothing that could not be made up.
pub(super) const ADDRESS: &str = "prod-gate@localhost";

/// A repository, with a work tree or bare.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    directory: PathBuf,
}

pub(super) struct PlumbingOutput {
    pub(super) ok: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// What a command is given beside its words.
#[derive(Default)]
pub(super) struct With<'a> {
    pub(super) stdin: &'a str,
    pub(super) index: Option<&'a Path>,
}

impl Repository {
    pub(super) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// The output of a command that succeeds; what git says is the error's text.
    pub(super) async fn must(&self, doing: &str, words: &[&str]) -> Result<String, ForgeError> {
        self.must_with(doing, words, &With::default()).await
    }

    /// The same with an input or an index.
    pub(super) async fn must_with(
        &self,
        doing: &str,
        words: &[&str],
        with: &With<'_>,
    ) -> Result<String, ForgeError> {
        let output = self.run(doing, words, with).await?;
        if output.ok { Ok(output.stdout) } else { Err(refused(doing, words, &output.stderr)) }
    }

    /// The output of a command that may say no.
    pub(super) async fn may(&self, doing: &str, words: &[&str]) -> Result<Option<String>, ForgeError> {
        let output = self.run(doing, words, &With::default()).await?;
        Ok(output.ok.then_some(output.stdout))
    }

    /// The object that a revision names; none when there is no such revision.
    pub(super) async fn object(&self, doing: &str, revision: &str) -> Result<Option<String>, ForgeError> {
        let found =
            self.may(doing, &["rev-parse", "--verify", "--quiet", "--end-of-options", revision]).await?;
        Ok(found.map(|found| found.trim().to_owned()).filter(|found| !found.is_empty()))
    }

    /// The commit that a revision names, tags peeled.
    pub(super) async fn commit(&self, doing: &str, revision: &str) -> Result<Option<CommitSha>, ForgeError> {
        let found = self.object(doing, &format!("{revision}^{{commit}}")).await?;
        Ok(found.and_then(|found| CommitSha::parse(&found)))
    }

    /// Move a ref from where it must be: `old` is empty for a ref that must not exist. False when it is
    /// elsewhere; nothing is moved then.
    pub(super) async fn move_ref(
        &self,
        doing: &str,
        name: &str,
        new: &str,
        old: &str,
    ) -> Result<bool, ForgeError> {
        // All zeros, in the length of the repository's object names, say that there must be no such ref.
        let zeros = "0".repeat(new.len());
        let old = if old.is_empty() { &zeros } else { old };
        let words = ["update-ref", "--create-reflog", "-m", "prod-gate", name, new, old];
        let output = self.run(doing, &words, &With::default()).await?;
        if output.ok {
            return Ok(true);
        }
        let elsewhere =
            ["but expected", "reference already exists", "unable to resolve reference", "File exists"];
        if elsewhere.iter().any(|text| output.stderr.contains(text)) {
            return Ok(false);
        }
        Err(refused(doing, &words, &output.stderr))
    }

    pub(super) async fn run(
        &self,
        doing: &str,
        words: &[&str],
        with: &With<'_>,
    ) -> Result<PlumbingOutput, ForgeError> {
        let broken = |said: String| ForgeError::new(doing, Why::Broken, said);
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory).args(words);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), NAME).env(format!("GIT_{who}_EMAIL"), ADDRESS);
        }
        if let Some(index) = with.index {
            command.env("GIT_INDEX_FILE", index);
        }
        let mut child = command
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken(format!("git could not be started: {error}")))?;
        let mut stdin = child.stdin.take();
        let feed = async {
            if let Some(stdin) = &mut stdin {
                // A command that reads none of it may be gone already.
                let _ = stdin.write_all(with.stdin.as_bytes()).await;
            }
            drop(stdin.take());
        };
        let both = async { tokio::join!(feed, child.wait_with_output()).1 };
        let output = tokio::time::timeout(TIMEOUT, both)
            .await
            .map_err(|_| broken(format!("git {} took over {} s", words.join(" "), TIMEOUT.as_secs())))?
            .map_err(|error| broken(format!("git {}: {error}", words.join(" "))))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        // A record's text must come back as it is, or not at all.
        let Ok(stdout) = String::from_utf8(output.stdout) else {
            return Err(broken(format!("git {}: the text is not UTF-8", words.join(" "))));
        };
        Ok(PlumbingOutput { ok: output.status.success(), stdout, stderr: text(output.stderr) })
    }
}

fn refused(doing: &str, words: &[&str], stderr: &str) -> ForgeError {
    let said = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = if said.contains("not a git repository") || said.contains("cannot change to") {
        Why::NotFound
    } else {
        Why::Refused
    };
    let command = words.first().copied().unwrap_or_default();
    ForgeError::new(doing, why, format!("git {command}: {said}"))
}
