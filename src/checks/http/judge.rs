//! The finding of an exchange: what was compared, what it shows, and the commands that ask the same.

use super::answer::{challenge, facts};
use super::exchange::{Exchange, Observation};
use super::{commands, expect};
use crate::checks::context::Session;
use crate::config::ShownPart;
use crate::model::{Cause, CauseCode, Comparison, Evidence, Fact, FactName, Finding, Shown};
use crate::probe::http::Response;
use crate::redact::Redactor;

/// Text that `show:` asks for is cut after this many characters.
const LONGEST_SHOWN: usize = 20_000;

/// The finding of what came of an exchange. Pure but for the scrubber, which cuts what `show:` asks for safely.
pub(crate) fn judge(
    exchange: &Exchange,
    seen: Observation,
    session: &Session,
    redactor: &Redactor,
) -> Finding {
    let mut evidence =
        Evidence { commands: commands::of_exchange(exchange, &session.shell, &seen), ..Evidence::default() };
    let answer = match seen.answer {
        Ok(answer) => answer,
        Err(cause) => {
            return Finding { attempts: seen.attempts, ..Finding::errored(cause, evidence) };
        }
    };
    evidence.facts = facts(&answer);
    if exchange.polling.is_some() {
        evidence.facts.push(Fact { name: FactName::Polls, value: seen.polls.to_string() });
    }
    evidence.shown = exchange.show.iter().filter_map(|show| shown(show, &answer, redactor)).collect();
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

/// Text that `show:` asks for, by its name and language. Where it is `cut`, or has to be, what stands before the
/// end may be the half of a secret.
pub(crate) fn shown_text(
    (name, language): (&str, &str),
    text: &str,
    cut: bool,
    redactor: &Redactor,
) -> Shown {
    let end = text.char_indices().nth(LONGEST_SHOWN).map_or(text.len(), |(end, _)| end);
    let cut = cut || end < text.len();
    let clean = if cut { redactor.scrub_cut(&text[..end]) } else { redactor.scrub(text) };
    Shown { name: name.to_owned(), language: language.to_owned(), text: clean.into_owned(), cut }
}

fn shown(show: &ShownPart, answer: &Response, redactor: &Redactor) -> Option<Shown> {
    match show {
        ShownPart::Body => {
            let kind = answer.header("content-type").unwrap_or_default();
            let language =
                ["json", "html", "xml"].into_iter().find(|word| kind.contains(word)).unwrap_or("text");
            Some(shown_text(("body", language), &answer.text(), answer.cut, redactor))
        }
        ShownPart::Header(name) => answer.header(&name.to_ascii_lowercase()).map(|value| Shown {
            name: name.clone(),
            language: "text".to_owned(),
            text: value.to_owned(),
            cut: false,
        }),
    }
}
