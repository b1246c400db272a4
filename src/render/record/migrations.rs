//! Section 3: what Prisma would say, as far as it is true, each check, and the seed's table of applied migrations.

use super::RecordPage;
use super::commands::Titles;
use crate::model::{
    CheckReport, FactName, Family, MigrationsFamily, MigrationsSubject, Outcome, Section, Subject, Table,
    TableOf,
};
use crate::render::clean;
use crate::render::md::{self, Md, code, inline};

/// A longer table is folded; what this release adds stays in sight.
const OPEN_ROWS: usize = 30;
/// How many of the latest stay in sight where this release adds none.
const LATEST: usize = 5;
/// The families that together say that the database is what the commit's migrations make of it.
const OF_DATABASE: [MigrationsFamily; 5] = [
    MigrationsFamily::History,
    MigrationsFamily::Applied,
    MigrationsFamily::Checksums,
    MigrationsFamily::Known,
    MigrationsFamily::Marked,
];

pub(super) fn body(page: RecordPage) -> Md {
    let checks: Vec<_> = page.report.section(Section::Migrations).collect();
    if checks.is_empty() {
        return page.nothing(Section::Migrations);
    }
    let (applied, others): (Vec<_>, Vec<_>) =
        checks.iter().partition(|check| is(check, MigrationsFamily::Applied));
    let status = status(&checks);
    let status = if status.is_empty() { Md::default() } else { md::fence("text", &status.join("\n")) };
    let heading = Md::own(format!("### {}", page.lang.table(TableOf::Migrations)));
    md::join(
        [
            status,
            table(page, &checks),
            accepted(page, &checks),
            page.block(others, Titles::Shown),
            heading,
            applied_migrations(page, &checks, applied.first().copied()),
            page.block(applied, Titles::Hidden),
            page.details(&checks),
        ],
        "\n\n",
    )
}

fn is(check: &CheckReport, family: MigrationsFamily) -> bool {
    check.meta.family == Family::Migrations(family)
}

/// The lines of `prisma migrate status` that are true.
fn status(checks: &[&CheckReport]) -> Vec<String> {
    let of = |family: MigrationsFamily| checks.iter().find(|check| is(check, family));
    let mut lines: Vec<String> =
        of(MigrationsFamily::Folder).into_iter().filter_map(|check| found(check)).collect();
    let Some(applied) = of(MigrationsFamily::Applied) else { return lines };
    let wrong = || applied.evidence.judged.iter().filter(|judged| !judged.ok);
    let pending: Vec<String> = wrong()
        .filter_map(|judged| match &judged.subject {
            Subject::Migrations(
                MigrationsSubject::PendingMigration(name) | MigrationsSubject::RolledBackMigration(name),
            ) => Some(clean::line(name).into_owned()),
            _ => None,
        })
        .collect();
    let failed: Vec<String> = wrong()
        .filter_map(|judged| match &judged.subject {
            Subject::Migrations(MigrationsSubject::FailedMigration(name)) => {
                Some(clean::line(name).into_owned())
            }
            _ => None,
        })
        // While one is under way nobody knows.
        .filter(|_| applied.outcome != Outcome::Errored)
        .collect();
    for (names, one, many) in [
        (
            &pending,
            "Following migration have not yet been applied:",
            "Following migrations have not yet been applied:",
        ),
        (&failed, "Following migration have failed:", "Following migrations have failed:"),
    ] {
        if !names.is_empty() {
            lines.extend([String::new(), if names.len() == 1 { one } else { many }.to_owned()]);
            lines.extend(names.iter().cloned());
        }
    }
    let passed =
        |family: &MigrationsFamily| of(*family).is_some_and(|check| check.outcome == Outcome::Passed);
    if OF_DATABASE.iter().all(passed) {
        lines.extend([String::new(), "Database schema is up to date!".to_owned()]);
    }
    lines
}

/// `2 migrations found in prisma/migrations`.
fn found(check: &CheckReport) -> Option<String> {
    let fact = |name| check.evidence.facts.iter().find(|fact| fact.name == name).map(|fact| &fact.value);
    let (dir, found) = (fact(FactName::MigrationsDir)?, fact(FactName::MigrationsFound)?);
    let what = match found.as_str() {
        "0" => "No migration".to_owned(),
        "1" => "1 migration".to_owned(),
        many => format!("{many} migrations"),
    };
    Some(format!("{what} found in {}", clean::line(dir)))
}

