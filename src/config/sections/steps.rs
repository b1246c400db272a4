//! A step of a workflow: a request, a query, or a statement that was declared to write.

use super::CheckOptions;
use super::answers::{AnswerExpected, AnswerFailOn, AnswerValue, Capture, Polling, ShownPart};
use super::captures::WorkflowScope;
use super::sql::{DeclaredWrite, Query};
use crate::config::parser::{ANONYMOUS, Names, Parser, Refused, given, texts};
use crate::config::path::Path;
use crate::config::problem::{Problem, listed};
use crate::config::raw::workflows::RawStep;
use crate::config::types::{CaptureSource, METHODS, Show, StatusSet, Template};
use crate::text::{CallBody, Text};

#[derive(Debug, Clone)]
pub struct WorkflowStep {
    pub name: String,
    pub action: Action,
    pub options: CheckOptions,
}

#[derive(Debug, Clone)]
pub enum Action {
    Http(Box<HttpAction>),
    Query(Box<Query>),
    Write(Box<DeclaredWrite>),
}

/// A request of a step.
#[derive(Debug, Clone)]
pub struct HttpAction {
    pub role: String,
    pub method: &'static str,
    /// Its path, or a whole URL.
    pub address: Text,
    pub headers: Vec<(String, Text)>,
    pub body: Option<CallBody>,
    pub expect: AnswerExpected,
    /// How to ask again until that holds.
    pub polling: Option<Polling<AnswerFailOn>>,
    pub show: Vec<ShownPart>,
    /// What later steps use of the answer.
    pub captures: Vec<Capture<AnswerValue>>,
}

/// A method as a key and in capitals, and the address that stands there.
type MethodAndPath<'r> = (&'static str, &'static str, &'r Template);

