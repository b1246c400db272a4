//! The migrations folder of a commit, read from real repositories.

use std::fs;

use prod_gate::checks::migrations::folder::{self, Folder};
use prod_gate::model::{Cause, CauseCode};
use prod_gate::probe::git::Git;

use crate::support::repo::Repo;

const DIR: &str = "prisma/migrations";

async fn read(repo: &Repo, commit: &str) -> Result<Option<Folder>, Cause> {
    folder::at(&Git::new(repo.path()), commit, DIR).await
}

/// Write a file below the migrations folder.
fn put(repo: &Repo, path: &str, bytes: impl AsRef<[u8]>) {
    let path = repo.path().join(DIR).join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Commit everything; returns the commit.
fn commit(repo: &Repo) -> String {
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "migrations"]);
    repo.revision("HEAD")
}

fn names(folder: &Folder) -> Vec<&str> {
    folder.migrations.iter().map(|migration| migration.name.as_str()).collect()
}

fn sql<'f>(folder: &'f Folder, name: &str) -> Option<&'f [u8]> {
    folder.migrations.iter().find(|migration| migration.name == name).unwrap().sql.as_deref()
}

#[tokio::test]
async fn every_folder_is_a_migration_and_its_bytes_are_as_git_keeps_them() {
    let repo = Repo::new();
    put(&repo, "20260214120000_init/migration.sql", "CREATE TABLE a ();\n");
    put(&repo, "20260301120000_b/migration.sql", "-- b\r\n");
    // Two of the same second, in the order of their names.
    put(&repo, "20260301120000_a/migration.sql", [b'-', b'-', 0xff, 0xfe, b'\n']);
    put(&repo, "20260302_large/migration.sql", vec![b'-'; 10 << 20]);
    put(&repo, "20260303_empty/migration.sql", "");
    put(&repo, "20260304_none/README.md", "nothing here");
    put(&repo, ".hidden/migration.sql", "--");
    put(&repo, "with space é/migration.sql", "--");
    put(&repo, "20260305_deep/down/migration.sql", "--");
    put(&repo, "20260306_loose.sql", "--");
    put(&repo, "migration_lock.toml", "provider = \"postgresql\"\n");
    std::os::unix::fs::symlink("20260214120000_init", repo.path().join(DIR).join("20260307_link")).unwrap();
    let head = commit(&repo);
    let folder = read(&repo, &head).await.unwrap().unwrap();
    assert_eq!(
        names(&folder),
        [
            ".hidden",
            "20260214120000_init",
            "20260301120000_a",
            "20260301120000_b",
            "20260302_large",
            "20260303_empty",
            "20260304_none",
            "20260305_deep",
            "with space é",
        ]
    );
    assert_eq!(folder.provider.as_deref(), Some("postgresql"));
    assert_eq!(sql(&folder, "20260301120000_a"), Some(&b"--\xff\xfe\n"[..]));
    assert_eq!(sql(&folder, "20260301120000_b"), Some(&b"-- b\r\n"[..]));
    assert_eq!(sql(&folder, "20260302_large").map(<[u8]>::len), Some(10 << 20));
    assert_eq!(sql(&folder, "20260303_empty"), Some(&b""[..]));
    assert_eq!((sql(&folder, "20260304_none"), sql(&folder, "20260305_deep")), (None, None));
}

#[tokio::test]
async fn attributes_that_change_what_is_checked_out_change_nothing_here() {
    let repo = Repo::new();
    let text = "-- $Format:%H$ $Id$\nSELECT 1;\n";
    put(&repo, "1_init/migration.sql", text);
    put(&repo, "2_left_out/migration.sql", "--\n");
    let attributes = "*.sql export-subst ident text eol=crlf\nprisma/migrations/2_left_out export-ignore\n";
    fs::write(repo.path().join(".gitattributes"), attributes).unwrap();
    let head = commit(&repo);
    let archived = repo.git(&["archive", "--format=tar", &head, "prisma"]);
    assert!(!archived.contains("$Format") && !archived.contains("2_left_out"), "the attributes do nothing");
    let folder = read(&repo, &head).await.unwrap().unwrap();
    assert_eq!(names(&folder), ["1_init", "2_left_out"]);
    assert_eq!(sql(&folder, "1_init"), Some(text.as_bytes()));
}

#[tokio::test]
async fn a_folder_that_is_not_there_or_not_a_folder_is_told_apart() {
    let repo = Repo::new();
    let before = repo.commit("a.txt", "1", "first");
    assert_eq!(read(&repo, &before).await.unwrap(), None);
    repo.commit("db/1_init/migration.sql", "--", "second");
    fs::create_dir_all(repo.path().join("prisma")).unwrap();
    std::os::unix::fs::symlink("../db", repo.path().join(DIR)).unwrap();
    let linked = commit(&repo);
    let cause = read(&repo, &linked).await.unwrap_err();
    assert_eq!(cause.code, CauseCode::MigrationsFolder);
    assert_eq!(cause.detail, "prisma/migrations is a symbolic link, which is not followed");
    // A submodule's files are in another repository.
    let other = Repo::new();
    other.commit("migration.sql", "--", "first");
    fs::remove_file(repo.path().join(DIR)).unwrap();
    let from = other.path().to_string_lossy().into_owned();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from];
    repo.git(&[&add[..], &["prisma/migrations/1_init"]].concat());
    let module = commit(&repo);
    let cause = read(&repo, &module).await.unwrap_err();
    assert!(cause.detail.starts_with("prisma/migrations/1_init is a submodule"), "{cause:?}");
}

#[tokio::test]
async fn a_commit_that_is_not_in_the_clone_is_fetched_by_its_name() {
    let repo = Repo::new();
    let first = repo.commit("prisma/migrations/1_init/migration.sql", "--", "first");
    repo.commit("prisma/migrations/2_more/migration.sql", "--", "second");
    let clone = repo.shallow_clone(1);
    assert!(clone_has(&clone, &first).await.is_none());
    let folder = read(&clone, &first).await.unwrap().unwrap();
    assert_eq!(names(&folder), ["1_init"]);
    assert_eq!(clone.git(&["for-each-ref", "--format=%(refname)", "refs/tags"]), "");
    assert!(!clone.path().join(".git/FETCH_HEAD").exists(), "the user's last fetch is another one");
}

async fn clone_has(clone: &Repo, commit: &str) -> Option<String> {
    Git::new(clone.path()).commit(commit).await.unwrap()
}

#[tokio::test]
async fn a_commit_that_is_nowhere_is_said_to_be() {
    let repo = Repo::new();
    repo.commit("prisma/migrations/1_init/migration.sql", "--", "first");
    let clone = repo.shallow_clone(1);
    let nowhere = "0123456789abcdef0123456789abcdef01234567";
    for (place, said) in [(&clone, "could not be fetched from origin"), (&repo, "'origin' does not appear")] {
        let cause = read(place, nowhere).await.unwrap_err();
        assert_eq!(cause.code, CauseCode::NoCommit);
        assert!(cause.detail.contains(said) && cause.detail.contains(nowhere), "{cause:?}");
    }
}
