//! Section 5: the service, its pages, and who may use which endpoint.

use super::answers::{AnswerExpected, Polling, ShownPart};
use super::sessions::SessionConfig;
use super::workflows::Workflow;
use super::{AnswerFailOn, CheckOptions};
use crate::config::parser::{ANONYMOUS, Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::problem::{Problem, Target};
use crate::config::raw::smoke::{RawAccessRow, RawMarker, RawPageBody, RawSmoke};
use crate::config::types::{Cell, JsonText, OneOrMany, Ordered, Plain, StatusSet, Template, Test};
use crate::text::Text;

/// What is asked of the service.
#[derive(Debug, Clone)]
pub struct Smoke {
    pub base_url: Option<Template>,
    pub headers: Vec<(String, Text)>,
    pub marker: Option<Marker>,
    pub pages: Vec<PageConfig>,
    pub sessions: Vec<SessionConfig>,
    pub access: Vec<AccessRow>,
    pub workflows: Vec<Workflow>,
}

/// What shows that an answer is the application's own: all of it must hold.
#[derive(Debug, Clone)]
pub struct Marker {
    pub headers: Option<Ordered<Test>>,
    pub contains: Option<OneOrMany<Plain>>,
}

/// A page that is fetched.
#[derive(Debug, Clone)]
pub struct PageConfig {
    pub name: String,
    /// Its path, or a whole URL.
    pub address: Text,
    pub role: String,
    pub expect: AnswerExpected,
    /// How to ask again until that holds.
    pub polling: Option<Polling<AnswerFailOn>>,
    pub show: Vec<ShownPart>,
    pub options: CheckOptions,
}

/// An endpoint, and what each role gets from it.
#[derive(Debug, Clone)]
pub struct AccessRow {
    pub method: &'static str,
    /// Its path, or a whole URL.
    pub address: Text,
    pub json: Option<JsonText>,
    pub cells: Vec<AccessCell>,
}

/// What a role gets from an endpoint.
#[derive(Debug, Clone)]
pub struct AccessCell {
    pub role: String,
    pub expected: Cell,
    pub options: CheckOptions,
}

impl Parser<'_> {
    pub(super) fn smoke(&mut self, raw: &RawSmoke, path: &Path) -> Result<Smoke, Refused> {
        if let Some(base) = &raw.base_url {
            self.base_url(base, &path.key("base_url"));
        }
        let headers = self.constant_headers(raw.headers.as_ref(), &path.key("headers"));
        let marker = raw.marker.as_ref().map(|marker| self.marker(marker, &path.key("marker")));
        let mut names = Names::new();
        let pages = self.list(raw.pages.iter().flatten(), &path.key("pages"), |parser, page, path| {
            Ok(parser.page(&page.0, path, &mut names))
        });
        let sessions = self.mapping(raw.sessions.as_ref(), &path.key("sessions"), Self::session);
        let has_marker = marker.is_some() || self.is_unknown(&path.key("marker"));
        let mut cells = Names::new();
        let access = self.list(raw.access.iter().flatten(), &path.key("access"), |parser, row, path| {
            Ok(parser.row(row, path, has_marker, &mut cells))
        });
        let mut names = Names::new();
        let workflows =
            self.list(raw.workflows.iter().flatten(), &path.key("workflows"), |parser, workflow, path| {
                parser.workflow(workflow, path, &mut names)
            });
        if let Some(first) = self
            .needs_base
            .take()
            .filter(|_| raw.base_url.is_none() && !self.is_unknown(&path.key("base_url")))
        {
            let message = "a path alone needs `smoke.base_url`, which is missing";
            self.problem_with_help(&first, message, "add `base_url: https://example.org` under `smoke`");
        }
        Ok(Smoke {
            base_url: raw.base_url.clone(),
            headers,
            marker,
            pages: pages?,
            sessions: sessions?,
            access: access?,
            workflows: workflows?,
        })
    }

    fn marker(&mut self, raw: &RawMarker, path: &Path) -> Marker {
        self.tested_headers(raw.headers.as_ref(), &path.key("headers"));
        if raw.headers.is_none() && raw.contains.is_none() {
            self.problem_with_help(path, "the marker is empty", "add `headers` or `contains`");
        }
        Marker { headers: raw.headers.clone(), contains: raw.contains.clone() }
    }

    fn page(&mut self, raw: &RawPageBody, path: &Path, names: &mut Names) -> PageConfig {
        self.address(&raw.path, &path.key("path"));
        self.no_captures(&raw.path, &path.key("path"));
        self.one_line(&path.key("name"), raw.name.as_ref());
        let options = self.options(raw.required, raw.waive.as_ref(), path);
        let name = raw.name.as_ref().map_or_else(|| raw.path.to_string(), ToString::to_string);
        self.unique(names, &name, path, "the page", "give one of them another `name`");
        let role = self.asker(raw.role.as_ref(), path).unwrap_or(ANONYMOUS);
        let expect = self.answer_expected(raw.assertions(), StatusSet::of(200), path);
        if let Some(to) = &expect.redirect {
            self.no_captures(to, &path.key("redirect"));
        }
        PageConfig {
            name,
            address: raw.path.0.clone(),
            role: role.to_owned(),
            expect,
            polling: Polling::new(raw.within, None, None),
            show: ShownPart::of(raw.show.iter().flatten()),
            options,
        }
    }

    /// The role that `as` names.
    pub(super) fn asker<'r>(&mut self, role: Option<&'r Plain>, path: &Path) -> Option<&'r str> {
        let role = role?.as_str();
        self.role(role, &path.key("as"), Target::Value);
        Some(role)
    }

    fn row(&mut self, raw: &RawAccessRow, path: &Path, has_marker: bool, names: &mut Names) -> AccessRow {
        let here = path.key(&raw.method.to_lowercase());
        self.address(&raw.path, &here);
        self.no_captures(&raw.path, &here);
        let options = self.options(raw.required, raw.waive.as_ref(), path);
        for text in raw.json.iter().flat_map(JsonText::texts) {
            self.no_captures(text, &path.key("json"));
        }
        if raw.json.is_some() && matches!(raw.method, "GET" | "HEAD") {
            self.refuse(Problem::new(path.key("json"), format!("a {} has no body", raw.method)).at_key());
        }
        let mut cells = Vec::new();
        for (role, expected) in &raw.cells {
            let here = path.key(role);
            self.role(role, &here, Target::Key);
            let name = format!("{} {} as {role}", raw.method, raw.path);
            self.unique(names, &name, &here, "the row", "keep one of the two");
            let options = CheckOptions { position: self.position(&here), ..options.clone() };
            cells.push(AccessCell { role: role.clone(), expected: expected.clone(), options });
        }
        if !has_marker && cells.iter().all(|cell| cell.expected == Cell::Denied) {
            self.problem_with_help(
                path,
                "a denial here could never be told from a firewall's",
                "add a role that is allowed, or `smoke.marker`: something that only the application's answers have",
            );
        }
        AccessRow { method: raw.method, address: raw.path.0.clone(), json: raw.json.clone(), cells }
    }
}
