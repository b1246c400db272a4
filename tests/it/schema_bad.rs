//! Migrations that do not replay, folders that hold none, servers that lack something: told with file and line, and
//! the rest of the run goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::gate::Ended;
use crate::support::project::{DIR, Migration, Project, failed, told};

const FIRST: Migration = ("20260101_init", "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n");
const CHECKS: &str = "{ release: true, drift: true, tables: [users] }";

/// A project with one release, and a second one with this migration that was never run anywhere.
fn with(test: &str, name: &str, sql: &[u8]) -> Option<Project> {
    let project = Project::new(test, &[&[FIRST]])?;
    let file = project.repo.path().join(DIR).join(name).join("migration.sql");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, sql).unwrap();
    project.repo.git(&["add", "."]);
    project.repo.git(&["commit", "--quiet", "--message", name]);
    project.repo.tag("v1.1.0");
    Some(project)
}

/// What both checks say of their cause, where it is the same and nothing else is in trouble.
#[track_caller]
fn cause(ended: &Ended) -> (String, String) {
    assert_eq!(ended.outcome("schema.declared.table.users"), "passed");
    assert_eq!(ended.cause("schema.release"), ended.cause("schema.drift"));
    ended.cause("schema.drift")
}

#[test]
fn a_migration_that_does_not_replay_is_told_with_its_line() {
    for (name, sql, detail) in [
        (
            "20260201_a",
            &b"SELECT 1;\n\nCREATE TABEL x ();\n"[..],
            "20260201_a/migration.sql, line 3: syntax error at or near \"TABEL\"",
        ),
        // The server does not say where.
        (
            "20260201_b",
            b"-- one;\nCREATE TABLE a ();\nSELECT ';' ;\n\nCREATE TABLE users ();\n",
            "20260201_b/migration.sql, line 5: relation \"users\" already exists",
        ),
        (
            "20260201_c",
            b"CREATE TABLE b ();\n\nDO $$ BEGIN\n  PERFORM 1;\n  RAISE EXCEPTION 'not today';\nEND $$;\n",
            "20260201_c/migration.sql, line 3: not today; in PL/pgSQL function",
        ),
        ("20260201_d", b"SELECT 1;\nSELECT '\xff';\n", "20260201_d/migration.sql, line 2: not UTF-8"),
        ("20260201_e", b"SELECT 1;\nSELECT 1\0;\n", "20260201_e/migration.sql, line 2: a NUL byte"),
        (
            "20260201_f",
            b"CREATE TABLE x ();\nCREATE EXTENSION no_such_thing;",
            "20260201_f/migration.sql, line 2: extension \"no_such_thing\" is not available",
        ),
    ] {
        let Some(project) = with("a_migration_that_does_not_replay_is_told_with_its_line", name, sql) else {
            return;
        };
        let ended = project.run("v1.1.0", CHECKS).ended_with(3);
        let (code, said) = cause(&ended);
        assert!(said.starts_with(detail), "{said}");
        assert_eq!(code, if name.ends_with('f') { "scratch_extension" } else { "replay" });
    }
}

#[test]
fn a_folder_that_is_not_prismas_is_told() {
    let Some(project) = Project::new("a_folder_that_is_not_prismas_is_told", &[&[FIRST]]) else { return };
    let run = |config: &str| project.gate("v1.0.0", config).wait().ended_with(3);
    let config = Project::config(CHECKS);
    let (code, detail) = cause(&run(&format!("{config}migrations: {{ tool: prisma, dir: db/migrate }}\n")));
    assert_eq!(code, "migrations_folder");
    assert!(detail.starts_with("there is no db/migrate in "), "{detail}");
    project.repo.commit("sql/1.sql", "SELECT 1", "loose files");
    project.repo.git(&["tag", "--force", "v1.0.0"]);
    let (code, detail) = cause(&run(&format!("{config}migrations: {{ tool: prisma, dir: sql }}\n")));
    assert_eq!(code, "migrations_folder");
    assert!(detail.starts_with("sql holds no migrations in "), "{detail}");
}

