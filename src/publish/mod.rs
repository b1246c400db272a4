//! Publishing a record: its branch, its commit, its pull request, the reviewers, the status.
//!
//! Every step looks at what is there and does what is missing, so running again continues where a run ended
//! and does nothing twice. The branch is only ever moved forward, and only from where it was seen: of two runs
//! at once one sees that it was second and begins again from what the other left.

mod place;
mod predecessors;
mod remote;

use std::time::Duration;

use futures_util::future::join;

use crate::error::Error;
use crate::forge::Forge;
use crate::forge::error::{ForgeError, Permission, Why};
use crate::forge::types::{
    BranchName, CommitSha, CommitStatus, Ensured, FileAt, Inquiry, NewCommit, NewFile, NewPull, PullNumber,
    PullSummary, PullText, Revision, StatusContext, StatusState,
};
use crate::model::{RecordPlace, Report};
use crate::redact::Redactor;
use crate::render::{self, Rendered, pull_request, seal};
use remote::RemoteState;

/// The status that waits for the lead.
pub const STATUS: &str = "prod-gate/validation";
/// How often it is begun again after somebody else was quicker.
const ROUNDS: u32 = 6;

/// What the configuration says of publishing.
#[derive(Debug, Clone, Default)]
pub struct PublishRules {
    /// The branch that the pull request goes into; none for the default branch.
    pub base: Option<BranchName>,
    pub labels: Vec<String>,
    /// Logins of the leads; each is asked for a review.
    pub leads: Vec<String>,
    /// Whether who deployed may validate.
    pub own: bool,
    /// Whether a verdict that does not pass may be validated.
    pub accept_failed: bool,
    /// The account that commits records, where it is not the token's.
    pub identity: Option<String>,
}

/// What is published, where, and by which rules.
pub struct Job<'a, R, C> {
    /// The repository that takes the record.
    pub records: &'a R,
    /// The repository that was deployed; often the same.
    pub code: &'a C,
    pub rules: &'a PublishRules,
    /// The scrubber for everything that is sent.
    pub redactor: &'a Redactor,
    /// Puts the results on disk. It is called before anything is written to the forge.
    pub keep: Keep<'a>,
}

/// Puts the results and the pull request's text on disk.
pub type Keep<'a> = &'a (dyn Fn(&Report, &Rendered, &str) + Send + Sync);

/// A record that was published, and what could not be done about it.
#[derive(Debug)]
pub struct Published {
    /// The repository, the branch and the path of the record.
    pub place: RecordPlace,
    /// The pull request; none when it could not be opened.
    pub pull: Option<(PullNumber, String)>,
    pub did: Did,
    /// What could not be done and does not matter much, each with its remedy.
    pub warnings: Vec<String>,
    /// What could not be done and does matter.
    pub problem: Option<Error>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// There was none on the branch: it is new.
    Opened,
    /// It replaced an earlier one of the same deployment.
    Updated,
    /// Everything was there already: nothing was written.
    Nothing,
    /// Another run of the same release replaced it meanwhile.
    Superseded,
}

/// Why it did not go on.
#[derive(Debug)]
enum AttemptError {
    /// Somebody else was quicker: begin again.
    Retry(String),
    Fatal(Error),
}

impl AttemptError {
    fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Fatal(Error::not_published(message).hint(hint))
    }
}

impl From<ForgeError> for AttemptError {
    fn from(error: ForgeError) -> Self {
        if error.is_conflict() { Self::Retry(error.to_string()) } else { Self::Fatal(explained(&error)) }
    }
}

fn explained(error: &ForgeError) -> Error {
    Error::not_published(error.to_string()).hint(error.remedy())
}

/// Publish a report, and begin again when another run was quicker, six times at most.
pub async fn publish<R: Forge, C: Forge>(job: &Job<'_, R, C>, report: &Report) -> Result<Published, Error> {
    let Some(release) = place::release(report) else {
        return Err(Error::not_published("neither the tag nor the commit of this run is known")
            .hint("run it in a checkout of the repository, with --tag"));
    };
    let mut last = String::new();
    for round in 0..ROUNDS {
        if round > 0 {
            pause(round).await;
        }
        match attempt(job, report, &release).await {
            Ok(published) => return Ok(published),
            Err(AttemptError::Fatal(error)) => return Err(error),
            Err(AttemptError::Retry(why)) => {
                tracing::info!("{why}: looking again");
                last = why;
            }
        }
    }
    Err(Error::not_published(format!("other runs were quicker {ROUNDS} times: {last}"))
        .hint("run again when they have ended; a concurrency group in the workflow keeps them apart"))
}

