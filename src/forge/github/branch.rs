//! Branches and commits.

use serde::Deserialize;
use serde_json::json;

use super::super::error::{ForgeError, Why};
use super::super::types::{BranchName, CommitSha, Committed, Ensured, FileAt, Inquiry, NewCommit, Revision};
use super::GitHub;
use super::client::{ApiRequest, Sent};
use super::graphql::{Mutated, mutate};
use super::writes::{Write, WriteOutcome, read_json};

pub(super) struct MakeBranch<'a> {
    pub(super) branch: &'a BranchName,
    pub(super) at: &'a CommitSha,
}

#[derive(Deserialize)]
struct RefAnswer {
    object: RefObject,
}

#[derive(Deserialize)]
struct RefObject {
    sha: CommitSha,
}

impl Write for MakeBranch<'_> {
    type Done = Ensured;

    fn doing(&self, github: &GitHub) -> String {
        format!("make the branch {} in {}", self.branch, github.repository)
    }

    async fn send(&self, github: &GitHub) -> Result<WriteOutcome<Ensured>, ForgeError> {
        let doing = self.doing(github);
        let path = format!("/repos/{}/git/refs", github.repository);
        let body = json!({ "ref": format!("refs/heads/{}", self.branch), "sha": self.at });
        match github.client.write(&doing, ApiRequest::Post(&path, &body)).await {
            Ok(Sent::Done(_)) => Ok(WriteOutcome::Done(Ensured::Created)),
            Ok(Sent::Unclear(said)) => Ok(WriteOutcome::Unclear(said)),
            // Looking tells where it is.
            Err(error) if error.said.contains("already exists") => Ok(WriteOutcome::Unclear(error.said)),
            Err(error) => Err(error),
        }
    }

    async fn look(&self, github: &GitHub) -> Result<Option<Ensured>, ForgeError> {
        let head = head(github, self.branch).await?;
        Ok(head.map(|head| if head == *self.at { Ensured::Created } else { Ensured::Exists(head) }))
    }
}

async fn head(github: &GitHub, branch: &BranchName) -> Result<Option<CommitSha>, ForgeError> {
    let doing = format!("read the branch {branch}");
    let path = format!("/repos/{}/git/ref/heads/{}", github.repository, super::path_of(branch.as_str()));
    match github.client.read(&doing, ApiRequest::Get(&path)).await {
        Ok(answer) => Ok(Some(read_json::<RefAnswer>(github, &doing, &answer)?.object.sha)),
        Err(error) if error.why == Why::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

const COMMIT: &str = "mutation Commit($input: CreateCommitOnBranchInput!) {\n  \
     createCommitOnBranch(input: $input) { commit { oid url } }\n}\n";

/// Commit files where the branch is where it is expected to be.
pub(super) struct MakeCommit<'a>(pub(super) &'a NewCommit);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitAnswer {
    create_commit_on_branch: Payload,
}

#[derive(Deserialize)]
struct Payload {
    commit: MadeCommit,
}

#[derive(Deserialize)]
struct MadeCommit {
    oid: CommitSha,
    url: Option<String>,
}

impl Write for MakeCommit<'_> {
    type Done = Committed;

    fn doing(&self, github: &GitHub) -> String {
        format!("commit to the branch {} of {}", self.0.branch, github.repository)
    }

    async fn send(&self, github: &GitHub) -> Result<WriteOutcome<Committed>, ForgeError> {
        let commit = self.0;
        let additions: Vec<_> = commit
            .files
            .iter()
            .map(|file| json!({ "path": file.path, "contents": super::to_base64(file.text.as_bytes()) }))
            .collect();
        let input = json!({
            "branch": { "repositoryNameWithOwner": github.repository, "branchName": commit.branch },
            "message": { "headline": commit.headline, "body": commit.body },
            "expectedHeadOid": commit.expected_head,
            "fileChanges": { "additions": additions },
        });
        let variables = json!({ "input": input });
        Ok(match mutate(&github.client, &self.doing(github), COMMIT, &variables).await? {
            Mutated::Unclear(said) => WriteOutcome::Unclear(said),
            Mutated::Done(data) => match serde_json::from_value::<CommitAnswer>(data) {
                Ok(answer) => {
                    let MadeCommit { oid, url } = answer.create_commit_on_branch.commit;
                    WriteOutcome::Done(Committed { sha: oid, url })
                }
                Err(error) => WriteOutcome::Unclear(format!("an answer that cannot be read: {error}")),
            },
        })
    }

    /// Done is when the branch has moved on and holds what was to be written; another's commit is a conflict.
    async fn look(&self, github: &GitHub) -> Result<Option<Committed>, ForgeError> {
        let commit = self.0;
        let at = Revision::Branch(commit.branch.clone());
        let files = commit.files.iter().map(|file| FileAt { at: at.clone(), path: file.path.clone() });
        let inquiry =
            Inquiry { branches: vec![commit.branch.clone()], files: files.collect(), ..Inquiry::default() };
        let answers = super::ask::ask(github, &inquiry).await?;
        let Some(head) = answers.branches.into_iter().next().and_then(|branch| branch.head) else {
            return Err(github.client.error(&self.doing(github), Why::NotFound, "the branch is gone"));
        };
        if head == commit.expected_head {
            return Ok(None);
        }
        let same = commit
            .files
            .iter()
            .zip(&answers.files)
            .all(|(wanted, found)| found.as_ref().is_some_and(|found| found.text == wanted.text));
        if same {
            let url = github.web().map(|web| format!("{web}/commit/{head}"));
            return Ok(Some(Committed { sha: head, url }));
        }
        Err(github.client.error(&self.doing(github), Why::Conflict { head: Some(head) }, ""))
    }
}
