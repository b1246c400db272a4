//! Pull requests, reviewers, labels, statuses, comments: what people read.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{ForgeError, Why};
use super::super::types::{
    BranchName, Comment, CommentId, CommitSha, CommitStatus, NewPull, PullNumber, PullState, PullSummary,
    PullText, StatusState,
};
use super::GitHub;
use super::client::ApiRequest;
use super::writes::{RestWrite, Write, WriteOutcome, done, one, read_json, same_text, send_to_new, settle};

/// GitHub's longest description of a status, in characters.
const LONGEST_DESCRIPTION: usize = 140;

pub(super) struct OpenPull<'a>(pub(super) &'a NewPull);

/// A pull request as REST tells it, as far as it is needed.
#[derive(Deserialize)]
struct PullAnswer {
    number: u64,
    html_url: String,
    title: String,
    #[serde(default)]
    body: Option<String>,
    head: Side,
    base: Side,
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    requested_reviewers: Vec<User>,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: BranchName,
    sha: CommitSha,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

impl PullAnswer {
    fn summary(self) -> PullSummary {
        PullSummary {
            number: PullNumber(self.number),
            url: self.html_url,
            state: PullState::Open,
            head_branch: self.head.branch,
            head: self.head.sha,
            base: self.base.branch,
            title: self.title,
            body: self.body.unwrap_or_default(),
            labels: self.labels.into_iter().map(|label| label.name).collect(),
            requested: self.requested_reviewers.into_iter().map(|user| user.login).collect(),
            reviewed: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl Write for OpenPull<'_> {
    type Done = PullSummary;

    fn doing(&self, github: &GitHub) -> String {
        format!("open the pull request for {} in {}", self.0.head, github.repository)
    }

    async fn send(&self, github: &GitHub) -> Result<WriteOutcome<PullSummary>, ForgeError> {
        let NewPull { head, base, text } = self.0;
        let path = format!("/repos/{}/pulls", github.repository);
        let body = json!({ "title": text.title, "head": head, "base": base, "body": text.body });
        match send_to_new(github, &self.doing(github), ApiRequest::Post(&path, &body)).await {
            Ok(sent) => Ok(match done::<PullAnswer>(sent) {
                WriteOutcome::Done(pull) => WriteOutcome::Done(pull.summary()),
                WriteOutcome::Unclear(said) => WriteOutcome::Unclear(said),
            }),
            // Looking finds it.
            Err(error) if error.said.contains("already exists") => Ok(WriteOutcome::Unclear(error.said)),
            Err(error) => Err(error),
        }
    }

    async fn look(&self, github: &GitHub) -> Result<Option<PullSummary>, ForgeError> {
        let NewPull { head, base, .. } = self.0;
        let doing = self.doing(github);
        let (owner, _) = github.owner_name();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", "open")
            .append_pair("head", &format!("{owner}:{head}"))
            .append_pair("base", base.as_str())
            .finish();
        let path = format!("/repos/{}/pulls?{query}", github.repository);
        let answer = github.client.read(&doing, ApiRequest::Get(&path)).await?;
        let found: Vec<PullAnswer> = read_json(github, &doing, &answer)?;
        Ok(found.into_iter().find(|pull| pull.head.branch == *head).map(PullAnswer::summary))
    }
}

/// Give a pull request another title and text.
pub(super) async fn update_pull(
    github: &GitHub,
    number: PullNumber,
    text: &PullText,
) -> Result<(), ForgeError> {
    let path = format!("/repos/{}/pulls/{number}", github.repository);
    let body = json!({ "title": text.title, "body": text.body });
    let is_done = |pull: &Value| {
        let has = |key: &str, wanted: &str| same_text(pull[key].as_str().unwrap_or_default(), wanted);
        has("title", &text.title) && has("body", &text.body)
    };
    let write = RestWrite {
        doing: format!("update pull request {number}"),
        call: ApiRequest::Patch(&path, &body),
        look: is_done,
        path: path.clone(),
    };
    settle(github, &write).await
}

pub(super) async fn label(github: &GitHub, number: PullNumber, labels: &[String]) -> Result<(), ForgeError> {
    let path = format!("/repos/{}/issues/{number}/labels", github.repository);
    let body = json!({ "labels": labels });
    let is_done = |found: &Value| {
        let found: Vec<_> =
            found.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        labels.iter().all(|label| found.iter().any(|found| found.eq_ignore_ascii_case(label)))
    };
    let write = RestWrite {
        doing: format!("label pull request {number}"),
        call: ApiRequest::Post(&path, &body),
        look: is_done,
        path: format!("{path}?per_page=100"),
    };
    settle(github, &write).await
}

pub(super) async fn request_review(
    github: &GitHub,
    number: PullNumber,
    login: &str,
) -> Result<(), ForgeError> {
    let path = format!("/repos/{}/pulls/{number}/requested_reviewers", github.repository);
    let body = one("reviewers", login);
    let is_done = |found: &Value| {
        let users = found["users"].as_array().into_iter().flatten();
        users.filter_map(|user| user["login"].as_str()).any(|found| found.eq_ignore_ascii_case(login))
    };
    let write = RestWrite {
        doing: format!("ask {login} for a review of pull request {number}"),
        call: ApiRequest::Post(&path, &body),
        look: is_done,
        path: path.clone(),
    };
    settle(github, &write).await
}

pub(super) async fn set_status(
    github: &GitHub,
    commit: &CommitSha,
    status: &CommitStatus,
) -> Result<(), ForgeError> {
    let path = format!("/repos/{}/statuses/{commit}", github.repository);
    let state = match status.state {
        StatusState::Pending => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Error => "error",
    };
    let description = cut(&status.description);
    let mut body = json!({ "state": state, "context": status.context, "description": description });
    if let Some(url) = &status.url {
        body["target_url"] = json!(url);
    }
    let is_done = |found: &Value| {
        // Newest first: what stands there first is what holds.
        let mut mine = found.as_array().into_iter().flatten().filter(|one| one["context"] == body["context"]);
        mine.next()
            .is_some_and(|one| one["state"] == body["state"] && one["description"] == body["description"])
    };
    let write = RestWrite {
        doing: format!("set the status {} on {}", status.context, commit.short()),
        call: ApiRequest::Post(&path, &body),
        look: is_done,
        path: format!("/repos/{}/commits/{commit}/statuses?per_page=100", github.repository),
    };
    settle(github, &write).await
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST_DESCRIPTION {
        return text.to_owned();
    }
    text.chars().take(LONGEST_DESCRIPTION - 1).chain(['…']).collect()
}

pub(super) struct WriteComment<'a> {
    pub(super) number: PullNumber,
    pub(super) body: &'a str,
}

#[derive(Deserialize)]
struct CommentAnswer {
    id: u64,
    html_url: String,
    #[serde(default)]
    body: Option<String>,
}

impl CommentAnswer {
    fn comment(self) -> Comment {
        Comment { id: CommentId(self.id), body: self.body.unwrap_or_default(), url: self.html_url }
    }
}

impl Write for WriteComment<'_> {
    type Done = Comment;