#[test]
fn a_folder_without_statements_is_told() {
    let test = "a_folder_without_statements_is_told";
    let Some(project) = Project::new(test, &[&[FIRST]]) else { return };
    project.repo.commit(&format!("{DIR}/20260201_empty/README.md"), "later", "forgotten");
    project.repo.tag("v1.1.0");
    let (code, detail) = cause(&project.run("v1.1.0", CHECKS).ended_with(3));
    assert_eq!(
        (code.as_str(), detail.as_str()),
        ("replay", "20260201_empty/migration.sql: there is no such file")
    );
}

#[test]
fn ten_megabytes_of_statements_are_replayed() {
    use std::fmt::Write as _;
    let mut sql = String::from("CREATE TABLE big (id INTEGER, text TEXT);\n");
    let line = "x".repeat(1_000);
    for id in 0..100 {
        let values: Vec<String> = (0..100).map(|at| format!("({}, '{line}')", id * 100 + at)).collect();
        writeln!(sql, "INSERT INTO big VALUES {};", values.join(",\n")).unwrap();
    }
    assert!(sql.len() > 10_000_000);
    let test = "ten_megabytes_of_statements_are_replayed";
    let Some(project) = with(test, "20260201_big", sql.as_bytes()) else { return };
    project.psql("CREATE TABLE big (id INTEGER, text TEXT)");
    let ended = project.run("v1.1.0", CHECKS).ended_with(0);
    assert_eq!(
        told(&ended, "schema.release"),
        ["added tables big: proven", "added columns big.id: proven", "added columns big.text: proven"]
    );
}

#[test]
fn sets_that_part_are_replayed_each_by_itself() {
    // An edited migration, and one that came later with an older name.
    let edited: Migration = ("20260110_more", "CREATE TABLE more (id INTEGER);\n");
    let Some(project) = Project::new("sets_that_part_are_replayed_each_by_itself", &[&[FIRST, edited]])
    else {
        return;
    };
    project.add(&("20260105_between", "CREATE TABLE between_both (id INTEGER);\n"));
    project.add(&(edited.0, "CREATE TABLE more (id BIGINT);\n"));
    project.repo.tag("v1.1.0");
    project.psql("CREATE TABLE between_both (id INTEGER)");
    let ended = project.run("v1.1.0", CHECKS).ended_with(1);
    let changes = [
        "added tables between_both: proven",
        "changed columns more.id: different",
        "added columns between_both.id: proven",
    ];
    let mut told = told(&ended, "schema.release");
    told.sort();
    let mut expected = changes.map(str::to_owned);
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(ended.fact("schema.release", "migrations_taken_back"), "1");
    assert_eq!(failed(&ended, "schema.drift"), ["column more.id"]);
    // Where only the older set does not replay, drift can still be told.
    let broken: Migration = ("20260110_more", "CREATE TABEL");
    let Some(project) = Project::new("sets_that_part_are_replayed_each_by_itself", &[&[FIRST]]) else {
        return;
    };
    project.add(&broken);
    project.repo.tag("v1.1.0");
    project.add(&(broken.0, "CREATE TABLE more (id INTEGER)"));
    project.repo.tag("v1.2.0");
    project.psql("CREATE TABLE more (id INTEGER)");
    let ended = project.run("v1.2.0", CHECKS).ended_with(3);
    assert_eq!(ended.cause("schema.release").0, "replay");
    assert_eq!(ended.outcome("schema.drift"), "passed");
}

