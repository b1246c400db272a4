//! The migrations of this release and of the deployment before it, from the commits themselves.

use crate::checks::migrations::folder::{self, Folder, Migration};
use crate::model::{Cause, CauseCode, Previous, PreviousFrom};
use crate::probe::git::Git;
use crate::release::Release;

/// What the deployment before this one had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Baseline {
    /// There was none, as far as the repository knows.
    None,
    /// Why it cannot be told.
    Unknown(Cause),
    /// The deployment is known, and so are its migrations.
    Known {
        name: String,
        /// The migrations, in the order of their names.
        migrations: Vec<Migration>,
    },
}

/// The migrations of the commit that should be in production.
pub(super) async fn current(git: &Git, release: &Release, dir: &str) -> Result<Vec<Migration>, Cause> {
    let commit = release.commit()?;
    let short = commit.get(..7).unwrap_or(commit);
    let Some(Folder { migrations, provider }) = folder::at(git, commit, dir).await? else {
        let detail = format!("there is no {dir} in {short}");
        return Err(Cause::new(CauseCode::MigrationsFolder, detail));
    };
    if migrations.is_empty() && provider.is_none() {
        let detail = format!("{dir} holds no migrations in {short}: neither folders nor migration_lock.toml");
        return Err(Cause::new(CauseCode::MigrationsFolder, detail));
    }
    Ok(migrations)
}

/// The migrations of the deployment before. Where its commit cannot be read, or does not have the folder, the names
/// that its record lists count, with the files as they are now.
pub(super) async fn previous(git: &Git, release: &Release, dir: &str, now: &[Migration]) -> Baseline {
    let (name, commit, from) = match &release.deployment.previous {
        Previous::NoBaseline => return Baseline::None,
        Previous::Unknown { why } => {
            let cause = release.no_range.clone();
            return Baseline::Unknown(cause.unwrap_or_else(|| Cause::new(CauseCode::Git, why)));
        }
        Previous::Commit { name, commit, from } => (name.clone(), commit, from),
    };
    let found = folder::at(git, commit, dir).await;
    if let Ok(Some(folder)) = found {
        return Baseline::Known { name, migrations: folder.migrations };
    }
    if let PreviousFrom::Record(path) = from
        && let Some(record) = record(git, path).await
    {
        let listed = listed(&record);
        let migrations: Vec<Migration> = now
            .iter()
            .filter(|migration| listed.contains(&format!("`{}`", migration.name)))
            .cloned()
            .collect();
        if !migrations.is_empty() {
            return Baseline::Known { name, migrations };
        }
    }
    match found {
        // A project begins without a migrations folder.
        Ok(_) => Baseline::Known { name, migrations: Vec::new() },
        Err(cause) => Baseline::Unknown(cause),
    }
}

/// The text of a record of the default branch.
async fn record(git: &Git, path: &str) -> Option<String> {
    let branch = git.default_branch().await;
    let commit = git.commit(&branch).await.ok().flatten()?;
    let entry = git.entry(&commit, path).await.ok().flatten()?;
    let bytes = git.blobs(&[&entry.object]).await.ok()?.pop()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The part of a record that lists migrations: section 3.
fn listed(record: &str) -> &str {
    let begin = record.find("\n## 3.").unwrap_or(record.len());
    let rest = &record[begin..];
    &rest[..rest.find("\n## 4.").unwrap_or(rest.len())]
}

/// How many migrations both begin with, byte for byte.
pub(super) fn shared(one: &[Migration], other: &[Migration]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_section_three_of_a_record_lists_migrations() {
        let record = "# PROD\n\n## 1. x\n`0`\n\n## 3. Migrate\n| `1_a` |\n\n## 4. Schema\n`2_b`\n";
        assert!(listed(record).contains("`1_a`"));
        assert!(!listed(record).contains("`2_b`") && !listed(record).contains("`0`"));
        assert_eq!(listed("no sections"), "");
    }

    #[test]
    fn an_edited_migration_is_not_shared() {
        let migration =
            |name: &str, sql: &str| Migration { name: name.to_owned(), sql: Some(sql.as_bytes().to_vec()) };
        let old = [migration("1", "a"), migration("2", "b")];
        assert_eq!(shared(&old, &[migration("1", "a"), migration("2", "b"), migration("3", "c")]), 2);
        assert_eq!(shared(&old, &[migration("1", "a"), migration("2", "B")]), 1);
        assert_eq!(shared(&old, &[migration("0", ""), migration("1", "a")]), 0);
    }
}