/// Longer each time, and never the same for two runs.
async fn pause(round: u32) {
    use std::hash::BuildHasher as _;
    let random = std::collections::hash_map::RandomState::new().hash_one(round);
    let base = 100_u64 << round.min(6);
    tokio::time::sleep(Duration::from_millis(base / 2 + random % base)).await;
}

/// What is to be written, all of it made before anything is.
struct Texts {
    record: String,
    digest: String,
    pull: PullText,
}

async fn attempt<R: Forge, C: Forge>(
    job: &Job<'_, R, C>,
    report: &Report,
    release: &str,
) -> Result<Published, AttemptError> {
    let remote = remote::read(job.records, job.code, job.rules, report, release).await?;
    let mut warnings = Vec::new();
    let tagged = deployed(job, report, &remote, &mut warnings)?;
    let (place, texts) = texts(job, report, &remote)?;
    let new_branch = remote.target.head.is_none();
    let head = head(job.records, &remote).await?;
    let commit = commit(job.records, &remote, &head, report, &texts).await?;
    let mut problem = None;
    let pull = match pull(job.records, &remote, &texts, commit.as_ref()).await {
        Ok(pull) => Some(pull),
        Err(error) if error.is_conflict() => return Err(error.into()),
        Err(error) => {
            problem = Some(with_link(job.records, &remote, &texts, &error));
            None
        }
    };
    let wrote_pull = pull.as_ref().is_some_and(|(_, wrote)| *wrote);
    if let Some((pull, _)) = &pull {
        ask_people(job, pull, commit.is_some(), &mut warnings).await;
    }
    let url = match &pull {
        Some((pull, _)) => Some(pull.url.clone()),
        None => job.records.compare_url(&new_pull(&remote, &texts)),
    };
    let wrote = commit.is_some() || wrote_pull;
    let status = status(job.code, report, &remote, tagged, url);
    let check = async {
        if wrote {
            still_there(job.records, &remote, commit.as_ref().unwrap_or(&head), &texts).await
        } else {
            Ok(true)
        }
    };
    let (status, still_there) = join(status, check).await;
    if let Err(error) = status {
        problem = problem.or_else(|| Some(explained(&error)));
    }
    let did = match (still_there?, wrote, new_branch) {
        (false, ..) => Did::Superseded,
        (_, false, _) => Did::Nothing,
        (_, true, true) => Did::Opened,
        (_, true, false) => Did::Updated,
    };
    let pull = pull.map(|(pull, _)| (pull.number, pull.url));
    Ok(Published { place, pull, did, warnings, problem })
}

/// The commit that the status belongs to; none when the repository does not have it. A tag that was moved since
/// the run names another commit than the one that was verified.
fn deployed<R: Forge, C: Forge>(
    job: &Job<'_, R, C>,
    report: &Report,
    remote: &RemoteState,
    warnings: &mut Vec<String>,
) -> Result<Option<CommitSha>, AttemptError> {
    let commit = report.deployment.commit.as_deref().and_then(CommitSha::parse);
    let (Some(tag), Some(commit)) = (&report.deployment.tag, &commit) else { return Ok(commit) };
    match &remote.tag {
        Some(there) if there.commit == *commit => Ok(Some(commit.clone())),
        Some(there) => Err(AttemptError::refused(
            format!(
                "{} has the tag {tag} at {}, and {} was verified",
                job.code.repository(),
                there.commit.short(),
                commit.short()
            ),
            "the tag was moved: run again, so that what it names now is verified",
        )),
        None => {
            let repository = job.code.repository();
            warnings
                .push(format!("{repository} has no tag {tag}: there is no status {STATUS}; push the tag"));
            Ok(None)
        }
    }
}

