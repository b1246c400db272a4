//! Section 4 on a real PostgreSQL: what a release brings, drift of every kind, and what is declared.

use std::process::Command;

use crate::support::bash;
use crate::support::postgres::encoded;
use crate::support::project::{DIR, Migration, Project, failed, told};

/// The first release.
const FIRST: &[Migration] = &[(
    "20260101_init",
    "CREATE TYPE \"Role\" AS ENUM ('ADMIN', 'ELEVE');
CREATE TYPE \"Gone\" AS ENUM ('X');
CREATE TABLE \"users\" (
  \"id\" SERIAL PRIMARY KEY, \"email\" TEXT NOT NULL, \"role\" \"Role\" NOT NULL DEFAULT 'ELEVE', \"old\" TEXT, \"name\" TEXT
);
CREATE UNIQUE INDEX \"users_email_key\" ON \"users\"(\"email\");
CREATE TABLE \"assessments\" (
  \"id\" TEXT PRIMARY KEY, \"user_id\" INTEGER NOT NULL, \"createdAt\" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX \"assessments_user_id_idx\" ON \"assessments\"(\"user_id\");
CREATE TABLE \"leftovers\" (\"id\" INTEGER);
CREATE TABLE \"pupils\" (\"id\" INTEGER);
CREATE VIEW recent AS SELECT id FROM assessments;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
",
)];