#[test]
fn the_names_of_a_record_stand_in_for_a_folder_that_was_elsewhere() {
    let test = "the_names_of_a_record_stand_in_for_a_folder_that_was_elsewhere";
    let Some(project) = Project::new(test, &[]) else { return };
    let second: Migration = ("20260201_more", "CREATE TABLE more (id INTEGER)");
    // The first release had its migrations in another folder.
    project.repo.git(&["rm", "--quiet", "-r", "prisma"]);
    project.repo.commit(&format!("db/{}/migration.sql", FIRST.0), FIRST.1, "the first");
    project.repo.tag("v1.0.0");
    project.psql(&format!(
        "DROP TABLE _prisma_migrations; CREATE TABLE _prisma_migrations (id text PRIMARY KEY, checksum text NOT NULL, \
         finished_at timestamptz, migration_name text NOT NULL, logs text, rolled_back_at timestamptz, \
         started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0); \
         INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) \
         VALUES ('1', repeat('0', 64), now(), '{}', 1)",
        FIRST.0
    ));
    project.psql(FIRST.1);
    let config = Project::config("{ tables: [users] }") + "migrations: { tool: prisma, dir: db }\n";
    let ended = project.gate("v1.0.0", &config).args(["--only", "migrations"]).wait();
    project.repo.commit("ops/PROD_DEPLOY_2026-01-02_0000000.md", &ended.record(), "ops: the record");
    for migration in [&FIRST, &second] {
        project.add(migration);
    }
    project.psql(second.1);
    project.repo.tag("v1.1.0");
    let ended = project.run("v1.1.0", "{ release: true }").ended_with(0);
    assert_eq!(
        told(&ended, "schema.release"),
        ["added tables more: proven", "added columns more.id: proven"]
    );
    assert_eq!(ended.fact("schema.release", "migrations_brought"), "1");
    // Without the record's list, everything is new.
    project.repo.git(&["rm", "--quiet", "-r", "ops"]);
    project.repo.commit("app", "1", "no records");
    project.repo.git(&["tag", "--force", "v1.1.0"]);
    let ended = project.run("v1.1.0", "{ release: true }").ended_with(0);
    assert_eq!(ended.fact("schema.release", "migrations_brought"), "2");
}

/// PostgreSQL's own programs without one of their extensions.
fn programs_without(major: u32, extension: &str) -> TempDir {
    let root = TempDir::new().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for place in ["lib", "share"] {
        let from = format!("/usr/{place}/postgresql/{major}");
        let to = root.path().join(format!("usr/{place}/postgresql"));
        fs::create_dir_all(&to).unwrap();
        assert!(Command::new("cp").arg("-rL").arg(from).arg(to).status().unwrap().success());
    }
    let control = format!("usr/share/postgresql/{major}/extension/{extension}.control");
    fs::remove_file(root.path().join(control)).unwrap();
    root
}

#[test]
fn an_extension_that_the_server_lacks_is_never_passed_over() {
    let test = "an_extension_that_the_server_lacks_is_never_passed_over";
    let Some(project) = Project::new(test, &[&[FIRST]]) else { return };
    let version: u32 = project.psql("SHOW server_version_num").parse().unwrap();
    let major = version / 10_000;
    if !Path::new(&format!("/usr/lib/postgresql/{major}")).exists() {
        return crate::support::skip::skip(test, "PostgreSQL is not where Debian puts it");
    }
    let programs = programs_without(major, "citext");
    let bin = programs.path().join(format!("usr/lib/postgresql/{major}/bin"));
    let config = |checks: &str| Project::config_with(&format!("{{ binaries: {} }}", bin.display()), checks);
    // Made by hand in production: no replay could have made it.
    project.psql("CREATE EXTENSION citext; ALTER TABLE users ALTER email TYPE citext");
    let ended = project.gate("v1.0.0", &config("{ drift: true }")).wait().ended_with(3);
    let (code, detail) = ended.cause("schema.drift");
    assert_eq!(code, "scratch_extension");
    assert!(detail.starts_with("production has extension citext"), "{detail}");
    // Known, it is no cause.
    let known = "{ drift: true, ignore: [extension citext, column users.email] }";
    project.gate("v1.0.0", &config(known)).wait().ended_with(0);
    // Swallowed by a migration, it is found all the same.
    project.add(&(
        "20260201_try",
        "DO $$ BEGIN CREATE EXTENSION citext; EXCEPTION WHEN OTHERS THEN NULL; END $$",
    ));
    project.repo.tag("v1.1.0");
    let ended = project.gate("v1.1.0", &config("{ drift: true }")).wait().ended_with(3);
    assert_eq!(ended.cause("schema.drift").0, "scratch_extension");
}

#[test]
fn roles_of_production_can_be_named_by_migrations() {
    let test = "roles_of_production_can_be_named_by_migrations";
    let Some(project) = Project::new(test, &[]) else { return };
    project.server.role("schema_app");
    let migration: Migration = (
        "20260101_grants",
        "CREATE TABLE users (id INTEGER); GRANT SELECT ON users TO schema_app; ALTER TABLE users OWNER TO schema_app; \
         ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON users TO schema_app, PUBLIC USING (true);",
    );
    project.add(&migration);
    project.psql(migration.1);
    project.repo.tag("v1.0.0");
    project.run("v1.0.0", "{ drift: true }").ended_with(0);
}
