//! Workflow runs.

use serde::Deserialize;

use super::super::error::{ForgeError, Why};
use super::super::types::{CommitSha, RepoName, RepoPath, RunConclusion, RunId, WorkflowRun};
use super::GitHub;
use super::client::ApiRequest;
use super::decode::Actor;
use super::writes::read_json;

#[derive(Deserialize)]
struct RunAnswer {
    id: u64,
    #[serde(default)]
    run_attempt: Option<u32>,
    head_sha: CommitSha,
    #[serde(default)]
    head_branch: Option<String>,
    path: String,
    event: String,
    #[serde(default)]
    actor: Option<Actor>,
    #[serde(default)]
    triggering_actor: Option<Actor>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    updated_at: String,
    html_url: String,
    repository: RunRepository,
}

#[derive(Deserialize)]
struct RunRepository {
    full_name: RepoName,
}

/// The run of this number; none when the repository has none.
pub(super) async fn workflow_run(github: &GitHub, id: RunId) -> Result<Option<WorkflowRun>, ForgeError> {
    let doing = format!("read workflow run {id} of {}", github.repository);
    let path = format!("/repos/{}/actions/runs/{id}", github.repository);
    let answer = match github.client.read(&doing, ApiRequest::Get(&path)).await {
        Err(error) if error.why == Why::NotFound => return Ok(None),
        answer => answer?,
    };
    let run: RunAnswer = read_json(github, &doing, &answer)?;
    let file = run.path.split_once('@').map_or(run.path.as_str(), |(file, _)| file).to_owned();
    Ok(Some(WorkflowRun {
        id: RunId(run.id),
        attempt: run.run_attempt.unwrap_or(1),
        repository: run.repository.full_name,
        head: run.head_sha,
        head_branch: run.head_branch,
        path: RepoPath::new(file),
        event: run.event,
        actor: run.actor.map(Actor::account),
        triggering_actor: run.triggering_actor.map(Actor::account),
        conclusion: run.conclusion.map(|conclusion| match conclusion.as_str() {
            "success" => RunConclusion::Success,
            "failure" => RunConclusion::Failure,
            "cancelled" => RunConclusion::Cancelled,
            _ => RunConclusion::Other(conclusion),
        }),
        created_at: run.created_at,
        updated_at: run.updated_at,
        url: run.html_url,
    }))
}
