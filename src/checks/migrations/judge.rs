//! What the folder of the deployed commit, the database's history and a container's folder say together. Pure.

use std::collections::BTreeMap;

use super::checksum;
use super::folder::{Folder, Migration};
use super::history::{Fate, History};
use crate::config::AcceptedMigration;
use crate::model::{Comparison, Expected, Fact, FactName, MigrationsSubject, Subject};

/// The provider that a lock file must name.
const PROVIDER: &str = "postgresql";
/// What the actual value of a migration is called.
const APPLIED_STATE: &str = "applied";

/// Whether Prisma can apply what is in the folder.
pub(super) fn folder(folder: &Folder) -> Vec<Comparison> {
    let mut judged = Vec::new();
    judged.extend(
        folder.provider.as_ref().map(|found| equals(MigrationsSubject::LockProvider, PROVIDER, found)),
    );
    let faults: Vec<Comparison> = folder.migrations.iter().filter_map(file).collect();
    let all = folder.migrations.len();
    judged.push(count(MigrationsSubject::MigrationFiles, all, all - faults.len()));
    judged.extend(faults);
    judged
}

fn file(migration: &Migration) -> Option<Comparison> {
    let subject = || MigrationsSubject::MigrationFile(migration.name.clone());
    match &migration.sql {
        None => Some(Comparison {
            subject: Subject::Migrations(subject()),
            expected: Expected::Present,
            actual: String::new(),
            ok: false,
        }),
        Some(sql) if std::str::from_utf8(sql).is_err() => Some(equals(subject(), "UTF-8", "binary")),
        Some(_) => None,
    }
}

/// Whether the history is where Prisma looks for it, and has anything in it.
pub(super) fn history(folder: &Folder, history: &History) -> Vec<Comparison> {
    let found = if history.is_there() { history.schema.clone() } else { history.found_in.join(", ") };
    let mut judged = vec![equals(MigrationsSubject::HistorySchema, &history.schema, &found)];
    if history.is_there() && !folder.migrations.is_empty() {
        judged.push(Comparison {
            subject: Subject::Migrations(MigrationsSubject::HistoryRows),
            expected: Expected::AtLeast("1".to_owned()),
            actual: history.rows.len().to_string(),
            ok: !history.rows.is_empty(),
        });
    }
    judged
}

/// Whether every migration of the folder is applied, and none was left unfinished. And whether that is still being
/// worked on: then nobody can tell.
pub(super) fn applied(folder: &Folder, history: &History) -> (Vec<Comparison>, bool) {
    let fates = history.fates();
    let names = || folder.migrations.iter().map(|migration| migration.name.as_str());
    let fate = |name: &str| fates.get(name).copied();
    let (mut unfinished, mut pending, mut rolled_back) = (Vec::new(), Vec::new(), Vec::new());
    let unfinished_as = if history.locked { "running" } else { "failed" };
    // Also of one that this commit does not have: the database is as that one left it.
    for (name, _) in fates.iter().filter(|(_, fate)| matches!(fate, Fate::Unfinished(_))) {
        unfinished.push(not(
            MigrationsSubject::FailedMigration((*name).to_owned()),
            APPLIED_STATE,
            unfinished_as,
        ));
    }
    for name in names() {
        match fate(name) {
            None => pending.push(not(
                MigrationsSubject::PendingMigration(name.to_owned()),
                APPLIED_STATE,
                "pending",
            )),
            Some(Fate::RolledBack) => {
                rolled_back.push(not(
                    MigrationsSubject::RolledBackMigration(name.to_owned()),
                    APPLIED_STATE,
                    "rolled back",
                ));
            }
            Some(Fate::Applied(_) | Fate::Unfinished(_)) => {}
        }
    }
    let done = names().filter(|name| matches!(fate(name), Some(Fate::Applied(_)))).count();
    let running = history.locked && !(unfinished.is_empty() && pending.is_empty() && rolled_back.is_empty());
    let mut judged = vec![count(MigrationsSubject::Migrations, folder.migrations.len(), done)];
    judged.extend([unfinished, pending, rolled_back].into_iter().flatten());
    (judged, running)
}

/// The codes of the errors that migrations failed with.
pub(super) fn errors(history: &History) -> Vec<Fact> {
    let fates = history.fates();
    let rows = fates.values().filter_map(|fate| match fate {
        Fate::Unfinished(row) => row.error.as_ref().map(|code| format!("{}: SQLSTATE {code}", row.name)),
        _ => None,
    });
    rows.map(|value| Fact { name: FactName::MigrationError, value }).collect()
}

