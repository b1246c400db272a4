//! SQL as evidence: what a query selects, what a statement changes. Shared by section 4 and by steps of workflows.
//!
//! Values are bound, never pasted; the database is only read unless a statement was declared to write. Of the
//! cells only what is judged, or asked for by `show:`, goes into the evidence.

pub mod change;
pub mod check;
mod judge;
mod replay;

use std::time::{Duration, Instant};

use super::captures::{Captures, HoleValues};
use super::context::Context;
use super::database::Production;
use super::exchange::Polling;
use crate::config::{CaptureFrom, CaptureSource, Ordered, RowsExpected, Sql, Template};
use crate::model::{Cause, CauseCode, Comparison, Evidence, Fact, FactName, Finding};
use crate::probe::postgres::{Database, Link, PsqlVariable, Rows};
use crate::probe::stop::Stop;
use crate::redact::Redactor;
use crate::text::{Lookup, Text};

/// A statement with the values that are bound to it.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The statement.
    pub sql: Sql,
    /// The values of its names, in their order.
    pub values: Vec<(String, Text)>,
    /// Captured values that are secrets.
    pub secret: Vec<String>,
}

/// A query and what is expected of its rows.
#[derive(Debug, Clone)]
pub struct Question {
    /// The query.
    pub statement: Statement,
    /// What is expected.
    pub expect: RowsExpected,
    /// How to ask again until the expectation holds.
    pub polling: Option<Polling>,
    /// Whether the record may show the rows.
    pub show: bool,
    /// Names of captured values and the columns that they are in.
    pub captures: Vec<(String, CaptureFrom)>,
}

/// What was seen: the last answer, or why there is none.
#[derive(Debug)]
pub struct Seen {
    /// The rows.
    pub rows: Result<Rows, Cause>,
    /// How the last connection was protected.
    pub link: Option<Link>,
    /// What was compared, if there was an answer.
    pub judged: Vec<Comparison>,
    /// How many times it was asked.
    pub polls: u32,
}

impl Statement {
    /// A statement whose names stand for these values, else for captured ones.
    pub fn new(sql: &Sql, params: Option<&Ordered<Template>>, secret: &[String]) -> Self {
        let value = |name: &str| {
            let given = params.and_then(|params| params.get(name));
            given.map_or_else(|| Text::captured(name), |text| text.0.clone())
        };
        let values = sql.names().into_iter().map(|name| (name.to_owned(), value(name))).collect();
        Self { sql: sql.clone(), values, secret: secret.to_vec() }
    }

    /// Captured values that it cannot do without.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.values.iter().map(|(_, text)| text)
    }

    /// The values, to be bound.
    fn bound(&self, cx: &Context, captures: &Captures) -> Result<Vec<String>, Cause> {
        let values = HoleValues { redactor: &cx.redactor, captures };
        let one = |(_, text): &(String, Text)| {
            text.expand(&values).map_err(|missing| Cause::new(CauseCode::Capture, missing.to_string()))
        };
        self.values.iter().map(one).collect()
    }

    /// The values for psql.
    fn variables(&self) -> Vec<PsqlVariable> {
        let one = |(name, value): &(String, Text)| PsqlVariable {
            name: name.clone(),
            value: value.clone(),
            secret: value.secrets().next().is_some()
                || value.captures().any(|name| self.secret.iter().any(|secret| secret == name)),
        };
        self.values.iter().map(one).collect()
    }

    /// As a person would write it, with the captured values in their places; secrets as `$NAME`.
    pub fn told(&self, captures: &Captures) -> String {
        struct Shown<'a>(&'a Captures);
        impl Lookup for Shown<'_> {
            fn secret(&self, name: &str) -> Option<String> {
                Some(format!("${name}"))
            }
            fn capture(&self, name: &str) -> Option<String> {
                self.0.get(name).map(str::to_owned)
            }
        }
        let value = |name: &str| {
            let text = self.values.iter().find(|(other, _)| other == name).map(|(_, text)| text);
            let value = text.and_then(|text| text.expand(&Shown(captures)).ok());
            value.map_or_else(|| format!(":{name}"), |value| format!("'{}'", value.replace('\'', "''")))
        };
        self.sql.with(&value).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Question {
    /// Ask, again and again if the question polls. Each time in a transaction of its own: within one nothing
    /// changes.
    pub async fn observe(&self, cx: &Context, captures: &Captures, stop: &Stop) -> Seen {
        let begun = Instant::now();
        let mut polls = 0;
        loop {
            let asked = stop.race(self.ask(cx, captures)).await.unwrap_or_else(|why| (Err(why), None));
            polls += 1;
            let (rows, link) = asked;
            let rows = rows.and_then(|rows| judge::has_columns(&self.expect, &rows).map(|()| rows));
            let judged = rows.as_ref().map(|rows| judge::judge(&self.expect, rows)).unwrap_or_default();
            let seen = Seen { rows, link, judged, polls };
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

    /// The finding of what was seen.
    pub fn judge(&self, seen: Seen, database: &Database, redactor: &Redactor) -> Finding {
        let mut evidence =
            Evidence { commands: replay::commands(self, &seen, database), ..Evidence::default() };
        evidence.facts = seen.link.map(|link| Production::facts(database, link)).unwrap_or_default();
        let rows = match seen.rows {
            Ok(rows) => rows,
            Err(cause) => return Finding::errored(cause, evidence),
        };
        evidence.facts.push(Fact { name: FactName::Rows, value: rows.rows.len().to_string() });
        if self.polling.is_some() {
            evidence.facts.push(Fact { name: FactName::Polls, value: seen.polls.to_string() });
        }
        evidence.judged = seen.judged;
        evidence.tables = self.show.then(|| judge::table(&rows, redactor)).into_iter().collect();
        Finding::judged(evidence)
    }

    /// The value that a column of the first row holds.
    pub fn captured(from: &CaptureFrom, rows: &Rows) -> Result<String, String> {
        let CaptureSource::Column(column) = &from.source else { return Err("no column is named".to_owned()) };
        let place = rows.columns.iter().position(|name| name == column);
        let place = place.ok_or_else(|| format!("there is no column {column} in the rows"))?;
        let row = rows.rows.first().ok_or("there is no row")?;
        row.get(place).cloned().flatten().ok_or_else(|| format!("the column {column} is NULL"))
    }
}

/// The database of the configuration.
pub fn production(cx: &Context) -> Result<&Production, Cause> {
    // The configuration was validated: SQL without a database is our own mistake.
    cx.database.as_ref().ok_or_else(|| Cause::new(CauseCode::Internal, "there is no database"))
}

/// Whether it is worth asking again.
fn not_yet(seen: &Seen, polling: &Polling) -> bool {
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
            let values = polling.fail_on.as_ref().and_then(|fail_on| fail_on.values.as_ref());
            !seen.judged.iter().all(|judged| judged.ok)
                && !values.is_some_and(|values| judge::any_row_holds(values, rows))
        }
    }
}

/// The polling that a configuration asks for.
pub fn polling(
    within: Option<crate::config::Wait>,
    every: Option<crate::config::Wait>,
    fail_on: Option<crate::config::FailOn>,
) -> Option<Polling> {
    let every = every.map_or(super::smoke::pages::EVERY, crate::config::Wait::duration);
    within.map(|within| Polling {
        within: within.duration(),
        every: every.max(Duration::from_millis(10)),
        fail_on,
    })
}
