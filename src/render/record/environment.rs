//! Section 7: the seed's table of variables, containers and disks, one for each place.

use super::RecordPage;
use super::cells::value;
use super::commands::Titles;
use super::smoke::{distinct, row};
use crate::model::{
    CheckReport, Comparison, EnvironmentFamily, EnvironmentSubject, Expected, Family, Outcome, Section,
    Subject,
};
use crate::render::md::{self, Md, code};

pub(super) fn body(page: RecordPage) -> Md {
    let checks: Vec<_> = page.report.section(Section::Environment).collect();
    if checks.is_empty() {
        return page.nothing(Section::Environment);
    }
    let places = distinct(checks.iter().copied().map(row));
    let several = places.len() > 1;
    let parts = places.into_iter().map(|place| {
        let mine: Vec<_> = checks.iter().copied().filter(|check| row(check) == place).collect();
        let heading = if several { Md::own(format!("**{}**", code(place))) } else { Md::default() };
        md::join(
            [
                heading,
                table(page, &mine),
                page.block(mine.iter().copied(), Titles::Hidden),
                page.details(&mine),
            ],
            "\n\n",
        )
    });
    md::join(parts, "\n\n")
}

fn table(page: RecordPage, checks: &[&CheckReport]) -> Md {
    let t = page.t;
    let rows = checks.iter().map(|check| {
        let shown = if check.outcome == Outcome::Passed { seen(page, check) } else { page.finding(check) };
        (*check, vec![name(page, check), shown, page.outcome(check)])
    });
    page.table(&[t.variable, t.value, t.result], rows)
}

/// The first column: the variable, or what else is looked at.
fn name(page: RecordPage, check: &CheckReport) -> Md {
    let title = code(&check.meta.title);
    let Family::Environment(family) = check.meta.family else { return title };
    match family {
        EnvironmentFamily::Containers => Md::own(format!("{} {title}", page.t.container)),
        EnvironmentFamily::Disks => Md::own(format!("{} {title}", page.t.disk)),
        EnvironmentFamily::Load => Md::own(page.lang.load()),
        EnvironmentFamily::Clocks => Md::own(page.t.clock),
        EnvironmentFamily::Variables | EnvironmentFamily::Commands => title,
    }
}

/// The second column of a check that passed, as the seed words it.
fn seen(page: RecordPage, check: &CheckReport) -> Md {
    let judged = &check.evidence.judged;
    let find = |wanted: &dyn Fn(&Subject) -> bool| judged.iter().find(|judged| wanted(&judged.subject));
    let Family::Environment(family) = check.meta.family else { return page.finding(check) };
    match family {
        EnvironmentFamily::Variables => {
            judged.first().map_or_else(Md::default, |judged| variable(page, judged))
        }
        EnvironmentFamily::Containers => {
            let state = find(&|subject| *subject == Subject::Environment(EnvironmentSubject::Container));
            let health = find(&|subject| *subject == Subject::Environment(EnvironmentSubject::Health));
            let health = health.map(|judged| format!(" ({})", value(&judged.actual))).unwrap_or_default();
            Md::own(format!("{}{health}", state.map(|judged| value(&judged.actual)).unwrap_or_default()))
        }
        EnvironmentFamily::Disks => {
            let used = judged.first().map(|judged| judged.actual.as_str()).unwrap_or_default();
            Md::own(format!("{} {}", value(used), page.t.used))
        }
        EnvironmentFamily::Load | EnvironmentFamily::Clocks | EnvironmentFamily::Commands => {
            page.finding(check)
        }
    }
}

/// A variable that only has to be there keeps its value to itself, as the team's own records do.
fn variable(page: RecordPage, judged: &Comparison) -> Md {
    match judged.expected {
        Expected::Present => Md::own(format!("`***` ({})", page.t.is_present)),
        Expected::Absent => Md::own(page.t.is_absent),
        _ => Md::own(value(&judged.actual)),
    }
}
