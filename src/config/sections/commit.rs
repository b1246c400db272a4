//! Section 1: the places that show production's commit.

use super::super::parser::{Names, Parser};
use super::super::path::Path;
use super::super::problem::listed;
use super::super::raw::commit::RawSource;
use super::super::types::Plain;

impl Parser<'_> {
    pub(super) fn commit(&mut self) {
        let Some(commit) = &self.raw.commit else { return };
        let list = Path::root().key("commit").key("expect_at");
        let mut names = Names::new();
        for (i, source) in commit.expect_at.iter().enumerate() {
            let path = list.index(i);
            self.source(source, &path);
            let address = source.url.as_ref().map(ToString::to_string);
            let place = || source.place().map(Plain::new);
            let name = source.name.clone().or_else(|| address.map(Plain::new)).or_else(place);
            if let Some(name) = name {
                self.unique(&mut names, &name, &path, "the source", "give one of them another `name`");
            }
        }
    }

    fn source(&mut self, source: &RawSource, path: &Path) {
        self.one_line(&path.key("name"), source.name.as_ref());
        self.waive(source.waive.as_ref(), path);
        self.source_kind(source, path);
        if let Some(url) = &source.url {
            self.absolute(url, &path.key("url"));
        }
        if source.json.is_some() && source.header.is_some() {
            self.problem_with_help(
                &path.key("header"),
                "a source has `json` or `header`, not both",
                "make two sources of it",
            );
        }
        for (key, given) in [
            ("json", source.json.is_some()),
            ("header", source.header.is_some()),
            ("headers", source.headers.is_some()),
        ] {
            let fits = source.url.is_some() || (key == "json" && source.file.is_some());
            if given && !fits {
                self.problem(&path.key(key), format!("`{key}` belongs to a source with `url`"));
            }
        }
        if let Some(header) = &source.header {
            self.header_name(header, &path.key("header"));
        }
        self.headers(source.headers.as_ref(), &path.key("headers"));
        if let Some(headers) = &source.headers {
            self.no_captures_in(
                headers.iter().map(|(key, text)| (key.as_str(), &text.0)),
                &path.key("headers"),
            );
        }
    }

    /// A source of a commit: one of `url`, `git` and `container`, each with what belongs to it.
    pub(super) fn source_kind(&mut self, source: &RawSource, path: &Path) {
        let kinds = [
            ("url", source.url.is_some()),
            ("git", source.git.is_some()),
            ("container", source.container.is_some()),
        ];
        let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        match given.as_slice() {
            [] => self.problem_with_help(
                path,
                "a source needs `url`, `git` or `container`",
                "for example `url: https://example.org/api/version` or `git: .`",
            ),
            [_] => {}
            [_, others @ ..] => {
                let keys: Vec<&str> = others.to_vec();
                let message = format!("a source has one of {}, not several", listed(&given));
                self.problem_with_help(&path.key(keys[0]), message, "make two sources of it");
            }
        }
        if let Some(host) = &source.host {
            self.known_host(host, &path.key("host"));
            if source.url.is_some() {
                self.problem(&path.key("host"), "`host` belongs to a source with `git` or `container`");
            }
        }
        if let Some(container) = &source.container {
            self.container_source(source, container, path);
        }
        for (key, given) in [("label", source.label.is_some()), ("file", source.file.is_some())] {
            if given && source.container.is_none() {
                self.problem(&path.key(key), format!("`{key}` belongs to a source with `container`"));
            }
        }
    }

    fn container_source(&mut self, source: &RawSource, container: &Plain, path: &Path) {
        self.word(container, &path.key("container"), "a container's name");
        if source.host.is_none() {
            self.problem_with_help(
                path,
                "a container is on a host",
                "add `host`, with its name under `hosts`",
            );
        }
        match (&source.label, &source.file) {
            (None, None) => self.problem_with_help(
                path,
                "where does the container show its commit?",
                "add `label: org.opencontainers.image.revision`, or `file` with the path of a file",
            ),
            (Some(_), Some(_)) => {
                self.problem(&path.key("file"), "a source has `label` or `file`, not both");
            }
            (None, Some(file)) if !file.starts_with('/') => {
                self.problem(&path.key("file"), "the path of a file in a container begins with `/`");
            }
            _ => {}
        }
    }
}
