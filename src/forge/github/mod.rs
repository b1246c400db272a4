//! GitHub, the public one or an own server: the [`Forge`] over its REST and GraphQL interfaces.
//!
//! `client` sends, `response` knows what an answer means, `graphql` and `decode` read, `ask` and `pull` put
//! the questions together, `writes` holds what every write does when its answer is lost.

mod ask;
mod branch;
mod client;
mod conversation;
mod decode;
mod graphql;
mod pull;
mod response;
mod run;
mod settings;
mod writes;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::Url;

use super::Forge;
use super::error::ForgeError;
use super::types::{
    Account, Answers, BranchName, Comment, CommentId, CommitSha, CommitStatus, Committed, Ensured, Inquiry,
    NewCommit, NewPull, PullNumber, PullRequest, PullSummary, PullText, RepoName, RepoPath, RunId,
    WorkflowRun,
};
use crate::redact::Redactor;

pub use client::ClientSettings;
pub use settings::{Addresses, code_token, token};

/// A repository on GitHub, and the client that asks for it.
#[derive(Debug)]
pub struct GitHub {
    client: client::Client,
    repository: RepoName,
    /// Where people look at it: `https://github.com`.
    server: Option<Url>,
    redactor: Redactor,
}

impl GitHub {
    /// The repository `owner/name`. `server` is where people look at it. It must be made inside the runtime.
    pub fn new(
        settings: &ClientSettings,
        repository: RepoName,
        server: Option<Url>,
        redactor: &Redactor,
    ) -> Result<Self, ForgeError> {
        let client = client::Client::new(settings, redactor)?;
        Ok(Self { client, repository, server, redactor: redactor.clone() })
    }

    fn owner_name(&self) -> (&str, &str) {
        self.repository.as_str().split_once('/').unwrap_or((self.repository.as_str(), ""))
    }

    fn owner_and_name(&self) -> Map<String, Value> {
        let (owner, name) = self.owner_name();
        ask::owner_and_name(owner, name)
    }

    /// The repository's page, without a slash at the end.
    fn web(&self) -> Option<String> {
        let server = self.server.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{server}/{}", self.repository))
    }

    fn scrub(&self, text: &str) -> String {
        self.redactor.scrub(text).into_owned()
    }
}

impl Forge for GitHub {
    fn repository(&self) -> &RepoName {
        &self.repository
    }

    fn vouches(&self) -> bool {
        true
    }

    async fn viewer(&self) -> Result<Option<Account>, ForgeError> {
        Ok(ask::ask(self, &Inquiry::default()).await?.viewer)
    }

    async fn ask(&self, inquiry: &Inquiry) -> Result<Answers, ForgeError> {
        ask::ask(self, inquiry).await
    }

    async fn pull_request(&self, number: PullNumber) -> Result<PullRequest, ForgeError> {
        pull::pull_request(self, number).await
    }

    async fn workflow_run(&self, id: RunId) -> Result<Option<WorkflowRun>, ForgeError> {
        run::workflow_run(self, id).await
    }

    async fn ensure_branch(&self, branch: &BranchName, at: &CommitSha) -> Result<Ensured, ForgeError> {
        writes::settle(self, &branch::MakeBranch { branch, at }).await
    }

    async fn commit(&self, commit: &NewCommit) -> Result<Committed, ForgeError> {
        writes::settle(self, &branch::MakeCommit(commit)).await
    }

    async fn open_pull(&self, pull: &NewPull) -> Result<PullSummary, ForgeError> {
        writes::settle(self, &conversation::OpenPull(pull)).await
    }

    async fn update_pull(&self, number: PullNumber, text: &PullText) -> Result<(), ForgeError> {
        conversation::update_pull(self, number, text).await
    }

    async fn label(&self, number: PullNumber, labels: &[String]) -> Result<(), ForgeError> {
        conversation::label(self, number, labels).await
    }

    async fn request_review(&self, number: PullNumber, login: &str) -> Result<(), ForgeError> {
        conversation::request_review(self, number, login).await
    }

    async fn set_status(&self, commit: &CommitSha, status: &CommitStatus) -> Result<(), ForgeError> {
        conversation::set_status(self, commit, status).await
    }

    async fn comment(&self, number: PullNumber, body: &str) -> Result<Comment, ForgeError> {
        writes::settle(self, &conversation::WriteComment { number, body }).await
    }

    async fn edit_comment(&self, id: CommentId, body: &str) -> Result<(), ForgeError> {
        conversation::edit_comment(self, id, body).await
    }

    fn file_url(&self, branch: &BranchName, path: &RepoPath) -> Option<String> {
        Some(format!("{}/blob/{}/{}", self.web()?, path_of(branch.as_str()), path_of(path.as_str())))
    }

    fn compare_url(&self, pull: &NewPull) -> Option<String> {
        let web = self.web()?;
        let page = format!("{web}/compare/{}...{}", path_of(pull.base.as_str()), path_of(pull.head.as_str()));
        let mut page = Url::parse(&page).ok()?;
        page.query_pairs_mut().append_pair("quick_pull", "1").append_pair("title", &pull.text.title);
        Some(page.into())
    }
}

/// A name as a part of a path; slashes stay.
fn path_of(name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(name, KEPT).to_string()
}

fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
