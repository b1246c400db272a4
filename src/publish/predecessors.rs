//! The records that come before this one.

use super::place::{is_record, is_record_name};
use crate::forge::types::{Answers, BranchName, FileAt, RepoPath, Revision};
use crate::model::deployment::RECORDS;
use crate::model::{Predecessor, Report};
use crate::render::pull_request::Before;
use crate::render::record::read;

/// How many of the latest records of the base are read: one of them is the last run's.
const LATEST: usize = 3;
/// How many records of other open pull requests are read.
const MOST_OPEN: usize = 10;

/// A record that may come before this one: its branch, and its file.
pub(super) type Earlier = (BranchName, FileAt);

/// The records that may come before this one: the base's latest, and those of other open pull requests.
pub(super) fn earlier(answers: &Answers, base: &BranchName, own: Option<&BranchName>) -> Vec<Earlier> {
    let mut names: Vec<&String> = answers.folder.iter().filter(|name| is_record_name(name)).collect();
    // Their names begin with the day.
    names.sort_unstable_by(|a, b| b.cmp(a));
    let on_base = names.into_iter().take(LATEST).map(|name| {
        let path = RepoPath::new(format!("{RECORDS}/{name}"));
        (base.clone(), FileAt { at: Revision::Branch(base.clone()), path })
    });
    let others = answers.open.iter().filter(|pull| own != Some(&pull.head_branch));
    let others = others.filter_map(|pull| {
        let path = pull.files.iter().find(|path| is_record(path.as_str()))?;
        let at = Revision::Branch(pull.head_branch.clone());
        Some((pull.head_branch.clone(), FileAt { at, path: path.clone() }))
    });
    on_base.chain(others.take(MOST_OPEN)).collect()
}

/// The base's latest record and that of each open pull request are what this one follows; what was run later
/// than this is none of it. The checks of the latest are what this one's are compared with.
pub(super) fn follow(
    report: &Report,
    base: &BranchName,
    files: &[Earlier],
    texts: impl Iterator<Item = Option<String>>,
) -> (Vec<Predecessor>, Before) {
    let mut found: Vec<_> = files
        .iter()
        .zip(texts)
        .filter_map(|((branch, file), text)| Some((branch, file, read(&text?)?)))
        .filter(|(_, _, record)| record.header.started_at < report.run.started_at)
        .collect();
    found.sort_by(|(.., a), (.., b)| b.header.started_at.cmp(&a.header.started_at));
    let before = found.first().map(|(.., latest)| Before::from(&latest.header)).unwrap_or_default();
    let mut predecessors: Vec<Predecessor> = Vec::new();
    let mut on_base = 0;
    for (branch, file, record) in found {
        on_base += usize::from(branch == base);
        let older_on_base = branch == base && on_base > 1;
        let known = predecessors.iter().any(|known| known.digest == record.digest);
        if !older_on_base && !known {
            let (path, branch) = (file.path.to_string(), branch.to_string());
            predecessors.push(Predecessor { path, branch, digest: record.digest });
        }
    }
    (predecessors, before)
}
