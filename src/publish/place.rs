//! Which branch and which file a record gets, from what the forge knows of the tag's branches.

use super::AttemptError;
use crate::forge::types::{BranchName, CommitSha, GateBranch, PullState, PullSummary, RepoCommit, RepoPath};
use crate::model::Report;
use crate::model::deployment::{GATE_BRANCHES, RECORDS};
use crate::render::record::{Block, read};

/// How many of a tag's branches are asked for at once.
pub(super) const WINDOW: u32 = 4;

/// What the branch is named after: the tag, else the commit. None when neither is known.
pub(super) fn release(report: &Report) -> Option<String> {
    let deployment = &report.deployment;
    let commit = || deployment.commit.as_deref().map(|commit| commit.chars().take(12).collect());
    deployment.tag.clone().or_else(commit)
}

/// The tag's branch for its first, second … deployment.
fn branch(release: &str, number: u32) -> BranchName {
    let name = format!("{GATE_BRANCHES}{release}");
    BranchName::new(if number == 1 { name } else { format!("{name}_{number}") })
}

/// The branches from `first` on that are asked for together.
pub(super) fn window(release: &str, first: u32) -> Vec<BranchName> {
    (first..first + WINDOW).map(|number| branch(release, number)).collect()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BranchChoice {
    /// A branch that does not exist yet.
    New { number: u32 },
    /// A branch with a record that still may be replaced, as far as the pull request says.
    InUse {
        number: u32,
        head: CommitSha,
        /// Its open pull request; none where an earlier run did not come that far.
        pull: Option<Box<PullSummary>>,
    },
    /// All that were asked for are used: ask on from this number.
    Further { number: u32 },
}

impl BranchChoice {
    /// Whether the branches that were asked for from `first` on may not be all of them.
    pub(super) fn is_last_of(&self, first: u32) -> bool {
        match self {
            Self::New { .. } => false,
            Self::InUse { number, .. } => *number + 1 == first + WINDOW,
            Self::Further { .. } => true,
        }
    }

    pub(super) fn branch(&self, release: &str) -> Option<BranchName> {
        match self {
            Self::InUse { number, .. } => Some(branch(release, *number)),
            Self::New { .. } | Self::Further { .. } => None,
        }
    }
}

/// The last branch that was ever used decides: open, or without a pull request yet, it is this deployment's;
/// closed, merged or gone, the next one is.
pub(super) fn choose(first: u32, branches: &[GateBranch]) -> BranchChoice {
    let used = |branch: &GateBranch| branch.head.is_some() || !branch.pulls.is_empty();
    let numbered = (first..).zip(branches);
    let Some((number, last)) = numbered.filter(|(_, branch)| used(branch)).last() else {
        return BranchChoice::New { number: first };
    };
    let pull = last.pulls.first();
    match (&last.head, pull.map(|pull| pull.state)) {
        (Some(head), None | Some(PullState::Open)) => {
            BranchChoice::InUse { number, head: head.clone(), pull: pull.cloned().map(Box::new) }
        }
        _ if number + 1 < first + WINDOW => BranchChoice::New { number: number + 1 },
        _ => BranchChoice::Further { number: number + 1 },
    }
}

/// Where the record goes, and what is there.
#[derive(Debug)]
pub(super) struct RecordTarget {
    /// The branch that the pull request comes from.
    pub(super) branch: BranchName,
    pub(super) path: RepoPath,
    /// Where the branch is; none while it does not exist.
    pub(super) head: Option<CommitSha>,
    pub(super) text: Option<String>,
    pub(super) pull: Option<PullSummary>,
}

/// Where the record goes, now that it is known what is there: what is settled is left alone, and so is a person's
/// work. `own` is the record on the branch that is in use, `taken` are the names that the base has already, `identity`
/// is the account that commits records, and `commits` are those of the branch.
pub(super) fn target(
    report: &Report,
    release: &str,
    place: BranchChoice,
    own: Option<(RepoPath, Option<String>)>,
    taken: &[String],
    identity: Option<&str>,
    commits: &[RepoCommit],
) -> Result<RecordTarget, AttemptError> {
    let new = |number: u32| RecordTarget {
        branch: branch(release, number),
        path: new_path(report, number, taken),
        head: None,
        text: None,
        pull: None,
    };
    let (number, head, pull) = match place {
        BranchChoice::New { number } | BranchChoice::Further { number } => return Ok(new(number)),
        BranchChoice::InUse { number, head, pull } => (number, head, pull),
    };
    let (path, text) = own.map_or((None, None), |(path, text)| (Some(path), text));
    if text.as_deref().is_some_and(|text| is_settled(text, report.deployment.tag.as_deref())) {
        return Ok(new(number + 1));
    }
    let fresh = new(number);
    only_ours(&fresh.branch, identity, commits)?;
    let path = path.unwrap_or(fresh.path);
    Ok(RecordTarget { branch: fresh.branch, path, head: Some(head), text, pull: pull.map(|pull| *pull) })
}

/// Whether the record on a branch in use may no longer be replaced: it was validated, or belongs to another
/// tag whose name with a number is this one's.
fn is_settled(text: &str, tag: Option<&str>) -> bool {
    let Some(record) = read(text) else { return false };
    let validated = record.below.is_some_and(|below| matches!(below.block, Block::Present(_)));
    let other = tag.is_some_and(|tag| record.header.tag.as_deref() != Some(tag));
    validated || other
}

/// Nothing is written over a person's work.
fn only_ours(
    branch: &BranchName,
    identity: Option<&str>,
    commits: &[RepoCommit],
) -> Result<(), AttemptError> {
    let ours = |commit: &RepoCommit| {
        let author = commit.author.as_ref();
        identity.is_none_or(|identity| author.is_some_and(|author| author.is(identity)))
    };
    let Some(foreign) = commits.iter().find(|commit| !ours(commit)) else { return Ok(()) };
    let by = foreign.author.as_ref().map_or(foreign.author_name.as_str(), |author| author.login.as_str());
    Err(AttemptError::refused(
        format!("the branch {branch} has a commit that is not the gate's: {} by {by}", foreign.sha.short()),
        "nothing is written over a person's work: take the commit off the branch, or close the pull request \
         and run again, which begins a new one; if an App commits the records, name it in `publish.identity`",
    ))
}

/// The record's path on a new branch: the usual name, with the deployment's number, and a higher one where the
/// base has such a file already.
fn new_path(report: &Report, number: u32, taken: &[String]) -> RepoPath {
    let usual = report.usual_name();
    let stem = usual.strip_suffix(".md").unwrap_or(&usual);
    let name = |number: u32| if number == 1 { usual.clone() } else { format!("{stem}_{number}.md") };
    let mut number = number;
    while taken.contains(&name(number)) {
        number += 1;
    }
    RepoPath::new(format!("{RECORDS}/{}", name(number)))
}

pub(super) fn is_record(path: &str) -> bool {
    let name = path.strip_prefix(RECORDS).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(is_record_name)
}

pub(super) fn is_record_name(name: &str) -> bool {
    let day_and_commit = name.strip_prefix("PROD_DEPLOY_").and_then(|rest| rest.strip_suffix(".md"));
    day_and_commit.is_some_and(|rest| !rest.contains('/'))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::forge::types::PullNumber;
    use crate::model::{Deployment, Operator, Run};

    fn sha(digit: char) -> CommitSha {
        CommitSha::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn pull(state: PullState) -> PullSummary {
        PullSummary {
            number: PullNumber(1),
            url: String::new(),
            state,
            head_branch: branch("v1", 1),
            head: sha('a'),
            base: BranchName::new("main"),
            title: String::new(),
            body: String::new(),
            labels: Vec::new(),
            requested: Vec::new(),
            reviewed: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Whether a branch exists, and the state of its newest pull request.
    type Found = (bool, Option<PullState>);

    /// Branches of v1 in order.
    fn branches(all: &[Found]) -> Vec<GateBranch> {
        let mut found: Vec<_> = (1..)
            .zip(all)
            .map(|(number, (exists, state))| GateBranch {
                name: branch("v1", number),
                head: exists.then(|| sha('a')),
                pulls: state.iter().map(|state| pull(*state)).collect(),
            })
            .collect();
        while found.len() < WINDOW as usize {
            let number = u32::try_from(found.len()).unwrap() + 1;
            found.push(GateBranch { name: branch("v1", number), head: None, pulls: Vec::new() });
        }
        found
    }

    #[test]
    fn the_last_branch_that_was_used_decides() {
        use PullState::{Closed, Merged, Open};
        let in_use = |number, state: Option<PullState>| BranchChoice::InUse {
            number,
            head: sha('a'),
            pull: state.map(pull).map(Box::new),
        };
        let cases: [(&[Found], BranchChoice); 8] = [
            (&[], BranchChoice::New { number: 1 }),
            (&[(true, Some(Open))], in_use(1, Some(Open))),
            (&[(true, None)], in_use(1, None)),
            (&[(true, Some(Merged))], BranchChoice::New { number: 2 }),
            (&[(false, Some(Merged))], BranchChoice::New { number: 2 }),
            (&[(true, Some(Closed)), (true, Some(Open))], in_use(2, Some(Open))),
            (&[(true, Some(Open)), (false, Some(Closed))], BranchChoice::New { number: 3 }),
            (
                &[(false, Some(Merged)), (true, Some(Merged)), (true, Some(Merged)), (true, Some(Merged))],
                BranchChoice::Further { number: 5 },
            ),
        ];
        for (all, expected) in cases {
            assert_eq!(choose(1, &branches(all)), expected, "{all:?}");
        }
    }

    #[test]
    fn a_name_that_is_taken_is_not_taken_again() {
        let run = Run {
            title: String::new(),
            language: "fr".to_owned(),
            version: String::new(),
            started_at: String::new(),
            local_time: String::new(),
            date: "2026-11-22".to_owned(),
            timezone: String::new(),
            duration_ms: 0,
            operator: Operator { name: String::new(), run_url: None },
            config: None,
            base_url: None,
            filter: None,
            warm_up: None,
            interrupted: None,
        };
        let deployment = Deployment { commit: Some("4b183f5".repeat(6)), ..Deployment::default() };
        let report = Report::new(run, deployment, Vec::new(), Vec::new(), None);
        let path = |number, taken: &[&str]| {
            let taken: Vec<String> = taken.iter().map(|name| (*name).to_owned()).collect();
            new_path(&report, number, &taken).to_string()
        };
        let usual = "PROD_DEPLOY_2026-11-22_4b183f5.md";
        assert_eq!(path(1, &[]), format!("ops/{usual}"));
        assert_eq!(path(2, &[usual]), "ops/PROD_DEPLOY_2026-11-22_4b183f5_2.md");
        assert_eq!(path(1, &[usual]), "ops/PROD_DEPLOY_2026-11-22_4b183f5_2.md");
        assert!(is_record("ops/PROD_DEPLOY_2026-11-22_4b183f5_2.md"));
        assert!(!is_record("ops/sub/PROD_DEPLOY_2026-11-22_4b183f5.md") && !is_record("PROD_DEPLOY_x.md"));
    }
}
