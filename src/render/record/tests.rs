//! The record against the seed, by snapshot, and against hostile text.
#![expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]

use proptest::prelude::*;

use super::{parse_header, record, record_with};
use crate::model::{ChecklistItem, CommitLine, Filter, Outcome, Previous, Report, Section, Tick};
use crate::render::hostile::outside_fences;
use crate::render::messages::Lang;
use crate::render::{fixture, hostile, seal};

const SEED: &str = include_str!("../../../tests/fixtures/TEMPLATE_PROD_DEPLOY.md");

fn headings<'t>(text: &'t str, level: &str) -> Vec<&'t str> {
    outside_fences(text).into_iter().filter(|line| line.starts_with(level)).collect()
}

fn checklist(text: &str) -> Vec<&str> {
    outside_fences(text).into_iter().filter(|line| line.starts_with("- [")).collect()
}

fn rules(text: &str) -> usize {
    outside_fences(text).into_iter().filter(|line| *line == "---").count()
}

#[test]
fn the_french_record_has_the_seeds_form() {
    for report in [fixture::passed("fr"), fixture::mixed(), fixture::tiny()] {
        let text = record(&report).unwrap();
        assert_eq!(headings(&text, "## "), headings(SEED, "## "));
        let mut subheadings = headings(&text, "### ").into_iter();
        let configured = report.section(Section::Migrations).next().is_some();
        for heading in headings(SEED, "### ") {
            // Where nothing of §3 is configured it says so and no more.
            if heading.contains("Migrations") && !configured {
                continue;
            }
            assert!(subheadings.any(|found| found == heading), "{heading} is missing or out of order");
        }
        let labels = |text: &str| -> Vec<String> {
            let text = text.to_owned();
            checklist(&text)
                .into_iter()
                .map(|line| line[6..].split(" — ").next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(labels(&text), labels(SEED));
        assert!(rules(&text) >= rules(SEED));
        let title = format!("# PROD DEPLOY — {} — {}", report.run.date, report.run.title);
        assert_eq!(text.lines().next(), Some(title.as_str()));
        let footer = ["*Généré le ", "*Opérateur : ", "*Validé par : "];
        let tail: Vec<&str> =
            outside_fences(&text).into_iter().filter(|line| line.starts_with('*')).collect();
        for (line, start) in tail[tail.len() - 3..].iter().zip(footer) {
            assert!(line.starts_with(start), "{line}");
        }
    }
}

#[test]
fn the_three_reports() {
    insta::assert_snapshot!("record_passed_fr", record(&fixture::passed("fr")).unwrap());
    insta::assert_snapshot!("record_passed_en", record(&fixture::passed("en")).unwrap());
    insta::assert_snapshot!("record_mixed_fr", record(&fixture::mixed()).unwrap());
    let mut english = fixture::mixed();
    english.run.language = "en".into();
    insta::assert_snapshot!("record_mixed_en", record(&english).unwrap());
    insta::assert_snapshot!("record_tiny_fr", record(&fixture::tiny()).unwrap());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(record(&fixture::mixed()).unwrap(), record(&fixture::mixed()).unwrap());
}

#[test]
fn only_a_pass_is_shown_as_one() {
    let mut report = fixture::mixed();
    for check in &mut report.checks {
        check.outcome = Outcome::Skipped;
        check.skip = Some(crate::model::SkipReason::NothingToUndo);
    }
    for line in &mut report.checklist {
        line.tick = Tick::NotPassed;
    }
    let text = record(&report).unwrap();
    assert!(!text.contains('✅') && !text.contains("- [x]") && !text.contains("réussi**"), "{text}");
}

#[test]
fn the_digest_below_is_that_of_the_text_above() {
    let text = record(&fixture::mixed()).unwrap();
    let (_, below) = seal::split(&text).unwrap();
    assert!(below.contains(&seal::digest(&text).unwrap()));
    assert!(below.starts_with("<!-- prod-gate:seal -->\n- [ ] Validé par Lead\n"));
}

#[test]
fn scrubbing_comes_before_the_digest() {
    let text = record_with(&fixture::mixed(), &|text| text.replace("Amira", "***")).unwrap();
    assert!(!text.contains("Amira"));
    assert!(text.contains(&seal::digest(&text).unwrap()));
    // A scrubber cannot make a seal either.
    let forged = record_with(&fixture::mixed(), &|text| text.replace("Amira", "prod-gate:seal")).unwrap();
    assert!(forged.contains(&seal::digest(&forged).unwrap()));
    assert!(seal::split(&forged).unwrap().1.starts_with(seal::SEAL));
}

#[test]
fn the_header_reads_back() {
    let header = parse_header(&record(&fixture::mixed()).unwrap()).unwrap();
    assert_eq!(header.tag.as_deref(), Some("v2.3.0"));
    assert_eq!(header.operator, "amira-bs");
    assert_eq!(header.predecessors.len(), 1);
}

#[test]
fn a_rollback_and_a_first_run_say_so() {
    let mut report = fixture::passed("fr");
    report.deployment.rollback = true;
    let text = record(&report).unwrap();
    assert!(text.contains("Commits retirés :\n- `4b183f5`") && text.contains("**Retour arrière"), "{text}");
    report.deployment.rollback = false;
    report.deployment.previous = Previous::NoBaseline;
    assert!(record(&report).unwrap().contains("Commits inclus : aucun (pas de point de comparaison)."));
}

#[test]
fn what_is_left_out_is_counted() {
    let mut report = fixture::passed("fr");
    report.deployment.commits =
        (0..30).map(|i| CommitLine { sha: format!("{i:07}"), subject: "x".into() }).collect();
    report.deployment.commits_left_out = 1_200;
    let text = record(&report).unwrap();
    assert!(text.contains("- et 1\u{202f}200 de plus") && text.contains("`0000029`"), "{text}");
}

#[test]
fn a_filter_and_an_interruption_are_told() {
    let mut run = fixture::mixed();
    run.run.filter = Some(Filter { only: vec!["smoke.*".into()], left_out: 3, ..Filter::default() });
    run.run.interrupted = Some("SIGTERM".into());
    run.checks.retain(|check| check.meta.section == Section::Smoke);
    let text = record(&run).unwrap();
    assert!(text.contains("| Filtre | seulement `smoke.*`<br>3 vérifications écartées |"), "{text}");
    assert!(
        text.contains("**Interrompu par `SIGTERM`.**") && text.contains("écartées par le filtre"),
        "{text}"
    );
}

#[test]
fn a_part_that_a_filter_emptied_does_not_say_that_nothing_is_configured() {
    let mut report = fixture::passed("en");
    let items_left_out = vec![ChecklistItem::Pages];
    report.run.filter = Some(Filter { items_left_out, ..Filter::default() });
    report.checks.retain(|check| ["commit.sources", "smoke.access"].contains(&check.meta.family.name()));
    let text = record(&report).unwrap();
    let part = |heading: &str| text.split(heading).nth(1).unwrap().trim_start().lines().next().unwrap();
    assert_eq!(part("### Public pages (HTTP 200)"), Lang::En.labels().left_out_section);
    assert_eq!(part("### Workflow — Submit → Result"), Lang::En.labels().nothing_configured);
}

#[test]
fn a_thousand_pages_are_folded_and_the_failed_ones_are_not() {
    let mut report = fixture::mixed();
    let page = report.checks.iter().find(|check| check.meta.id == "smoke.pages./").unwrap().clone();
    for i in 0..1_000 {
        let mut page = page.clone();
        page.meta.title = format!("/page-{i}");
        report.checks.push(page);
    }
    let text = record(&report).unwrap();
    let part = text.split("### Pages publiques").nth(1).unwrap();
    let (open, folded) = part.split_once("<details><summary>1\u{202f}006 vérifications</summary>").unwrap();
    assert!(open.contains("| `/bilan-gratuit` |") && !open.contains("| `/page-1` |"), "{open}");
    assert!(folded.contains("| `/page-999` |"));
    let bars = text.split("```mermaid").nth(1).unwrap().split("```").next().unwrap();
    assert!(bars.contains("Pages (1006)") && bars.lines().count() < 40, "{bars}");
}

fn tables_are_even(text: &str) -> Result<(), String> {
    let mut width = None;
    for line in outside_fences(text) {
        let cells = line.starts_with('|').then(|| line.matches('|').count());
        match (width, cells) {
            (Some(width), Some(cells)) if width != cells => return Err(format!("{width} cells: {line}")),
            _ => width = cells,
        }
    }
    Ok(())
}

/// The line without its code, in which nothing is markup.
pub(in crate::render) fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '`' => drop(chars.find(|c| *c == '`')),
            c => out.push(c),
        }
    }
    out
}

