//! Many questions in one request: the document is made of those that are asked.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::error::{ForgeError, Why};
use super::super::types::{
    Answers, BranchName, CommitSha, FileAt, FileText, GateBranch, Inquiry, PeeledTag, RepoPath, Revision,
};
use super::GitHub;
use super::client::ApiRequest;
use super::decode::{Actor, CommitNode, GitActor, GitObject, Nodes, PullNode, Ref, Statuses, take};
use super::graphql::{ACTOR, COMMIT, PULL, PULL_FIELDS, STATUSES, query};

/// A document while it is written.
#[derive(Default)]
struct Document {
    parameters: String,
    fields: String,
    fragments: Vec<&'static str>,
    variables: Map<String, Value>,
}

impl Document {
    fn variable(&mut self, name: &str, kind: &str, value: impl Into<Value>) {
        let _ = write!(self.parameters, ", ${name}: {kind}");
        self.variables.insert(name.to_owned(), value.into());
    }

    /// A text variable, and a field that uses it as `$it`.
    fn field(&mut self, alias: &str, value: impl Into<Value>, field: &str) {
        self.variable(alias, "String!", value);
        self.own(alias, &field.replace("$it", &format!("${alias}")));
    }

    fn own(&mut self, alias: &str, field: &str) {
        let _ = writeln!(self.fields, "    {alias}: {field}");
    }

    fn fragment(&mut self, fragment: &'static str) {
        if !self.fragments.contains(&fragment) {
            self.fragments.push(fragment);
        }
    }

    fn pull_fragment(&mut self) {
        self.fragment(PULL_FIELDS);
        self.fragment(PULL);
    }

    fn text(&self) -> String {
        format!(
            "query Ask($owner: String!, $name: String!{}) {{\n  viewer {{ ...actor }}\n  \
             repository(owner: $owner, name: $name) {{\n    \
             defaultBranchRef {{ name target {{ oid }} }}\n{}  }}\n}}\n{}",
            self.parameters,
            self.fields,
            self.fragments.concat()
        )
    }
}

fn document(inquiry: &Inquiry) -> Document {
    let mut doc = Document::default();
    doc.fragment(ACTOR);
    if let Some(base) = &inquiry.base {
        doc.field("base", format!("refs/heads/{base}"), "ref(qualifiedName: $it) { target { oid } }");
    }
    for (i, branch) in inquiry.branches.iter().enumerate() {
        doc.pull_fragment();
        let (head, pulls) = (format!("head{i}"), format!("pulls{i}"));
        doc.field(&head, format!("refs/heads/{branch}"), "ref(qualifiedName: $it) { target { oid } }");
        doc.field(
            &pulls,
            branch.as_str(),
            "pullRequests(headRefName: $it, first: 10, orderBy: {field: CREATED_AT, direction: DESC}) \
             { nodes { ...pull } }",
        );
    }
    if let Some(prefix) = &inquiry.open_under {
        doc.pull_fragment();
        doc.field(
            "open",
            format!("refs/heads/{prefix}"),
            "refs(refPrefix: $it, first: 50, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) \
             { nodes { name associatedPullRequests(first: 1, states: [OPEN]) { nodes { ...pull } } } }",
        );
    }
    if let Some((base, head)) = &inquiry.between {
        doc.fragment(COMMIT);
        doc.variable("betweenHead", "String!", head.as_str());
        doc.field(
            "between",
            format!("refs/heads/{base}"),
            "ref(qualifiedName: $it) { compare(headRef: $betweenHead) \
             { commits(last: 100) { nodes { ...commit } } } }",
        );
    }
    if let Some(folder) = &inquiry.folder {
        let at = inquiry.base.clone().map_or(Revision::DefaultBranch, Revision::Branch);
        let expression = expression(&at, folder);
        doc.field("folder", expression, "object(expression: $it) { ... on Tree { entries { name type } } }");
    }
    for (i, file) in inquiry.files.iter().enumerate() {
        doc.field(
            &format!("file{i}"),
            expression(&file.at, &file.path),
            "object(expression: $it) { __typename ... on Blob { oid text isTruncated isBinary } }",
        );
    }
    if let Some(tag) = &inquiry.tag {
        let mut target = "__typename oid ... on Tag { target { __typename oid } }".to_owned();
        for _ in 0..2 {
            target = format!("__typename oid ... on Tag {{ target {{ {target} }} }}");
        }
        let tagger = "... on Tag { tagger { name email user { login databaseId } } }";
        let field = format!("ref(qualifiedName: $it) {{ target {{ {target} {tagger} }} }}");
        doc.field("tag", format!("refs/tags/{tag}"), &field);
    }
    if let Some(commit) = &inquiry.statuses_of {
        doc.fragment(STATUSES);
        doc.variable("statuses", "GitObjectID!", commit.as_str());
        doc.own("statuses", "object(oid: $statuses) { ... on Commit { ...statuses } }");
    }
    if let Some(commit) = &inquiry.on_default {
        doc.field(ON_DEFAULT, commit.as_str(), "defaultBranchRef { compare(headRef: $it) { aheadBy } }");
    }
    doc
}

