//! The release that is verified: the tag's commit, the previous deployment, what lies between.
//!
//! Found out once, before the plan runs, because the record's name and every commit check depend on it.

use futures_util::future::join;

use crate::model::deployment::{GATE_BRANCHES, RECORDS};
use crate::model::{Cause, CauseCode, Deployment, Predecessor, Previous, PreviousFrom};
use crate::probe::git::{BranchFile, Git};

/// Commits listed in a record; the rest is counted.
const MAX_COMMITS: usize = 100;
/// How a record's file name begins and ends.
const RECORD_NAME: (&str, &str) = ("PROD_DEPLOY_", ".md");

/// What the command line and the environment say.
#[derive(Debug, Clone, Default)]
pub struct ReleaseSelector {
    /// The tag. Without it and without a commit, a release tag of HEAD.
    pub tag: Option<String>,
    /// The commit, where it is given beside the tag or instead of it.
    pub commit: Option<String>,
    /// The revision of the previous deployment, where it is given.
    pub previous: Option<String>,
    pub tags: String,
    /// Fetch the tag even if it is here: a CI checkout may have replaced it by a lightweight one.
    pub fresh_tag: bool,
}

/// What was found out, and what could not be.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// The release and what came before.
    pub deployment: Deployment,
    pub repository: bool,
    pub given_commit: Option<String>,
    pub tag_message: Option<String>,
    /// Why the commit is not known.
    pub no_commit: Option<Cause>,
    /// The revision that was given as the previous deployment, if there is no such revision.
    pub unknown_previous: Option<String>,
    /// Why the commits between are not known.
    pub no_range: Option<Cause>,
}

impl Release {
    /// The commit that production should run, or why it is not known.
    pub fn commit(&self) -> Result<&str, Cause> {
        self.deployment.commit.as_deref().ok_or_else(|| {
            let why = self.no_commit.as_ref().map_or("", |cause| cause.detail.as_str());
            Cause::new(CauseCode::NoCommit, why)
        })
    }
}

/// A record of an earlier deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRecord {
    pub commit: String,
    /// The tag that was deployed, if any.
    pub tag: Option<String>,
    /// Its run's start, RFC 3339 in UTC.
    pub started_at: String,
    pub digest: String,
}

/// Reads a record's text; none when it is not a record of prod-gate's.
pub type ReadRecord<'a> = dyn Fn(&str) -> Option<EarlierRecord> + Send + Sync + 'a;

/// Find out everything that can be; causes are kept, never returned: they become findings.
pub(crate) async fn find_release(git: &Git, selector: &ReleaseSelector, read: &ReadRecord<'_>) -> Release {
    let repository = git.is_repository().await;
    let mut release = Release { repository: matches!(repository, Ok(true)), ..Release::default() };
    release.given_commit.clone_from(&selector.commit);
    if !release.repository {
        let why = repository.err().unwrap_or_else(|| {
            let detail = format!("{} is not a git repository", git.directory().display());
            Cause::new(CauseCode::NoCommit, detail)
        });
        without_repository(selector, why, &mut release);
        return release;
    }
    if let Err(cause) = find_commit(git, selector, &mut release).await {
        release.no_commit = Some(cause);
        return release;
    }
    if let Err(cause) = find_range(git, selector, read, &mut release).await {
        release.deployment.previous = Previous::Unknown { why: cause.detail.clone() };
        release.no_range = Some(cause);
    }
    release
}

