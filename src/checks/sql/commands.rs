//! The commands that a person pastes to see the same rows, and what psql prints then.

use std::time::Duration;

use super::query::QueryResult;
use crate::config::{Ordered, Polling, Query, Test};
use crate::model::Command;
use crate::probe::postgres::{Database, Rows, ended};
use crate::text::shell_quote;

/// More rows, and longer cells, are not repeated as what a command prints.
const MOST_ROWS: usize = 50;
const LONGEST_CELL: usize = 200;

/// The commands of a query, in the order in which they are pasted.
pub(crate) fn of_query(query: &Query, seen: &QueryResult, database: &Database) -> Vec<Command> {
    let statement = &query.statement;
    let variables = statement.variables();
    let asks = database.psql_with(&ended(&statement.for_psql()), &variables, "-qAX");
    let prints = seen.rows.as_ref().map(|rows| prints(query, rows)).unwrap_or_default();
    let bash = match &query.polling {
        Some(polling) if seen.polls > 1 && !prints.is_empty() => poll(&asks, &prints, polling),
        _ => asks,
    };
    let mut commands = vec![Command::reads(bash, prints)];
    for capture in &query.captures {
        let (name, column) = (&capture.name, capture.from.replace('"', "\"\""));
        let sql = format!("select \"{column}\" from (\n{}\n) as captured limit 1;", statement.for_psql());
        let asks = database.psql_with(&sql, &variables, "-qAtX");
        commands.push(Command::reads(format!("{name}=$({asks}\n)"), Vec::new()));
    }
    commands
}

/// What psql prints, where all of it may be shown: the columns, the rows, how many they are.
fn prints(query: &Query, rows: &Rows) -> Vec<String> {
    let judged: Vec<&str> = query.expect.values.iter().flat_map(Ordered::keys).collect();
    let is_judged = |name: &String| judged.contains(&name.as_str());
    let one = query.expect.value.is_some() && rows.columns.len() == 1 && rows.rows.len() == 1;
    let shown = query.show || one || rows.rows.is_empty() || rows.columns.iter().all(is_judged);
    let plain = |text: &str| text.len() <= LONGEST_CELL && !text.chars().any(char::is_control);
    let steady = rows.rows.len() <= MOST_ROWS
        && rows.columns.iter().all(|name| plain(name))
        && rows.rows.iter().flatten().flatten().all(|cell| plain(cell));
    if !shown || !steady {
        return Vec::new();
    }
    let mut lines = vec![rows.columns.join("|")];
    let row = |row: &Vec<Option<String>>| {
        row.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect::<Vec<_>>().join("|")
    };
    lines.extend(rows.rows.iter().map(row));
    let count = rows.rows.len();
    lines.push(if count == 1 { "(1 row)".to_owned() } else { format!("({count} rows)") });
    lines
}

/// Ask until the rows are what they were in the end.
fn poll(asks: &str, prints: &[String], polling: &Polling<Ordered<Test>>) -> String {
    let pause = polling.every.max(Duration::from_millis(100)).as_secs_f64();
    let times = (polling.within.as_secs_f64() / pause).ceil().max(1.0);
    let wanted = shell_quote(&prints.join("\n"));
    format!(
        "for _ in $(seq {times}); do\n  seen=$({asks}\n)\n  [ \"$seen\" = {wanted} ] && break\n  sleep {pause}\ndone\necho \"$seen\""
    )
}
