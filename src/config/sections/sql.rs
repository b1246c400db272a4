//! SQL of steps and of section 4: it reads, or it is said that it writes.

use super::super::parser::{Names, Parser};
use super::super::path::Path;
use super::super::problem::{Problem, nearest, quote};
use super::super::raw::schema::RawSchema;
use super::super::raw::sql::{RawSqlCheck, RowsExpected};
use super::super::raw::workflows::RawStep;
use super::super::types::{CaptureSource, Ordered, Show, Sql, Template};

impl Parser<'_> {
    /// The queries of section 4.
    pub(super) fn sql_checks(&mut self, schema: &RawSchema, path: &Path) {
        let list = path.key("sql");
        let mut names = Names::new();
        for (index, check) in schema.sql.iter().flatten().enumerate() {
            let path = list.index(index);
            self.one_line(&path.key("name"), Some(&check.name));
            self.waive(check.waive.as_ref(), &path);
            self.unique(
                &mut names,
                &check.name,
                &path.key("name"),
                "the query",
                "give one of them another name",
            );
            self.sql_check(check, &path);
        }
    }

    fn sql_check(&mut self, check: &RawSqlCheck, path: &Path) {
        self.needs_database(path);
        self.reads(
            &check.query,
            &path.key("query"),
            "what writes goes into `finally` of a workflow, with `write: true`",
        );
        self.params(check.params.as_ref(), &check.query, path);
        let params: Vec<&str> = check.params.iter().flat_map(Ordered::keys).collect();
        for name in check.query.names().into_iter().filter(|name| !params.contains(name)) {
            let help = match nearest(name, params.iter().copied()) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => format!("add `params: {{ {name}: … }}`"),
            };
            self.problem_with_help(&path.key("query"), format!("`:{name}` has no value"), help);
        }
        if let Some(params) = &check.params {
            let texts = params.iter().map(|(name, text)| (name.as_str(), &text.0));
            self.no_captures_in(texts, &path.key("params"));
        }
        self.rows_expected(&check.expect, &path.key("expect"));
        if check.every.is_some() && check.within.is_none() {
            let problem = Problem::new(path.key("every"), "`every` only means something with `within`");
            self.problems.push(problem.help("add `within: 3m`, or remove it").at_key());
        }
    }

    /// A step with SQL.
    pub(super) fn sql_step(&mut self, step: &RawStep, sql: &Sql, path: &Path, undoes: bool) {
        self.needs_database(path);
        for (key, given) in [
            ("as", step.role.is_some()),
            ("headers", step.headers.is_some()),
            ("json", step.json.is_some()),
            ("form", step.form.is_some()),
        ] {
            if given {
                self.misplaced(path, key, "a request, not to SQL");
            }
        }
        self.params(step.params.as_ref(), sql, path);
        self.sql_captures(step, path);
        if step.write == Some(true) {
            self.sql_write(step, sql, path, undoes);
            return;
        }
        self.reads(
            sql,
            &path.key("sql"),
            "what writes goes into `finally`, with `write: true` and `rows: 1`",
        );
        if step.rows.is_some() {
            self.misplaced(
                path,
                "rows",
                "SQL with `write: true`; of rows that are read it stands in `expect`",
            );
        }
        match &step.expect {
            None => {
                self.problem_with_help(
                    path,
                    "nothing is expected of the rows",
                    "for example `expect: { rows: 1 }`",
                );
            }
            Some(expect) => {
                let here = path.key("expect");
                let http = expect.0.assertions();
                for (key, given) in [
                    ("status", http.status.is_some()),
                    ("contains", http.contains.is_some()),
                    ("not_contains", http.not_contains.is_some()),
                    ("matches", http.matches.is_some()),
                    ("json", http.json.is_some()),
                    ("headers", http.headers.is_some()),
                    ("max_time", http.max_time.is_some()),
                    ("redirect", http.redirect.is_some()),
                    ("follow", http.follow.is_some()),
                    ("certificate_days", http.certificate_days.is_some()),
                ] {
                    if given {
                        self.misplaced(&here, key, "an answer, not to rows");
                    }
                }
                self.rows_expected(&expect.0.of_rows(), &here);
            }
        }
        if let Some(fail_on) = &step.fail_on {
            for (key, given) in [("status", fail_on.status.is_some()), ("json", fail_on.json.is_some())] {
                if given {
                    self.misplaced(&path.key("fail_on"), key, "an answer, not to rows");
                }
            }
        }
        for (index, show) in step.show.iter().flatten().enumerate().filter(|(_, show)| **show != Show::Rows) {
            let message = format!("SQL has no {}", quote(&show.to_string()));
            self.problem_with_help(&path.key("show").index(index), message, "write `rows`");
        }
    }

    fn sql_write(&mut self, step: &RawStep, sql: &Sql, path: &Path, undoes: bool) {
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
        match step.rows {
            None => self.problem_with_help(
                path,
                "how many rows does it change?",
                "add `rows: 1`: with any other number it is rolled back",
            ),
            Some(0) => {
                self.problem_with_help(
                    &path.key("rows"),
                    "then there is nothing to write",
                    "write 1 or more",
                );
            }
            Some(_) => {}
        }
        for (key, given) in [
            ("expect", step.expect.is_some()),
            ("capture", step.capture.is_some()),
            ("within", step.within.is_some()),
            ("show", step.show.is_some()),
        ] {
            if given {
                self.misplaced(path, key, "SQL that reads");
            }
        }
    }

    /// Complain about what means something in a step with SQL only.
    pub(super) fn only_for_sql(&mut self, step: &RawStep, path: &Path) {
        for (key, given) in [
            ("params", step.params.is_some()),
            ("write", step.write.is_some()),
            ("rows", step.rows.is_some()),
        ] {
            if given {
                self.misplaced(path, key, "a step with `sql`");
            }
        }
        if let Some(expect) = &step.expect {
            for (key, given) in [
                ("rows", expect.0.rows.is_some()),
                ("columns", expect.0.columns.is_some()),
                ("values", expect.0.values.is_some()),
                ("value", expect.0.value.is_some()),
            ] {
                if given {
                    self.misplaced(&path.key("expect"), key, "a step with `sql`");
                }
            }
        }
        if step.fail_on.as_ref().is_some_and(|fail_on| fail_on.values.is_some()) {
            self.misplaced(&path.key("fail_on"), "values", "a step with `sql`");
        }
        for (index, _) in step.show.iter().flatten().enumerate().filter(|(_, show)| **show == Show::Rows) {
            self.problem(&path.key("show").index(index), "an answer has no rows");
        }
        for (name, from) in step.capture.iter().flatten() {
            if matches!(from.source, CaptureSource::Column(_)) {
                self.misplaced(&path.key("capture").key(name), "column", "a step with `sql`");
            }
        }
    }

    fn sql_captures(&mut self, step: &RawStep, path: &Path) {
        for (name, from) in step.capture.iter().flatten() {
            if !matches!(from.source, CaptureSource::Column(_)) {
                let path = path.key("capture").key(name);
                self.problem_with_help(&path, "SQL has columns", format!("write `{name}: {{ column: … }}`"));
            }
        }
    }

    fn misplaced(&mut self, path: &Path, key: &str, to: &str) {
        let problem = Problem::new(path.key(key), format!("`{key}` belongs to {to}"));
        self.problems.push(problem.at_key());
    }

    fn params(&mut self, params: Option<&Ordered<Template>>, sql: &Sql, path: &Path) {
        let used = sql.names();
        for name in params.iter().flat_map(|params| params.keys()).filter(|name| !used.contains(name)) {
            let help = match nearest(name, used.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `:{name}` where it belongs, or remove it"),
            };
            let problem = Problem::new(path.key("params").key(name), format!("the SQL has no `:{name}`"));
            self.problems.push(problem.help(help).at_key());
        }
    }

    fn reads(&mut self, sql: &Sql, path: &Path, help: &str) {
        if !sql.reads() {
            self.problem_with_help(
                path,
                "it must begin with SELECT, WITH, VALUES or TABLE: it only reads",
                help,
            );
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
