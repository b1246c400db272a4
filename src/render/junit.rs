//! `junit.xml`, for the readers that CI systems have.
//!
//! The crate junit-report writes suites, cases and outcomes, and counts them. What it cannot write (attributes
//! of the root, properties, lines, skipped counts, times on the clock, flaky tries) is added in one pass over its
//! output. Its bodies are raw CDATA, so what would break them is taken out before.

use jiff::{Timestamp, ToSpan as _};
use junit_report::{
    Duration, OffsetDateTime, ReportBuilder, TestCase, TestCaseBuilder, TestResult, TestSuite,
    TestSuiteBuilder,
};
use quick_xml::events::{BytesCData, BytesEnd, BytesStart, Event};
use quick_xml::{Reader, Writer};
use strum::VariantArray as _;

use super::{RenderError, clean, plain};
use crate::model::{CheckReport, Outcome, Report, Section};

struct Suite<'a> {
    section: Section,
    cases: Vec<NamedCheck<'a>>,
}

impl Suite<'_> {
    /// When its first check began and its last one ended, in milliseconds after the run began.
    fn span(&self) -> (u64, u64) {
        let ran =
            || self.cases.iter().map(|case| case.check).filter(|check| check.outcome != Outcome::Skipped);
        let from = ran().map(|check| check.started_ms).min().unwrap_or(0);
        let to = ran().map(|check| check.started_ms.saturating_add(check.duration_ms)).max().unwrap_or(0);
        (from, to)
    }
}

/// A check and the unique name that it has in the file.
struct NamedCheck<'a> {
    check: &'a CheckReport,
    name: String,
}

pub fn junit(report: &Report) -> Result<String, RenderError> {
    let suites = suites(report);
    let mut raw = Vec::new();
    let written = build(report, &suites);
    written.write_xml(&mut raw).map_err(|error| RenderError::Junit(error.into()))?;
    let xml = complete(&raw, report, &suites, written.testsuites())
        .map_err(|error| RenderError::Junit(error.into()))?;
    String::from_utf8(xml).map_err(|error| RenderError::Junit(error.into()))
}

fn suites(report: &Report) -> Vec<Suite<'_>> {
    let mut names = std::collections::HashSet::new();
    let mut unique = |check: &CheckReport| {
        // Some readers print names unescaped: angle brackets become other ones.
        let name = clean::line(&check.meta.id).replace('<', "‹").replace('>', "›");
        let mut candidate = name.clone();
        let mut count = 1;
        while !names.insert(candidate.clone()) {
            count += 1;
            candidate = format!("{name} ({count})");
        }
        candidate
    };
    Section::VARIANTS
        .iter()
        .map(|&section| Suite {
            section,
            cases: report.section(section).map(|check| NamedCheck { check, name: unique(check) }).collect(),
        })
        .filter(|suite: &Suite| !suite.cases.is_empty())
        .collect()
}

fn build(report: &Report, suites: &[Suite]) -> junit_report::Report {
    let mut builder = ReportBuilder::new();
    for suite in suites {
        let cases = suite.cases.iter().map(|case| test_case(suite.section, case));
        let suite = TestSuiteBuilder::new(suite.section.slug())
            .set_timestamp(timestamp(report, suite.span().0))
            .add_testcases(cases)
            .build();
        builder.add_testsuite(suite);
    }
    builder.build()
}

