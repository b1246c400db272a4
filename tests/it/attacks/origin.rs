//! Where it comes from.

use fake_github::Verdict;
use fake_github::state::Verified;
use prod_gate::model::Reason;

use super::{Attack, approve, own, published, rewritten, same};
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
        |reason| matches!(reason, Reason::Fork),
    ),
    own(
        "a copy of the record on another branch",
        |world| {
            let pull = world.publish("records", &world.deployed.path(), &world.deployed.text());
            world.person("lead").review(REPO, pull, Verdict::Approved, "");
            (pull, "records")
        },
        |reason| matches!(reason, Reason::OtherBranch { branch } if branch == "records"),
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
        |reason| matches!(reason, Reason::ForeignCommit { author: Some(who), .. } if who == "mallory"),
    ),
    own(
        "a commit under the gate's name, without a signature",
        |world| under_the_gates_name(world, None),
        |reason| matches!(reason, Reason::Unverified { .. }),
    ),
    own(
        "a commit under the gate's name, signed with a key of one's own",
        |world| under_the_gates_name(world, Some(Verified { by_github: false })),
        |reason| matches!(reason, Reason::Unverified { .. }),
    ),
    own(
        "the record in a folder below the records",
        |world| {
            let path = world.deployed.path().replace("ops/", "ops/2026/");
            published(world, "prod-gate/v1.1.0_2", &path, &world.deployed.text())
        },
        |reason| matches!(reason, Reason::NotARecord { .. }),
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
        |reason| matches!(reason, Reason::NotAdded { .. }),
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
        |reason| matches!(reason, Reason::OtherBase { base, expected } if base == "release" && expected == "main"),
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
        |reason| matches!(reason, Reason::OtherContent { who, .. } if who == "lead"),
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
        |reason| matches!(reason, Reason::NoReview),
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
