//! The migrations folder of a commit, by Prisma's rules.
//!
//! Every folder in it is a migration, hidden ones too, and those without a `migration.sql`: deploying such a
//! one fails. Plain files and symbolic links beside them are not, and nothing deeper is. Their order is that
//! of their names. `migration_lock.toml` names the provider; it may be missing.

use crate::model::{Cause, CauseCode};
use crate::probe::git::{EntryKind, Git, TreeEntry};

/// What holds a migration's statements.
pub(super) const SQL_FILE: &str = "migration.sql";
pub(super) const LOCK_FILE: &str = "migration_lock.toml";

/// A migrations folder, as Prisma would read it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// The migrations, in the order of their names, which is the order in which they are applied.
    pub migrations: Vec<Migration>,
    /// The provider that the lock file names; empty where the file names none, none where there is no file.
    pub provider: Option<String>,
}

/// A migration of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The name of its folder, by which it is ordered.
    pub name: String,
    /// The bytes of its `migration.sql`, which need not be UTF-8; none where there is no such file.
    pub sql: Option<Vec<u8>>,
}

/// The folder `dir` of a commit that is named in full, fetched where the clone has not got it; none where the
/// commit has no such folder.
pub async fn at(git: &Git, commit: &str, dir: &str) -> Result<Option<Folder>, Cause> {
    git.bring(commit).await?;
    let Some(folder) = git.entry(commit, dir).await? else { return Ok(None) };
    match folder.kind {
        EntryKind::Folder => read(git, &folder, dir).await.map(Some),
        kind => Err(not_read(dir, kind)),
    }
}

/// The names of the migrations in the folder `dir` of a commit; none where it has no such folder.
pub async fn names(git: &Git, commit: &str, dir: &str) -> Result<Vec<String>, Cause> {
    git.bring(commit).await?;
    let Some(folder) = git.entry(commit, dir).await? else { return Ok(Vec::new()) };
    let entries = git.below(&folder).await?;
    let folders =
        entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder && !entry.path.contains('/'));
    Ok(folders.map(|folder| folder.path).collect())
}

async fn read(git: &Git, folder: &TreeEntry, dir: &str) -> Result<Folder, Cause> {
    let entries = git.below(folder).await?;
    let (sources, lock) = sources(&entries, dir)?;
    let objects: Vec<&str> = sources.iter().filter_map(|(_, object)| *object).chain(lock).collect();
    let mut blobs = git.blobs(&objects).await?.into_iter();
    let migrations = sources
        .into_iter()
        .map(|(name, object)| Migration { name: name.to_owned(), sql: object.and_then(|_| blobs.next()) })
        .collect();
    let provider = blobs.next().map(|lock| provider(&String::from_utf8_lossy(&lock)));
    Ok(Folder { migrations, provider })
}

/// A migration's name and the object that holds its statements.
type MigrationSource<'a> = (&'a str, Option<&'a str>);

/// The migrations in the order of their names, and the object of the lock file.
fn sources<'a>(
    entries: &'a [TreeEntry],
    dir: &str,
) -> Result<(Vec<MigrationSource<'a>>, Option<&'a str>), Cause> {
    let mut sources = Vec::new();
    let mut lock = None;
    for entry in entries.iter().filter(|entry| !entry.path.contains('/')) {
        match entry.kind {
            EntryKind::Folder => sources.push((entry.path.as_str(), statements(entries, &entry.path, dir)?)),
            // What is in it depends on how it was checked out.
            EntryKind::Submodule => return Err(not_read(&format!("{dir}/{}", entry.path), entry.kind)),
            EntryKind::File if entry.path == LOCK_FILE => lock = Some(entry.object.as_str()),
            EntryKind::File | EntryKind::Link => {}
        }
    }
    sources.sort_unstable();
    Ok((sources, lock))
}

/// The object that holds a migration's statements.
fn statements<'a>(entries: &'a [TreeEntry], name: &str, dir: &str) -> Result<Option<&'a str>, Cause> {
    let path = format!("{name}/{SQL_FILE}");
    match entries.iter().find(|entry| entry.path == path) {
        Some(TreeEntry { kind: EntryKind::File, object, .. }) => Ok(Some(object)),
        // Prisma would follow it; what it leads to may be anything.
        Some(TreeEntry { kind: kind @ EntryKind::Link, .. }) => {
            Err(not_read(&format!("{dir}/{path}"), *kind))
        }
        _ => Ok(None),
    }
}

fn not_read(path: &str, kind: EntryKind) -> Cause {
    let what = match kind {
        EntryKind::File => "a file, not a folder",
        EntryKind::Link => "a symbolic link, which is not followed",
        EntryKind::Submodule => "a submodule, whose files this repository does not have",
        EntryKind::Folder => "a folder",
    };
    Cause::new(CauseCode::MigrationsFolder, format!("{path} is {what}"))
}

/// The provider that a lock file names, read as strictly as Prisma reads it: from the first line that begins so.
pub(super) fn provider(lock: &str) -> String {
    let line = lock.lines().find(|line| line.starts_with("provider")).unwrap_or_default();
    line.trim_start_matches("provider = ").trim_matches('"').to_owned()
}

/// Whether every program writes a migration's name as it is.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn entry(path: &str, kind: EntryKind) -> TreeEntry {
        TreeEntry { path: path.to_owned(), kind, object: format!("object of {path}") }
    }

    #[test]
    fn every_folder_is_a_migration_and_nothing_else_is() {
        let entries = [
            entry("b", EntryKind::Folder),
            entry("b/migration.sql", EntryKind::File),
            entry("b/down", EntryKind::Folder),
            entry("b/down/migration.sql", EntryKind::File),
            entry(".hidden", EntryKind::Folder),
            entry(".hidden/README.md", EntryKind::File),
            entry("2026.sql", EntryKind::File),
            entry("link", EntryKind::Link),
            entry("migration_lock.toml", EntryKind::File),
        ];
        let (found, lock) = sources(&entries, "m").unwrap();
        assert_eq!(found, [(".hidden", None), ("b", Some("object of b/migration.sql"))]);
        assert_eq!(lock, Some("object of migration_lock.toml"));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (entries, told) in [
            (vec![entry("a", EntryKind::Submodule)], "m/a is a submodule"),
            (
                vec![entry("a", EntryKind::Folder), entry("a/migration.sql", EntryKind::Link)],
                "m/a/migration.sql is a symbolic link",
            ),
        ] {
            let cause = sources(&entries, "m").unwrap_err();
            assert!(cause.detail.starts_with(told), "{cause:?}");
        }
    }

    #[test]
    fn the_lock_file_names_the_provider() {
        let usual = "# Please do not edit this file manually\nprovider = \"postgresql\"\n";
        for (lock, named) in [
            (usual, "postgresql"),
            ("provider=\"postgresql\"", "provider=\"postgresql"), // Prisma does not understand this one
            ("# provider = \"x\"\r\nprovider = \"sqlite\"\r\n", "sqlite"),
            ("", ""),
        ] {
            assert_eq!(provider(lock), named, "{lock}");
        }
    }
}
