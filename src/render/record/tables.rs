//! Rows of a database as tables: what was selected, what a release adds.

use super::RecordPage;
use super::cells::value;
use crate::model::{CheckReport, Table, TableOf};
use crate::render::md::{self, Md, code};

/// A longer table is folded.
const OPEN_ROWS: usize = 30;

impl RecordPage<'_> {
    /// The tables of a check's evidence, each under what its rows are; empty when it has none. Applied migrations
    /// have a place of their own in section 3.
    pub(super) fn rows(self, check: &CheckReport) -> Md {
        let tables = check.evidence.tables.iter().filter(|table| table.of != TableOf::Migrations);
        md::join(tables.map(|table| self.rows_of(check, table)), "\n\n")
    }

    /// What has become of an object, or what production has of it.
    fn state(self, word: &str) -> Md {
        match (word, self.lang.schema_state(word)) {
            ("proven", _) => Md::own("✅"),
            ("missing" | "different" | "extra" | "still_there", Some(words)) => {
                Md::own(format!("**{words}**"))
            }
            (_, Some(words)) => Md::own(words),
            (other, None) => Md::own(value(other)),
        }
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
        // Of a catalogue's objects some columns are ours, and hold words.
        let ours = |name: &str| (table.of != TableOf::Rows).then(|| self.lang.schema_head(name)).flatten();
        let columns: Vec<Md> =
            table.head.iter().map(|name| ours(name).map_or_else(|| code(name), Md::own)).collect();
        let columns: Vec<&str> = columns.iter().map(Md::as_str).collect();
        let cell = |(name, cell): (&String, &Option<String>)| match cell {
            Some(text) if ours(name).is_some() => self.state(text),
            Some(text) => Md::own(value(text)),
            None if table.of == TableOf::Rows => Md::own("NULL"),
            None => Md::default(),
        };
        let rows: Vec<Vec<Md>> =
            table.rows.iter().map(|row| table.head.iter().zip(row).map(cell).collect()).collect();
        let mut body = md::table(&columns, &rows);
        if table.left_out > 0 {
            body = md::join([body, Md::own(self.lang.rows_left_out(table.left_out))], "\n\n");
        }
        if rows.len() > OPEN_ROWS { md::details(&head, &body) } else { md::join([head, body], "\n\n") }
    }
}
