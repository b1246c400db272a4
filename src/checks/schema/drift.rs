//! Production against what all migrations of this release make: every difference is told.

use super::describe::{Heads, Item, line, tables};
use super::diff::{Change, Difference, drift, roots};
use super::{View, sql};
use crate::config::SchemaPattern;
use crate::model::{
    Cause, CauseCode, Command, Comparison, Expected, Fact, FactName, Finding, SchemaSubject, Subject,
};
use crate::probe::catalogue::{Catalogue, Kind};

/// Differences that are told one by one; the tables have all of them.
const MOST_TOLD: usize = 100;

/// What production is compared with, and what is known of the difference.
pub(super) struct Compared<'a> {
    /// What this release's migrations make.
    pub(super) made: &'a Catalogue,
    /// After a rollback, what the release before had made: a database does not go back by itself.
    pub(super) left: Option<&'a Catalogue>,
    /// The extensions that the server of the replay could make.
    pub(super) extensions: &'a [String],
    /// What is known.
    pub(super) ignore: &'a [SchemaPattern],
}

/// What is thought of a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is one.
    Drift,
    /// It is known.
    Ignored,
    /// It is as the release before had made it.
    Left,
}

/// Compare.
pub(super) fn judge(view: &View, compared: &Compared) -> Finding {
    let differences = drift(compared.made, view.production);
    let verdicts: Vec<Verdict> =
        differences.iter().map(|difference| compared.verdict(difference, view.production)).collect();
    let mut evidence = view.evidence();
    let fact = |name, value: String| Fact { name, value };
    evidence.facts.push(fact(FactName::Compared, compared.made.objects.len().to_string()));
    let of = |wanted: Verdict| {
        let pairs = differences.iter().zip(&verdicts);
        pairs
            .filter(move |(_, verdict)| **verdict == wanted)
            .map(|(difference, _)| *difference)
            .collect::<Vec<_>>()
    };
    for (wanted, name) in [(Verdict::Ignored, FactName::IgnoredDrift), (Verdict::Left, FactName::LeftBehind)]
    {
        let told = of(wanted);
        evidence.facts.extend(roots(&told).iter().map(|difference| fact(name, difference.name.to_string())));
    }
    let found = of(Verdict::Drift);
    evidence.commands.extend(command(view, &found));
    let items: Vec<Item> = found.iter().map(|difference| item(difference)).collect();
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
    evidence.judged.extend(roots(&found).into_iter().take(MOST_TOLD).map(judged));
    Finding::judged(evidence)
}

impl Compared<'_> {
    fn verdict(&self, difference: &Difference, production: &Catalogue) -> Verdict {
        let name = difference.name;
        let ignored =
            |pattern: &SchemaPattern| pattern.matches(name.kind.word(), &name.path(), difference.of());
        if self.ignore.iter().any(ignored) {
            return Verdict::Ignored;
        }
        match self.left {
            Some(left) if left.get(name) == production.get(name) => Verdict::Left,
            _ => Verdict::Drift,
        }
    }

    /// An extension of production's that the replay could not have made: what it made proves nothing.
    fn lacks(&self, found: &[Difference]) -> Option<String> {
        let lacking = found.iter().find(|difference| {
            difference.name.kind == Kind::Extension
                && matches!(difference.change, Change::Added(_))
                && !self.extensions.contains(&difference.name.name)
        });
        lacking.map(|difference| difference.name.to_string())
    }
}

/// What shows the differences; without any, what shows all tables and columns.
fn command(view: &View, found: &[Difference]) -> Option<Command> {
    if found.is_empty() {
        return sql::all(view.database, &[Kind::Table, Kind::Column]);
    }
    let names: Vec<_> = found.iter().map(|difference| difference.name).collect();
    sql::command(view.database, &names)
}

fn item<'c>(difference: &Difference<'c>) -> Item<'c> {
    let (change, object, other) = match difference.change {
        Change::Added(object) => ("extra", object, None),
        Change::Removed(object) => ("missing", object, None),
        Change::Changed { before, after } => ("different", before, Some(after)),
    };
    Item { change, name: difference.name, object, other, state: None }
}

fn judged(difference: &Difference) -> Comparison {
    let of = |object| line(difference.name.kind, object);
    let (expected, actual) = match difference.change {
        Change::Added(object) => (Expected::Absent, of(object)),
        Change::Removed(object) => (Expected::Equals(of(object)), String::new()),
        Change::Changed { before, after } => (Expected::Equals(of(before)), of(after)),
    };
    Comparison {
        subject: Subject::Schema(SchemaSubject::SchemaObject(difference.name.to_string())),
        expected,
        actual,
        ok: false,
    }
}
