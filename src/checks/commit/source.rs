//! `commit.sources`: each place that shows production's commit must show the release's.

use futures_util::future::BoxFuture;

use crate::checks::context::{Context, Session};
use crate::checks::exchange::{challenge, facts};
use crate::checks::expect;
use crate::checks::hosts::KnownHost;
use crate::checks::plan_input::PlanInput;
use crate::checks::replay;
use crate::checks::unit::{Phase, Probe, Sink, Unit};
use crate::config::{Path, Source};
use crate::model::{
    Attempt, Command, CommitFamily, Evidence, Expected, Fact, FactName, Family, Finding, Judged, Subject,
    Trouble, TroubleCode,
};
use crate::probe::call::Call;
use crate::probe::curl::{self, CurlOutput, ShellAuth};
use crate::probe::git::Git;
use crate::probe::host::work_tree::{ChangedFiles, WorkTree};
use crate::probe::http::Response;
use crate::release::same_commit;
use crate::text::shell_quote;

/// A file in a container that shows a commit has no more than this, in bytes.
const MAX_FILE_BYTES: usize = 1 << 20;

const FAMILY: Family = Family::Commit(CommitFamily::Sources);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(commit) = &input.config().commit else { return Vec::new() };
    let path = Path::root().key("commit").key("expect_at");
    let unit = |(index, source): (usize, &Source)| {
        let name = source_name(source);
        let meta = input.meta(FAMILY, format!("{}.{name}", FAMILY.name()), name);
        let meta = input.configured(meta, &path.index(index), source.required, source.waive.as_ref());
        Unit::single(meta, Phase::Read, Vec::new(), SourceProbe { source: source.clone() })
    };
    commit.expect_at.iter().enumerate().map(unit).collect()
}

/// What a source is called.
pub fn source_name(source: &Source) -> String {
    let shown = |url: &crate::config::Template| url.to_string();
    source
        .name
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| source.url.as_ref().map(shown))
        .or_else(|| source.place())
        .unwrap_or_default()
}

struct SourceProbe {
    source: Source,
}

impl Probe for SourceProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            sink.begin(0);
            let (seen, attempts) = observe(&self.source, cx).await;
            let known = self.source.host.as_ref().and_then(|host| cx.hosts.get(host).ok());
            let finding = judge(&self.source, known, cx.release.commit(), seen);
            sink.end(0, Finding { attempts, ..finding });
        })
    }
}

/// What a source shows.
pub enum SourceObservation {
    /// An HTTP answer.
    Answer(Box<Response>),
    /// A work tree.
    WorkTree(WorkTree),
    /// What a container's label or file holds; nothing where there is no such label.
    Text(Option<String>),
}

/// Ask a source what it shows.
pub async fn observe(source: &Source, cx: &Context) -> (Result<SourceObservation, Trouble>, Vec<Attempt>) {
    if let Some(call) = call(source) {
        let (answer, attempts) = cx.ask_as(&call, &Session::default()).await;
        return (answer.map(|answer| SourceObservation::Answer(Box::new(answer))), attempts);
    }
    let shown = match &source.host {
        Some(host) => cx.stop.race(on_host(source, host, cx)).await,
        None => cx.stop.race(here(source)).await,
    };
    (shown.and_then(|shown| shown), Vec::new())
}

async fn here(source: &Source) -> Result<SourceObservation, Trouble> {
    let git = Git::new(source.git.as_ref().map_or(".", |path| path.as_str()));
    let commit = git.commit("HEAD").await?.ok_or_else(|| {
        let detail = format!("{} is not a git work tree, or has no commit", git.directory().display());
        Trouble::new(TroubleCode::Git, detail)
    })?;
    let (dirty, branch) = (git.dirty().await?, git.branch().await?);
    let changed = ChangedFiles { count: dirty.len(), names: dirty };
    Ok(SourceObservation::WorkTree(WorkTree { commit: Some(commit), branch, changed, ..WorkTree::default() }))
}

async fn on_host(source: &Source, host: &str, cx: &Context) -> Result<SourceObservation, Trouble> {
    let known = cx.hosts.get(host)?;
    if let Some(path) = &source.git {
        return Ok(SourceObservation::WorkTree(known.host.work_tree(path).await?));
    }
    let container = source.container.as_ref().map_or("", |name| name.as_str());
    if let Some(label) = &source.label {
        let labels = known.container(container).await?.labels;
        return Ok(SourceObservation::Text(labels.get(label.as_str()).cloned()));
    }
    let file = source.file.as_ref().map_or("", |path| path.as_str());
    let Some(content) = known.docker().read(container, file, MAX_FILE_BYTES).await? else {
        return Ok(SourceObservation::Text(None));
    };
    if content.cut {
        let detail = format!("{file} in {container} has more than {MAX_FILE_BYTES} bytes");
        return Err(Trouble::new(TroubleCode::TooLarge, detail));
    }
    let text = String::from_utf8_lossy(&content.bytes);
    Ok(SourceObservation::Text(match &source.json {
        Some(path) => serde_json::from_str(&text)
            .ok()
            .and_then(|document| expect::select(path.as_str(), &document))
            .map(|value| expect::plain(&value)),
        None => Some(text.trim().to_owned()),
    }))
}

