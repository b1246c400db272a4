//! One question to the service and what is expected of the answer: shared by pages and steps.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::captures::{Captures, HoleValues};
use super::context::{Asking, Context, Session};
use super::expect::{self, Bench};
use super::replay;
use crate::config::{Assertions, FailOn, Show, StatusSet};
use crate::model::{Attempt, Cause, CauseCode, Comparison, Evidence, Fact, FactName, Finding, Shown};
use crate::probe::call::Call;
use crate::probe::curl::Holes;
use crate::probe::http::{Response, millis};
use crate::redact::Redactor;
use crate::text::Text;

/// Text that `show:` asks for is cut after this many characters.
const LONGEST_SHOWN: usize = 20_000;

/// A question and its expectation.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What is asked.
    pub call: Call,
    /// What is expected.
    pub expect: Assertions,
    /// Where a redirect is expected to lead, as a whole URL.
    pub redirect: Option<Text>,
    /// The statuses that are expected where `expect` names none.
    pub default_status: StatusSet,
    /// How to ask again until the expectation holds.
    pub polling: Option<Polling>,
    /// What the record may show of the answer.
    pub show: Vec<Show>,
    /// Whether the cookies that the answer sets are for later commands: those of the same workflow.
    pub keep_cookies: bool,
    /// Names of captured values and where in the answer they are; only for the commands.
    pub captures: Vec<(String, crate::config::CaptureFrom)>,
}

/// Asking again until the expectation holds.
#[derive(Debug, Clone)]
pub struct Polling {
    /// For how long.
    pub within: Duration,
    /// The pause between two questions.
    pub every: Duration,
    /// What ends it as failed at once.
    pub fail_on: Option<FailOn>,
}

/// What was seen: the last answer, or why there is none.
#[derive(Debug)]
pub struct Seen {
    /// The answer.
    pub answer: Result<Response, Cause>,
    /// What was compared, if there was an answer.
    pub judged: Vec<Comparison>,
    /// Tries that failed before.
    pub attempts: Vec<Attempt>,
    /// How many times it was asked.
    pub polls: u32,
    /// How the captured values stand in the URL; only for the commands.
    pub holes: Holes,
}

impl Exchange {
    /// Ask, again and again if the exchange polls.
    pub async fn observe(&self, cx: &Context, asking: Asking<'_>) -> Seen {
        let begun = Instant::now();
        let redirect = self.redirect_target(cx, asking.captures);
        let mut polls = 0;
        loop {
            let (answer, attempts) = cx.ask(&self.call, asking).await;
            polls += 1;
            let bench =
                Bench { default_status: &self.default_status, redirect: redirect.as_deref(), now: cx.now };
            let judged =
                answer.as_ref().map(|answer| expect::judge(&self.expect, answer, bench)).unwrap_or_default();
            let holes = holes(&self.call, cx, asking.captures);
            let seen = Seen { answer, judged, attempts, polls, holes };
            match &self.polling {
                Some(polling)
                    if not_yet(&seen, polling) && begun.elapsed() + polling.every < polling.within =>
                {
                    if asking.stop.race(tokio::time::sleep(polling.every)).await.is_err() {
                        return seen;
                    }
                }
                _ => return seen,
            }
        }
    }

    /// The finding. Pure but for the scrubber, which cuts what `show:` asks for safely.
    pub fn judge(&self, seen: Seen, session: &Session, redactor: &Redactor) -> Finding {
        let mut evidence =
            Evidence { commands: replay::commands(self, &session.shell, &seen), ..Evidence::default() };
        let answer = match seen.answer {
            Ok(answer) => answer,
            Err(cause) => {
                return Finding { attempts: seen.attempts, ..Finding::errored(cause, evidence) };
            }
        };
        evidence.facts = facts(&answer);
        if self.polling.is_some() {
            evidence.facts.push(Fact { name: FactName::Polls, value: seen.polls.to_string() });
        }
        evidence.shown = self.show.iter().filter_map(|show| shown(show, &answer, redactor)).collect();
        // What is known to be wrong stays wrong, whatever the rest of the body holds.
        let undecided = |judged: &Comparison| answer.cut && expect::is_undecided_by_a_part(judged);
        let wrong = seen.judged.iter().any(|judged| !judged.ok && !undecided(judged));
        let cut_off = !wrong && seen.judged.iter().any(undecided);
        evidence.judged = seen.judged;
        let finding = if let Some(sign) = challenge(&answer) {
            Finding::errored(Cause::new(CauseCode::BotProtection, sign), evidence)
        } else if cut_off {
            let detail = format!("only the first {} bytes of the body were read", answer.body.len());
            Finding::errored(Cause::new(CauseCode::TooLarge, detail), evidence)
        } else {
            Finding::judged(evidence)
        };
        Finding { attempts: seen.attempts, ..finding }
    }

    fn redirect_target(&self, cx: &Context, captures: &Captures) -> Option<String> {
        let values = HoleValues { redactor: &cx.redactor, captures };
        let target = self.redirect.as_ref()?.expand(&values).ok()?;
        Some(url::Url::parse(&target).map_or(target, |url| url.to_string()))
    }
}

