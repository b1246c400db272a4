//! What the plan is made of: units of work, each with one check or more, and how they report.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

use super::context::Context;
use crate::model::{CheckMeta, CheckReport, Event, Finding};
use crate::probe::http::millis;
use crate::redact::Redactor;

/// When a unit may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// One after the other, before whatever needs a session.
    Login,
    /// Beside the other reads, within the limits.
    Read,
    /// One after the other, when everything else is done.
    Write,
}

/// A check before it runs.
pub struct Planned {
    pub meta: CheckMeta,
    /// Ids of checks that must have passed.
    pub needs: Vec<String>,
    /// Whether a filter left it in; without that it is observed only where another check needs it.
    pub selected: bool,
}

impl Planned {
    pub fn new(meta: CheckMeta, needs: Vec<String>) -> Self {
        Self { meta, needs, selected: true }
    }
}

/// One probe and the checks that it answers.
pub struct Unit {
    /// Its checks, in the record's order.
    pub checks: Vec<Planned>,
    pub phase: Phase,
    /// Whether its checks make sense only together: a filter takes all of them or none.
    pub whole: bool,
    /// Observes production and judges what it saw.
    pub probe: Box<dyn Probe>,
}

impl Unit {
    pub fn single(meta: CheckMeta, phase: Phase, needs: Vec<String>, probe: impl Probe + 'static) -> Self {
        Self { checks: vec![Planned::new(meta, needs)], phase, whole: false, probe: Box::new(probe) }
    }

    pub fn several(checks: Vec<Planned>, phase: Phase, probe: impl Probe + 'static) -> Self {
        Self { checks, phase, whole: false, probe: Box::new(probe) }
    }

    /// Whether one of its checks needs another unit's.
    pub fn has_needs(&self) -> bool {
        self.checks.iter().any(|check| !check.needs.is_empty())
    }
}

/// The work of a unit: observe, judge, and hand each check's finding to the reporter.
pub trait Probe: Send + Sync {
    /// Do it. What has not been handed in when this returns counts as errored.
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()>;
}

/// Actual values are shown up to here, in characters.
const MAX_ACTUAL_CHARS: usize = 1_000;

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_ACTUAL_CHARS) {
        text.truncate(end);
        text.push('…');
    }
}

/// Takes a unit's findings, scrubs them, times them and tells of them.
pub struct Reporter {
    slots: Mutex<Vec<Slot>>,
    events: UnboundedSender<Event>,
    redactor: Redactor,
    started: Instant,
}

struct Slot {
    meta: CheckMeta,
    selected: bool,
    begun_ms: Option<u64>,
    report: Option<CheckReport>,
}

impl Reporter {
    /// A reporter for these checks. Times count from `started`.
    pub fn new(unit: &Unit, events: UnboundedSender<Event>, redactor: Redactor, started: Instant) -> Self {
        let slot = |check: &Planned| Slot {
            meta: check.meta.clone(),
            selected: check.selected,
            begun_ms: None,
            report: None,
        };
        let slots = unit.checks.iter().map(slot).collect();
        Self { slots: Mutex::new(slots), events, redactor, started }
    }

    /// The check at `index` begins.
    pub fn begin(&self, index: usize) {
        let now = self.now();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get_mut(index).filter(|slot| slot.selected && slot.begun_ms.is_none()) else {
            return;
        };
        slot.begun_ms = Some(now);
        self.tell(Event::CheckStarted { id: slot.meta.id.clone() });
    }

    /// The check at `index` ended. Only its first finding counts.
    pub fn end(&self, index: usize, mut finding: Finding) {
        let now = self.now();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get_mut(index).filter(|slot| slot.selected && slot.report.is_none()) else {
            return;
        };
        // Scrubbed before it can be an event, a line on the console or a part of the report.
        finding.visit_text(&mut |text| self.redactor.scrub_in_place(text));
        // Cut only now: a value that is cut before it is scrubbed may keep half a secret.
        finding.evidence.judged.iter_mut().for_each(|judged| shorten(&mut judged.actual));
        let begun = slot.begun_ms.unwrap_or(now);
        let report = CheckReport::new(slot.meta.clone(), finding, begun, now - begun);
        slot.report = Some(report.clone());
        self.tell(Event::CheckFinished(Box::new(report)));
    }

    /// The checks whose finding is still missing all end like this.
    pub fn end_rest(&self, finding: impl Fn() -> Finding) {
        let count = self.slots.lock().unwrap_or_else(PoisonError::into_inner).len();
        for index in 0..count {
            self.end(index, finding());
        }
    }

    /// The id of the check at `index`.
    pub fn id(&self, index: usize) -> String {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(index).map(|slot| slot.meta.id.clone()).unwrap_or_default()
    }

    /// Whether the check at `index` needs no more work: it has ended, or a filter left it out.
    pub fn is_settled(&self, index: usize) -> bool {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(index).is_none_or(|slot| !slot.selected || slot.report.is_some())
    }

    /// Hand over the reports, in the unit's order. The reporter keeps none.
    pub fn take_reports(&self) -> Vec<CheckReport> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter_mut().filter_map(|slot| slot.report.take()).collect()
    }

    fn now(&self) -> u64 {
        millis(self.started.elapsed())
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more when the program is ending; the reports are kept all the same.
        let _ = self.events.send(event);
    }
}
