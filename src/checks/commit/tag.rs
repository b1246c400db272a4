//! `commit.tag` and `commit.range`: what was found out of the release, as checks with evidence.

use futures_util::future::BoxFuture;

use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Sink, Unit};
use crate::checks::{Family, FamilyMeta};
use crate::model::{
    Command, Evidence, Expected, Fact, FactName, Finding, Judged, Previous, Section, Subject,
};
use crate::release::{Release, same_commit};
use crate::text::shell_quote;

/// The tag (or the revision) and the commit it names.
pub const TAG: Family = Family {
    meta: FamilyMeta {
        name: "commit.tag",
        section: Section::Commit,
        proves: None,
        about: "the tag exists and names a commit; annotated tags are peeled",
    },
    plan: |input, meta| if input.has_release() { vec![unit(input, meta, TagProbe)] } else { Vec::new() },
};

/// The commits since the previous deployment.
pub const RANGE: Family = Family {
    meta: FamilyMeta {
        name: "commit.range",
        section: Section::Commit,
        proves: None,
        about: "which commits this release brings since the previous deployment, or takes back",
    },
    plan: |input, meta| if input.repository { vec![unit(input, meta, RangeProbe)] } else { Vec::new() },
};

fn unit(input: &PlanInput, family: &FamilyMeta, probe: impl Probe + 'static) -> Unit {
    let meta = input.meta(family, family.name, input.release.clone().unwrap_or_else(|| "HEAD".to_owned()));
    Unit::single(meta, Phase::Read, Vec::new(), probe)
}

struct TagProbe;

impl Probe for TagProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            sink.begin(0);
            sink.end(0, judge_tag(&cx.release));
        })
    }
}

struct RangeProbe;

impl Probe for RangeProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            sink.begin(0);
            sink.end(0, judge_range(&cx.release));
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
    if let Some(trouble) = &release.no_commit {
        return Finding::errored(trouble.clone(), evidence);
    }
    if let (Some(commit), Some(given), Some(_)) =
        (&deployment.commit, &release.given_commit, &deployment.tag)
    {
        evidence.judged.push(Judged {
            subject: Subject::Tag,
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
        (Some(trouble), _) | (None, Some(trouble)) => Finding::errored(trouble.clone(), evidence),
        (None, None) => Finding::judged(evidence),
    }
}
