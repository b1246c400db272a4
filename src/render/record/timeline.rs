//! When the checks ran: a mermaid gantt with few bars, so that it stays readable with a thousand pages.

use jiff::ToSpan as _;
use jiff::civil::DateTime;
use strum::VariantArray as _;

use super::RecordPage;
use super::smoke::{column, distinct, row};
use crate::model::{CheckReport, Family, Outcome, Section, SmokeFamily};
use crate::render::md::{self, Md};

/// With more bars than this, every section becomes one.
const MOST_BARS: usize = 24;
/// The longest name of a bar, in characters.
const LONGEST: usize = 40;

struct Bar {
    name: String,
    from: u64,
    to: u64,
    mark: &'static str,
}

/// The chart; empty when nothing ran or the run's time is not one.
pub(in crate::render) fn gantt(page: RecordPage) -> Md {
    let local = page.report.run.local_time.get(..19);
    let Some(start) = local.and_then(|at| DateTime::strptime("%Y-%m-%d %H:%M:%S", at).ok()) else {
        return Md::default();
    };
    let fine = sections(page, false);
    let bars: usize = fine.iter().map(|(_, bars)| bars.len()).sum();
    let sections = if bars > MOST_BARS { sections(page, true) } else { fine };
    if bars == 0 {
        return Md::default();
    }
    // Seconds with fractions for a short run, the clock for a long one.
    let axis = if page.report.run.duration_ms < 10_000 { "%S.%L" } else { "%H:%M:%S" };
    let mut lines = vec![
        // Room for the names of the sections, which mermaid would else write over the first bars.
        "%%{init: {\"gantt\": {\"leftPadding\": 160}}}%%".to_owned(),
        "gantt".to_owned(),
        "  dateFormat YYYY-MM-DD HH:mm:ss.SSS".to_owned(),
        format!("  axisFormat {axis}"),
        "  todayMarker off".to_owned(),
    ];
    for (section, bars) in sections.iter().filter(|(_, bars)| !bars.is_empty()) {
        let heading = page.lang.section(*section).split(['(', '—']).next().unwrap_or_default();
        lines.push(format!("  section {}. {}", section.number(), safe(heading)));
        lines.extend(bars.iter().map(|bar| {
            let (from, to) = (clock(start, bar.from), clock(start, bar.to));
            format!("  {} :{}, {from}, {to}", bar.name, bar.mark)
        }));
    }
    md::fence("mermaid", &lines.join("\n"))
}

fn sections(page: RecordPage, coarse: bool) -> Vec<(Section, Vec<Bar>)> {
    Section::VARIANTS
        .iter()
        .map(|&section| {
            let ran: Vec<_> =
                page.report.section(section).filter(|check| check.outcome != Outcome::Skipped).collect();
            let groups = if coarse { vec![(page.t.checks.to_owned(), ran)] } else { groups(page, &ran) };
            (section, groups.into_iter().filter_map(|(name, checks)| bar(&name, &checks)).collect())
        })
        .collect()
}

/// Pages are one group, a role is one, a workflow is one; every other check stands for itself.
fn groups<'c>(page: RecordPage, checks: &[&'c CheckReport]) -> Vec<(String, Vec<&'c CheckReport>)> {
    let name = |check: &CheckReport| match check.meta.family {
        Family::Smoke(SmokeFamily::Pages) => page.t.pages.to_owned(),
        Family::Smoke(SmokeFamily::Access) => format!("RBAC {}", column(check)),
        Family::Smoke(SmokeFamily::Workflows) => format!("{} {}", page.t.workflow, row(check)),
        Family::Smoke(SmokeFamily::Sessions) => format!("{} {}", page.t.session, check.meta.title),
        Family::Commit(_) | Family::Migrations(_) | Family::Schema(_) | Family::Environment(_) => {
            check.meta.id.clone()
        }
    };
    let names: Vec<String> = checks.iter().map(|check| name(check)).collect();
    let group = |group: &str| {
        let mine = checks.iter().zip(&names).filter(|(_, name)| *name == group);
        (group.to_owned(), mine.map(|(check, _)| *check).collect())
    };
    distinct(names.iter().map(String::as_str)).into_iter().map(group).collect()
}

fn bar(name: &str, checks: &[&CheckReport]) -> Option<Bar> {
    let from = checks.iter().map(|check| check.started_ms).min()?;
    let to = checks.iter().map(|check| check.started_ms.saturating_add(check.duration_ms)).max()?;
    let mark = if checks.iter().any(|check| check.blocks()) {
        "crit"
    } else if checks.iter().any(|check| check.outcome != Outcome::Passed) {
        "active"
    } else {
        "done"
    };
    let name = safe(name);
    let name = if checks.len() > 1 { format!("{name} ({})", checks.len()) } else { name };
    Some(Bar { name, from, to: to.max(from.saturating_add(1)), mark })
}

/// Mermaid has no quoting here: only what it cannot take for syntax stays.
fn safe(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.') { c } else { ' ' })
        .take(LONGEST)
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    match words.first() {
        None => "?".to_owned(),
        // A line that begins with one of its keywords would be read as that.
        Some(first) if first.chars().all(|c| c.is_ascii_lowercase()) => format!("/ {}", words.join(" ")),
        Some(_) => words.join(" "),
    }
}

fn clock(start: DateTime, ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    start.checked_add(ms.milliseconds()).unwrap_or(start).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
