//! Who approves.

use fake_github::state::Kind;
use fake_github::{Level, Verdict};
use prod_gate::model::{self, Reason, Role};

use super::{Attack, approve, own, same};
use crate::support::validating::{REPO, TAG};

/// The cases.
pub(super) const REVIEWS: &[Attack] = &[
    own(
        "somebody who is no lead approves",
        |world| {
            approve(world, "colleague");
            same(world)
        },
        |reason| matches!(reason, Reason::NotALead { who } if who == "colleague"),
    ),
    own(
        "a program approves",
        |world| {
            world.github.account("lead-bot[bot]", Kind::Bot);
            world.github.collaborator(REPO, "lead-bot[bot]", Level::Write);
            approve(world, "lead-bot[bot]");
            same(world)
        },
        |reason| matches!(reason, Reason::Bot { who } if who == "lead-bot[bot]"),
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
        |reason| matches!(reason, Reason::NotALead { who } if who == "leаd"),
    ),
    own(
        "the lead only comments",
        |world| {
            world.person("lead").review(REPO, world.pull, Verdict::Commented, "approved");
            same(world)
        },
        |reason| matches!(reason, Reason::NoReview),
    ),
    own(
        "the lead approved and then asked for changes",
        |world| {
            approve(world, "lead");
            world.person("lead").review(REPO, world.pull, Verdict::ChangesRequested, "no");
            same(world)
        },
        |reason| matches!(reason, Reason::ChangesRequested { who } if who == "lead"),
    ),
    own(
        "one lead approves while the other asks for changes",
        |world| {
            world.person("lead").review(REPO, world.pull, Verdict::ChangesRequested, "no");
            approve(world, "second-lead");
            same(world)
        },
        |reason| matches!(reason, Reason::ChangesRequested { who } if who == "lead"),
    ),
    own(
        "the approval was dismissed",
        |world| {
            let id = world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
            world.person("mallory").dismiss(REPO, world.pull, id);
            same(world)
        },
        |reason| matches!(reason, Reason::Dismissed { who } if who == "lead"),
    ),
    own(
        "the lead's account is gone",
        |world| {
            approve(world, "lead");
            world.github.delete_account("lead");
            same(world)
        },
        |reason| matches!(reason, Reason::NoReview),
    ),
    own(
        "the lead approves what they deployed",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.actor = "lead".into());
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::OwnDeployment { who, role: Role::Actor } if who == "lead"),
    ),
    own(
        "the lead approves what they ran again",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.triggering_actor = "lead".into());
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::OwnDeployment { who, role: Role::TriggeringActor } if who == "lead"),
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
        |reason| matches!(reason, Reason::OwnDeployment { who, role: Role::Tagger } if who == "lead"),
    ),
    Attack {
        name: "the lead approves a record that failed",
        rules: "",
        deployed: |it| it.status = 500,
        acts: |world| {
            world.person("lead").review(REPO, world.pull, Verdict::Approved, "anyway");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::NotAccepted { verdict: model::Verdict::Failed }),
    },
    Attack {
        name: "the lead approves a record that failed without saying why",
        rules: ", accept_failed: true",
        deployed: |it| it.status = 500,
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::NoReasonGiven { who, .. } if who == "lead"),
    },
];