    fn doing(&self, _: &GitHub) -> String {
        format!("comment on pull request {}", self.number)
    }

    async fn send(&self, github: &GitHub) -> Result<WriteOutcome<Comment>, ForgeError> {
        let path = format!("/repos/{}/issues/{}/comments", github.repository, self.number);
        let body = json!({ "body": self.body });
        let sent = github.client.write(&self.doing(github), ApiRequest::Post(&path, &body)).await?;
        Ok(match done::<CommentAnswer>(sent) {
            WriteOutcome::Done(comment) => WriteOutcome::Done(comment.comment()),
            WriteOutcome::Unclear(said) => WriteOutcome::Unclear(said),
        })
    }

    /// One with the same text is it, whoever wrote it: two alike would tell nobody more.
    async fn look(&self, github: &GitHub) -> Result<Option<Comment>, ForgeError> {
        let doing = self.doing(github);
        for page in 1..=20 {
            let path = format!(
                "/repos/{}/issues/{}/comments?per_page=100&page={page}",
                github.repository, self.number
            );
            let answer = github.client.read(&doing, ApiRequest::Get(&path)).await?;
            let found: Vec<CommentAnswer> = read_json(github, &doing, &answer)?;
            let last = found.len() < 100;
            let same = |comment: &CommentAnswer| {
                comment.body.as_deref().is_some_and(|body| same_text(body, self.body))
            };
            if let Some(comment) = found.into_iter().find(same) {
                return Ok(Some(comment.comment()));
            }
            if last {
                return Ok(None);
            }
        }
        Err(github.client.error(&doing, Why::Broken, "its comments do not end"))
    }
}

pub(super) async fn edit_comment(github: &GitHub, id: CommentId, text: &str) -> Result<(), ForgeError> {
    let path = format!("/repos/{}/issues/comments/{id}", github.repository);
    let body = json!({ "body": text });
    let is_done = |found: &Value| same_text(found["body"].as_str().unwrap_or_default(), text);
    let write = RestWrite {
        doing: format!("change comment {id}"),
        call: ApiRequest::Patch(&path, &body),
        look: is_done,
        path: path.clone(),
    };
    settle(github, &write).await
}
