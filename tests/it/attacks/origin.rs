//! Where it comes from.

use super::{Attack, approve, own, published, rewritten, same};
use crate::support::github::Verdict;
use crate::support::github::state::Verified;
use crate::support::validating::{BRANCH, REPO, World};

/// The cases.
pub(super) const ORIGIN: &[Attack] = &[
    own(
        "a pull request from a fork",
        |world| {
            let fork = world.person("stranger").fork(REPO);
            let (path, text) = (world.deployed.path(), world.deployed.text());
            world.person("stranger").push(&fork, "prod-gate/fork", &path, &text);
            let pull = world.person("stranger").open_pull(REPO, "stranger:prod-gate/fork", "main", "");
            world.person("lead").review(REPO, pull, Verdict::Approved, "");
            (pull, "fork")
        },
        "la PR vient d'un autre dépôt",
    ),
    own(
        "a copy of the record on another branch",
        |world| {
            let pull = world.publish("records", &world.deployed.path(), &world.deployed.text());
            world.person("lead").review(REPO, pull, Verdict::Approved, "");
            (pull, "records")
        },
        "la branche records n'est pas une branche de prod-gate",
    ),
    own(
        "a record made by hand on a branch of the right name",
        |world| {
            world.github.person("deployer").tag(REPO, "v1.2.0", &world.tagged);
            world.deploy("v1.2.0", "deployer");
            let person = world.person("mallory");
            person.push(REPO, "prod-gate/v1.2.0", &world.deployed.path(), &world.deployed.text());
            let pull = person.open_pull(REPO, "prod-gate/v1.2.0", "main", "");
            world.person("lead").review(REPO, pull, Verdict::Approved, "");
            (pull, "prod-gate/v1.2.0")
        },
        "vient de mallory, pas de prod-gate",
    ),
    own(
        "a commit under the gate's name, without a signature",
        |world| under_the_gates_name(world, None),
        "n'est pas vérifiée par GitHub",
    ),
    own(
        "a commit under the gate's name, signed with a key of one's own",
        |world| under_the_gates_name(world, Some(Verified { by_github: false })),
        "n'est pas vérifiée par GitHub",
    ),
    own(
        "the record in a folder below the records",
        |world| {
            let path = world.deployed.path().replace("ops/", "ops/2026/");
            published(world, "prod-gate/v1.1.0_2", &path, &world.deployed.text())
        },
        "n'est pas un procès-verbal du dossier prévu",
    ),
    own(
        "a pull request that changes a record which is there",
        |world| {
            let merged = world.person("deployer");
            merged.merge(REPO, world.pull);
            let mut other = world.deployed.clone();
            other.operator = "nobody".into();
            published(world, "prod-gate/v1.1.0_2", &world.deployed.path(), &other.text())
        },
        "au lieu de l'ajouter",
    ),
    own(
        "the pull request goes elsewhere",
        |world| {
            world.person("mallory").push(REPO, "release", "a", "a");
            world.commit(&world.token, "prod-gate/v1.1.0_2", &world.deployed.path(), &world.deployed.text());
            let pull = world.person("mallory").open_pull(REPO, "prod-gate/v1.1.0_2", "release", "");
            world.person("lead").review(REPO, pull, Verdict::Approved, "");
            (pull, "prod-gate/v1.1.0_2")
        },
        "la PR vise release, et non main",
    ),
    own(
        "the branch is made anew from another commit",
        |world| {
            approve(world, "lead");
            let main = world.github.head(REPO, "main").unwrap();
            world.person("mallory").force(REPO, &format!("refs/heads/{BRANCH}"), &main);
            world.commit(&world.token, BRANCH, &world.deployed.path(), &rewritten(world));
            same(world)
        },
        "lead a approuvé un autre contenu",
    ),
    own(
        "the branch is deleted and made again under another record",
        |world| {
            approve(world, "lead");
            world.person("mallory").delete_branch(REPO, BRANCH);
            let pull = world.publish(BRANCH, &world.deployed.path(), &rewritten(world));
            assert_ne!(pull, world.pull);
            (pull, BRANCH)
        },
        "en attente de l'approbation d'un lead",
    ),
];

/// A record of another deployment, committed under the gate's name.
fn under_the_gates_name(world: &mut World, verified: Option<Verified>) -> (u64, &'static str) {
    world.github.person("deployer").tag(REPO, "v1.2.0", &world.tagged);
    world.deploy("v1.2.0", "deployer");
    let (path, text) = (world.deployed.path(), world.deployed.text());
    let person = world.person("mallory");
    let files = [(path.as_str(), Some(text.as_str()))];
    person.push_files(REPO, "prod-gate/v1.2.0", &files, "github-actions[bot]", verified);
    let pull = person.open_pull(REPO, "prod-gate/v1.2.0", "main", "");
    world.person("lead").review(REPO, pull, Verdict::Approved, "");
    (pull, "prod-gate/v1.2.0")
}