/// Whether it is worth asking again.
fn not_yet(seen: &Seen, polling: &Polling) -> bool {
    match &seen.answer {
        Err(cause) => {
            !matches!(cause.code, CauseCode::Interrupted | CauseCode::RunDeadline | CauseCode::Capture)
        }
        Ok(answer) => {
            !seen.judged.iter().all(|judged| judged.ok)
                && !polling.fail_on.as_ref().is_some_and(|fail_on| gives_up(fail_on, answer))
        }
    }
}

/// What the captured values in a URL are like.
fn holes(call: &Call, cx: &Context, captures: &Captures) -> Holes {
    let mut holes = Holes::default();
    for name in call.url.captures() {
        let value = captures.get(name).unwrap_or_default();
        if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            holes.encoded.push(name.to_owned());
        }
        holes.hidden |= matches!(cx.redactor.scrub(value), Cow::Owned(_));
    }
    holes
}

fn gives_up(fail_on: &FailOn, answer: &Response) -> bool {
    let status = fail_on.status.as_ref().is_some_and(|set| set.contains(answer.status));
    let document = fail_on.json.as_ref().and_then(|_| answer.json());
    let json = fail_on.json.iter().flatten().any(|(path, test)| {
        let selected = document.as_ref().and_then(|document| expect::select(path, document));
        selected.is_some() && test.check(selected.as_ref())
    });
    status || json
}

/// The sign by which a challenge page of bot protection is known, if this is one.
pub fn challenge(answer: &Response) -> Option<String> {
    for (name, values) in [
        ("cf-mitigated", &[][..]),
        ("x-vercel-mitigated", &[]),
        ("x-amzn-waf-action", &["challenge", "captcha"]),
    ] {
        if let Some(value) = answer.header(name)
            && (values.is_empty() || values.contains(&value))
        {
            return Some(format!("{name}: {value}"));
        }
    }
    let blocked = matches!(answer.status, 403 | 429 | 503);
    let marks = [
        "/cdn-cgi/challenge-platform/",
        "Attention Required! | Cloudflare",
        "<title>Just a moment...</title>",
    ];
    let text = if blocked { answer.text() } else { return None };
    marks.iter().find(|mark| text.contains(**mark)).map(|mark| format!("the page holds {mark:?}"))
}

/// What an answer shows of itself by default: no header's value and nothing of the body.
pub fn facts(answer: &Response) -> Vec<Fact> {
    let mut facts = vec![
        fact(FactName::Url, without_password(&answer.url)),
        fact(FactName::Status, answer.status.to_string()),
    ];
    let kind = answer.header("content-type").map(|kind| fact(FactName::ContentType, kind.to_owned()));
    facts.extend(kind);
    facts.push(fact(FactName::Length, format!("{}{}", answer.body.len(), if answer.cut { "+" } else { "" })));
    facts.push(fact(FactName::TimeMs, millis(answer.took).to_string()));
    if !answer.hops.is_empty() {
        let hops: Vec<String> = answer.hops.iter().map(without_password).collect();
        facts.push(fact(FactName::Redirects, hops.join("\n")));
    }
    let ends = answer.certificate_ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
    facts.extend(ends.map(|ends| fact(FactName::CertificateEnds, ends.strftime("%Y-%m-%d").to_string())));
    facts
}

fn fact(name: FactName, value: String) -> Fact {
    Fact { name, value }
}

/// A URL that may be shown.
pub fn without_password(url: &url::Url) -> String {
    let mut url = url.clone();
    // Only URLs that cannot have a password refuse to lose it.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

/// Text that `show:` asks for, by its name and language. Where it is `cut`, or has to be, what stands before the
/// end may be the half of a secret.
pub fn shown_text((name, language): (&str, &str), text: &str, cut: bool, redactor: &Redactor) -> Shown {
    let end = text.char_indices().nth(LONGEST_SHOWN).map_or(text.len(), |(end, _)| end);
    let cut = cut || end < text.len();
    let clean = if cut { redactor.scrub_cut(&text[..end]) } else { redactor.scrub(text) };
    Shown { name: name.to_owned(), language: language.to_owned(), text: clean.into_owned(), cut }
}

fn shown(show: &Show, answer: &Response, redactor: &Redactor) -> Option<Shown> {
    match show {
        Show::Body => {
            let kind = answer.header("content-type").unwrap_or_default();
            let language =
                ["json", "html", "xml"].into_iter().find(|word| kind.contains(word)).unwrap_or("text");
            Some(shown_text(("body", language), &answer.text(), answer.cut, redactor))
        }
        Show::Header(name) => answer.header(&name.to_ascii_lowercase()).map(|value| Shown {
            name: name.clone(),
            language: "text".to_owned(),
            text: value.to_owned(),
            cut: false,
        }),
        // The configuration was validated: an answer has none.
        Show::Rows => None,
    }
}
