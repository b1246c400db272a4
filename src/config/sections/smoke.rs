//! Pages, sessions and the access matrix.

use super::super::parser::{ANONYMOUS, Names, Parser};
use super::super::path::Path;
use super::super::problem::{Problem, Target, listed, quote};
use super::super::raw::smoke::{RawAccessRow, RawAssertions, RawMarker, RawPageBody, RawSession, RawSmoke};
use super::super::types::{Cell, JsonText, Ordered, RESERVED, Template};

impl Parser<'_> {
    pub(super) fn smoke(&mut self, smoke: &RawSmoke, path: &Path) {
        if let Some(base) = &smoke.base_url {
            self.base_url(base, &path.key("base_url"));
        }
        self.headers(smoke.headers.as_ref(), &path.key("headers"));
        if let Some(headers) = &smoke.headers {
            self.no_captures_in(
                headers.iter().map(|(key, text)| (key.as_str(), &text.0)),
                &path.key("headers"),
            );
        }
        if let Some(marker) = &smoke.marker {
            self.marker(marker, &path.key("marker"));
        }
        let mut names = Names::new();
        for (i, page) in smoke.pages.iter().flatten().enumerate() {
            self.page(&page.0, &path.key("pages").index(i), &mut names);
        }
        for (name, session) in smoke.sessions.iter().flatten() {
            self.session_name(name, &path.key("sessions").key(name));
            self.session(session, &path.key("sessions").key(name));
        }
        let mut cells = Names::new();
        for (i, row) in smoke.access.iter().flatten().enumerate() {
            self.row(
                row,
                &path.key("access").index(i),
                smoke.marker.is_some() || self.is_unknown(&path.key("marker")),
                &mut cells,
            );
        }
        let mut names = Names::new();
        for (i, workflow) in smoke.workflows.iter().flatten().enumerate() {
            self.workflow(workflow, &path.key("workflows").index(i), &mut names);
        }
        if let Some(first) = self
            .needs_base
            .take()
            .filter(|_| smoke.base_url.is_none() && !self.is_unknown(&path.key("base_url")))
        {
            let message = "a path alone needs `smoke.base_url`, which is missing";
            self.problem_with_help(&first, message, "add `base_url: https://example.org` under `smoke`");
        }
    }

    fn marker(&mut self, marker: &RawMarker, path: &Path) {
        self.tested_headers(marker.headers.as_ref(), &path.key("headers"));
        if marker.headers.is_none() && marker.contains.is_none() {
            self.problem_with_help(path, "the marker is empty", "add `headers` or `contains`");
        }
    }

    fn page(&mut self, page: &RawPageBody, path: &Path, names: &mut Names) {
        self.address(&page.path, &path.key("path"));
        self.no_captures(&page.path, &path.key("path"));
        self.one_line(&path.key("name"), page.name.as_ref());
        self.waive(page.waive.as_ref(), path);
        let name = page.name.as_ref().map_or_else(|| page.path.to_string(), ToString::to_string);
        self.unique(names, &name, path, "the page", "give one of them another `name`");
        if let Some(role) = &page.role {
            self.role(role, &path.key("as"), Target::Value);
        }
        let expected = page.assertions();
        self.assertions(&expected, path);
        if let Some(to) = &expected.redirect {
            self.no_captures(to, &path.key("redirect"));
        }
    }

    /// What holds for every expectation.
    pub(super) fn assertions(&mut self, expected: &RawAssertions, path: &Path) {
        self.json_paths(expected.json.as_ref(), &path.key("json"));
        self.tested_headers(expected.headers.as_ref(), &path.key("headers"));
        if let Some(to) = &expected.redirect {
            self.address(to, &path.key("redirect"));
        }
    }

    fn session_name(&mut self, name: &str, path: &Path) {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let message = if name == ANONYMOUS {
            "`anonymous` always exists and has no session".to_owned()
        } else if RESERVED.contains(&name) {
            format!("a session cannot be called `{name}`: that is a key of access rows")
        } else if !good {
            format!("{} cannot be the name of a session: letters, digits, `_` and `-` only", quote(name))
        } else {
            return;
        };
        self.problems.push(Problem::new(path.clone(), message).help("choose another name").at_key());
    }

    fn session(&mut self, session: &RawSession, path: &Path) {
        let kinds = [
            ("nextauth", session.nextauth.is_some()),
            ("form", session.form.is_some()),
            ("json", session.json.is_some()),
            ("bearer", session.bearer.is_some()),
            ("basic", session.basic.is_some()),
        ];
        let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(kind, _)| *kind).collect();
        match given.as_slice() {
            [_] => {}
            [] => self.problem_with_help(
                path,
                "the session does not say how to log in",
                format!("add one of {}", listed(&kinds.map(|(kind, _)| kind))),
            ),
            more => {
                let message = format!("a session logs in one way; {} are here", listed(more));
                self.problem_with_help(path, message, "make one session for each");
            }
        }
        if session.nextauth.is_some() {
            self.needs_base.get_or_insert_with(|| path.clone());
        } else {
            self.without_nextauth(session, path, !given.is_empty());
        }
        if let Some(auth_path) = session.auth_path.as_ref().filter(|path| !path.starts_with('/')) {
            let help = format!("did you mean {}?", quote(&format!("/{auth_path}")));
            self.problem_with_help(&path.key("auth_path"), "a path begins with `/`", help);
        }
        self.login_texts(session, path);
        for key in session.expect.iter().flat_map(Ordered::keys) {
            let here = path.key("expect").key(key);
            if key.starts_with('$') {
                self.json_path(key, &here);
            } else if key.contains(char::is_whitespace) {
                self.refuse(Problem::new(here, "expected a name such as `role`, or a JSONPath").at_key());
            }
        }
    }

    /// What a login that is not NextAuth's must have, and must not.
    fn without_nextauth(&mut self, session: &RawSession, path: &Path, has_kind: bool) {
        for (key, given) in
            [("provider", session.provider.is_some()), ("auth_path", session.auth_path.is_some())]
        {
            if given {
                self.refuse(Problem::new(path.key(key), format!("`{key}` belongs to `nextauth`")).at_key());
            }
        }
        let missing: Vec<&str> = [("whoami", session.whoami.is_none()), ("expect", session.expect.is_none())]
            .iter()
            .filter(|(_, missing)| *missing)
            .map(|(key, _)| *key)
            .collect();
        if has_kind && !missing.is_empty() {
            let message = format!("the login could not be proved; missing: {}", listed(&missing));
            self.problem_with_help(
                path,
                message,
                "add `whoami: /api/me` (a path that says who is logged in) and `expect: { $.role: ADMIN }`",
            );
        }
    }

    fn login_texts(&mut self, session: &RawSession, path: &Path) {
        let addresses = [
            (path.key("whoami"), session.whoami.as_ref()),
            (path.key("form").key("post"), session.form.as_ref().map(|form| &form.post)),
            (path.key("json").key("post"), session.json.as_ref().map(|json| &json.post)),
            (
                path.key("form").key("token").key("get"),
                session.form.as_ref().and_then(|form| form.token.as_ref()).map(|token| &token.get),
            ),
        ];
        for (path, text) in addresses {
            if let Some(text) = text {
                self.address(text, &path);
                self.no_captures(text, &path);
            }
        }
        let fields = |fields: &[(String, Template)]| {
            fields.iter().map(|(key, text)| (key.clone(), text.0.clone())).collect::<Vec<_>>()
        };
        let form = session.form.as_ref().map(|form| (path.key("form").key("fields"), fields(&form.fields)));
        let nextauth = session.nextauth.as_ref().map(|given| (path.key("nextauth"), fields(given)));
        for (path, texts) in form.into_iter().chain(nextauth) {
            self.no_captures_in(texts.iter().map(|(key, text)| (key.as_str(), text)), &path);
        }
        if let Some(json) = &session.json {
            for text in json.body.texts() {
                self.no_captures(text, &path.key("json").key("body"));
            }
        }
        if let Some(bearer) = &session.bearer {
            self.no_captures(bearer, &path.key("bearer"));
            self.header_value(bearer, &path.key("bearer"));
        }
        if let Some(basic) = &session.basic {
            self.no_captures(&basic.user, &path.key("basic").key("user"));
            self.no_captures(&basic.password, &path.key("basic").key("password"));
        }
        let token = session.form.as_ref().and_then(|form| form.token.as_ref());
        if token.is_some_and(|token| token.matches.regex().captures_len() < 2) {
            self.problem_with_help(
                &path.key("form").key("token").key("matches"),
                "the regular expression has no group: which part is the token?",
                "put the token's part in parentheses, for example `name=\"csrf\" value=\"([^\"]+)\"`",
            );
        }
    }

    fn row(&mut self, row: &RawAccessRow, path: &Path, has_marker: bool, cells: &mut Names) {
        let here = path.key(&row.method.to_lowercase());
        self.address(&row.path, &here);
        self.no_captures(&row.path, &here);
        self.waive(row.waive.as_ref(), path);
        for text in row.json.iter().flat_map(JsonText::texts) {
            self.no_captures(text, &path.key("json"));
        }
        if row.json.is_some() && matches!(row.method, "GET" | "HEAD") {
            self.refuse(Problem::new(path.key("json"), format!("a {} has no body", row.method)).at_key());
        }
        for (role, _) in &row.cells {
            let cell = path.key(role);
            self.role(role, &cell, Target::Key);
            let name = format!("{} {} as {role}", row.method, row.path);
            self.unique(cells, &name, &cell, "the row", "keep one of the two");
        }
        let all_denied = row.cells.iter().all(|(_, cell)| *cell == Cell::Denied);
        if all_denied && !has_marker {
            self.problem_with_help(
                path,
                "a denial here could never be told from a firewall's",
                "add a role that is allowed, or `smoke.marker`: something that only the application's answers have",
            );
        }
    }
}