/// The field that may name a commit which nobody knows.
const ON_DEFAULT: &str = "onDefault";

/// A revision and a path as git writes them.
fn expression(at: &Revision, path: &RepoPath) -> String {
    match at {
        Revision::DefaultBranch => format!("HEAD:{path}"),
        Revision::Branch(branch) => format!("refs/heads/{branch}:{path}"),
        Revision::Commit(commit) => format!("{commit}:{path}"),
    }
}

/// The answer: fixed fields, and those that were asked for.
#[derive(Deserialize)]
struct AskData {
    viewer: Option<Actor>,
    repository: Option<AskedRepository>,
}

#[derive(Deserialize)]
struct AskedRepository {
    #[serde(rename = "defaultBranchRef")]
    default_branch: Option<Ref>,
    #[serde(flatten)]
    fields: HashMap<String, Value>,
}

#[derive(Deserialize)]
struct OpenBranch {
    #[serde(rename = "associatedPullRequests")]
    pulls: Nodes<PullNode>,
}

#[derive(Deserialize)]
struct BranchComparison {
    compare: Option<ComparedCommits>,
}

#[derive(Deserialize)]
struct ComparedCommits {
    commits: Nodes<CommitNode>,
}

#[derive(Deserialize)]
struct Ahead {
    compare: Option<AheadBy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AheadBy {
    ahead_by: u64,
}

#[derive(Deserialize)]
struct Tree {
    #[serde(default)]
    entries: Vec<FolderEntry>,
}

#[derive(Deserialize)]
struct FolderEntry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    #[serde(rename = "__typename")]
    typename: String,
    oid: Option<String>,
    text: Option<String>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    is_binary: Option<bool>,
}

pub(super) async fn ask(github: &GitHub, inquiry: &Inquiry) -> Result<Answers, ForgeError> {
    let doing = format!("read {}", github.repository);
    let doc = document(inquiry);
    let mut variables = doc.variables.clone();
    variables.extend(github.owner_and_name());
    let variables = Value::Object(variables);
    let value = query(&github.client, &doing, &doc.text(), &variables, Some(ON_DEFAULT)).await?;
    let broken = |said: String| github.client.error(&doing, Why::Broken, &said);
    let data: AskData = take(value).map_err(broken)?;
    let Some(repository) = data.repository else {
        return Err(github.client.error(&doing, Why::NotFound, "there is no such repository"));
    };
    let mut fields = Fields(repository.fields);
    let mut answers = fields.answers(inquiry).map_err(broken)?;
    for (i, file) in inquiry.files.iter().enumerate() {
        let blob: Option<Blob> = fields.take(&format!("file{i}")).map_err(broken)?;
        answers.files.push(match blob.filter(|blob| blob.typename == "Blob") {
            Some(blob) => Some(text(github, &doing, file, blob).await?),
            None => None,
        });
    }
    answers.viewer = data.viewer.map(Actor::account);
    answers.default_branch = repository
        .default_branch
        .and_then(|branch| Some((BranchName::new(branch.name), branch.target?.oid().clone())));
    if inquiry.base.is_none() {
        answers.base = answers.default_branch.as_ref().map(|(_, head)| head.clone());
    }
    Ok(answers)
}

