//! GraphQL: the envelope of an answer, and the pieces that documents are made of.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{ForgeError, Permission, Why};
use super::client::{ApiRequest, Client, Sent};
use super::response::{self, ApiResponse};

/// Who did something. A bot's login has no `[bot]` here, where the REST API writes it.
pub(super) const ACTOR: &str =
    "fragment actor on Actor { __typename login ... on User { databaseId } ... on Bot { databaseId } }\n";

pub(super) const COMMIT: &str = "fragment commit on Commit { oid parents(first: 1) { totalCount } \
     author { name email user { login databaseId } } signature { isValid wasSignedByGitHub } }\n";

/// What both publishing and validating need of a pull request.
pub(super) const PULL_FIELDS: &str = "fragment pullFields on PullRequest { number url state isCrossRepository \
     headRefName headRefOid baseRefName title body \
     reviewRequests(first: 100) { nodes { requestedReviewer { __typename ... on User { login } } } } }\n";

/// What publishing needs of one, beside `PULL_FIELDS`.
pub(super) const PULL: &str = "fragment pull on PullRequest { ...pullFields labels(first: 50) { nodes { name } } \
     reviews(last: 50) { nodes { author { login } } } files(first: 10) { nodes { path } } }\n";

/// The statuses of a commit, the latest of each context.
pub(super) const STATUSES: &str =
    "fragment statuses on Commit { status { contexts { context state description targetUrl } } }\n";

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Vec<GraphqlError>,
}

#[derive(Deserialize)]
struct GraphqlError {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    path: Vec<Value>,
}

impl GraphqlError {
    /// Whether GitHub itself has trouble; whatever was asked may or may not have been done.
    fn is_broken(&self) -> bool {
        self.kind == "INTERNAL" || self.message.starts_with("Something went wrong")
    }

    fn is_on(&self, alias: &str) -> bool {
        self.path.iter().any(|part| part == alias)
    }

    fn permission(&self) -> Permission {
        let on =
            |name: &str| self.path.iter().any(|part| part.as_str().is_some_and(|part| part.contains(name)));
        if on("status") {
            Permission::Statuses
        } else if on("createCommit") {
            Permission::Contents
        } else if on("pull") || on("open") {
            Permission::ReadPullRequests
        } else {
            Permission::ReadContents
        }
    }
}

pub(super) enum Mutated {
    Done(Value),
    /// It may have been done.
    Unclear(String),
}

/// Ask a question; the answer's `data`. Under the alias `may_lack`, not found is an answer.
pub(super) async fn query(
    client: &Client,
    doing: &str,
    document: &str,
    variables: &Value,
    may_lack: Option<&str>,
) -> Result<Value, ForgeError> {
    let body = json!({ "query": document, "variables": variables });
    let mut tries = 0;
    loop {
        let answer = client.read(doing, ApiRequest::Graphql(&body)).await?;
        let mut envelope = open(&answer);
        if let (Some(envelope), Some(alias)) = (&mut envelope, may_lack) {
            envelope.errors.retain(|problem| !(problem.kind == "NOT_FOUND" && problem.is_on(alias)));
        }
        let broken = match &envelope {
            None => "an answer that is no JSON".to_owned(),
            Some(Envelope { errors, .. }) => match errors.iter().find(|problem| problem.is_broken()) {
                Some(problem) => problem.message.clone(),
                None => return settle(client, doing, envelope),
            },
        };
        tries += 1;
        if tries > 2 || !client.pause(tries).await {
            return Err(client.error(doing, Why::Broken, &broken));
        }
    }
}

/// Send a mutation; its `data`.
pub(super) async fn mutate(
    client: &Client,
    doing: &str,
    document: &str,
    variables: &Value,
) -> Result<Mutated, ForgeError> {
    let body = json!({ "query": document, "variables": variables });
    let answer = match client.write(doing, ApiRequest::Graphql(&body)).await? {
        Sent::Done(answer) => answer,
        Sent::Unclear(said) => return Ok(Mutated::Unclear(said)),
    };
    let envelope = open(&answer);
    match &envelope {
        None => Ok(Mutated::Unclear("an answer that is no JSON".to_owned())),
        Some(Envelope { errors, .. }) => match errors.iter().find(|problem| problem.is_broken()) {
            Some(problem) => Ok(Mutated::Unclear(problem.message.clone())),
            None => settle(client, doing, envelope).map(Mutated::Done),
        },
    }
}

fn open(answer: &ApiResponse) -> Option<Envelope> {
    serde_json::from_str(&answer.body).ok()
}

/// The data, or what the first error means. Half an answer is none: what is missing would be taken for absent.
fn settle(client: &Client, doing: &str, envelope: Option<Envelope>) -> Result<Value, ForgeError> {
    let Some(Envelope { data, errors }) = envelope else { return Ok(Value::Null) };
    let Some(problem) = errors.first() else { return Ok(data) };
    let why = response::graphql_why(&problem.kind, &problem.message, problem.permission());
    Err(client.error(doing, why, &problem.message))
}
