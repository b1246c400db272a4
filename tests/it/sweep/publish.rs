//! Publishing.

use std::time::Duration;

use fake_github::world::NewRun;
use fake_github::{GitHub, Level, missing};
use prod_gate::error::Error;
use prod_gate::forge::github::{ClientSettings, GitHub as Client};
use prod_gate::forge::types::RepoName;
use prod_gate::publish::{Did, Job, PublishRules, Published, publish};
use prod_gate::redact::{Redactor, Secret};
use url::Url;

use super::{LONG, SHORT, break_it, cases, each, lines, writes};
use crate::support::record::Deployed;
use crate::support::runtime;
use crate::support::skip::skip;

pub(super) const REPO: &str = "nexus/site";
pub(super) const TAG: &str = "v1.1.0";
pub(super) const BRANCH: &str = "prod-gate/v1.1.0";
const STATUS: &str = "prod-gate/validation";
const PERMISSIONS: &str =
    "contents: write, pull-requests: write, issues: write, statuses: write, actions: read";

/// A repository with a tag that was deployed and verified.
pub(super) struct World {
    pub(super) github: GitHub,
    token: String,
    tagged: String,
    pub(super) deployed: Deployed,
}

impl AsRef<GitHub> for World {
    fn as_ref(&self) -> &GitHub {
        &self.github
    }
}

impl World {
    pub(super) fn new() -> Self {
        let github = GitHub::start();
        let tagged =
            github.repository(REPO, &[("README.md", "a\n"), (".github/prod-gate.yml", "version: 1\n")]);
        github.collaborator(REPO, "lead", Level::Write);
        github.person("deployer").tag(REPO, TAG, &tagged);
        let token = github.actions_token(REPO, PERMISSIONS);
        let new = NewRun { head_sha: &tagged, head_branch: TAG, actor: "deployer", conclusion: None };
        let run = github.run(REPO, &new);
        let mut deployed = Deployed::well(TAG, &tagged);
        deployed.run_url = Some(format!("https://github.test/{REPO}/actions/runs/{run}"));
        Self { github, token, tagged, deployed }
    }

    fn client(&self, (request, patience): (Duration, Duration)) -> Client {
        let settings = ClientSettings {
            api: Url::parse(&self.github.url).unwrap(),
            graphql: Url::parse(&self.github.graphql_url()).unwrap(),
            token: Secret::new(&self.token),
            request,
            patience,
        };
        let server = Some(Url::parse("https://github.test").unwrap());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let _inside = runtime().enter();
        Client::new(&settings, RepoName::new(REPO), server, &Redactor::new()).unwrap()
    }

    fn publish_within(
        &self,
        deployed: &Deployed,
        patience: (Duration, Duration),
    ) -> Result<Published, Error> {
        let client = self.client(patience);
        let rules = PublishRules {
            labels: vec!["deployment".to_owned()],
            leads: vec!["lead".to_owned()],
            own: true,
            ..PublishRules::default()
        };
        let redactor = Redactor::new();
        let keep = |_: &_, _: &_, _: &str| {};
        let job = Job { records: &client, code: &client, rules: &rules, redactor: &redactor, keep: &keep };
        runtime().block_on(publish(&job, &deployed.report()))
    }

    /// Publish with a short patience.
    pub(super) fn publish_shortly(&self, deployed: &Deployed) -> Result<Published, Error> {
        self.publish_within(deployed, SHORT)
    }

    /// Publish where nothing goes wrong.
    pub(super) fn publish(&self, deployed: &Deployed) -> Published {
        self.publish_within(deployed, LONG).unwrap_or_else(|error| panic!("{error}\n{}", self.lines()))
    }

    pub(super) fn lines(&self) -> String {
        lines(&self.github.log())
    }

