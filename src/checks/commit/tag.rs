//! `commit.tag` and `commit.range`: what was found out of the release, as checks with evidence.

use futures_util::future::BoxFuture;

use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::model::{
    Command, CommitFamily, CommitSubject, Comparison, Evidence, Expected, Fact, FactName, Family, Finding,
    Previous, Subject,
};
use crate::release::{Release, same_commit};
use crate::text::shell_quote;

/// The tag (or the revision) and the commit it names.
pub(in crate::checks) fn plan_tag(input: &PlanInput) -> Vec<Unit> {
    let unit = || unit(input, Family::Commit(CommitFamily::Tag), TagProbe);
    if input.has_release() { vec![unit()] } else { Vec::new() }
}

/// The commits since the previous deployment.
pub(in crate::checks) fn plan_range(input: &PlanInput) -> Vec<Unit> {
    let unit = || unit(input, Family::Commit(CommitFamily::Range), RangeProbe);
    if input.repository { vec![unit()] } else { Vec::new() }
}

fn unit(input: &PlanInput, family: Family, probe: impl Probe + 'static) -> Unit {
    let title = input.release.clone().unwrap_or_else(|| "HEAD".to_owned());
    Unit::single(input.meta(family, family.name(), title), Phase::Read, Vec::new(), probe)
}

struct TagProbe;

impl Probe for TagProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            reporter.end(0, judge_tag(&cx.release));
        })
    }
}

struct RangeProbe;

impl Probe for RangeProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            reporter.end(0, judge_range(&cx.release));
        })
    }
}

fn judge_tag(release: &Release) -> Finding {
    let deployment = &release.deployment;
    let mut evidence = Evidence::default();
    let revision = deployment.tag.as_ref().map_or_else(
        || release.given_commit.clone().unwrap_or_else(|| "HEAD".to_owned()),
        |tag| format!("{tag}^{{commit}}"),
    );
    // Without a repository nobody asked git: the commit is as it was given.
    let prints = deployment.commit.iter().filter(|_| release.repository).cloned().collect();
    evidence.commands.push(Command::reads(format!("git rev-parse {}", shell_quote(&revision)), prints));
    let facts = [(FactName::Tag, &deployment.tag), (FactName::Tagger, &deployment.tagger)];
    for (name, value) in facts {
        evidence.facts.extend(value.iter().map(|value| Fact { name, value: value.clone() }));
    }
    if let Some(cause) = &release.no_commit {
        return Finding::errored(cause.clone(), evidence);
    }
    if let (Some(commit), Some(given), Some(_)) = (&deployment.commit, &release.given_commit, &deployment.tag)
    {
        evidence.judged.push(Comparison {
            subject: Subject::Commit(CommitSubject::Tag),
            expected: Expected::Equals(given.clone()),
            actual: commit.clone(),
            ok: same_commit(given, commit),
        });
    }
    Finding::judged(evidence)
}

fn judge_range(release: &Release) -> Finding {
    let deployment = &release.deployment;
    let mut evidence = Evidence::default();
    if let (Previous::Commit { name, commit, .. }, Some(now)) = (&deployment.previous, &deployment.commit) {
        let (from, to) = if deployment.rollback { (now, commit) } else { (commit, now) };
        let short = |sha: &String| sha.chars().take(12).collect::<String>();
        let log = format!("git log --format='%h %s' {}..{}", short(from), short(to));
        let prints = if deployment.commits_left_out == 0 {
            deployment.commits.iter().map(|commit| format!("{} {}", commit.sha, commit.subject)).collect()
        } else {
            Vec::new()
        };
        evidence.commands.push(Command::reads(log, prints));
        evidence.facts.push(Fact { name: FactName::Previous, value: name.clone() });
    }
    match (&release.no_range, &release.no_commit) {
        (Some(cause), _) | (None, Some(cause)) => Finding::errored(cause.clone(), evidence),
        (None, None) => Finding::judged(evidence),
    }
}
