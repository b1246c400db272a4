//! Results on disk as a run leaves them, and a GitHub that takes them.

use std::fs;
use std::path::{Path, PathBuf};

use fake_github::{GitHub, Level, missing};
use prod_gate::model::Report;
use prod_gate::render;

use super::gate::{Ended, Gate};
use super::record::Deployed;
use super::skip::skip;

/// The repository.
pub(crate) const REPO: &str = "nexus/site";
/// The tag that is deployed.
pub(crate) const TAG: &str = "v1.1.0";
/// Its branch.
pub(crate) const BRANCH: &str = "prod-gate/v1.1.0";
/// What publishing needs, and no more.
pub(crate) const PERMISSIONS: &str = "contents: write, pull-requests: write, statuses: write";
/// A configuration with one lead.
pub(crate) const CONFIG: &str = "version: 1\nlead: { reviewers: [lead] }\n\
     limits: { forge: 2s, forge_wait: 6s }\n";

/// Write what a run leaves behind.
pub(crate) fn results(folder: &Path, report: &Report) {
    let rendered = render::all(report, &str::to_owned).unwrap();
    fs::create_dir_all(folder).unwrap();
    for (name, text) in [
        (report.record_name().as_str(), &rendered.record),
        ("junit.xml", &rendered.junit),
        ("summary.md", &rendered.summary),
        ("report.json", &rendered.json),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// A GitHub with a tag that was deployed.
pub(crate) struct World {
    /// GitHub.
    pub(crate) github: GitHub,
    /// The gate's token.
    pub(crate) token: String,
    /// The commit of the tag.
    pub(crate) tagged: String,
    /// The configuration.
    pub(crate) config: String,
}

impl World {
    /// One where everything is as it should be; none, told as skipped, where the fake cannot run.
    pub(crate) fn new(test: &str) -> Option<Self> {
        Self::on(test, GitHub::start)
    }

    /// The same on a server of that kind.
    pub(crate) fn on(test: &str, start: impl FnOnce() -> GitHub) -> Option<Self> {
        if let Some(why) = missing() {
            skip(test, &why);
            return None;
        }
        let github = start();
        let tagged = github.repository(REPO, &[("README.md", "a\n")]);
        for login in ["lead", "second-lead", "deployer", "colleague"] {
            github.collaborator(REPO, login, Level::Write);
        }
        github.person("deployer").tag(REPO, TAG, &tagged);
        let token = github.actions_token(REPO, PERMISSIONS);
        Some(Self { github, token, tagged, config: CONFIG.to_owned() })
    }

    /// A deployment of the tag that went well.
    pub(crate) fn deployed(&self) -> Deployed {
        Deployed::well(TAG, &self.tagged)
    }

    /// `publish` to be started, with these results; its folder `out` holds them.
    pub(crate) fn gate(&self, report: &Report) -> Gate {
        let gate = Gate::new(["publish", "--from", "out", "--config", "prod-gate.yml"]);
        results(&gate.folder().join("out"), report);
        fs::write(gate.folder().join("prod-gate.yml"), &self.config).unwrap();
        gate.env("GITHUB_API_URL", &self.github.url)
            .env("GITHUB_GRAPHQL_URL", self.github.graphql_url())
            .env("GITHUB_SERVER_URL", "https://github.test")
            .env("GITHUB_REPOSITORY", REPO)
            .env("GITHUB_TOKEN", &self.token)
    }

    /// Publish them.
    #[track_caller]
    pub(crate) fn publish(&self, deployed: &Deployed) -> Ended {
        self.gate(&deployed.report()).wait()
    }

    /// Publish them as a step of a workflow; what it gave to the runner.
    pub(crate) fn publish_as_step(&self, deployed: &Deployed) -> (Ended, String, String) {
        let gate = self.gate(&deployed.report());
        let files: Vec<PathBuf> = ["output", "summary"].map(|name| gate.folder().join(name)).into();
        let texts = files.clone();
        let ended = gate
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", &files[0])
            .env("GITHUB_STEP_SUMMARY", &files[1])
            .wait();
        let text = |file: &PathBuf| fs::read_to_string(file).unwrap_or_default();
        (ended, text(&texts[0]), text(&texts[1]))
    }

    /// The only pull request.
    #[track_caller]
    pub(crate) fn pull(&self) -> fake_github::state::Pull {
        self.github.look(REPO, |repo, _| {
            assert_eq!(repo.pulls.len(), 1, "{:?}", repo.pulls);
            repo.pulls[0].clone()
        })
    }

    /// The records on a branch: their names and texts.
    pub(crate) fn records(&self, branch: &str) -> Vec<(String, String)> {
        self.github.look(REPO, |repo, state| {
            let Some(head) = repo.branch(branch) else { return Vec::new() };
            let files = state.objects.files_of(head).into_iter();
            let records = files.filter(|(path, _)| path.starts_with("ops/"));
            let text = |oid: &str| String::from_utf8(state.objects.blob(oid).unwrap().to_vec()).unwrap();
            records.map(|(path, (_, oid))| (path, text(&oid))).collect()
        })
    }

    /// Every branch of the gate's.
    pub(crate) fn branches(&self) -> Vec<String> {
        self.github.look(REPO, |repo, _| {
            let names = repo.refs.keys().filter_map(|name| name.strip_prefix("refs/heads/"));
            names.filter(|name| name.starts_with("prod-gate/")).map(str::to_owned).collect()
        })
    }

    /// The lines of what was written since the log was cleared.
    pub(crate) fn writes(&self) -> Vec<String> {
        let log = self.github.log();
        log.iter().filter(|logged| logged.asked.writes).map(|logged| logged.asked.line()).collect()
    }

    /// The status that waits for the lead.
    pub(crate) fn status(&self) -> Option<(String, String)> {
        self.github.status(REPO, &self.tagged, "prod-gate/validation")
    }
}
