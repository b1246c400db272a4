//! Runs the gate as a whole process against the GitHub of the tests, and keeps what each step took.

use std::time::Instant;

use fake_github::{GitHub, Verdict};

use crate::Broken;
use crate::forge::LATENCY;
use crate::support::gate::{Ended, Gate};
use crate::support::publishing::World as Publishing;
use crate::support::record::Deployed;
use crate::support::validating::{REPO, World as Validating};
use crate::times::Times;

/// The most requests one after the other: one lead, no labels.
const FIRST: usize = 8;
const VALIDATION: usize = 7;

/// One step, over all rounds.
pub(crate) struct Step {
    /// What is done.
    pub(crate) name: &'static str,
    /// The most requests one after the other that there may be.
    pub(crate) most: usize,
    /// How many came one after the other, in the worst round.
    pub(crate) depth: usize,
    /// How many there were in all, in the worst round.
    pub(crate) requests: usize,
    /// Whole processes.
    pub(crate) times: Times,
}

impl Step {
    fn new(name: &'static str, most: usize) -> Self {
        Self { name, most, depth: 0, requests: 0, times: Times::default() }
    }

    /// Do it once, and keep what it took.
    fn once(&mut self, github: &GitHub, run: impl FnOnce() -> Ended) {
        github.clear_log();
        let begun = Instant::now();
        run().ended_with(0);
        self.times.push(begun.elapsed());
        self.depth = self.depth.max(github.depth());
        self.requests = self.requests.max(github.log().len());
    }
}

/// Every step, in so many rounds; each round begins anew.
pub(crate) fn all(rounds: usize) -> Result<Vec<Step>, Broken> {
    let publishing = Publishing::new("bench").ok_or("the GitHub of the tests cannot run here")?;
    let validating = Validating::new("bench", "").ok_or("the GitHub of the tests cannot run here")?;
    validating.person("lead").review(REPO, validating.pull, Verdict::Approved, "");
    let beginnings = (publishing.github.snapshot(), validating.github.snapshot());
    let mut first = Step::new("publish, first run", FIRST);
    let mut rerun = Step::new("publish, rerun with another record", FIRST - 1);
    let mut same = Step::new("publish, nothing changed", 2);
    let mut approved = Step::new("validate, approved", VALIDATION);
    let mut again = Step::new("validate, nothing changed", VALIDATION);
    for _ in 0..rounds {
        publishing.github.restore(&beginnings.0);
        validating.github.restore(&beginnings.1);
        publishing.github.set_latency(LATENCY);
        validating.github.set_latency(LATENCY);
        let deployed = publishing.deployed();
        let later = Deployed { at: "2026-02-14T09:00:00Z".to_owned(), ..deployed.clone() };
        first.once(&publishing.github, || publishing.publish(&deployed));
        rerun.once(&publishing.github, || publishing.publish(&later));
        same.once(&publishing.github, || publishing.publish(&later));
        approved.once(&validating.github, || validate(&validating));
        again.once(&validating.github, || validate(&validating));
    }
    Ok(vec![first, rerun, same, approved, again])
}

fn validate(world: &Validating) -> Ended {
    Gate::new(["validate", "--repository", REPO, "--pr", &world.pull.to_string()])
        .env("GITHUB_API_URL", &world.github.url)
        .env("GITHUB_GRAPHQL_URL", world.github.graphql_url())
        .env("GITHUB_SERVER_URL", "https://github.test")
        .env("GITHUB_TOKEN", &world.token)
        .wait()
}

/// Refuse counts that have grown.
pub(crate) fn held(steps: &[Step]) -> Result<(), Broken> {
    let grown: Vec<String> = steps
        .iter()
        .filter(|step| step.depth > step.most)
        .map(|step| {
            format!("{}: {} requests one after the other, at most {}", step.name, step.depth, step.most)
        })
        .collect();
    if grown.is_empty() { Ok(()) } else { Err(grown.join("; ").into()) }
}
