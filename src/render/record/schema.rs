//! Section 4: a table of what was checked, then what the release changes and where production differs, object by
//! object, and the SQL that shows the same.

use super::RecordPage;
use super::cells::{fact, value};
use super::commands::Titles;
use crate::model::{CheckReport, FactName, Family, SchemaFamily, Section};
use crate::render::md::{self, Md, code};

/// What a release or a replay was about, told beside what was judged.
const TOLD: [FactName; 6] = [
    FactName::Previous,
    FactName::MigrationsBrought,
    FactName::MigrationsTakenBack,
    FactName::Replayed,
    FactName::Compared,
    FactName::Scratch,
];

const LISTED: [FactName; 2] = [FactName::IgnoredDrift, FactName::LeftBehind];

pub(super) fn body(page: RecordPage) -> Md {
    let checks: Vec<_> = page.report.section(Section::Schema).collect();
    if checks.is_empty() {
        return page.nothing(Section::Schema);
    }
    let (mine, others): (Vec<&CheckReport>, Vec<&CheckReport>) =
        checks.into_iter().partition(|check| is_about_catalogue(check));
    let others = if others.is_empty() { Md::default() } else { page.checks(&others, Titles::Shown) };
    md::join([catalogue(page, &mine), others], "\n\n")
}

fn catalogue(page: RecordPage, checks: &[&CheckReport]) -> Md {
    if checks.is_empty() {
        return Md::default();
    }
    let t = page.t;
    let rows = checks
        .iter()
        .map(|check| (*check, vec![code(&check.meta.title), finding(page, check), page.outcome(check)]));
    let tables = checks.iter().map(|check| changes(page, check));
    // One query shows all that is declared, so it has no check's name.
    let (declared, replayed): (Vec<&CheckReport>, Vec<&CheckReport>) =
        checks.iter().partition(|check| check.meta.family == Family::Schema(SchemaFamily::Declared));
    let parts = [
        page.table(&[t.check, t.finding, t.result], rows),
        md::join(tables, "\n\n"),
        page.block(declared, Titles::Hidden),
        page.block(replayed, Titles::Shown),
        page.folded(checks),
    ];
    md::join(parts, "\n\n")
}

fn is_about_catalogue(check: &CheckReport) -> bool {
    let Family::Schema(family) = check.meta.family else { return false };
    match family {
        SchemaFamily::Declared | SchemaFamily::Release | SchemaFamily::Drift => true,
        SchemaFamily::Sql => false,
    }
}

fn finding(page: RecordPage, check: &CheckReport) -> Md {
    let with = |name: FactName| {
        fact(check, name).map(|text| format!("{}{} {}", page.lang.fact(name), page.lang.colon(), value(text)))
    };
    let told: Vec<String> = TOLD.into_iter().filter_map(with).collect();
    let listed = LISTED.into_iter().filter_map(|name| {
        let facts = check.evidence.facts.iter().filter(|fact| fact.name == name);
        let values: Vec<String> = facts.map(|fact| value(&fact.value)).collect();
        (!values.is_empty())
            .then(|| format!("{}{} {}", page.lang.fact(name), page.lang.colon(), values.join(", ")))
    });
    let told = (!told.is_empty()).then(|| told.join(", "));
    md::join(std::iter::once(page.finding(check)).chain(told.into_iter().chain(listed).map(Md::own)), "<br>")
}

/// The objects that a check tells of, under what they are.
fn changes(page: RecordPage, check: &CheckReport) -> Md {
    if check.evidence.tables.is_empty() {
        return Md::default();
    }
    let heading = if check.meta.family == Family::Schema(SchemaFamily::Drift) {
        page.lang.drift_heading()
    } else {
        page.lang.release_heading(page.report.deployment.rollback)
    };
    md::join([Md::own(format!("**{heading}**")), page.rows(check)], "\n\n")
}
