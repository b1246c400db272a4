//! `commit.sources`: each place that shows production's commit must show the release's.

use futures_util::future::BoxFuture;

use crate::checks::context::{Context, Session};
use crate::checks::hosts::Hosts;
use crate::checks::http::answer::{challenge, facts};
use crate::checks::http::{commands, expect};
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{AnswerPart, CommitPlace, CommitSource, ContainerPart, HostId, Template};
use crate::model::{
    Attempt, Cause, CauseCode, Command, CommitFamily, CommitSubject, Comparison, Evidence, Expected, Fact,
    FactName, Family, Finding, SmokeSubject, Subject,
};
use crate::probe::call::Call;
use crate::probe::curl::{self, CurlOutput, ShellAuth};
use crate::probe::git::Git;
use crate::probe::host::work_tree::{ChangedFiles, WorkTree};
use crate::probe::http::Response;
use crate::release::same_commit;
use crate::text::{Text, shell_quote};

/// A file in a container that shows a commit has no more than this, in bytes.
const MAX_FILE_BYTES: usize = 1 << 20;

const FAMILY: Family = Family::Commit(CommitFamily::Sources);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let unit = |source: &CommitSource| {
        let meta = input.meta(FAMILY, format!("{}.{}", FAMILY.name(), source.name), &source.name);
        let meta = input.with_options(meta, &source.options);
        Unit::single(meta, Phase::Read, Vec::new(), SourceProbe { source: source.clone() })
    };
    input.config().commit.iter().map(unit).collect()
}

struct SourceProbe {
    source: CommitSource,
}

impl Probe for SourceProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            let (seen, attempts) = observe(&self.source.place, cx).await;
            let finding = judge(&self.source, &cx.hosts, cx.release.commit(), seen);
            reporter.end(0, Finding { attempts, ..finding });
        })
    }
}

/// What was seen where a source shows its commit.
pub enum SourceObservation {
    /// An HTTP answer, and what stands where the source says.
    Answer {
        answer: Box<Response>,
        commit: Option<String>,
    },
    WorkTree(WorkTree),
    /// What a container's label or file holds; nothing where there is no such label.
    Text(Option<String>),
}

impl SourceObservation {
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Answer { commit, .. } | Self::Text(commit) => commit.as_deref(),
            Self::WorkTree(tree) => tree.commit.as_deref(),
        }
    }
}

pub async fn observe(place: &CommitPlace, cx: &Context) -> (Result<SourceObservation, Cause>, Vec<Attempt>) {
    let shown = match place {
        CommitPlace::Url { url, headers, part } => {
            let (answer, attempts) = cx.ask_as(&call(url, headers), &Session::default()).await;
            let shown = answer.map(|answer| {
                let commit = shown_commit(part, &answer);
                SourceObservation::Answer { answer: Box::new(answer), commit }
            });
            return (shown, attempts);
        }
        CommitPlace::Git { host: None, path } => cx.stop.race(here(path)).await,
        CommitPlace::Git { host: Some(host), path } => {
            let tree = cx.stop.race(cx.hosts.get(host).host.work_tree(path)).await;
            tree.map(|tree| tree.map(SourceObservation::WorkTree))
        }
        CommitPlace::Container { host, container, part } => {
            cx.stop.race(in_container(host, container, part, cx)).await
        }
    };
    (shown.and_then(|shown| shown), Vec::new())
}

async fn here(path: &str) -> Result<SourceObservation, Cause> {
    let git = Git::new(path);
    let commit = git.commit("HEAD").await?.ok_or_else(|| {
        let detail = format!("{} is not a git work tree, or has no commit", git.directory().display());
        Cause::new(CauseCode::Git, detail)
    })?;
    let (dirty, branch) = (git.dirty().await?, git.branch().await?);
    let changed = ChangedFiles { count: dirty.len(), names: dirty };
    Ok(SourceObservation::WorkTree(WorkTree { commit: Some(commit), branch, changed, ..WorkTree::default() }))
}

async fn in_container(
    host: &HostId,
    container: &str,
    part: &ContainerPart,
    cx: &Context,
) -> Result<SourceObservation, Cause> {
    let known = cx.hosts.get(host);
    let (file, json) = match part {
        ContainerPart::Label(label) => {
            let labels = known.container(container).await?.labels;
            return Ok(SourceObservation::Text(labels.get(label).cloned()));
        }
        ContainerPart::File { path, json } => (path, json),
    };
    let Some(content) = known.docker().read(container, file, MAX_FILE_BYTES).await? else {
        return Ok(SourceObservation::Text(None));
    };
    if content.cut {
        let detail = format!("{file} in {container} has more than {MAX_FILE_BYTES} bytes");
        return Err(Cause::new(CauseCode::TooLarge, detail));
    }
    let text = String::from_utf8_lossy(&content.bytes);
    Ok(SourceObservation::Text(match json {
        Some(path) => serde_json::from_str(&text)
            .ok()
            .and_then(|document| expect::select(path.as_str(), &document))
            .map(|value| expect::plain(&value)),
        None => Some(text.trim().to_owned()),
    }))
}

