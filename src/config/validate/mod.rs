//! What needs more than one key to judge: every complaint at once, each with its place.

mod database;
mod hosts;
mod migrations;
mod publish;
mod schema;
mod smoke;
mod sql;
mod web;
mod workflows;

use std::collections::HashMap;

use super::path::Path;
use super::problem::{Problem, Target, listed, nearest, quote};
use super::raw::{Config, Waive};
use super::raw_commit::Source;
use super::tree::Node;
use super::types::{Ordered, Plain};
use crate::text::Text;

/// The role that always exists and has no session.
pub const ANONYMOUS: &str = "anonymous";

/// Everything that is wrong with a configuration that could be decoded. `secrets` are those that it
/// uses, with their values; `root` is its tree, if it came from a file.
pub(super) fn validate(config: &Config, secrets: &[(String, String)], root: Option<&Node>) -> Vec<Problem> {
    let mut check = Check { config, secrets, root, problems: Vec::new(), needs_base: None };
    check.top();
    check.hosts();
    check.database();
    check.commit();
    check.migrations();
    check.schema();
    check.environment();
    check.publishing();
    if let Some(smoke) = &config.smoke {
        check.smoke(smoke, &Path::root().key("smoke"));
    }
    check.problems
}

/// Everything that is wrong with what a configuration says of publishing, whatever else it says.
pub(super) fn validate_publishing(config: &Config, root: Option<&Node>) -> Vec<Problem> {
    let mut check = Check { config, secrets: &[], root, problems: Vec::new(), needs_base: None };
    check.publishing();
    check.problems
}

/// The complaints so far, and what they are judged by.
struct Check<'a> {
    config: &'a Config,
    secrets: &'a [(String, String)],
    root: Option<&'a Node>,
    problems: Vec<Problem>,
    /// The first place that needs `smoke.base_url`.
    needs_base: Option<Path>,
}

/// Names that must differ, and where each was first.
type Names = HashMap<String, Path>;

impl Check<'_> {
    fn problem(&mut self, path: &Path, message: impl Into<String>) -> &mut Problem {
        self.problems.push(Problem::new(path.clone(), message));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn problem_with_help(&mut self, path: &Path, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(path.clone(), message).help(help));
    }

    /// ` on line 7`, or nothing without a file.
    fn on_line(&self, path: &Path) -> String {
        self.root
            .map_or_else(String::new, |root| format!(" on line {}", root.locate(path, Target::Value).line))
    }

    /// Complain if `name` was used before.
    fn unique(&mut self, names: &mut Names, name: &str, path: &Path, what: &str, help: &str) {
        match names.get(name) {
            None => {
                names.insert(name.to_owned(), path.clone());
            }
            Some(first) => {
                let line = self.on_line(first);
                let message = format!("{what} {} is here twice; the other is{line}", quote(name));
                let message =
                    if line.is_empty() { format!("{what} {} is here twice", quote(name)) } else { message };
                self.problem_with_help(path, message, help);
            }
        }
    }

    fn top(&mut self) {
        let root = Path::root();
        let config = self.config;
        let smoke = config.smoke.as_ref();
        let any = smoke.is_some_and(|smoke| {
            smoke.pages.is_some()
                || smoke.sessions.is_some()
                || smoke.access.is_some()
                || smoke.workflows.is_some()
        });
        if !any
            && config.commit.is_none()
            && config.migrations.is_none()
            && config.schema.is_none()
            && config.environment.is_none()
        {
            self.problem_with_help(
                &root,
                "there is nothing to check",
                "add `commit`, `migrations`, `schema`, `environment`, or `smoke` with `pages`, `sessions`, `access` or `workflows`",
            );
        }
        if let Some(zone) = &config.timezone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            let message = format!("the time zone {} is not known", quote(zone));
            self.problem_with_help(
                &root.key("timezone"),
                message,
                "write an IANA name such as `Africa/Tunis` or `UTC`",
            );
        }
        if config.limits.as_ref().is_some_and(|limits| limits.in_flight == Some(0)) {
            let path = root.key("limits").key("in_flight");
            self.problem_with_help(&path, "nothing would ever be asked", "write 1 or more");
        }
        self.one_line(&root.key("title"), config.title.as_ref());
        self.one_line(&root.key("tags"), config.tags.as_ref());
        let allowed = config.secrets.as_ref().and_then(|secrets| secrets.allow_short.as_ref());
        for (i, name) in allowed.into_iter().flatten().enumerate() {
            let used = self.secrets.iter().map(|(name, _)| name.as_str());
            if !used.clone().any(|used| used == name.as_str()) {
                let help = match nearest(name, used) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it".to_owned(),
                };
                let path = root.key("secrets").key("allow_short").index(i);
                self.problem_with_help(
                    &path,
                    format!("no secret {} is used in this file", quote(name)),
                    help,
                );
            }
        }
    }

    fn commit(&mut self) {
        let Some(commit) = &self.config.commit else { return };
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

    fn source(&mut self, source: &Source, path: &Path) {
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

    fn waive(&mut self, waive: Option<&Waive>, path: &Path) {
        if let Some(waive) = waive {
            let path = path.key("waive");
            self.one_line(&path.key("reason"), Some(&waive.reason));
            self.one_line(&path.key("owner"), Some(&waive.owner));
        }
    }

    /// Names and reasons stand in headings and tables of the record.
    fn one_line(&mut self, path: &Path, text: Option<&Plain>) {
        if text.is_some_and(|text| text.chars().any(char::is_control)) {
            self.problem(path, "it must be one line, without control characters");
        }
    }

    fn no_captures(&mut self, text: &Text, path: &Path) {
        if let Some(name) = text.captures().next() {
            let message = format!(
                "`{{{{ {name} }}}}` cannot be used here: only steps of a workflow know captured values"
            );
            self.problem(path, message);
        }
    }

    fn no_captures_in<'t>(&mut self, texts: impl Iterator<Item = (&'t str, &'t Text)>, path: &Path) {
        for (key, text) in texts {
            self.no_captures(text, &path.key(key));
        }
    }

    /// Complain about a role that has no session.
    fn role(&mut self, role: &str, path: &Path, target: Target) {
        let sessions = self.config.smoke.as_ref().and_then(|smoke| smoke.sessions.as_ref());
        let known: Vec<&str> =
            std::iter::once(ANONYMOUS).chain(sessions.into_iter().flat_map(Ordered::keys)).collect();
        if known.contains(&role) {
            return;
        }
        let help = match nearest(role, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the roles are {}; define others under `smoke.sessions`", listed(&known)),
        };
        let message = format!("the role {} has no session", quote(role));
        self.problems.push(Problem { target, ..Problem::new(path.clone(), message).help(help) });
    }
}