fn table(page: RecordPage, checks: &[&CheckReport]) -> Md {
    let t = page.t;
    let rows = checks
        .iter()
        .map(|check| (*check, vec![title(page, check), page.finding(check), page.outcome(check)]));
    page.table(&[t.check, t.finding, t.result], rows)
}

/// What a check is about; of the folders, of which there may be several, which one.
fn title(page: RecordPage, check: &CheckReport) -> Md {
    let title = code(&check.meta.title);
    let Family::Migrations(family) = check.meta.family else { return title };
    let name = Md::own(page.lang.migrations_check(family));
    match family {
        MigrationsFamily::Folder | MigrationsFamily::Containers => md::join([name, title], " "),
        MigrationsFamily::History
        | MigrationsFamily::Applied
        | MigrationsFamily::Checksums
        | MigrationsFamily::Known
        | MigrationsFamily::Marked => name,
    }
}

fn accepted(page: RecordPage, checks: &[&CheckReport]) -> Md {
    let facts = checks.iter().flat_map(|check| &check.evidence.facts);
    let lines = facts.filter(|fact| fact.name == FactName::AcceptedMigration).map(|fact| {
        let colon = page.lang.colon();
        Md::own(format!("- {}{colon} {}", page.lang.fact(fact.name), inline(&fact.value)))
    });
    md::join(lines, "\n")
}

/// The applied migrations; a long table is folded, with what this release adds before it.
fn applied_migrations(page: RecordPage, checks: &[&CheckReport], applied: Option<&CheckReport>) -> Md {
    let table =
        applied.and_then(|check| check.evidence.tables.iter().find(|table| table.of == TableOf::Migrations));
    let Some(table) = table else { return Md::own(page.t.migrations_unknown) };
    if table.rows.is_empty() {
        return Md::own(page.t.migrations_none);
    }
    let all = rows(table, &|_| true);
    if table.rows.len() <= OPEN_ROWS {
        return all;
    }
    let facts = || checks.iter().flat_map(|check| &check.evidence.facts);
    let is_new = |name: &str| facts().any(|fact| fact.name == FactName::NewMigration && fact.value == name);
    let is_new_row = |row: &[Option<String>]| row.first().and_then(Option::as_deref).is_some_and(is_new);
    let from = table.rows.len() - LATEST;
    let (caption, seen) = if table.rows.iter().any(|row| is_new_row(row)) {
        (page.t.migrations_added, rows(table, &|at| is_new_row(&table.rows[at])))
    } else {
        (page.t.migrations_latest, rows(table, &|at| at >= from))
    };
    let colon = page.lang.colon();
    let seen = md::join([Md::own(format!("{caption}{colon}")), seen], "\n\n");
    md::join([seen, md::details(&Md::own(page.lang.rows(table.rows.len() as u64)), &all)], "\n\n")
}

