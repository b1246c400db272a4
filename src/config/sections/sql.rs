//! SQL of steps and of section 4: it reads, or it is said that it writes.

use std::time::Duration;

use super::CheckOptions;
use super::answers::{Capture, Polling};
use super::steps::Action;
use crate::config::parser::{Names, Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::{Problem, nearest, quote};
use crate::config::raw::schema::RawSchema;
use crate::config::raw::sql::{RawSqlCheck, RowsExpected};
use crate::config::raw::workflows::RawStep;
use crate::config::types::{CaptureSource, Ordered, Show, Sql, Template, Test, Wait};
use crate::text::Text;

/// A statement with the values that are bound to it.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The SQL itself, with names where values are bound.
    pub sql: Sql,
    /// The values of its names, in their order.
    pub values: Vec<(String, Text)>,
    /// Captured values that are secrets.
    pub secret: Vec<String>,
}

/// A query and what is expected of its rows.
#[derive(Debug, Clone)]
pub struct Query {
    /// It only reads.
    pub statement: Statement,
    /// What its rows must be.
    pub expect: RowsExpected,
    /// How to ask again until that holds; what ends it stands in any row.
    pub polling: Option<Polling<Ordered<Test>>>,
    /// Whether the record may show the rows.
    pub show: bool,
    /// What later steps use of the first row, by column.
    pub captures: Vec<Capture<String>>,
}

/// A statement that writes, and the number of rows that it changes.
#[derive(Debug, Clone)]
pub struct DeclaredWrite {
    /// One that changes rows.
    pub statement: Statement,
    /// How many rows it changes; with any other number it is rolled back.
    pub rows: u64,
}

/// A query of section 4.
#[derive(Debug, Clone)]
pub struct SqlQuery {
    /// Its name, part of its check's id.
    pub name: String,
    /// What is asked.
    pub query: Query,
    /// What stands beside the check.
    pub options: CheckOptions,
}

impl Statement {
    /// A statement whose names stand for these values, else for captured ones.
    fn new(sql: &Sql, params: Option<&Ordered<Template>>, secret: &[String]) -> Self {
        let value = |name: &str| {
            let given = params.and_then(|params| params.get(name));
            given.map_or_else(|| Text::captured(name), |text| text.0.clone())
        };
        let values = sql.names().into_iter().map(|name| (name.to_owned(), value(name))).collect();
        Self { sql: sql.clone(), values, secret: secret.to_vec() }
    }
}

