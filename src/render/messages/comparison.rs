//! A comparison as a short phrase, such as `status: 500, expected 200`, and what to do when it fails.

use super::Lang;
use crate::model::{Comparison, Expected, SmokeSubject, Subject};

/// Writes a value that comes from outside into a phrase: as code in markdown, as it is elsewhere.
pub(crate) type Code<'a> = &'a dyn Fn(&str) -> String;

impl Lang {
    pub(crate) fn subject(self, subject: &Subject, code: Code) -> String {
        match subject {
            Subject::Commit(what) => self.commit_subject(what, code),
            Subject::Migrations(what) => self.migrations_subject(what, code),
            Subject::Schema(what) => self.schema_subject(what, code),
            Subject::Sql(what) => self.sql_subject(what, code),
            Subject::Smoke(what) => self.smoke_subject(what, code),
            Subject::Environment(what) => self.environment_subject(what, code),
        }
    }

    /// What was expected, such as `expected 200`.
    pub(crate) fn expected(self, expected: &Expected, code: Code) -> String {
        let with = |fr: &str, en: &str, value: &str| format!("{} {}", self.pick(fr, en), code(value));
        match expected {
            Expected::Equals(value) => with("attendu", "expected", value),
            Expected::OneOf(values) => {
                let values: Vec<String> = values.iter().map(|value| code(value)).collect();
                format!("{} {}", self.pick("attendu", "expected"), self.any_of(&values))
            }
            Expected::Contains(text) => with("doit contenir", "must contain", text),
            Expected::NotContains(text) => with("ne doit pas contenir", "must not contain", text),
            Expected::Matches(regex) => with("doit correspondre à", "must match", regex),
            Expected::AtMost(limit) => with("au plus", "at most", limit),
            Expected::AtLeast(limit) => with("au moins", "at least", limit),
            Expected::Length(range) => with("longueur", "length", range),
            Expected::Present => self.pick("doit être présent", "must be there").to_owned(),
            Expected::Absent => self.pick("doit être absent", "must not be there").to_owned(),
            Expected::Denied => self
                .pick(
                    "attendu un refus (401 ou 403) de l'application",
                    "expected a denial (401 or 403) by the application",
                )
                .to_owned(),
        }
    }

    pub(crate) fn actual(self, judged: &Comparison, code: Code) -> String {
        if let Subject::Migrations(what) = &judged.subject
            && let Some(state) = self.migration_state(what, &judged.actual)
        {
            return state.to_owned();
        }
        match (&judged.subject, judged.actual.as_str()) {
            // Of a body only whether it holds what was looked for is known.
            (Subject::Smoke(SmokeSubject::Body), "found") => self.pick("trouvé", "found").to_owned(),
            (Subject::Smoke(SmokeSubject::Body), "not found") => {
                self.pick("pas trouvé", "not found").to_owned()
            }
            (_, "") => self.pick("absent", "not there").to_owned(),
            (_, actual) => code(actual),
        }
    }

    /// The whole comparison: what, what it was, what was expected.
    pub(crate) fn judged(self, judged: &Comparison, code: Code) -> String {
        let subject = self.subject(&judged.subject, code);
        let colon = self.colon();
        let actual = self.actual(judged, code);
        let expected = match &judged.subject {
            Subject::Migrations(of) => self.wanted_of_migration(of),
            _ => None,
        };
        let expected = expected.map_or_else(
            || self.expected(&judged.expected, code),
            |wanted| format!("{} {wanted}", self.pick("attendu", "expected")),
        );
        format!("{subject}{colon} {actual}, {expected}")
    }

    /// `a, b or c`.
    fn any_of(self, values: &[String]) -> String {
        match values {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => format!("{} {} {last}", most.join(", "), self.pick("ou", "or")),
        }
    }

    /// What to do when this comparison fails.
    pub(crate) fn remedy(self, subject: &Subject) -> &'static str {
        match subject {
            Subject::Commit(what) => self.commit_remedy(what),
            Subject::Migrations(what) => self.migrations_remedy(what),
            Subject::Schema(what) => self.schema_remedy(what),
            Subject::Sql(what) => self.sql_remedy(what),
            Subject::Smoke(what) => self.smoke_remedy(what),
            Subject::Environment(what) => self.environment_remedy(what),
        }
    }
}
