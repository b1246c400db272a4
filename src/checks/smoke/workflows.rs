//! `smoke.workflows`: what users do, step by step, with what undoes it at the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Site, needs};
use crate::checks::context::{ANONYMOUS, Asking, Captures, Context, Session};
use crate::checks::exchange::{Exchange, Polling, Seen};
use crate::checks::expect;
use crate::checks::plan_input::PlanInput;
use crate::checks::replay;
use crate::checks::unit::{Phase, Planned, Probe, Sink, Unit};
use crate::checks::{Family, FamilyMeta};
use crate::config::{CaptureFrom, CaptureSource, Path, StatusSet, Step, Wait, Workflow};
use crate::model::{
    ChecklistItem, Evidence, Fact, FactName, Finding, Outcome, Place, Section, SkipReason, Trouble,
    TroubleCode,
};
use crate::probe::call::{Call, CallBody};
use crate::probe::curl::ShellAuth;
use crate::probe::http::Answer;
use crate::probe::stop::Stop;
use crate::text::{Lookup, Text};

/// From the moment at which a run is stopped, how long `finally` may take.
const HURRY: Duration = Duration::from_secs(4);
/// The cookie file of steps that nobody is logged in for.
const ANONYMOUS_COOKIES: &str = "anonymous.cookies.txt";
/// A captured secret shorter than this cannot be masked without masking innocent text.
const SHORTEST_SECRET: usize = 8;

/// Workflows.
pub const FAMILY: Family = Family {
    meta: FamilyMeta {
        name: "smoke.workflows",
        section: Section::Smoke,
        proves: Some(ChecklistItem::Workflow),
        about: "what users do works step by step, and is undone afterwards",
    },
    plan,
};

fn plan(input: &PlanInput, family: &FamilyMeta) -> Vec<Unit> {
    let Some(site) = Site::of(input) else { return Vec::new() };
    let path = Path::root().key("smoke").key("workflows");
    let workflows = site.smoke.workflows.iter().flatten().enumerate();
    workflows.map(|(index, workflow)| unit(input, family, &site, workflow, &path.index(index))).collect()
}

fn unit(input: &PlanInput, family: &FamilyMeta, site: &Site, workflow: &Workflow, path: &Path) -> Unit {
    let mut checks = Vec::new();
    let mut steps = Vec::new();
    let lists = [("steps", Some(&workflow.steps)), ("finally", workflow.finally.as_ref())];
    for (list, entries) in lists {
        for (index, step) in entries.into_iter().flatten().enumerate() {
            let planned = PlannedStep::new(site, workflow, step, list == "finally");
            let name = step_name(step, index, &planned.exchange.call);
            let prefix = if planned.undoes { "finally." } else { "" };
            let id = format!("{}.{}.{prefix}{name}", family.name, workflow.name);
            let meta = input.meta(family, id, format!("{} — {name}", workflow.name));
            let at = path.key(list).index(index);
            let mut meta = input.configured(meta, &at, workflow.required, workflow.waive.as_ref());
            meta.writes = planned.exchange.call.writes();
            meta.place = Some(Place { row: workflow.name.to_string(), column: format!("{prefix}{name}") });
            checks.push(Planned::new(meta, needs(&planned.role)));
            steps.push(planned);
        }
    }
    let writes = steps.iter().any(|step| step.exchange.call.writes());
    let phase = if writes { Phase::Write } else { Phase::Read };
    Unit { whole: true, ..Unit::several(checks, phase, WorkflowProbe { steps }) }
}

/// A step's name: its own, or its place and method.
pub fn step_name(step: &Step, index: usize, call: &Call) -> String {
    step.name
        .as_ref()
        .map_or_else(|| format!("{}-{}", index + 1, call.method.to_ascii_lowercase()), ToString::to_string)
}

struct WorkflowProbe {
    steps: Vec<PlannedStep>,
}

struct PlannedStep {
    exchange: Exchange,
    role: String,
    undoes: bool,
}

