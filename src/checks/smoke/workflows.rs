//! `smoke.workflows`: what users do, step by step, with what undoes it at the end.

use futures_util::future::BoxFuture;

use super::walk::Walk;
use super::{Site, needs};
use crate::checks::captures::Captures;
use crate::checks::context::{ANONYMOUS, Context};
use crate::checks::exchange::{Exchange, Polling};
use crate::checks::plan_input::PlanInput;
use crate::checks::sql::change::Change;
use crate::checks::sql::{self, Question, Statement};
use crate::checks::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{Path, Sql, StatusSet, Step, Wait, Workflow};
use crate::model::{Family, Place, SmokeFamily};
use crate::probe::call::{Call, CallBody};
use crate::text::Text;

const FAMILY: Family = Family::Smoke(SmokeFamily::Workflows);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(site) = Site::of(input) else { return Vec::new() };
    let path = Path::root().key("smoke").key("workflows");
    let workflows = site.smoke.workflows.iter().flatten().enumerate();
    workflows.map(|(index, workflow)| unit(input, &site, workflow, &path.index(index))).collect()
}

fn unit(input: &PlanInput, site: &Site, workflow: &Workflow, path: &Path) -> Unit {
    let mut checks = Vec::new();
    let mut steps = Vec::new();
    let lists = [("steps", Some(&workflow.steps)), ("finally", workflow.finally.as_ref())];
    for (list, entries) in lists {
        for (index, step) in entries.into_iter().flatten().enumerate() {
            let planned = PlannedStep::new(site, workflow, step, list == "finally");
            let name = step_name(step, index, &planned.kind());
            let prefix = if planned.undoes { "finally." } else { "" };
            let id = format!("{}.{}.{prefix}{name}", FAMILY.name(), workflow.name);
            let meta = input.meta(FAMILY, id, format!("{} — {name}", workflow.name));
            let at = path.key(list).index(index);
            let mut meta = input.configured(meta, &at, workflow.required, workflow.waive.as_ref());
            meta.writes = planned.writes();
            meta.place = Some(Place { row: workflow.name.to_string(), column: format!("{prefix}{name}") });
            checks.push(Planned::new(meta, needs(&planned.role)));
            steps.push(planned);
        }
    }
    let writes = steps.iter().any(PlannedStep::writes);
    let phase = if writes { Phase::Write } else { Phase::Read };
    Unit { whole: true, ..Unit::several(checks, phase, WorkflowProbe { steps }) }
}

/// A step's name: its own, or its place and what it does.
fn step_name(step: &Step, index: usize, kind: &str) -> String {
    step.name.as_ref().map_or_else(|| format!("{}-{kind}", index + 1), ToString::to_string)
}

/// The steps of a workflow.
struct WorkflowProbe {
    steps: Vec<PlannedStep>,
}

/// A step, ready to be made.
pub(super) struct PlannedStep {
    /// What it does.
    pub(super) action: Action,
    /// Who asks; nobody where that means nothing.
    pub(super) role: String,
    /// Whether it undoes what others did.
    pub(super) undoes: bool,
}

/// What a step does.
pub(super) enum Action {
    /// It asks the service.
    Ask(Box<Exchange>),
    /// It asks the database.
    Query(Box<Question>),
    /// It changes the database.
    Change(Box<Change>),
}

impl PlannedStep {
    fn new(site: &Site, workflow: &Workflow, step: &Step, undoes: bool) -> Self {
        if let Some(sql) = &step.sql {
            let action = sql_action(workflow, step, sql);
            return Self { action, role: ANONYMOUS.to_owned(), undoes };
        }
        let role = step.role.as_ref().or(workflow.role.as_ref()).map_or(ANONYMOUS, |role| role.as_str());
        let expect = step.expect.as_ref().map(|expect| expect.0.assertions()).unwrap_or_default();
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
        Self { action: Action::Ask(Box::new(exchange)), role: role.to_owned(), undoes }
    }

    /// Whether it changes anything in production.
    pub(super) fn writes(&self) -> bool {
        match &self.action {
            Action::Ask(exchange) => exchange.call.writes(),
            Action::Query(_) => false,
            Action::Change(_) => true,
        }
    }

    /// What it does, in a word.
    fn kind(&self) -> String {
        match &self.action {
            Action::Ask(exchange) => exchange.call.method.to_ascii_lowercase(),
            Action::Query(_) | Action::Change(_) => "sql".to_owned(),
        }
    }

    /// Captured values that it cannot do without.
    pub(super) fn is_ready(&self, captures: &Captures) -> bool {
        self.texts().iter().flat_map(|text| text.captures()).all(|name| captures.has(name))
    }

    fn texts(&self) -> Vec<&Text> {
        let call = match &self.action {
            Action::Ask(exchange) => &exchange.call,
            Action::Query(question) => return question.statement.texts().collect(),
            Action::Change(change) => return change.statement.texts().collect(),
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
        return Action::Change(Box::new(Change { statement, rows: step.rows.unwrap_or_default() }));
    }
    Action::Query(Box::new(Question {
        statement,
        expect: step.expect.as_ref().map(|expect| expect.0.of_rows()).unwrap_or_default(),
        polling: sql::polling(step.within, step.every, step.fail_on.clone()),
        show: step.show.is_some(),
        captures: step.capture.iter().flatten().cloned().collect(),
    }))
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
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut walk = Walk::new(cx, reporter);
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| !step.undoes) {
                walk.forward(index, step).await;
            }
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.undoes) {
                walk.undo(index, step).await;
            }
        })
    }
}
