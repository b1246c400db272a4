//! The judge of an HTTP answer: pure comparisons of what came with what was expected.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::config::{AnswerExpected, Length, Matcher, OneOrMany, Pattern, Plain, StatusSet, Test};
use crate::model::{CommitSubject, Comparison, Expected, SmokeSubject, Subject};
use crate::probe::http::{MAX_REDIRECTS, Response, millis};

/// What the judge is told beside the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    /// The expected target of a redirect, its holes filled, made absolute.
    pub(crate) redirect: Option<&'a str>,
    /// The run's start, in seconds since 1970.
    pub(crate) now: i64,
}

/// Compare an answer with everything that was expected of it, in the configuration's order.
pub(crate) fn judge(expect: &AnswerExpected, answer: &Response, bench: Bench) -> Vec<Comparison> {
    let mut judged = vec![status(&expect.status, answer)];
    judged.extend(redirect(expect, answer, bench));
    judged.extend(expect.headers.iter().flatten().flat_map(|(name, test)| {
        text(
            &Subject::Smoke(SmokeSubject::Header(name.clone())),
            test,
            answer.header(&name.to_ascii_lowercase()),
        )
    }));
    judged.extend(body(expect, answer));
    judged.extend(json(expect, answer));
    judged.extend(expect.max_time.map(|most| {
        let actual = millis(answer.took);
        Comparison {
            subject: Subject::Smoke(SmokeSubject::ResponseTime),
            expected: Expected::AtMost(most.to_string()),
            actual: format!("{actual}ms"),
            ok: u128::from(actual) <= most.duration().as_millis(),
        }
    }));
    judged.extend(expect.certificate_days.map(|least| certificate(least, answer, bench.now)));
    judged
}

/// Whether the part of the body that was read says nothing about a judged value: what is not in it may still
/// come, whether that was hoped for or not.
pub(crate) fn is_undecided_by_a_part(judged: &Comparison) -> bool {
    match judged.subject {
        Subject::Smoke(SmokeSubject::Body) => {
            judged.ok == matches!(judged.expected, Expected::NotContains(_))
        }
        Subject::Smoke(SmokeSubject::Json(_) | SmokeSubject::Identity(_))
        | Subject::Commit(CommitSubject::Commit(_)) => !judged.ok,
        _ => false,
    }
}

/// Days from `now` until the certificate ends; none without a certificate.
pub(crate) fn certificate_days(answer: &Response, now: i64) -> Option<i64> {
    answer.certificate_ends.map(|ends| (ends - now).div_euclid(86_400))
}

fn status(expected: &StatusSet, answer: &Response) -> Comparison {
    Comparison {
        subject: Subject::Smoke(SmokeSubject::Status),
        expected: expected_status(expected),
        actual: answer.status.to_string(),
        ok: expected.contains(answer.status),
    }
}

pub(crate) fn expected_status(set: &StatusSet) -> Expected {
    let mut words = set.parts();
    match words.len() {
        1 if words[0].chars().all(|c| c.is_ascii_digit()) => Expected::Equals(words.remove(0)),
        _ => Expected::OneOf(words),
    }
}

fn redirect(expect: &AnswerExpected, answer: &Response, bench: Bench) -> Vec<Comparison> {
    let mut judged = Vec::new();
    if answer.endless_redirects {
        judged.push(Comparison {
            subject: Subject::Smoke(SmokeSubject::Redirect),
            expected: Expected::AtMost(MAX_REDIRECTS.to_string()),
            actual: answer.hops.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → "),
            ok: false,
        });
    }
    if let Some(expected) = bench.redirect {
        let actual = if expect.follow {
            Some(answer.url.to_string())
        } else {
            answer.location().map(|url| url.to_string())
        };
        judged.push(Comparison {
            subject: Subject::Smoke(SmokeSubject::Redirect),
            expected: Expected::Equals(expected.to_owned()),
            ok: actual.as_deref() == Some(expected),
            actual: actual.unwrap_or_default(),
        });
    }
    judged
}

fn body(expect: &AnswerExpected, answer: &Response) -> Vec<Comparison> {
    let parts = (expect.contains.as_ref(), expect.not_contains.as_ref(), expect.matches.as_ref());
    found(&Subject::Smoke(SmokeSubject::Body), &answer.text(), parts)
}

/// What a text must contain, what it must not, and what must match in it.
type Parts<'a> = (Option<&'a OneOrMany<Plain>>, Option<&'a OneOrMany<Plain>>, Option<&'a OneOrMany<Pattern>>);

