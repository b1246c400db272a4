//! The command line of it: which pull request, where, with which token; and how it ends.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{Settled, ValidateError, ValidationJob, settle};
use crate::cli::{DEFAULT_CONFIG, ProcessEnv, ValidateArgs};
use crate::config::PublishingConfig;
use crate::error::Error;
use crate::forge::github::{Addresses, ClientSettings, GitHub, token};
use crate::forge::local::Local;
use crate::forge::types::{PullNumber, RepoName, RepoPath};
use crate::forge::{ForgeError, Why, actions};
use crate::model::Standing;
use crate::redact::Redactor;

/// How long GitHub is left alone after a write before the reviews are read again.
const PAUSE: Duration = Duration::from_secs(1);

/// What is taken from the event: everything else in it was true at some moment in the past.
#[derive(Deserialize)]
struct EventPayload {
    pull_request: Option<EventPull>,
    repository: Option<EventRepository>,
}

#[derive(Deserialize)]
struct EventPull {
    number: u64,
}

#[derive(Deserialize)]
struct EventRepository {
    full_name: String,
}

/// `prod-gate validate`: a line that says where the record stands.
pub async fn run(args: ValidateArgs, redactor: Redactor, env: ProcessEnv<'_>) -> Result<String, Error> {
    let runner = actions::ActionsContext::read(env);
    let event = runner.event_path.as_deref().map(event).transpose()?;
    let given = args.number()?;
    let given = given.or_else(|| event.as_ref()?.pull_request.as_ref().map(|pull| pull.number));
    let number = given.map(PullNumber).ok_or_else(|| {
        Error::usage("which pull request?")
            .hint("name it: --pr 12; a pull_request_review event names its own")
    })?;
    let repository = args.repository.filter(|name| !name.trim().is_empty());
    let named = event.and_then(|event| event.repository).map(|repository| repository.full_name);
    let repository = repository.or(runner.repository.clone()).or(named).ok_or_else(|| {
        Error::usage("which repository?")
            .hint("name it: --repository owner/name, or the path of a git repository")
    })?;
    let config = if args.config.is_empty() { DEFAULT_CONFIG.to_owned() } else { args.config };
    let config = RepoPath::new(config);
    let settled = if repository.starts_with(['.', '/']) {
        let records = Local::open(Path::new(&repository))
            .await
            .map_err(|error| failed(&ValidateError::reading(error)))?;
        let none = |name: &RepoName| {
            Err(ForgeError::new(format!("open {name}"), Why::NotFound, "a git repository stands alone"))
        };
        let site = ValidationJob { records, open: &none, config, redactor, pause: Duration::ZERO };
        settle(&site, number).await
    } else {
        Box::pin(on_github(RepoName::new(repository), config, number, redactor, env)).await?
    };
    let settled = settled.map_err(|failure| failed(&failure))?;
    if actions::detected(env) {
        tell_runner(&runner, &settled)?;
    }
    Ok(line(number, &settled))
}

async fn on_github(
    repository: RepoName,
    config: RepoPath,
    number: PullNumber,
    redactor: Redactor,
    env: ProcessEnv<'_>,
) -> Result<Result<Settled, ValidateError>, Error> {
    let Addresses { api, graphql, server } = Addresses::read(env).map_err(Error::usage)?;
    let token = token(env).ok_or_else(|| {
        let why = ForgeError::new("talk to GitHub", Why::Auth, "there is no token");
        Error::usage(why.to_string()).hint(why.remedy())
    })?;
    let PublishingConfig { request, patience, .. } = PublishingConfig::default();
    let settings = ClientSettings { api, graphql, token, request, patience };
    let open = |name: &RepoName| GitHub::new(&settings, name.clone(), server.clone(), &redactor);
    let records = open(&repository).map_err(|error| failed(&ValidateError::reading(error)))?;
    let site = ValidationJob { records, open: &open, config, redactor: redactor.clone(), pause: PAUSE };
    Ok(settle(&site, number).await)
}

impl ValidateArgs {
    /// The number that was given; a variable that is set to nothing gives none.
    fn number(&self) -> Result<Option<u64>, Error> {
        let text = self.pr.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let number = |text: &str| {
            text.parse().map_err(|_| {
                Error::usage(format!("--pr {}: it is no number", text.escape_debug()))
                    .hint("the number that stands behind # in the pull request's title")
            })
        };
        text.map(number).transpose()
    }
}

fn event(path: &Path) -> Result<EventPayload, Error> {
    let wrong = |what: &dyn std::fmt::Display| {
        Error::usage(format!("the event {} cannot be read: {what}", path.display()))
            .hint("GITHUB_EVENT_PATH names it; or say which one with --pr")
    };
    let text = fs::read(path).map_err(|error| wrong(&error))?;
    serde_json::from_slice(&text).map_err(|error| wrong(&error))
}

pub(super) fn failed(failure: &ValidateError) -> Error {
    let ValidateError { error, decided } = failure;
    let made = if *decided { Error::not_published } else { Error::errored };
    made(error.to_string()).hint(error.remedy())
}

fn word(standing: Option<Standing>) -> &'static str {
    match standing {
        Some(Standing::Validated) => "validated",
        Some(Standing::Pending) => "pending",
        Some(Standing::Refused) => "refused",
        None => "none",
    }
}

fn line(number: PullNumber, settled: &Settled) -> String {
    match settled.standing {
        None => format!("pull request {number}: no record, nothing to validate\n"),
        standing => format!("pull request {number}: {} — {}\n", word(standing), settled.description),
    }
}

fn tell_runner(runner: &actions::ActionsContext, settled: &Settled) -> Result<(), Error> {
    let not_told = |error: actions::ActionsError| Error::not_published(error.to_string()).hint(error.hint());
    if let Some(path) = &runner.output {
        let outputs = [("validation", word(settled.standing)), ("reason", settled.description.as_str())];
        actions::write_outputs(path, &outputs).map_err(not_told)?;
    }
    if let Some(path) = runner.summary.as_deref().filter(|_| !settled.comment.is_empty()) {
        actions::append_summary(path, &settled.comment).map_err(not_told)?;
    }
    Ok(())
}
