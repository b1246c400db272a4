//! From the plan to events and reports: phases, prerequisites, deadlines, isolation.
//!
//! Logins run one after the other; reads run side by side, those that need a session after the logins;
//! writes run one at a time when everything else is done. A unit that panics or does not finish leaves
//! errored checks, never a run without them. Reports come back in the plan's order.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use crate::checks::context::Context;
use crate::checks::unit::{Phase, Reporter, Unit};
use crate::model::{Cause, CauseCode, CheckReport, Event, Finding, Outcome, SkipReason};
use crate::plan::Plan;

/// After a stop was asked for, how long units have to wind up, all together, before they are dropped.
const WIND_UP: Duration = Duration::from_secs(5);

/// Run the plan. `deadline` bounds all of the run, from its start; when it passes, what has not ended is errored.
pub async fn run(
    plan: Plan,
    cx: Arc<Context>,
    events: UnboundedSender<Event>,
    deadline: Duration,
) -> Vec<CheckReport> {
    // Nobody listening is no reason not to run.
    let _ = events.send(Event::RunStarted { total: plan.checks().count() });
    let clock = tokio::spawn(watch_deadline(Arc::clone(&cx), deadline));
    let mut runner = Runner { cx, events, reports: Vec::new(), passed: HashSet::new() };
    runner.run(plan.units).await;
    clock.abort();
    runner.reports.sort_by_key(|(place, _)| *place);
    runner.reports.into_iter().flat_map(|(_, reports)| reports).collect()
}

async fn watch_deadline(cx: Arc<Context>, deadline: Duration) {
    tokio::time::sleep(deadline.saturating_sub(cx.started.elapsed())).await;
    cx.stop.request(CauseCode::RunDeadline, format!("{} s had passed", deadline.as_secs_f64()));
}

struct Runner {
    cx: Arc<Context>,
    events: UnboundedSender<Event>,
    /// The reports of the units that ended, each with its place in the plan.
    reports: Vec<(usize, Vec<CheckReport>)>,
    passed: HashSet<String>,
}

/// A unit with its place in the plan and where its findings go.
struct Placed {
    place: usize,
    unit: Arc<Unit>,
    reporter: Arc<Reporter>,
}

impl Runner {
    async fn run(&mut self, units: Vec<Unit>) {
        let mut phases: [Vec<Placed>; 4] = Default::default();
        for (place, unit) in units.into_iter().enumerate() {
            let phase = match unit.phase {
                Phase::Login => 0,
                Phase::Read if !unit.has_needs() => 1,
                Phase::Read => 2,
                Phase::Write => 3,
            };
            phases[phase].push(self.placed(place, unit));
        }
        let [logins, independent, dependent, writes] = phases;
        let mut side_by_side = JoinSet::new();
        let mut pending = Vec::new();
        for unit in independent {
            self.start(&mut side_by_side, &mut pending, unit);
        }
        for unit in logins {
            self.alone(unit).await;
        }
        for unit in dependent {
            self.start(&mut side_by_side, &mut pending, unit);
        }
        self.drain(side_by_side).await;
        for unit in pending {
            self.collect(&unit);
        }
        for unit in writes {
            self.alone(unit).await;
        }
    }

    fn placed(&self, place: usize, unit: Unit) -> Placed {
        let reporter = Reporter::new(&unit, self.events.clone(), self.cx.redactor.clone(), self.cx.started);
        Placed { place, unit: Arc::new(unit), reporter: Arc::new(reporter) }
    }

    /// Begin a unit beside the others. Checks that need something that did not pass are skipped; the
    /// unit runs for those that are left.
    fn start(&self, set: &mut JoinSet<()>, pending: &mut Vec<Placed>, placed: Placed) {
        let mut left = false;
        for (index, check) in placed.unit.checks.iter().enumerate() {
            match check.needs.iter().find(|need| !self.passed.contains(*need)) {
                Some(need) => {
                    let reason = SkipReason::Prerequisite { check: need.clone() };
                    placed.reporter.end(index, Finding::skipped(reason));
                }
                None => left |= check.selected,
            }
        }
        if left {
            let (cx, unit, reporter) =
                (Arc::clone(&self.cx), Arc::clone(&placed.unit), Arc::clone(&placed.reporter));
            set.spawn(async move { unit.probe.run(&cx, &reporter).await });
        }
        pending.push(placed);
    }

    /// Run a unit while no other of its phase runs.
    async fn alone(&mut self, placed: Placed) {
        let mut set = JoinSet::new();
        let mut pending = Vec::new();
        self.start(&mut set, &mut pending, placed);
        self.drain(set).await;
        for unit in pending {
            self.collect(&unit);
        }
    }

    /// Wait until all have ended; after a stop, only as long as winding up may take.
    async fn drain(&self, mut set: JoinSet<()>) {
        let all = async { while set.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            () = self.cx.stop.over_for(WIND_UP) => {}
        }
    }

    /// Take a unit's reports; what it left open is errored.
    fn collect(&mut self, placed: &Placed) {
        let why = self.cx.stop.reason().unwrap_or_else(|| {
            Cause::new(
                CauseCode::Internal,
                "the check ended without a finding; this is a defect of prod-gate",
            )
        });
        placed.reporter.end_rest(|| Finding::errored(why.clone(), crate::model::Evidence::default()));
        let reports = placed.reporter.take_reports();
        let passed = reports.iter().filter(|report| report.outcome == Outcome::Passed);
        self.passed.extend(passed.map(|report| report.meta.id.clone()));
        self.reports.push((placed.place, reports));
    }
}
