//! Section 5: pages, the access matrix, sessions, workflows, under the seed's four headings.

use super::RecordPage;
use super::cells::{fact, status, value};
use super::commands::Titles;
use crate::model::{CheckReport, ChecklistItem, FactName, Family, SmokeFamily};
use crate::render::md::{self, Md, code};
use crate::render::messages::SmokePart;

/// The column of the access matrix that has no session.
const ANONYMOUS: &str = "anonymous";

/// The section's checks, by their family.
#[derive(Default)]
struct Checks<'r> {
    pages: Vec<&'r CheckReport>,
    sessions: Vec<&'r CheckReport>,
    access: Vec<&'r CheckReport>,
    workflows: Vec<&'r CheckReport>,
}

impl<'r> Checks<'r> {
    fn of(page: RecordPage<'r>) -> Self {
        let mut checks = Self::default();
        for check in &page.report.checks {
            let Family::Smoke(family) = check.meta.family else { continue };
            match family {
                SmokeFamily::Pages => checks.pages.push(check),
                SmokeFamily::Sessions => checks.sessions.push(check),
                SmokeFamily::Access => checks.access.push(check),
                SmokeFamily::Workflows => checks.workflows.push(check),
            }
        }
        checks
    }
}

pub(super) fn body(page: RecordPage) -> Md {
    let Checks { pages: pages_of_all, sessions: logins, access, workflows: steps } = Checks::of(page);
    let (anonymous, roles): (Vec<_>, Vec<_>) = access.iter().partition(|check| column(check) == ANONYMOUS);
    let denied = md::join(
        [
            matrix(page, &access),
            page.block(anonymous.iter().copied(), Titles::Hidden),
            page.details(&anonymous),
        ],
        "\n\n",
    );
    let by_a_role = |check: &&CheckReport| !column(check).is_empty() && !check.evidence.commands.is_empty();
    let pages_of_roles: Vec<_> = pages_of_all.iter().copied().filter(by_a_role).collect();
    let allowed = [sessions(page, &logins), by_role(page, &pages_of_roles, &roles)];
    let allowed = md::join(allowed, "\n\n");
    let part = |part: SmokePart, body: Md| {
        let body = if body.is_empty() { nothing(page, part) } else { body };
        Md::own(format!("### {}\n\n{body}", page.lang.part(part)))
    };
    md::join(
        [
            part(SmokePart::Pages, pages(page, &pages_of_all)),
            part(SmokePart::Denied, denied),
            part(SmokePart::Allowed, allowed),
            part(SmokePart::Workflow, workflows(page, &steps)),
        ],
        "\n\n",
    )
}

/// Why a part has no checks.
fn nothing(page: RecordPage, part: SmokePart) -> Md {
    let item = match part {
        SmokePart::Pages => ChecklistItem::Pages,
        SmokePart::Denied | SmokePart::Allowed => ChecklistItem::Access,
        SmokePart::Workflow => ChecklistItem::Workflow,
    };
    let filter = page.report.run.filter.as_ref();
    let left_out = filter.is_some_and(|filter| filter.items_left_out.contains(&item));
    Md::own(if left_out { page.t.left_out_section } else { page.t.nothing_configured })
}

fn pages(page: RecordPage, checks: &[&CheckReport]) -> Md {
    if checks.is_empty() {
        return Md::default();
    }
    let t = page.t;
    let rows = checks.iter().map(|check| {
        (*check, vec![code(&check.meta.title), page.finding(check), time(page, check), page.outcome(check)])
    });
    let table = page.table(&[t.page, t.finding, t.time, t.result], rows);
    // What a role sees is asked with its cookies, which the login further down makes.
    let anybody = checks.iter().copied().filter(|check| column(check).is_empty());
    md::join([table, page.block(anybody, Titles::Hidden), page.details(checks)], "\n\n")
}

/// How long the answer took, as measured by the check; its whole duration else.
fn time(page: RecordPage, check: &CheckReport) -> Md {
    if check.skip.is_some() {
        return Md::default();
    }
    let ms = fact(check, FactName::TimeMs).and_then(|ms| ms.parse().ok()).unwrap_or(check.duration_ms);
    Md::own(page.lang.duration(ms))
}

