//! What needs a person, before everything else: failures, errors, what they kept from running, warnings.

use super::RecordPage;
use crate::model::{CheckReport, Outcome};
use crate::render::md::{self, Md, code};

/// How many are spelled out; the sections show all of them.
const MOST: usize = 25;

/// The checks that did not pass, the worst first; the plan's order within.
pub(in crate::render) fn ordered(checks: &[CheckReport]) -> Vec<&CheckReport> {
    let mut wrong: Vec<_> = checks.iter().filter_map(|check| Some((rank(check)?, check))).collect();
    wrong.sort_by_key(|(rank, _)| *rank);
    wrong.into_iter().map(|(_, check)| check).collect()
}

fn rank(check: &CheckReport) -> Option<u8> {
    match check.outcome {
        _ if check.is_warning() => Some(3),
        Outcome::Failed => Some(0),
        Outcome::Errored => Some(1),
        Outcome::Skipped if check.blocks() => Some(2),
        Outcome::Waived => Some(4),
        Outcome::Passed | Outcome::Skipped => None,
    }
}

/// The list; empty when all is well.
pub(super) fn list(page: RecordPage) -> Md {
    let wrong = ordered(&page.report.checks);
    let mut lines: Vec<Md> = wrong.iter().take(MOST).map(|check| item(page, check)).collect();
    if let Some(more) = wrong.len().checked_sub(MOST).filter(|more| *more > 0) {
        lines.push(Md::own(format!("- {}", page.lang.and_more(more as u64))));
    }
    md::join(lines, "\n")
}

fn item(page: RecordPage, check: &CheckReport) -> Md {
    let place = check.meta.position.as_ref().map(|at| code(&format!("{}:{}", at.file, at.line)));
    let place = place.map(|at| format!(", {at}")).unwrap_or_default();
    let head = format!(
        "{} {} (§{}{place})",
        page.outcome_words(check),
        code(&check.meta.id),
        check.meta.section.number()
    );
    let mut under = page.findings(check);
    under.extend(page.waiver(check));
    under.extend(page.remedies(check));
    md::item(&Md::own(head), &under)
}

impl RecordPage<'_> {
    /// What to do about the check, each remedy once.
    pub(in crate::render) fn remedies(self, check: &CheckReport) -> Vec<Md> {
        let mut texts: Vec<&str> = match check.outcome {
            Outcome::Failed => {
                let wrong = check.evidence.judged.iter().filter(|judged| !judged.ok);
                wrong.map(|judged| self.lang.remedy(&judged.subject)).collect()
            }
            Outcome::Errored => check.cause.iter().map(|cause| self.lang.next(cause.code)).collect(),
            Outcome::Skipped if check.blocks() => vec![self.lang.skip_remedy()],
            Outcome::Passed | Outcome::Skipped | Outcome::Waived => Vec::new(),
        };
        texts.dedup();
        let colon = self.lang.colon();
        texts.into_iter().map(|text| Md::own(format!("**{}{colon}** {text}", self.t.action))).collect()
    }
}
