//! The two workflows as a runner runs them: by act, on this machine, against the fake GitHub. A tag ends in a record
//! and a pull request, the lead's review in a validation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fake_github::world::NewRun;
use fake_github::{GitHub, Level, PAGES, Verdict, missing};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::repo::Repo;
use crate::support::sample::{Config, Fault, Running};
use crate::support::sample_with;
use crate::support::skip::skip;

const REPO: &str = "nexus/site";
const TAG: &str = "v1.1.0";
const BRANCH: &str = "prod-gate/v1.1.0";
/// The actions that the workflows use, and what stands in for them without a network.
const STAND_INS: [(&str, &str); 2] = [
    ("actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "checkout"),
    ("actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02", "upload-artifact"),
];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// act, as script/bootstrap installs it.
fn act() -> Option<PathBuf> {
    let act = project().join(".cache/venv/bin/act");
    act.exists().then_some(act)
}

/// A repository with the action and its workflows, on disk and on GitHub, and the service that it deploys.
struct Site {
    act: PathBuf,
    github: GitHub,
    repo: Repo,
    service: Running,
    token: String,
    /// The folder for act's own files, artifacts and stand-ins.
    folder: TempDir,
    run: u64,
}

/// How a workflow ended.
struct Ran {
    ok: bool,
    log: String,
}

impl Site {
    fn new(test: &str) -> Option<Self> {
        if let Some(why) = missing() {
            skip(test, &why);
            return None;
        }
        let Some(program) = act() else {
            skip(test, "act is missing; run script/bootstrap");
            return None;
        };
        let repo = Repo::new();
        let copy = |name: &str| {
            let content = fs::read_to_string(project().join(name)).unwrap();
            repo.commit(name, &content, &format!("ci: {name}"));
        };
        for name in ["action.yml", ".github/workflows/gate.yml", ".github/workflows/validation.yml"] {
            copy(name);
        }
        repo.annotated_tag("v1.0.0", "Premi\u{e8}re version");
        repo.commit("app.txt", "1", "feat: bilan gratuit");
        let service = sample_with(Config::default());
        let config = format!(
            "version: 1\nlead: {{ reviewers: [lead], separation: recorded }}\nsmoke:\n  base_url: {}\n  pages: [/, /bilan-gratuit]\n",
            service.url
        );
        let commit = repo.commit(".github/prod-gate.yml", &config, "ci: la porte");
        repo.annotated_tag(TAG, "Bilan gratuit en ligne");
        let github = GitHub::start();
        github.empty_repository(REPO, "main");
        github.import(REPO, repo.path());
        for login in ["lead", "deployer"] {
            github.collaborator(REPO, login, Level::Write);
        }
        let run = NewRun { head_sha: &commit, head_branch: TAG, actor: "deployer", conclusion: None };
        let run = github.run(REPO, &run);
        github.change_run(REPO, run, |run| ".github/workflows/gate.yml".clone_into(&mut run.path));
        // What the workflow's `permissions` allow; act itself does not hold anybody to them.
        let token = github.actions_token(REPO, "contents: write, pull-requests: write, statuses: write");
        let site = Self { act: program, github, repo, service, token, folder: TempDir::new().unwrap(), run };
        site.stand_ins();
        Some(site)
    }

    /// act takes local actions from git repositories only.
    fn stand_ins(&self) {
        for (_, name) in STAND_INS {
            let folder = self.folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::copy(project().join("tests/act").join(name).join("action.yml"), folder.join("action.yml"))
                .unwrap();
            for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "stand-in"]] {
                let git = Command::new("git")
                    .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
                    .args(arguments)
                    .current_dir(&folder)
                    .status();
                assert!(git.unwrap().success(), "git {arguments:?}");
            }
        }
    }

    /// Run a workflow on this event.
    fn run(&self, event: &str, workflow: &str, payload: &Value, token: &str, actor: &str) -> Ran {
        let file = self.folder.path().join("event.json");
        fs::write(&file, payload.to_string()).unwrap();
        let binary = assert_cmd::cargo::cargo_bin!("prod-gate");
        let folder = self.folder.path().display();
        let mut act = Command::new(&self.act);
        act.args([event, "-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--action-offline-mode"])
            .args(["-W", workflow, "--actor", actor])
            .arg("-e")
            .arg(&file)
            .args(["--var", "PROD_GATE=on", "--var", &format!("PROD_GATE_BINARY={}", binary.display())])
            .args(["-s", &format!("GITHUB_TOKEN={token}")]);
        for (name, value) in [
            ("GITHUB_API_URL", self.github.url.clone()),
            ("GITHUB_GRAPHQL_URL", self.github.graphql_url()),
            ("GITHUB_SERVER_URL", PAGES.to_owned()),
            ("GITHUB_REPOSITORY", REPO.to_owned()),
            ("GITHUB_RUN_ID", self.run.to_string()),
            ("GITHUB_TRIGGERING_ACTOR", actor.to_owned()),
            ("ACT_ORIGIN", self.repo.path().display().to_string()),
            ("ACT_ARTIFACTS", format!("{folder}/artifacts")),
        ] {
            act.args(["--env", &format!("{name}={value}")]);
        }
        for (action, name) in STAND_INS {
            act.args(["--local-repository", &format!("{action}={folder}/{name}")]);
        }
        let output = act
            .current_dir(self.repo.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stdout).into_owned();
        Ran { ok: output.status.success(), log: log + &String::from_utf8_lossy(&output.stderr) }
    }

    fn tag(&self) -> Ran {
        let payload = self.github.push_event(REPO, &format!("refs/tags/{TAG}"), "deployer");
        let ran = self.run("push", ".github/workflows/gate.yml", &payload, &self.token, "deployer");
        let conclusion = if ran.ok { "success" } else { "failure" };
        // The binary goes by the real clock.
        let now = jiff::Timestamp::now().as_second();
        self.github.change_run(REPO, self.run, |run| {
            run.conclusion = Some(conclusion.to_owned());
            run.created_at = now;
        });
        ran
    }

    /// The names of the files that were kept.
    fn artifacts(&self) -> Vec<String> {
        let folder = self.folder.path().join("artifacts/prod-gate");
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The record on its branch.
    fn record(&self) -> String {
        let name = self.artifacts().into_iter().find(|name| name.starts_with("PROD_DEPLOY_")).unwrap();
        self.github.file(REPO, BRANCH, &format!("ops/{name}")).expect("a record on the branch")
    }
}

