//! What the judges of section 3 say of every state that a history can be in.

use super::checksum;
use super::folder::{Folder, Migration};
use super::history::{History, Row};
use super::judge;
use crate::config::AcceptedMigration;
use crate::model::{Comparison, MigrationsSubject, Subject};

fn sql(name: &str) -> Vec<u8> {
    format!("CREATE TABLE {name} ();\n").into_bytes()
}

fn folder(names: &[&str]) -> Folder {
    let migration = |name: &&str| Migration { name: (*name).to_owned(), sql: Some(sql(name)) };
    Folder { migrations: names.iter().map(migration).collect(), provider: Some("postgresql".to_owned()) }
}

/// A row of a migration that was applied as it should be.
fn row(name: &str) -> Row {
    Row {
        name: name.to_owned(),
        checksum: checksum::of(&sql(name)),
        finished_at: Some("2026-02-14 08:00:00+00".to_owned()),
        ..Row::default()
    }
}

fn unfinished(name: &str) -> Row {
    Row { finished_at: None, error: Some("42P07".to_owned()), ..row(name) }
}

fn rolled_back(name: &str) -> Row {
    Row { rolled_back: true, ..unfinished(name) }
}

fn marked(name: &str) -> Row {
    Row { marked: true, ..row(name) }
}

fn edited(name: &str) -> Row {
    Row { checksum: checksum::of(b"something else"), ..row(name) }
}

fn history(rows: &[Row]) -> History {
    History {
        schema: "public".to_owned(),
        found_in: vec!["public".to_owned()],
        rows: rows.to_vec(),
        locked: false,
    }
}

fn accept(name: &str, bytes: &[u8]) -> AcceptedMigration {
    AcceptedMigration { name: name.to_owned(), checksum: checksum::of(bytes), reason: "a comment".to_owned() }
}

fn wrong(judged: &[Comparison]) -> Vec<String> {
    let short = |judged: &Comparison| match &judged.subject {
        Subject::Migrations(MigrationsSubject::FailedMigration(name)) => format!("{name} {}", judged.actual),
        Subject::Migrations(MigrationsSubject::PendingMigration(name)) => format!("{name} pending"),
        Subject::Migrations(MigrationsSubject::RolledBackMigration(name)) => format!("{name} rolled back"),
        Subject::Migrations(MigrationsSubject::EditedMigration(name)) => format!("{name} edited"),
        Subject::Migrations(MigrationsSubject::UnknownMigration(name)) => format!("{name} unknown"),
        Subject::Migrations(MigrationsSubject::MarkedMigration(name)) => format!("{name} marked"),
        Subject::Migrations(MigrationsSubject::ContainerMigration(name)) => format!("{name} differs"),
        Subject::Migrations(MigrationsSubject::MigrationFile(name)) => {
            format!("{name} file {}", judged.actual)
        }
        other => format!("{other:?} {}", judged.actual),
    };
    judged.iter().filter(|judged| !judged.ok).map(short).collect()
}

/// Everything that is wrong with the database, but for counts.
fn findings(folder: &Folder, history: &History, accept: &[AcceptedMigration]) -> Vec<String> {
    let (applied, _) = judge::applied(folder, history);
    let (checksums, _) = judge::checksums(folder, history, accept);
    let (marked, _) = judge::marked(folder, history, accept);
    let all = [applied, checksums, judge::known(folder, history), marked].concat();
    wrong(&all).into_iter().filter(|line| !line.starts_with("Migrations(")).collect()
}

#[test]
fn every_finding_is_told_at_once() {
    let folder = folder(&["a", "b", "c", "d", "e", "f"]);
    let rows = [
        row("a"),
        edited("b"),
        unfinished("c"),
        rolled_back("d"),
        marked("e"),
        row("z"),
        unfinished("y"),
        rolled_back("x"),
    ];
    let told = findings(&folder, &history(&rows), &[]);
    assert_eq!(
        told,
        ["c failed", "y failed", "f pending", "d rolled back", "b edited", "z unknown", "e marked"]
    );
}

#[test]
fn each_state_has_its_finding_and_no_other() {
    let two = folder(&["a", "b"]);
    for (rows, told) in [
        (vec![row("a"), row("b")], vec![]),
        (vec![row("a")], vec!["b pending"]),
        (vec![], vec!["a pending", "b pending"]),
        (vec![row("a"), unfinished("b")], vec!["b failed"]),
        (vec![row("a"), rolled_back("b")], vec!["b rolled back"]),
        (vec![row("a"), rolled_back("b"), row("b")], vec![]),
        (vec![row("a"), rolled_back("b"), unfinished("b")], vec!["b failed"]),
        (vec![row("a"), rolled_back("b"), marked("b")], vec!["b marked"]),
        (vec![row("a"), edited("b")], vec!["b edited"]),
        // An edit of what was never applied is none.
        (vec![row("a"), Row { rolled_back: true, ..edited("b") }], vec!["b rolled back"]),
        (vec![row("a"), row("b"), row("c")], vec!["c unknown"]),
        (vec![row("a"), row("b"), rolled_back("c")], vec![]),
        (vec![row("a"), row("b"), unfinished("c")], vec!["c failed"]),
        (vec![marked("a"), row("b")], vec!["a marked"]),
        (vec![Row { marked: true, ..edited("a") }, row("b")], vec!["a edited", "a marked"]),
    ] {
        assert_eq!(findings(&two, &history(&rows), &[]), told, "{rows:?}");
    }
}

