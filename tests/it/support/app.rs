//! An application with a migrations folder in a repository, and its database on a real server.

use std::fs;

use prod_gate::checks::migrations::checksum;

use super::gate::{Ended, Gate};
use super::postgres::{self, Postgres};
use super::repo::Repo;
use super::skip::skip;

/// Where the migrations are.
pub(crate) const DIR: &str = "prisma/migrations";
/// The history, as Prisma makes it.
pub(crate) const HISTORY: &str = "CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);";

/// The application.
pub(crate) struct App {
    pub(crate) repo: Repo,
    pub(crate) server: &'static Postgres,
    pub(crate) database: String,
}

impl App {
    /// One with an empty history and no migration yet; none, and counted as skipped, where no server can run.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let app = Self::without_history(test)?;
        app.run(HISTORY);
        Some(app)
    }

    /// The same without a history.
    pub(crate) fn without_history(test: &str) -> Option<Self> {
        let server = postgres::shared().map_err(|why| skip(test, &why)).ok()?;
        let app = Self { repo: Repo::new(), server, database: server.database("") };
        app.file("migration_lock.toml", "provider = \"postgresql\"\n");
        Some(app)
    }

    /// Write a file below the migrations folder.
    pub(crate) fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.repo.path().join(DIR).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Write a migration.
    pub(crate) fn migration(&self, name: &str, sql: impl AsRef<[u8]>) {
        self.file(&format!("{name}/migration.sql"), sql);
    }

    /// Run SQL in the database, as its owner.
    pub(crate) fn run(&self, sql: &str) -> String {
        self.server.psql(&self.database, sql)
    }

    /// A row of the history, with the checksum of these bytes, and this of its other columns.
    pub(crate) fn row(&self, name: &str, sql: &[u8], columns: &str, values: &str) {
        let checksum = checksum::of(sql);
        self.run(&format!(
            "INSERT INTO _prisma_migrations (id, migration_name, checksum, {columns})
             VALUES (gen_random_uuid(), '{name}', '{checksum}', {values})"
        ));
    }

    /// A row of a migration that was applied as it should be.
    pub(crate) fn applied(&self, name: &str, sql: impl AsRef<[u8]>) {
        self.row(
            name,
            sql.as_ref(),
            "started_at, finished_at, applied_steps_count",
            "clock_timestamp(), clock_timestamp() + '1 ms', 1",
        );
    }

    /// Write migrations, and apply them.
    pub(crate) fn migrated(&self, names: &[&str]) {
        for name in names {
            let sql = format!("-- {name}\n");
            self.migration(name, &sql);
            self.applied(name, &sql);
        }
    }

    /// Commit everything under this tag; returns the commit.
    pub(crate) fn release(&self, tag: &str) -> String {
        self.repo.git(&["add", "--all"]);
        self.repo.git(&["commit", "--quiet", "--allow-empty", "--message", tag]);
        self.repo.tag(tag);
        self.repo.revision("HEAD")
    }

    /// The database's URL for its owner.
    pub(crate) fn url(&self) -> String {
        self.server.url("postgres", &self.database)
    }

    /// A run on this tag, with these keys beside the database, which is at `DATABASE_URL`.
    pub(crate) fn gate(&self, tag: &str, keys: &str) -> Gate {
        let config = format!("version: 1\ndatabase: {{ url: \"${{secret:DATABASE_URL}}\" }}\n{keys}\n");
        Gate::run(&config).args(["--tag", tag]).within(self.repo.path())
    }

    /// Such a run that asks for section 3 alone.
    pub(crate) fn verify(&self, tag: &str) -> Ended {
        self.gate(tag, "migrations: { tool: prisma }").env("DATABASE_URL", self.url()).wait()
    }
}