impl PlannedStep {
    fn new(site: &Site, workflow: &Workflow, step: &Step, undoes: bool) -> Self {
        let role = step.role.as_ref().or(workflow.role.as_ref()).map_or(ANONYMOUS, |role| role.as_str());
        let expect = step.expect.as_ref().map(|expect| expect.0.clone()).unwrap_or_default();
        let exchange = Exchange {
            call: call(site, step, expect.follow.unwrap_or_default()),
            redirect: expect.redirect.as_ref().map(|target| site.url(&target.0)),
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
        Self { exchange, role: role.to_owned(), undoes }
    }

    /// Captured values that it cannot do without.
    fn is_ready(&self, captures: &Captures) -> bool {
        self.texts().iter().flat_map(|text| text.captures()).all(|name| captures.has(name))
    }

    fn texts(&self) -> Vec<&Text> {
        let call = &self.exchange.call;
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

fn call(site: &Site, step: &Step, follow: bool) -> Call {
    // The configuration has been validated: there is exactly one method.
    let (method, path) =
        step.request().map_or(("GET", Text::default()), |(method, path)| (method, path.0.clone()));
    let mut call = site.call(method, &path);
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
    call.as_browser(site.origin().as_deref())
}

impl Probe for WorkflowProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut walk = Walk {
                cx,
                sink,
                captures: Captures::default(),
                fresh: fresh_session(),
                stopped: None,
                began: false,
                unknown: None,
                has_cookie_file: false,
            };
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| !step.undoes) {
                walk.forward(index, step).await;
            }
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.undoes) {
                walk.undo(index, step).await;
            }
        })
    }
}

fn fresh_session() -> Arc<Session> {
    Arc::new(Session { shell: ShellAuth::Cookies(ANONYMOUS_COOKIES.to_owned()), ..Session::default() })
}

/// One way through a workflow.
struct Walk<'a> {
    cx: &'a Context,
    sink: &'a Sink,
    captures: Captures,
    /// The session of steps that nobody is logged in for: cookies are kept from step to step.
    fresh: Arc<Session>,
    /// The step that did not pass, after which nothing goes forward.
    stopped: Option<usize>,
    /// Whether any step was really made.
    began: bool,
    /// Why it is not known what a write left behind.
    unknown: Option<Trouble>,
    /// Whether the commands so far have made the cookie file of steps that nobody is logged in for.
    has_cookie_file: bool,
}

