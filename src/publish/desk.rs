//! What the forge has of this deployment already, read in two requests at most where nothing is unusual.

use futures_util::future::try_join;

use super::place::{self, Place, WINDOW, choose, is_record, is_record_name, is_settled, window};
use super::{Rules, Stop};
use crate::forge::Forge;
use crate::forge::types::{
    Answers, BranchName, Commit, CommitSha, FileAt, Inquiry, PeeledTag, PullSummary, RepoPath, Revision,
    Status, TagName,
};
use crate::model::deployment::{GATE_BRANCHES, RECORDS};
use crate::model::{Predecessor, Report};
use crate::render::pull_request::Before;
use crate::render::record::read;

/// How many of the latest records of the base are read: one of them is the last run's.
const LATEST: usize = 3;
/// How many records of other open pull requests are read.
const MOST_OPEN: usize = 10;

/// What there is.
#[derive(Debug)]
pub(super) struct Desk {
    /// The branch that the pull request goes into, and where it is.
    pub(super) base: (BranchName, CommitSha),
    /// The record's place.
    pub(super) spot: Spot,
    /// Records that this one follows.
    pub(super) predecessors: Vec<Predecessor>,
    /// The checks of the latest of them.
    pub(super) before: Before,
    /// The tag as the forge has it.
    pub(super) tag: Option<PeeledTag>,
    /// Statuses of the deployed commit.
    pub(super) statuses: Vec<Status>,
}

/// Where the record goes, and what is there.
#[derive(Debug)]
pub(super) struct Spot {
    /// The branch.
    pub(super) branch: BranchName,
    /// The record's path.
    pub(super) path: RepoPath,
    /// Where the branch is; none while it does not exist.
    pub(super) head: Option<CommitSha>,
    /// The record that is there.
    pub(super) text: Option<String>,
    /// The open pull request.
    pub(super) pull: Option<PullSummary>,
}

/// What is looked for.
struct Looking<'a, R> {
    records: &'a R,
    rules: &'a Rules,
    report: &'a Report,
    release: &'a str,
    tag: Option<TagName>,
}

/// A record that may come before this one: its branch, and its file.
type Earlier = (BranchName, FileAt);

/// Look. `records` and `code` may be one and the same.
pub(super) async fn look<R: Forge, C: Forge>(
    records: &R,
    code: &C,
    rules: &Rules,
    report: &Report,
    release: &str,
) -> Result<Desk, Stop> {
    let tag = report.deployment.tag.as_deref().map(TagName::new);
    let looking = Looking { records, rules, report, release, tag: tag.clone() };
    let statuses_of = report.deployment.commit.as_deref().and_then(CommitSha::parse);
    let about_code = Inquiry { tag, statuses_of, ..Inquiry::default() };
    let (answers, tag, statuses) = if records.repository() == code.repository() {
        let mut answers = records.ask(&looking.first(about_code)).await?;
        let (tag, statuses) = (answers.tag.take(), std::mem::take(&mut answers.statuses));
        (answers, tag, statuses)
    } else {
        let first = looking.first(Inquiry::default());
        let (answers, other) = try_join(records.ask(&first), code.ask(&about_code)).await?;
        (answers, other.tag, other.statuses)
    };
    let base = looking.base(&answers)?;
    let place = looking.place(&answers).await?;
    let own = looking.own_file(&place, &answers).await?;
    let earlier = earlier(&answers, &base.0, place.branch(release).as_ref());
    let more = looking.second(&place, &base.0, own.as_ref(), &earlier).await?;
    let mut texts = more.files.into_iter().map(|file| file.map(|file| file.text));
    let own = own.map(|file| (file.path, texts.next().flatten()));
    let (predecessors, before) = follow(report, &base.0, &earlier, texts);
    let spot = looking.spot(place, own, &answers, &more.between)?;
    Ok(Desk { base, spot, predecessors, before, tag, statuses })
}

