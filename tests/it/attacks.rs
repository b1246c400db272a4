//! Everything that must not become a validation: each is tried on a GitHub, refused, and told why.
//!
//! A case changes the world as its attacker would. Afterwards the record has no validation that its reviews do
//! not give, and the status of the head says why, in words that are found here.

use std::time::Duration;

use prod_gate::model::validation::VALIDATION_VERSION;
use prod_gate::model::{Separation, Validation};
use prod_gate::render::record::with_validation;

use crate::support::github::faults::Fault;
use crate::support::github::state::{Kind, Verified};
use crate::support::github::{Level, Verdict};
use crate::support::record::Deployed;
use crate::support::validating::{BRANCH, CONFIG, REPO, TAG, WORKFLOW, World};

/// A case: what it is called, rules beside the leads, the deployment, what the attacker does, what the status says.
struct Attack {
    name: &'static str,
    rules: &'static str,
    deployed: fn(&mut Deployed),
    /// Returns the pull request, and the branch whose head has the status.
    attack: fn(&mut World) -> (u64, &'static str),
    says: &'static str,
}

/// A case on the world's own pull request, with the usual rules.
const fn own(
    name: &'static str,
    attack: fn(&mut World) -> (u64, &'static str),
    says: &'static str,
) -> Attack {
    Attack { name, rules: "", deployed: |_| {}, attack, says }
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

/// Who approves.
const REVIEWS: &[Attack] = &[
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
        attack: |world| {
            world.person("lead").review(REPO, world.pull, Verdict::Approved, "anyway");
            same(world)
        },
        says: "le verdict est FAILED, et accept_failed n'est pas configuré",
    },
    Attack {
        name: "the lead approves a record that failed without saying why",
        rules: ", accept_failed: true",
        deployed: |it| it.status = 500,
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "la revue de lead doit dire pourquoi",
    },
];

/// What was approved.
const CONTENT: &[Attack] = &[
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

/// Where it comes from.
const ORIGIN: &[Attack] = &[
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

/// Which deployment it is of.
const RUN: &[Attack] = &[
    own(
        "the run of another tag",
        |world| {
            world.person("deployer").push(REPO, "main", "README.md", "b\n");
            let head = world.github.head(REPO, "main").unwrap();
            world.person("deployer").tag(REPO, "v1.2.0", &head);
            let other = world.run();
            world.deploy("v1.2.0", "deployer");
            let url = format!("https://github.test/{REPO}/actions/runs/{other}");
            world.deployed.run_url = Some(url);
            published(world, "prod-gate/v1.2.0", &world.deployed.path(), &world.deployed.text())
        },
        "est celle de v1.1.0, pas de ce tag",
    ),
    own(
        "a record of an older tag, replayed",
        |world| {
            world.person("deployer").push(REPO, "main", "README.md", "b\n");
            let head = world.github.head(REPO, "main").unwrap();
            world.person("deployer").tag(REPO, "v1.2.0", &head);
            published(world, "prod-gate/v1.2.0", &world.deployed.path(), &world.deployed.text())
        },
        "le procès-verbal est du tag v1.1.0, la branche de v1.2.0",
    ),
    own(
        "a record that is there already, under another number",
        |world| {
            world.person("deployer").merge(REPO, world.pull);
            let path = world.deployed.path().replace(".md", "_2.md");
            published(world, "prod-gate/v1.1.0_2", &path, &world.deployed.text())
        },
        "ce procès-verbal est déjà enregistré",
    ),
    own(
        "the tag was moved after the deployment",
        |world| {
            world.person("mallory").push(REPO, "main", "README.md", "b\n");
            let head = world.github.head(REPO, "main").unwrap();
            world.person("mallory").force(REPO, &format!("refs/tags/{TAG}"), &head);
            world.tagged = head;
            approve(world, "lead");
            same(world)
        },
        "pas le commit vérifié",
    ),
    own(
        "the tag does not exist",
        |world| {
            world.github.state().delete_ref(REPO, &format!("refs/tags/{TAG}")).unwrap();
            approve(world, "lead");
            same(world)
        },
        "le tag v1.1.0 n'existe pas",
    ),
    own(
        "the run failed and the record says that it passed",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.conclusion = Some("failure".into()));
            approve(world, "lead");
            same(world)
        },
        "a fini en failure, le procès-verbal dit PASSED",
    ),
    own(
        "the run goes on",
        |world| {
            world.github.change_run(REPO, world.run(), |run| {
                (run.status, run.conclusion) = ("in_progress".into(), None);
            });
            approve(world, "lead");
            same(world)
        },
        "n'est pas terminée",
    ),
    own(
        "the run of a workflow that does not verify anything",
        |world| {
            let path = ".github/workflows/lint.yml";
            world.person("deployer").push(REPO, "main", path, "run: lint\n");
            world.github.change_run(REPO, world.run(), |run| run.path = path.into());
            approve(world, "lead");
            same(world)
        },
        "est d'un autre workflow (.github/workflows/lint.yml)",
    ),
    own(
        "the run of a workflow that only the tag has",
        |world| {
            let path = ".github/workflows/prod-gate-2.yml";
            world.github.change_run(REPO, world.run(), |run| run.path = path.into());
            approve(world, "lead");
            same(world)
        },
        "est d'un autre workflow",
    ),
    Attack {
        name: "the run of a workflow that the leads did not name",
        rules: ", workflows: [.github/workflows/deploy.yml]",
        deployed: |_| {},
        attack: |world| {
            assert!(world.github.file(REPO, "main", WORKFLOW).is_some());
            approve(world, "lead");
            same(world)
        },
        says: "est d'un autre workflow",
    },
    own(
        "a run of a branch, started by a push",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.head_branch = Some("feature".into()));
            approve(world, "lead");
            same(world)
        },
        "est celle de feature, pas de ce tag",
    ),
    own(
        "a run of a pull request",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.event = "pull_request".into());
            approve(world, "lead");
            same(world)
        },
        "vient de pull_request",
    ),
    own(
        "a run by hand from a tag that is called like the default branch",
        |world| {
            let evil = world.person("mallory").push(REPO, "evil", WORKFLOW, "run: forge prod-gate\n");
            world.github.change_run(REPO, world.run(), |run| {
                (run.event, run.head_branch) = ("workflow_dispatch".into(), Some("main".into()));
                run.head_sha = evil;
            });
            approve(world, "lead");
            same(world)
        },
        "ne vient pas d'un commit de la branche par défaut",
    ),
    own(
        "the run of another commit",
        |world| {
            let head = world.head();
            world.github.change_run(REPO, world.run(), |run| run.head_sha = head);
            approve(world, "lead");
            same(world)
        },
        "porte sur le commit",
    ),
    Attack {
        name: "a run of another repository",
        rules: "",
        deployed: |it| it.run_url = it.run_url.as_ref().map(|url| url.replace("nexus/site", "nexus/sandbox")),
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "l'exécution nommée n'est pas de ce dépôt",
    },
    Attack {
        name: "a run of another server",
        rules: "",
        deployed: |it| it.run_url = it.run_url.as_ref().map(|url| url.replace("github.test", "evil.test")),
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "l'exécution nommée n'est pas de ce dépôt",
    },
    Attack {
        name: "a run that never was",
        rules: "",
        deployed: |it| it.run_url = Some(format!("https://github.test/{REPO}/actions/runs/99999999")),
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "l'exécution 99999999 n'existe pas dans ce dépôt",
    },
    Attack {
        name: "no run at all",
        rules: "",
        deployed: |it| it.run_url = None,
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "ne nomme pas d'exécution",
    },
    Attack {
        name: "a record from before its run",
        rules: "",
        deployed: |it| it.at = it.at.replace("T08", "T04"),
        attack: |world| {
            approve(world, "lead");
            same(world)
        },
        says: "l'heure du procès-verbal n'est pas celle de l'exécution",
    },
];