fn call(url: &Template, headers: &[(String, Text)]) -> Call {
    let mut call = Call::get(url.0.clone());
    call.headers.extend_from_slice(headers);
    call
}

fn shown_commit(part: &AnswerPart, answer: &Response) -> Option<String> {
    match part {
        AnswerPart::Json(path) => {
            expect::select(path.as_str(), &answer.json()?).map(|value| expect::plain(&value))
        }
        AnswerPart::Header(header) => answer.header(header).map(str::to_owned),
        AnswerPart::Body => Some(answer.text().trim().to_owned()),
    }
}

fn judge(
    source: &CommitSource,
    hosts: &Hosts,
    expected: Result<&str, Cause>,
    seen: Result<SourceObservation, Cause>,
) -> Finding {
    let mut evidence = Evidence::default();
    let shown = match &seen {
        Ok(SourceObservation::Answer { answer, commit }) => {
            evidence.facts = facts(answer);
            commit.clone().filter(|_| answer.status == 200)
        }
        Ok(SourceObservation::WorkTree(tree)) => {
            let branch = tree.branch.iter().map(|name| Fact { name: FactName::Branch, value: name.clone() });
            evidence.facts.extend(branch);
            if tree.changed.count > 0 {
                evidence.facts.push(Fact { name: FactName::Dirty, value: tree.changed.names.join("\n") });
            }
            tree.commit.clone()
        }
        Ok(SourceObservation::Text(text)) => text.clone(),
        Err(_) => None,
    };
    evidence.commands.push(command(&source.place, hosts, shown.as_deref()));
    let (seen, expected) = match (seen, expected) {
        (Err(cause), _) | (Ok(_), Err(cause)) => return Finding::errored(cause, evidence),
        (Ok(seen), Ok(expected)) => (seen, expected),
    };
    if let SourceObservation::Answer { answer, .. } = &seen {
        if let Some(sign) = challenge(answer) {
            return Finding::errored(Cause::new(CauseCode::BotProtection, sign), evidence);
        }
        evidence.judged.push(Comparison {
            subject: Subject::Smoke(SmokeSubject::Status),
            expected: Expected::Equals("200".to_owned()),
            actual: answer.status.to_string(),
            ok: answer.status == 200,
        });
    }
    evidence.judged.push(Comparison {
        subject: Subject::Commit(CommitSubject::Commit(source.name.clone())),
        expected: Expected::Equals(expected.to_owned()),
        ok: shown.as_deref().is_some_and(|shown| same_commit(shown, expected)),
        actual: shown.unwrap_or_default(),
    });
    if let SourceObservation::WorkTree(tree) = seen
        && tree.changed.count > 0
    {
        evidence.judged.push(Comparison {
            subject: Subject::Commit(CommitSubject::WorkTree),
            expected: Expected::Absent,
            actual: tree.changed.count.to_string(),
            ok: false,
        });
    }
    Finding::judged(evidence)
}

fn command(place: &CommitPlace, hosts: &Hosts, shown: Option<&str>) -> Command {
    let prints = || shown.map(str::to_owned).into_iter().collect();
    match place {
        CommitPlace::Url { url, headers, part } => {
            let call = call(url, headers);
            let output = match part {
                AnswerPart::Json(path) => {
                    return commands::ask_json(&call, &ShellAuth::Anonymous, path.as_str(), shown);
                }
                AnswerPart::Header(header) => {
                    CurlOutput { print: Some(format!("%header{{{header}}}")), ..CurlOutput::default() }
                }
                AnswerPart::Body => CurlOutput { body: None, print: None, ..CurlOutput::default() },
            };
            Command::reads(curl::command(&call, &ShellAuth::Anonymous, &output), prints())
        }
        CommitPlace::Git { host, path } => {
            let words = ["git", "-C", path, "rev-parse", "HEAD"].map(str::to_owned);
            let bash = host
                .as_ref()
                .map_or_else(|| crate::probe::host::words(&words), |host| hosts.get(host).host.shell(&words));
            Command::reads(bash, prints())
        }
        CommitPlace::Container { host, container, part } => {
            let known = hosts.get(host);
            let (words, json) = match part {
                ContainerPart::Label(label) => {
                    let format = format!("{{{{index .Config.Labels {label:?}}}}}");
                    let words = [known.engine, "inspect", "--format", &format, container];
                    (words.map(str::to_owned).to_vec(), None)
                }
                ContainerPart::File { path, json } => {
                    (known.docker().read_command(container, path), json.as_ref())
                }
            };
            let filter = json.map(|path| curl::jq_filter(path.as_str()).unwrap_or_else(|| ".".to_owned()));
            let jq = filter.map(|filter| format!(" | jq -cr {}", shell_quote(&filter)));
            Command::reads(known.host.shell(&words) + &jq.unwrap_or_default(), prints())
        }
    }
}
