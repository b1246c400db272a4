//! Throwaway git repositories with commits, tags and shallow clones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A repository in a temporary folder; the folder goes when this is dropped.
pub(crate) struct Repo {
    folder: TempDir,
}

impl Repo {
    /// An empty repository on the branch `main`.
    pub(crate) fn new() -> Self {
        let repo = Self { folder: TempDir::new().unwrap() };
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    /// A clone with only the newest `depth` commits and without the tags, as a CI checkout makes it.
    pub(crate) fn shallow_clone(&self, depth: u32) -> Self {
        let folder = TempDir::new().unwrap();
        // Only a file:// URL makes a local clone shallow.
        let from = format!("file://{}", self.path().display());
        let depth = format!("--depth={depth}");
        let into = folder.path().to_string_lossy().into_owned();
        run(folder.path(), &["clone", "--quiet", "--no-tags", &depth, &from, &into]);
        Self { folder }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Commit a file with this text; returns the commit.
    pub(crate) fn commit(&self, file: &str, text: &str, message: &str) -> String {
        let path: PathBuf = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.git(&["add", file]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.revision("HEAD")
    }

    /// A lightweight tag on the newest commit.
    pub(crate) fn tag(&self, name: &str) {
        self.git(&["tag", name]);
    }

    /// An annotated tag on the newest commit.
    pub(crate) fn annotated_tag(&self, name: &str, message: &str) {
        self.git(&["tag", "--annotate", name, "--message", message]);
    }

    /// What a revision names, as a whole object id: for an annotated tag the tag object.
    pub(crate) fn revision(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", revision])
    }

    /// Run git; returns what it printed, trimmed. Panics where git fails.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        run(self.path(), arguments)
    }
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// git without the settings of the machine and of its user, with a fixed person and day, so that the
/// same steps give the same commits everywhere.
fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", folder);
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "Amel Ops")
            .env(format!("GIT_{who}_EMAIL"), "amel@example.org")
            .env(format!("GIT_{who}_DATE"), "2026-02-14T08:00:00+01:00");
    }
    git
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_same_steps_give_the_same_commit() {
    let make = || Repo::new().commit("a", "1", "first");
    assert_eq!(make(), make());
}

#[test]
fn an_annotated_tag_is_an_object_of_its_own() {
    let repo = Repo::new();
    let commit = repo.commit("a", "1", "first");
    repo.tag("v1.0.0");
    repo.annotated_tag("v1.0.1", "second");
    assert_eq!(repo.revision("v1.0.0"), commit);
    assert_ne!(repo.revision("v1.0.1"), commit);
    assert_eq!(repo.revision("v1.0.1^{commit}"), commit);
}

#[test]
fn a_shallow_clone_has_neither_history_nor_tags() {
    let repo = Repo::new();
    repo.commit("a", "1", "first");
    repo.tag("v1.0.0");
    repo.commit("a", "2", "second");
    let clone = repo.shallow_clone(1);
    assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "1");
    assert_eq!(clone.git(&["tag"]), "");
}