/// A pull request for the record at `path`, approved by the lead.
fn published(world: &World, branch: &'static str, path: &str, text: &str) -> (u64, &'static str) {
    let pull = world.publish(branch, path, text);
    world.person("lead").review(REPO, pull, Verdict::Approved, "");
    (pull, branch)
}

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

/// Try all of them; every one that is not refused is told at the end.
fn try_all(attacks: &[Attack]) {
    let mut broken = Vec::new();
    for attack in attacks {
        let test = format!("attacks::{}", attack.name);
        let Some(mut world) = World::with(&test, attack.rules, attack.deployed) else { return };
        let (pull, branch) = (attack.attack)(&mut world);
        let told = world.try_validate(pull).unwrap_or_else(|failure| panic!("{test}: {}", failure.error));
        let head = world.github.look(REPO, |repo, _| repo.pull(pull).unwrap().head_sha.clone());
        let (state, words) = world.status(&head).unwrap_or_else(|| panic!("{test}: no status"));
        if state == "success" || !words.contains(attack.says) || words.chars().count() > 140 {
            broken.push(format!("{}: {state}: {words}", attack.name));
        }
        if told.description != words {
            broken.push(format!("{}: told {}, said {words}", attack.name, told.description));
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

fn world_file(state: &crate::support::github::state::State, head: &str, path: &str) -> Option<String> {
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
    try_all(REVIEWS);
}

#[test]
fn nothing_is_validated_but_what_was_approved() {
    try_all(CONTENT);
}

#[test]
fn nothing_is_validated_that_the_gate_did_not_publish() {
    try_all(ORIGIN);
}

#[test]
fn nothing_is_validated_that_the_named_run_did_not_do() {
    try_all(RUN);
}
