//! Everything that must not become a validation: each is tried on a GitHub, refused, and told why.
//!
//! A case changes the world as its attacker would. Afterwards the record has no validation that its reviews do
//! not give; the reason is the one that is expected, and the status of the head says it in its words.

mod content;
mod origin;
mod reviews;
mod run;

use std::time::Duration;

use fake_github::Verdict;
use fake_github::faults::Fault;
use prod_gate::model::validation::VALIDATION_VERSION;
use prod_gate::model::{Reason, Separation, Validation};
use prod_gate::render::record::with_validation;
use prod_gate::render::validation::status;

use crate::support::record::Deployed;
use crate::support::validating::{BRANCH, REPO, World};

/// A case: what it is called, rules beside the leads, the deployment, what the attacker does, why it is refused.
struct Attack {
    name: &'static str,
    rules: &'static str,
    deployed: fn(&mut Deployed),
    /// Returns the pull request, and the branch whose head has the status.
    acts: fn(&mut World) -> (u64, &'static str),
    refused: fn(&Reason) -> bool,
}

/// A case on the world's own pull request, with the usual rules.
const fn own(
    name: &'static str,
    acts: fn(&mut World) -> (u64, &'static str),
    refused: fn(&Reason) -> bool,
) -> Attack {
    Attack { name, rules: "", deployed: |_| {}, acts, refused }
}

fn approve(world: &World, who: &str) {
    world.person(who).review(REPO, world.pull, Verdict::Approved, "");
}

/// The world's own pull request.
fn same(world: &World) -> (u64, &'static str) {
    (world.pull, BRANCH)
}

/// The record with other words above the seal, and the digest that belongs to them.
fn rewritten(world: &World) -> String {
    let mut other = world.deployed.clone();
    other.operator = "nobody".into();
    other.text()
}

/// The record with a validation as the gate would have written it into `of`.
fn sealed(text: &str, of: &str) -> String {
    let validation = Validation {
        version: VALIDATION_VERSION,
        lead: "lead".into(),
        review: 1,
        review_url: format!("https://github.test/{REPO}/pull/1#pullrequestreview-1"),
        at: "2026-02-14T08:00:09Z".into(),
        commit: "0".repeat(40),
        digest: prod_gate::render::seal::digest(of).unwrap(),
        run_url: String::new(),
        separation: Separation::Separate,
        reason: None,
        vouched: true,
    };
    with_validation(text, Some(&validation)).unwrap()
}

/// A pull request for the record at `path`, approved by the lead.
fn published(world: &World, branch: &'static str, path: &str, text: &str) -> (u64, &'static str) {
    let pull = world.publish(branch, path, text);
    world.person("lead").review(REPO, pull, Verdict::Approved, "");
    (pull, branch)
}

/// Try all of them; every one that is not refused is told at the end.
fn try_all(attacks: &[Attack]) {
    let mut broken = Vec::new();
    for attack in attacks {
        let test = format!("attacks::{}", attack.name);
        let Some(mut world) = World::with(&test, attack.rules, attack.deployed) else { return };
        let (pull, branch) = (attack.acts)(&mut world);
        let settled = world.try_validate(pull).unwrap_or_else(|failure| panic!("{test}: {}", failure.error));
        let head = world.github.look(REPO, |repo, _| repo.pull(pull).unwrap().head_sha.clone());
        let (state, words) = world.status(&head).unwrap_or_else(|| panic!("{test}: no status"));
        if state == "success" || words.chars().count() > 140 {
            broken.push(format!("{}: {state}: {words}", attack.name));
        }
        match settled.reason {
            Some(reason) if (attack.refused)(&reason) => {
                let sentence = status("fr", &Err(reason));
                if sentence != words {
                    broken
                        .push(format!("{}: the reason is {sentence}, the status says {words}", attack.name));
                }
            }
            other => broken.push(format!("{}: {other:?}", attack.name)),
        }
        let files = world.github.look(REPO, |repo, state| {
            let base = state.pull_base(REPO, repo.pull(pull).unwrap());
            state
                .diff(&base, &head)
                .into_iter()
                .filter_map(|(path, _, _)| world_file(state, &head, &path))
                .collect::<Vec<_>>()
        });
        for text in files.iter().filter(|text| text.contains("prod-gate:seal")) {
            if text.contains("- [x] Validé par Lead") || text.contains("prod-gate:validation ") {
                broken.push(format!("{} ({branch}): a validation was written", attack.name));
            }
        }
        // What was told once is not told again, and changes nothing.
        let (comments, again) = (world.comments().len(), world.try_validate(pull).unwrap());
        if again.written > 0 || world.comments().len() != comments {
            broken.push(format!("{}: it does not come to rest", attack.name));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn world_file(state: &fake_github::state::State, head: &str, path: &str) -> Option<String> {
    let entry = state.objects.entry(&state.objects.commit(head)?.tree, path)?;
    Some(String::from_utf8(state.objects.blob(&entry.oid)?.to_vec()).unwrap())
}

/// Validate, and do this while the commit is held back: after everything was read, before it is written.
fn meanwhile(world: &World, act: impl Fn()) {
    world.github.break_those(0, 1, Fault::HoldBefore, |asked| asked.document().contains("mutation Commit"));
    std::thread::scope(|scope| {
        let validating = scope.spawn(|| world.validate());
        while world.github.held() == 0 && !validating.is_finished() {
            std::thread::sleep(Duration::from_millis(5));
        }
        act();
        world.github.release();
        validating.join().unwrap();
    });
    assert!(world.github.broke_all());
}

#[test]
fn a_review_dismissed_between_reading_and_writing_does_not_stand() {
    let Some(world) = World::new("attacks::a_review_dismissed_in_between", "") else { return };
    let lead = world.person("lead");
    let review = lead.review(REPO, world.pull, Verdict::Approved, "");
    meanwhile(&world, || lead.dismiss(REPO, world.pull, review));
    assert_eq!(world.said(), ("pending".into(), "l'approbation de lead a été retirée".into()));
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn a_record_edited_between_reading_and_writing_is_not_written_over() {
    let Some(world) = World::new("attacks::a_record_edited_in_between", "") else { return };
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    let (path, edited) = (world.deployed.path(), world.record().replace("`200`", "`201`"));
    meanwhile(&world, || drop(world.person("mallory").push(REPO, BRANCH, &path, &edited)));
    let (state, words) = world.said();
    assert!(state == "failure" && words.contains("vient de mallory"), "{words}");
    assert_eq!(world.record(), edited);
}

#[test]
fn nobody_but_a_lead_validates() {
    try_all(reviews::REVIEWS);
}

#[test]
fn nothing_is_validated_but_what_was_approved() {
    try_all(content::CONTENT);
}

#[test]
fn nothing_is_validated_that_the_gate_did_not_publish() {
    try_all(origin::ORIGIN);
}

#[test]
fn nothing_is_validated_that_the_named_run_did_not_do() {
    try_all(run::RUN);
}