/// Whether these stand in a text. That is all that the text may show of itself.
pub(crate) fn found(subject: &Subject, text: &str, (wanted, unwanted, patterns): Parts) -> Vec<Comparison> {
    let about = |expected: Expected, found: bool, ok: bool| Comparison {
        subject: subject.clone(),
        expected,
        actual: if found { "found" } else { "not found" }.to_owned(),
        ok,
    };
    let mut judged = Vec::new();
    for wanted in wanted.into_iter().flatten() {
        let found = text.contains(wanted.as_str());
        judged.push(about(Expected::Contains(wanted.to_string()), found, found));
    }
    for unwanted in unwanted.into_iter().flatten() {
        let found = text.contains(unwanted.as_str());
        judged.push(about(Expected::NotContains(unwanted.to_string()), found, !found));
    }
    for pattern in patterns.into_iter().flatten() {
        let found = pattern.regex().is_match(text);
        judged.push(about(Expected::Matches(pattern.as_str().to_owned()), found, found));
    }
    judged
}

fn json(expect: &AnswerExpected, answer: &Response) -> Vec<Comparison> {
    let Some(tests) = &expect.json else { return Vec::new() };
    let document = answer.json();
    tests
        .iter()
        .flat_map(|(path, test)| {
            let subject = Subject::Smoke(SmokeSubject::Json(path.clone()));
            match &document {
                Some(document) => value(&subject, test, select(path, document).as_ref()),
                None => vec![not_json(subject, test, answer)],
            }
        })
        .collect()
}

/// What was promised to be JSON is not: say what it is instead.
fn not_json(subject: Subject, test: &Test, answer: &Response) -> Comparison {
    let kind = answer.header("content-type").unwrap_or("no content type");
    Comparison {
        subject,
        expected: test.matchers().first().map_or(Expected::Present, expected),
        actual: format!("not JSON ({kind})"),
        ok: false,
    }
}

/// What a JSONPath selects: nothing, one value, or several as an array.
pub(crate) fn select(path: &str, document: &Value) -> Option<Value> {
    let path = JsonPath::parse(path).ok()?;
    let mut nodes = path.query(document).all();
    match nodes.len() {
        0 => None,
        1 => Some(nodes.remove(0).clone()),
        _ => Some(Value::Array(nodes.into_iter().cloned().collect())),
    }
}

/// Compare a value with a test; one judged value for each of its parts.
pub(crate) fn value(subject: &Subject, test: &Test, actual: Option<&Value>) -> Vec<Comparison> {
    parts(subject, test, actual.map(plain), |matcher| matcher.check(actual))
}

/// Compare a header's text, which may stand for a number or a truth value, with a test.
fn text(subject: &Subject, test: &Test, actual: Option<&str>) -> Vec<Comparison> {
    parts(subject, test, actual.map(|text| plain(&Value::from(text))), |matcher| matcher.check_text(actual))
}

fn parts(
    subject: &Subject,
    test: &Test,
    actual: Option<String>,
    ok: impl Fn(&Matcher) -> bool,
) -> Vec<Comparison> {
    let actual = actual.unwrap_or_default();
    let judge = |matcher: &Matcher| Comparison {
        subject: subject.clone(),
        expected: expected(matcher),
        actual: actual.clone(),
        ok: ok(matcher),
    };
    test.matchers().iter().map(judge).collect()
}

/// A part of a test as an expectation.
pub(crate) fn expected(matcher: &Matcher) -> Expected {
    match matcher {
        Matcher::Equals(value) => Expected::Equals(plain(value)),
        Matcher::OneOf(values) => Expected::OneOf(values.iter().map(plain).collect()),
        Matcher::Contains(part) => Expected::Contains(plain(part)),
        Matcher::Matches(pattern) => Expected::Matches(pattern.as_str().to_owned()),
        Matcher::Min(least) => Expected::AtLeast(least.to_string()),
        Matcher::Max(most) => Expected::AtMost(most.to_string()),
        Matcher::Exists(true) => Expected::Present,
        Matcher::Exists(false) => Expected::Absent,
        Matcher::Length(Length { min, max }) => {
            let bound = |bound: &Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            Expected::Length(if min == max { bound(min) } else { format!("{}..{}", bound(min), bound(max)) })
        }
    }
}

/// A JSON value as `jq -r` prints it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn certificate(least: u32, answer: &Response, now: i64) -> Comparison {
    let days = certificate_days(answer, now);
    Comparison {
        subject: Subject::Smoke(SmokeSubject::CertificateDays),
        expected: Expected::AtLeast(least.to_string()),
        actual: days.map(|days| days.to_string()).unwrap_or_default(),
        ok: days.is_some_and(|days| days >= i64::from(least)),
    }
}
