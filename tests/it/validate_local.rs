//! Validating in a plain git repository, where everybody is taken at their word.

use std::path::Path;

use prod_gate::forge::Forge as _;
use prod_gate::forge::local::Local;
use prod_gate::forge::types::{
    BranchName, CommitSha, NewCommit, NewFile, NewPull, PullNumber, PullText, RepoPath,
};

use crate::support::gate::{Ended, Gate};
use crate::support::record::Deployed;
use crate::support::repo::Repo;
use crate::support::runtime;

const CONFIG: &str = "version: 1\nlead: { reviewers: [lead], separation: recorded }\n";

/// A repository with a record that waits for its lead.
struct World {
    repo: Repo,
    deployed: Deployed,
}

impl World {
    fn new(config: &str) -> Self {
        let repo = Repo::new();
        let commit = repo.commit(".github/prod-gate.yml", config, "begin");
        repo.tag("v1.0.0");
        let deployed = Deployed::well("v1.0.0", &commit);
        let world = Self { repo, deployed };
        world.publish(&commit);
        world
    }

    fn publish(&self, base: &str) {
        let branch = BranchName::new("prod-gate/v1.0.0");
        let at = CommitSha::parse(base).unwrap();
        let file = NewFile { path: RepoPath::new(self.deployed.path()), text: self.deployed.text() };
        let commit = NewCommit {
            branch: branch.clone(),
            expected_head: at.clone(),
            headline: "record".into(),
            body: String::new(),
            files: vec![file],
        };
        let text = PullText { title: "v1.0.0".into(), body: String::new() };
        let pull = NewPull { head: branch.clone(), base: BranchName::new("main"), text };
        runtime().block_on(async {
            let forge = self.forge().await;
            forge.ensure_branch(&branch, &at).await.unwrap();
            forge.commit(&commit).await.unwrap();
            assert_eq!(forge.open_pull(&pull).await.unwrap().number, PullNumber(1));
        });
    }

    async fn forge(&self) -> Local {
        Local::open(self.repo.path()).await.unwrap()
    }

    fn review(&self, login: &str, says: &str) {
        let path = self.repo.path().to_str().unwrap();
        let said = Gate::new(["review", says, "--pr", "1", "--repository", path, "--as", login]);
        let said = said.wait().ended_with(0).stdout;
        assert!(said.contains(login) && said.contains("at their word"), "{said}");
    }

    fn validate(&self) -> Ended {
        let path: &Path = self.repo.path();
        Gate::new(["validate", "--pr", "1", "--repository", path.to_str().unwrap()]).wait().ended_with(0)
    }

    fn record(&self) -> String {
        // The helper trims what git prints.
        self.repo.git(&["show", &format!("prod-gate/v1.0.0:{}", self.deployed.path())]) + "\n"
    }
}

#[test]
fn a_review_becomes_a_validation_that_says_what_it_is_worth() {
    let world = World::new(CONFIG);
    assert!(world.validate().stdout.contains("pending — en attente de l'approbation d'un lead"));
    assert_eq!(world.record(), world.deployed.text());
    world.review("lead", "approve");
    assert!(world.validate().stdout.contains("validated — validé par lead"));
    let sealed = world.record();
    assert!(sealed.contains("- [x] Validé par Lead — lead,"), "{sealed}");
    assert!(sealed.contains("| Identités | non vérifiées"), "{sealed}");
    let commits = world.repo.git(&["rev-list", "--count", "prod-gate/v1.0.0"]);
    // Once more changes nothing.
    world.validate();
    assert_eq!(world.repo.git(&["rev-list", "--count", "prod-gate/v1.0.0"]), commits);
    world.review("lead", "request-changes");
    assert!(world.validate().stdout.contains("refused — lead demande des changements"));
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn somebody_elses_approval_is_none() {
    let world = World::new(CONFIG);
    world.review("colleague", "approve");
    let ended = world.validate();
    assert!(ended.stdout.contains("approuvé par colleague, qui n'est pas un lead"), "{}", ended.stdout);
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn what_is_missing_is_asked_for() {
    let ended = Gate::new(["validate"]).wait().ended_with(2);
    assert!(
        ended.stderr.contains("which pull request?") && ended.stderr.contains("--pr 12"),
        "{}",
        ended.stderr
    );
    let ended = Gate::new(["validate", "--pr", "x"]).wait().ended_with(2);
    assert!(ended.stderr.contains("--pr x: it is no number"), "{}", ended.stderr);
    let ended = Gate::new(["validate"]).env("PROD_GATE_PR", "").wait().ended_with(2);
    assert!(ended.stderr.contains("which pull request?"), "{}", ended.stderr);
    let ended = Gate::new(["validate", "--pr", "1"]).wait().ended_with(2);
    assert!(ended.stderr.contains("which repository?"), "{}", ended.stderr);
    let ended = Gate::new(["validate", "--pr", "1", "--repository", "nexus/site"]).wait().ended_with(2);
    assert!(
        ended.stderr.contains("there is no token") && ended.stderr.contains("GITHUB_TOKEN"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nobody_reviews_for_somebody_else_on_github() {
    let args = ["review", "approve", "--pr", "1", "--repository", "nexus/site", "--as", "lead"];
    let ended = Gate::new(args).wait().ended_with(2);
    assert!(ended.stderr.contains("open the pull request there"), "{}", ended.stderr);
}
