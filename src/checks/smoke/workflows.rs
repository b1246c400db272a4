//! `smoke.workflows`: what users do, step by step, with what undoes it at the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{Site, needs};
use crate::checks::context::{ANONYMOUS, Asking, Captures, Context, Session};
use crate::checks::exchange::{Exchange, Polling, Seen};
use crate::checks::expect;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Planned, Probe, Sink, Unit};
use crate::checks::{Family, FamilyMeta};
use crate::config::{CaptureFrom, CaptureSource, Path, StatusSet, Step, Wait, Workflow};
use crate::model::{
    ChecklistItem, Fact, FactName, Finding, Outcome, Place, Section, SkipReason, Trouble, TroubleCode,
};
use crate::probe::call::{Call, CallBody};
use crate::probe::curl::ShellAuth;
use crate::probe::http::Answer;
use crate::probe::stop::Stop;
use crate::text::{Lookup, Text};

/// When a run is interrupted, how long `finally` may take.
const HURRY: Duration = Duration::from_secs(4);
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
                hurry: None,
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
    Arc::new(Session { shell: ShellAuth::Cookies("anonymous.cookies.txt".to_owned()), ..Session::default() })
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
    /// Until when an interrupted run undoes things.
    hurry: Option<Instant>,
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
        self.sink.begin(index);
        self.began = true;
        let session = self.session(&step.role);
        let seen = step.exchange.observe(self.cx, self.asking(&session, &self.cx.stop)).await;
        let finding = self.conclude(step, seen, &session);
        if finding.outcome != Outcome::Passed {
            self.stopped = Some(index);
        }
        self.sink.end(index, finding);
    }

    /// Undo, whatever happened before. An interrupted run does it too, in a hurry.
    async fn undo(&mut self, index: usize, step: &PlannedStep) {
        if self.sink.is_settled(index) {
            return;
        }
        if !self.began || !step.is_ready(&self.captures) {
            return self.sink.end(index, Finding::skipped(SkipReason::NothingToUndo));
        }
        self.sink.begin(index);
        let session = self.session(&step.role);
        let free = Stop::default();
        let until = self.cx.stop.reason().map(|_| *self.hurry.get_or_insert_with(|| Instant::now() + HURRY));
        let work = step.exchange.observe(self.cx, self.asking(&session, &free));
        let seen = match until {
            Some(until) => tokio::time::timeout_at(until, work).await.ok(),
            None => Some(work.await),
        };
        let mut finding = match seen {
            Some(seen) => self.conclude(step, seen, &session),
            None => Finding::errored(
                Trouble::new(TroubleCode::Interrupted, format!("not undone within {} s", HURRY.as_secs())),
                crate::model::Evidence::default(),
            ),
        };
        if finding.outcome != Outcome::Passed {
            finding.evidence.facts.push(Fact { name: FactName::Leftover, value: self.leftover(step) });
        }
        self.sink.end(index, finding);
    }

    fn asking<'b>(&'b self, session: &'b Session, stop: &'b Stop) -> Asking<'b> {
        Asking { session, captures: &self.captures, stop, on_turn: &|| {} }
    }

    fn session(&self, role: &str) -> Arc<Session> {
        if role == ANONYMOUS { Arc::clone(&self.fresh) } else { self.cx.sessions.of(role) }
    }

    /// Judge a step and, when it passed, take what it captures.
    fn conclude(&mut self, step: &PlannedStep, seen: Seen, session: &Session) -> Finding {
        let answer = seen.answer.as_ref().ok().cloned();
        let finding = step.exchange.judge(seen, session, &self.cx.redactor);
        match answer {
            Some(answer) if finding.outcome == Outcome::Passed => match self.capture(step, &answer) {
                Ok(()) => finding,
                Err(trouble) => {
                    Finding { attempts: finding.attempts, ..Finding::errored(trouble, finding.evidence) }
                }
            },
            _ => finding,
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

fn captured(from: &CaptureFrom, answer: &Answer) -> Option<String> {
    match &from.source {
        CaptureSource::Json(path) => {
            expect::select(path.as_str(), &answer.json()?).map(|value| expect::plain(&value))
        }
        CaptureSource::Header(name) => answer.header(&name.to_ascii_lowercase()).map(str::to_owned),
    }
}
