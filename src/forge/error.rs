//! What a forge can answer instead of doing what it was asked, each with what to do about it.

use std::fmt;
use std::time::Duration;

use super::types::CommitSha;

/// A request that did not do what it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeError {
    /// What was to be done, for example `open the pull request in nexus/app`.
    pub doing: String,
    /// What went wrong, for the program.
    pub why: Why,
    /// The forge's own words or the network's, scrubbed; empty where there are none.
    pub said: String,
}

/// What went wrong, and whether anything was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nobody was reached: nothing was written.
    Unreachable,
    /// No answer in time to a read.
    Timeout,
    /// The forge answered with an error of its own (5xx) or with what cannot be read; nothing was written.
    Broken,
    /// The answer to a write was lost, and whether it was done could not be found out.
    Uncertain,
    /// Too many requests, and waiting for longer than is allowed would be needed.
    RateLimited {
        /// How long the forge wants to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// There is no token, or the forge does not know it.
    Auth,
    /// The token may not do this.
    Permission(Permission),
    /// It does not exist, or the token may not see it.
    NotFound,
    /// The branch is not where it was expected: nothing was written.
    Conflict {
        /// Where it is, where the forge tells.
        head: Option<CommitSha>,
    },
    /// The forge does not want to, for the reason that it says.
    Refused,
}

/// The permission or setting that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read code, commits and branches.
    ReadContents,
    /// Write code: make branches and commits.
    Contents,
    /// Open, update and label pull requests, ask reviewers, comment.
    PullRequests,
    ReadPullRequests,
    Statuses,
    /// Read the runs of workflows.
    Actions,
    /// Not a permission of the token's: the repository or organisation does not let Actions open pull
    /// requests.
    ActionsMayOpenPulls,
    /// Not a permission of the token's: a rule of the repository protects the branch.
    ProtectedBranch,
}

impl Permission {
    /// As a workflow's `permissions:` says it; none for what is a setting.
    pub fn in_workflow(self) -> Option<&'static str> {
        Some(match self {
            Self::ReadContents => "contents: read",
            Self::Contents => "contents: write",
            Self::PullRequests => "pull-requests: write",
            Self::ReadPullRequests => "pull-requests: read",
            Self::Statuses => "statuses: write",
            Self::Actions => "actions: read",
            Self::ActionsMayOpenPulls | Self::ProtectedBranch => return None,
        })
    }
}

impl ForgeError {
    /// An error while doing something.
    pub fn new(doing: impl Into<String>, why: Why, said: impl Into<String>) -> Self {
        Self { doing: doing.into(), why, said: said.into() }
    }

    /// Whether a write may have happened.
    pub fn is_uncertain(&self) -> bool {
        self.why == Why::Uncertain
    }

    /// Whether the branch was not where it was expected.
    pub fn is_conflict(&self) -> bool {
        matches!(self.why, Why::Conflict { .. })
    }

    pub fn remedy(&self) -> String {
        match &self.why {
            Why::Unreachable => {
                "check GITHUB_API_URL, the network and HTTPS_PROXY; then run `prod-gate publish` again".into()
            }
            Why::Timeout | Why::Broken | Why::Uncertain => {
                "the forge may have trouble: look at its status page; running again continues where this \
                 ended and does nothing twice"
                    .into()
            }
            Why::RateLimited { retry_after: Some(wait) } => {
                format!("run again in {} seconds", wait.as_secs().max(1))
            }
            Why::RateLimited { retry_after: None } => "run again in a few minutes".into(),
            Why::Auth => "give a token in GITHUB_TOKEN (in a workflow: `env: { GITHUB_TOKEN: ${{ \
                 github.token }} }`) or PROD_GATE_TOKEN; a token may have ended"
                .into(),
            Why::Permission(Permission::ActionsMayOpenPulls) => {
                "switch on \"Allow GitHub Actions to create and approve pull requests\" in the repository's \
                 Settings, Actions, General (an organisation may have to allow it first), or give an App's \
                 token in PROD_GATE_TOKEN"
                    .into()
            }
            Why::Permission(Permission::ProtectedBranch) => {
                "a rule protects this branch: exclude `prod-gate/**` from it, or let the App that \
                 PROD_GATE_TOKEN belongs to bypass it"
                    .into()
            }
            Why::Permission(permission) => {
                let needs = permission.in_workflow().unwrap_or("more");
                format!(
                    "the token needs `{needs}`: add it to the workflow's `permissions:`, or to the App or \
                     personal token in PROD_GATE_TOKEN"
                )
            }
            Why::NotFound => {
                "check the name; a token that may not see a repository is told that it does not \
                 exist"
                    .into()
            }
            Why::Conflict { .. } => "somebody else wrote to the branch: run again".into(),
            Why::Refused => "the forge's own words say why".into(),
        }
    }
}

impl fmt::Display for ForgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: ", self.doing)?;
        let what = match &self.why {
            Why::Unreachable => "the forge cannot be reached",
            Why::Timeout => "no answer in time",
            Why::Broken => "the forge answered with an error of its own",
            Why::Uncertain => "the answer was lost, and whether it was done could not be found out",
            Why::RateLimited { .. } => "too many requests",
            Why::Auth => "the forge does not accept the token",
            Why::Permission(Permission::ActionsMayOpenPulls) => "GitHub Actions may not open pull requests",
            Why::Permission(Permission::ProtectedBranch) => "the branch is protected",
            Why::Permission(_) => "the token may not",
            Why::NotFound => "not found",
            Why::Conflict { .. } => "the branch is not where it was expected",
            Why::Refused => "refused",
        };
        f.write_str(what)?;
        if self.said.is_empty() { Ok(()) } else { write!(f, ": {}", self.said) }
    }
}

impl std::error::Error for ForgeError {}
