//! A connection to a throwaway server: the only one of ours that writes as a matter of course.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, pin_mut};
use tokio::task::JoinHandle;
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls, Row, SimpleQueryMessage};

use crate::model::{Cause, CauseCode};
use crate::probe::catalogue::{self, Ask, Catalogue, TextRows};

/// The superuser of a throwaway server.
pub(super) const SUPERUSER: &str = "postgres";
/// How long the server may take to notice that a connection was closed.
const CLOSE: Duration = Duration::from_secs(5);

pub(super) struct ScratchSession {
    client: Client,
    /// What moves its bytes, where that is ours to wait for.
    connection: Option<JoinHandle<()>>,
}

/// Why a text of statements was not run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The server's message, with its detail and hint.
    pub(super) message: String,
    /// The `SQLSTATE`; empty where the server is gone.
    pub(super) code: String,
    /// Where in the text, in characters from 1, if the server says so.
    pub(super) position: Option<u32>,
    /// How many statements had been run before.
    pub(super) done: usize,
}

impl ScratchSession {
    /// Connect through a socket of this machine.
    pub(super) async fn local(sockets: &Path, database: &str) -> Result<Self, Cause> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(sockets).user(SUPERUSER).dbname(database).application_name("prod-gate");
        let (client, connection) = config.connect(NoTls).await.map_err(|error| cause(&error))?;
        let connection = tokio::spawn(async move {
            // What broke is told by whoever asks next.
            let _ = connection.await;
        });
        Ok(Self { client, connection: Some(connection) })
    }

    /// A connection that was made elsewhere.
    pub(super) fn new(client: Client) -> Self {
        Self { client, connection: None }
    }

    /// Run statements as one simple query, as `psql -c` and Prisma do.
    pub(super) async fn run(&self, sql: &str) -> Result<(), Refusal> {
        let mut done = 0;
        let refusal = |error: &tokio_postgres::Error, done| Refusal { done, ..Refusal::from(error) };
        let answers = self.client.simple_query_raw(sql).await.map_err(|error| refusal(&error, 0))?;
        pin_mut!(answers);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(SimpleQueryMessage::CommandComplete(_)) => done += 1,
                Ok(_) => {}
                Err(error) => return Err(refusal(&error, done)),
            }
        }
        Ok(())
    }

    /// Run a statement of ours that has to work.
    pub(super) async fn must(&self, sql: &str) -> Result<(), Cause> {
        self.run(sql).await.map_err(|refusal| Cause::new(CauseCode::ScratchServer, refusal.message))
    }

    pub(super) async fn ask(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Cause> {
        let answers = self.client.simple_query(sql).await.map_err(|error| cause(&error))?;
        let rows = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    pub(super) async fn catalogue(&self, schema: &str) -> Result<Catalogue, Cause> {
        self.must("BEGIN READ ONLY").await?;
        let catalogue = catalogue::read(self, schema).await;
        self.must("ROLLBACK").await?;
        catalogue
    }

    /// Close it, and wait until the server has been told.
    pub(super) async fn close(self) {
        let Self { client, connection } = self;
        drop(client);
        if let Some(connection) = connection {
            let _ = tokio::time::timeout(CLOSE, connection).await;
        }
    }
}

impl Ask for ScratchSession {
    fn rows<'a>(&'a self, sql: &'a str, schema: &'a str) -> BoxFuture<'a, Result<TextRows, Cause>> {
        Box::pin(async move {
            let rows = self.client.query_typed(sql, &[(&schema, Type::TEXT)]).await;
            let rows = rows.map_err(|error| cause(&error))?;
            let cells = |row: &Row| (0..row.len()).map(|at| row.try_get(at)).collect::<Result<Vec<_>, _>>();
            rows.iter().map(cells).collect::<Result<_, _>>().map_err(|error| cause(&error))
        })
    }
}

impl fmt::Debug for ScratchSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl From<&tokio_postgres::Error> for Refusal {
    fn from(error: &tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            return Self { message: text(error), code: String::new(), position: None, done: 0 };
        };
        let mut message = said.message().to_owned();
        for more in [said.detail(), said.hint()].into_iter().flatten() {
            message.push_str("; ");
            message.push_str(more);
        }
        let position = match said.position() {
            Some(ErrorPosition::Original(position)) => Some(*position),
            // That is a place in a function's text, not in ours.
            Some(ErrorPosition::Internal { .. }) | None => None,
        };
        if let Some(within) = said.where_() {
            message.push_str("; in ");
            message.push_str(within.lines().next().unwrap_or_default());
        }
        Self { message, code: said.code().code().to_owned(), position, done: 0 }
    }
}

fn cause(error: &tokio_postgres::Error) -> Cause {
    Cause::new(CauseCode::ScratchServer, Refusal::from(error).message)
}

/// The error with what caused it: alone it says little.
fn text(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
