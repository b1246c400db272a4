//! Where a record's validation stands, for the commit's status and for a comment on the pull request.

use super::clean;
use super::md::{self, Md, code, inline};
use super::messages::Lang;
use crate::model::{Reason, Standing, Validation};

/// How a comment begins that tells where the validation stands: by this it is found again.
pub const MARK: &str = "<!-- prod-gate:validation-comment -->";
/// The longest description of a status, in characters.
const LONGEST: usize = 140;
/// The longest value in a comment, in characters.
const LONGEST_VALUE: usize = 200;

/// The description of a status, on one line and not too long. `language` is the configuration's.
pub fn status(language: &str, outcome: &Result<Validation, Reason>) -> String {
    let lang = Lang::named(language);
    let text = match outcome {
        Ok(validation) => lang.validated_by(&validation.lead, validation.separation),
        Err(reason) => lang.reason(reason, &str::to_owned),
    };
    // The ellipsis counts, too.
    let line = clean::line(&text).into_owned();
    if line.chars().count() > LONGEST { clean::cut(&line, LONGEST - 1).into_owned() } else { line }
}

/// The comment; nothing as long as there is nothing to tell.
pub fn comment(language: &str, outcome: &Result<Validation, Reason>) -> Option<String> {
    let lang = Lang::named(language);
    let value = |text: &str| code(&clean::cut(text, LONGEST_VALUE)).to_string();
    let heading = |standing: Standing| Md::own(format!("**{}{}**", lang.standing(standing), lang.colon()));
    let lines = match outcome {
        Err(Reason::NoReview) => return None,
        Ok(validation) => {
            let review = md::link(&validation.review.to_string(), &validation.review_url);
            let rows = lang.validation_rows();
            let by = lang.validated_by(inline(&validation.lead).as_str(), validation.separation);
            let facts =
                [(rows[1], review), (rows[3], code(&validation.commit)), (rows[4], code(&validation.digest))];
            let facts = facts.map(|(name, value)| Md::own(format!("- {name}{} {value}", lang.colon())));
            vec![
                Md::own(format!("{} {by}.", heading(Standing::Validated))),
                md::join(facts, "\n"),
                Md::own(lang.validated_next()),
            ]
        }
        Err(reason) => vec![
            Md::own(format!("{} {}.", heading(reason.standing()), lang.reason(reason, &value))),
            Md::own(format!("**{}{}** {}", lang.labels().action, lang.colon(), lang.reason_next(reason))),
        ],
    };
    Some(format!("{MARK}\n{}\n", md::join(lines, "\n\n")))
}

/// The first line and the rest of the message of the commit that writes a validation, or takes it back.
pub fn commit_message(language: &str, path: &str, outcome: &Result<Validation, Reason>) -> (String, String) {
    let lang = Lang::named(language);
    let name = path.rsplit('/').next().unwrap_or(path);
    match outcome {
        Ok(validation) => {
            let digest = format!("SHA-256 {}", validation.digest);
            (lang.validated_message(name, &validation.lead), format!("{}\n{digest}", validation.review_url))
        }
        Err(reason) => (lang.cleared_message(name), lang.reason(reason, &str::to_owned)),
    }
}

/// Whether two texts of a comment are the same one: a forge may change how lines end.
pub fn same_comment(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says what broke by breaking")]
mod tests {
    use super::*;
    use crate::model::validation::VALIDATION_VERSION;
    use crate::model::{Separation, Verdict};

    #[test]
    fn a_status_is_one_short_line() {
        for language in ["fr", "en"] {
            for reason in Reason::samples(&"long\n".repeat(90)) {
                let text = status(language, &Err(reason));
                assert!(text.chars().count() <= 140 && text.lines().count() == 1, "{text}");
            }
            // With values of an ordinary length nothing is cut off.
            for reason in Reason::samples("lead-login") {
                let text = status(language, &Err(reason));
                assert!(!text.ends_with('…'), "{text}");
            }
        }
    }

    #[test]
    fn nothing_in_a_comment_is_anybody_elses_markdown() {
        let hostile = "`x` @everyone\n\n# h\n<!-- [x](https://evil.example) **b** -->";
        for reason in Reason::samples(hostile) {
            let Some(text) = comment("fr", &Err(reason)) else { continue };
            assert_eq!(text.matches("<!--").count(), 1, "{text}");
            assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 0, "{text}");
            assert!(!text.contains("`x`") && !text.contains("](https://evil"), "{text}");
        }
    }

    #[test]
    fn comments_as_people_see_them() {
        let validation = Validation {
            version: VALIDATION_VERSION,
            lead: "lead-login".into(),
            review: 80,
            review_url: "https://github.com/nexus/site/pull/7#pullrequestreview-80".into(),
            at: "2026-11-22T13:04:05Z".into(),
            commit: "b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f80".into(),
            digest: "0".repeat(64),
            run_url: String::new(),
            separation: Separation::Separate,
            reason: None,
            vouched: true,
        };
        let refused =
            Reason::RunConclusion { run: 12, conclusion: "failure".into(), verdict: Verdict::Passed };
        let ask = Reason::AskAgain { who: "lead-login".into(), written: true };
        let texts: Vec<String> = [Ok(validation), Err(refused), Err(ask)]
            .iter()
            .flat_map(|outcome| ["fr", "en"].map(|language| comment(language, outcome).unwrap()))
            .collect();
        insta::assert_snapshot!(texts.join("\n\n"));
        assert_eq!(comment("fr", &Err(Reason::NoReview)), None);
        assert!(same_comment("a\nb\n", "a\r\nb"));
    }
}