/// Only a whole commit can be taken as it is given. Nobody can look a tag up, or complete a short commit.
fn without_repository(selector: &ReleaseSelector, why: Cause, release: &mut Release) {
    release.deployment.tag.clone_from(&selector.tag);
    release.deployment.commit = selector.commit.as_ref().filter(|commit| is_whole(commit)).cloned();
    release.no_commit = match (&release.deployment.commit, &selector.commit, &selector.tag) {
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

async fn find_commit(git: &Git, selector: &ReleaseSelector, release: &mut Release) -> Result<(), Cause> {
    let tag = match &selector.tag {
        Some(tag) => Some(tag.clone()),
        None if selector.commit.is_some() => None,
        None => git.tags_at("HEAD", &selector.tags).await?.pop(),
    };
    let Some(tag) = tag else {
        let revision = selector.commit.as_deref().unwrap_or("HEAD");
        release.deployment.commit = git.commit(revision).await?;
        // A checkout may hold no more than the newest commit of a branch.
        if release.deployment.commit.is_none() && is_whole(revision) && git.has_origin().await {
            git.bring(revision).await?;
            release.deployment.commit = git.commit(revision).await?;
        }
        return match &release.deployment.commit {
            Some(_) => Ok(()),
            None => Err(Cause::new(CauseCode::NoCommit, format!("there is no commit {revision}"))),
        };
    };
    release.deployment.tag = Some(tag.clone());
    let revision = format!("refs/tags/{tag}");
    release.deployment.commit = git.commit(&revision).await?;
    let here = release.deployment.commit.is_some();
    let mut fetched = Ok(());
    if (selector.fresh_tag || !here) && git.has_origin().await {
        fetched = git.fetch_tag(&tag).await;
        release.deployment.commit = git.commit(&revision).await?;
    }
    if let (Err(cause), Some(_)) = (&fetched, &release.deployment.commit) {
        // The tag that is here may be an older or a lightweight one: whoever reads the log should know.
        tracing::warn!(detail = cause.detail, "the tag could not be fetched; the one in this clone is used");
    }
    if release.deployment.commit.is_none() {
        let why = fetched.err().map(|cause| format!(" ({})", cause.detail)).unwrap_or_default();
        return Err(Cause::new(CauseCode::NoCommit, format!("there is no tag {tag} here or at origin{why}")));
    }
    let tag = git.tag(&tag).await?;
    release.deployment.tagger = tag.tagger;
    release.tag_message = tag.message;
    if let Some(given) = &selector.commit {
        let found = git.commit(given).await?;
        if found.is_none() && !is_object_name(given) {
            return Err(Cause::new(CauseCode::NoCommit, format!("there is no commit {given}")));
        }
        // A commit that is not here stays as it is given: it is not the tag's.
        release.given_commit = found.or_else(|| Some(given.clone()));
    }
    Ok(())
}

async fn find_range(
    git: &Git,
    selector: &ReleaseSelector,
    read: &ReadRecord<'_>,
    release: &mut Release,
) -> Result<(), Cause> {
    let Some(commit) = release.deployment.commit.clone() else { return Ok(()) };
    // Each question is a process: those that do not wait for another's answer run side by side.
    let (shallow, mut branch) = join(git.is_shallow(), git.default_branch()).await;
    if shallow? {
        git.deepen().await?;
        // That may have brought the branch itself.
        branch = git.default_branch().await;
    }
    let (records, gates) = join(records(git, &branch, read), git.remote_branches(GATE_BRANCHES)).await;
    let records = records?;
    release.deployment.predecessors = predecessors(git, &branch, &records, gates?, read).await?;
    release.deployment.previous = previous(git, selector, &commit, &records).await?;
    if let Previous::Unknown { .. } = &release.deployment.previous {
        release.unknown_previous.clone_from(&selector.previous);
    }
    let Previous::Commit { commit: before, .. } = &release.deployment.previous else { return Ok(()) };
    let back = before != &commit && git.is_ancestor(&commit, before).await?;
    let (from, to) = if back { (&commit, before) } else { (before, &commit) };
    let (commits, count) = git.log(from, to, MAX_COMMITS).await?;
    release.deployment.rollback = back;
    release.deployment.commits_left_out = count.saturating_sub(commits.len() as u64);
    release.deployment.commits = commits;
    Ok(())
}

/// The flag, else the latest record of another commit, else the nearest ancestor with a release tag.
async fn previous(
    git: &Git,
    selector: &ReleaseSelector,
    commit: &str,
    records: &[(BranchFile, EarlierRecord)],
) -> Result<Previous, Cause> {
    if let Some(name) = &selector.previous {
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
    let Some(tag) = git.nearest_tag(commit, &selector.tags).await? else { return Ok(Previous::NoBaseline) };
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

/// Whether a source that may show a shortened commit shows this one.
pub(crate) fn same_commit(shown: &str, full: &str) -> bool {
    let shown = shown.trim().to_ascii_lowercase();
    is_object_name(&shown) && full.to_ascii_lowercase().starts_with(&shown)
}

/// Whether a text can name a commit by itself, whole or shortened.
pub(crate) fn is_object_name(text: &str) -> bool {
    text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit())
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
