//! Finds out what is to be proved: the tag's commit, the previous deployment, what lies between.
//!
//! Done once, before the plan runs, because the record's name and every commit check depend on it.

use futures_util::future::join;

use super::tag::is_object_name;
use crate::model::deployment::{GATE_BRANCHES, RECORDS};
use crate::model::{Cause, CauseCode, Deployment, Predecessor, Previous, PreviousFrom};
use crate::probe::git::{BranchFile, Git};

/// Commits listed in a record at most; the rest is counted.
const MOST_COMMITS: usize = 100;
/// How a record's file name begins and ends.
const RECORD_NAME: (&str, &str) = ("PROD_DEPLOY_", ".md");

/// What the command line and the environment say.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The tag.
    pub tag: Option<String>,
    /// The commit, where it is given beside the tag or instead of it.
    pub commit: Option<String>,
    /// The previous deployment's revision.
    pub previous: Option<String>,
    /// Which tags are releases.
    pub tags: String,
    /// Fetch the tag even if it is here: a CI checkout may have replaced it by a lightweight one.
    pub fresh_tag: bool,
}

/// What was found out, and what could not be.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The release and what came before.
    pub deployment: Deployment,
    /// Whether there is a repository.
    pub repository: bool,
    /// The commit that was given beside the tag.
    pub given_commit: Option<String>,
    /// The annotated tag's message.
    pub tag_message: Option<String>,
    /// Why the commit is not known.
    pub no_commit: Option<Cause>,
    /// The revision that was given as the previous deployment, if there is no such revision.
    pub unknown_previous: Option<String>,
    /// Why the commits between are not known.
    pub no_range: Option<Cause>,
}

/// A record of an earlier deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRecord {
    /// The commit that it proves.
    pub commit: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Its run's start, RFC 3339 in UTC.
    pub started_at: String,
    /// The digest of its sealed part.
    pub digest: String,
}

/// Reads a record's text; none when it is not a record of prod-gate's.
pub type ReadRecord<'a> = dyn Fn(&str) -> Option<EarlierRecord> + Send + Sync + 'a;

/// Find out everything that can be; causes are kept, never returned: they become findings.
pub async fn resolve(git: &Git, wanted: &Wanted, read: &ReadRecord<'_>) -> Resolved {
    let repository = git.is_repository().await;
    let mut resolved = Resolved { repository: matches!(repository, Ok(true)), ..Resolved::default() };
    resolved.given_commit.clone_from(&wanted.commit);
    if !resolved.repository {
        let why = repository.err().unwrap_or_else(|| {
            let detail = format!("{} is not a git repository", git.directory().display());
            Cause::new(CauseCode::NoCommit, detail)
        });
        without_repository(wanted, why, &mut resolved);
        return resolved;
    }
    if let Err(cause) = find_commit(git, wanted, &mut resolved).await {
        resolved.no_commit = Some(cause);
        return resolved;
    }
    if let Err(cause) = find_range(git, wanted, read, &mut resolved).await {
        resolved.deployment.previous = Previous::Unknown { why: cause.detail.clone() };
        resolved.no_range = Some(cause);
    }
    resolved
}

/// Only a whole commit can be taken as it is given. Nobody can look a tag up, or complete a short commit.
fn without_repository(wanted: &Wanted, why: Cause, resolved: &mut Resolved) {
    resolved.deployment.tag.clone_from(&wanted.tag);
    resolved.deployment.commit = wanted.commit.as_ref().filter(|commit| is_whole(commit)).cloned();
    resolved.no_commit = match (&resolved.deployment.commit, &wanted.commit, &wanted.tag) {
        (Some(_), _, None) => None,
        (Some(_), _, Some(tag)) => {
            let detail = format!("{}: the tag {tag} cannot be looked up", why.detail);
            Some(Cause::new(CauseCode::Git, detail))
        }
        (None, Some(given), _) => {
            let detail = format!("{}: {given} is not a whole commit", why.detail);
            Some(Cause::new(CauseCode::NoCommit, detail))
        }
        (None, None, _) => Some(why),
    };
}

/// Whether it is a commit's whole name.
fn is_whole(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && is_object_name(commit)
}

async fn find_commit(git: &Git, wanted: &Wanted, resolved: &mut Resolved) -> Result<(), Cause> {
    let tag = match &wanted.tag {
        Some(tag) => Some(tag.clone()),
        None if wanted.commit.is_some() => None,
        None => git.tags_at("HEAD", &wanted.tags).await?.pop(),
    };
    let Some(tag) = tag else {
        let revision = wanted.commit.as_deref().unwrap_or("HEAD");
        resolved.deployment.commit = git.commit(revision).await?;
        // A checkout may hold no more than the newest commit of a branch.
        if resolved.deployment.commit.is_none() && is_whole(revision) && git.has_origin().await {
            git.bring(revision).await?;
            resolved.deployment.commit = git.commit(revision).await?;
        }
        return match &resolved.deployment.commit {
            Some(_) => Ok(()),
            None => Err(Cause::new(CauseCode::NoCommit, format!("there is no commit {revision}"))),
        };
    };
    resolved.deployment.tag = Some(tag.clone());
    let revision = format!("refs/tags/{tag}");
    resolved.deployment.commit = git.commit(&revision).await?;
    let here = resolved.deployment.commit.is_some();
    let mut fetched = Ok(());
    if (wanted.fresh_tag || !here) && git.has_origin().await {
        fetched = git.fetch_tag(&tag).await;
        resolved.deployment.commit = git.commit(&revision).await?;
    }
    if let (Err(cause), Some(_)) = (&fetched, &resolved.deployment.commit) {
        // The tag that is here may be an older or a lightweight one: whoever reads the log should know.
        tracing::warn!(detail = cause.detail, "the tag could not be fetched; the one in this clone is used");
    }
    if resolved.deployment.commit.is_none() {
        let why = fetched.err().map(|cause| format!(" ({})", cause.detail)).unwrap_or_default();
        return Err(Cause::new(CauseCode::NoCommit, format!("there is no tag {tag} here or at origin{why}")));
    }
    let tag = git.tag(&tag).await?;
    resolved.deployment.tagger = tag.tagger;
    resolved.tag_message = tag.message;
    if let Some(given) = &wanted.commit {
        let found = git.commit(given).await?;
        if found.is_none() && !is_object_name(given) {
            return Err(Cause::new(CauseCode::NoCommit, format!("there is no commit {given}")));
        }
        // A commit that is not here stays as it is given: it is not the tag's.
        resolved.given_commit = found.or_else(|| Some(given.clone()));
    }
    Ok(())
}

