//! What an answer is by itself: a challenge page or not, and the facts that it shows.

use crate::model::{Fact, FactName};
use crate::probe::http::{Response, millis};

/// The sign by which a challenge page of bot protection is known, if this is one.
pub(crate) fn challenge(answer: &Response) -> Option<String> {
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
pub(crate) fn facts(answer: &Response) -> Vec<Fact> {
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
pub(crate) fn without_password(url: &url::Url) -> String {
    let mut url = url.clone();
    // Only URLs that cannot have a password refuse to lose it.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}
