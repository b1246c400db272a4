//! The migrations folder in a container: copied out as one archive, read by the same rules as the commit's.

use std::collections::BTreeMap;
use std::io::Read as _;

use tar::{Archive, EntryType};

use super::checksum;
use super::folder::{Folder, LOCK_FILE, Migration, SQL_FILE, is_plain, provider};
use crate::checks::hosts::KnownHost;
use crate::config::ContainerFolder;
use crate::model::{Cause, CauseCode};

/// The most that a container's folder may take, in bytes.
const MAX_ARCHIVE_BYTES: usize = 64 << 20;

/// The folder in a container; none where it has no such folder.
pub(super) async fn read(known: &KnownHost, at: &ContainerFolder) -> Result<Option<Folder>, Cause> {
    let dir = at.dir.trim_end_matches('/');
    let place = format!("{}:{dir}", at.container);
    let Some(copied) = known.docker().folder(&at.container, dir, MAX_ARCHIVE_BYTES).await? else {
        return Ok(None);
    };
    let cause = |what: String| Cause::new(CauseCode::MigrationsFolder, format!("{place}: {what}"));
    if copied.cut {
        return Err(cause(format!("it is larger than {} MiB", MAX_ARCHIVE_BYTES >> 20)));
    }
    unpack(&copied.bytes).map(Some).map_err(|error| cause(error.to_string()))
}

/// What a person copies it with, to see the checksum of each migration.
pub(super) fn command(known: &KnownHost, at: &ContainerFolder) -> String {
    let copy = known.docker().folder_command(&at.container, at.dir.trim_end_matches('/'));
    let unpack = "(d=$(mktemp -d) && tar -xf - -C \"$d\" && cd \"$d\"/* && export LC_ALL=C && sha256sum -- */migration.sql)";
    format!("{} |\n{unpack}", known.host.shell(&copy))
}

/// What that prints; nothing where it would print something else than names and checksums.
pub(super) fn printed(folder: &Folder) -> Vec<String> {
    let lines = folder.migrations.iter().map(|migration| {
        let sql = migration.sql.as_ref().filter(|_| is_plain(&migration.name))?;
        // The shell's pattern does not match hidden ones.
        (!migration.name.starts_with('.'))
            .then(|| format!("{}  {}/{SQL_FILE}", checksum::of(sql), migration.name))
    });
    lines.collect::<Option<_>>().unwrap_or_default()
}

/// The folder in an archive in which its own name stands first.
fn unpack(archive: &[u8]) -> std::io::Result<Folder> {
    let mut found: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let mut lock = None;
    for entry in Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let kind = entry.header().entry_type();
        match (parts.as_slice(), kind) {
            ([_, name], EntryType::Directory) => {
                found.entry((*name).to_owned()).or_default();
            }
            ([_, name, SQL_FILE], EntryType::Symlink) => {
                let what = format!("{name}/{SQL_FILE} is a symbolic link, which is not followed");
                return Err(std::io::Error::other(what));
            }
            ([_, name, SQL_FILE], _) if kind.is_file() => {
                let mut sql = Vec::new();
                // An archive may claim to hold more than there is of it.
                (&mut entry).take(MAX_ARCHIVE_BYTES as u64).read_to_end(&mut sql)?;
                found.insert((*name).to_owned(), Some(sql));
            }
            ([_, LOCK_FILE], _) if kind.is_file() => {
                let mut text = String::new();
                (&mut entry).take(MAX_ARCHIVE_BYTES as u64).read_to_string(&mut text)?;
                lock = Some(provider(&text));
            }
            _ => {}
        }
    }
    let migrations = found.into_iter().map(|(name, sql)| Migration { name, sql }).collect();
    Ok(Folder { migrations, provider: lock })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use tar::{Builder, Header};

    use super::*;

    fn put(builder: &mut Builder<Vec<u8>>, kind: EntryType, path: &str, bytes: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if kind == EntryType::Symlink {
            header.set_link_name("elsewhere").unwrap();
        }
        builder.append_data(&mut header, path, bytes).unwrap();
    }

    #[test]
    fn an_archive_is_read_by_the_rules_of_a_folder() {
        let long = format!("migrations/{}", "x".repeat(120));
        let mut builder = Builder::new(Vec::new());
        for folder in ["migrations", "migrations/b", "migrations/a", "migrations/a/deep", &long] {
            put(&mut builder, EntryType::Directory, folder, b"");
        }
        put(&mut builder, EntryType::Regular, "migrations/a/migration.sql", b"-- \xff\r\n");
        put(&mut builder, EntryType::Regular, "migrations/a/deep/migration.sql", b"--");
        put(&mut builder, EntryType::Regular, &format!("{long}/migration.sql"), b"");
        put(&mut builder, EntryType::Regular, "migrations/loose.sql", b"--");
        put(&mut builder, EntryType::Symlink, "migrations/link", b"");
        put(&mut builder, EntryType::Regular, "migrations/migration_lock.toml", b"provider = \"mysql\"");
        let folder = unpack(&builder.into_inner().unwrap()).unwrap();
        let migrations: Vec<_> =
            folder.migrations.iter().map(|one| (one.name.as_str(), one.sql.as_deref())).collect();
        assert_eq!(
            migrations,
            [("a", Some(&b"-- \xff\r\n"[..])), ("b", None), (&long["migrations/".len()..], Some(&b""[..]))]
        );
        assert_eq!(folder.provider.as_deref(), Some("mysql"));
    }

    #[test]
    fn what_is_no_archive_is_told() {
        assert!(unpack(b"this is not an archive, but it is long enough to be looked at as one").is_err());
        let mut builder = Builder::new(Vec::new());
        put(&mut builder, EntryType::Symlink, "migrations/a/migration.sql", b"");
        assert!(unpack(&builder.into_inner().unwrap()).unwrap_err().to_string().contains("symbolic link"));
    }
}
