//! What is folded away: every fact and comparison of a check, the tries before, text asked for by `show:`.

use super::RecordPage;
use crate::model::{Attempt, CheckReport, Shown};
use crate::render::md::{self, Md, code, html};

use super::cells::value;

impl RecordPage<'_> {
    /// All that is known of these checks, folded; empty when there are none.
    pub(super) fn details(self, checks: &[&CheckReport]) -> Md {
        if checks.is_empty() {
            return Md::default();
        }
        let mut blocks = vec![self.folded(checks)];
        for check in checks {
            blocks.push(self.rows(check));
            blocks.extend(check.evidence.shown.iter().map(|shown| self.shown(check, shown)));
        }
        md::join(blocks, "\n\n")
    }

    /// The same without rows and text, for checks whose rows stand elsewhere.
    pub(super) fn folded(self, checks: &[&CheckReport]) -> Md {
        let lines: Vec<Md> = checks.iter().map(|check| self.lines(check)).collect();
        let summary = format!("{} ({})", self.t.details, self.lang.checks(checks.len()));
        md::details(&Md::own(summary), &md::join(lines, "\n"))
    }

    fn lines(self, check: &CheckReport) -> Md {
        let head = Md::own(format!("{} — {}", code(&check.meta.id), self.outcome_words(check)));
        let (when, took) = (self.lang.moment(check.started_ms), self.lang.duration(check.duration_ms));
        let ran = if check.skip.is_none() { Md::own(format!("{when}, {took}")) } else { Md::default() };
        let facts = check.evidence.facts.iter().map(|fact| {
            let shown = self.lang.fact_value(fact.name, &fact.value);
            Md::own(format!("{} {}", self.lang.fact(fact.name), value(&shown)))
        });
        let facts = md::join(facts, ", ");
        let mut under = Vec::new();
        if !facts.is_empty() {
            under.push(facts);
        }
        under.extend(check.evidence.judged.iter().map(|judged| self.judged(judged)));
        under.extend(check.cause.iter().map(|cause| self.cause(cause)));
        under.extend(check.skip.iter().map(|skip| Md::own(self.lang.skip(skip, &value))));
        under.extend(self.waiver(check));
        under.extend(check.attempts.iter().map(|attempt| self.attempt(attempt)));
        md::item(&md::join([head, ran], ", "), &under)
    }

    fn attempt(self, attempt: &Attempt) -> Md {
        let when = self.lang.moment(attempt.at_ms);
        Md::own(format!("{} {when} — {}", self.t.attempts, self.cause(&attempt.cause)))
    }

    fn shown(self, check: &CheckReport, shown: &Shown) -> Md {
        let cut = if shown.cut { format!(" ({})", self.t.cut) } else { String::new() };
        let summary = format!(
            "{} — <code>{}</code> — <code>{}</code>{cut}",
            self.t.shown,
            html(&check.meta.id),
            html(&shown.name)
        );
        md::details(&Md::own(summary), &md::fence(&shown.language, &shown.text))
    }
}
