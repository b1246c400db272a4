//! Production against what all migrations of this release make: every difference is told.

use super::describe::{Heads, ObjectRow, line, tables};
use super::diff::{Difference, ObjectChange, drift, roots};
use super::input::JudgeInput;
use super::sql;
use crate::config::SchemaPattern;
use crate::model::{
    Cause, CauseCode, Command, Comparison, Expected, Fact, FactName, Finding, SchemaSubject, Subject,
};
use crate::probe::catalogue::{Catalogue, ObjectKind};

/// Differences that are told one by one; the tables have all of them.
const MAX_DIFFERENCES: usize = 100;

/// What production is compared with, and what is known of the difference.
pub(super) struct DriftInput<'a> {
    /// What this release's migrations make.
    pub(super) made: &'a Catalogue,
    /// After a rollback, what the release before had made: a database does not go back by itself.
    pub(super) left: Option<&'a Catalogue>,
    /// The extensions that the server of the replay could make.
    pub(super) extensions: &'a [String],
    /// Patterns of differences that are known.
    pub(super) ignore: &'a [SchemaPattern],
}

/// What is thought of a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DriftKind {
    Drift,
    /// A pattern of `ignore` matches it.
    Ignored,
    /// It is as the release before had made it.
    Left,
}

/// Compare production with what the migrations make.
pub(super) fn judge(view: &JudgeInput, compared: &DriftInput) -> Finding {
    let differences = drift(compared.made, view.production);
    let verdicts: Vec<DriftKind> =
        differences.iter().map(|difference| compared.verdict(difference, view.production)).collect();
    let mut evidence = view.evidence();
    let fact = |name, value: String| Fact { name, value };
    evidence.facts.push(fact(FactName::Compared, compared.made.objects.len().to_string()));
    let of = |wanted: DriftKind| {
        let pairs = differences.iter().zip(&verdicts);
        pairs
            .filter(move |(_, verdict)| **verdict == wanted)
            .map(|(difference, _)| *difference)
            .collect::<Vec<_>>()
    };
    for (wanted, name) in
        [(DriftKind::Ignored, FactName::IgnoredDrift), (DriftKind::Left, FactName::LeftBehind)]
    {
        let told = of(wanted);
        evidence.facts.extend(roots(&told).iter().map(|difference| fact(name, difference.name.to_string())));
    }
    let found = of(DriftKind::Drift);
    evidence.commands.extend(command(view, &found));
    let items: Vec<ObjectRow> = found.iter().map(|difference| item(difference)).collect();
    evidence.tables = tables(&items, Heads { change: "difference", other: "production" });
    if let Some(missing) = compared.lacks(&found) {
        let detail = format!("production has {missing}; {} has no such extension", view.about);
        return Finding::errored(Cause::new(CauseCode::ScratchExtension, detail), evidence);
    }
    evidence.judged.push(Comparison {
        subject: Subject::Schema(SchemaSubject::Drift),
        expected: Expected::Equals("0".to_owned()),
        actual: found.len().to_string(),
        ok: found.is_empty(),
    });
    evidence.judged.extend(roots(&found).into_iter().take(MAX_DIFFERENCES).map(judged));
    Finding::judged(evidence)
}

impl DriftInput<'_> {
    fn verdict(&self, difference: &Difference, production: &Catalogue) -> DriftKind {
        let name = difference.name;
        let ignored =
            |pattern: &SchemaPattern| pattern.matches(name.kind.word(), &name.path(), difference.of());
        if self.ignore.iter().any(ignored) {
            return DriftKind::Ignored;
        }
        match self.left {
            Some(left) if left.get(name) == production.get(name) => DriftKind::Left,
            _ => DriftKind::Drift,
        }
    }

    /// An extension of production's that the replay could not have made: what it made proves nothing.
    fn lacks(&self, found: &[Difference]) -> Option<String> {
        let lacking = found.iter().find(|difference| {
            difference.name.kind == ObjectKind::Extension
                && matches!(difference.change, ObjectChange::Added(_))
                && !self.extensions.contains(&difference.name.name)
        });
        lacking.map(|difference| difference.name.to_string())
    }
}

/// What shows the differences; without any, what shows all tables and columns.
fn command(view: &JudgeInput, found: &[Difference]) -> Option<Command> {
    if found.is_empty() {
        return sql::all(view.database, &[ObjectKind::Table, ObjectKind::Column]);
    }
    let names: Vec<_> = found.iter().map(|difference| difference.name).collect();
    sql::command(view.database, &names)
}

fn item<'c>(difference: &Difference<'c>) -> ObjectRow<'c> {
    let (change, object, other) = match difference.change {
        ObjectChange::Added(object) => ("extra", object, None),
        ObjectChange::Removed(object) => ("missing", object, None),
        ObjectChange::Changed { before, after } => ("different", before, Some(after)),
    };
    ObjectRow { change, name: difference.name, object, other, state: None }
}

fn judged(difference: &Difference) -> Comparison {
    let of = |object| line(difference.name.kind, object);
    let (expected, actual) = match difference.change {
        ObjectChange::Added(object) => (Expected::Absent, of(object)),
        ObjectChange::Removed(object) => (Expected::Equals(of(object)), String::new()),
        ObjectChange::Changed { before, after } => (Expected::Equals(of(before)), of(after)),
    };
    Comparison {
        subject: Subject::Schema(SchemaSubject::SchemaObject(difference.name.to_string())),
        expected,
        actual,
        ok: false,
    }
}
