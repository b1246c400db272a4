//! `smoke.workflows`: what users do, step by step, with what undoes it at the end.

use futures_util::future::BoxFuture;

use super::execution::WorkflowExecution;
use super::needs;
use super::steps::PlannedStep;
use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{Smoke, Workflow};
use crate::model::{Family, Place, SmokeFamily};

const FAMILY: Family = Family::Smoke(SmokeFamily::Workflows);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(smoke) = &input.config().smoke else { return Vec::new() };
    smoke.workflows.iter().map(|workflow| unit(input, smoke, workflow)).collect()
}

fn unit(input: &PlanInput, smoke: &Smoke, workflow: &Workflow) -> Unit {
    let (mut checks, mut steps) = (Vec::new(), Vec::new());
    for (list, prefix) in [(&workflow.steps, ""), (&workflow.finally, "finally.")] {
        for step in list {
            let planned = PlannedStep::new(smoke, &step.action, !prefix.is_empty());
            let id = format!("{}.{}.{prefix}{}", FAMILY.name(), workflow.name, step.name);
            let meta = input.meta(FAMILY, id, format!("{} — {}", workflow.name, step.name));
            let mut meta = input.with_options(meta, &step.options);
            meta.writes = planned.writes();
            meta.place = Some(Place { row: workflow.name.clone(), column: format!("{prefix}{}", step.name) });
            checks.push(Planned::new(meta, needs(&planned.role)));
            steps.push(planned);
        }
    }
    let writes = steps.iter().any(PlannedStep::writes);
    let phase = if writes { Phase::Write } else { Phase::Read };
    Unit { whole: true, ..Unit::several(checks, phase, WorkflowProbe { steps }) }
}

struct WorkflowProbe {
    steps: Vec<PlannedStep>,
}

impl Probe for WorkflowProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut execution = WorkflowExecution::new(cx, reporter);
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| !step.undoes) {
                execution.forward(index, step).await;
            }
            for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.undoes) {
                execution.undo(index, step).await;
            }
        })
    }
}
