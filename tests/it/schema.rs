//! Section 4 on a real PostgreSQL: what a release brings, drift of every kind, and what is declared.

use std::fs;

use crate::support::gate::{Ended, Gate};
use crate::support::postgres::{self, PASSWORD, Postgres};
use crate::support::repo::Repo;
use crate::support::skip::skip;

/// A project with its migrations, and its database.
struct Project {
    server: &'static Postgres,
    repo: Repo,
    database: String,
}

/// The first release.
const FIRST: &[(&str, &str)] = &[(
    "20260101_init",
    "CREATE TYPE \"Role\" AS ENUM ('ADMIN', 'ELEVE');\n\
     CREATE TABLE \"users\" (\"id\" SERIAL PRIMARY KEY, \"email\" TEXT NOT NULL, \"role\" \"Role\" NOT NULL DEFAULT 'ELEVE', \
       \"old\" TEXT);\n\
     CREATE UNIQUE INDEX \"users_email_key\" ON \"users\"(\"email\");\n\
     CREATE TABLE \"assessments\" (\"id\" TEXT PRIMARY KEY, \"user_id\" INTEGER NOT NULL, \"createdAt\" TIMESTAMP(3) NOT NULL \
       DEFAULT CURRENT_TIMESTAMP);\n",
)];

impl Project {
    /// A repository with these releases, `v1.0.0` and so on, and a database in which all migrations were run.
    fn new(test: &str, releases: &[&[(&str, &str)]]) -> Option<Self> {
        let server = match postgres::shared() {
            Ok(server) => server,
            Err(why) => {
                skip(test, &why);
                return None;
            }
        };
        let repo = Repo::new();
        repo.commit("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n", "first");
        let database = server.database("CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY)");
        let project = Self { server, repo, database };
        for (number, release) in releases.iter().enumerate() {
            for (name, sql) in *release {
                project.repo.commit(&format!("prisma/migrations/{name}/migration.sql"), sql, name);
                project.psql(sql);
            }
            project.repo.tag(&format!("v1.{number}.0"));
        }
        Some(project)
    }

    fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.database, sql)
    }

    /// Run the gate for a tag, with these lines under `schema`.
    fn run(&self, tag: &str, schema: &str) -> Ended {
        let config = format!(
            "version: 1\nlanguage: en\ndatabase:\n  url: ${{secret:DATABASE_URL}}\n  scratch: {{ binaries: auto }}\nschema:\n{schema}"
        );
        Gate::run(&config)
            .within(self.repo.path())
            .args(["--tag", tag, "--only", "schema"])
            .env("DATABASE_URL", self.server.url("postgres", &self.database))
            .wait()
    }
}

#[test]
fn look() {
    let second: &[(&str, &str)] = &[(
        "20260201_scores",
        "CREATE TABLE \"domain_scores\" (\"id\" TEXT PRIMARY KEY, \"assessment_id\" TEXT NOT NULL, \"score\" DOUBLE PRECISION NOT NULL);\n\
         CREATE INDEX \"domain_scores_assessment_id_idx\" ON \"domain_scores\"(\"assessment_id\");\n\
         ALTER TABLE \"domain_scores\" ADD CONSTRAINT \"domain_scores_assessment_id_fkey\" FOREIGN KEY (\"assessment_id\") REFERENCES \"assessments\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;\n\
         ALTER TABLE \"assessments\" ADD COLUMN \"ssn\" DOUBLE PRECISION;\nALTER TABLE users DROP COLUMN old;\nALTER TYPE \"Role\" ADD VALUE 'COACH';\n",
    )];
    let Some(project) = Project::new("look", &[FIRST, second]) else { return };
    project.psql("ALTER TABLE domain_scores DROP CONSTRAINT domain_scores_assessment_id_fkey; ALTER TABLE users ALTER email TYPE varchar(30); CREATE TABLE legacy_x (a int)");
    let ended = project.run("v1.1.0", "  release: true\n  drift: true\n  tables: [domain_scores]\n  columns: { assessments: { ssn: double precision, createdAt: timestamp(3) not null } }\n");
    eprintln!("{} {}", ended.code, ended.stderr);
    eprintln!("{}", ended.record());
    let _ = (PASSWORD, fs::read(""));
}
