//! Everything that a decision needs, in as few rounds of requests as it takes.

use super::ValidationJob;
use crate::config::{self, SeparationRule};
use crate::forge::types::{
    Answers, CommitSha, CommitStatus, FileAt, FileText, Inquiry, PullRequest, RepoCommit, RepoName, RepoPath,
    Revision, TagName, WorkflowRun,
};
use crate::forge::{Forge, ForgeError};
use crate::validation::{self, FOLDER, Facts, ValidationRules, record_path, seen_commits, siblings, tag_of};

pub(super) struct PullContext<F> {
    pub(super) facts: Facts,
    pub(super) language: String,
    /// The repository that was deployed, where it is another one.
    pub(super) code: Option<F>,
    pub(super) tag_statuses: Vec<CommitStatus>,
}

impl<F> PullContext<F> {
    /// Go on from our own commit: the record is now this text, and the pull request was read again. Whether
    /// nobody else moved the branch meanwhile.
    pub(super) fn moved(&mut self, sha: CommitSha, text: String, mut pull: PullRequest) -> bool {
        let before = self.facts.pull.head.clone();
        // What was just written may not be seen everywhere yet.
        if pull.head == before {
            pull.head = sha.clone();
            // Statuses were read of the old head.
            pull.statuses.clear();
        }
        if pull.head != sha {
            return false;
        }
        if !pull.commits.iter().any(|commit| commit.sha == sha) {
            let rules = self.facts.rules.as_ref();
            let author =
                pull.viewer.clone().filter(|viewer| rules.is_some_and(|rules| viewer.is(&rules.identity)));
            let author_name = author.as_ref().map(|author| author.login.clone()).unwrap_or_default();
            pull.commits.push(RepoCommit {
                sha,
                parents: 1,
                author,
                verified: true,
                signed_by_forge: true,
                author_name,
            });
        }
        if let Some(old) = self.facts.record.replace(text) {
            self.facts.earlier.push((before, old));
        }
        self.facts.pull = pull;
        true
    }
}

/// Read everything about a pull request that has a record.
pub(super) async fn read<F: Forge>(
    site: &ValidationJob<'_, F>,
    pull: PullRequest,
) -> Result<PullContext<F>, ForgeError> {
    let records = &site.records;
    let path = record_path(&pull).map(RepoPath::new);
    let guess = tag_of(&pull, None);
    let earlier = seen_commits(&pull);
    let answers = records.ask(&first(site, &pull, path.as_ref(), &earlier, guess.clone())).await?;
    let mut files = answers.files.into_iter().map(|file| file.map(|file: FileText| file.text));
    let config = files.next().flatten();
    let (rules, language, source) = rules(site, &pull, config.as_deref());
    let record = files.next().flatten();
    let earlier = earlier.into_iter().zip(files).filter_map(|(at, text)| Some((at, text?))).collect();

    let other = source.filter(|name| *name != *records.repository());
    let code = other.as_ref().map(|name| (site.open)(name)).transpose()?;
    let repository = other.unwrap_or_else(|| records.repository().clone());
    let mut facts = Facts {
        vouched: records.vouches(),
        rules,
        record,
        earlier,
        siblings: Vec::new(),
        tag: if code.is_none() { answers.tag } else { None },
        code_url: code_url(&pull, records.repository(), &repository),
        code_branch: pull.default_branch.to_string(),
        run: None,
        run_on_default: false,
        workflow_known: false,
        pull,
    };
    let names = path.as_ref().map(|path| siblings(&answers.folder, path.as_str())).unwrap_or_default();
    let names = names.into_iter().map(str::to_owned).collect();
    let known = if code.is_none() { guess } else { None };
    let tag_statuses = details(records, code.as_ref(), &mut facts, known, names).await?;
    for review in &mut facts.pull.reviews {
        review.body = site.redactor.scrub(&review.body).into_owned();
    }
    Ok(PullContext { facts, language, code, tag_statuses })
}

/// The first questions: the rules, the record now and when it was reviewed, its neighbours, its tag.
fn first<F>(
    site: &ValidationJob<'_, F>,
    pull: &PullRequest,
    path: Option<&RepoPath>,
    earlier: &[CommitSha],
    tag: Option<TagName>,
) -> Inquiry {
    let mut files = vec![FileAt { at: Revision::DefaultBranch, path: site.config.clone() }];
    let at = std::iter::once(&pull.head).chain(earlier);
    files.extend(
        path.into_iter()
            .flat_map(|path| at.clone().map(move |commit| (path, commit)))
            .map(|(path, commit)| FileAt { at: Revision::Commit(commit.clone()), path: path.clone() }),
    );
    Inquiry {
        base: Some(pull.base.clone()),
        folder: Some(RepoPath::new(FOLDER)),
        files,
        tag,
        ..Inquiry::default()
    }
}

