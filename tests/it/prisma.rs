//! Section 3 beside the real Prisma Migrate: `tests/prisma`. The states are Prisma's own work, and so is the other
//! opinion.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::app::{App, DIR};
use crate::support::gate::Ended;
use crate::support::skip::skip;

const UP_TO_DATE: &str = "Database schema is up to date!";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prisma")
}

/// What `prisma migrate` with these arguments says, whether it succeeds or not.
fn prisma(app: &App, arguments: &[&str]) -> String {
    let output = Command::new("node")
        .args(["node_modules/prisma/build/index.js", "migrate"])
        .args(arguments)
        .current_dir(folder())
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", app.repo.path())
        .env("PRISMA_SCHEMA", app.repo.path().join("prisma/schema.prisma"))
        .env("DATABASE_URL", app.url())
        .envs([("CHECKPOINT_DISABLE", "1"), ("PRISMA_HIDE_UPDATE_MESSAGE", "1"), ("NO_COLOR", "1")])
        // Engines that are there are not downloaded. None of them is used.
        .envs([("PRISMA_QUERY_ENGINE_LIBRARY", "/bin/true"), ("PRISMA_SCHEMA_ENGINE_BINARY", "/bin/true")])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What `prisma migrate status` says of the migrations: what follows `N migrations found in …`.
fn status(app: &App) -> String {
    let said = prisma(app, &["status"]);
    let (_, after) = said.split_once(" found in ").unwrap_or_else(|| panic!("{said}"));
    after.split_once('\n').unwrap().1.to_owned()
}

/// Release what is in the folder, and look.
fn verify(app: &App, tag: &str) -> Ended {
    app.release(tag);
    app.verify(tag)
}

/// The checks of section 3 that did not pass.
fn not_passed(ended: &Ended) -> Vec<String> {
    let ids = ended.ids().into_iter().filter(|id| id.starts_with("migrations."));
    ids.filter(|id| ended.outcome(id) != "passed").collect()
}

#[test]
fn what_prisma_lets_pass_is_found_and_what_it_finds_is_found_as_well() {
    const TEST: &str = "prisma::what_prisma_lets_pass_is_found_and_what_it_finds_is_found_as_well";
    if !folder().join("node_modules/prisma").exists() {
        return skip(TEST, "tests/prisma/node_modules is missing; run script/bootstrap");
    }
    let Some(app) = App::without_history(TEST) else { return };
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n";
    fs::write(app.repo.path().join("prisma/schema.prisma"), schema).unwrap();
    app.migration("1_init", "CREATE TABLE a (id int PRIMARY KEY);\n");
    app.migration("2_more", "CREATE TABLE b (id int PRIMARY KEY);\r\n");

    let said = prisma(&app, &["deploy"]);
    assert!(said.contains("All migrations have been successfully applied."), "{said}");
    assert!(status(&app).contains(UP_TO_DATE));
    let ended = verify(&app, "v1.0.0").ended_with(0);
    assert_eq!(not_passed(&ended), [""; 0]);
    assert!(ended.record().contains(UP_TO_DATE));

    // What fails. Both say which.
    app.migration("3_broken", "CREATE TABLE a (id int PRIMARY KEY);\n");
    prisma(&app, &["deploy"]);
    let lines = "Following migration have failed:\n3_broken\n";
    assert!(status(&app).contains(lines));
    let ended = verify(&app, "v1.1.0").ended_with(1);
    assert_eq!(not_passed(&ended), ["migrations.applied"]);
    assert!(ended.record().contains(lines));

    // Rolled back, and not applied again: nothing is wrong, says Prisma.
    prisma(&app, &["resolve", "--rolled-back", "3_broken"]);
    assert!(status(&app).contains(UP_TO_DATE));
    assert_eq!(not_passed(&app.verify("v1.1.0").ended_with(1)), ["migrations.applied"]);

    // Mended and applied again, in a row of its own.
    app.migration("3_broken", "CREATE TABLE c (id int PRIMARY KEY);\n");
    prisma(&app, &["deploy"]);
    assert_eq!(app.run("SELECT count(*) FROM _prisma_migrations WHERE migration_name = '3_broken'"), "2");
    assert_eq!(not_passed(&verify(&app, "v1.2.0").ended_with(0)), [""; 0]);

    // Marked as applied, and never run.
    app.migration("4_marked", "CREATE TABLE d (id int PRIMARY KEY);\n");
    prisma(&app, &["resolve", "--applied", "4_marked"]);
    assert!(status(&app).contains(UP_TO_DATE));
    let ended = verify(&app, "v1.3.0").ended_with(0);
    assert_eq!(
        (not_passed(&ended), ended.verdict().as_str()),
        (vec!["migrations.marked".to_owned()], "WARNED")
    );

    // Edited, gone, and one more that nobody has applied.
    app.migration("1_init", "CREATE TABLE a (id bigint PRIMARY KEY);\n");
    fs::remove_dir_all(app.repo.path().join(DIR).join("2_more")).unwrap();
    assert!(status(&app).contains(UP_TO_DATE));
    app.migration("5_pending", "CREATE TABLE e (id int PRIMARY KEY);\n");
    // Only now it looks further, and never at the edit.
    let said = status(&app);
    assert!(said.contains("not yet been applied:\n5_pending\n") && said.contains("2_more"), "{said}");
    assert!(!said.contains("1_init"), "{said}");
    let lines = "Following migration have not yet been applied:\n5_pending\n";
    let ended = verify(&app, "v1.4.0").ended_with(1);
    assert_eq!(
        not_passed(&ended),
        ["migrations.applied", "migrations.checksums", "migrations.known", "migrations.marked"]
    );
    assert!(ended.record().contains(lines) && !ended.record().contains(UP_TO_DATE));
}
