//! The body of a section: its own form where it has one, a table of checks otherwise.

use super::commands::Titles;
use super::{RecordPage, deployed, environment, migrations, schema, smoke};
use crate::model::{CheckReport, Outcome, Section};
use crate::render::md::{self, Md, code};

/// A longer table is folded; what did not pass stays in sight.
const OPEN_ROWS: usize = 30;

/// Everything between the section's heading and the rule below it.
pub(super) fn body(page: RecordPage, section: Section) -> Md {
    match section {
        Section::Commit => deployed::body(page),
        Section::Migrations => migrations::body(page),
        Section::Schema => schema::body(page),
        Section::Smoke => smoke::body(page),
        Section::Environment => environment::body(page),
        Section::Backup | Section::Resilience | Section::Checklist => {
            let checks: Vec<_> = page.report.section(section).collect();
            if checks.is_empty() { page.nothing(section) } else { page.checks(&checks, Titles::Shown) }
        }
    }
}

impl RecordPage<'_> {
    /// Why a section has no checks: nobody asked for any, or a filter left them out.
    pub(super) fn nothing(self, section: Section) -> Md {
        let configured = self.report.configured.contains(&section);
        Md::own(if configured && self.report.run.filter.is_some() {
            self.t.left_out_section
        } else {
            self.t.nothing_configured
        })
    }

    /// Checks of any kind: a table, their commands, their details.
    pub(super) fn checks(self, checks: &[&CheckReport], named: Titles) -> Md {
        let t = self.t;
        let rows = checks.iter().map(|check| {
            let row = vec![
                code(&check.meta.title),
                self.finding(check),
                Md::own(self.lang.duration(check.duration_ms)),
                self.outcome(check),
            ];
            (*check, row)
        });
        let table = self.table(&[t.check, t.finding, t.duration, t.result], rows);
        md::join([table, self.block(checks.iter().copied(), named), self.details(checks)], "\n\n")
    }

    /// A table with a row a check; a long one is folded, and the rows that did not pass stand before it.
    pub(super) fn table<'c>(
        self,
        head: &[&str],
        rows: impl IntoIterator<Item = (&'c CheckReport, Vec<Md>)>,
    ) -> Md {
        let rows: Vec<_> = rows.into_iter().collect();
        let pick = |keep: &dyn Fn(&CheckReport) -> bool| -> Vec<Vec<Md>> {
            rows.iter().filter(|(check, _)| keep(check)).map(|(_, row)| row.clone()).collect()
        };
        let all = md::table(head, &pick(&|_| true));
        if rows.len() <= OPEN_ROWS {
            return all;
        }
        let wrong = pick(&|check| check.outcome != Outcome::Passed);
        let wrong = if wrong.is_empty() { Md::default() } else { md::table(head, &wrong) };
        let folded = md::details(&Md::own(self.lang.checks(rows.len())), &all);
        md::join([wrong, folded], "\n\n")
    }
}