impl Parser<'_> {
    /// The queries of section 4.
    pub(super) fn sql_checks(&mut self, schema: &RawSchema, path: &Path) -> Result<Vec<SqlQuery>, Refused> {
        let mut names = Names::new();
        self.list(schema.sql.iter().flatten(), &path.key("sql"), |parser, raw, path| {
            let name_path = path.key("name");
            parser.one_line(&name_path, Some(&raw.name));
            let mut options = parser.options(raw.required.or(schema.required), raw.waive.as_ref(), path);
            options.waiver = options.waiver.or_else(|| schema.waive.clone());
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

    /// What a step with SQL does.
    pub(super) fn sql_action(
        &mut self,
        raw: &RawStep,
        sql: &Sql,
        path: &Path,
        undoes: bool,
        secret: &[String],
    ) -> Result<Action, Refused> {
        self.needs_database(path);
        let role = raw.role.as_ref().map(|_| "as");
        self.misplaced(
            path,
            role.into_iter().chain(given!(raw; headers, json, form)),
            "a request, not to SQL",
        );
        self.params(raw.params.as_ref(), sql, path);
        let captures = self.column_captures(raw, path);
        let statement = Statement::new(sql, raw.params.as_ref(), secret);
        if raw.write == Some(true) {
            let rows = self.written_rows(raw, sql, path, undoes)?;
            return Ok(Action::Write(Box::new(DeclaredWrite { statement, rows })));
        }
        self.reads(
            sql,
            &path.key("sql"),
            "what writes goes into `finally`, with `write: true` and `rows: 1`",
        );
        self.misplaced(
            path,
            given!(raw; rows),
            "SQL with `write: true`; of rows that are read it stands in `expect`",
        );
        let expect = self.step_rows_expected(raw, path);
        if let Some(fail_on) = &raw.fail_on {
            let keys = given!(fail_on; status, json);
            self.misplaced(&path.key("fail_on"), keys, "an answer, not to rows");
        }
        for (index, show) in raw.show.iter().flatten().enumerate().filter(|(_, show)| **show != Show::Rows) {
            let message = format!("SQL has no {}", quote(&show.to_string()));
            self.problem_with_help(&path.key("show").index(index), message, "write `rows`");
        }
        let fail_on = raw.fail_on.as_ref().and_then(|fail_on| fail_on.values.clone());
        Ok(Action::Query(Box::new(Query {
            statement,
            expect: expect?,
            polling: polling(raw.within, raw.every, fail_on),
            show: raw.show.is_some(),
            captures: captures?,
        })))
    }

    fn step_rows_expected(&mut self, raw: &RawStep, path: &Path) -> Result<RowsExpected, Refused> {
        let Some(expect) = &raw.expect else {
            let problem = Problem::new(path, "nothing is expected of the rows");
            return Err(self.refuse(problem.help("for example `expect: { rows: 1 }`")));
        };
        let path = path.key("expect");
        let keys = given!(
            expect.0; status, contains, not_contains, matches, json, headers, max_time, redirect, follow,
            certificate_days
        );
        self.misplaced(&path, keys, "an answer, not to rows");
        let rows = expect.0.of_rows();
        self.rows_expected(&rows, &path);
        Ok(rows)
    }

    /// How many rows the SQL of a step changes.
    fn written_rows(&mut self, raw: &RawStep, sql: &Sql, path: &Path, undoes: bool) -> Result<u64, Refused> {
        if !undoes {
            self.problem_with_help(
                &path.key("write"),
                "only `finally` may write by SQL",
                "production is changed through the service itself; SQL removes what that left behind",
            );
        }
        if !sql.changes() {
            let message = format!("{} does not change rows", quote(&sql.verb()));
            self.problem_with_help(&path.key("sql"), message, "write one DELETE, UPDATE or INSERT");
        }
        self.misplaced(path, given!(raw; expect, capture, within, show), "SQL that reads");
        match raw.rows {
            None => {
                let help = "add `rows: 1`: with any other number it is rolled back";
                Err(self.refuse(Problem::new(path, "how many rows does it change?").help(help)))
            }
            Some(0) => {
                let problem = Problem::new(path.key("rows"), "then there is nothing to write");
                Err(self.refuse(problem.help("write 1 or more")))
            }
            Some(rows) => Ok(rows),
        }
    }

    fn column_captures(&mut self, raw: &RawStep, path: &Path) -> Result<Vec<Capture<String>>, Refused> {
        self.mapping(raw.capture.as_ref(), &path.key("capture"), |parser, name, given, path| {
            let CaptureSource::Column(column) = &given.source else {
                let help = format!("write `{name}: {{ column: … }}`");
                return Err(parser.refuse(Problem::new(path, "SQL has columns").help(help)));
            };
            Ok(Capture { name: name.to_owned(), from: column.clone(), secret: given.secret })
        })
    }

    fn params(&mut self, params: Option<&Ordered<Template>>, sql: &Sql, path: &Path) {
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

    fn reads(&mut self, sql: &Sql, path: &Path, help: &str) {
        if !sql.reads() {
            let message = "it must begin with SELECT, WITH, VALUES or TABLE: it only reads";
            self.problem_with_help(path, message, help);
        }
    }

    fn rows_expected(&mut self, expected: &RowsExpected, path: &Path) {
        if expected.is_empty() {
            self.problem_with_help(path, "nothing is expected", "add `rows`, `columns`, `values` or `value`");
        }
    }

    fn needs_database(&mut self, path: &Path) {
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            let help = "add `database: { url: \"${secret:DATABASE_URL}\" }`";
            self.problem_with_help(path, "SQL needs `database`, which says where it is", help);
        }
    }
}

/// Polling of a database, which a pause of nothing would keep busy.
fn polling(
    within: Option<Wait>,
    every: Option<Wait>,
    fail_on: Option<Ordered<Test>>,
) -> Option<Polling<Ordered<Test>>> {
    let polling = Polling::new(within, every, fail_on)?;
    Some(Polling { every: polling.every.max(Duration::from_millis(10)), ..polling })
}