/// So many milliseconds after the run began, to the second.
fn timestamp(report: &Report, after_ms: u64) -> OffsetDateTime {
    let start: Timestamp = report.run.started_at.parse().unwrap_or_default();
    let after = i64::try_from(after_ms).unwrap_or(i64::MAX);
    let second = start.checked_add(after.milliseconds()).unwrap_or(start).as_second();
    OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn test_case(section: Section, case: &NamedCheck) -> TestCase {
    let check = case.check;
    let (message, body) = (plain::message(check), body(check));
    let time = Duration::milliseconds(i64::try_from(check.duration_ms).unwrap_or(i64::MAX));
    let name = case.name.as_str();
    let mut test = match check.outcome {
        // An advisory check must not turn a reader red; what it found stands in its output.
        Outcome::Passed => TestCase::success(name, time),
        _ if check.is_warning() => {
            let mut test = TestCase::success(name, time);
            test.set_system_out(&raw(&format!("warning, advisory check: {body}")));
            test
        }
        Outcome::Failed => {
            TestCaseBuilder::failure(name, time, "failed", &message).set_trace(&raw(&body)).build()
        }
        Outcome::Errored => {
            let code = check.cause.as_ref().map(|cause| plain::slug(cause.code)).unwrap_or_default();
            TestCaseBuilder::error(name, time, &code, &message).set_trace(&raw(&body)).build()
        }
        Outcome::Skipped | Outcome::Waived => {
            let waived = check.outcome == Outcome::Waived;
            let mut test = TestCase::skipped(name);
            test.time = time;
            test.result = TestResult::SkippedWithCause {
                type_: if waived { "waived" } else { "skipped" }.to_owned(),
                message: plain::waiver(check).unwrap_or(message),
                cause: Some(raw(&body)),
            };
            test
        }
    };
    test.set_classname(&format!("prod-gate.{}", section.slug()));
    if let Some(position) = &check.meta.position {
        test.set_filepath(&clean::line(&position.file));
    }
    test
}

/// Everything a reader of the failure needs, since some readers show only the body.
fn body(check: &CheckReport) -> String {
    let mut lines = vec![plain::message(check)];
    lines.extend(plain::waiver(check));
    lines.extend(plain::hints(check).into_iter().map(|hint| format!("what to do: {hint}")));
    lines.extend(plain::position(check).map(|at| format!("configured at {at}")));
    lines.extend(
        check.attempts.iter().map(|attempt| format!("an earlier try: {}", plain::cause(&attempt.cause))),
    );
    lines.extend(check.evidence.commands.iter().map(|command| format!("\n{}", clean::lines(&command.bash))));
    lines.join("\n")
}

/// Text for a CDATA section, which the crate writes as it is.
fn raw(text: &str) -> String {
    clean::lines(text).replace("]]>", "]]]]><![CDATA[>")
}

/// The crate's text with what it cannot write.
fn complete(
    raw: &[u8],
    report: &Report,
    suites: &[Suite],
    written: &[TestSuite],
) -> Result<Vec<u8>, quick_xml::Error> {
    let mut reader = Reader::from_reader(raw);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let mut suites = suites.iter().zip(written);
    let mut cases = [].iter();
    let mut current = None;
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == "testsuites" => {
                writer.write_event(Event::Start(root(report, written)))?;
            }
            Event::Empty(tag) if tag.name().as_ref() == "testsuites" => {
                writer.write_event(Event::Empty(root(report, written)))?;
            }
            Event::Start(tag) if tag.name().as_ref() == "testsuite" => {
                if let Some((suite, written)) = suites.next() {
                    cases = suite.cases.iter();
                    writer.write_event(Event::Start(suite_start(&tag, suite, written)?))?;
                    properties(&mut writer, report)?;
                }
            }
            Event::Start(tag) if tag.name().as_ref() == "testcase" => {
                current = cases.next();
                writer.write_event(Event::Start(case_start(&tag, current)?))?;
            }
            Event::Empty(tag) if tag.name().as_ref() == "testcase" => {
                current = cases.next();
                let start = case_start(&tag, current)?;
                if current.is_some_and(|case| !flaky(case).is_empty()) {
                    writer.write_event(Event::Start(start))?;
                    tries(&mut writer, current)?;
                    writer.write_event(Event::End(BytesEnd::new("testcase")))?;
                } else {
                    writer.write_event(Event::Empty(start))?;
                }
            }
            Event::End(tag) if tag.name().as_ref() == "testcase" => {
                tries(&mut writer, current)?;
                writer.write_event(Event::End(tag))?;
            }
            event => writer.write_event(event)?,
        }
    }
    let mut xml = writer.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

/// A number that a suite knows of itself.
type SuiteCount = fn(&TestSuite) -> usize;

/// How many cases there are of each kind, as the crate counts them.
fn counts(tag: &mut BytesStart, suites: &[TestSuite]) {
    let kinds: [(&str, SuiteCount); 4] = [
        ("tests", TestSuite::tests),
        ("failures", TestSuite::failures),
        ("errors", TestSuite::errors),
        ("skipped", TestSuite::skipped),
    ];
    for (name, count) in kinds {
        tag.push_attribute((name, suites.iter().map(count).sum::<usize>().to_string().as_str()));
    }
}

fn root(report: &Report, suites: &[TestSuite]) -> BytesStart<'static> {
    let mut tag = BytesStart::new("testsuites");
    tag.push_attribute(("name", "prod-gate"));
    counts(&mut tag, suites);
    tag.push_attribute(("time", seconds(report.run.duration_ms).as_str()));
    tag
}

/// The crate's name and timestamp, every count, and the time on the clock where the crate adds up.
fn suite_start(
    tag: &BytesStart,
    suite: &Suite,
    written: &TestSuite,
) -> Result<BytesStart<'static>, quick_xml::Error> {
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", written.name.as_str()));
    counts(&mut start, std::slice::from_ref(written));
    if let Some(timestamp) = tag.try_get_attribute("timestamp")? {
        start.push_attribute(timestamp);
    }
    let (from, to) = suite.span();
    start.push_attribute(("time", seconds(to.saturating_sub(from)).as_str()));
    Ok(start)
}

