//! A check's result as plain English, for logs and tools: one line of what happened, then what to do.

use super::clean;
use super::messages::Lang;
use crate::model::{Cause, CauseCode, CheckReport, FactName, Outcome};

/// The longest value that a line shows.
const LONGEST: usize = 300;
/// How many comparisons that failed a line shows.
const MOST_WRONG: usize = 20;

/// A value on one line, without terminal sequences and without anything that the Actions runner would
/// take for a command of the older form.
pub(crate) fn value(text: &str) -> String {
    clean::cut(&clean::line(text), LONGEST).replace("##[", "## [")
}

/// What happened, in one line; empty for a check that passed.
pub(crate) fn message(check: &CheckReport) -> String {
    let mut parts = vec![happened(check)];
    parts.extend(leftovers(check));
    parts.join("; ")
}

/// What the check left behind in production, a line each.
pub(crate) fn leftovers(check: &CheckReport) -> impl Iterator<Item = String> {
    let name = Lang::En.fact(FactName::Leftover);
    check.evidence.leftovers().map(move |left| format!("{name}: {}", value(left)))
}

/// The same without what it left behind.
pub(crate) fn happened(check: &CheckReport) -> String {
    match check.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failed | Outcome::Waived => {
            let wrong: Vec<_> = check.evidence.judged.iter().filter(|judged| !judged.ok).collect();
            let more = wrong.len().saturating_sub(MOST_WRONG);
            let more = (more > 0).then(|| Lang::En.and_more(more as u64));
            let shown = wrong.iter().take(MOST_WRONG).map(|judged| Lang::En.judged(judged, &value));
            shown.chain(more).collect::<Vec<_>>().join("; ")
        }
        Outcome::Errored => check.cause.as_ref().map(cause).unwrap_or_default(),
        Outcome::Skipped => check.skip.as_ref().map(|skip| Lang::En.skip(skip, &value)).unwrap_or_default(),
    }
}

/// What kept the gate from telling.
pub(crate) fn cause(cause: &Cause) -> String {
    let what = Lang::En.cause(cause.code);
    match cause.detail.trim() {
        "" => what.to_owned(),
        detail => format!("{what} ({})", value(detail)),
    }
}

/// What to do about it, each advice once.
pub(crate) fn hints(check: &CheckReport) -> Vec<&'static str> {
    let mut hints: Vec<&str> = match check.outcome {
        Outcome::Failed => {
            let wrong = check.evidence.judged.iter().filter(|judged| !judged.ok);
            wrong.map(|judged| Lang::En.remedy(&judged.subject)).collect()
        }
        Outcome::Errored => check.cause.iter().map(|cause| Lang::En.next(cause.code)).collect(),
        Outcome::Skipped if check.blocks() => vec![Lang::En.skip_remedy()],
        Outcome::Passed | Outcome::Skipped | Outcome::Waived => Vec::new(),
    };
    hints.dedup();
    hints
}

/// The known failure, for a check that is waived.
pub(crate) fn waiver(check: &CheckReport) -> Option<String> {
    let waiver = check.meta.waiver.as_ref().filter(|_| check.outcome == Outcome::Waived)?;
    Some(format!(
        "waived until {} by {}: {}",
        value(&waiver.until),
        value(&waiver.owner),
        value(&waiver.reason)
    ))
}

/// Where the configuration asks for the check, as `file:line:column`.
pub(crate) fn position(check: &CheckReport) -> Option<String> {
    let at = check.meta.position.as_ref()?;
    Some(format!("{}:{}:{}", value(&at.file), at.line, at.column))
}

/// The code's name in `report.json`.
pub(crate) fn slug(code: CauseCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(slug)) => slug,
        _ => String::new(),
    }
}
