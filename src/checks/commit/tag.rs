//! `commit.tag` and `commit.range`: what `resolve` found, as checks with evidence.

use futures_util::future::BoxFuture;

use super::resolve::Resolved;
use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::model::{
    Cause, CauseCode, Command, CommitFamily, CommitSubject, Comparison, Evidence, Expected, Fact, FactName,
    Family, Finding, Previous, Subject,
};
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
            reporter.end(0, judge_tag(&cx.resolved));
        })
    }
}

struct RangeProbe;

impl Probe for RangeProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            reporter.end(0, judge_range(&cx.resolved));
        })
    }
}

fn judge_tag(resolved: &Resolved) -> Finding {
    let deployment = &resolved.deployment;
    let mut evidence = Evidence::default();
    let revision = deployment.tag.as_ref().map_or_else(
        || resolved.given_commit.clone().unwrap_or_else(|| "HEAD".to_owned()),
        |tag| format!("{tag}^{{commit}}"),
    );
    // Without a repository nobody asked git: the commit is as it was given.
    let prints = deployment.commit.iter().filter(|_| resolved.repository).cloned().collect();
    evidence.commands.push(Command::reads(format!("git rev-parse {}", shell_quote(&revision)), prints));
    let facts = [(FactName::Tag, &deployment.tag), (FactName::Tagger, &deployment.tagger)];
    for (name, value) in facts {
        evidence.facts.extend(value.iter().map(|value| Fact { name, value: value.clone() }));
    }
    if let Some(cause) = &resolved.no_commit {
        return Finding::errored(cause.clone(), evidence);
    }
    if let (Some(commit), Some(given), Some(_)) =
        (&deployment.commit, &resolved.given_commit, &deployment.tag)
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

fn judge_range(resolved: &Resolved) -> Finding {
    let deployment = &resolved.deployment;
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
    match (&resolved.no_range, &resolved.no_commit) {
        (Some(cause), _) | (None, Some(cause)) => Finding::errored(cause.clone(), evidence),
        (None, None) => Finding::judged(evidence),
    }
}

/// Whether a source that may show a shortened commit shows this one.
pub fn same_commit(shown: &str, full: &str) -> bool {
    let shown = shown.trim().to_ascii_lowercase();
    is_object_name(&shown) && full.to_ascii_lowercase().starts_with(&shown)
}

/// Whether a text can name a commit by itself, whole or shortened.
pub fn is_object_name(text: &str) -> bool {
    text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// The commit that production should run, or why it is not known.
pub fn expected_commit(resolved: &Resolved) -> Result<&str, Cause> {
    resolved.deployment.commit.as_deref().ok_or_else(|| {
        let why = resolved.no_commit.as_ref().map_or("", |cause| cause.detail.as_str());
        Cause::new(CauseCode::NoCommit, why)
    })
}

#[cfg(test)]
mod tests {
    use super::same_commit;

    #[test]
    fn a_shortened_commit_is_the_same_and_anything_else_is_not() {
        let full = "0123456789abcdef0123456789abcdef01234567";
        for (shown, same) in [
            (full, true),
            ("0123456", true),
            ("  0123456789AB\n", true),
            ("012345", false), // too short to mean anything
            ("1123456", false),
            ("", false),
            ("v1.2.0", false),
            ("0123456789abcdef0123456789abcdef012345678", false),
        ] {
            assert_eq!(same_commit(shown, full), same, "{shown:?}");
        }
    }
}