fn properties(writer: &mut Writer<Vec<u8>>, report: &Report) -> Result<(), quick_xml::Error> {
    let (run, deployment) = (&report.run, &report.deployment);
    let known = [
        ("commit", deployment.commit.as_deref()),
        ("tag", deployment.tag.as_deref()),
        ("base_url", run.base_url.as_deref()),
        ("run_url", run.operator.run_url.as_deref()),
        ("verdict", Some(report.verdict.word())),
        ("prod_gate", Some(run.version.as_str())),
    ];
    writer.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in known.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let mut tag = BytesStart::new("property");
        tag.push_attribute(("name", name));
        tag.push_attribute(("value", clean::line(value).as_ref()));
        writer.write_event(Event::Empty(tag))?;
    }
    writer.write_event(Event::End(BytesEnd::new("properties")))?;
    Ok(())
}

/// The crate's own start tag, its time with three decimals, and the line in the configuration.
fn case_start(tag: &BytesStart, case: Option<&NamedCheck>) -> Result<BytesStart<'static>, quick_xml::Error> {
    let mut start = BytesStart::new("testcase");
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if attribute.key.as_ref() != "time" {
            start.push_attribute(attribute);
        }
    }
    if let Some(NamedCheck { check, .. }) = case {
        if let Some(position) = &check.meta.position {
            start.push_attribute(("line", position.line.to_string().as_str()));
        }
        start.push_attribute(("time", seconds(check.duration_ms).as_str()));
    }
    Ok(start)
}

/// The tries before a pass: only then was the failure flaky.
fn flaky<'c>(case: &'c NamedCheck) -> &'c [crate::model::Attempt] {
    if case.check.outcome == Outcome::Passed { &case.check.attempts } else { &[] }
}

fn tries(writer: &mut Writer<Vec<u8>>, case: Option<&NamedCheck>) -> Result<(), quick_xml::Error> {
    for attempt in case.map(flaky).unwrap_or_default() {
        let message = plain::cause(&attempt.cause);
        let mut tag = BytesStart::new("flakyFailure");
        tag.push_attribute(("type", plain::slug(attempt.cause.code).as_str()));
        tag.push_attribute(("message", message.as_str()));
        writer.write_event(Event::Start(tag))?;
        writer.write_event(Event::CData(BytesCData::new(raw(&message))))?;
        writer.write_event(Event::End(BytesEnd::new("flakyFailure")))?;
    }
    Ok(())
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::{fixture, hostile};

    /// How many elements of each name a strict reader finds; an error where the text is not well-formed.
    fn elements(xml: &str) -> Result<std::collections::BTreeMap<String, usize>, String> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let mut found = std::collections::BTreeMap::new();
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Eof => return Ok(found),
                Event::Start(tag) | Event::Empty(tag) => {
                    for attribute in tag.attributes() {
                        let attribute = attribute.map_err(|error| error.to_string())?;
                        attribute
                            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                            .map_err(|error| error.to_string())?;
                    }
                    let name = tag.name().as_ref().to_owned();
                    *found.entry(name).or_insert(0) += 1;
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_three_reports() {
        insta::assert_snapshot!("junit_passed", junit(&fixture::passed("fr")).unwrap());
        insta::assert_snapshot!("junit_mixed", junit(&fixture::mixed()).unwrap());
        insta::assert_snapshot!("junit_tiny", junit(&fixture::tiny()).unwrap());
    }

    #[test]
    fn counts_agree_with_the_report() {
        let report = fixture::mixed();
        let found = elements(&junit(&report).unwrap()).unwrap();
        let count = |name: &str| found.get(name).copied().unwrap_or(0);
        assert_eq!(count("testcase"), report.counts.total());
        assert_eq!(count("failure"), report.counts.failed);
        assert_eq!(count("error"), report.counts.errored);
        assert_eq!(count("skipped"), report.counts.skipped + report.counts.waived);
        assert_eq!(count("flakyFailure"), 1);
    }

    #[test]
    fn no_checks_no_suites() {
        let mut report = fixture::tiny();
        report.checks.clear();
        let xml = junit(&report).unwrap();
        assert!(xml.contains("<testsuites name=\"prod-gate\" tests=\"0\""), "{xml}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn hostile_text_stays_well_formed(report in hostile::reports()) {
            let xml = junit(&report).unwrap();
            let found = elements(&xml).map_err(TestCaseError::fail)?;
            prop_assert_eq!(found["testcase"], report.counts.total());
            let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
            prop_assert!(xml.chars().all(allowed));
            let mut names: Vec<&str> = xml.split("<testcase name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            prop_assert_eq!(all, names.len());
        }
    }
}
