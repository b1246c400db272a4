//! Assessments in PostgreSQL, and the migrations that make room for them: what `prisma migrate deploy` does
//! and writes down, so that the gate meets a database as a real application leaves it.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, NoTls};

use super::store::{Assessment, Outcome, Store, StoreError, Stored};

/// In a database. The connection ends with the store.
pub(crate) struct DatabaseStore {
    client: Client,
}

impl DatabaseStore {
    /// Connect; the server is on the same machine and speaks no TLS.
    pub(crate) async fn connect(url: &str) -> Result<Self, StoreError> {
        // Prisma's own parameters mean nothing to this driver, and here all of them have their defaults.
        let bare = url.split_once('?').map_or(url, |(bare, _)| bare);
        let (client, connection) = tokio_postgres::connect(bare, NoTls).await.map_err(failed)?;
        // It ends when the client is dropped; what it ended of is told to whoever asks next.
        tokio::spawn(connection);
        Ok(Self { client })
    }

    /// Apply the migrations of a folder that are not applied yet, and say how many.
    pub(crate) async fn migrate(&self, folder: &Path) -> Result<usize, StoreError> {
        self.client.batch_execute(HISTORY).await.map_err(failed)?;
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        let mut applied = 0;
        for name in names {
            let known =
                "SELECT 1 FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NOT NULL";
            if self.client.query_opt(known, &[&name]).await.map_err(failed)?.is_none() {
                self.apply(&name, &folder.join(&name).join("migration.sql")).await?;
                applied += 1;
            }
        }
        Ok(applied)
    }

    async fn apply(&self, name: &str, file: &Path) -> Result<(), StoreError> {
        let sql = std::fs::read_to_string(file).map_err(failed)?;
        let checksum = Sha256::digest(sql.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            let _: Result<(), _> = write!(hex, "{byte:02x}");
            hex
        });
        let begin = "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (gen_random_uuid()::text, $1, $2)";
        self.client.execute(begin, &[&checksum, &name]).await.map_err(failed)?;
        self.client.batch_execute(&sql).await.map_err(failed)?;
        let end = "UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE migration_name = $1";
        self.client.execute(end, &[&name]).await.map_err(failed)?;
        Ok(())
    }
}

/// Prisma's table, as it makes it.
const HISTORY: &str = "CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)";

fn failed(error: impl std::error::Error) -> StoreError {
    let why = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    StoreError(format!("{error}{why}"))
}

impl Store for DatabaseStore {
    fn insert(&self, assessment: Assessment) -> Stored<'_, ()> {
        Box::pin(async move {
            let sql = "INSERT INTO assessments (id, subject) VALUES ($1, $2)";
            let Assessment { id, subject, outcome: _ } = assessment;
            self.client.execute(sql, &[&id, &subject]).await.map(drop).map_err(failed)
        })
    }

    fn find<'a>(&'a self, id: &'a str) -> Stored<'a, Option<Assessment>> {
        Box::pin(async move {
            let sql = "SELECT id, subject, score FROM assessments WHERE id = $1";
            let row = self.client.query_opt(sql, &[&id]).await.map_err(failed)?;
            Ok(row.map(|row| Assessment {
                id: row.get(0),
                subject: row.get(1),
                outcome: row.get::<_, Option<f64>>(2).map(|score| Outcome { score }),
            }))
        })
    }

    fn complete<'a>(&'a self, id: &'a str, outcome: Outcome) -> Stored<'a, ()> {
        Box::pin(async move {
            let sql = "UPDATE assessments SET status = 'COMPLETED', score = $2 WHERE id = $1";
            self.client.execute(sql, &[&id, &outcome.score]).await.map(drop).map_err(failed)
        })
    }

    fn delete<'a>(&'a self, id: &'a str) -> Stored<'a, bool> {
        Box::pin(async move {
            let sql = "DELETE FROM assessments WHERE id = $1";
            Ok(self.client.execute(sql, &[&id]).await.map_err(failed)? > 0)
        })
    }
}
