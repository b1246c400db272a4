//! Migrations, run one after the other in a database of the throwaway server's, as Prisma runs them: each file
//! is one simple query, all of them on one connection.

use super::lines::{line_of, line_of_statement};
use super::session::{Refusal, SUPERUSER, ScratchSession};
use super::{Backend, Scratch};
use crate::model::{Cause, CauseCode};
use crate::probe::catalogue::Catalogue;
use crate::text::sql_identifier;

/// What `SQLSTATE` says of a text that is not what it should be.
const NOT_THERE: [&str; 3] = ["0A000", "58P01", "55000"];

/// A migration to be run.
#[derive(Debug, Clone, Copy)]
pub struct MigrationSql<'a> {
    pub name: &'a str,
    /// The bytes of its `migration.sql`; none where there is no such file.
    pub sql: Option<&'a [u8]>,
}

/// A database in which migrations are run.
#[derive(Debug)]
pub struct Replay {
    database: String,
    schema: String,
    session: ScratchSession,
}

impl Scratch {
    /// An empty database, with the schema that the migrations are for.
    pub async fn create(&mut self, schema: &str) -> Result<Replay, Cause> {
        let database = self.next_name();
        let first = self.first().await?;
        first.must(&format!("CREATE DATABASE {database} TEMPLATE template0")).await?;
        first.close().await;
        let session = self.enter(&database, schema).await?;
        Ok(Replay { database, schema: schema.to_owned(), session })
    }

    /// The roles that production has, so that migrations can name them. They cannot log in. On a server that is
    /// not our own nothing is added that would stay.
    pub async fn add_roles(&self, roles: &[String]) -> Result<(), Cause> {
        if matches!(self.at, Backend::Foreign(_)) {
            return Ok(());
        }
        let statements: Vec<String> = roles
            .iter()
            .filter(|role| *role != SUPERUSER && !role.starts_with("pg_"))
            .map(|role| format!("CREATE ROLE {} NOLOGIN", sql_identifier(role)))
            .collect();
        if statements.is_empty() {
            return Ok(());
        }
        self.first().await?.must(&statements.join("; ")).await
    }

    /// The extensions that the server could make, by name.
    pub async fn extensions(&self) -> Result<Vec<String>, Cause> {
        let rows = self.first().await?.ask("SELECT name FROM pg_available_extensions").await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    /// A second database with what a first one has. Both go on by themselves.
    pub async fn copy(&mut self, replay: Replay) -> Result<(Replay, Replay), Cause> {
        let Replay { database, schema, session } = replay;
        // Nobody may be connected to a database that is copied.
        session.close().await;
        let copy = self.next_name();
        let first = self.first().await?;
        first.must(&format!("CREATE DATABASE {copy} TEMPLATE {database}")).await?;
        first.close().await;
        let session = self.enter(&database, &schema).await?;
        let other = self.enter(&copy, &schema).await?;
        Ok((
            Replay { database, schema: schema.clone(), session },
            Replay { database: copy, schema, session: other },
        ))
    }

    async fn enter(&self, database: &str, schema: &str) -> Result<ScratchSession, Cause> {
        let session = self.connect(database).await?;
        let schema = sql_identifier(schema);
        session.must(&format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path TO {schema}")).await?;
        Ok(session)
    }
}

impl Replay {
    /// Run a migration. An error names its file and line.
    pub async fn run(&self, migration: MigrationSql<'_>) -> Result<(), Cause> {
        let told = |line: Option<usize>, what: &str| {
            let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
            Cause::new(CauseCode::Replay, format!("{}/migration.sql{line}: {what}", migration.name))
        };
        let Some(bytes) = migration.sql else { return Err(told(None, "there is no such file")) };
        let sql = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            told(Some(line), "not UTF-8")
        })?;
        if let Some(at) = sql.find('\0') {
            return Err(told(
                Some(sql[..at].matches('\n').count() + 1),
                "a NUL byte, which no statement can hold",
            ));
        }
        self.session.run(sql).await.map_err(|refusal| {
            let line = match refusal.position {
                Some(position) => Some(line_of(sql, position)),
                None => line_of_statement(sql, refusal.done),
            };
            let cause = told(line, &refusal.message);
            if is_extension(&refusal) { Cause { code: CauseCode::ScratchExtension, ..cause } } else { cause }
        })
    }

    /// The schema as the migrations so far have made it.
    pub async fn catalogue(&self) -> Result<Catalogue, Cause> {
        self.session.catalogue(&self.schema).await
    }
}

/// Whether the server is not set up for an extension that a migration wants.
fn is_extension(refusal: &Refusal) -> bool {
    let said = refusal.message.as_str();
    NOT_THERE.contains(&refusal.code.as_str())
        && (said.contains("extension") && (said.contains("not available") || said.contains("control file"))
            || said.contains("shared_preload_libraries"))
        || refusal.code == "58P01" && said.contains("$libdir")
}
