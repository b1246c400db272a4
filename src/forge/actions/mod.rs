//! The GitHub Actions runner: what it tells a step, and what it reads from one.
//!
//! `commands` are lines in the log (`::group::`), `files` are the output and summary files, and
//! [`ActionsContext`] is what the environment says about the run.

pub mod commands;
pub mod files;

use std::io;
use std::path::PathBuf;

pub use commands::{Annotation, Commands, Level, neutral};
pub use files::{Appended, append_summary, write_outputs};

/// What the runner cannot be told, and why.
#[derive(Debug, thiserror::Error)]
pub enum ActionsError {
    /// A file of the runner cannot be read or written.
    #[error("cannot {action} the runner's file {}: {source}", path.display())]
    File {
        /// "open", "read" or "append to".
        action: &'static str,
        /// The file that an environment variable named.
        path: PathBuf,
        source: io::Error,
    },
    /// The log cannot be written.
    #[error("cannot write to the log: {0}")]
    Log(#[from] io::Error),
    /// A name that the runner would misread.
    #[error("`{0}` cannot be the name of an output")]
    OutputName(String),
}

impl ActionsError {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "GITHUB_OUTPUT and GITHUB_STEP_SUMMARY must name files that this step may write; \
                 in a container, mount the runner's file commands folder"
            }
            Self::Log(_) => "is the reader of the standard output gone, or the disk full?",
            Self::OutputName(_) => "use letters, digits, `-` and `_`, beginning with a letter or `_`",
        }
    }
}

/// Whether this process is a step of GitHub Actions. `env` looks an environment variable up.
pub fn detected(env: impl Fn(&str) -> Option<String>) -> bool {
    env("GITHUB_ACTIONS").as_deref() == Some("true")
}

/// What the environment says about the run. A variable that is missing or empty is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionsContext {
    /// `https://github.com`, or the address of an own server; without a slash at the end.
    pub server_url: Option<String>,
    /// The repository of the workflow, `owner/name`.
    pub repository: Option<String>,
    /// The number in the run's address.
    pub run_id: Option<String>,
    pub attempt: Option<u32>,
    /// The login of who caused the event.
    pub actor: Option<String>,
    /// Who started this attempt: on a rerun not the actor.
    pub triggering_actor: Option<String>,
    /// The branch or tag, without `refs/…/`.
    pub ref_name: Option<String>,
    /// What `ref_name` is: `branch` or `tag`.
    pub ref_type: Option<String>,
    /// The commit that started the run, 40 hex digits.
    pub sha: Option<String>,
    /// What kind of event: `push`, `workflow_dispatch`.
    pub event_name: Option<String>,
    /// The event's payload, a JSON file.
    pub event_path: Option<PathBuf>,
    /// Where the repository is checked out.
    pub workspace: Option<PathBuf>,
    pub output: Option<PathBuf>,
    /// The file that takes the job summary.
    pub summary: Option<PathBuf>,
}

impl ActionsContext {
    /// Read the environment, where `env` looks a variable up.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| env(name).filter(|value| !value.is_empty());
        let path = |name: &str| text(name).map(PathBuf::from);
        Self {
            server_url: text("GITHUB_SERVER_URL").map(|url| url.trim_end_matches('/').to_owned()),
            repository: text("GITHUB_REPOSITORY"),
            run_id: text("GITHUB_RUN_ID"),
            attempt: text("GITHUB_RUN_ATTEMPT").and_then(|number| number.parse().ok()),
            actor: text("GITHUB_ACTOR"),
            triggering_actor: text("GITHUB_TRIGGERING_ACTOR"),
            ref_name: text("GITHUB_REF_NAME"),
            ref_type: text("GITHUB_REF_TYPE"),
            sha: text("GITHUB_SHA"),
            event_name: text("GITHUB_EVENT_NAME"),
            event_path: path("GITHUB_EVENT_PATH"),
            workspace: path("GITHUB_WORKSPACE"),
            output: path("GITHUB_OUTPUT"),
            summary: path("GITHUB_STEP_SUMMARY"),
        }
    }

    /// The page of this run; of this attempt, when it is a rerun.
    pub fn url(&self) -> Option<String> {
        let (server, repository) = (self.server_url.as_ref()?, self.repository.as_ref()?);
        let url = format!("{server}/{repository}/actions/runs/{}", self.run_id.as_ref()?);
        Some(match self.attempt {
            Some(attempt) if attempt > 1 => format!("{url}/attempts/{attempt}"),
            _ => url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        let value = match name {
            "GITHUB_ACTIONS" => "true",
            "GITHUB_SERVER_URL" => "https://github.com/",
            "GITHUB_REPOSITORY" => "nexus/app",
            "GITHUB_RUN_ID" => "42",
            "GITHUB_RUN_ATTEMPT" => "1",
            "GITHUB_TRIGGERING_ACTOR" => "amira",
            "GITHUB_ACTOR" => "",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn only_the_runners_own_word_counts() {
        assert!(detected(env));
        assert!(!detected(|_| None));
        assert!(!detected(|_| Some("1".to_owned())));
    }

    #[test]
    fn the_run_is_read_and_empty_is_missing() {
        let run = ActionsContext::read(env);
        assert_eq!(run.url().as_deref(), Some("https://github.com/nexus/app/actions/runs/42"));
        assert_eq!(run.triggering_actor.as_deref(), Some("amira"));
        assert_eq!(run.actor, None);
        let rerun = ActionsContext { attempt: Some(2), ..run };
        assert_eq!(rerun.url().as_deref(), Some("https://github.com/nexus/app/actions/runs/42/attempts/2"));
        assert_eq!(ActionsContext::read(|_| None).url(), None);
    }
}
