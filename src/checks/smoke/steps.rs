//! The steps of a workflow: requests, queries and declared writes.

use super::Service;
use crate::checks::context::{ANONYMOUS, Captures};
use crate::checks::http::exchange::{Exchange, Polling};
use crate::checks::sql::query::{self, Query};
use crate::checks::sql::statement::Statement;
use crate::checks::sql::write::DeclaredWrite;
use crate::config::{Sql, StatusSet, Step, Wait, Workflow};
use crate::probe::call::{Call, CallBody};
use crate::text::Text;

/// A step, ready to be made.
pub(crate) struct PlannedStep {
    /// What it does.
    pub(crate) action: Action,
    /// Who asks; nobody where that means nothing.
    pub(crate) role: String,
    /// Whether it undoes what others did.
    pub(crate) undoes: bool,
}

/// What a step does.
pub(crate) enum Action {
    /// It asks the service.
    Request(Box<Exchange>),
    /// It asks the database.
    Query(Box<Query>),
    /// It changes the database.
    Write(Box<DeclaredWrite>),
}

impl PlannedStep {
    pub(crate) fn new(service: &Service, workflow: &Workflow, step: &Step, undoes: bool) -> Self {
        if let Some(sql) = &step.sql {
            let action = sql_action(workflow, step, sql);
            return Self { action, role: ANONYMOUS.to_owned(), undoes };
        }
        let role = step.role.as_ref().or(workflow.role.as_ref()).map_or(ANONYMOUS, |role| role.as_str());
        let expect = step.expect.as_ref().map(|expect| expect.0.assertions()).unwrap_or_default();
        let exchange = Exchange {
            call: call(service, step, expect.follow.unwrap_or_default()),
            redirect: expect.redirect.as_ref().map(|target| service.url(&target.0)),
            expect,
            default_status: StatusSet::success(),
            polling: step.within.map(|within| Polling {
                within: within.duration(),
                every: step.every.map_or(super::pages::EVERY, Wait::duration),
                fail_on: step.fail_on.clone(),
            }),
            show: step.show.iter().flatten().cloned().collect(),
            keep_cookies: true,
            captures: step.capture.iter().flatten().cloned().collect(),
        };
        Self { action: Action::Request(Box::new(exchange)), role: role.to_owned(), undoes }
    }

    /// Whether it changes anything in production.
    pub(crate) fn writes(&self) -> bool {
        match &self.action {
            Action::Request(exchange) => exchange.call.writes(),
            Action::Query(_) => false,
            Action::Write(_) => true,
        }
    }

    /// What it does, in a word.
    pub(crate) fn kind(&self) -> String {
        match &self.action {
            Action::Request(exchange) => exchange.call.method.to_ascii_lowercase(),
            Action::Query(_) | Action::Write(_) => "sql".to_owned(),
        }
    }

    /// Captured values that it cannot do without.
    pub(crate) fn is_ready(&self, captures: &Captures) -> bool {
        self.texts().iter().flat_map(|text| text.captures()).all(|name| captures.has(name))
    }

    fn texts(&self) -> Vec<&Text> {
        let call = match &self.action {
            Action::Request(exchange) => &exchange.call,
            Action::Query(query) => return query.statement.texts().collect(),
            Action::Write(write) => return write.statement.texts().collect(),
        };
        let mut texts = vec![&call.url];
        texts.extend(call.headers.iter().map(|(_, value)| value));
        match &call.body {
            Some(CallBody::Json(json)) => texts.extend(json.texts()),
            Some(CallBody::Form(fields)) => texts.extend(fields.iter().map(|(_, value)| value)),
            None => {}
        }
        texts
    }
}

fn sql_action(workflow: &Workflow, step: &Step, sql: &Sql) -> Action {
    let steps = workflow.steps.iter().chain(workflow.finally.iter().flatten());
    let captures = steps.flat_map(|step| step.capture.iter().flatten());
    let secret: Vec<String> =
        captures.filter(|(_, from)| from.secret).map(|(name, _)| name.clone()).collect();
    let statement = Statement::new(sql, step.params.as_ref(), &secret);
    if step.write == Some(true) {
        return Action::Write(Box::new(DeclaredWrite { statement, rows: step.rows.unwrap_or_default() }));
    }
    Action::Query(Box::new(Query {
        statement,
        expect: step.expect.as_ref().map(|expect| expect.0.of_rows()).unwrap_or_default(),
        polling: query::polling(step.within, step.every, step.fail_on.clone()),
        show: step.show.is_some(),
        captures: step.capture.iter().flatten().cloned().collect(),
    }))
}

fn call(service: &Service, step: &Step, follow: bool) -> Call {
    // The configuration has been validated: there is exactly one method.
    let (method, path) =
        step.request().map_or(("GET", Text::default()), |(method, path)| (method, path.0.clone()));
    let mut call = service.call(method, &path);
    call.follow = follow;
    for (name, value) in step.headers.iter().flatten() {
        call.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        call.headers.push((name.clone(), value.0.clone()));
    }
    call.body = match (&step.json, &step.form) {
        (Some(json), _) => Some(CallBody::Json(json.clone())),
        (None, Some(form)) => {
            Some(CallBody::Form(form.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect()))
        }
        (None, None) => None,
    };
    call.as_browser(service.origin().as_deref())
}
