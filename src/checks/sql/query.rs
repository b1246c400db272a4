//! A query and what is expected of its rows, asked until that holds.

use std::time::Instant;

use super::{production, rows};
use crate::checks::captures::Captures;
use crate::checks::context::Context;
use crate::config::{Ordered, Polling, Query, Test};
use crate::model::{Cause, CauseCode, Comparison};
use crate::probe::postgres::{Link, Rows};
use crate::probe::stop::Stop;

/// What was seen: the last answer, or why there is none.
#[derive(Debug)]
pub(crate) struct QueryResult {
    /// The last rows, or why there are none.
    pub(crate) rows: Result<Rows, Cause>,
    /// How the last connection was protected.
    pub(crate) link: Option<Link>,
    /// What was compared, if there was an answer.
    pub(crate) judged: Vec<Comparison>,
    /// How many times it was asked.
    pub(crate) polls: u32,
}

impl Query {
    /// Ask, again and again if the query polls. Each time in a transaction of its own: within one nothing
    /// changes.
    pub(crate) async fn observe(&self, cx: &Context, captures: &Captures, stop: &Stop) -> QueryResult {
        let begun = Instant::now();
        let mut polls = 0;
        loop {
            let asked = stop.race(self.ask(cx, captures)).await.unwrap_or_else(|why| (Err(why), None));
            polls += 1;
            let (rows, link) = asked;
            let rows = rows.and_then(|rows| rows::has_columns(&self.expect, &rows).map(|()| rows));
            let judged = rows.as_ref().map(|rows| rows::compare_all(&self.expect, rows)).unwrap_or_default();
            let seen = QueryResult { rows, link, judged, polls };
            match &self.polling {
                Some(polling)
                    if not_yet(&seen, polling) && begun.elapsed() + polling.every < polling.within =>
                {
                    if stop.race(tokio::time::sleep(polling.every)).await.is_err() {
                        return seen;
                    }
                }
                _ => return seen,
            }
        }
    }

    async fn ask(&self, cx: &Context, captures: &Captures) -> (Result<Rows, Cause>, Option<Link>) {
        let asked = async {
            let database = production(cx)?.database();
            let values = self.statement.bound(cx, captures)?;
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let reading = database.read().await?;
            let rows = reading.rows(&self.statement.sql.numbered(), &values).await;
            Ok((rows, Some(reading.link())))
        };
        asked.await.unwrap_or_else(|cause| (Err(cause), None))
    }
}

/// The value that a column of the first row holds.
pub(crate) fn captured(column: &str, rows: &Rows) -> Result<String, String> {
    let place = rows.columns.iter().position(|name| name == column);
    let place = place.ok_or_else(|| format!("there is no column {column} in the rows"))?;
    let row = rows.rows.first().ok_or("there is no row")?;
    row.get(place).cloned().flatten().ok_or_else(|| format!("the column {column} is NULL"))
}

/// Whether it is worth asking again.
fn not_yet(seen: &QueryResult, polling: &Polling<Ordered<Test>>) -> bool {
    match &seen.rows {
        // What is wrong with the query or the rights stays wrong.
        Err(cause) => matches!(
            cause.code,
            CauseCode::Dns
                | CauseCode::Refused
                | CauseCode::Unreachable
                | CauseCode::Timeout
                | CauseCode::Reset
                | CauseCode::DatabaseBusy
                | CauseCode::QueryCancelled
        ),
        Ok(rows) => {
            let values = polling.fail_on.as_ref();
            !seen.judged.iter().all(|judged| judged.ok)
                && !values.is_some_and(|values| rows::any_row_holds(values, rows))
        }
    }
}
