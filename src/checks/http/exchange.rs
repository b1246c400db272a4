//! A request and what is expected of its answer, asked until that holds: shared by pages and steps.

use std::borrow::Cow;
use std::time::Instant;

use super::expect::{self, Bench};
use crate::checks::captures::{Captures, HoleValues};
use crate::checks::context::{Asking, Context};
use crate::config::{AnswerExpected, AnswerFailOn, AnswerValue, Capture, Polling, ShownPart};
use crate::model::{Attempt, Cause, CauseCode, Comparison};
use crate::probe::call::Call;
use crate::probe::curl::Holes;
use crate::probe::http::Response;
use crate::text::Text;

/// A question and its expectation.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) call: Call,
    pub(crate) expect: AnswerExpected,
    /// Where a redirect is expected to lead, as a whole URL.
    pub(crate) redirect: Option<Text>,
    /// How to ask again until the expectation holds.
    pub(crate) polling: Option<Polling<AnswerFailOn>>,
    /// What the record may show of the answer.
    pub(crate) show: Vec<ShownPart>,
    /// Whether the cookies that the answer sets are for later commands: those of the same workflow.
    pub(crate) keep_cookies: bool,
    /// What later steps use of the answer.
    pub(crate) captures: Vec<Capture<AnswerValue>>,
}

/// What was seen: the last answer, or why there is none.
#[derive(Debug)]
pub(crate) struct Observation {
    /// The last answer, or why there is none.
    pub(crate) answer: Result<Response, Cause>,
    /// What was compared, if there was an answer.
    pub(crate) judged: Vec<Comparison>,
    /// Tries of the last question that failed before it was answered.
    pub(crate) attempts: Vec<Attempt>,
    /// How many times it was asked.
    pub(crate) polls: u32,
    /// How the captured values stand in the URL; only for the commands.
    pub(crate) holes: Holes,
}

impl Exchange {
    /// Ask, again and again if the exchange polls.
    pub(crate) async fn observe(&self, cx: &Context, asking: Asking<'_>) -> Observation {
        let begun = Instant::now();
        let redirect = self.redirect_target(cx, asking.captures);
        let mut polls = 0;
        loop {
            let (answer, attempts) = cx.ask(&self.call, asking).await;
            polls += 1;
            let bench = Bench { redirect: redirect.as_deref(), now: cx.now };
            let judged =
                answer.as_ref().map(|answer| expect::judge(&self.expect, answer, bench)).unwrap_or_default();
            let holes = holes(&self.call, cx, asking.captures);
            let seen = Observation { answer, judged, attempts, polls, holes };
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

    fn redirect_target(&self, cx: &Context, captures: &Captures) -> Option<String> {
        let values = HoleValues { redactor: &cx.redactor, captures };
        let target = self.redirect.as_ref()?.expand(&values).ok()?;
        Some(url::Url::parse(&target).map_or(target, |url| url.to_string()))
    }
}

/// Whether it is worth asking again.
fn not_yet(seen: &Observation, polling: &Polling<AnswerFailOn>) -> bool {
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

fn gives_up(fail_on: &AnswerFailOn, answer: &Response) -> bool {
    let status = fail_on.status.as_ref().is_some_and(|set| set.contains(answer.status));
    let document = fail_on.json.as_ref().and_then(|_| answer.json());
    let json = fail_on.json.iter().flatten().any(|(path, test)| {
        let selected = document.as_ref().and_then(|document| expect::select(path, document));
        selected.is_some() && test.check(selected.as_ref())
    });
    status || json
}
