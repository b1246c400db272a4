//! What a check's result looks like in a table's cell or in a line.

use super::RecordPage;
use crate::model::{
    Cause, CheckReport, ChecklistLine, Comparison, FactName, Outcome, SmokeSubject, Subject, Tick,
};
use crate::render::clean;
use crate::render::md::{self, Md, code};

/// The longest value that a phrase shows; `report.json` has all of it.
const LONGEST: usize = 160;
/// How many comparisons a cell of a passed check shows.
const MOST: usize = 3;
/// How many of what differs; the details have all of it.
const MOST_WRONG: usize = 20;

/// A value as code, cut where it would fill the page.
pub(in crate::render) fn value(text: &str) -> String {
    code(&clean::cut(text, LONGEST)).to_string()
}

impl RecordPage<'_> {
    /// The check's outcome for a table of verdicts: a tick only for a pass, plain words for the rest.
    pub(in crate::render) fn outcome(self, check: &CheckReport) -> Md {
        if check.outcome == Outcome::Passed { Md::own("✅") } else { self.outcome_words(check) }
    }

    /// The check's outcome in words.
    pub(in crate::render) fn outcome_words(self, check: &CheckReport) -> Md {
        let word = self.lang.outcome(check.outcome);
        match check.outcome {
            Outcome::Failed | Outcome::Errored if check.is_warning() => {
                Md::own(format!("**{word}** ({})", self.t.advisory))
            }
            Outcome::Failed | Outcome::Errored => Md::own(format!("**{word}**")),
            Outcome::Skipped if check.blocks() => Md::own(format!("**{word}**")),
            Outcome::Passed | Outcome::Skipped | Outcome::Waived => Md::own(word),
        }
    }

    /// What there is to say of the check, one line each: what was seen when it passed, what differs
    /// when it failed, why not when it could not tell or did not run.
    pub(in crate::render) fn findings(self, check: &CheckReport) -> Vec<Md> {
        let judged = &check.evidence.judged;
        let mut lines: Vec<Md> = match check.outcome {
            Outcome::Passed => judged.iter().take(MOST).map(|judged| self.seen(judged)).collect(),
            Outcome::Failed | Outcome::Waived => {
                let wrong: Vec<_> = judged.iter().filter(|judged| !judged.ok).collect();
                let more = wrong.len().saturating_sub(MOST_WRONG);
                let more = (more > 0).then(|| Md::own(self.lang.and_more(more as u64)));
                wrong.iter().take(MOST_WRONG).map(|judged| self.judged(judged)).chain(more).collect()
            }
            Outcome::Errored => check.cause.iter().map(|cause| self.cause(cause)).collect(),
            Outcome::Skipped => check.skip.iter().map(|skip| Md::own(self.lang.skip(skip, &value))).collect(),
        };
        // What is left in production is somebody's next task, so it stands wherever the check does.
        lines.extend(
            check
                .evidence
                .leftovers()
                .map(|left| Md::own(format!("{} {}", self.lang.fact(FactName::Leftover), value(left)))),
        );
        lines
    }

    /// The findings and the waiver, in one cell.
    pub(super) fn finding(self, check: &CheckReport) -> Md {
        let mut lines = self.findings(check);
        lines.extend(self.waiver(check));
        md::join(lines, "<br>")
    }

    /// A line of the checklist, ticked or with the reason why not.
    pub(in crate::render) fn checklist_line(self, line: &ChecklistLine) -> Md {
        let mark = if line.tick == Tick::Ticked { 'x' } else { ' ' };
        let why = match self.lang.tick(line.tick) {
            "" => String::new(),
            why => format!(" — *{why}*"),
        };
        Md::own(format!("- [{mark}] {}{why}", self.lang.item(line.item)))
    }

    pub(in crate::render) fn judged(self, judged: &Comparison) -> Md {
        Md::own(self.lang.judged(judged, &value))
    }

    fn seen(self, judged: &Comparison) -> Md {
        let colon = self.lang.colon();
        // A text that must be there is the whole of a page: what it was looked for says more.
        let what = if judged.subject == Subject::Smoke(SmokeSubject::Body) {
            self.lang.expected(&judged.expected, &value)
        } else {
            self.lang.actual(judged, &value)
        };
        Md::own(format!("{}{colon} {what}", self.lang.subject(&judged.subject, &value)))
    }

    /// What kept the gate from telling.
    pub(super) fn cause(self, cause: &Cause) -> Md {
        let what = self.lang.cause(cause.code);
        match cause.detail.trim() {
            "" => Md::own(what),
            detail => Md::own(format!("{what} ({})", value(detail))),
        }
    }

    /// The waiver that holds for the check, or the one whose day has passed.
    pub(in crate::render) fn waiver(self, check: &CheckReport) -> Option<Md> {
        let waiver = check.meta.waiver.as_ref()?;
        let (reason, owner, until) =
            (md::inline(&waiver.reason), md::inline(&waiver.owner), md::inline(&waiver.until));
        let words = match check.outcome {
            Outcome::Waived => self.t.waived_until,
            Outcome::Failed if waiver.expired => self.t.waiver_expired,
            _ => return None,
        };
        Some(Md::own(format!("{words} {until} ({owner}) — {reason}")))
    }
}

/// The status that answered: as judged, else as seen; empty when nothing answered.
pub(super) fn status(check: &CheckReport) -> &str {
    let judged =
        check.evidence.judged.iter().find(|judged| judged.subject == Subject::Smoke(SmokeSubject::Status));
    let fact = || fact(check, FactName::Status);
    let access =
        || check.evidence.judged.iter().find(|judged| judged.subject == Subject::Smoke(SmokeSubject::Access));
    judged
        .map(|judged| judged.actual.as_str())
        .or_else(fact)
        .or_else(|| access().map(|judged| judged.actual.as_str()))
        .unwrap_or("")
}

pub(super) fn fact(check: &CheckReport, name: FactName) -> Option<&str> {
    check.evidence.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
}
