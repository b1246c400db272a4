//! What was approved.

use fake_github::Verdict;
use prod_gate::model::Reason;

use super::{Attack, approve, own, rewritten, same, sealed};
use crate::support::validating::{BRANCH, CONFIG, REPO};

/// The cases.
pub(super) const CONTENT: &[Attack] = &[
    own(
        "the lead approved an older commit",
        |world| {
            let old = world.head();
            world.commit(&world.token, BRANCH, &world.deployed.path(), &rewritten(world));
            world.deployed.operator = "nobody".into();
            world.person("lead").review_of(REPO, world.pull, Verdict::Approved, "", &old);
            same(world)
        },
        |reason| matches!(reason, Reason::OtherContent { who, .. } if who == "lead"),
    ),
    own(
        "the record is edited by hand after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.person("mallory").push(REPO, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        |reason| matches!(reason, Reason::ForeignCommit { author: Some(who), .. } if who == "mallory"),
    ),
    own(
        "the record is edited on the web after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.person("lead").edit_on_the_web(REPO, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        |reason| matches!(reason, Reason::ForeignCommit { author: Some(who), .. } if who == "lead"),
    ),
    own(
        "a workflow edits the record after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        |reason| matches!(reason, Reason::DigestDiffers),
    ),
    own(
        "a workflow writes a record of its own after the approval",
        |world| {
            approve(world, "lead");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &rewritten(world));
            same(world)
        },
        |reason| matches!(reason, Reason::OtherContent { who, .. } if who == "lead"),
    ),
    own(
        "words below the seal that are not the gate's",
        |world| {
            let text = world.record() + "\nValidé par le lead, voir courriel.\n";
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        |reason| matches!(reason, Reason::NoReview),
    ),
    own(
        "a validation that nobody gave",
        |world| {
            let sealed = sealed(&world.record(), &world.record());
            world.commit(&world.token, BRANCH, &world.deployed.path(), &sealed);
            same(world)
        },
        |reason| matches!(reason, Reason::NoReview),
    ),
    own(
        "the validation of another record",
        |world| {
            let sealed = sealed(&world.record(), &rewritten(world));
            world.commit(&world.token, BRANCH, &world.deployed.path(), &sealed);
            approve(world, "colleague");
            same(world)
        },
        |reason| matches!(reason, Reason::NotALead { who } if who == "colleague"),
    ),
    own(
        "another operator in the footer",
        |world| {
            let text = world.record().replace("*Opérateur : deployer*", "*Opérateur : somebody*");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::FooterDiffers),
    ),
    own(
        "a second file in the difference",
        |world| {
            world.commit(&world.token, BRANCH, "src/backdoor.ts", "x\n");
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::NotOneFile { files: 2 }),
    ),
    own(
        "the configuration names another lead in the pull request itself",
        |world| {
            let config = "version: 1\nlead: { reviewers: [mallory] }\n";
            world.person("mallory").push(REPO, BRANCH, CONFIG, config);
            approve(world, "mallory");
            same(world)
        },
        |reason| matches!(reason, Reason::ForeignCommit { author: Some(who), .. } if who == "mallory"),
    ),
    own(
        "a workflow changes the configuration in the pull request",
        |world| {
            world.commit(&world.token, BRANCH, CONFIG, "version: 1\nlead: { reviewers: [mallory] }\n");
            approve(world, "mallory");
            same(world)
        },
        |reason| matches!(reason, Reason::NotOneFile { files: 2 }),
    ),
    own(
        "the default branch's configuration is broken",
        |world| {
            world.person("mallory").push(REPO, "main", CONFIG, "version: 1\nlead: { reviewers: mallory }\n");
            approve(world, "mallory");
            same(world)
        },
        |reason| matches!(reason, Reason::Configuration),
    ),
];
