//! What a release adds, changes and removes, each proved in production; what a rollback takes back, told.

use std::collections::HashSet;

use super::describe::{Heads, ObjectRow, line, tables};
use super::diff::{Difference, ObjectChange, diff, is_whole};
use super::input::JudgeInput;
use super::sql;
use crate::model::{Comparison, Expected, Finding, SchemaSubject, Subject};
use crate::probe::catalogue::{Catalogue, Definition, ObjectKind};

/// Failures that are told one by one; the tables have all of them.
const MAX_FAILURES: usize = 100;

/// What became of an object, and whether production has it so.
struct ReleaseProof<'c> {
    item: ObjectRow<'c>,
    judged: Option<Comparison>,
}

/// Prove what lies between two releases in production: everything that a release brings; after a rollback what
/// this release needs and the one before had removed.
pub(super) fn judge(view: &JudgeInput, before: &Catalogue, after: &Catalogue, rollback: bool) -> Finding {
    let differences = diff(before, after);
    let prove = if rollback { taken_back } else { brought };
    let proofs: Vec<ReleaseProof> =
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
    let items: Vec<ObjectRow> = proofs.into_iter().map(|proof| proof.item).collect();
    evidence.tables = tables(&items, Heads { change: "change", other: "was" });
    Finding::judged(evidence)
}

/// The failures, without those that follow from another: a table that is missing has no columns.
fn failures(differences: &[Difference], proofs: &[ReleaseProof]) -> Vec<Comparison> {
    let failed = |proof: &ReleaseProof| proof.judged.as_ref().is_some_and(|judged| !judged.ok);
    let wholes: HashSet<&str> = proofs
        .iter()
        .filter(|proof| is_whole(proof.item.name) && failed(proof) && proof.item.state != Some("different"))
        .map(|proof| proof.item.name.name.as_str())
        .collect();
    let told = differences
        .iter()
        .zip(proofs)
        .filter(|(difference, proof)| failed(proof) && difference.of().is_none_or(|of| !wholes.contains(of)));
    told.filter_map(|(_, proof)| proof.judged.clone()).take(MAX_FAILURES).collect()
}

/// What a release brings: production must have it so.
fn brought<'c>(difference: &Difference<'c>, production: &Catalogue) -> ReleaseProof<'c> {
    let found = production.get(difference.name);
    let (change, other, state) = match difference.change {
        ObjectChange::Added(after) => ("added", None, state(difference.name.kind, after, found)),
        ObjectChange::Changed { before, after } => ("changed", Some(before), exact(after, found)),
        ObjectChange::Removed(_) => ("removed", None, if found.is_none() { "proven" } else { "still_there" }),
    };
    let item = item(difference, change, other, state);
    let judged = Some(judged(difference, found, state == "proven"));
    ReleaseProof { item, judged }
}

/// What a rollback takes back: a database does not go back by itself, so that it is still there is no failure. What
/// the release before had removed and this one needs must be there.
fn taken_back<'c>(difference: &Difference<'c>, production: &Catalogue) -> ReleaseProof<'c> {
    let found = production.get(difference.name);
    match difference.change {
        ObjectChange::Added(after) => {
            let state = state(difference.name.kind, after, found);
            let judged = judged(difference, found, state == "proven");
            ReleaseProof { item: item(difference, "needed", None, state), judged: Some(judged) }
        }
        ObjectChange::Changed { before, after } => {
            let state = match found {
                Some(found) if found == before => "still_there",
                found => exact(after, found),
            };
            ReleaseProof { item: item(difference, "taken_back", Some(before), state), judged: None }
        }
        ObjectChange::Removed(_) => {
            let state = if found.is_some() { "still_there" } else { "gone" };
            ReleaseProof { item: item(difference, "taken_back", None, state), judged: None }
        }
    }
}

fn item<'c>(
    difference: &Difference<'c>,
    change: &'static str,
    other: Option<&'c Definition>,
    state: &'static str,
) -> ObjectRow<'c> {
    ObjectRow { change, name: difference.name, object: difference.object(), other, state: Some(state) }
}

fn judged(difference: &Difference, found: Option<&Definition>, ok: bool) -> Comparison {
    let kind = difference.name.kind;
    let expected = match difference.change {
        ObjectChange::Removed(_) => Expected::Absent,
        ObjectChange::Added(_) | ObjectChange::Changed { .. } => {
            Expected::Equals(line(kind, difference.object()))
        }
    };
    Comparison {
        subject: Subject::Schema(SchemaSubject::SchemaObject(difference.name.to_string())),
        expected,
        actual: found.map(|object| line(kind, object)).unwrap_or_default(),
        ok,
    }
}

/// An extension is there in the version that its server has.
fn state(kind: ObjectKind, wanted: &Definition, found: Option<&Definition>) -> &'static str {
    if kind == ObjectKind::Extension && found.is_some() { "proven" } else { exact(wanted, found) }
}

fn exact(wanted: &Definition, found: Option<&Definition>) -> &'static str {
    match found {
        None => "missing",
        Some(found) if found == wanted => "proven",
        Some(_) => "different",
    }
}
