//! What a release adds, changes and removes, each proved in production; what a rollback takes back, told.

use std::collections::HashSet;

use super::describe::{Heads, Item, line, tables};
use super::diff::{Change, Difference, diff, is_whole};
use super::{View, sql};
use crate::model::{Comparison, Expected, Finding, SchemaSubject, Subject};
use crate::probe::catalogue::{Catalogue, Kind, Object};

/// Failures that are told one by one; the tables have all of them.
const MOST_TOLD: usize = 100;

/// What became of an object, and whether production has it so.
struct Proof<'c> {
    item: Item<'c>,
    /// The comparison, where one is made.
    judged: Option<Comparison>,
}

/// Prove what lies between two releases in production: everything that a release brings; after a rollback what
/// this release needs and the one before had removed.
pub(super) fn judge(view: &View, before: &Catalogue, after: &Catalogue, rollback: bool) -> Finding {
    let differences = diff(before, after);
    let prove = if rollback { taken_back } else { brought };
    let proofs: Vec<Proof> =
        differences.iter().map(|difference| prove(difference, view.production)).collect();
    let mut evidence = view.evidence();
    let names: Vec<_> = differences.iter().map(|difference| difference.name).collect();
    evidence.commands.extend(sql::command(view.database, &names));
    let judged = proofs.iter().filter_map(|proof| proof.judged.as_ref());
    let (all, proven) = (judged.clone().count(), judged.filter(|judged| judged.ok).count());
    evidence.judged.push(Comparison {
        subject: Subject::Schema(SchemaSubject::ReleaseObjects),
        expected: Expected::Equals(all.to_string()),
        actual: proven.to_string(),
        ok: proven == all,
    });
    evidence.judged.extend(failures(&differences, &proofs));
    let items: Vec<Item> = proofs.into_iter().map(|proof| proof.item).collect();
    evidence.tables = tables(&items, Heads { change: "change", other: "was" });
    Finding::judged(evidence)
}

/// The failures, without those that follow from another: a table that is missing has no columns.
fn failures(differences: &[Difference], proofs: &[Proof]) -> Vec<Comparison> {
    let failed = |proof: &Proof| proof.judged.as_ref().is_some_and(|judged| !judged.ok);
    let wholes: HashSet<&str> = proofs
        .iter()
        .filter(|proof| is_whole(proof.item.name) && failed(proof) && proof.item.state != Some("different"))
        .map(|proof| proof.item.name.name.as_str())
        .collect();
    let told = differences
        .iter()
        .zip(proofs)
        .filter(|(difference, proof)| failed(proof) && difference.of().is_none_or(|of| !wholes.contains(of)));
    told.filter_map(|(_, proof)| proof.judged.clone()).take(MOST_TOLD).collect()
}

/// What a release brings: production must have it so.
fn brought<'c>(difference: &Difference<'c>, production: &Catalogue) -> Proof<'c> {
    let found = production.get(difference.name);
    let (change, other, state) = match difference.change {
        Change::Added(after) => ("added", None, state(difference.name.kind, after, found)),
        Change::Changed { before, after } => ("changed", Some(before), exact(after, found)),
        Change::Removed(_) => ("removed", None, if found.is_none() { "proven" } else { "still_there" }),
    };
    let item = item(difference, change, other, state);
    let judged = Some(judged(difference, found, state == "proven"));
    Proof { item, judged }
}

/// What a rollback takes back: a database does not go back by itself, so that it is still there is no failure. What
/// the release before had removed and this one needs must be there.
fn taken_back<'c>(difference: &Difference<'c>, production: &Catalogue) -> Proof<'c> {
    let found = production.get(difference.name);
    match difference.change {
        Change::Added(after) => {
            let state = state(difference.name.kind, after, found);
            let judged = judged(difference, found, state == "proven");
            Proof { item: item(difference, "needed", None, state), judged: Some(judged) }
        }
        Change::Changed { before, after } => {
            let state = match found {
                Some(found) if found == before => "still_there",
                found => exact(after, found),
            };
            Proof { item: item(difference, "taken_back", Some(before), state), judged: None }
        }
        Change::Removed(_) => {
            let state = if found.is_some() { "still_there" } else { "gone" };
            Proof { item: item(difference, "taken_back", None, state), judged: None }
        }
    }
}

fn item<'c>(
    difference: &Difference<'c>,
    change: &'static str,
    other: Option<&'c Object>,
    state: &'static str,
) -> Item<'c> {
    Item { change, name: difference.name, object: difference.object(), other, state: Some(state) }
}

fn judged(difference: &Difference, found: Option<&Object>, ok: bool) -> Comparison {
    let kind = difference.name.kind;
    let expected = match difference.change {
        Change::Removed(_) => Expected::Absent,
        Change::Added(_) | Change::Changed { .. } => Expected::Equals(line(kind, difference.object())),
    };
    Comparison {
        subject: Subject::Schema(SchemaSubject::SchemaObject(difference.name.to_string())),
        expected,
        actual: found.map(|object| line(kind, object)).unwrap_or_default(),
        ok,
    }
}

/// An extension is there in the version that its server has.
fn state(kind: Kind, wanted: &Object, found: Option<&Object>) -> &'static str {
    if kind == Kind::Extension && found.is_some() { "proven" } else { exact(wanted, found) }
}

fn exact(wanted: &Object, found: Option<&Object>) -> &'static str {
    match found {
        None => "missing",
        Some(found) if found == wanted => "proven",
        Some(_) => "different",
    }
}