/// These rows of a table, as the seed's question prints them.
fn rows(table: &Table, keep: &dyn Fn(usize) -> bool) -> Md {
    let head: Vec<Md> = table.head.iter().map(|name| code(name)).collect();
    let head: Vec<&str> = head.iter().map(Md::as_str).collect();
    let cell = |cell: &Option<String>| cell.as_deref().map(code).unwrap_or_default();
    let rows: Vec<Vec<Md>> = table
        .rows
        .iter()
        .enumerate()
        .filter(|(at, _)| keep(*at))
        .map(|(_, row)| row.iter().map(cell).collect())
        .collect();
    md::table(&head, &rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use super::*;
    use crate::model::{Comparison, Fact, Report};
    use crate::render::fixture;

    fn check(report: &mut Report, family: MigrationsFamily) -> &mut CheckReport {
        report.checks.iter_mut().find(|check| is(check, family)).unwrap()
    }

    /// A report with so many applied migrations, of which these are this release's.
    fn long(count: usize, new: &[usize]) -> Report {
        let mut report = fixture::passed("en");
        let name = |at: usize| format!("2026{at:04}_m");
        let row = |at: usize| vec![Some(name(at)), Some("2026-11-22".to_owned())];
        check(&mut report, MigrationsFamily::Applied).evidence.tables[0].rows = (0..count).map(row).collect();
        let facts = &mut check(&mut report, MigrationsFamily::Folder).evidence.facts;
        facts.retain(|fact| fact.name != FactName::NewMigration);
        facts.extend(new.iter().map(|at| Fact { name: FactName::NewMigration, value: name(*at) }));
        report
    }

    fn section(report: &Report) -> String {
        body(RecordPage::new(report)).to_string()
    }

    #[test]
    fn a_long_table_is_folded_and_this_releases_rows_stay_in_sight() {
        let text = section(&long(200, &[7, 199]));
        let (open, folded) = text.split_once("<details><summary>200 rows</summary>").unwrap();
        assert!(open.contains("Added by this release:"), "{open}");
        for (at, seen) in [("20260007_m", true), ("20260199_m", true), ("20260198_m", false)] {
            assert_eq!(open.contains(at), seen, "{at}: {open}");
        }
        assert!(folded.contains("20260198_m"));
        let text = section(&long(200, &[]));
        let (open, _) = text.split_once("<details><summary>200 rows</summary>").unwrap();
        assert!(open.contains("The latest:") && open.contains("20260195_m") && !open.contains("20260194_m"));
        let text = section(&long(OPEN_ROWS, &[]));
        assert!(!text.contains("The latest:") && text.contains("20260000_m"));
    }

    #[test]
    fn prismas_lines_are_there_only_where_they_are_true() {
        const UP_TO_DATE: &str = "Database schema is up to date!";
        let text = section(&fixture::passed("en"));
        assert!(text.contains("3 migrations found in prisma/migrations\n\nDatabase schema is up to date!"));
        for family in OF_DATABASE {
            for outcome in [Outcome::Failed, Outcome::Errored, Outcome::Skipped, Outcome::Waived] {
                let mut report = fixture::passed("en");
                check(&mut report, family).outcome = outcome;
                assert!(!section(&report).contains(UP_TO_DATE), "{family:?} {outcome:?}");
            }
            let mut report = fixture::passed("en");
            report.checks.retain(|check| !is(check, family));
            assert!(!section(&report).contains(UP_TO_DATE), "without {family:?}");
        }
    }

    #[test]
    fn a_failed_migration_is_told_as_prisma_tells_it_and_one_under_way_is_not() {
        let mut report = fixture::passed("en");
        let failed = Comparison {
            subject: Subject::Migrations(MigrationsSubject::FailedMigration("20261122_x".into())),
            expected: crate::model::Expected::Equals("applied".into()),
            actual: "failed".into(),
            ok: false,
        };
        let applied = check(&mut report, MigrationsFamily::Applied);
        applied.outcome = Outcome::Failed;
        applied.evidence.judged.push(failed);
        assert!(section(&report).contains("Following migration have failed:\n20261122_x\n```"));
        check(&mut report, MigrationsFamily::Applied).outcome = Outcome::Errored;
        assert!(!section(&report).contains("have failed"));
    }

    #[test]
    fn many_findings_are_counted_where_they_would_fill_the_page() {
        let mut report = fixture::passed("en");
        let applied = check(&mut report, MigrationsFamily::Applied);
        applied.outcome = Outcome::Failed;
        applied.evidence.judged.extend((0..60).map(|at| Comparison {
            subject: Subject::Migrations(MigrationsSubject::PendingMigration(format!("m{at}"))),
            expected: crate::model::Expected::Equals("applied".into()),
            actual: "pending".into(),
            ok: false,
        }));
        let text = section(&report);
        let row = text.lines().find(|line| line.starts_with("| all applied |")).unwrap();
        assert!(row.contains("`m19`") && !row.contains("`m20`") && row.contains("and 40 more"), "{row}");
        assert!(text.contains("\nm59\n") && text.contains("  - the migration `m59`: pending"), "{text}");
        let line = crate::render::plain::message(check(&mut report, MigrationsFamily::Applied));
        assert!(line.contains("m19") && !line.contains("m20") && line.ends_with("and 40 more"), "{line}");
    }

    #[test]
    fn without_a_history_the_table_says_so() {
        let mut report = fixture::passed("en");
        check(&mut report, MigrationsFamily::Applied).evidence.tables.clear();
        assert!(section(&report).contains("*The history could not be read.*"));
    }
}