/// Give the report its place and what it follows, render everything, and put it on disk.
fn texts<R: Forge, C: Forge>(
    job: &Job<'_, R, C>,
    report: &Report,
    remote: &RemoteState,
) -> Result<(RecordPlace, Texts), AttemptError> {
    let mut report = report.clone();
    let place = RecordPlace {
        repository: job.records.repository().to_string(),
        branch: remote.target.branch.to_string(),
        path: remote.target.path.to_string(),
    };
    report.place = Some(place.clone());
    report.deployment.predecessors.clone_from(&remote.predecessors);
    report.visit_text(&mut |text| job.redactor.scrub_in_place(text));
    let scrub = |text: &str| job.redactor.scrub(text).into_owned();
    let broken = |error: render::RenderError| {
        AttemptError::Fatal(Error::not_published(format!("the record could not be rendered: {error}")))
    };
    let rendered = render::all(&report, &scrub).map_err(broken)?;
    let digest = seal::digest(&rendered.record).unwrap_or_default();
    let asked = pull_request::Asked {
        digest: digest.clone(),
        record_url: job.records.file_url(&remote.target.branch, &remote.target.path),
        before: remote.before.clone(),
        leads: job.rules.leads.clone(),
        own: job.rules.own,
        accept_failed: job.rules.accept_failed,
        identities: job.records.vouches(),
    };
    let title = scrub(&pull_request::title(&report));
    let body = scrub(&pull_request::body(&report, &asked));
    (job.keep)(&report, &rendered, &body);
    Ok((place, Texts { record: rendered.record, digest, pull: PullText { title, body } }))
}

/// Where the branch is, made where there is none.
async fn head<R: Forge>(records: &R, remote: &RemoteState) -> Result<CommitSha, AttemptError> {
    if let Some(head) = &remote.target.head {
        return Ok(head.clone());
    }
    let base = &remote.base.1;
    match records.ensure_branch(&remote.target.branch, base).await? {
        Ensured::Created => Ok(base.clone()),
        Ensured::Exists(_) => {
            Err(AttemptError::Retry(format!("another run made the branch {}", remote.target.branch)))
        }
    }
}

/// Commit the record, unless it is there as it should be.
async fn commit<R: Forge>(
    records: &R,
    remote: &RemoteState,
    head: &CommitSha,
    report: &Report,
    texts: &Texts,
) -> Result<Option<CommitSha>, AttemptError> {
    if remote.target.text.as_ref() == Some(&texts.record) {
        return Ok(None);
    }
    let run = report.run.operator.run_url.as_deref().unwrap_or_default();
    let commit = NewCommit {
        branch: remote.target.branch.clone(),
        expected_head: head.clone(),
        headline: texts.pull.title.clone(),
        body: format!("{run}\nsha256:{}", texts.digest).trim().to_owned(),
        files: vec![NewFile { path: remote.target.path.clone(), text: texts.record.clone() }],
    };
    Ok(Some(records.commit(&commit).await?.sha))
}

fn new_pull(remote: &RemoteState, texts: &Texts) -> NewPull {
    NewPull { head: remote.target.branch.clone(), base: remote.base.0.clone(), text: texts.pull.clone() }
}

/// The pull request with this text, and whether it had to be written.
async fn pull<R: Forge>(
    records: &R,
    remote: &RemoteState,
    texts: &Texts,
    commit: Option<&CommitSha>,
) -> Result<(PullSummary, bool), ForgeError> {
    if let Some(pull) = &remote.target.pull {
        let same = same_page(pull, texts);
        if !same {
            records.update_pull(pull.number, &texts.pull).await?;
        }
        return Ok((pull.clone(), !same));
    }
    let pull = records.open_pull(&new_pull(remote, texts)).await?;
    if same_page(&pull, texts) {
        return Ok((pull, true));
    }
    // Another run opened it, and may have gone on since.
    if commit.is_some_and(|commit| pull.head != *commit) {
        let why = Why::Conflict { head: Some(pull.head) };
        return Err(ForgeError::new("open the pull request", why, "another run opened it"));
    }
    records.update_pull(pull.number, &texts.pull).await?;
    Ok((pull, true))
}

/// Whether a pull request says this; forges write line ends and the last line their own way.
fn same_page(pull: &PullSummary, texts: &Texts) -> bool {
    pull.title == texts.pull.title && pull.body.trim_end().lines().eq(texts.pull.body.trim_end().lines())
}

/// What a person can do by hand where the gate may not.
fn with_link<R: Forge>(records: &R, remote: &RemoteState, texts: &Texts, error: &ForgeError) -> Error {
    let error_text = explained(error);
    if remote.target.pull.is_some() {
        return error_text;
    }
    let Some(link) = records.compare_url(&new_pull(remote, texts)) else { return error_text };
    let hint = error_text.hint.clone().unwrap_or_default();
    error_text.hint(format!(
        "{hint}\n  the record is on the branch {}; open the pull request by hand: {link}\n  its text is \
         pull_request.md, beside the record",
        remote.target.branch
    ))
}

