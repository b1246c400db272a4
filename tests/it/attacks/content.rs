//! What was approved.

use super::{Attack, approve, own, rewritten, same, sealed};
use crate::support::github::Verdict;
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
        "lead a approuvé un autre contenu",
    ),
    own(
        "the record is edited by hand after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.person("mallory").push(REPO, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        "vient de mallory, pas de prod-gate",
    ),
    own(
        "the record is edited on the web after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.person("lead").edit_on_the_web(REPO, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        "vient de lead, pas de prod-gate",
    ),
    own(
        "a workflow edits the record after the approval",
        |world| {
            approve(world, "lead");
            let text = world.record().replace("`200`", "`201`");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        "l'empreinte ne correspond plus",
    ),
    own(
        "a workflow writes a record of its own after the approval",
        |world| {
            approve(world, "lead");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &rewritten(world));
            same(world)
        },
        "lead a approuvé un autre contenu",
    ),
    own(
        "words below the seal that are not the gate's",
        |world| {
            let text = world.record() + "\nValidé par le lead, voir courriel.\n";
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            same(world)
        },
        "en attente de l'approbation d'un lead",
    ),
    own(
        "a validation that nobody gave",
        |world| {
            let sealed = sealed(&world.record(), &world.record());
            world.commit(&world.token, BRANCH, &world.deployed.path(), &sealed);
            same(world)
        },
        "en attente de l'approbation d'un lead",
    ),
    own(
        "the validation of another record",
        |world| {
            let sealed = sealed(&world.record(), &rewritten(world));
            world.commit(&world.token, BRANCH, &world.deployed.path(), &sealed);
            approve(world, "colleague");
            same(world)
        },
        "approuvé par colleague, qui n'est pas un lead",
    ),
    own(
        "another operator in the footer",
        |world| {
            let text = world.record().replace("*Opérateur : deployer*", "*Opérateur : somebody*");
            world.commit(&world.token, BRANCH, &world.deployed.path(), &text);
            approve(world, "lead");
            same(world)
        },
        "la date ou l'opérateur du pied de page diffère",
    ),
    own(
        "a second file in the difference",
        |world| {
            world.commit(&world.token, BRANCH, "src/backdoor.ts", "x\n");
            approve(world, "lead");
            same(world)
        },
        "un seul procès-verbal et rien d'autre (2 fichiers)",
    ),
    own(
        "the configuration names another lead in the pull request itself",
        |world| {
            let config = "version: 1\nlead: { reviewers: [mallory] }\n";
            world.person("mallory").push(REPO, BRANCH, CONFIG, config);
            approve(world, "mallory");
            same(world)
        },
        "vient de mallory, pas de prod-gate",
    ),
    own(
        "a workflow changes the configuration in the pull request",
        |world| {
            world.commit(&world.token, BRANCH, CONFIG, "version: 1\nlead: { reviewers: [mallory] }\n");
            approve(world, "mallory");
            same(world)
        },
        "un seul procès-verbal et rien d'autre (2 fichiers)",
    ),
    own(
        "the default branch's configuration is broken",
        |world| {
            world.person("mallory").push(REPO, "main", CONFIG, "version: 1\nlead: { reviewers: mallory }\n");
            approve(world, "mallory");
            same(world)
        },
        "la configuration de la branche par défaut est illisible",
    ),
];