struct Fields(HashMap<String, Value>);

impl Fields {
    /// None where GitHub answered null: there is no such thing.
    fn take<T: for<'de> Deserialize<'de>>(&mut self, alias: &str) -> Result<Option<T>, String> {
        take(self.0.remove(alias).unwrap_or(Value::Null))
    }

    fn head(&mut self, alias: &str) -> Result<Option<CommitSha>, String> {
        let found: Option<Ref> = self.take(alias)?;
        Ok(found.and_then(|found| Some(found.target?.oid().clone())))
    }

    fn answers(&mut self, inquiry: &Inquiry) -> Result<Answers, String> {
        let mut answers = Answers { base: self.head("base")?, ..Answers::default() };
        for (i, name) in inquiry.branches.iter().enumerate() {
            let pulls: Option<Nodes<PullNode>> = self.take(&format!("pulls{i}"))?;
            answers.branches.push(GateBranch {
                name: name.clone(),
                head: self.head(&format!("head{i}"))?,
                pulls: pulls.unwrap_or_default().nodes.into_iter().filter_map(PullNode::summary).collect(),
            });
        }
        let open: Option<Nodes<OpenBranch>> = self.take("open")?;
        let open = open.unwrap_or_default().nodes.into_iter().flat_map(|branch| branch.pulls.nodes);
        answers.open = open.filter_map(PullNode::summary).collect();
        answers.open.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        let between: Option<BranchComparison> = self.take("between")?;
        let between = between.and_then(|between| between.compare).map(|compare| compare.commits.nodes);
        answers.between = between.unwrap_or_default().into_iter().map(CommitNode::commit).collect();
        let folder: Option<Tree> = self.take("folder")?;
        let files = folder.into_iter().flat_map(|tree| tree.entries).filter(|entry| entry.kind == "blob");
        answers.folder = files.map(|entry| entry.name).collect();
        let tag: Option<Ref> = self.take("tag")?;
        answers.tag = tag.and_then(|tag| tag.target).and_then(|target| {
            let tagger = target.tagger.as_ref().and_then(GitActor::account);
            let commit = GitObject::peel(&target)?.clone();
            Some(PeeledTag { annotated: *target.oid() != commit, commit, tagger })
        });
        let statuses: Option<Statuses> = self.take("statuses")?;
        answers.statuses = statuses.unwrap_or_default().list();
        let on_default: Option<Ahead> = self.take(ON_DEFAULT)?;
        // What is ahead by nothing is in it already.
        answers.on_default =
            on_default.and_then(|found| found.compare).is_some_and(|found| found.ahead_by == 0);
        Ok(answers)
    }
}

/// A file's whole text: GitHub cuts long ones here, and tells nothing of those that are no text.
async fn text(github: &GitHub, doing: &str, file: &FileAt, blob: Blob) -> Result<FileText, ForgeError> {
    let broken = |said: &str| github.client.error(doing, Why::Broken, &format!("{}: {said}", file.path));
    let oid = blob.oid.ok_or_else(|| broken("a blob without a name"))?;
    if let Some(text) = blob.text
        && !blob.is_truncated
        && blob.is_binary != Some(true)
    {
        return Ok(FileText { text, blob: oid });
    }
    let path = format!("/repos/{}/git/blobs/{oid}", github.repository);
    let answer = github.client.read(doing, ApiRequest::Get(&path)).await?;
    let content: RestBlob = serde_json::from_str(&answer.body).map_err(|error| broken(&error.to_string()))?;
    let base64: String = content.content.split_whitespace().collect();
    let bytes = super::from_base64(&base64).ok_or_else(|| broken("it cannot be decoded"))?;
    let text = String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8 text"))?;
    Ok(FileText { text, blob: oid })
}

#[derive(Deserialize)]
struct RestBlob {
    content: String,
}

pub(super) fn owner_and_name(owner: &str, name: &str) -> Map<String, Value> {
    [("owner".to_owned(), json!(owner)), ("name".to_owned(), json!(name))].into_iter().collect()
}