/// Whether each applied migration still is what was applied. What is accepted is said.
pub(super) fn checksums(
    folder: &Folder,
    history: &History,
    accept: &[AcceptedMigration],
) -> (Vec<Comparison>, Vec<Fact>) {
    let fates = history.fates();
    let (mut edited, mut accepted, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for migration in &folder.migrations {
        let (Some(sql), Some(Fate::Applied(row))) = (&migration.sql, fates.get(migration.name.as_str()))
        else {
            continue;
        };
        if checksum::matches(sql, &row.checksum) {
            continue;
        }
        let subject = MigrationsSubject::EditedMigration(migration.name.clone());
        let judged = equals(subject, &checksum::of(sql), &row.checksum);
        match pin(migration, accept) {
            Some(pin) => {
                accepted.push(Comparison { ok: true, ..judged });
                facts.push(said(pin));
            }
            None => edited.push(judged),
        }
    }
    let mut judged = vec![count(MigrationsSubject::EditedMigrations, 0, edited.len())];
    judged.extend(accepted.into_iter().chain(edited));
    (judged, facts)
}

/// Whether the deployed commit has every migration that is applied.
pub(super) fn known(folder: &Folder, history: &History) -> Vec<Comparison> {
    let has = |name: &str| folder.migrations.iter().any(|migration| migration.name == name);
    let fates = history.fates();
    let unknown = fates.iter().filter(|(name, fate)| matches!(fate, Fate::Applied(_)) && !has(name));
    let unknown: Vec<Comparison> = unknown
        .map(|(name, _)| Comparison {
            subject: Subject::Migrations(MigrationsSubject::UnknownMigration((*name).to_owned())),
            expected: Expected::Present,
            actual: String::new(),
            ok: false,
        })
        .collect();
    let mut judged = vec![count(MigrationsSubject::UnknownMigrations, 0, unknown.len())];
    judged.extend(unknown);
    judged
}

/// Whether every migration that is said to be applied was run.
pub(super) fn marked(
    folder: &Folder,
    history: &History,
    accept: &[AcceptedMigration],
) -> (Vec<Comparison>, Vec<Fact>) {
    let fates = history.fates();
    let migration = |name: &str| folder.migrations.iter().find(|migration| migration.name == name);
    let (mut marked, mut accepted, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (name, fate) in &fates {
        if !matches!(fate, Fate::Applied(row) if row.marked) {
            continue;
        }
        let judged =
            not(MigrationsSubject::MarkedMigration((*name).to_owned()), APPLIED_STATE, "marked as applied");
        match migration(name).and_then(|migration| pin(migration, accept)) {
            Some(pin) => {
                accepted.push(Comparison { ok: true, ..judged });
                facts.push(said(pin));
            }
            None => marked.push(judged),
        }
    }
    let mut judged = vec![count(MigrationsSubject::MarkedMigrations, 0, marked.len())];
    judged.extend(accepted.into_iter().chain(marked));
    (judged, facts)
}

fn pin<'a>(migration: &Migration, accept: &'a [AcceptedMigration]) -> Option<&'a AcceptedMigration> {
    let sql = migration.sql.as_ref()?;
    accept.iter().find(|pin| pin.name == migration.name && checksum::matches(sql, &pin.checksum))
}

fn said(pin: &AcceptedMigration) -> Fact {
    let value = format!("{}: {}", pin.name, pin.reason);
    Fact { name: FactName::AcceptedMigration, value }
}

/// Whether a container holds what the deployed commit holds; none where it has no such folder.
pub(super) fn container(folder: &Folder, inside: Option<&Folder>) -> Vec<Comparison> {
    let Some(inside) = inside else {
        return vec![equals(
            MigrationsSubject::ContainerMigrations,
            &folder.migrations.len().to_string(),
            "",
        )];
    };
    let by_name = |folder: &Folder| -> BTreeMap<String, Option<Vec<u8>>> {
        folder.migrations.iter().map(|one| (one.name.clone(), one.sql.clone())).collect()
    };
    let (here, there) = (by_name(folder), by_name(inside));
    let mut differ = Vec::new();
    for (name, sql) in &here {
        let found = there.get(name);
        let same = match (sql, found) {
            (_, None) => false,
            (None, Some(found)) => found.is_none(),
            (Some(sql), Some(found)) => found.as_ref().is_some_and(|found| checksum::same(sql, found)),
        };
        if !same {
            let wanted = sql.as_deref().map(checksum::of).unwrap_or_default();
            let actual = found.and_then(|found| found.as_deref().map(checksum::of)).unwrap_or_default();
            differ.push(equals(MigrationsSubject::ContainerMigration(name.clone()), &wanted, &actual));
        }
    }
    let same = here.len() - differ.len();
    for (name, sql) in there.iter().filter(|(name, _)| !here.contains_key(*name)) {
        differ.push(Comparison {
            subject: Subject::Migrations(MigrationsSubject::ContainerMigration(name.clone())),
            expected: Expected::Absent,
            actual: sql.as_deref().map_or_else(|| "no migration.sql".to_owned(), checksum::of),
            ok: false,
        });
    }
    let mut judged = vec![count(MigrationsSubject::ContainerMigrations, here.len(), same)];
    judged.extend(differ);
    judged
}

fn count(subject: MigrationsSubject, wanted: usize, actual: usize) -> Comparison {
    equals(subject, &wanted.to_string(), &actual.to_string())
}

fn equals(subject: MigrationsSubject, wanted: &str, actual: &str) -> Comparison {
    Comparison {
        subject: Subject::Migrations(subject),
        expected: Expected::Equals(wanted.to_owned()),
        actual: actual.to_owned(),
        ok: actual == wanted,
    }
}

/// That something should be in one state and is in another.
fn not(subject: MigrationsSubject, wanted: &str, actual: &str) -> Comparison {
    Comparison { ok: false, ..equals(subject, wanted, actual) }
}
