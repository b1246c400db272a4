//! Reading: one transaction that cannot write, and the rows that it selects.
//!
//! A query is declared as a cursor, with its parameters bound to an unnamed statement, and fetched in the simple
//! protocol, where every cell is text whatever its type. A cursor takes one statement, and only one that selects.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::TryStreamExt as _;
use tokio::sync::{Mutex, OwnedSemaphorePermit};
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::connect::Connected;
use super::{Link, cause};
use crate::model::{Cause, CauseCode};

/// What stands before a query.
const DECLARE: &str = "DECLARE prod_gate NO SCROLL CURSOR FOR ";
/// All of a cursor's rows are wanted, not the first of them soon.
const FETCH_ALL: &str = "SET LOCAL cursor_tuple_fraction = 1";
/// Rows in one `FETCH`.
const CHUNK: usize = 10_000;
/// The most that a query's cells may take, in bytes.
const MAX_RESULT_BYTES: usize = 64 << 20;
/// What a statement may take beyond the server's own limit before it is given up here.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// What a query selected. Every cell is text; NULL is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The columns' names, in the order of the cells.
    pub columns: Vec<String>,
    /// The cells of each row, as text; none for NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A transaction that reads, in a connection of its own. Dropped, it is rolled back and closed.
pub struct Reading {
    connected: Connected,
    version: u32,
    /// The longest that one answer may take.
    patience: Duration,
    /// Whether the last query failed, after which the transaction has to be taken up again.
    failed: AtomicBool,
    /// One query at a time: they share a cursor.
    turn: Mutex<()>,
    _permit: OwnedSemaphorePermit,
}

/// A parameter as text, of whatever type the server takes it for.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a str);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// What an answer gives in time.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    (sql, before): (&str, usize),
) -> Result<T, Cause> {
    let answer = tokio::time::timeout(patience, answer).await.map_err(|_| {
        let detail = format!("the database did not answer within {} s", patience.as_secs_f32());
        Cause::new(CauseCode::Timeout, detail)
    })?;
    answer.map_err(|error| cause::of(&error, sql, before))
}

impl Reading {
    /// Begin: `settings` are statements that hold for the transaction.
    pub(super) async fn begin(
        connected: Connected,
        settings: &str,
        patience: Duration,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, Cause> {
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {settings}; {FETCH_ALL}; SHOW server_version_num; \
             SAVEPOINT prod_gate"
        );
        let answer = match within(patience, connected.client.simple_query(&begin), ("", 0)).await {
            Ok(answer) => answer,
            Err(cause) => return Err(connected.reason(cause).await),
        };
        let version = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten()?.parse().ok(),
            _ => None,
        });
        let version = version
            .ok_or_else(|| Cause::new(CauseCode::DatabaseProtocol, "the server does not tell its version"))?;
        let (failed, turn) = (AtomicBool::new(false), Mutex::new(()));
        Ok(Self { connected, version, patience, failed, turn, _permit: permit })
    }

    /// What a query selects. `$1` and so on stand for the parameters, whose types the server infers. It must
    /// begin with SELECT, WITH, VALUES or TABLE. A query that fails leaves the transaction as it was before.
    pub async fn rows(&self, sql: &str, params: &[&str]) -> Result<Rows, Cause> {
        let _turn = self.turn.lock().await;
        // Taken back when the query has succeeded: one that is given up half-way has failed as well.
        let failed = self.failed.swap(true, Ordering::Relaxed);
        match self.select(sql, params, failed).await {
            Ok(rows) => {
                self.failed.store(false, Ordering::Relaxed);
                Ok(rows)
            }
            Err(cause) => Err(self.connected.reason(cause).await),
        }
    }

    async fn select(&self, sql: &str, params: &[&str], failed: bool) -> Result<Rows, Cause> {
        let client = &self.connected.client;
        let before = if failed {
            "ROLLBACK TO SAVEPOINT prod_gate"
        } else {
            "CLOSE ALL; RELEASE SAVEPOINT prod_gate; SAVEPOINT prod_gate"
        };
        let declare = format!("{DECLARE}{sql}");
        let bound: Vec<_> = params.iter().map(|param| Bound(param)).collect();
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            bound.iter().map(|param| (param as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
        let mut rows = Rows::default();
        let mut size = 0;
        // Sent one after the other without waiting: one round trip.
        let all = async {
            let (prepared, declared, fetched) = futures_util::join!(
                client.batch_execute(before),
                client.execute_typed(&declare, &typed),
                fetch(client, &mut rows, &mut size),
            );
            prepared?;
            declared?;
            fetched
        };
        let place = (sql, DECLARE.chars().count());
        let mut last = within(self.patience, all, place).await?;
        while last == CHUNK && size <= MAX_RESULT_BYTES {
            last = within(self.patience, fetch(client, &mut rows, &mut size), place).await?;
        }
        if size > MAX_RESULT_BYTES {
            let detail = format!("a query's answer is over {} MiB", MAX_RESULT_BYTES >> 20);
            return Err(Cause::new(CauseCode::TooLarge, detail));
        }
        Ok(rows)
    }

    /// The server's version, such as 150013.
    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn link(&self) -> Link {
        self.connected.link
    }

    /// What tells this server's data from any other's; none without the permission to ask.
    pub async fn system_identifier(&self) -> Result<Option<String>, Cause> {
        let sql = "select system_identifier::text from pg_catalog.pg_control_system()";
        match self.rows(sql, &[]).await {
            Ok(rows) => Ok(rows.rows.into_iter().flatten().flatten().next()),
            Err(cause) if cause.code == CauseCode::DatabaseAccess => Ok(None),
            Err(cause) => Err(cause),
        }
    }
}

/// Fetch the next rows; says how many there were.
async fn fetch(client: &Client, rows: &mut Rows, size: &mut usize) -> Result<usize, tokio_postgres::Error> {
    let command = format!("FETCH FORWARD {CHUNK} FROM prod_gate");
    let mut answer = pin!(client.simple_query_raw(&command).await?);
    let mut count = 0;
    while let Some(message) = answer.try_next().await? {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                rows.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => {
                count += 1;
                // The rest is read and left.
                if *size <= MAX_RESULT_BYTES {
                    let cells: Result<Vec<_>, _> = (0..row.len())
                        .map(|index| row.try_get(index).map(|cell| cell.map(str::to_owned)))
                        .collect();
                    let cells = cells?;
                    *size += cells.iter().flatten().map(String::len).sum::<usize>() + cells.len() * 24;
                    rows.rows.push(cells);
                }
            }
            _ => {}
        }
    }
    Ok(count)
}
