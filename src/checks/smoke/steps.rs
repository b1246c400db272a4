//! The steps of a workflow: requests, queries and declared writes.

use crate::checks::captures::Captures;
use crate::checks::context::ANONYMOUS;
use crate::checks::http::exchange::Exchange;
use crate::config::{Action, DeclaredWrite, HttpAction, Query, Smoke};
use crate::text::{CallBody, Text};

pub(crate) struct PlannedStep {
    pub(crate) work: StepWork,
    /// Who asks; nobody where that means nothing.
    pub(crate) role: String,
    pub(crate) undoes: bool,
}

/// What a step does, with whole URLs.
pub(crate) enum StepWork {
    Request(Box<Exchange>),
    Query(Box<Query>),
    Write(Box<DeclaredWrite>),
}

impl PlannedStep {
    pub(crate) fn new(smoke: &Smoke, action: &Action, undoes: bool) -> Self {
        let (work, role) = match action {
            Action::Http(http) => (StepWork::Request(Box::new(exchange(smoke, http))), http.role.as_str()),
            Action::Query(query) => (StepWork::Query(query.clone()), ANONYMOUS),
            Action::Write(write) => (StepWork::Write(write.clone()), ANONYMOUS),
        };
        Self { work, role: role.to_owned(), undoes }
    }

    /// Whether it changes anything in production.
    pub(crate) fn writes(&self) -> bool {
        match &self.work {
            StepWork::Request(exchange) => exchange.call.writes(),
            StepWork::Query(_) => false,
            StepWork::Write(_) => true,
        }
    }

    /// Captured values that it cannot do without.
    pub(crate) fn is_ready(&self, captures: &Captures) -> bool {
        self.texts().iter().flat_map(|text| text.captures()).all(|name| captures.has(name))
    }

    fn texts(&self) -> Vec<&Text> {
        let call = match &self.work {
            StepWork::Request(exchange) => &exchange.call,
            StepWork::Query(query) => return query.statement.texts().collect(),
            StepWork::Write(write) => return write.statement.texts().collect(),
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

fn exchange(smoke: &Smoke, http: &HttpAction) -> Exchange {
    let mut call = smoke.call(http.method, &http.address);
    call.follow = http.expect.follow;
    for (name, value) in &http.headers {
        call.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        call.headers.push((name.clone(), value.clone()));
    }
    call.body.clone_from(&http.body);
    Exchange {
        call: call.like_browser(smoke.origin().as_deref()),
        redirect: http.expect.redirect.as_ref().map(|target| smoke.url(target)),
        expect: http.expect.clone(),
        polling: http.polling.clone(),
        show: http.show.clone(),
        keep_cookies: true,
        captures: http.captures.clone(),
    }
}