/// The whole matrix: one row an endpoint, one column a role, the one without a session first.
fn matrix(page: RecordPage, checks: &[&CheckReport]) -> Md {
    if checks.is_empty() {
        return Md::default();
    }
    let rows = distinct(checks.iter().map(|check| row(check)));
    let mut columns = distinct(checks.iter().map(|check| column(check)));
    columns.sort_by_key(|name| *name != ANONYMOUS);
    let name = |column: &&str| {
        if *column == ANONYMOUS { page.t.anonymous.to_owned() } else { code(column).to_string() }
    };
    let mut head = vec![page.t.endpoint.to_owned()];
    head.extend(columns.iter().map(name));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let cell = |row_name: &str, column_name: &str| {
        let here = checks.iter().filter(|check| row(check) == row_name && column(check) == column_name);
        md::join(here.map(|check| access(page, check)), "<br>")
    };
    let body: Vec<Vec<Md>> = rows
        .iter()
        .map(|row| {
            let cells = columns.iter().map(|column| cell(row, column));
            std::iter::once(code(row)).chain(cells).collect()
        })
        .collect();
    md::join([Md::own(page.t.matrix), md::table(&head, &body)], "\n\n")
}

/// A cell of the matrix: the outcome and the status that answered.
fn access(page: RecordPage, check: &CheckReport) -> Md {
    let status = status(check);
    let status = if status.is_empty() { Md::default() } else { Md::own(value(status)) };
    md::join([page.outcome(check), status], " ")
}

fn sessions(page: RecordPage, checks: &[&CheckReport]) -> Md {
    if checks.is_empty() {
        return Md::default();
    }
    let t = page.t;
    let rows = checks
        .iter()
        .map(|check| (*check, vec![code(&check.meta.title), page.finding(check), page.outcome(check)]));
    let table = page.table(&[t.session, t.identity, t.result], rows);
    md::join(
        [
            Md::own(format!("**{}**", t.sessions)),
            table,
            page.block(checks.iter().copied(), Titles::Shown),
            page.details(checks),
        ],
        "\n\n",
    )
}

/// The commands of every role with a session, a block a role: its pages, then its row of the matrix.
fn by_role(page: RecordPage, pages: &[&CheckReport], access: &[&CheckReport]) -> Md {
    let roles = distinct(pages.iter().chain(access).map(|check| column(check)));
    let blocks = roles.into_iter().map(|role| {
        let pages = pages.iter().copied().filter(|check| column(check) == role);
        let access: Vec<_> = access.iter().copied().filter(|check| column(check) == role).collect();
        md::join(
            [
                Md::own(format!("**{} {}**", page.t.session, code(role))),
                page.block(pages.chain(access.iter().copied()), Titles::Hidden),
                page.details(&access),
            ],
            "\n\n",
        )
    });
    md::join(blocks, "\n\n")
}

/// A table and one block for each workflow: its steps belong together and run as one script.
fn workflows(page: RecordPage, checks: &[&CheckReport]) -> Md {
    let t = page.t;
    let names = distinct(checks.iter().map(|check| row(check)));
    let blocks = names.into_iter().map(|name| {
        let steps: Vec<_> = checks.iter().copied().filter(|check| row(check) == name).collect();
        let rows = steps.iter().map(|check| {
            (*check, vec![code(step(check)), page.finding(check), time(page, check), page.outcome(check)])
        });
        md::join(
            [
                Md::own(format!("**{} {}**", t.workflow, code(name))),
                page.table(&[t.step, t.finding, t.time, t.result], rows),
                page.block(steps.iter().copied(), Titles::Shown),
                page.details(&steps),
            ],
            "\n\n",
        )
    });
    md::join(blocks, "\n\n")
}

/// The row of the matrix, or the workflow's name.
pub(super) fn row(check: &CheckReport) -> &str {
    check.meta.place.as_ref().map_or(check.meta.title.as_str(), |place| place.row.as_str())
}

pub(super) fn column(check: &CheckReport) -> &str {
    check.meta.place.as_ref().map_or("", |place| place.column.as_str())
}

fn step(check: &CheckReport) -> &str {
    check.meta.place.as_ref().map_or(check.meta.title.as_str(), |place| place.column.as_str())
}

/// Each value once, in the order of its first appearance.
pub(super) fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    values.filter(|value| seen.insert(*value)).collect()
}
