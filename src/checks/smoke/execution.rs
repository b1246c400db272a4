//! A workflow's execution: forward as long as steps pass, then what undoes it, whatever happened.

use std::sync::Arc;
use std::time::Duration;

use super::steps::{PlannedStep, StepWork};
use crate::checks::captures::Captures;
use crate::checks::context::{ANONYMOUS, Asking, Context, Session};
use crate::checks::http::exchange::{Exchange, Observation};
use crate::checks::http::judge::judge;
use crate::checks::http::{commands, expect};
use crate::checks::sql::judge::judge as judge_rows;
use crate::checks::sql::production;
use crate::checks::sql::query;
use crate::checks::sql::statement::ForPeople;
use crate::checks::unit::Reporter;
use crate::config::{AnswerValue, DeclaredWrite, Query};
use crate::model::{Cause, CauseCode, Evidence, Fact, FactName, Finding, Outcome, SkipReason};
use crate::probe::curl::ShellAuth;
use crate::probe::http::Response;
use crate::probe::stop::Stop;

/// From the moment at which a run is stopped, how long `finally` may take.
const HURRY: Duration = Duration::from_secs(4);
/// The cookie file of steps that nobody is logged in for.
const ANONYMOUS_COOKIES: &str = "anonymous.cookies.txt";
/// A captured secret shorter than this cannot be masked without masking innocent text.
const SHORTEST_SECRET: usize = 8;

struct StepResult {
    finding: Finding,
    /// Why it is not known what it left behind, if that is so.
    unknown: Option<Cause>,
}

pub(crate) struct WorkflowExecution<'a> {
    cx: &'a Context,
    reporter: &'a Reporter,
    captures: Captures,
    /// The session of steps that nobody is logged in for: cookies are kept from step to step.
    fresh: Arc<Session>,
    /// The step that did not pass, after which nothing goes forward.
    stopped: Option<usize>,
    /// Whether any step was really made.
    began: bool,
    /// Why it is not known what a write left behind.
    unknown: Option<Cause>,
    /// Whether the commands so far have made the cookie file of steps that nobody is logged in for.
    has_cookie_file: bool,
}

impl<'a> WorkflowExecution<'a> {
    pub(crate) fn new(cx: &'a Context, reporter: &'a Reporter) -> Self {
        let shell = ShellAuth::Cookies(ANONYMOUS_COOKIES.to_owned());
        Self {
            cx,
            reporter,
            captures: Captures::default(),
            fresh: Arc::new(Session { shell, ..Session::default() }),
            stopped: None,
            began: false,
            unknown: None,
            has_cookie_file: false,
        }
    }

    pub(crate) async fn forward(&mut self, index: usize, step: &PlannedStep) {
        if self.reporter.is_settled(index) {
            // Skipped because its role could not log in, or left out by a filter.
            self.stopped.get_or_insert(index);
            return;
        }
        if let Some(earlier) = self.stopped {
            let check = self.reporter.id(earlier);
            return self.reporter.end(index, Finding::skipped(SkipReason::EarlierStep { check }));
        }
        if let Some(why) = self.cx.stop.reason() {
            // What has not begun has nothing to undo either.
            self.stopped = Some(index);
            return self.reporter.end(index, Finding::errored(why, Evidence::default()));
        }
        self.reporter.begin(index);
        self.began = true;
        let until = self.cx.stop.clone();
        let StepResult { finding, unknown } = self.make(step, &until).await;
        self.unknown = unknown.or(self.unknown.take());
        if finding.outcome != Outcome::Passed {
            self.stopped = Some(index);
        }
        self.reporter.end(index, finding);
    }

    /// Undo, whatever happened before. A run that is stopped does it too, in a hurry.
    pub(crate) async fn undo(&mut self, index: usize, step: &PlannedStep) {
        if self.reporter.is_settled(index) {
            return;
        }
        let ready = step.is_ready(&self.captures);
        let mut finding = match &self.unknown {
            _ if !self.began => Finding::skipped(SkipReason::NothingToUndo),
            _ if ready => {
                self.reporter.begin(index);
                self.undo_now(step).await
            }
            None => Finding::skipped(SkipReason::NothingToUndo),
            Some(why) => {
                let detail = format!("{}; what that write left behind is not known", why.detail);
                Finding::errored(Cause::new(why.code, detail), Evidence::default())
            }
        };
        // A query leaves nothing behind.
        let asks = matches!(step.work, StepWork::Query(_));
        if !asks && matches!(finding.outcome, Outcome::Failed | Outcome::Errored) {
            finding.evidence.facts.push(Fact { name: FactName::Leftover, value: self.leftover(step) });
        }
        self.reporter.end(index, finding);
    }

    async fn undo_now(&mut self, step: &PlannedStep) -> Finding {
        let (free, asked) = (Stop::default(), self.cx.stop.clone());
        tokio::select! {
            made = self.make(step, &free) => made.finding,
            () = asked.over_for(HURRY) => {
                let (code, detail) = match &step.work {
                    // It may have been on its way.
                    StepWork::Write(_) => (CauseCode::CommitUnknown, "no answer"),
                    StepWork::Request(_) | StepWork::Query(_) => (CauseCode::Interrupted, "not undone"),
                };
                let detail = format!("{detail} within {} s", HURRY.as_secs());
                Finding::errored(Cause::new(code, detail), Evidence::default())
            }
        }
    }

    /// Make a step, or give up when it is asked for.
    async fn make(&mut self, step: &PlannedStep, until: &Stop) -> StepResult {
        match &step.work {
            StepWork::Request(exchange) => self.ask(exchange, &step.role, until).await,
            StepWork::Query(query) => StepResult { finding: self.query(query, until).await, unknown: None },
            StepWork::Write(write) => StepResult { finding: self.write(write).await, unknown: None },
        }
    }

