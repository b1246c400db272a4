//! The job summary: one screen of markdown in the record's language.

use serde::Serialize;

use super::md::{self, Md, code};
use super::messages::Labels;
use super::record::{RecordPage, attention, facts};
use super::{RenderError, fill};
use crate::model::{CheckReport, Report};

/// How many checks that did not pass are spelled out.
const MOST: usize = 10;
/// A longer command stands in the record only.
const LONGEST_COMMAND: usize = 1_500;

#[derive(Serialize)]
struct SummaryView {
    t: &'static Labels,
    title: Md,
    tag: Md,
    verdict: Md,
    counts: Md,
    items: Vec<Md>,
    more: String,
    checklist: Vec<Md>,
    files: Md,
}

pub fn summary(report: &Report) -> Result<String, RenderError> {
    let page = RecordPage::new(report);
    let wrong = attention::ordered(&report.checks);
    let more = wrong.len().saturating_sub(MOST);
    let deployment = &report.deployment;
    let release = [
        deployment.tag.as_deref().map(code).unwrap_or_default(),
        deployment.commit.as_ref().map(|_| code(deployment.short_commit())).unwrap_or_default(),
    ];
    let record = report.record_name();
    let files = [record.as_str(), "junit.xml", "report.json"];
    let view = SummaryView {
        t: page.t,
        title: md::inline(&report.run.title),
        tag: md::join(release, " · "),
        verdict: facts::verdict(page),
        counts: counts(page),
        items: wrong.iter().take(MOST).map(|check| item(page, check)).collect(),
        more: if more > 0 { page.lang.and_more(more as u64) } else { String::new() },
        checklist: report.checklist.iter().map(|line| page.checklist_line(line)).collect(),
        files: md::join(files.into_iter().map(code), ", "),
    };
    fill("summary", include_str!("templates/summary.md.j2"), view)
}

fn counts(page: RecordPage) -> Md {
    let counts = &page.report.counts;
    let kinds = page.lang.kinds();
    let numbers =
        [counts.passed, counts.failed, counts.errored, counts.skipped, counts.waived, counts.warnings];
    md::table(&kinds, &[numbers.iter().map(|count| Md::own(count.to_string())).collect()])
}

/// A check that did not pass: what differs, what to do, the command that shows it.
pub(super) fn item(page: RecordPage, check: &CheckReport) -> Md {
    let head =
        format!("{} {} (§{})", page.outcome_words(check), code(&check.meta.id), check.meta.section.number());
    let mut lines = page.findings(check);
    lines.extend(page.waiver(check));
    lines.extend(page.remedies(check));
    let lines = md::join(
        lines.into_iter().map(|line| Md::own(format!("- {line}"))),
        "
",
    );
    let commands: String = check.evidence.commands.iter().map(|command| page.command(command)).collect();
    let short = !commands.is_empty() && commands.len() <= LONGEST_COMMAND;
    let block = if short { md::fence("bash", &commands) } else { Md::default() };
    md::join([Md::own(format!("{head}\n{lines}")), block], "\n\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::{fixture, hostile};

    #[test]
    fn the_three_reports() {
        insta::assert_snapshot!("summary_passed", summary(&fixture::passed("en")).unwrap());
        insta::assert_snapshot!("summary_mixed", summary(&fixture::mixed()).unwrap());
        insta::assert_snapshot!("summary_tiny", summary(&fixture::tiny()).unwrap());
    }

    #[test]
    fn a_thousand_failures_stay_one_screen() {
        let mut report = fixture::mixed();
        let failed = report.checks[2].clone();
        report.checks.extend(std::iter::repeat_n(failed, 1_000));
        assert!(summary(&report).unwrap().len() < 20_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_text_adds_no_line_to_the_checklist(report in hostile::reports()) {
            let text = summary(&report).unwrap();
            let lines = hostile::outside_fences(&text);
            prop_assert_eq!(lines.iter().filter(|line| line.starts_with("- [")).count(), 10, "{}", text);
            prop_assert_eq!(lines.iter().filter(|line| line.starts_with("## ")).count(), 1, "{}", text);
        }
    }
}