impl<R: Forge> Looking<'_, R> {
    /// The first questions, beside those about the code.
    fn first(&self, beside: Inquiry) -> Inquiry {
        Inquiry {
            base: self.rules.base.clone(),
            branches: window(self.release, 1),
            open_under: Some(GATE_BRANCHES.to_owned()),
            folder: Some(RepoPath::new(RECORDS)),
            ..beside
        }
    }

    fn base(&self, answers: &Answers) -> Result<(BranchName, CommitSha), Stop> {
        let default = answers.default_branch.as_ref().map(|(name, _)| name);
        let repository = self.records.repository();
        let Some(name) = self.rules.base.as_ref().or(default) else {
            let hint = "make its first commit: a pull request needs a branch to go into";
            return Err(Stop::refused(format!("{repository} has no branch yet"), hint));
        };
        let Some(head) = &answers.base else {
            let hint = "correct `publish.base`, or make the branch";
            return Err(Stop::refused(format!("{repository} has no branch {name}"), hint));
        };
        Ok((name.clone(), head.clone()))
    }

    async fn place(&self, answers: &Answers) -> Result<Place, Stop> {
        let mut first = 1;
        let mut place = choose(first, &answers.branches);
        while place.is_last_of(first) {
            first += WINDOW;
            let further = Inquiry { branches: window(self.release, first), ..Inquiry::default() };
            match (choose(first, &self.records.ask(&further).await?.branches), place) {
                // Nothing is used there: what was found before it is the last.
                (Place::New { number }, found @ Place::InUse { .. }) if number == first => return Ok(found),
                (next, _) => place = next,
            }
        }
        Ok(place)
    }

    /// The record on the branch that is in use. Where no pull request tells which file it is, an earlier run
    /// did not come that far, and it is the one that the base does not have.
    async fn own_file(&self, place: &Place, answers: &Answers) -> Result<Option<FileAt>, Stop> {
        let (Place::InUse { pull, .. }, Some(branch)) = (place, place.branch(self.release)) else {
            return Ok(None);
        };
        let path = if let Some(pull) = pull {
            pull.files.iter().find(|path| is_record(path.as_str())).cloned()
        } else {
            let folder = Some(RepoPath::new(RECORDS));
            let inquiry = Inquiry { base: Some(branch.clone()), folder, ..Inquiry::default() };
            let names = self.records.ask(&inquiry).await?.folder;
            let new = |name: &String| is_record_name(name) && !answers.folder.contains(name);
            names.into_iter().find(new).map(|name| RepoPath::new(format!("{RECORDS}/{name}")))
        };
        Ok(path.map(|path| FileAt { at: Revision::Branch(branch), path }))
    }

    /// The texts of records, and the commits of the branch that is in use; nothing is asked where there are
    /// none.
    async fn second(
        &self,
        place: &Place,
        base: &BranchName,
        own: Option<&FileAt>,
        earlier: &[Earlier],
    ) -> Result<Answers, Stop> {
        let files: Vec<FileAt> =
            own.into_iter().chain(earlier.iter().map(|(_, file)| file)).cloned().collect();
        let between = place.branch(self.release).map(|branch| (base.clone(), branch));
        if files.is_empty() && between.is_none() {
            return Ok(Answers::default());
        }
        Ok(self.records.ask(&Inquiry { between, files, ..Inquiry::default() }).await?)
    }

    /// The place, now that it is known what is there: what is settled is left alone.
    fn spot(
        &self,
        place: Place,
        own: Option<(RepoPath, Option<String>)>,
        answers: &Answers,
        commits: &[Commit],
    ) -> Result<Spot, Stop> {
        let new = |number: u32| Spot {
            branch: place::branch(self.release, number),
            path: place::new_path(self.report, number, &answers.folder),
            head: None,
            text: None,
            pull: None,
        };
        let (number, head, pull) = match place {
            Place::New { number } | Place::Further { number } => return Ok(new(number)),
            Place::InUse { number, head, pull } => (number, head, pull),
        };
        let (path, text) = own.map_or((None, None), |(path, text)| (Some(path), text));
        if text.as_deref().is_some_and(|text| is_settled(text, self.tag.as_ref())) {
            return Ok(new(number + 1));
        }
        let viewer = || answers.viewer.as_ref().map(|viewer| viewer.login.clone());
        let identity = self.rules.identity.clone().or_else(viewer);
        let fresh = new(number);
        only_ours(&fresh.branch, identity.as_deref(), commits)?;
        let path = path.unwrap_or(fresh.path);
        Ok(Spot { branch: fresh.branch, path, head: Some(head), text, pull: pull.map(|pull| *pull) })
    }
}

/// The records that may come before this one: the base's latest, and those of other open pull requests.
fn earlier(answers: &Answers, base: &BranchName, own: Option<&BranchName>) -> Vec<Earlier> {
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
fn follow(
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

/// Nothing is written over a person's work.
fn only_ours(branch: &BranchName, identity: Option<&str>, commits: &[Commit]) -> Result<(), Stop> {
    let ours = |commit: &Commit| {
        let author = commit.author.as_ref();
        identity.is_none_or(|identity| author.is_some_and(|author| author.is(identity)))
    };
    let Some(foreign) = commits.iter().find(|commit| !ours(commit)) else { return Ok(()) };
    let by = foreign.author.as_ref().map_or(foreign.author_name.as_str(), |author| author.login.as_str());
    Err(Stop::refused(
        format!("the branch {branch} has a commit that is not the gate's: {} by {by}", foreign.sha.short()),
        "nothing is written over a person's work: take the commit off the branch, or close the pull request \
         and run again, which begins a new one; if an App commits the records, name it in `publish.identity`",
    ))
}
