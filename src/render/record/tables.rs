//! Rows of a database as tables: what was selected, what a release adds.

use super::Page;
use super::cells::value;
use crate::model::{CheckReport, Table, TableOf};
use crate::render::md::{self, Md, code};

/// A longer table is folded.
const OPEN_ROWS: usize = 30;

impl Page<'_> {
    /// The tables of a check's evidence, each under what its rows are; empty when it has none. Applied migrations
    /// have a place of their own in section 3.
    pub(super) fn rows(self, check: &CheckReport) -> Md {
        let tables = check.evidence.tables.iter().filter(|table| table.of != TableOf::Migrations);
        md::join(tables.map(|table| self.rows_of(check, table)), "\n\n")
    }

    fn rows_of(self, check: &CheckReport, table: &Table) -> Md {
        let head = match table.of {
            TableOf::Rows => code(&check.meta.title),
            of => Md::own(self.lang.table(of)),
        };
        let count = table.rows.len() as u64 + table.left_out;
        let head = Md::own(format!("{head} ({})", self.lang.rows(count)));
        if table.rows.is_empty() {
            return head;
        }
        let columns: Vec<Md> = table.head.iter().map(|name| code(name)).collect();
        let columns: Vec<&str> = columns.iter().map(Md::as_str).collect();
        let cell = |cell: &Option<String>| match cell {
            Some(text) => Md::own(value(text)),
            None => Md::own("NULL"),
        };
        let rows: Vec<Vec<Md>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let mut body = md::table(&columns, &rows);
        if table.left_out > 0 {
            body = md::join([body, Md::own(self.lang.rows_left_out(table.left_out))], "\n\n");
        }
        if rows.len() > OPEN_ROWS { md::details(&head, &body) } else { md::join([head, body], "\n\n") }
    }
}
