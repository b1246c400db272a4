//! Prisma's own history, `_prisma_migrations`: where it is, its rows, and what became of each migration.

use std::collections::BTreeMap;

use crate::model::{Cause, CauseCode};
use crate::probe::postgres::{Database, Reading};
use crate::text::sql_identifier;

/// The table that Prisma keeps its history in.
pub const TABLE: &str = "_prisma_migrations";
/// What the record shows of it: the seed's own question.
pub const SHOWN: &str = "SELECT migration_name, finished_at FROM _prisma_migrations ORDER BY finished_at;";
pub const WHERE: &str = "SELECT schemaname FROM pg_tables WHERE tablename = '_prisma_migrations' ORDER BY 1;";

/// The schemas that have the table, who we are, and whether a deployment holds Prisma's lock. Asked first, so that
/// a migration under way in what is read next is not taken for a failed one.
const PLACE: &str = "
select n.nspname, current_user::text,
       exists (select from pg_locks l join pg_database d on d.oid = l.database
               where l.locktype = 'advisory' and l.classid = 0 and l.objid = 72707369 and l.objsubid = 1
                 and l.granted and d.datname = current_database())
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relname = '_prisma_migrations' and c.relkind in ('r', 'p')
order by 1";

/// The history as the database tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    pub schema: String,
    pub found_in: Vec<String>,
    /// Its rows, in the order in which they were begun.
    pub rows: Vec<Row>,
    /// Whether a deployment holds Prisma's lock.
    pub locked: bool,
}

/// A row of the history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    pub name: String,
    /// The checksum of its file when it was applied.
    pub checksum: String,
    /// When it had been applied, as the server writes it; none where it failed, or is under way.
    pub finished_at: Option<String>,
    /// Its place when the rows are ordered by that time.
    pub place: u64,
    pub rolled_back: bool,
    /// Whether somebody said that it was applied: nothing was run, in no time, without a word.
    pub marked: bool,
    /// The code of the database's error, where that is in its log.
    pub error: Option<String>,
}

/// What became of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate<'a> {
    /// It was applied, or marked as applied: the row that says so.
    Applied(&'a Row),
    /// It was begun and not finished: it failed, or is under way.
    Unfinished(&'a Row),
    /// It was rolled back, and not applied again.
    RolledBack,
}

impl History {
    /// Whether the table is where Prisma looks for it.
    pub(crate) fn is_there(&self) -> bool {
        self.found_in.contains(&self.schema)
    }

    /// What became of each migration that the history knows, by name. Rows that were rolled back count for nothing:
    /// another try has a row of its own.
    pub(crate) fn fates(&self) -> BTreeMap<&str, Fate<'_>> {
        let mut fates = BTreeMap::new();
        for row in &self.rows {
            let now = match (&row.finished_at, row.rolled_back) {
                (_, true) => Fate::RolledBack,
                (Some(_), false) => Fate::Applied(row),
                (None, false) => Fate::Unfinished(row),
            };
            let before = fates.get(row.name.as_str()).copied();
            // What is unfinished stays so until somebody says what became of it: no later row does.
            let keep =
                matches!(before, Some(Fate::Unfinished(_))) || (before.is_some() && now == Fate::RolledBack);
            if !keep {
                fates.insert(row.name.as_str(), now);
            }
        }
        fates
    }
}

pub async fn read(database: &Database) -> Result<History, Cause> {
    let reading = database.read().await?;
    let schema = database.schema().to_owned();
    let places = reading.rows(PLACE, &[]).await?.rows;
    let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let mut history = History {
        found_in: places.iter().map(|row| cell(row, 0)).collect(),
        locked: places.first().is_some_and(|row| cell(row, 2) == "t"),
        schema,
        rows: Vec::new(),
    };
    if history.is_there() {
        let user = places.first().map(|row| cell(row, 1)).unwrap_or_default();
        history.rows = rows(&reading, &history.schema, &user).await?;
    }
    Ok(history)
}

async fn rows(reading: &Reading, schema: &str, user: &str) -> Result<Vec<Row>, Cause> {
    let table = format!("{}.{}", sql_identifier(schema), sql_identifier(TABLE));
    // Of a log only the code of an error: the rest of it may quote rows.
    let sql = format!(
        "select migration_name, checksum, finished_at::text, row_number() over (order by finished_at, started_at),
                rolled_back_at is not null,
                applied_steps_count = 0 and started_at is not distinct from finished_at and coalesce(logs, '') = '',
                substring(logs from 'Database error code: ([0-9A-Z]{{5}})')
         from {table} order by started_at, finished_at"
    );
    let answer = reading.rows(&sql, &[]).await.map_err(|cause| may_not(cause, schema, user))?;
    Ok(answer.rows.into_iter().map(row).collect())
}

fn row(cells: Vec<Option<String>>) -> Row {
    let mut cells = cells.into_iter();
    let mut next = || cells.next().flatten();
    Row {
        name: next().unwrap_or_default(),
        checksum: next().unwrap_or_default(),
        finished_at: next(),
        place: next().and_then(|place| place.parse().ok()).unwrap_or_default(),
        rolled_back: next().as_deref() == Some("t"),
        marked: next().as_deref() == Some("t"),
        error: next(),
    }
}

/// That the role may not read the table, with what would let it.
fn may_not(cause: Cause, schema: &str, user: &str) -> Cause {
    if cause.code != CauseCode::DatabaseAccess {
        return cause;
    }
    let (schema, user) = (sql_identifier(schema), sql_identifier(user));
    let detail = format!(
        "{}: GRANT USAGE ON SCHEMA {schema} TO {user}; GRANT SELECT ON {schema}.{} TO {user};",
        cause.detail,
        sql_identifier(TABLE)
    );
    Cause { detail, ..cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, finished: bool, rolled_back: bool) -> Row {
        Row {
            name: name.to_owned(),
            finished_at: finished.then(|| "2026-02-14 08:00:00+00".to_owned()),
            rolled_back,
            ..Row::default()
        }
    }

    #[test]
    fn the_last_row_that_counts_says_what_became_of_a_migration() {
        let applied = |rows: &[Row]| {
            let history = History { rows: rows.to_vec(), ..History::default() };
            match history.fates().get("a") {
                None => "nothing",
                Some(Fate::Applied(_)) => "applied",
                Some(Fate::Unfinished(_)) => "unfinished",
                Some(Fate::RolledBack) => "rolled back",
            }
        };
        let (done, open) = (row("a", true, false), row("a", false, false));
        let (undone, given_up) = (row("a", true, true), row("a", false, true));
        for (rows, fate) in [
            (vec![], "nothing"),
            (vec![row("b", true, false)], "nothing"),
            (vec![done.clone()], "applied"),
            (vec![open.clone()], "unfinished"),
            (vec![given_up.clone()], "rolled back"),
            (vec![undone.clone()], "rolled back"),
            // Tried again, and marked as applied.
            (vec![given_up.clone(), done.clone()], "applied"),
            (vec![given_up.clone(), given_up.clone(), open.clone()], "unfinished"),
            (vec![undone, done.clone()], "applied"),
            // Rows need not come in the order of what happened.
            (vec![done.clone(), given_up], "applied"),
            (vec![open.clone(), done.clone()], "unfinished"),
            (vec![done, open], "unfinished"),
        ] {
            assert_eq!(applied(&rows), fate, "{rows:?}");
        }
    }
}
