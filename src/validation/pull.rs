//! The pull request: from a branch of the gate's in the same repository, with one new record and nothing
//! else, and every commit made by the gate.

use super::names::{is_again, is_record};
use super::{BRANCHES, FOLDER, Facts};
use crate::forge::types::{ChangeType, PullRequest, RepoCommit, TagName};
use crate::model::Reason;

/// Whether a pull request has anything to do with records: by its branch, or by what it changes.
pub fn concerns(pull: &PullRequest) -> bool {
    pull.head_branch.as_str().starts_with(BRANCHES)
        || pull.files.iter().any(|file| {
            let path = file.path.as_str();
            let name = path.rsplit('/').next().unwrap_or(path);
            path.starts_with(FOLDER) && name.starts_with("PROD_DEPLOY_")
        })
}

/// The path of the one file; nothing when there are more or fewer.
pub fn record_path(pull: &PullRequest) -> Option<&str> {
    match pull.files.as_slice() {
        [file] => Some(file.path.as_str()),
        _ => None,
    }
}

/// The tag that the branch is named after. A tag's later deployments have branches that end in `_2` and so on;
/// which is meant is known from what the record names.
pub fn tag_of(pull: &PullRequest, named: Option<&str>) -> Option<TagName> {
    let name = pull.head_branch.as_str().strip_prefix(BRANCHES).filter(|name| !name.is_empty())?;
    let again = named.filter(|named| {
        let rest = name.strip_prefix(*named).and_then(|rest| rest.strip_prefix('_'));
        rest.is_some_and(is_again)
    });
    Some(TagName::new(again.unwrap_or(name)))
}

/// The record's path, when the pull request is the gate's own.
pub(super) fn is_ours(facts: &Facts) -> Result<&str, Reason> {
    let pull = &facts.pull;
    if !pull.same_repository {
        return Err(Reason::Fork);
    }
    let branch = pull.head_branch.as_str();
    if !branch.starts_with(BRANCHES) {
        return Err(Reason::OtherBranch { branch: branch.to_owned() });
    }
    let rules = facts.rules.as_ref().ok_or(Reason::Configuration)?;
    if pull.base.as_str() != rules.base {
        return Err(Reason::OtherBase { base: pull.base.to_string(), expected: rules.base.clone() });
    }
    for commit in &pull.commits {
        is_the_gates(commit, &rules.identity, facts.vouched)?;
    }
    let [file] = pull.files.as_slice() else {
        return Err(Reason::NotOneFile { files: pull.files.len() as u64 });
    };
    let path = file.path.as_str();
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    if !name.is_some_and(is_record) {
        return Err(Reason::NotARecord { path: path.to_owned() });
    }
    if file.change != ChangeType::Added {
        return Err(Reason::NotAdded { path: path.to_owned() });
    }
    Ok(path)
}

/// Whether the gate made this commit through the forge's own interface.
///
/// The author alone is worth nothing: anybody may write the gate's name and address into a commit, and sign
/// it with a key of their own. What the forge itself signed, it made for the account that it names.
fn is_the_gates(commit: &RepoCommit, identity: &str, vouched: bool) -> Result<(), Reason> {
    let sha = commit.sha.to_string();
    if !commit.author.as_ref().is_some_and(|author| author.is(identity)) {
        let author = commit.author.as_ref().map(|author| author.login.clone());
        let named = Some(commit.author_name.clone()).filter(|name| !name.is_empty());
        return Err(Reason::ForeignCommit { commit: sha, author: author.or(named) });
    }
    if commit.parents > 1 {
        return Err(Reason::ForeignCommit { commit: sha, author: Some("merge".to_owned()) });
    }
    if !vouched || (commit.verified && commit.signed_by_forge) {
        Ok(())
    } else {
        Err(Reason::Unverified { commit: sha })
    }
}