impl Walk<'_> {
    async fn forward(&mut self, index: usize, step: &PlannedStep) {
        if self.sink.is_settled(index) {
            // Skipped because its role could not log in, or left out by a filter.
            self.stopped.get_or_insert(index);
            return;
        }
        if let Some(earlier) = self.stopped {
            let check = self.sink.id(earlier);
            return self.sink.end(index, Finding::skipped(SkipReason::EarlierStep { check }));
        }
        if let Some(why) = self.cx.stop.reason() {
            // What has not begun has nothing to undo either.
            self.stopped = Some(index);
            return self.sink.end(index, Finding::errored(why, Evidence::default()));
        }
        self.sink.begin(index);
        self.began = true;
        let session = self.session(&step.role);
        let seen = step.exchange.observe(self.cx, self.asking(&session, &self.cx.stop)).await;
        let status = seen.answer.as_ref().ok().map(|answer| answer.status);
        let (finding, not_captured) = self.conclude(step, seen, &session);
        if step.exchange.call.writes() {
            self.unknown = left_unknown(&finding, status, not_captured).or(self.unknown.take());
        }
        if finding.outcome != Outcome::Passed {
            self.stopped = Some(index);
        }
        self.sink.end(index, finding);
    }

    /// Undo, whatever happened before. A run that is stopped does it too, in a hurry.
    async fn undo(&mut self, index: usize, step: &PlannedStep) {
        if self.sink.is_settled(index) {
            return;
        }
        let ready = step.is_ready(&self.captures);
        let mut finding = match &self.unknown {
            _ if !self.began => Finding::skipped(SkipReason::NothingToUndo),
            _ if ready => {
                self.sink.begin(index);
                self.undo_now(step).await
            }
            None => Finding::skipped(SkipReason::NothingToUndo),
            Some(why) => {
                let detail = format!("{}; what that write left behind is not known", why.detail);
                Finding::errored(Trouble::new(why.code, detail), Evidence::default())
            }
        };
        if matches!(finding.outcome, Outcome::Failed | Outcome::Errored) {
            finding.evidence.facts.push(Fact { name: FactName::Leftover, value: self.leftover(step) });
        }
        self.sink.end(index, finding);
    }

    async fn undo_now(&mut self, step: &PlannedStep) -> Finding {
        let session = self.session(&step.role);
        let free = Stop::default();
        let seen = tokio::select! {
            seen = step.exchange.observe(self.cx, self.asking(&session, &free)) => Some(seen),
            () = self.cx.stop.over_for(HURRY) => None,
        };
        match seen {
            Some(seen) => self.conclude(step, seen, &session).0,
            None => Finding::errored(
                Trouble::new(TroubleCode::Interrupted, format!("not undone within {} s", HURRY.as_secs())),
                Evidence::default(),
            ),
        }
    }

    fn asking<'b>(&'b self, session: &'b Session, stop: &'b Stop) -> Asking<'b> {
        Asking { session, captures: &self.captures, stop, on_turn: &|| {} }
    }

    fn session(&self, role: &str) -> Arc<Session> {
        if role == ANONYMOUS { Arc::clone(&self.fresh) } else { self.cx.sessions.of(role) }
    }

    /// Judge a step and take what it captures: also from an answer that was not expected, since what made
    /// it may have to be undone. Says beside the finding what could not be captured.
    fn conclude(&mut self, step: &PlannedStep, seen: Seen, session: &Session) -> (Finding, Option<Trouble>) {
        let answer = seen.answer.as_ref().ok().cloned();
        let mut finding = step.exchange.judge(seen, session, &self.cx.redactor);
        if step.role == ANONYMOUS && !std::mem::replace(&mut self.has_cookie_file, true) {
            finding.evidence.commands.insert(0, replay::fresh_cookie_file(ANONYMOUS_COOKIES));
        }
        match answer.and_then(|answer| self.capture(step, &answer).err()) {
            Some(trouble) if finding.outcome == Outcome::Passed => {
                let errored = Finding::errored(trouble.clone(), finding.evidence);
                (Finding { attempts: finding.attempts, ..errored }, Some(trouble))
            }
            not_captured => (finding, not_captured),
        }
    }

    fn capture(&mut self, step: &PlannedStep, answer: &Answer) -> Result<(), Trouble> {
        for (name, from) in &step.exchange.captures {
            let value = captured(from, answer).ok_or_else(|| {
                let place = match &from.source {
                    CaptureSource::Json(path) => path.as_str().to_owned(),
                    CaptureSource::Header(header) => format!("header {header}"),
                };
                Trouble::new(TroubleCode::Capture, format!("{name}: there is no {place} in the answer"))
            })?;
            if from.secret {
                if value.chars().count() < SHORTEST_SECRET {
                    return Err(Trouble::new(TroubleCode::ShortSecret, name.clone()));
                }
                self.cx.redactor.mask(&value);
            }
            self.captures.put(name, value);
        }
        Ok(())
    }

    /// What is left behind: the undoing call with the captured values filled in.
    fn leftover(&self, step: &PlannedStep) -> String {
        struct Shown<'a>(&'a Captures);
        impl Lookup for Shown<'_> {
            fn secret(&self, name: &str) -> Option<String> {
                Some(format!("${name}"))
            }
            fn capture(&self, name: &str) -> Option<String> {
                self.0.get(name).map(str::to_owned)
            }
        }
        let call = &step.exchange.call;
        let url = call.url.expand(&Shown(&self.captures)).unwrap_or_else(|_| call.url.to_string());
        format!("{} {url}", call.method)
    }
}

/// Why it is not known what a write left behind, if that is so. What was never sent or was refused left
/// nothing.
fn left_unknown(finding: &Finding, status: Option<u16>, not_captured: Option<Trouble>) -> Option<Trouble> {
    use TroubleCode as Code;
    match (status, &finding.trouble) {
        (Some(400..500), _) | (None, None) => None,
        (Some(_), _) => not_captured,
        (None, Some(trouble)) => match trouble.code {
            Code::Dns | Code::Refused | Code::Unreachable | Code::RateLimited | Code::Unavailable => None,
            Code::CertificateExpired | Code::CertificateUnknownIssuer | Code::CertificateName | Code::Tls => {
                None
            }
            _ => Some(trouble.clone()),
        },
    }
}

fn captured(from: &CaptureFrom, answer: &Answer) -> Option<String> {
    match &from.source {
        CaptureSource::Json(path) => {
            expect::select(path.as_str(), &answer.json()?).map(|value| expect::plain(&value))
        }
        CaptureSource::Header(name) => answer.header(&name.to_ascii_lowercase()).map(str::to_owned),
    }
}
