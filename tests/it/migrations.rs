//! Section 3 on a real database: every state that a history can be in, through the binary.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::support::app::{App, DIR, HISTORY};
use crate::support::bash::{Bash, Piece, blocks};
use crate::support::docker::{Engine, engine};
use crate::support::gate::{Ended, Gate};
use crate::support::postgres::{PASSWORD, encoded};
use crate::support::skip::skip;
use crate::support::sshd::{free_port, until};

const ONE: &str = "20260214120000_init";
const TWO: &str = "20260301120000_more";

/// What a check found wrong, as `what name actual`.
fn wrong(ended: &Ended, id: &str) -> Vec<String> {
    let check = ended.check(id);
    let judged = check["evidence"]["judged"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    judged
        .iter()
        .filter(|judged| judged["ok"] == false)
        .map(|judged| {
            let parts = [&judged["subject"]["what"], &judged["subject"]["name"], &judged["actual"]];
            parts.map(text).join(" ").trim_end().to_owned()
        })
        .collect()
}

/// The outcomes of the checks of the section, in their order.
fn outcomes(ended: &Ended) -> Vec<(String, String)> {
    let ids = ended.ids().into_iter().filter(|id| id.starts_with("migrations."));
    ids.map(|id| (id["migrations.".len()..].to_owned(), ended.outcome(&id))).collect()
}

fn all_passed(ended: &Ended) {
    for (id, outcome) in outcomes(ended) {
        assert_eq!(outcome, "passed", "{id}: {:#}", ended.check(&format!("migrations.{id}")));
    }
}

/// Paste the commands of the section into bash, in a clone. Panics where they print something else than the record
/// says; returns how many were compared.
fn pasted(app: &App, record: &str) -> usize {
    let url = app.url();
    let bash = Bash::new(&[("DATABASE_URL", &url)]);
    let from = app.repo.path().to_string_lossy().into_owned();
    app.repo.git(&["clone", "--quiet", &from, &bash.work().to_string_lossy()]);
    let section = record.split("## 3. ").nth(1).unwrap().split("\n## 4. ").next().unwrap();
    let pieces: Vec<Piece> = blocks(section).concat();
    let printed = bash.run(&pieces);
    assert_eq!(printed.stderr, "", "{section}");
    let mut compared = 0;
    for (piece, seen) in pieces.iter().zip(&printed.pieces).filter(|(piece, _)| !piece.prints.is_empty()) {
        let seen: Vec<_> = seen.iter().map(|line| line.trim_end()).collect();
        assert_eq!(seen, piece.prints, "{}", piece.lines.join("\n"));
        compared += 1;
    }
    compared
}

#[test]
fn a_database_that_is_up_to_date_passes_and_the_record_can_be_pasted() {
    let Some(app) = App::new("migrations::a_database_that_is_up_to_date_passes_and_the_record_can_be_pasted")
    else {
        return;
    };
    // Two of the same second, a loose file, a large one, one with the other line endings, and a deeper folder.
    app.migrated(&[ONE, "20260301120000_a", "20260301120000_b"]);
    let large = format!("-- {}\n", "x".repeat(10 << 20));
    app.migration("20260302120000_large", &large);
    app.applied("20260302120000_large", &large);
    app.migration("20260303120000_windows", "SELECT 1;\r\nSELECT 2;\r\n");
    app.applied("20260303120000_windows", "SELECT 1;\nSELECT 2;\n");
    app.file("20260304120000_loose.sql", "SELECT 3;");
    app.file(&format!("{ONE}/down/migration.sql"), "DROP TABLE a;");
    app.release("v1.0.0");
    app.migrated(&["20260305120000_last"]);
    app.release("v1.1.0");
    let ended = app.verify("v1.1.0").ended_with(0);
    all_passed(&ended);
    assert_eq!(ended.verdict(), "PASSED");
    assert_eq!(ended.fact("migrations.folder", "new_migration"), "20260305120000_last");
    let record = ended.record();
    for text in [
        "6 migrations found in prisma/migrations\n\nDatabase schema is up to date!\n",
        "\n### Migrations appliquées\n",
        "| `20260301120000_b` | `2",
        "- [x] Migrations appliquées",
    ] {
        assert!(record.contains(text), "{text}\n{record}");
    }
    // The folder, the schema and the history.
    assert_eq!(pasted(&app, &record), 3);
    for piece in [PASSWORD, &encoded(PASSWORD)] {
        assert!(!record.contains(piece), "a piece of the URL");
    }
}

#[test]
fn every_finding_is_told_at_once() {
    let Some(app) = App::new("migrations::every_finding_is_told_at_once") else { return };
    app.migrated(&[ONE, TWO]);
    for name in ["3_edited", "4_failed", "5_rolled_back", "6_marked", "7_pending"] {
        app.migration(name, format!("-- {name}\n"));
    }
    app.applied("3_edited", "-- as it was\n");
    let log = "A migration failed to apply.\n\nDatabase error code: 23505\n\nDatabase error:\nERROR: duplicate key, \
               Key (email)=(amel@nexus.test) already exists.";
    app.row("4_failed", b"-- 4_failed\n", "logs", &format!("'{log}'"));
    app.row("5_rolled_back", b"-- 5_rolled_back\n", "logs, rolled_back_at", "'…', now()");
    app.row("6_marked", b"-- 6_marked\n", "started_at, finished_at", "now(), now()");
    app.applied("0_gone", "-- gone\n");
    app.release("v1.0.0");
    let ended = app.verify("v1.0.0").ended_with(1);
    for (id, told) in [
        ("folder", vec![]),
        ("history", vec![]),
        (
            "applied",
            vec![
                "migrations  4",
                "failed_migration 4_failed failed",
                "pending_migration 7_pending pending",
                "rolled_back_migration 5_rolled_back rolled back",
            ],
        ),
        (
            "checksums",
            vec![
                "edited_migrations  1",
                // printf -- '-- as it was\n' | sha256sum
                "edited_migration 3_edited ec931762f5f8e5faede0a43b136c797d6eeb3b2197881f0c7878bacbf58ce8b4",
            ],
        ),
        ("known", vec!["unknown_migrations  1", "unknown_migration 0_gone"]),
        ("marked", vec!["marked_migrations  1", "marked_migration 6_marked marked as applied"]),
    ] {
        assert_eq!(wrong(&ended, &format!("migrations.{id}")), told, "{id}");
    }
    assert_eq!(ended.outcome("migrations.marked"), "failed");
    assert_eq!(ended.check("migrations.marked")["meta"]["required"], false);
    // Of the log only the error's code: the rest may name people.
    assert_eq!(ended.fact("migrations.applied", "migration_error"), "4_failed: SQLSTATE 23505");
    for file in ended.files() {
        assert!(!ended.file(&file).contains("amel@"), "{file}");
    }
    let record = ended.record();
    for text in [
        "Following migrations have not yet been applied:\n7_pending\n5_rolled_back\n",
        "Following migration have failed:\n4_failed\n",
        "- [ ] Migrations appliquées",
    ] {
        assert!(record.contains(text), "{text}\n{record}");
    }
    assert!(!record.contains("up to date"), "{record}");
    // And both checksums of the migration that was edited.
    assert_eq!(pasted(&app, &record), 5);
}

#[test]
fn a_migration_under_way_is_not_a_failed_one() {
    let Some(app) = App::new("migrations::a_migration_under_way_is_not_a_failed_one") else { return };
    app.migrated(&[ONE]);
    app.migration(TWO, "SELECT pg_sleep(60);\n");
    app.row(TWO, b"SELECT pg_sleep(60);\n", "logs", "''");
    app.release("v1.0.0");
    let ended = app.verify("v1.0.0").ended_with(1);
    assert_eq!(
        wrong(&ended, "migrations.applied"),
        ["migrations  1", &format!("failed_migration {TWO} failed")]
    );
    // The lock of another database of the same server says nothing of this one.
    let other = Lock::hold(&app.server.url("postgres", "postgres"));
    app.verify("v1.0.0").ended_with(1);
    drop(other);
    let lock = Lock::hold(&app.url());
    let held =
        || app.run("select count(*) from pg_locks where locktype = 'advisory' and objid = 72707369") != "0";
    until("the lock is held", held);
    let ended = app.verify("v1.0.0").ended_with(3);
    assert_eq!(ended.cause("migrations.applied").0, "migrations_running");
    assert!(!ended.record().contains("have failed"), "{}", ended.record());
    drop(lock);
    until("the lock is free", || !held());
    app.verify("v1.0.0").ended_with(1);
}

/// A session that holds Prisma's lock; it ends with this.
struct Lock(Child);

impl Lock {
    fn hold(url: &str) -> Self {
        let mut psql = Command::new("psql");
        psql.args(["-qX", url]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = psql.spawn().unwrap();
        // The session goes on as long as its input is open.
        child.stdin.as_mut().unwrap().write_all(b"select pg_advisory_lock(72707369);\n").unwrap();
        Self(child)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn in_a_rollback_later_migrations_are_a_warning() {
    let Some(app) = App::new("migrations::in_a_rollback_later_migrations_are_a_warning") else { return };
    app.migrated(&[ONE]);
    app.release("v1.0.0");
    app.migrated(&[TWO]);
    app.release("v2.0.0");
    app.repo.git(&["checkout", "--quiet", "v1.0.0"]);
    // Without a word of it, the deployed commit lacks a migration.
    let ended = app.verify("v1.0.0").ended_with(1);
    assert_eq!(
        wrong(&ended, "migrations.known"),
        ["unknown_migrations  1", &format!("unknown_migration {TWO}")]
    );
    let gate = app.gate("v1.0.0", "migrations: { tool: prisma }").args(["--previous", "v2.0.0"]);
    let ended = gate.env("DATABASE_URL", app.url()).wait().ended_with(0);
    assert_eq!(ended.verdict(), "WARNED");
    assert_eq!(ended.outcome("migrations.known"), "failed");
    assert_eq!(ended.check("migrations.known")["meta"]["required"], false);
    assert!(!ended.record().contains("up to date"));
}

#[test]
fn a_history_that_is_not_where_prisma_looks_is_told_apart() {
    let Some(app) =
        App::without_history("migrations::a_history_that_is_not_where_prisma_looks_is_told_apart")
    else {
        return;
    };
    app.migration(ONE, "--\n");
    app.release("v1.0.0");
    let rest = |ended: &Ended, outcome: &str| {
        for id in ["applied", "checksums", "known", "marked"] {
            assert_eq!(ended.outcome(&format!("migrations.{id}")), outcome, "{id}");
        }
    };
    // No table at all.
    let ended = app.verify("v1.0.0").ended_with(1);
    assert_eq!(wrong(&ended, "migrations.history"), ["history_schema"]);
    rest(&ended, "skipped");
    // In other schemas.
    app.run(&format!("CREATE SCHEMA app; SET search_path TO app; {HISTORY}"));
    let ended = app.verify("v1.0.0").ended_with(1);
    assert_eq!(wrong(&ended, "migrations.history"), ["history_schema  app"]);
    rest(&ended, "skipped");
    // The URL names that one: it is empty.
    let gate = || app.gate("v1.0.0", "migrations: { tool: prisma }");
    let ended = gate().env("DATABASE_URL", format!("{}?schema=app", app.url())).wait().ended_with(1);
    assert_eq!(wrong(&ended, "migrations.history"), ["history_rows  0"]);
    assert_eq!(
        wrong(&ended, "migrations.applied"),
        ["migrations  0", &format!("pending_migration {ONE} pending")]
    );
    // And now it is not.
    app.run("SET search_path TO app; INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at,
             applied_steps_count) VALUES ('1', encode(sha256('--\n'), 'hex'), '20260214120000_init', now(), 1)");
    let ended = gate().env("DATABASE_URL", format!("{}?schema=app", app.url())).wait().ended_with(0);
    all_passed(&ended);
    // A filter may leave out the check that would have told.
    let gate = gate().args(["--only", "migrations.checksums"]).env("DATABASE_URL", app.url());
    let ended = gate.wait().ended_with(1);
    assert_eq!(wrong(&ended, "migrations.checksums"), ["history_schema  app"]);
}

#[test]
fn what_is_accepted_is_pinned_to_what_it_is_now() {
    let Some(app) = App::new("migrations::what_is_accepted_is_pinned_to_what_it_is_now") else { return };
    app.migrated(&[ONE]);
    app.migration(TWO, "-- a better comment\n");
    app.applied(TWO, "-- a comment\n");
    app.migration("0_baseline", "CREATE TABLE a ();\n");
    app.row("0_baseline", b"CREATE TABLE a ();\n", "started_at, finished_at", "now(), now()");
    app.release("v1.0.0");
    assert_eq!(
        outcomes(&app.verify("v1.0.0").ended_with(1))[3],
        ("checksums".to_owned(), "failed".to_owned())
    );
    let sum = |name: &str| {
        let file = app.repo.path().join(DIR).join(name).join("migration.sql");
        let output = Command::new("sha256sum").arg(file).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
    };
    let keys = format!(
        "migrations:\n  tool: prisma\n  accept:\n    - {{ name: {TWO}, checksum: {}, reason: un commentaire }}\n    \
         - {{ name: 0_baseline, checksum: {}, reason: la base existait }}\n",
        sum(TWO),
        sum("0_baseline"),
    );
    let run = |tag: &str| app.gate(tag, &keys).env("DATABASE_URL", app.url()).wait();
    let ended = run("v1.0.0").ended_with(0);
    all_passed(&ended);
    let record = ended.record();
    assert!(record.contains(&format!("- acceptée en l'état\u{a0}: {TWO}: un commentaire")), "{record}");
    assert!(record.contains("la base existait") && record.contains("up to date"), "{record}");
    // Edited once more.
    app.migration(TWO, "DROP TABLE a;\n");
    app.release("v1.0.1");
    let ended = run("v1.0.1").ended_with(1);
    assert_eq!(wrong(&ended, "migrations.checksums").len(), 2);
}

#[test]
fn a_checksum_of_an_older_prisma_is_compared_in_its_form() {
    let Some(app) = App::new("migrations::a_checksum_of_an_older_prisma_is_compared_in_its_form") else {
        return;
    };
    app.migrated(&[ONE]);
    // Without the leading zero of each byte, as it was once written.
    app.run(
        "UPDATE _prisma_migrations SET checksum = (SELECT string_agg(ltrim(substr(checksum, at, 1), '0') ||
         substr(checksum, at + 1, 1), '' ORDER BY at) FROM generate_series(1, 63, 2) at)",
    );
    assert!(app.run("SELECT length(checksum) FROM _prisma_migrations").parse::<u32>().unwrap() < 64);
    app.release("v1.0.0");
    all_passed(&app.verify("v1.0.0").ended_with(0));
    app.migration(ONE, "-- edited\n");
    app.release("v1.0.1");
    assert_eq!(wrong(&app.verify("v1.0.1").ended_with(1), "migrations.checksums").len(), 2);
}

#[test]
fn a_role_that_may_read_the_history_alone_is_enough() {
    let Some(app) = App::new("migrations::a_role_that_may_read_the_history_alone_is_enough") else { return };
    app.migrated(&[ONE]);
    app.release("v1.0.0");
    let role = format!("gate_{}", app.database);
    app.server.role(&role);
    let run = || {
        let gate = app.gate("v1.0.0", "migrations: { tool: prisma }");
        gate.env("DATABASE_URL", app.server.url(&role, &app.database)).wait()
    };
    let ended = run().ended_with(3);
    let (code, detail) = ended.cause("migrations.history");
    assert_eq!(code, "database_access", "{detail}");
    let (_, grants) = detail.split_once(": GRANT").unwrap();
    // What it says is what helps.
    app.run(&format!("GRANT{grants}"));
    all_passed(&run().ended_with(0));
}

#[test]
fn a_folder_that_prisma_would_refuse_fails() {
    let Some(app) = App::new("migrations::a_folder_that_prisma_would_refuse_fails") else { return };
    app.migrated(&[ONE]);
    app.migration(TWO, b"-- \xe9t\xe9\n");
    app.file("20260401_without/README.md", "nothing yet");
    app.file("migration_lock.toml", "provider = \"mysql\"\n");
    app.release("v1.0.0");
    let ended = app.verify("v1.0.0").ended_with(1);
    assert_eq!(
        wrong(&ended, "migrations.folder"),
        [
            "lock_provider  mysql",
            "migration_files  1",
            &format!("migration_file {TWO} binary"),
            "migration_file 20260401_without",
        ]
    );
    assert_eq!(wrong(&ended, "migrations.applied").len(), 3);
}

#[test]
fn what_cannot_be_read_does_not_stop_the_rest() {
    let Some(app) = App::new("migrations::what_cannot_be_read_does_not_stop_the_rest") else { return };
    app.migrated(&[ONE]);
    app.release("v1.0.0");
    // Nobody listens there.
    let url = format!("postgresql://postgres@127.0.0.1:{}/app", free_port());
    let gate = app.gate("v1.0.0", "migrations: { tool: prisma }").env("DATABASE_URL", url);
    let ended = gate.wait().ended_with(3);
    assert_eq!(ended.cause("migrations.history").0, "refused");
    assert_eq!(ended.outcome("migrations.folder"), "passed");
    assert_eq!(ended.outcome("migrations.applied"), "skipped");
    // Another folder than the one that is there.
    let gate = app.gate("v1.0.0", "migrations: { tool: prisma, dir: db/migrations }");
    let ended = gate.env("DATABASE_URL", app.url()).wait().ended_with(3);
    let (code, detail) = ended.cause("migrations.folder");
    assert_eq!(
        (code.as_str(), detail.starts_with("there is no folder db/migrations in ")),
        ("migrations_folder", true)
    );
    assert_eq!(ended.outcome("migrations.history"), "passed");
    // A commit that nobody knows.
    let gate = app.gate("v9.9.9", "migrations: { tool: prisma }").env("DATABASE_URL", app.url());
    assert_eq!(gate.wait().ended_with(3).cause("migrations.folder").0, "no_commit");
}

#[test]
fn a_commit_that_the_checkout_does_not_have_is_fetched() {
    let Some(app) = App::new("migrations::a_commit_that_the_checkout_does_not_have_is_fetched") else {
        return;
    };
    app.migrated(&[ONE]);
    let first = app.release("v1.0.0");
    // Of this one only the record of another deployment would know.
    app.migration(TWO, "--\n");
    app.release("v1.1.0");
    let clone = app.repo.shallow_clone(1);
    let run = |commit: &str| {
        let config =
            "version: 1\ndatabase: { url: \"${secret:DATABASE_URL}\" }\nmigrations: { tool: prisma }\n";
        let gate = Gate::run(config).args(["--commit", commit]).within(clone.path());
        gate.env("DATABASE_URL", app.url()).wait()
    };
    all_passed(&run(&first).ended_with(0));
    let ended = run("0123456789abcdef0123456789abcdef01234567").ended_with(3);
    let (code, detail) = ended.cause("migrations.folder");
    assert_eq!(code, "no_commit");
    assert!(detail.contains("could not be fetched from origin"), "{detail}");
    assert_eq!(ended.outcome("migrations.history"), "passed");
}

/// The engine, if there can be one; else the test is counted as skipped.
fn docker(test: &str) -> Option<Arc<Engine>> {
    engine().map_err(|why| skip(test, &why)).ok()
}

#[test]
fn a_container_with_an_older_folder_is_told() {
    const TEST: &str = "migrations::a_container_with_an_older_folder_is_told";
    let (Some(app), Some(engine)) = (App::new(TEST), docker(TEST)) else { return };
    app.migrated(&[ONE]);
    app.release("v1.0.0");
    let name = format!("gate-migrations-{}", std::process::id());
    let container = engine.run(&["--network", "host", "--name", &name], &[]);
    let copy = || {
        let from = app.repo.path().join(DIR);
        engine.call(&["cp", &from.to_string_lossy(), &format!("{}:/app/migrations", container.id)]);
    };
    copy();
    let keys = format!(
        "hosts: {{ here: {{ local: true }} }}\nmigrations:\n  tool: prisma\n  container:\n    \
         - {{ host: here, container: {name}, dir: /app/migrations/ }}\n"
    );
    let run = |tag: &str, keys: &str| {
        let gate = app.gate(tag, keys).env("DATABASE_URL", app.url());
        gate.env("DOCKER_HOST", engine.address()).wait()
    };
    let ended = run("v1.0.0", &keys).ended_with(0);
    all_passed(&ended);
    // What the record shows gives the same in a shell.
    let check = ended.check(&format!("migrations.containers.{name}"));
    let command = &check["evidence"]["commands"][0];
    let output = Command::new("bash")
        .args(["-c", command["bash"].as_str().unwrap()])
        .env("DOCKER_HOST", engine.address())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), command["prints"][0].as_str().unwrap());
    // A new migration is applied from elsewhere; the container is the old one, and one file differs.
    app.migrated(&[TWO]);
    app.migration(ONE, "-- edited\n");
    app.release("v1.1.0");
    let ended = run("v1.1.0", &keys).ended_with(1);
    let told = wrong(&ended, &format!("migrations.containers.{name}"));
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[1].starts_with(&format!("container_migration {ONE} ")), "{told:?}");
    assert_eq!(told[2], format!("container_migration {TWO}"));
    // It may be stopped, and it may have more.
    engine.call(&["kill", &container.id]);
    let ended = run("v1.0.0", &keys);
    assert_eq!(ended.outcome(&format!("migrations.containers.{name}")), "passed");
    // It has no such folder; there is no such container.
    let ended = run("v1.0.0", &keys.replace("/app/migrations/", "/srv/migrations"));
    assert_eq!(wrong(&ended, &format!("migrations.containers.{name}")), ["container_migrations"]);
    let ended = run("v1.0.0", &keys.replace(&name, "gate-absent"));
    assert_eq!(ended.cause("migrations.containers.gate-absent").0, "no_container");
}