    async fn ask(&mut self, exchange: &Exchange, role: &str, stop: &Stop) -> StepResult {
        let session = self.session(role);
        let asking = Asking { session: &session, captures: &self.captures, stop, on_turn: &|| {} };
        let seen = exchange.observe(self.cx, asking).await;
        let status = seen.answer.as_ref().ok().map(|answer| answer.status);
        let (finding, not_captured) = self.conclude(exchange, role, seen, &session);
        let unknown = exchange.call.writes().then(|| left_unknown(&finding, status, not_captured)).flatten();
        StepResult { finding, unknown }
    }

    /// Ask the database, and take what is captured where the rows are as expected.
    async fn query(&mut self, query: &Query, stop: &Stop) -> Finding {
        let production = match production(self.cx) {
            Ok(production) => production,
            Err(cause) => return Finding::errored(cause, Evidence::default()),
        };
        let seen = query.observe(self.cx, &self.captures, stop).await;
        let rows = seen.rows.as_ref().ok().cloned();
        let finding = judge_rows(query, seen, production.database(), &self.cx.redactor);
        let Some(rows) = rows else { return finding };
        for capture in &query.captures {
            let value = query::captured(&capture.from, &rows)
                .map_err(|why| Cause::new(CauseCode::Capture, format!("{}: {why}", capture.name)));
            let kept = value.and_then(|value| self.keep(&capture.name, capture.secret, value));
            if let Err(cause) = kept
                && finding.outcome == Outcome::Passed
            {
                return Finding::errored(cause, finding.evidence);
            }
        }
        finding
    }

    async fn write(&mut self, write: &DeclaredWrite) -> Finding {
        match production(self.cx) {
            Ok(production) => write.judge(write.send(self.cx, &self.captures).await, production.writing()),
            Err(cause) => Finding::errored(cause, Evidence::default()),
        }
    }

    fn session(&self, role: &str) -> Arc<Session> {
        if role == ANONYMOUS { Arc::clone(&self.fresh) } else { self.cx.sessions.of(role) }
    }

    /// Judge an answer and take what it captures: also from one that was not expected, since what made it may
    /// have to be undone. Says beside the finding what could not be captured.
    fn conclude(
        &mut self,
        exchange: &Exchange,
        role: &str,
        seen: Observation,
        session: &Session,
    ) -> (Finding, Option<Cause>) {
        let answer = seen.answer.as_ref().ok().cloned();
        let mut finding = judge(exchange, seen, session, &self.cx.redactor);
        if role == ANONYMOUS && !std::mem::replace(&mut self.has_cookie_file, true) {
            finding.evidence.commands.insert(0, commands::fresh_cookie_file(ANONYMOUS_COOKIES));
        }
        match answer.and_then(|answer| self.capture(exchange, &answer).err()) {
            Some(cause) if finding.outcome == Outcome::Passed => {
                let errored = Finding::errored(cause.clone(), finding.evidence);
                (Finding { attempts: finding.attempts, ..errored }, Some(cause))
            }
            not_captured => (finding, not_captured),
        }
    }

    fn capture(&mut self, exchange: &Exchange, answer: &Response) -> Result<(), Cause> {
        for capture in &exchange.captures {
            let name = &capture.name;
            let value = captured(&capture.from, answer).ok_or_else(|| {
                let place = match &capture.from {
                    AnswerValue::Json(path) => path.as_str().to_owned(),
                    AnswerValue::Header(header) => format!("header {header}"),
                };
                Cause::new(CauseCode::Capture, format!("{name}: there is no {place} in the answer"))
            })?;
            self.keep(name, capture.secret, value)?;
        }
        Ok(())
    }

    /// Keep a captured value; a secret one is masked from now on.
    fn keep(&mut self, name: &str, secret: bool, value: String) -> Result<(), Cause> {
        if secret {
            if value.chars().count() < SHORTEST_SECRET {
                return Err(Cause::new(CauseCode::ShortSecret, name));
            }
            self.cx.redactor.mask(&value);
        }
        self.captures.put(name, value);
        Ok(())
    }

    /// What is left behind: what was to undo it, with the captured values filled in.
    fn leftover(&self, step: &PlannedStep) -> String {
        match &step.work {
            StepWork::Request(exchange) => {
                let call = &exchange.call;
                let url =
                    call.url.expand(&ForPeople(&self.captures)).unwrap_or_else(|_| call.url.to_string());
                format!("{} {url}", call.method)
            }
            StepWork::Query(query) => query.statement.told(&self.captures),
            StepWork::Write(write) => write.statement.told(&self.captures),
        }
    }
}

/// Why it is not known what a write left behind, if that is so. What was never sent or was refused left
/// nothing.
fn left_unknown(finding: &Finding, status: Option<u16>, not_captured: Option<Cause>) -> Option<Cause> {
    use CauseCode as Code;
    match (status, &finding.cause) {
        (Some(400..500), _) | (None, None) => None,
        (Some(_), _) => not_captured,
        (None, Some(cause)) => match cause.code {
            Code::Dns | Code::Refused | Code::Unreachable | Code::RateLimited | Code::Unavailable => None,
            Code::CertificateExpired | Code::CertificateUnknownIssuer | Code::CertificateName | Code::Tls => {
                None
            }
            _ => Some(cause.clone()),
        },
    }
}

fn captured(from: &AnswerValue, answer: &Response) -> Option<String> {
    match from {
        AnswerValue::Json(path) => {
            expect::select(path.as_str(), &answer.json()?).map(|value| expect::plain(&value))
        }
        AnswerValue::Header(name) => answer.header(&name.to_ascii_lowercase()).map(str::to_owned),
    }
}
