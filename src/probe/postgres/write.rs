//! Writing: one statement that was declared, and what it changed is what was stated or nothing.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::{ToSql, Type};

use super::connect::Connected;
use super::rows::{Bound, within};
use super::{Database, Link};
use crate::model::{Cause, CauseCode};

/// A change that was made, or taken back because it was not the stated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    pub rows: u64,
    /// Whether it was committed; else it was rolled back.
    pub committed: bool,
    pub link: Link,
}

impl Database {
    /// Run one statement that changes exactly so many rows; with any other number it is rolled back. Never run
    /// twice. Where the answer to COMMIT is lost, that is said: then nobody knows.
    pub async fn change(&self, sql: &str, params: &[&str], rows: u64) -> Result<Changed, Cause> {
        let (connected, _permit): (Connected, OwnedSemaphorePermit) = self.connect().await?;
        let link = connected.link;
        match self.transact(&connected, sql, params, rows).await {
            Ok((rows, committed)) => Ok(Changed { rows, committed, link }),
            Err(cause) => Err(connected.reason(cause).await),
        }
    }

    async fn transact(
        &self,
        connected: &Connected,
        sql: &str,
        params: &[&str],
        stated: u64,
    ) -> Result<(u64, bool), Cause> {
        let client = &connected.client;
        let patience = self.patience();
        let begin = format!("BEGIN READ WRITE; {}", self.for_transaction());
        within(patience, client.batch_execute(&begin), ("", 0)).await?;
        let bound: Vec<_> = params.iter().map(|param| Bound(param)).collect();
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            bound.iter().map(|param| (param as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
        let rows = within(patience, client.execute_typed(sql, &typed), (sql, 0)).await?;
        if rows != stated {
            within(patience, client.batch_execute("ROLLBACK"), ("", 0)).await?;
            return Ok((rows, false));
        }
        commit(connected, patience).await.map(|()| (rows, true))
    }
}

async fn commit(connected: &Connected, patience: Duration) -> Result<(), Cause> {
    match tokio::time::timeout(patience, connected.client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => Ok(()),
        // A constraint that is looked at last: the server has rolled back, and says so. An end of the server's
        // own in that moment says nothing.
        Ok(Err(error)) => match error.as_db_error() {
            Some(said) if !said.code().code().starts_with("57P") => Err(super::cause::of(&error, "", 0)),
            _ => Err(unknown(&error.to_string())),
        },
        Err(_) => Err(unknown(&format!("no answer within {} s", patience.as_secs_f32()))),
    }
}

fn unknown(why: &str) -> Cause {
    Cause::new(CauseCode::CommitUnknown, format!("COMMIT was sent, and no answer came: {why}"))
}
