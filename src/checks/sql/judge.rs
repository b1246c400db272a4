//! The finding of a query: what was compared, what it shows, and the commands that ask the same.

use super::query::QueryResult;
use super::{commands, rows};
use crate::checks::database::Production;
use crate::config::Query;
use crate::model::{Evidence, Fact, FactName, Finding};
use crate::probe::postgres::Database;
use crate::redact::Redactor;

pub(crate) fn judge(query: &Query, seen: QueryResult, database: &Database, redactor: &Redactor) -> Finding {
    let mut evidence =
        Evidence { commands: commands::of_query(query, &seen, database), ..Evidence::default() };
    evidence.facts = seen.link.map(|link| Production::facts(database, link)).unwrap_or_default();
    let rows = match seen.rows {
        Ok(rows) => rows,
        Err(cause) => return Finding::errored(cause, evidence),
    };
    evidence.facts.push(Fact { name: FactName::Rows, value: rows.rows.len().to_string() });
    if query.polling.is_some() {
        evidence.facts.push(Fact { name: FactName::Polls, value: seen.polls.to_string() });
    }
    evidence.judged = seen.judged;
    evidence.tables = query.show.then(|| rows::table(&rows, redactor)).into_iter().collect();
    Finding::judged(evidence)
}
