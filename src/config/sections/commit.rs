//! Section 1: the places that show production's commit.

use super::{CheckOptions, HostId};
use crate::config::parser::{Names, Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::{Problem, listed};
use crate::config::raw::commit::RawSource;
use crate::config::types::{JsonPath, Plain, Template};
use crate::text::Text;

/// A place that shows a commit.
#[derive(Debug, Clone)]
pub struct CommitSource {
    pub name: String,
    pub place: CommitPlace,
    pub options: CheckOptions,
}

#[derive(Debug, Clone)]
pub enum CommitPlace {
    Url { url: Template, headers: Vec<(String, Text)>, part: AnswerPart },
    Git { host: Option<HostId>, path: String },
    Container { host: HostId, container: String, part: ContainerPart },
}

/// Where in an answer a commit stands.
#[derive(Debug, Clone)]
pub enum AnswerPart {
    Body,
    /// Where this path leads in the JSON of the body.
    Json(JsonPath),
    Header(String),
}

/// Where in a container a commit stands.
#[derive(Debug, Clone)]
pub enum ContainerPart {
    Label(String),
    File { path: String, json: Option<JsonPath> },
}

impl Parser<'_> {
    pub(super) fn commit(&mut self) -> Result<Vec<CommitSource>, Refused> {
        let sources = self.raw.commit.iter().flat_map(|commit| &commit.expect_at);
        let mut names = Names::new();
        self.list(sources, &Path::root().key("commit").key("expect_at"), |parser, raw, path| {
            parser.one_line(&path.key("name"), raw.name.as_ref());
            let options = parser.options(raw.required, raw.waive.as_ref(), path);
            let place = parser.commit_place(raw, path);
            let name = name(raw);
            if let Some(name) = &name {
                parser.unique(&mut names, name, path, "the source", "give one of them another `name`");
            }
            Ok(CommitSource { place: place?, name: name.unwrap_or_default(), options })
        })
    }

    /// One of `url`, `git` and `container`, each with what belongs to it.
    fn commit_place(&mut self, raw: &RawSource, path: &Path) -> Result<CommitPlace, Refused> {
        let given: Vec<&str> = given!(raw; url, git, container).collect();
        if let [_, second, ..] = given.as_slice() {
            let message = format!("a source has one of {}, not several", listed(&given));
            self.problem_with_help(&path.key(second), message, "make two sources of it");
        }
        let with_url = "a source with `url`";
        if raw.url.is_some() {
            self.belongs(path, given!(raw; host), "a source with `git` or `container`");
        } else {
            self.belongs(path, given!(raw; header, headers), with_url);
            self.belongs(path, given!(raw; json).filter(|_| raw.file.is_none()), with_url);
        }
        if raw.container.is_none() {
            self.belongs(path, given!(raw; label, file), "a source with `container`");
        }
        let part = self.answer_part(raw, path);
        let headers = self.constant_headers(raw.headers.as_ref(), &path.key("headers"));
        let host = raw.host.as_ref().map(|host| self.known_host(host, &path.key("host"))).transpose();
        let in_container = raw.container.as_ref().map(|container| self.in_container(raw, container, path));
        if let Some(url) = &raw.url {
            self.absolute(url, &path.key("url"));
            return Ok(CommitPlace::Url { url: url.clone(), headers, part });
        }
        if let Some(path) = &raw.git {
            return Ok(CommitPlace::Git { host: host?, path: path.to_string() });
        }
        let Some((container, part)) = raw.container.as_ref().zip(in_container) else {
            return Err(self.refuse(
                Problem::new(path, "a source needs `url`, `git` or `container`")
                    .help("for example `url: https://example.org/api/version` or `git: .`"),
            ));
        };
        let host = host?.ok_or_else(|| {
            self.refuse(
                Problem::new(path, "a container is on a host")
                    .help("add `host`, with its name under `hosts`"),
            )
        });
        Ok(CommitPlace::Container { host: host?, container: container.to_string(), part: part? })
    }

    fn answer_part(&mut self, raw: &RawSource, path: &Path) -> AnswerPart {
        let path = path.key("header");
        if let Some(header) = &raw.header {
            self.header_name(header, &path);
        }
        match (&raw.json, &raw.header) {
            (Some(_), Some(_)) => {
                let message = "a source has `json` or `header`, not both";
                self.problem_with_help(&path, message, "make two sources of it");
                AnswerPart::Body
            }
            (Some(json), None) => AnswerPart::Json(json.clone()),
            (None, Some(header)) => AnswerPart::Header(header.to_ascii_lowercase()),
            (None, None) => AnswerPart::Body,
        }
    }

    fn in_container(
        &mut self,
        raw: &RawSource,
        container: &Plain,
        path: &Path,
    ) -> Result<ContainerPart, Refused> {
        self.word(container, &path.key("container"), "a container's name");
        match (&raw.label, &raw.file) {
            (None, None) => {
                Err(self.refuse(Problem::new(path, "where does the container show its commit?").help(
                    "add `label: org.opencontainers.image.revision`, or `file` with the path of a file",
                )))
            }
            (Some(_), Some(_)) => {
                let message = "a source has `label` or `file`, not both";
                Err(self.refuse(Problem::new(path.key("file"), message)))
            }
            (None, Some(file)) => {
                if !file.starts_with('/') {
                    let message = "the path of a file in a container begins with `/`";
                    self.problem(&path.key("file"), message);
                }
                Ok(ContainerPart::File { path: file.to_string(), json: raw.json.clone() })
            }
            (Some(label), None) => Ok(ContainerPart::Label(label.to_string())),
        }
    }
}

/// What a source is called: as it says, else its URL, else where it is: `container app on prod`.
fn name(raw: &RawSource) -> Option<String> {
    let given = raw.name.as_ref().map(ToString::to_string);
    if let Some(name) = given.or_else(|| raw.url.as_ref().map(ToString::to_string)) {
        return Some(name);
    }
    let what = match (&raw.git, &raw.container) {
        (Some(path), _) => format!("git {}", path.as_str()),
        (None, Some(container)) => {
            let part = raw.label.as_ref().or(raw.file.as_ref()).map(|part| format!(" {}", part.as_str()));
            format!("container {}{}", container.as_str(), part.unwrap_or_default())
        }
        (None, None) => return None,
    };
    Some(raw.host.as_ref().map_or_else(|| what.clone(), |host| format!("{what} on {}", host.as_str())))
}
