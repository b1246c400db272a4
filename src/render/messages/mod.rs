//! What the outputs say, in the team's language: French, which is the seed's, and English.
//!
//! Both languages of a phrase stand side by side, so that a new code or a changed meaning is seen in
//! both. No verdict is made here: messages only name what the report holds.

mod cause;
mod cause_database;
mod cause_scratch;
mod checklist;
mod commit;
mod comparison;
mod environment;
mod facts;
mod labels;
mod migrations;
mod outcome;
mod pull_request;
mod quantity;
mod remedies;
mod schema;
mod sections;
mod smoke;
mod sql;
mod tables;
mod validation;

#[cfg(test)]
mod tests;

pub(crate) use labels::Labels;
pub(crate) use sections::SmokePart;

use crate::model::Report;

/// A language of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    Fr,
    En,
}

impl Lang {
    /// The language that the report asks for; French for anything unknown.
    pub(crate) fn of(report: &Report) -> Self {
        Self::named(&report.run.language)
    }

    /// The language of this name; French for anything unknown.
    pub(crate) fn named(language: &str) -> Self {
        if language == "en" { Self::En } else { Self::Fr }
    }

    /// The words that stand around values.
    pub(crate) fn labels(self) -> &'static Labels {
        match self {
            Self::Fr => &labels::FR,
            Self::En => &labels::EN,
        }
    }

    /// A colon as it stands after a word.
    pub(crate) fn colon(self) -> &'static str {
        self.pick("\u{a0}:", ":")
    }

    pub(crate) fn pick<T>(self, fr: T, en: T) -> T {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}
