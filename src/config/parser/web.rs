//! Addresses, headers and JSONPaths: what HTTP allows.

use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::super::path::Path;
use super::super::problem::{Problem, quote};
use super::super::types::{JsonPath, Ordered, Template, Test};
use super::Parser;
use crate::text::{Text, TextPart};

impl Parser<'_> {
    /// A path of the service, or a whole address.
    pub(in crate::config) fn address(&mut self, text: &Text, path: &Path) {
        let Some(begin) = self.begin(text, path) else { return };
        if is_web(begin) {
            self.web(text, path);
        } else if begin.starts_with("//") {
            self.problem_with_help(path, "a path begins with one `/`", "for another host write `https://…`");
        } else if begin.starts_with('/') {
            self.needs_base.get_or_insert_with(|| path.clone());
        } else {
            let help = if begin.contains("://") {
                "only http and https are asked".to_owned()
            } else {
                format!("did you mean {}?", quote(&format!("/{begin}")))
            };
            self.problem_with_help(path, "a path begins with `/`, a whole address with `https://`", help);
        }
    }

    pub(in crate::config) fn absolute(&mut self, template: &Template, path: &Path) {
        self.no_captures(template, path);
        let Some(begin) = self.begin(template, path) else { return };
        if is_web(begin) {
            self.web(template, path);
        } else {
            let message = "the address must begin with `https://` or `http://`";
            self.problem_with_help(path, message, "for example `https://www.example.org`");
        }
    }

    pub(in crate::config) fn base_url(&mut self, template: &Template, path: &Path) {
        self.absolute(template, path);
        let parts = template.parts().iter().filter_map(|part| match part {
            TextPart::Literal(text) => Some(text.as_str()),
            TextPart::Secret(_) | TextPart::Capture(_) => None,
        });
        if parts.clone().any(|text| text.contains(['?', '#'])) {
            let message = "the address must end before `?` and `#`: paths are appended to it";
            self.problem(path, message);
        }
    }

    /// The first literal piece, after what holds for every address; nothing if it begins with a hole.
    fn begin<'t>(&mut self, text: &'t Text, path: &Path) -> Option<&'t str> {
        if text.is_empty() || text.as_literal() == Some("") {
            self.problem(path, "the address is empty");
            return None;
        }
        let bad = text.parts().iter().any(|part| {
            matches!(part, TextPart::Literal(text) if text.contains(|c: char| c.is_whitespace() || c.is_control()))
        });
        if bad {
            self.problem_with_help(path, "an address has no spaces", "write a space as `%20`");
            return None;
        }
        match text.parts().first() {
            Some(TextPart::Literal(begin)) => Some(begin),
            _ => None,
        }
    }

    fn web(&mut self, text: &Text, path: &Path) {
        // With holes only the literal beginning can be judged.
        let Some(literal) = text.as_literal() else { return };
        match Url::parse(literal) {
            Err(error) => {
                self.problem(path, format!("{} is not an address: {error}", quote(literal)));
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                self.problem_with_help(
                    path,
                    "an address must not hold a user or a password: it is shown in the record",
                    "send a header: `headers: { authorization: \"Basic ${secret:NAME}\" }`",
                );
            }
            Ok(_) => {}
        }
    }

    pub(in crate::config) fn header_name(&mut self, name: &str, path: &Path) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            let message = format!("{} cannot be the name of a header", quote(name));
            self.problems.push(Problem::new(path.clone(), message).at_key());
        }
    }

    /// Headers to send: names and values that HTTP allows.
    pub(in crate::config) fn headers(&mut self, headers: Option<&Ordered<Template>>, path: &Path) {
        for (name, value) in headers.into_iter().flatten() {
            let path = path.key(name);
            self.header_name(name, &path);
            self.header_value(value, &path);
        }
    }

    /// The same of headers that are sent outside of workflows.
    pub(in crate::config) fn constant_headers(
        &mut self,
        headers: Option<&Ordered<Template>>,
        path: &Path,
    ) -> Vec<(String, Text)> {
        self.headers(headers, path);
        let headers = texts(headers);
        self.no_captures_in(headers.iter().map(|(key, text)| (key.as_str(), text)), path);
        headers
    }

    pub(in crate::config) fn header_value(&mut self, text: &Text, path: &Path) {
        for part in text.parts() {
            match part {
                TextPart::Literal(text) if HeaderValue::from_str(text).is_err() => {
                    self.problem(path, "a header cannot hold line breaks or control characters");
                }
                TextPart::Secret(name) => {
                    let value = self.secrets.iter().find(|(known, _)| known == name).map(|(_, value)| value);
                    if value.is_some_and(|value| HeaderValue::from_str(value).is_err()) {
                        let message = format!(
                            "the secret `{name}` holds a line break or a control character, and cannot be sent in a header"
                        );
                        self.problem_with_help(path, message, "was it saved with a line break at its end?");
                    }
                }
                TextPart::Literal(_) | TextPart::Capture(_) => {}
            }
        }
    }

    pub(in crate::config) fn tested_headers(&mut self, tests: Option<&Ordered<Test>>, path: &Path) {
        for name in tests.into_iter().flat_map(Ordered::keys) {
            self.header_name(name, &path.key(name));
        }
    }

    /// Keys that must be JSONPaths.
    pub(in crate::config) fn json_paths(&mut self, tests: Option<&Ordered<Test>>, path: &Path) {
        for key in tests.into_iter().flat_map(Ordered::keys) {
            self.json_path(key, &path.key(key));
        }
    }

    /// A key that must be a JSONPath.
    pub(in crate::config) fn json_path(&mut self, key: &str, path: &Path) {
        if let Err(message) = JsonPath::parse(key) {
            let (message, help) = JsonPath::complaint(key, &message);
            self.problems.push(Problem::new(path.clone(), message).help(help).at_key());
        }
    }
}

pub(in crate::config) fn texts(given: Option<&Ordered<Template>>) -> Vec<(String, Text)> {
    given.into_iter().flatten().map(|(key, text)| (key.clone(), text.0.clone())).collect()
}

fn is_web(begin: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| begin.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}
