//! PostgreSQL: production's database, read in transactions that cannot write.
//!
//! The URL is read here, as Prisma and libpq mean it (`url`); the stream is ours, so that it may lead through SSH
//! to a container while TLS is for the URL's host (`connect`, `tls`); errors are told apart without the URL
//! (`cause`). No statement is ever named, so a pooler needs no setting.

pub mod cause;
mod connect;
mod psql;
mod rows;
mod settings;
mod split;
mod tls;
pub mod url;
#[cfg(test)]
#[expect(clippy::panic, reason = "a test fails by panicking")]
mod url_tests;
mod write;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use connect::Connected;
pub use psql::{PsqlVariable, ended};
pub use rows::{Reading, Rows};
pub use settings::{DatabaseSettings, DatabaseVia, Link};
pub use tls::Trusted;
pub use write::Changed;

use crate::model::{Cause, CauseCode};
use crate::text::sql_identifier;

/// Connections at once: production needs its own.
const MAX_CONNECTIONS: usize = 4;

/// A database: where it is and how to get there. Cheap to clone; nothing is connected before it is needed.
#[derive(Debug, Clone)]
pub struct Database {
    settings: Arc<DatabaseSettings>,
    turns: Arc<Semaphore>,
}

impl Database {
    pub fn new(settings: DatabaseSettings) -> Self {
        Self { settings: Arc::new(settings), turns: Arc::new(Semaphore::new(MAX_CONNECTIONS)) }
    }

    /// A new connection in one transaction that reads: what it sees stays the same until it is dropped. Waits
    /// while too many others are open.
    pub async fn read(&self) -> Result<Reading, Cause> {
        let (connected, turn) = self.connect().await?;
        Reading::begin(connected, &self.for_transaction(), self.patience(), turn).await
    }

    /// A connection, once it is its turn.
    async fn connect(&self) -> Result<(Connected, OwnedSemaphorePermit), Cause> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|error| Cause::new(CauseCode::Internal, error.to_string()))?;
        Ok((connect::connect(&self.settings).await?, turn))
    }

    /// The longest that one answer may take: the server's own limit comes first.
    fn patience(&self) -> Duration {
        self.settings.statement_timeout + rows::GRACE
    }

    /// A connection to this or another database of the server that may write: for databases of our own.
    pub(in crate::probe) async fn open(
        &self,
        database: Option<&str>,
    ) -> Result<tokio_postgres::Client, Cause> {
        let mut settings = DatabaseSettings::clone(&self.settings);
        if let Some(database) = database {
            database.clone_into(&mut settings.address.database);
        }
        Ok(connect::connect(&settings).await?.client)
    }

    fn for_transaction(&self) -> String {
        let DatabaseSettings { statement_timeout, lock_timeout, address, .. } = &*self.settings;
        let mut text = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            statement_timeout.as_millis(),
            lock_timeout.as_millis()
        );
        if let Some(schema) = &address.schema {
            text = format!("{text}; SET LOCAL search_path TO {}", sql_identifier(schema));
        }
        text
    }

    /// The schema that the URL names, else `public`.
    pub fn schema(&self) -> &str {
        self.settings.address.schema.as_deref().unwrap_or("public")
    }

    /// Parameters of the URL that have no meaning here.
    pub fn ignored(&self) -> &[String] {
        &self.settings.address.ignored
    }
}
