//! Steps with SQL: a query, or in `finally` a statement of which it is said that it writes.

use super::answers::Capture;
use super::sql::{DeclaredWrite, Query, Statement, polling};
use super::steps::Action;
use crate::config::parser::{Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::{Problem, quote};
use crate::config::raw::sql::RowsExpected;
use crate::config::raw::workflows::RawStep;
use crate::config::types::{CaptureSource, Show, Sql};

impl Parser<'_> {
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
}