#[test]
fn while_the_lock_is_held_nobody_can_tell() {
    let two = folder(&["a", "b"]);
    for (rows, locked, running) in [
        (vec![row("a"), unfinished("b")], true, true),
        (vec![row("a"), unfinished("b")], false, false),
        (vec![row("a")], true, true),
        // Somebody deploys, and there is nothing to do.
        (vec![row("a"), row("b")], true, false),
    ] {
        let seen = History { locked, ..history(&rows) };
        let (judged, told) = judge::applied(&two, &seen);
        assert_eq!(told, running, "{rows:?} {locked}");
        assert_eq!(wrong(&judged).contains(&"b running".to_owned()), locked && rows.len() == 2 && running);
    }
}

#[test]
fn what_is_accepted_is_accepted_as_it_is_now_and_always_said() {
    let two = folder(&["a", "b"]);
    let seen = history(&[edited("a"), marked("b")]);
    let pins = [accept("a", &sql("a")), accept("b", &sql("b"))];
    assert_eq!(findings(&two, &seen, &pins), Vec::<String>::new());
    let (judged, facts) = judge::checksums(&two, &seen, &pins);
    assert_eq!(facts[0].value, "a: a comment");
    // The comparison itself is shown, though it does not count.
    assert!(judged.iter().any(|judged| judged.actual == checksum::of(b"something else") && judged.ok));
    // A later edit, and a pin for another migration, are found.
    for pins in [[accept("a", b"an edit before this one")], [accept("b", &sql("a"))]] {
        let told = findings(&two, &seen, &pins);
        assert!(told.contains(&"a edited".to_owned()), "{told:?}");
    }
    // A pin that is no longer needed accepts nothing.
    assert!(judge::checksums(&two, &history(&[row("a"), row("b")]), &pins).1.is_empty());
}

#[test]
fn the_history_has_to_be_where_prisma_looks() {
    let one = folder(&["a"]);
    for (found_in, rows, told) in [
        (vec!["public"], vec![row("a")], vec![]),
        (vec!["other", "public"], vec![row("a")], vec![]),
        (vec!["public"], vec![], vec!["Migrations(HistoryRows) 0"]),
        (vec!["other"], vec![], vec!["Migrations(HistorySchema) other"]),
        (vec!["app", "other"], vec![], vec!["Migrations(HistorySchema) app, other"]),
        (vec![], vec![], vec!["Migrations(HistorySchema) "]),
    ] {
        let found_in = found_in.into_iter().map(str::to_owned).collect();
        let seen = History { found_in, ..history(&rows) };
        assert_eq!(wrong(&judge::history(&one, &seen)), told, "{seen:?}");
    }
    // Without migrations there is nothing that an empty history lacks.
    assert!(wrong(&judge::history(&folder(&[]), &history(&[]))).is_empty());
}

#[test]
fn a_folder_that_prisma_would_refuse_is_told() {
    let mut bad = folder(&["a", "b", "c"]);
    bad.migrations[1].sql = None;
    bad.migrations[2].sql = Some(b"-- \xe9t\xe9\n".to_vec());
    bad.provider = Some("mysql".to_owned());
    assert_eq!(
        wrong(&judge::folder(&bad)),
        ["Migrations(LockProvider) mysql", "Migrations(MigrationFiles) 1", "b file ", "c file binary"]
    );
    // The lock file may be missing; that it names nothing is as bad as another name.
    for (provider, count) in [(None, 0), (Some("postgresql"), 0), (Some(""), 1), (Some("postgres"), 1)] {
        let one = Folder { provider: provider.map(str::to_owned), ..folder(&["a"]) };
        assert_eq!(wrong(&judge::folder(&one)).len(), count, "{provider:?}");
    }
}

#[test]
fn a_container_has_to_hold_the_same_migrations() {
    let (one, two) = (folder(&["a"]), folder(&["a", "b"]));
    let mut other = folder(&["a", "b"]);
    other.migrations[1].sql = Some(b"SELECT 1;".to_vec());
    let mut windows = folder(&["a", "b"]);
    windows.migrations[1].sql = Some(b"CREATE TABLE b ();\r\n".to_vec());
    let mut without = folder(&["a", "b"]);
    without.migrations[1].sql = None;
    for (inside, told) in [
        (Some(&two), vec![]),
        (Some(&windows), vec![]),
        (Some(&one), vec!["Migrations(ContainerMigrations) 1", "b differs"]),
        (Some(&other), vec!["Migrations(ContainerMigrations) 1", "b differs"]),
        (Some(&without), vec!["Migrations(ContainerMigrations) 1", "b differs"]),
        (None, vec!["Migrations(ContainerMigrations) "]),
    ] {
        assert_eq!(wrong(&judge::container(&two, inside)), told, "{inside:?}");
    }
    // An image of a later commit.
    assert_eq!(wrong(&judge::container(&one, Some(&two))), ["b differs"]);
}

#[test]
fn of_a_failed_migration_the_error_is_told_by_its_code_alone() {
    let facts = judge::errors(&history(&[row("a"), unfinished("b"), rolled_back("c")]));
    let values: Vec<_> = facts.into_iter().map(|fact| fact.value).collect();
    assert_eq!(values, ["b: SQLSTATE 42P07"]);
}
