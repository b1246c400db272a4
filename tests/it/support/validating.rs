//! A GitHub with a record that waits for its lead, and everything around it as it should be.

use std::time::Duration;

use fake_github::world::NewRun;
use fake_github::{GitHub, Level, Person, missing};
use prod_gate::forge::github::{ClientSettings, GitHub as Client};
use prod_gate::forge::types::{
    BranchName, CommitSha, NewCommit, NewFile, NewPull, PullNumber, PullText, RepoName, RepoPath,
};
use prod_gate::forge::{Forge as _, ForgeError};
use prod_gate::redact::{Redactor, Secret};
use prod_gate::validate::{Settled, ValidateError, ValidationJob, settle};
use url::Url;

use super::record::Deployed;
use super::runtime;
use super::skip::skip;

/// The repository.
pub(crate) const REPO: &str = "nexus/site";
/// The tag that is deployed.
pub(crate) const TAG: &str = "v1.1.0";
/// Its branch.
pub(crate) const BRANCH: &str = "prod-gate/v1.1.0";
/// The gate's workflow.
pub(crate) const WORKFLOW: &str = ".github/workflows/prod-gate.yml";
/// Where the configuration is.
pub(crate) const CONFIG: &str = ".github/prod-gate.yml";
/// What the gate's token may.
pub(crate) const PERMISSIONS: &str =
    "contents: write, pull-requests: write, issues: write, statuses: write, actions: read";

/// Long enough for a machine that does much else.
pub(crate) const LONG: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(60));
/// For where something goes wrong on purpose.
pub(crate) const SHORT: (Duration, Duration) = (Duration::from_millis(1500), Duration::from_secs(4));

/// The world in which a lead validates.
pub(crate) struct World {
    /// GitHub.
    pub(crate) github: GitHub,
    /// The gate's token.
    pub(crate) token: String,
    /// The commit of the tag.
    pub(crate) tagged: String,
    /// What the record is about.
    pub(crate) deployed: Deployed,
    /// The pull request.
    pub(crate) pull: u64,
    /// How long a client waits for an answer, and for a busy GitHub in all.
    pub(crate) patience: (Duration, Duration),
}

impl AsRef<GitHub> for World {
    fn as_ref(&self) -> &GitHub {
        &self.github
    }
}

impl World {
    /// A record that passed, and a lead who may be the one who deployed it if `rules` say so. None, told as
    /// skipped, where the fake cannot run.
    pub(crate) fn new(test: &str, rules: &str) -> Option<Self> {
        Self::with(test, rules, |_| {})
    }

    /// The same with the deployment changed before its record is published.
    pub(crate) fn with(test: &str, rules: &str, change: impl FnOnce(&mut Deployed)) -> Option<Self> {
        if let Some(why) = missing() {
            skip(test, &why);
            return None;
        }
        let github = GitHub::start();
        let config = format!("version: 1\nlead: {{ reviewers: [lead, second-lead]{rules} }}\n");
        let files = [(CONFIG, config.as_str()), (WORKFLOW, "uses: nexus/prod-gate\n"), ("README.md", "a\n")];
        let tagged = github.repository(REPO, &files);
        for login in ["lead", "second-lead", "deployer", "colleague", "mallory"] {
            github.collaborator(REPO, login, Level::Write);
        }
        github.person("deployer").tag(REPO, TAG, &tagged);
        let token = github.actions_token(REPO, PERMISSIONS);
        let mut world =
            Self { deployed: Deployed::well(TAG, &tagged), github, token, tagged, pull: 0, patience: LONG };
        world.deploy(TAG, "deployer");
        let run = world.run();
        change(&mut world.deployed);
        let conclusion = if world.deployed.status == 200 { "success" } else { "failure" };
        world.github.change_run(REPO, run, |run| run.conclusion = Some(conclusion.to_owned()));
        world.pull = world.publish(BRANCH, &world.deployed.path(), &world.deployed.text());
        world.github.clear_log();
        Some(world)
    }

    /// A run of the gate's for this tag, and a deployment that names it.
    pub(crate) fn deploy(&mut self, tag: &str, actor: &str) {
        let commit = self.github.look(REPO, |repo, state| state.commit_at(repo, tag).unwrap());
        let new = NewRun { head_sha: &commit, head_branch: tag, actor, conclusion: Some("success") };
        let run = self.github.run(REPO, &new);
        let at = self.github.look(REPO, |repo, _| repo.runs.last().unwrap().created_at);
        self.deployed = Deployed {
            run_url: Some(format!("https://github.test/{REPO}/actions/runs/{run}")),
            operator: actor.to_owned(),
            at: jiff::Timestamp::from_second(at).unwrap().to_string(),
            ..Deployed::well(tag, &commit)
        };
    }