/// Labels and reviewers: what is missing of them. None of it keeps a record from being published.
async fn ask_people<R: Forge, C: Forge>(
    job: &Job<'_, R, C>,
    pull: &PullSummary,
    is_new: bool,
    warnings: &mut Vec<String>,
) {
    let has = |names: &[String], name: &str| names.iter().any(|have| have.eq_ignore_ascii_case(name));
    let labels: Vec<String> =
        job.rules.labels.iter().filter(|label| !has(&pull.labels, label)).cloned().collect();
    if !labels.is_empty()
        && let Err(error) = job.records.label(pull.number, &labels).await
    {
        warnings.push(format!("{error}; {}", error.remedy()));
    }
    if job.rules.leads.is_empty() {
        warnings.push("no lead is configured, so nobody was asked: name them in `lead.reviewers`".to_owned());
    }
    for lead in &job.rules.leads {
        // Who has reviewed what is there now need not be asked again.
        if has(&pull.requested, lead) || (!is_new && has(&pull.reviewed, lead)) {
            continue;
        }
        if let Err(error) = job.records.request_review(pull.number, lead).await {
            warnings.push(format!("{error}; {}", reviewer_remedy(lead, &error)));
        }
    }
}

/// What to do about a lead who cannot be asked.
fn reviewer_remedy(lead: &str, error: &ForgeError) -> String {
    if error.said.contains("pull request author") {
        return format!(
            "the token is {lead}'s own: publish with the workflow's token or an App's, since nobody reviews \
             their own pull request"
        );
    }
    if error.said.contains("not a collaborator") {
        return format!("give {lead} access to the repository, or correct `lead.reviewers`");
    }
    error.remedy()
}

/// Set the status that waits for the lead, unless it is there.
async fn status<C: Forge>(
    code: &C,
    report: &Report,
    remote: &RemoteState,
    commit: Option<CommitSha>,
    url: Option<String>,
) -> Result<(), ForgeError> {
    let Some(commit) = commit else { return Ok(()) };
    let status = CommitStatus {
        context: StatusContext::new(STATUS),
        state: StatusState::Pending,
        description: pull_request::waiting(report),
        url: url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
    };
    if remote.statuses.contains(&status) {
        return Ok(());
    }
    match code.set_status(&commit, &status).await {
        Err(error) if error.why == Why::NotFound => {
            // A token that may not is told that there is no such commit, and the commit was seen.
            let why = Why::Permission(Permission::Statuses);
            Err(ForgeError { why, ..error })
        }
        result => result,
    }
}

/// Whether the branch still has what was written, and the pull request its text. `false` when another run's
/// record stands there whole; when its record stands there with this run's text, it has to be begun again.
async fn still_there<R: Forge>(
    records: &R,
    remote: &RemoteState,
    commit: &CommitSha,
    texts: &Texts,
) -> Result<bool, AttemptError> {
    let inquiry = Inquiry {
        branches: vec![remote.target.branch.clone()],
        files: vec![FileAt {
            at: Revision::Branch(remote.target.branch.clone()),
            path: remote.target.path.clone(),
        }],
        ..Inquiry::default()
    };
    let answers = records.ask(&inquiry).await?;
    let branch = answers.branches.into_iter().next();
    let text = answers.files.into_iter().next().flatten();
    let head = branch.as_ref().and_then(|branch| branch.head.as_ref());
    let page = branch.as_ref().and_then(|branch| branch.pulls.first());
    let page = page.and_then(|pull| pull_request::digest_of(&pull.body));
    let there = text.and_then(|text| seal::digest(&text.text));
    let mine = head == Some(commit) || there.as_ref() == Some(&texts.digest);
    // A forge may be a moment behind: what it does not show yet is no other run's.
    match (mine, page, there) {
        (true, Some(page), _) if page != texts.digest => {
            Err(AttemptError::Retry("another run wrote the pull request's text".to_owned()))
        }
        (true, ..) | (_, _, None) => Ok(true),
        (false, page, Some(there)) if page.as_ref() == Some(&there) => Ok(false),
        (false, ..) => Err(AttemptError::Retry("another run replaced the record".to_owned())),
    }
}
