//! Which deployment it is of.

use prod_gate::model::{Reason, Verdict};

use super::{Attack, approve, own, published, same};
use crate::support::validating::{REPO, TAG, WORKFLOW};

/// The cases.
pub(super) const RUN: &[Attack] = &[
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
        |reason| matches!(reason, Reason::RunRef { found: Some(found), .. } if found == "v1.1.0"),
    ),
    own(
        "a record of an older tag, replayed",
        |world| {
            world.person("deployer").push(REPO, "main", "README.md", "b\n");
            let head = world.github.head(REPO, "main").unwrap();
            world.person("deployer").tag(REPO, "v1.2.0", &head);
            published(world, "prod-gate/v1.2.0", &world.deployed.path(), &world.deployed.text())
        },
        |reason| matches!(reason, Reason::OtherTag { record: Some(record), branch } if record == "v1.1.0" && branch == "v1.2.0"),
    ),
    own(
        "a record that is there already, under another number",
        |world| {
            world.person("deployer").merge(REPO, world.pull);
            let path = world.deployed.path().replace(".md", "_2.md");
            published(world, "prod-gate/v1.1.0_2", &path, &world.deployed.text())
        },
        |reason| matches!(reason, Reason::Replayed { .. }),
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
        |reason| matches!(reason, Reason::TagMoved { tag, .. } if tag == TAG),
    ),
    own(
        "the tag does not exist",
        |world| {
            world.github.state().delete_ref(REPO, &format!("refs/tags/{TAG}")).unwrap();
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::NoTag { tag } if tag == TAG),
    ),
    own(
        "the run failed and the record says that it passed",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.conclusion = Some("failure".into()));
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::RunConclusion { conclusion, verdict: Verdict::Passed, .. } if conclusion == "failure"),
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
        |reason| matches!(reason, Reason::RunUnfinished { .. }),
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
        |reason| matches!(reason, Reason::RunWorkflow { path, .. } if path == ".github/workflows/lint.yml"),
    ),
    own(
        "the run of a workflow that only the tag has",
        |world| {
            let path = ".github/workflows/prod-gate-2.yml";
            world.github.change_run(REPO, world.run(), |run| run.path = path.into());
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::RunWorkflow { .. }),
    ),
    Attack {
        name: "the run of a workflow that the leads did not name",
        rules: ", workflows: [.github/workflows/deploy.yml]",
        deployed: |_| {},
        acts: |world| {
            assert!(world.github.file(REPO, "main", WORKFLOW).is_some());
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::RunWorkflow { .. }),
    },
    own(
        "a run of a branch, started by a push",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.head_branch = Some("feature".into()));
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::RunRef { found: Some(found), .. } if found == "feature"),
    ),
    own(
        "a run of a pull request",
        |world| {
            world.github.change_run(REPO, world.run(), |run| run.event = "pull_request".into());
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::RunEvent { event, .. } if event == "pull_request"),
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
        |reason| matches!(reason, Reason::RunBranch { .. }),
    ),
    own(
        "the run of another commit",
        |world| {
            let head = world.head();
            world.github.change_run(REPO, world.run(), |run| run.head_sha = head);
            approve(world, "lead");
            same(world)
        },
        |reason| matches!(reason, Reason::RunCommit { .. }),
    ),
    Attack {
        name: "a run of another repository",
        rules: "",
        deployed: |it| it.run_url = it.run_url.as_ref().map(|url| url.replace("nexus/site", "nexus/sandbox")),
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::RunElsewhere),
    },
    Attack {
        name: "a run of another server",
        rules: "",
        deployed: |it| it.run_url = it.run_url.as_ref().map(|url| url.replace("github.test", "evil.test")),
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::RunElsewhere),
    },
    Attack {
        name: "a run that never was",
        rules: "",
        deployed: |it| it.run_url = Some(format!("https://github.test/{REPO}/actions/runs/99999999")),
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::RunUnknown { run: 99_999_999 }),
    },
    Attack {
        name: "no run at all",
        rules: "",
        deployed: |it| it.run_url = None,
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::NoRun),
    },
    Attack {
        name: "a record from before its run",
        rules: "",
        deployed: |it| it.at = it.at.replace("T08", "T04"),
        acts: |world| {
            approve(world, "lead");
            same(world)
        },
        refused: |reason| matches!(reason, Reason::RunTime { .. }),
    },
];