fn call(source: &Source) -> Option<Call> {
    let mut call = Call::get(source.url.as_ref()?.0.clone());
    for (name, value) in source.headers.iter().flatten() {
        call.headers.push((name.clone(), value.0.clone()));
    }
    Some(call)
}

/// The commit that an answer shows, where the source says it stands.
pub fn shown_commit(source: &Source, answer: &Response) -> Option<String> {
    match (&source.json, &source.header) {
        (Some(path), _) => expect::select(path.as_str(), &answer.json()?).map(|value| expect::plain(&value)),
        (None, Some(header)) => answer.header(&header.to_ascii_lowercase()).map(str::to_owned),
        (None, None) => Some(answer.text().trim().to_owned()),
    }
}

fn judge(
    source: &Source,
    known: Option<&KnownHost>,
    expected: Result<&str, Trouble>,
    seen: Result<SourceObservation, Trouble>,
) -> Finding {
    let mut evidence = Evidence::default();
    let shown = match &seen {
        Ok(SourceObservation::Answer(answer)) => {
            evidence.facts = facts(answer);
            if answer.status == 200 { shown_commit(source, answer) } else { None }
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
    evidence.commands.push(command(source, known, shown.as_deref()));
    let (seen, expected) = match (seen, expected) {
        (Err(trouble), _) | (Ok(_), Err(trouble)) => return Finding::errored(trouble, evidence),
        (Ok(seen), Ok(expected)) => (seen, expected),
    };
    if let SourceObservation::Answer(answer) = &seen {
        if let Some(sign) = challenge(answer) {
            return Finding::errored(Trouble::new(TroubleCode::BotProtection, sign), evidence);
        }
        evidence.judged.push(Judged {
            subject: Subject::Status,
            expected: Expected::Equals("200".to_owned()),
            actual: answer.status.to_string(),
            ok: answer.status == 200,
        });
    }
    evidence.judged.push(Judged {
        subject: Subject::Commit(source_name(source)),
        expected: Expected::Equals(expected.to_owned()),
        ok: shown.as_deref().is_some_and(|shown| same_commit(shown, expected)),
        actual: shown.unwrap_or_default(),
    });
    if let SourceObservation::WorkTree(tree) = seen
        && tree.changed.count > 0
    {
        evidence.judged.push(Judged {
            subject: Subject::WorkTree,
            expected: Expected::Absent,
            actual: tree.changed.count.to_string(),
            ok: false,
        });
    }
    Finding::judged(evidence)
}

fn command(source: &Source, known: Option<&KnownHost>, shown: Option<&str>) -> Command {
    let prints = || shown.map(str::to_owned).into_iter().collect();
    let Some(call) = call(source) else {
        return Command::reads(command_on_host(source, known), prints());
    };
    match (&source.json, &source.header) {
        (Some(path), _) => replay::ask_json(&call, &ShellAuth::Anonymous, path.as_str(), shown),
        (None, Some(header)) => {
            let print = format!("%header{{{}}}", header.to_ascii_lowercase());
            let output = CurlOutput { print: Some(print), ..CurlOutput::default() };
            Command::reads(curl::command(&call, &ShellAuth::Anonymous, &output), prints())
        }
        (None, None) => {
            let output = CurlOutput { body: None, print: None, ..CurlOutput::default() };
            Command::reads(curl::command(&call, &ShellAuth::Anonymous, &output), prints())
        }
    }
}

/// The command for a work tree or a container, on its host.
fn command_on_host(source: &Source, known: Option<&KnownHost>) -> String {
    let engine = known.map_or("docker", |known| known.engine);
    let container = source.container.as_ref().map_or("", |name| name.as_str());
    let label;
    let words: Vec<&str> = match (&source.git, &source.label, &source.file) {
        (Some(path), _, _) => vec!["git", "-C", path.as_str(), "rev-parse", "HEAD"],
        (None, Some(name), _) => {
            label = format!("{{{{index .Config.Labels {:?}}}}}", name.as_str());
            vec![engine, "inspect", "--format", &label, container]
        }
        (None, None, _) => Vec::new(),
    };
    let words: Vec<String> = match (&source.file, known) {
        (Some(file), Some(known)) => known.docker().read_command(container, file),
        _ => words.into_iter().map(str::to_owned).collect(),
    };
    let bash = known.map_or_else(|| crate::probe::host::words(&words), |known| known.host.shell(&words));
    match &source.json {
        Some(path) => {
            let filter = curl::jq_filter(path.as_str()).unwrap_or_else(|| ".".to_owned());
            format!("{bash} | jq -cr {}", shell_quote(&filter))
        }
        None => bash,
    }
}
