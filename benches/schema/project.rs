//! A project of some age: 60 migrations that make 200 tables, all of them applied, the last ten by this release.

use std::fmt::Write as _;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::Broken;
use crate::support::postgres::Postgres;
use crate::support::repo::Repo;

/// The migrations.
pub(crate) const MIGRATIONS: usize = 60;
/// How many of them the release before had.
const BEFORE: usize = 50;
/// The tables that they make.
pub(crate) const TABLES: usize = 200;
/// Columns of a table, beside its key and its reference.
const COLUMNS: usize = 8;
/// The release that is proved.
pub(crate) const TAG: &str = "v1.1.0";

/// The project.
pub(crate) struct Project<'s> {
    /// Its server.
    pub(crate) server: &'s Postgres,
    /// Its repository.
    pub(crate) repo: Repo,
    /// Its database.
    pub(crate) database: String,
    /// The migrations' statements, for whoever runs them otherwise.
    pub(crate) statements: Vec<String>,
    /// For configurations and results.
    pub(crate) folder: TempDir,
}

impl<'s> Project<'s> {
    /// Make it.
    pub(crate) fn new(server: &'s Postgres) -> Result<Self, Broken> {
        let statements = migrations();
        let repo = Repo::new();
        repo.commit("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n", "first");
        let mut all = String::from(
            "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, \
             finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, \
             started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);\n",
        );
        for (number, sql) in statements.iter().enumerate() {
            let name = format!("2026{:02}{:02}_step", 1 + number / 28, 1 + number % 28);
            repo.commit(&format!("prisma/migrations/{name}/migration.sql"), sql, &name);
            if number + 1 == BEFORE {
                repo.tag("v1.0.0");
            }
            let checksum =
                "encode(sha256(convert_to($checksum$".to_owned() + sql + "$checksum$, 'UTF8')), 'hex')";
            writeln!(
                all,
                "{sql}\nINSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, \
                 applied_steps_count) VALUES ('{number}', {checksum}, now(), '{name}', \
                 now() - interval '1 day' + interval '{number} s', 1);"
            )?;
        }
        repo.tag(TAG);
        let database = server.database(&all);
        Ok(Self { server, repo, database, statements, folder: TempDir::new()? })
    }

    /// The configuration of a run of sections 3 and 4.
    pub(crate) fn config(&self) -> Result<PathBuf, Broken> {
        let file = self.folder.path().join("prod-gate.yml");
        let text = "version: 1
title: Bench
database: { url: '${secret:DATABASE_URL}', scratch: { binaries: auto } }
migrations: { tool: prisma }
schema:
  release: true
  drift: true
  tables: [t0, t199]
  columns: { t199: { c0: text not null, c1: integer } }
";
        std::fs::write(&file, text)?;
        Ok(file)
    }
}

/// The statements of each migration: first tables, then what comes to them later.
fn migrations() -> Vec<String> {
    let each = TABLES.div_ceil(BEFORE);
    let mut migrations = Vec::new();
    for number in 0..BEFORE {
        let mut sql = String::new();
        if number == 0 {
            sql.push_str("CREATE TYPE \"Status\" AS ENUM ('PENDING', 'COMPLETED', 'FAILED');\n");
        }
        for table in (number * each)..((number + 1) * each).min(TABLES) {
            sql.push_str(&table_sql(table));
        }
        migrations.push(sql);
    }
    for number in BEFORE..MIGRATIONS {
        let table = number * 3;
        migrations.push(format!(
            "ALTER TABLE \"t{table}\" ADD COLUMN \"added\" DOUBLE PRECISION;\n\
             CREATE INDEX \"t{table}_added_idx\" ON \"t{table}\"(\"added\");\n\
             ALTER TABLE \"t{table}\" ALTER COLUMN \"c1\" SET NOT NULL;\n"
        ));
    }
    migrations
}

/// A table with its index and its foreign key, as Prisma writes them.
pub(crate) fn table_sql(table: usize) -> String {
    let mut columns = String::new();
    for column in 0..COLUMNS {
        let kind = match column % 4 {
            0 => "TEXT NOT NULL",
            1 => "INTEGER",
            2 => "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP",
            _ => "\"Status\" NOT NULL DEFAULT 'PENDING'",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(columns, "  \"c{column}\" {kind},");
    }
    let other = table.saturating_sub(1);
    format!(
        "CREATE TABLE \"t{table}\" (\n  \"id\" SERIAL NOT NULL,\n  \"ref\" INTEGER NOT NULL,\n{columns}\n  \
         CONSTRAINT \"t{table}_pkey\" PRIMARY KEY (\"id\")\n);\n\
         CREATE UNIQUE INDEX \"t{table}_c0_key\" ON \"t{table}\"(\"c0\");\n\
         CREATE INDEX \"t{table}_ref_idx\" ON \"t{table}\"(\"ref\");\n\
         ALTER TABLE \"t{table}\" ADD CONSTRAINT \"t{table}_ref_fkey\" FOREIGN KEY (\"ref\") REFERENCES \"t{other}\"(\"id\") \
         ON DELETE RESTRICT ON UPDATE CASCADE;\n"
    )
}
