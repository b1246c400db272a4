//! PostgreSQL: production's database, read in transactions that cannot write.
//!
//! The URL is read here, as Prisma and libpq mean it (`url`); the stream is ours, so that it may lead through SSH
//! to a container while TLS is for the URL's host (`connect`, `tls`); errors are told apart without the URL
//! (`cause`). No statement is ever named, so a pooler needs no setting.

pub mod cause;
mod connect;
mod psql;
mod rows;
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
pub use psql::{Variable, ended};
pub use rows::{Reading, Rows};
pub use tls::Trusted;
use url::Address;
pub use write::Changed;

use crate::model::{Cause, CauseCode};
use crate::probe::host::Host;
use crate::text::Text;

/// Connections at once: production needs its own.
const AT_ONCE: usize = 4;

/// How a database is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the URL says.
    pub address: Address,
    /// The URL as it is configured, for commands: its secrets by name.
    pub text: Text,
    /// The host that leads to it; without one it is reached directly.
    pub via: Option<Via>,
    /// The authorities that may have issued the server's certificate.
    pub trusted: Trusted,
    /// The longest that a statement may take.
    pub statement_timeout: Duration,
    /// The longest that a statement may wait for a lock.
    pub lock_timeout: Duration,
}

/// A host that leads to a database.
#[derive(Debug, Clone)]
pub struct Via {
    /// The host.
    pub host: Host,
    /// What its containers are asked with.
    pub docker: Vec<String>,
    /// The container that the database runs in; without one it is a port as the host sees it.
    pub container: Option<String>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// TLS; the certificate is the host's, from a known authority.
    TlsVerified,
    /// TLS; the certificate is from a known authority, for another name.
    TlsAuthority,
    /// TLS; the certificate proves nothing.
    TlsUnverified,
    /// In the clear inside SSH.
    PlainSsh,
    /// In the clear on this machine.
    PlainLocal,
    /// In the clear over a network.
    Plain,
}

impl Link {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::TlsVerified => "tls_verified",
            Self::TlsAuthority => "tls_authority",
            Self::TlsUnverified => "tls_unverified",
            Self::PlainSsh => "plain_ssh",
            Self::PlainLocal => "plain_local",
            Self::Plain => "plain",
        }
    }
}

/// A database: where it is and how to get there. Cheap to clone; nothing is connected before it is needed.
#[derive(Debug, Clone)]
pub struct Database {
    settings: Arc<Settings>,
    turns: Arc<Semaphore>,
}

impl Database {
    /// The database that these settings lead to.
    pub fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings), turns: Arc::new(Semaphore::new(AT_ONCE)) }
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
        let mut settings = Settings::clone(&self.settings);
        if let Some(database) = database {
            database.clone_into(&mut settings.address.database);
        }
        Ok(connect::connect(&settings).await?.client)
    }

    /// What is set for a transaction.
    fn for_transaction(&self) -> String {
        let Settings { statement_timeout, lock_timeout, address, .. } = &*self.settings;
        let mut text = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            statement_timeout.as_millis(),
            lock_timeout.as_millis()
        );
        if let Some(schema) = &address.schema {
            text = format!("{text}; SET LOCAL search_path TO {}", identifier(schema));
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

/// A name as SQL quotes it.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
