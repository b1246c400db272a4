//! Section 4: what is declared of the schema, and that there is something to check.

use super::super::parser::{Names, Parser, Refused};
use super::super::path::Path;
use super::super::problem::listed;
use super::super::raw::schema::{RawForeignKey, RawIndex, RawSchema, RawScratch};
use super::super::types::{Declared, NonEmpty, Plain};
use super::sql::SqlQuery;

impl Parser<'_> {
    pub(super) fn schema(&mut self) -> Result<Vec<SqlQuery>, Refused> {
        let Some(schema) = &self.raw.schema else { return Ok(Vec::new()) };
        let path = Path::root().key("schema");
        self.waive(schema.waive.as_ref(), &path);
        let replayed = schema.release == Some(true) || schema.drift == Some(true);
        let declared = schema.tables.is_some()
            || schema.columns.is_some()
            || schema.indexes.is_some()
            || schema.foreign_keys.is_some()
            || schema.enums.is_some()
            || schema.sql.is_some();
        if !replayed && !declared {
            self.problem_with_help(
                &path,
                "nothing is checked here",
                "add `release: true`, `drift: true`, or what must be there: `tables`, `columns`, `indexes`, \
                 `foreign_keys`, `enums` or `sql`",
            );
        }
        if schema.ignore.is_some() && schema.drift != Some(true) {
            self.problem(&path.key("ignore"), "`ignore` belongs to `drift: true`");
        }
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            self.problem_with_help(&path, "the schema of which database?", "add `database` with its `url`");
        }
        self.declared_names(schema, &path);
        self.sql_checks(schema, &path)
    }

    /// The server in which migrations are replayed.
    pub(super) fn scratch(&mut self, scratch: &RawScratch, path: &Path) {
        let kinds = [
            ("image", scratch.image.is_some()),
            ("binaries", scratch.binaries.is_some()),
            ("url", scratch.url.is_some()),
        ];
        let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        if let [_, second, ..] = given.as_slice() {
            let message = format!("a scratch server has one of {}, not several", listed(&given));
            self.problem(&path.key(second), message);
        }
        if let Some(image) = &scratch.image {
            self.word(image, &path.key("image"), "the image");
        }
        if let Some(url) = &scratch.url {
            self.no_captures(&url.0, &path.key("url"));
        }
        if scratch.max_time.is_some_and(|wait| wait.duration().is_zero()) {
            self.problem_with_help(
                &path.key("max_time"),
                "nothing can be replayed in no time",
                "write 1s or more",
            );
        }
    }

    fn declared_names(&mut self, schema: &RawSchema, path: &Path) {
        let mut names = Names::new();
        for (index, table) in schema.tables.iter().flatten().enumerate() {
            let here = path.key("tables").index(index);
            self.one_line(&here, Some(table));
            self.unique(&mut names, table, &here, "the table", "keep one of them");
        }
        let mut names = Names::new();
        for (number, index) in schema.indexes.iter().flatten().enumerate() {
            let here = path.key("indexes").index(number);
            let what = match index {
                Declared::Name(name) => name.to_string(),
                Declared::Body(index) => self.index(index, &here),
            };
            self.unique(&mut names, &what, &here, "the index", "keep one of them");
        }
        let mut names = Names::new();
        for (number, key) in schema.foreign_keys.iter().flatten().enumerate() {
            let here = path.key("foreign_keys").index(number);
            let what = match key {
                Declared::Name(name) => name.to_string(),
                Declared::Body(key) => self.foreign_key(key, &here),
            };
            self.unique(&mut names, &what, &here, "the foreign key", "keep one of them");
        }
        for (name, values) in schema.enums.iter().flatten() {
            self.enum_values(values, &path.key("enums").key(name));
        }
    }

    fn enum_values(&mut self, values: &NonEmpty<Plain>, path: &Path) {
        let mut names = Names::new();
        for (index, value) in values.iter().enumerate() {
            self.unique(&mut names, value, &path.index(index), "the value", "keep one of them");
        }
    }

    /// Judge an index; returns what tells it from others.
    fn index(&mut self, index: &RawIndex, path: &Path) -> String {
        if index.name.is_none() && (index.table.is_none() || index.columns.is_none()) {
            self.problem_with_help(path, "which index?", "add `name`, or `table` and `columns`");
        }
        index.title()
    }

    fn foreign_key(&mut self, key: &RawForeignKey, path: &Path) -> String {
        if key.name.is_none() && (key.table.is_none() || key.columns.is_none()) {
            self.problem_with_help(path, "which foreign key?", "add `name`, or `table` and `columns`");
        }
        key.title()
    }
}
