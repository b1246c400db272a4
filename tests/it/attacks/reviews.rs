//! Who approves.

use super::{Attack, approve, own, same};
use crate::support::github::state::Kind;
use crate::support::github::{Level, Verdict};
use crate::support::validating::{REPO, TAG};

/// The cases.
pub(super) const REVIEWS: &[Attack] = &[
    own(
        "somebody who is no lead approves",
        |world| {
            approve(world, "colleague");
            same(world)
        },
        "approuvé par colleague, qui n'est pas un lead",
    ),
    own(
        "a program approves",
        |world| {
            world.github.account("lead-bot[bot]", Kind::Bot);
            world.github.collaborator(REPO, "lead-bot[bot]", Level::Write);
            approve(world, "lead-bot[bot]");
            same(world)
        },
        "approuvé par lead-bot[bot], qui n'est pas une personne",
    ),
    own(
        "a login that only looks like the lead's",
        |world| {
            for login in ["1ead", "lead-", "leаd"] {
                world.github.collaborator(REPO, login, Level::Write);
                approve(world, login);
            }
            same(world)
        },
        "approuvé par leаd, qui n'est pas un lead",
    ),
    own(
        "the lead only comments",
        |world| {
            world.person("lead").review(REPO, world.pull, Verdict::Commented, "approved");
            same(world)
        },
        "en attente de l'approbation d'un lead",
    ),
    own(
        "the lead approved and then asked for changes",
        |world| {
            approve(world, "lead");
            world.person("lead").review(REPO, world.pull, Verdict::ChangesRequested, "no");
            same(world)
        },
        "lead demande des changements",
    ),
    own(
        "one lead approves while the other asks for changes",
        |world| {
            world.person("lead").review(REPO, world.pull, Verdict::ChangesRequested, "no");
            approve(world, "second-lead");
            same(world)
        },
        "lead demande des changements",
    ),
    own(
        "the approval was dismissed",
        |world| {
            let id = world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
            world.person("mallory").dismiss(REPO, world.pull, id);
            same(world)
        },
        "l'approbation de lead a été retirée",
    ),
    own(
        "the lead's account is gone",
        |world| {
            approve(world, "lead");
            world.github.delete_account("lead");
            same(world)
        },
        "en attente de l'approbation d'un lead",
    ),
    own(
        "the lead approves what they deployed",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.actor = "lead".into());
            approve(world, "lead");
            same(world)
        },
        "lead, à l'origine de l'exécution, ne peut pas valider",
    ),
    own(
        "the lead approves what they ran again",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.triggering_actor = "lead".into());
            approve(world, "lead");
            same(world)
        },
        "lead, qui a lancé l'exécution, ne peut pas valider",
    ),
    own(
        "the lead approves what they tagged",
        |world| {
            let commit = world.tagged.clone();
            world.github.state().delete_ref(REPO, &format!("refs/tags/{TAG}")).unwrap();
            world.person("lead").tag(REPO, TAG, &commit);
            approve(world, "lead");
            same(world)
        },
        "lead, qui a posé le tag, ne peut pas valider",
    ),
    Attack {
        name: "the lead approves a record that failed",
        rules: "",
        deployed: |it| it.status = 500,
        acts: |world| {
            world.person("lead").review(REPO, world.pull, Verdict::Approved, "anyway");
            same(world)
        },
        says: "le verdict est FAILED, et accept_failed n'est pas configuré",
    },
    Attack {
        name: "the lead approves a record that failed without saying why",
        rules: ", accept_failed: true",
        deployed: |it| it.status = 500,
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "la revue de lead doit dire pourquoi",
    },
];