    /// The run that the deployment names.
    pub(crate) fn run(&self) -> u64 {
        let url = self.deployed.run_url.as_deref().unwrap();
        url.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Somebody.
    pub(crate) fn person(&self, login: &str) -> Person<'_> {
        self.github.person(login)
    }

    /// GitHub as this token sees it.
    pub(crate) fn client(&self, repository: &str, token: &str) -> Client {
        let settings = ClientSettings {
            api: Url::parse(&self.github.url).unwrap(),
            graphql: Url::parse(&self.github.graphql_url()).unwrap(),
            token: Secret::new(token),
            request: self.patience.0,
            patience: self.patience.1,
        };
        let server = Some(Url::parse("https://github.test").unwrap());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let _inside = runtime().enter();
        Client::new(&settings, RepoName::new(repository), server, &Redactor::new()).unwrap()
    }

    /// Commit a file with this token, as the gate commits: to a branch that is made where it is missing.
    pub(crate) fn commit(&self, token: &str, branch: &str, path: &str, text: &str) -> String {
        self.commit_in(REPO, token, branch, path, text)
    }

    /// The same in another repository.
    pub(crate) fn commit_in(&self, repo: &str, token: &str, branch: &str, path: &str, text: &str) -> String {
        let client = self.client(repo, token);
        let name = BranchName::new(branch);
        let main = CommitSha::parse(&self.github.head(repo, "main").unwrap()).unwrap();
        runtime().block_on(async {
            if self.github.head(repo, branch).is_none() {
                client.ensure_branch(&name, &main).await.unwrap();
            }
            let commit = NewCommit {
                branch: name,
                expected_head: CommitSha::parse(&self.github.head(repo, branch).unwrap()).unwrap(),
                headline: "record".into(),
                body: String::new(),
                files: vec![NewFile { path: RepoPath::new(path), text: text.into() }],
            };
            client.commit(&commit).await.unwrap().sha.to_string()
        })
    }

    /// Publish a record as the gate does; returns the pull request.
    pub(crate) fn publish(&self, branch: &str, path: &str, text: &str) -> u64 {
        self.commit(&self.token, branch, path, text);
        let text = PullText { title: branch.into(), body: String::new() };
        let pull = NewPull { head: BranchName::new(branch), base: BranchName::new("main"), text };
        let client = self.client(REPO, &self.token);
        runtime().block_on(async { client.open_pull(&pull).await.unwrap().number.0 })
    }

    /// Bring the pull request to what its reviews say.
    pub(crate) fn try_validate(&self, pull: u64) -> Result<Settled, ValidateError> {
        self.try_validate_with(&self.token, pull)
    }

    /// The same with another token.
    pub(crate) fn try_validate_with(&self, token: &str, pull: u64) -> Result<Settled, ValidateError> {
        self.try_validate_in(REPO, token, pull)
    }

    /// The same in another repository.
    pub(crate) fn try_validate_in(
        &self,
        repo: &str,
        token: &str,
        pull: u64,
    ) -> Result<Settled, ValidateError> {
        let open = |name: &RepoName| -> Result<Client, ForgeError> { Ok(self.client(name.as_str(), token)) };
        let site = ValidationJob {
            records: self.client(repo, token),
            open: &open,
            config: RepoPath::new(CONFIG),
            redactor: Redactor::new(),
            pause: Duration::ZERO,
        };
        runtime().block_on(settle(&site, PullNumber(pull)))
    }

    /// Bring the world's pull request to what its reviews say.
    #[track_caller]
    pub(crate) fn validate(&self) -> Settled {
        self.try_validate(self.pull).unwrap_or_else(|failure| panic!("{}", failure.error))
    }

    /// Where the branch is.
    #[track_caller]
    pub(crate) fn head(&self) -> String {
        self.github.head(REPO, BRANCH).unwrap()
    }

    /// The record at the branch.
    #[track_caller]
    pub(crate) fn record(&self) -> String {
        self.github.file(REPO, BRANCH, &self.deployed.path()).unwrap()
    }

    /// The status of a commit.
    pub(crate) fn status(&self, sha: &str) -> Option<(String, String)> {
        self.github.status(REPO, sha, "prod-gate/validation")
    }

    /// What the head and the tag's commit say, which must be the same.
    #[track_caller]
    pub(crate) fn said(&self) -> (String, String) {
        let head = self.status(&self.head()).unwrap_or_else(|| panic!("no status on the head"));
        assert_eq!(self.status(&self.tagged).as_ref(), Some(&head), "the tag's commit says something else");
        head
    }

    /// The comments on the pull request.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.github.look(REPO, |repo, _| {
            let pull = repo.pull(self.pull).unwrap();
            pull.comments.iter().map(|comment| comment.body.clone()).collect()
        })
    }
}