/// The run, the tag where it was not the one that was guessed, records that this one may be a copy of; then
/// what follows from the run. Returns the statuses of the tag's commit.
async fn details<F: Forge>(
    records: &F,
    other: Option<&F>,
    facts: &mut Facts,
    known: Option<TagName>,
    names: Vec<String>,
) -> Result<Vec<CommitStatus>, ForgeError> {
    let code = other.unwrap_or(records);
    let (tag, run) = validation::wanted(facts);
    let of_code = Inquiry {
        tag: tag.clone().filter(|tag| Some(tag) != known.as_ref()),
        statuses_of: facts.tag.as_ref().filter(|_| tag == known).map(|tag| tag.commit.clone()),
        ..Inquiry::default()
    };
    let base = Revision::Branch(facts.pull.base.clone());
    let paths: Vec<String> = names.iter().map(|name| format!("{FOLDER}/{name}")).collect();
    let files = paths.iter().map(|path| FileAt { at: base.clone(), path: RepoPath::new(path) }).collect();
    let of_records = Inquiry { files, ..Inquiry::default() };
    let run = async {
        match run.filter(|_| facts.vouched) {
            Some(id) => code.workflow_run(id).await,
            None => Ok(None),
        }
    };
    let (run, answers, texts) = tokio::try_join!(run, ask(code, of_code.clone()), ask(records, of_records))?;
    if of_code.tag.is_some() {
        facts.tag = answers.tag;
    }
    if let Some((branch, _)) = answers.default_branch.filter(|_| other.is_some()) {
        facts.code_branch = branch.to_string();
    }
    let texts = paths.into_iter().zip(texts.files);
    facts.siblings = texts.filter_map(|(path, file)| Some((path, file?.text))).collect();

    let more = of_the_run(facts, run.as_ref(), of_code.statuses_of.is_none());
    let found = ask(code, more.clone()).await?;
    facts.run_on_default = found.on_default;
    let runs_it = |file: &Option<FileText>| file.as_ref().is_some_and(|file| file.text.contains("prod-gate"));
    facts.workflow_known = found.files.iter().any(runs_it);
    facts.run = run;
    Ok(if more.statuses_of.is_some() { found.statuses } else { answers.statuses })
}

/// What has to be known once the run is.
fn of_the_run(facts: &Facts, run: Option<&WorkflowRun>, statuses: bool) -> Inquiry {
    let named = facts.rules.as_ref().is_some_and(|rules| !rules.workflows.is_empty());
    let file =
        run.filter(|_| !named).map(|run| FileAt { at: Revision::DefaultBranch, path: run.path.clone() });
    let by_branch = run.filter(|run| run.head_branch.as_deref() == Some(facts.code_branch.as_str()));
    Inquiry {
        files: file.into_iter().collect(),
        on_default: by_branch.map(|run| run.head.clone()),
        statuses_of: facts.tag.as_ref().filter(|_| statuses).map(|tag| tag.commit.clone()),
        ..Inquiry::default()
    }
}

/// Ask, unless there is nothing to be asked.
async fn ask<F: Forge>(forge: &F, inquiry: Inquiry) -> Result<Answers, ForgeError> {
    if inquiry == Inquiry::default() { Ok(Answers::default()) } else { forge.ask(&inquiry).await }
}

/// The page of the repository `code`, on the server that has the pull request's page.
fn code_url(pull: &PullRequest, records: &RepoName, code: &RepoName) -> String {
    let page = format!("/{records}/pull/{}", pull.number);
    let server = pull.url.strip_suffix(&page).unwrap_or_default();
    format!("{server}/{code}")
}

/// What the default branch's configuration says; no rules when it cannot be read. Nothing is filled in from the
/// environment, which is whoever's workflow this is.
fn rules<F: Forge>(
    site: &ValidationJob<'_, F>,
    pull: &PullRequest,
    text: Option<&str>,
) -> (Option<ValidationRules>, String, Option<RepoName>) {
    let text = text.unwrap_or("version: 1\n");
    let config = match config::load_publishing(site.config.as_str(), text.as_bytes(), &|_| None) {
        Ok(config) => config,
        Err(error) => {
            tracing::warn!("the default branch's configuration cannot be read:\n{error}");
            return (None, "fr".to_owned(), None);
        }
    };
    let viewer = pull.viewer.as_ref().map(|viewer| viewer.login.clone());
    let rules = ValidationRules {
        leads: config.leads,
        separate: config.separation == SeparationRule::Required,
        accept_failed: config.accept_failed,
        base: config.base.unwrap_or_else(|| pull.default_branch.to_string()),
        identity: config.identity.or(viewer).unwrap_or_default(),
        workflows: config.workflows,
    };
    (Some(rules), config.language.code().to_owned(), config.source.map(RepoName::new))
}
