//! What the judges of section 4 compare: production's catalogue, and the facts that stand beside every comparison.

use crate::model::{Comparison, Evidence, Expected, Fact, FactName, Finding, SchemaSubject, Subject};
use crate::probe::catalogue::Catalogue;
use crate::probe::postgres::Database;

pub(super) struct JudgeInput<'a> {
    pub(super) database: &'a Database,
    pub(super) production: &'a Catalogue,
    /// The server of the replay, for people; empty where nothing was replayed.
    pub(super) about: &'a str,
    /// What is to be told beside what is judged.
    pub(super) facts: Vec<Fact>,
}

impl JudgeInput<'_> {
    /// The facts, with the server of the replay.
    pub(super) fn evidence(&self) -> Evidence {
        let scratch =
            (!self.about.is_empty()).then(|| Fact { name: FactName::Scratch, value: self.about.to_owned() });
        Evidence {
            facts: scratch.into_iter().chain(self.facts.iter().cloned()).collect(),
            ..Evidence::default()
        }
    }

    /// The finding where production has no such schema at all: nothing else can be compared.
    pub(super) fn without_schema(&self) -> Option<Finding> {
        let missing = no_schema(self.database, self.production)?;
        Some(Finding::judged(Evidence { judged: vec![missing], ..self.evidence() }))
    }
}

/// The comparison that fails where production has no such schema at all.
pub(super) fn no_schema(database: &Database, production: &Catalogue) -> Option<Comparison> {
    (!production.exists).then(|| Comparison {
        subject: Subject::Schema(SchemaSubject::Schema(database.schema().to_owned())),
        expected: Expected::Present,
        actual: String::new(),
        ok: false,
    })
}
