//! The remote's state: what the forge has of this deployment already, read in two requests at most where nothing is unusual.

use futures_util::future::try_join;

use super::place::{BranchChoice, RecordTarget, WINDOW, choose, is_record, is_record_name, target, window};
use super::predecessors::{Earlier, earlier, follow};
use super::{AttemptError, PublishRules};
use crate::forge::Forge;
use crate::forge::types::{
    Answers, BranchName, CommitSha, CommitStatus, FileAt, Inquiry, PeeledTag, RepoPath, Revision, TagName,
};
use crate::model::deployment::{GATE_BRANCHES, RECORDS};
use crate::model::{Predecessor, Report};
use crate::render::pull_request::Before;

#[derive(Debug)]
pub(super) struct RemoteState {
    /// The branch that the pull request goes into, and where it is.
    pub(super) base: (BranchName, CommitSha),
    pub(super) target: RecordTarget,
    pub(super) predecessors: Vec<Predecessor>,
    /// The checks of the latest of them.
    pub(super) before: Before,
    pub(super) tag: Option<PeeledTag>,
    pub(super) statuses: Vec<CommitStatus>,
}

/// What is asked of the repository that takes the record.
struct Reader<'a, R> {
    records: &'a R,
    rules: &'a PublishRules,
    release: &'a str,
}

/// Read it. `records` and `code` may be one and the same.
pub(super) async fn read<R: Forge, C: Forge>(
    records: &R,
    code: &C,
    rules: &PublishRules,
    report: &Report,
    release: &str,
) -> Result<RemoteState, AttemptError> {
    let tag = report.deployment.tag.as_deref().map(TagName::new);
    let reader = Reader { records, rules, release };
    let statuses_of = report.deployment.commit.as_deref().and_then(CommitSha::parse);
    let about_code = Inquiry { tag, statuses_of, ..Inquiry::default() };
    let (answers, tag, statuses) = if records.repository() == code.repository() {
        let mut answers = records.ask(&reader.first(about_code)).await?;
        let (tag, statuses) = (answers.tag.take(), std::mem::take(&mut answers.statuses));
        (answers, tag, statuses)
    } else {
        let first = reader.first(Inquiry::default());
        let (answers, other) = try_join(records.ask(&first), code.ask(&about_code)).await?;
        (answers, other.tag, other.statuses)
    };
    let base = reader.base(&answers)?;
    let place = reader.place(&answers).await?;
    let own = reader.own_file(&place, &answers).await?;
    let earlier = earlier(&answers, &base.0, place.branch(release).as_ref());
    let more = reader.second(&place, &base.0, own.as_ref(), &earlier).await?;
    let mut texts = more.files.into_iter().map(|file| file.map(|file| file.text));
    let own = own.map(|file| (file.path, texts.next().flatten()));
    let (predecessors, before) = follow(report, &base.0, &earlier, texts);
    let taken = &answers.folder;
    let identity =
        rules.identity.clone().or_else(|| answers.viewer.as_ref().map(|viewer| viewer.login.clone()));
    let target = target(report, release, place, own, taken, identity.as_deref(), &more.between)?;
    Ok(RemoteState { base, target, predecessors, before, tag, statuses })
}

impl<R: Forge> Reader<'_, R> {
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

    fn base(&self, answers: &Answers) -> Result<(BranchName, CommitSha), AttemptError> {
        let default = answers.default_branch.as_ref().map(|(name, _)| name);
        let repository = self.records.repository();
        let Some(name) = self.rules.base.as_ref().or(default) else {
            let hint = "make its first commit: a pull request needs a branch to go into";
            return Err(AttemptError::refused(format!("{repository} has no branch yet"), hint));
        };
        let Some(head) = &answers.base else {
            let hint = "correct `publish.base`, or make the branch";
            return Err(AttemptError::refused(format!("{repository} has no branch {name}"), hint));
        };
        Ok((name.clone(), head.clone()))
    }

    async fn place(&self, answers: &Answers) -> Result<BranchChoice, AttemptError> {
        let mut first = 1;
        let mut place = choose(first, &answers.branches);
        while place.is_last_of(first) {
            first += WINDOW;
            let further = Inquiry { branches: window(self.release, first), ..Inquiry::default() };
            match (choose(first, &self.records.ask(&further).await?.branches), place) {
                // Nothing is used there: what was found before it is the last.
                (BranchChoice::New { number }, found @ BranchChoice::InUse { .. }) if number == first => {
                    return Ok(found);
                }
                (next, _) => place = next,
            }
        }
        Ok(place)
    }

    /// The record on the branch that is in use. Where no pull request tells which file it is, an earlier run
    /// did not come that far, and it is the one that the base does not have.
    async fn own_file(
        &self,
        place: &BranchChoice,
        answers: &Answers,
    ) -> Result<Option<FileAt>, AttemptError> {
        let (BranchChoice::InUse { pull, .. }, Some(branch)) = (place, place.branch(self.release)) else {
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
        place: &BranchChoice,
        base: &BranchName,
        own: Option<&FileAt>,
        earlier: &[Earlier],
    ) -> Result<Answers, AttemptError> {
        let files: Vec<FileAt> =
            own.into_iter().chain(earlier.iter().map(|(_, file)| file)).cloned().collect();
        let between = place.branch(self.release).map(|branch| (base.clone(), branch));
        if files.is_empty() && between.is_none() {
            return Ok(Answers::default());
        }
        Ok(self.records.ask(&Inquiry { between, files, ..Inquiry::default() }).await?)
    }
}
