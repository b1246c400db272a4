//! `smoke.workflows`: what users do, step by step, with what undoes it at the end.

use futures_util::future::BoxFuture;

use super::execution::WorkflowExecution;
use super::steps::PlannedStep;
use super::{Service, needs};
use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Planned, Probe, Sink, Unit};
use crate::config::{Path, Step, Workflow};
use crate::model::{Family, Place, SmokeFamily};

const FAMILY: Family = Family::Smoke(SmokeFamily::Workflows);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(service) = Service::of(input) else { return Vec::new() };
    let path = Path::root().key("smoke").key("workflows");
    let workflows = service.smoke.workflows.iter().flatten().enumerate();
    workflows.map(|(index, workflow)| unit(input, &service, workflow, &path.index(index))).collect()
}

fn unit(input: &PlanInput, service: &Service, workflow: &Workflow, path: &Path) -> Unit {
    let mut checks = Vec::new();
    let mut steps = Vec::new();
    let lists = [("steps", Some(&workflow.steps)), ("finally", workflow.finally.as_ref())];
    for (list, entries) in lists {
        for (index, step) in entries.into_iter().flatten().enumerate() {
            let planned = PlannedStep::new(service, workflow, step, list == "finally");
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

impl Probe for WorkflowProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut execution = WorkflowExecution::new(cx, sink);
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| !step.undoes) {
                execution.forward(index, step).await;
            }
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.undoes) {
                execution.undo(index, step).await;
            }
        })
    }
}