async fn find_range(
    git: &Git,
    wanted: &Wanted,
    read: &ReadRecord<'_>,
    resolved: &mut Resolved,
) -> Result<(), Cause> {
    let Some(commit) = resolved.deployment.commit.clone() else { return Ok(()) };
    // Each question is a process: those that do not wait for another's answer run side by side.
    let (shallow, mut branch) = join(git.is_shallow(), git.default_branch()).await;
    if shallow? {
        git.deepen().await?;
        // That may have brought the branch itself.
        branch = git.default_branch().await;
    }
    let (records, gates) = join(records(git, &branch, read), git.remote_branches(GATE_BRANCHES)).await;
    let records = records?;
    resolved.deployment.predecessors = predecessors(git, &branch, &records, gates?, read).await?;
    resolved.deployment.previous = previous(git, wanted, &commit, &records).await?;
    if let Previous::Unknown { .. } = &resolved.deployment.previous {
        resolved.unknown_previous.clone_from(&wanted.previous);
    }
    let Previous::Commit { commit: before, .. } = &resolved.deployment.previous else { return Ok(()) };
    let back = before != &commit && git.is_ancestor(&commit, before).await?;
    let (from, to) = if back { (&commit, before) } else { (before, &commit) };
    let (commits, count) = git.log(from, to, MOST_COMMITS).await?;
    resolved.deployment.rollback = back;
    resolved.deployment.commits_left_out = count.saturating_sub(commits.len() as u64);
    resolved.deployment.commits = commits;
    Ok(())
}

/// The flag, else the latest record of another commit, else the nearest ancestor with a release tag.
async fn previous(
    git: &Git,
    wanted: &Wanted,
    commit: &str,
    records: &[(BranchFile, EarlierRecord)],
) -> Result<Previous, Cause> {
    if let Some(name) = &wanted.previous {
        let found = git.commit(name).await?;
        return Ok(match found {
            Some(commit) => Previous::Commit { name: name.clone(), commit, from: PreviousFrom::Flag },
            None => Previous::Unknown { why: format!("there is no revision {name}") },
        });
    }
    for (file, record) in records.iter().rev().filter(|(_, record)| record.commit != commit) {
        // A record whose commit the repository does not have was made elsewhere, and one on another line of
        // history was of another service or a branch that was left: neither came before this release.
        let found = git.commit(&record.commit).await?;
        if let Some(found) = found
            && (git.is_ancestor(&found, commit).await? || git.is_ancestor(commit, &found).await?)
        {
            let name = record.tag.clone().unwrap_or_else(|| found.chars().take(7).collect());
            return Ok(Previous::Commit {
                name,
                commit: found,
                from: PreviousFrom::Record(file.path.clone()),
            });
        }
    }
    let Some(tag) = git.nearest_tag(commit, &wanted.tags).await? else { return Ok(Previous::NoBaseline) };
    let found = git.commit(&format!("refs/tags/{tag}")).await?;
    Ok(found.map_or(Previous::NoBaseline, |commit| Previous::Commit {
        name: tag,
        commit,
        from: PreviousFrom::Tag,
    }))
}

/// The records of a branch, oldest run first.
async fn records(
    git: &Git,
    branch: &str,
    read: &ReadRecord<'_>,
) -> Result<Vec<(BranchFile, EarlierRecord)>, Cause> {
    let files = git.files(branch, RECORDS, RECORD_NAME).await?;
    let mut records: Vec<_> =
        files.into_iter().filter_map(|file| read(&file.text).map(|record| (file, record))).collect();
    records.sort_by(|(_, a), (_, b)| a.started_at.cmp(&b.started_at));
    Ok(records)
}

/// The latest record of the default branch, and of each open gate branch where it is another one.
async fn predecessors(
    git: &Git,
    branch: &str,
    records: &[(BranchFile, EarlierRecord)],
    gates: Vec<String>,
    read: &ReadRecord<'_>,
) -> Result<Vec<Predecessor>, Cause> {
    let mut found: Vec<Predecessor> = Vec::new();
    found.extend(records.last().map(|record| predecessor(branch, record)));
    for gate in gates {
        let latest = self::records(git, &gate, read).await?.pop();
        if let Some(latest) = latest.map(|record| predecessor(&gate, &record))
            && found.iter().all(|have| have.digest != latest.digest)
        {
            found.push(latest);
        }
    }
    Ok(found)
}

fn predecessor(branch: &str, (file, record): &(BranchFile, EarlierRecord)) -> Predecessor {
    let branch = branch.trim_start_matches("refs/remotes/origin/").trim_start_matches("refs/heads/");
    Predecessor { path: file.path.clone(), branch: branch.to_owned(), digest: record.digest.clone() }
}