#[test]
fn a_tag_ends_in_a_pull_request_and_a_review_in_a_validation() {
    let Some(site) = Site::new("act::a_tag_ends_in_a_pull_request") else { return };
    let ran = site.tag();
    assert!(ran.ok, "{}", ran.log);
    let names = site.artifacts();
    assert_eq!(names.len(), 5, "{names:?}");
    for name in ["junit.xml", "report.json", "summary.md"] {
        assert!(names.iter().any(|have| have == name), "{names:?}");
    }
    for output in ["verdict=PASSED", "pr-number=1"] {
        let line = format!("::set-output:: {output}\n");
        assert!(ran.log.contains(&line), "no {line} in\n{}", ran.log);
    }
    let (title, requested) = site.github.look(REPO, |repo, _| {
        let pull = repo.pull(1).unwrap();
        (pull.title.clone(), pull.requested.clone())
    });
    assert!(title.contains(TAG), "{title}");
    assert_eq!(requested, ["lead"]);
    assert!(site.record().contains("- [ ] Valid\u{e9} par Lead"));

    // The other workflow has a token of its own, with its own permissions.
    let allowed = "contents: write, pull-requests: write, statuses: write, actions: read";
    let token = site.github.actions_token(REPO, allowed);
    let review = site.github.person("lead").review(REPO, 1, Verdict::Approved, "");
    let payload = site.github.review_event(REPO, 1, review, "submitted");
    let ran = site.run("pull_request_review", ".github/workflows/validation.yml", &payload, &token, "lead");
    assert!(ran.ok, "{}", ran.log);
    assert!(site.record().contains("- [x] Valid\u{e9} par Lead"), "{}\n{}", ran.log, site.record());
    let head = site.github.head(REPO, BRANCH).unwrap();
    let status = site.github.status(REPO, &head, "prod-gate/validation");
    assert_eq!(status.map(|(state, _)| state).as_deref(), Some("success"), "{}", ran.log);
}

#[test]
fn a_failing_run_keeps_its_results_and_asks_all_the_same() {
    let Some(site) = Site::new("act::a_failing_run_keeps_its_results") else { return };
    site.service.faults.at("/bilan-gratuit", Fault::Status(500));
    let ran = site.tag();
    assert!(!ran.ok, "{}", ran.log);
    assert_eq!(site.artifacts().len(), 5, "{:?}\n{}", site.artifacts(), ran.log);
    let title = site.github.look(REPO, |repo, _| repo.pull(1).unwrap().title.clone());
    assert!(title.contains(TAG), "{title}");
    assert!(ran.log.contains("::set-output:: verdict=FAILED"), "{}", ran.log);
}