    /// The state is that of one deployment that was published whole: one branch with one commit, which is one
    /// record, one pull request that belongs to it, and nothing validated. Returns the record.
    pub(super) fn is_whole(&self) -> String {
        let lines = self.lines();
        let (path, head) = self.github.look(REPO, |repo, state| {
            let branches: Vec<&String> =
                repo.refs.keys().filter(|name| name.starts_with("refs/heads/prod-gate")).collect();
            assert_eq!(branches, [&format!("refs/heads/{BRANCH}")], "{lines}");
            let (base, head) = (repo.branch("main").unwrap(), repo.branch(BRANCH).unwrap());
            let differs = state.diff(base, head);
            assert_eq!(differs.len(), 1, "{differs:?}\n{lines}");
            assert_eq!(repo.pulls.len(), 1, "{lines}");
            let pull = &repo.pulls[0];
            assert!(pull.open && pull.head == BRANCH && pull.head_sha == *head);
            assert_eq!(pull.requested, ["lead"], "{lines}");
            assert_eq!(pull.labels, ["deployment"], "{lines}");
            assert_eq!(pull.comments.len(), 0);
            (differs[0].0.clone(), head.clone())
        });
        let record = self.github.file(REPO, &head, &path).unwrap();
        let digest = prod_gate::render::seal::digest(&record).unwrap();
        self.github.look(REPO, |repo, _| {
            let body = &repo.pulls[0].body;
            assert!(body.contains(&digest), "the page is not the record's: {body}\n{lines}");
        });
        assert!(record.contains("- [ ] Validé par Lead"), "{record}");
        let status = self.github.status(REPO, &self.tagged, STATUS).unwrap();
        assert_eq!(status.0, "pending", "{lines}");
        assert_eq!(
            self.github.status(REPO, &head, STATUS).map_or("pending".to_owned(), |it| it.0),
            "pending"
        );
        record
    }

    /// The commits of the branch.
    pub(super) fn commits(&self) -> usize {
        self.github.look(REPO, |repo, state| {
            state.objects.between(repo.branch("main").unwrap(), repo.branch(BRANCH).unwrap()).len()
        })
    }

    /// Once more: there is nothing left to do.
    pub(super) fn is_settled(&self, deployed: &Deployed) {
        self.github.clear_log();
        let again = self.publish(deployed);
        assert_eq!((again.did, writes(&self.github.log())), (Did::Nothing, vec![]), "{}", self.lines());
    }
}

/// What a run without faults leaves, and how many requests it takes.
fn usual() -> (String, usize) {
    let world = World::new();
    world.github.clear_log();
    let done = world.publish(&world.deployed);
    assert!(done.problem.is_none() && done.warnings.is_empty(), "{done:?}");
    let requests = world.github.log().len();
    (world.is_whole(), requests)
}

#[test]
fn publishing_survives_every_fault_at_every_request() {
    if let Some(why) = missing() {
        return skip("sweep::publishing_survives_every_fault", &why);
    }
    let (record, requests) = usual();
    let cases = cases(requests);
    each(&cases, World::new, |world, case| {
        break_it(&world.github, *case);
        let first = world.publish_shortly(&world.deployed);
        assert!(world.github.broke_all(), "nothing was broken:\n{}", world.lines());
        world.github.heal();
        match &first {
            // What is said to be done is done.
            Ok(done) if done.problem.is_none() && done.warnings.is_empty() => {
                assert_eq!(world.is_whole(), record);
            }
            Ok(_) => {}
            Err(error) => assert!(error.hint.is_some(), "no remedy: {error}"),
        }
        let done = world.publish(&world.deployed);
        assert!(done.problem.is_none() && done.warnings.is_empty(), "{done:?}\n{}", world.lines());
        assert_eq!(world.is_whole(), record);
        assert_eq!(world.commits(), 1, "{}", world.lines());
        world.is_settled(&world.deployed);
    });
    println!("{} faults in publishing, at {requests} requests", cases.len());
}

#[test]
fn publishing_waits_for_what_it_wrote_itself() {
    if let Some(why) = missing() {
        return skip("sweep::publishing_waits_for_what_it_wrote_itself", &why);
    }
    let (record, _) = usual();
    each(&[1, 2, 3], World::new, |world, reads| {
        world.github.set_lag(*reads);
        let done = world.publish(&world.deployed);
        assert!(done.problem.is_none() && done.warnings.is_empty(), "{done:?}\n{}", world.lines());
        world.github.set_lag(0);
        assert_eq!(world.is_whole(), record);
        world.is_settled(&world.deployed);
    });
}
