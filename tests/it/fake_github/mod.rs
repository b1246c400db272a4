//! The fake GitHub itself: it must refuse what GitHub refuses, or the tests that stand on it show nothing.

mod contract;
mod faults;
mod graphql;
mod objects;
mod rules;

use std::time::Duration;

use fake_github::{GitHub, Level, missing};
use serde_json::{Value, json};

use crate::support::runtime;
use crate::support::skip::skip;

const REPO: &str = "acme/shop";

/// A repository with a lead and somebody who may write; none where GitHub's descriptions are missing.
fn shop(test: &str) -> Option<GitHub> {
    if let Some(why) = missing() {
        skip(&format!("fake_github::{test}"), &why);
        return None;
    }
    let github = GitHub::start();
    github.repository(REPO, &[("README.md", "A shop\n"), ("docs/a.md", "a\n")]);
    github.collaborator(REPO, "amira", Level::Write);
    github.collaborator(REPO, "karim", Level::Write);
    Some(github)
}

/// Everything that the gate may ever need.
const ALL: &str = "contents: write, pull-requests: write, issues: write, statuses: write, actions: read";

struct Client<'a> {
    github: &'a GitHub,
    token: String,
    /// How long an answer is waited for.
    patience: Duration,
}

impl<'a> Client<'a> {
    fn new(github: &'a GitHub, token: String) -> Self {
        Self { github, token, patience: Duration::from_secs(20) }
    }

    /// Status and body; an error where there was no answer, or only half of one.
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value), reqwest::Error> {
        let url =
            if path == "/graphql" { self.github.graphql_url() } else { format!("{}{path}", self.github.url) };
        // It is installed once a process; the second time it says so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        runtime().block_on(async {
            let client = reqwest::Client::builder().tls_certs_only([]).user_agent("test").build()?;
            let mut request = client
                .request(method.parse().unwrap(), url)
                .timeout(self.patience)
                .header("authorization", format!("Bearer {}", self.token));
            if let Some(body) = body {
                request = request.body(body.to_string());
            }
            let response = request.send().await?;
            let status = response.status().as_u16();
            let text = response.text().await?;
            Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
        })
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", &format!("/repos/{REPO}{path}"), None).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", &format!("/repos/{REPO}{path}"), Some(body)).unwrap()
    }

    fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("PATCH", &format!("/repos/{REPO}{path}"), Some(body)).unwrap()
    }

    fn graphql(&self, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let (status, body) = self.send("POST", "/graphql", Some(&body)).unwrap();
        assert_eq!(status, 200, "{body}");
        body
    }
}

/// What a refusal says: status, message, and its details' messages.
fn said((status, body): &(u16, Value)) -> String {
    let details = body["errors"].as_array().into_iter().flatten();
    let details: Vec<String> = details
        .map(|one| {
            let field =
                one["field"].as_str().map(|field| format!("{field} {}", one["code"].as_str().unwrap()));
            one["message"].as_str().or(one.as_str()).map(str::to_owned).or(field).unwrap_or_default()
        })
        .collect();
    format!("{status} {} {}", body["message"].as_str().unwrap_or_default(), details.join(", "))
        .trim_end()
        .to_owned()
}
