//! Section 5: pages, sessions, access by role, workflows.

pub(crate) mod access;
mod execution;
pub(crate) mod login;
pub(crate) mod pages;
pub(crate) mod sessions;
mod steps;
pub(crate) mod workflows;

use crate::config::Smoke;
use crate::probe::call::Call;
use crate::text::{Text, TextPart};

/// The id of the check that a role's session is good.
pub(crate) fn session_check(role: &str) -> String {
    format!("smoke.sessions.{role}")
}

/// What a check asked as `role` needs: its login, unless nobody is logged in.
pub(crate) fn needs(role: &str) -> Vec<String> {
    if role == super::context::ANONYMOUS { Vec::new() } else { vec![session_check(role)] }
}

impl Smoke {
    /// The whole URL of a path; a whole URL stays as it is.
    pub(crate) fn url(&self, path: &Text) -> Text {
        let is_whole = path.parts().first().is_some_and(|part| match part {
            TextPart::Literal(text) => text.starts_with("http://") || text.starts_with("https://"),
            _ => false,
        });
        match &self.base_url {
            Some(base) if !is_whole => base.0.clone().without_end('/').then(path),
            _ => path.clone(),
        }
    }

    /// A call of the service. The headers of all requests go to the service only.
    pub(crate) fn call(&self, method: &'static str, path: &Text) -> Call {
        let url = self.url(path);
        let headers = if url == *path { Vec::new() } else { self.headers.clone() };
        Call { method, url, headers, body: None, follow: false }
    }

    /// The origin that mutations send: the base URL's, when it has no holes.
    pub(crate) fn origin(&self) -> Option<String> {
        let base = self.base_url.as_ref()?.0.as_literal()?.to_owned();
        url::Url::parse(&base).ok().map(|url| url.origin().ascii_serialization())
    }
}
