//! SQL: a statement with its values, and the queries of section 4.

use std::time::Duration;

use super::CheckOptions;
use super::answers::{Capture, Polling};
use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::problem::{Problem, nearest};
use crate::config::raw::schema::RawSchema;
use crate::config::raw::sql::{RawSqlCheck, RowsExpected};
use crate::config::types::{Ordered, Sql, Template, Test, Wait};
use crate::text::Text;

/// A statement with the values that are bound to it.
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: Sql,
    pub values: Vec<(String, Text)>,
    pub secret: Vec<String>,
}

/// A query and what is expected of its rows.
#[derive(Debug, Clone)]
pub struct Query {
    pub statement: Statement,
    pub expect: RowsExpected,
    /// How to ask again until that holds; what ends it stands in any row.
    pub polling: Option<Polling<Ordered<Test>>>,
    pub show: bool,
    /// What later steps use of the first row, by column.
    pub captures: Vec<Capture<String>>,
}

/// A statement that writes, and the number of rows that it changes.
#[derive(Debug, Clone)]
pub struct DeclaredWrite {
    pub statement: Statement,
    pub rows: u64,
}

/// A query of section 4.
#[derive(Debug, Clone)]
pub struct SqlQuery {
    pub name: String,
    pub query: Query,
    pub options: CheckOptions,
}

impl Statement {
    /// A statement whose names stand for these values, else for captured ones.
    pub(super) fn new(sql: &Sql, params: Option<&Ordered<Template>>, secret: &[String]) -> Self {
        let value = |name: &str| {
            let given = params.and_then(|params| params.get(name));
            given.map_or_else(|| Text::captured(name), |text| text.0.clone())
        };
        let values = sql.names().into_iter().map(|name| (name.to_owned(), value(name))).collect();
        Self { sql: sql.clone(), values, secret: secret.to_vec() }
    }
}

impl Parser<'_> {
    pub(super) fn sql_checks(
        &mut self,
        schema: &RawSchema,
        options: &CheckOptions,
        path: &Path,
    ) -> Result<Vec<SqlQuery>, Refused> {
        let mut names = Names::new();
        self.list(schema.sql.iter().flatten(), &path.key("sql"), |parser, raw, path| {
            let name_path = path.key("name");
            parser.one_line(&name_path, Some(&raw.name));
            let options = parser.options_in(options, raw.required, raw.waive.as_ref(), path);
            parser.unique(&mut names, &raw.name, &name_path, "the query", "give one of them another name");
            Ok(SqlQuery { name: raw.name.to_string(), query: parser.sql_check(raw, path), options })
        })
    }

    fn sql_check(&mut self, raw: &RawSqlCheck, path: &Path) -> Query {
        self.needs_database(path);
        self.reads(
            &raw.query,
            &path.key("query"),
            "what writes goes into `finally` of a workflow, with `write: true`",
        );
        self.params(raw.params.as_ref(), &raw.query, path);
        let params: Vec<&str> = raw.params.iter().flat_map(Ordered::keys).collect();
        for name in raw.query.names().into_iter().filter(|name| !params.contains(name)) {
            let help = match nearest(name, params.iter().copied()) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => format!("add `params: {{ {name}: … }}`"),
            };
            self.problem_with_help(&path.key("query"), format!("`:{name}` has no value"), help);
        }
        if let Some(params) = &raw.params {
            let texts = params.iter().map(|(name, text)| (name.as_str(), &text.0));
            self.no_captures_in(texts, &path.key("params"));
        }
        self.rows_expected(&raw.expect, &path.key("expect"));
        if raw.every.is_some() && raw.within.is_none() {
            self.polls_not("every", path);
        }
        Query {
            statement: Statement::new(&raw.query, raw.params.as_ref(), &[]),
            expect: raw.expect.clone(),
            polling: polling(raw.within, raw.every, None),
            show: raw.show.is_some(),
            captures: Vec::new(),
        }
    }

    pub(super) fn params(&mut self, params: Option<&Ordered<Template>>, sql: &Sql, path: &Path) {
        let used = sql.names();
        for name in params.iter().flat_map(|params| params.keys()).filter(|name| !used.contains(name)) {
            let help = match nearest(name, used.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `:{name}` where it belongs, or remove it"),
            };
            let problem = Problem::new(path.key("params").key(name), format!("the SQL has no `:{name}`"));
            self.refuse(problem.help(help).at_key());
        }
    }

    pub(super) fn reads(&mut self, sql: &Sql, path: &Path, help: &str) {
        if !sql.reads() {
            let message = "it must begin with SELECT, WITH, VALUES or TABLE: it only reads";
            self.problem_with_help(path, message, help);
        }
    }

    pub(super) fn rows_expected(&mut self, expected: &RowsExpected, path: &Path) {
        if expected.is_empty() {
            self.problem_with_help(path, "nothing is expected", "add `rows`, `columns`, `values` or `value`");
        }
    }

    pub(super) fn needs_database(&mut self, path: &Path) {
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            let help = "add `database: { url: \"${secret:DATABASE_URL}\" }`";
            self.problem_with_help(path, "SQL needs `database`, which says where it is", help);
        }
    }
}

/// Polling of a database, which a pause of nothing would keep busy.
pub(super) fn polling(
    within: Option<Wait>,
    every: Option<Wait>,
    fail_on: Option<Ordered<Test>>,
) -> Option<Polling<Ordered<Test>>> {
    let polling = Polling::new(within, every, fail_on)?;
    Some(Polling { every: polling.every.max(Duration::from_millis(10)), ..polling })
}