impl Parser<'_> {
    /// The step at `number`, from 1, and whether it `undoes` what others did.
    pub(super) fn step(
        &mut self,
        raw: &RawStep,
        (number, undoes): (usize, bool),
        path: &Path,
        scope: &WorkflowScope,
        names: &mut Names,
    ) -> Result<WorkflowStep, Refused> {
        self.one_line(&path.key("name"), raw.name.as_ref());
        let role = self.asker(raw.role.as_ref(), path).or(scope.role).unwrap_or(ANONYMOUS);
        let (kind, action) = if let Some(sql) = &raw.sql {
            let alone =
                if raw.requests().next().is_none() { Ok("sql") } else { Err(self.several(raw, path)) };
            (alone, self.sql_action(raw, sql, path, undoes, &scope.secret))
        } else {
            let endpoint = self.endpoint(raw, path);
            (endpoint.map(|(key, ..)| key), self.http_action(raw, endpoint, role, path))
        };
        self.polling_keys(raw, path);
        // A step without a name is called after its place, so only given names can be the same.
        let name = kind?;
        let name = raw.name.as_ref().map_or_else(|| format!("{number}-{name}"), ToString::to_string);
        let help = "give one of them a `name`: it is part of the check's id";
        self.unique(names, &name, path, "the step", help);
        let options = CheckOptions { position: self.position(path), ..scope.options.clone() };
        Ok(WorkflowStep { name, action: action?, options })
    }

    fn endpoint<'r>(&mut self, raw: &'r RawStep, path: &Path) -> Result<MethodAndPath<'r>, Refused> {
        let mut endpoints = raw.requests();
        match (endpoints.next(), endpoints.next()) {
            (Some(endpoint @ (key, _, address)), None) => {
                self.address(address, &path.key(key));
                Ok(endpoint)
            }
            (Some(_), Some(_)) => Err(self.several(raw, path)),
            (None, _) => {
                let keys: Vec<&str> = METHODS.iter().map(|(key, _)| *key).collect();
                let message = format!("a step needs one of {} with a path, or `sql`", listed(&keys));
                Err(self.refuse(Problem::new(path, message).help("for example `get: /api/me`")))
            }
        }
    }

    fn several(&mut self, raw: &RawStep, path: &Path) -> Refused {
        let keys: Vec<&str> = raw.requests().map(|(key, ..)| key).chain(given!(raw; sql)).collect();
        let message = format!("a step has one method; {} are here", listed(&keys));
        self.refuse(Problem::new(path, message).help("make one step for each"))
    }

    fn http_action(
        &mut self,
        raw: &RawStep,
        endpoint: Result<MethodAndPath, Refused>,
        role: &str,
        path: &Path,
    ) -> Result<Action, Refused> {
        self.no_sql_keys(raw, path);
        let body = self.body(raw, path);
        self.headers(raw.headers.as_ref(), &path.key("headers"));
        let expect = raw.expect.as_ref().map(|expect| expect.0.assertions()).unwrap_or_default();
        let expect = self.answer_expected(expect, StatusSet::success(), &path.key("expect"));
        let captures = self.answer_captures(raw, path);
        let fail_on = raw.fail_on.as_ref();
        let fail_on = fail_on.map(|raw| AnswerFailOn { status: raw.status.clone(), json: raw.json.clone() });
        let (_, method, address) = endpoint?;
        Ok(Action::Http(Box::new(HttpAction {
            role: role.to_owned(),
            method,
            address: address.0.clone(),
            headers: texts(raw.headers.as_ref()),
            body,
            expect,
            polling: Polling::new(raw.within, raw.every, fail_on),
            show: ShownPart::of(raw.show.iter().flatten()),
            captures: captures?,
        })))
    }

    fn polling_keys(&mut self, raw: &RawStep, path: &Path) {
        for key in given!(raw; every, fail_on).filter(|_| raw.within.is_none()) {
            self.polls_not(key, path);
        }
        if let Some(fail_on) = &raw.fail_on {
            let path = path.key("fail_on");
            self.json_paths(fail_on.json.as_ref(), &path.key("json"));
            if given!(fail_on; status, json, values).next().is_none() {
                let help = if raw.sql.is_some() { "add `values`" } else { "add `status` or `json`" };
                self.problem_with_help(&path, "nothing would end the polling", help);
            }
        }
    }

    fn body(&mut self, raw: &RawStep, path: &Path) -> Option<CallBody> {
        if raw.json.is_some() && raw.form.is_some() {
            let message = "a step sends `json` or `form`, not both";
            self.refuse(Problem::new(path.key("form"), message).at_key());
        }
        for key in given!(raw; json, form) {
            if let Some((method @ ("get" | "head"), ..)) = raw.requests().next() {
                let problem = Problem::new(path.key(key), format!("a {} has no body", method.to_uppercase()));
                self.refuse(problem.at_key().help("use `post`, or put it into the path: `?name=value`"));
            }
        }
        let json = raw.json.clone().map(CallBody::Json);
        json.or_else(|| raw.form.as_ref().map(|form| CallBody::Form(texts(Some(form)))))
    }

    /// Complain about what means something in a step with SQL only.
    fn no_sql_keys(&mut self, raw: &RawStep, path: &Path) {
        const TO: &str = "a step with `sql`";
        self.misplaced(path, given!(raw; params, write, rows), TO);
        if let Some(expect) = &raw.expect {
            self.misplaced(&path.key("expect"), given!(expect.0; rows, columns, values, value), TO);
        }
        if let Some(fail_on) = &raw.fail_on {
            self.misplaced(&path.key("fail_on"), given!(fail_on; values), TO);
        }
        for (index, _) in raw.show.iter().flatten().enumerate().filter(|(_, show)| **show == Show::Rows) {
            self.problem(&path.key("show").index(index), "an answer has no rows");
        }
    }

    fn answer_captures(&mut self, raw: &RawStep, path: &Path) -> Result<Vec<Capture<AnswerValue>>, Refused> {
        self.mapping(raw.capture.as_ref(), &path.key("capture"), |parser, name, given, path| {
            let from = match &given.source {
                CaptureSource::Json(path) => AnswerValue::Json(path.clone()),
                CaptureSource::Header(header) => AnswerValue::Header(header.clone()),
                CaptureSource::Column(_) => {
                    return Err(parser.misplaced_key(path, "column", "a step with `sql`"));
                }
            };
            Ok(Capture { name: name.to_owned(), from, secret: given.secret })
        })
    }

    /// Complain about keys that mean something elsewhere.
    pub(super) fn misplaced(&mut self, path: &Path, keys: impl IntoIterator<Item = &'static str>, to: &str) {
        for key in keys {
            self.misplaced_key(path, key, to);
        }
    }

    fn misplaced_key(&mut self, path: &Path, key: &str, to: &str) -> Refused {
        self.refuse(Problem::new(path.key(key), format!("`{key}` belongs to {to}")).at_key())
    }

    /// Complain about a key of polling where there is none.
    pub(super) fn polls_not(&mut self, key: &str, path: &Path) {
        let message = format!("`{key}` only means something with `within`");
        self.refuse(Problem::new(path.key(key), message).help("add `within: 3m`, or remove it").at_key());
    }
}