/// The second release: two migrations that share the beginning of their names.
const SECOND: &[Migration] = &[
    (
        "20260201_scores",
        "CREATE TABLE IF NOT EXISTS \"domain_scores\" (\"id\" TEXT PRIMARY KEY, \"assessment_id\" TEXT NOT NULL, \"score\" FLOAT8 NOT NULL);
CREATE INDEX IF NOT EXISTS \"domain_scores_assessment_id_idx\" ON \"domain_scores\"(\"assessment_id\");
DO $$ BEGIN
  ALTER TABLE \"domain_scores\" ADD CONSTRAINT \"domain_scores_assessment_id_fkey\"
    FOREIGN KEY (\"assessment_id\") REFERENCES \"assessments\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN ALTER TABLE \"assessments\" ADD CONSTRAINT \"assessments_user_check\" CHECK (user_id > 0); END $$;
ALTER TABLE \"assessments\" ADD COLUMN IF NOT EXISTS \"ssn\" DOUBLE PRECISION;
CREATE TYPE \"Status\" AS ENUM ('PENDING', 'COMPLETED');
",
    ),
    (
        "20260201_tidy",
        "ALTER TYPE \"Role\" ADD VALUE 'COACH' BEFORE 'ELEVE';
ALTER TABLE \"users\" DROP COLUMN \"old\";
ALTER TABLE \"users\" RENAME COLUMN \"name\" TO \"fullName\";
ALTER TABLE \"users\" ALTER COLUMN \"email\" SET DEFAULT '';
ALTER TABLE \"pupils\" RENAME TO \"students\";
ALTER INDEX \"assessments_user_id_idx\" RENAME TO \"assessments_user_idx\";
DROP TABLE \"leftovers\";
DROP TYPE \"Gone\";
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id := NEW.id; RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE OR REPLACE VIEW recent AS SELECT id, ssn FROM assessments;
CREATE SEQUENCE counter;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
",
    ),
];

/// Everything that the second release changes.
const CHANGES: [&str; 29] = [
    "added tables domain_scores: proven",
    "removed tables leftovers: proven",
    "removed tables pupils: proven",
    "added tables students: proven",
    "added columns assessments.ssn: proven",
    "added columns domain_scores.assessment_id: proven",
    "added columns domain_scores.id: proven",
    "added columns domain_scores.score: proven",
    "removed columns leftovers.id: proven",
    "removed columns pupils.id: proven",
    "added columns students.id: proven",
    "changed columns users.email: proven",
    "added columns users.fullName: proven",
    "removed columns users.name: proven",
    "removed columns users.old: proven",
    "removed indexes assessments.assessments_user_id_idx: proven",
    "added indexes assessments.assessments_user_idx: proven",
    "added indexes domain_scores.domain_scores_assessment_id_idx: proven",
    "added foreign_keys domain_scores.domain_scores_assessment_id_fkey: proven",
    "removed enums Gone: proven",
    "changed enums Role: proven",
    "added enums Status: proven",
    "added constraints assessments.assessments_user_check: proven",
    "added constraints domain_scores.domain_scores_pkey: proven",
    "changed views recent: proven",
    "changed functions touch(): proven",
    "added triggers users.touched: proven",
    "added sequences counter: proven",
    "added extensions pg_trgm: proven",
];

fn two_releases(test: &str) -> Option<Project> {
    let project = Project::new(test, &[FIRST, SECOND])?;
    // Prisma looks at folders only.
    project.repo.commit(&format!("{DIR}/20260301_loose.sql"), "DROP TABLE users;", "loose");
    project.repo.commit("app", "3", "a release without migrations");
    project.repo.tag("v1.2.0");
    Some(project)
}

const BOTH: &str = "{ release: true, drift: true }";

#[test]
fn each_thing_that_a_release_changes_is_proved() {
    let Some(project) = two_releases("each_thing_that_a_release_changes_is_proved") else { return };
    let ended = project.run("v1.1.0", BOTH).ended_with(0);
    assert_eq!(told(&ended, "schema.release"), CHANGES);
    assert_eq!(ended.actual("schema.release", "release_objects"), CHANGES.len().to_string());
    assert_eq!(ended.fact("schema.release", "previous"), "v1.0.0");
    assert_eq!(ended.fact("schema.release", "migrations_brought"), "2");
    assert!(ended.fact("schema.release", "scratch").starts_with("PostgreSQL "));
    assert_eq!(ended.actual("schema.drift", "drift"), "0");
    assert_eq!(ended.fact("schema.drift", "replayed"), "3");
    let record = ended.record();
    assert!(record.contains("| added | `assessments` | `ssn` | `double precision` | `YES` |"), "{record}");
    assert!(
        record.contains("| changed | `Role` | `'ADMIN', 'COACH', 'ELEVE'` | `('ADMIN', 'ELEVE')` | ✅ |"),
        "{record}"
    );
}

#[test]
fn what_is_pasted_shows_the_same() {
    let Some(project) = two_releases("what_is_pasted_shows_the_same") else { return };
    let ended = project.run("v1.1.0", BOTH).ended_with(0);
    let mut shown = String::new();
    for piece in bash::blocks(&ended.record()).into_iter().flatten() {
        let output = Command::new("bash")
            .args(["-c", &piece.lines.join("\n")])
            .env("DATABASE_URL", project.server.url("postgres", &project.database))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}\n{said}", piece.lines.join("\n"));
        shown.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    for there in CHANGES.iter().filter(|change| !change.starts_with("removed")) {
        let name = there.split_whitespace().nth(2).unwrap().trim_end_matches(':');
        let name = name.rsplit('.').next().unwrap();
        assert!(shown.contains(name), "{name} is not shown:\n{shown}");
    }
}

#[test]
fn a_release_without_migrations_adds_nothing_and_passes() {
    let Some(project) = two_releases("a_release_without_migrations_adds_nothing_and_passes") else { return };
    let ended = project.run("v1.2.0", "{ release: true }").ended_with(0);
    assert_eq!(ended.outcome("schema.release"), "passed");
    assert_eq!(ended.fact("schema.release", "migrations_brought"), "0");
    assert_eq!(ended.actual("schema.release", "release_objects"), "0");
    assert_eq!(told(&ended, "schema.release"), [""; 0]);
}

#[test]
fn a_first_run_says_that_it_has_nothing_to_compare_with() {
    let Some(project) = Project::new("a_first_run_says_that_it_has_nothing_to_compare_with", &[FIRST]) else {
        return;
    };
    let ended = project.run("v1.0.0", BOTH).ended_with(0);
    let check = ended.check("schema.release");
    assert_eq!(check["outcome"], "skipped");
    assert_eq!(check["skip"]["reason"], "no_baseline");
    assert_eq!(ended.outcome("schema.drift"), "passed");
    assert!(ended.record().contains("there is no previous deployment to compare with"));
    assert!(ended.record().contains("- [x] SQL schema verified"), "{}", ended.record());
    // Alone, it ticks nothing.
    let ended = project.run("v1.0.0", "{ release: true }").ended_with(0);
    assert!(ended.record().contains("- [ ] SQL schema verified"), "{}", ended.record());
}

#[test]
fn what_is_missing_of_a_release_is_told_without_what_follows() {
    let Some(project) = two_releases("what_is_missing_of_a_release_is_told_without_what_follows") else {
        return;
    };
    project.psql(
        "DROP TABLE domain_scores; ALTER TABLE users ADD COLUMN old text; DROP INDEX assessments_user_idx",
    );
    project.psql("ALTER TABLE users ALTER email SET DEFAULT 'x'");
    let ended = project.run("v1.1.0", "{ release: true }").ended_with(1);
    let wrong = [
        "table domain_scores",
        "column users.email",
        "column users.old",
        "index assessments.assessments_user_idx",
    ];
    assert_eq!(failed(&ended, "schema.release"), wrong);
    let told = told(&ended, "schema.release");
    assert!(told.contains(&"added columns domain_scores.id: missing".to_owned()), "{told:?}");
    assert!(told.contains(&"removed columns users.old: still_there".to_owned()), "{told:?}");
    assert!(told.contains(&"changed columns users.email: different".to_owned()), "{told:?}");
    assert_eq!(ended.actual("schema.release", "release_objects"), (CHANGES.len() - 10).to_string());
}

#[test]
fn what_a_rollback_takes_back_is_told() {
    let Some(project) = two_releases("what_a_rollback_takes_back_is_told") else { return };
    let gate = || project.gate("v1.0.0", &Project::config(BOTH)).args(["--previous", "v1.1.0"]);
    // The newer release had removed what this one needs.
    let ended = gate().wait().ended_with(1);
    assert!(ended.report()["deployment"]["rollback"] == true);
    assert_eq!(ended.fact("schema.release", "migrations_taken_back"), "2");
    let wrong = failed(&ended, "schema.release");
    assert_eq!(
        wrong,
        [
            "enum Gone",
            "table leftovers",
            "table pupils",
            "column users.name",
            "column users.old",
            "index assessments.assessments_user_id_idx"
        ]
    );
    let told = told(&ended, "schema.release");
    assert!(told.contains(&"taken_back tables domain_scores: still_there".to_owned()), "{told:?}");
    assert!(told.contains(&"needed columns users.old: missing".to_owned()), "{told:?}");
    // Nothing of it is drift: a database does not go back by itself.
    assert_eq!(ended.outcome("schema.drift"), "passed");
    assert!(ended.record().contains("left by the release before: "), "{}", ended.record());
    // Where the database was taken back as well, all is well.
    let down = "DROP TABLE domain_scores; DROP TYPE \"Status\"; DROP TABLE students; CREATE TABLE pupils (id INTEGER);
        CREATE TABLE leftovers (id INTEGER); CREATE TYPE \"Gone\" AS ENUM ('X'); ALTER TABLE users ADD old TEXT;
        ALTER TABLE users RENAME \"fullName\" TO name; ALTER INDEX assessments_user_idx RENAME TO assessments_user_id_idx";
    project.psql(down);
    let ended = gate().wait().ended_with(0);
    assert!(ended.record().contains("What this rollback takes back"), "{}", ended.record());
}

#[test]
fn drift_of_every_kind_is_named() {
    let Some(project) = two_releases("drift_of_every_kind_is_named") else { return };
    for (sql, object) in DRIFT {
        project.psql(&format!("{sql};"));
        let _ = object;
    }
    let ended = project.run("v1.1.0", "{ drift: true }").ended_with(1);
    let mut expected: Vec<&str> =
        DRIFT.iter().map(|(_, object)| *object).filter(|object| !object.is_empty()).collect();
    let mut found = failed(&ended, "schema.drift");
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(ended.record().contains("| **missing** | `users` | `fullName` |"), "{}", ended.record());
}

/// Changes made by hand, and what is told of each.
const DRIFT: &[(&str, &str)] = &[
    ("ALTER TABLE users DROP COLUMN \"fullName\"", "column users.fullName"),
    ("ALTER TABLE users ALTER email TYPE varchar(50)", "column users.email"),
    ("ALTER TABLE users ALTER role SET DEFAULT 'COACH'", "column users.role"),
    ("ALTER TABLE assessments ALTER user_id DROP NOT NULL", "column assessments.user_id"),
    (
        "ALTER TABLE assessments ADD COLUMN extra INTEGER GENERATED ALWAYS AS IDENTITY",
        "column assessments.extra",
    ),
    ("DROP INDEX users_email_key", "index users.users_email_key"),
    (
        "DROP INDEX assessments_user_idx; CREATE UNIQUE INDEX assessments_user_idx ON assessments(user_id)",
        "index assessments.assessments_user_idx",
    ),
    (
        "CREATE TABLE legacy (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX legacy_a ON legacy(a)",
        "table legacy",
    ),
    ("DROP TABLE students", "table students"),
    (
        "ALTER TABLE assessments DROP CONSTRAINT assessments_user_check, ADD CONSTRAINT assessments_user_check CHECK (user_id > 0) NOT VALID",
        "constraint assessments.assessments_user_check",
    ),
    (
        "ALTER TABLE domain_scores DROP CONSTRAINT domain_scores_assessment_id_fkey",
        "foreign key domain_scores.domain_scores_assessment_id_fkey",
    ),
    (
        "ALTER TABLE domain_scores ADD CONSTRAINT positive CHECK (score > 0)",
        "constraint domain_scores.positive",
    ),
    ("ALTER TABLE domain_scores ENABLE ROW LEVEL SECURITY", "table domain_scores"),
    ("CREATE POLICY mine ON domain_scores USING (true)", "policy domain_scores.mine"),
    ("ALTER TYPE \"Status\" ADD VALUE 'FAILED'", "enum Status"),
    ("CREATE TYPE mood AS (a INTEGER)", "type mood"),
    ("CREATE DOMAIN positive AS INTEGER CHECK (VALUE > 0)", "type positive"),
    (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "function touch()",
    ),
    (
        "CREATE FUNCTION touch(a INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
        "function touch(integer)",
    ),
    ("ALTER TABLE users DISABLE TRIGGER touched", "trigger users.touched"),
    ("ALTER SEQUENCE counter INCREMENT 5", "sequence counter"),
    ("DROP EXTENSION pg_trgm", "extension pg_trgm"),
    ("DROP VIEW recent; CREATE VIEW recent AS SELECT id FROM assessments", "view recent"),
    (
        "CREATE MATERIALIZED VIEW cache AS SELECT id FROM assessments; CREATE INDEX cache_id ON cache(id)",
        "view cache",
    ),
    // What is no part of the schema.
    (
        "ALTER TABLE _prisma_migrations ADD COLUMN more TEXT; CREATE INDEX history ON _prisma_migrations(id)",
        "",
    ),
    ("CREATE SCHEMA other; CREATE TABLE other.users (id INTEGER)", ""),
    ("COMMENT ON TABLE users IS 'people'; INSERT INTO users (email) VALUES ('a')", ""),
];

#[test]
fn known_drift_is_ignored_and_told() {
    let Some(project) = two_releases("known_drift_is_ignored_and_told") else { return };
    project.psql("CREATE TABLE legacy_a (id INTEGER PRIMARY KEY); CREATE TABLE legacy_b (id INTEGER); DROP INDEX users_email_key");
    project.psql("CREATE EXTENSION citext; ALTER TABLE users ADD tmp INTEGER");
    let schema = "{ drift: true, ignore: ['legacy_*', extension citext, index users.users_email_key] }";
    let ended = project.run("v1.1.0", schema).ended_with(1);
    assert_eq!(failed(&ended, "schema.drift"), ["column users.tmp"]);
    let ended = project
        .run("v1.1.0", "{ drift: true, ignore: ['legacy_*', extension citext, 'users.*'] }")
        .ended_with(0);
    let record = ended.record();
    for known in [
        "extension citext",
        "table legacy_a",
        "table legacy_b",
        "column users.tmp",
        "index users.users_email_key",
    ] {
        assert!(record.contains(&format!("`{known}`")), "{known} is not told: {record}");
    }
}

#[test]
fn a_role_that_may_only_connect_sees_all_of_the_catalogue() {
    let Some(project) = two_releases("a_role_that_may_only_connect_sees_all_of_the_catalogue") else {
        return;
    };
    project.server.role("gate_reader");
    let config = Project::config(
        "{ release: true, drift: true, tables: [users], columns: { users: { email: text not null } }, enums: { Role: [ADMIN, COACH, ELEVE] } }",
    );
    let url = project.server.url("gate_reader", &project.database);
    let ended = project.gate("v1.1.0", &config).env("DATABASE_URL", url).wait().ended_with(0);
    assert_eq!(told(&ended, "schema.release"), CHANGES);
}

#[test]
fn what_is_declared_is_checked_one_by_one() {
    let Some(project) = two_releases("what_is_declared_is_checked_one_by_one") else { return };
    project.psql("CREATE INDEX late ON users(id)");
    let schema = "
  tables: [domain_scores, planets]
  columns:
    assessments: { ssn: float8, createdAt: 'timestamp(3) not null', user_id: text, gone: present }
  indexes:
    - users_email_key
    - { table: domain_scores, columns: assessment_id }
    - { table: domain_scores, columns: [id, score] }
  foreign_keys:
    - domain_scores_assessment_id_fkey
    - { table: domain_scores, columns: [assessment_id], references: users }
  enums: { Role: [ADMIN, COACH, ELEVE], Status: [PENDING] }";
    let ended = project.run("v1.1.0", schema).ended_with(1);
    let id = |name: &str| format!("schema.declared.{name}");
    for name in [
        "table.domain_scores",
        "column.assessments.ssn",
        "column.assessments.createdAt",
        "index.users_email_key",
        "index.domain_scores(assessment_id)",
        "foreign_key.domain_scores_assessment_id_fkey",
        "enum.Role",
    ] {
        assert_eq!(ended.outcome(&id(name)), "passed", "{name}");
    }
    let wrong: Vec<String> = ended.ids().into_iter().filter(|name| ended.outcome(name) == "failed").collect();
    let expected = [
        "table.planets",
        "column.assessments.user_id",
        "column.assessments.gone",
        "index.domain_scores(id, score)",
        "foreign_key.domain_scores(assessment_id)",
        "enum.Status",
    ];
    assert_eq!(wrong, expected.map(id));
    assert_eq!(ended.actual(&id("enum.Status"), "schema_object"), "('PENDING', 'COMPLETED')");
    // No server is needed for that.
    let elsewhere = Project::config_with("{ binaries: /nowhere }", "{ tables: [users] }");
    project.gate("v1.1.0", &elsewhere).wait().ended_with(0);
}

#[test]
fn another_schema_is_that_of_the_url() {
    let Some(project) = Project::new("another_schema_is_that_of_the_url", &[]) else { return };
    project.add(&FIRST[0]);
    project.repo.tag("v1.0.0");
    let url = |schema: &str| {
        format!("{}?schema={}", project.server.url("postgres", &project.database), encoded(schema))
    };
    project.psql("CREATE SCHEMA \"The App\"");
    project.psql(&format!("SET search_path TO \"The App\"; {}", FIRST[0].1));
    let gate = |url| {
        project
            .gate("v1.0.0", &Project::config("{ drift: true, tables: [users] }"))
            .env("DATABASE_URL", url)
            .wait()
    };
    gate(url("The App")).ended_with(0);
    // Another one has none of it, and one that is not there is told as that.
    let ended = gate(url("public")).ended_with(1);
    assert!(failed(&ended, "schema.drift").contains(&"table users".to_owned()));
    let ended = gate(url("nowhere")).ended_with(1);
    assert_eq!(failed(&ended, "schema.drift"), ["nowhere"]);
    assert!(failed(&ended, "schema.declared.table.users").contains(&"nowhere".to_owned()));
}