fn unforged(report: &Report) -> Result<(), TestCaseError> {
    let text = record(report).unwrap();
    let above = seal::split(&text).unwrap().0;
    prop_assert_eq!(text.lines().filter(|line| *line == seal::SEAL).count(), 1);
    prop_assert!(!above.contains("prod-gate:seal"));
    let comments = outside_fences(&text).into_iter().filter(|line| line.trim_start().starts_with("<!--"));
    prop_assert_eq!(comments.count(), 2, "{}", text);
    let numbers: Vec<char> =
        headings(&text, "## ").iter().filter_map(|heading| heading.chars().nth(3)).collect();
    prop_assert_eq!(numbers, vec!['1', '2', '3', '4', '5', '6', '7', '8'], "{}", text);
    prop_assert_eq!(headings(&text, "# ").len(), 1);
    let ticks: Vec<bool> = checklist(&text).iter().map(|line| line.starts_with("- [x]")).collect();
    let expected: Vec<bool> = report.checklist.iter().map(|line| line.tick == Tick::Ticked).collect();
    prop_assert_eq!(ticks, expected, "{}", text);
    let footer = outside_fences(&text).into_iter().filter(|line| line.starts_with("*Op"));
    prop_assert_eq!(footer.count(), 1);
    let written = outside_fences(&text).into_iter().filter(|line| !line.starts_with("<!--"));
    for line in written.map(without_code) {
        prop_assert!(!line.contains("](https://evil") && !line.contains("<script"), "{}", line);
    }
    let begin = |tag: &str| outside_fences(&text).into_iter().filter(|line| line.starts_with(tag)).count();
    prop_assert_eq!(begin("<details>"), begin("</details>"));
    tables_are_even(&text).map_err(TestCaseError::fail)?;
    prop_assert!(parse_header(&text).is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn hostile_text_forges_nothing(report in hostile::reports()) {
        unforged(&report)?;
    }
}
