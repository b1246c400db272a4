//! Section 5: pages, sessions, access by role, workflows.

pub mod access;
pub mod login;
pub mod pages;
pub mod sessions;
mod walk;
pub mod workflows;

use super::plan_input::PlanInput;
use crate::config::Smoke;
use crate::probe::call::Call;
use crate::text::Text;

/// The id of the check that a role's session is good.
pub fn session_check(role: &str) -> String {
    format!("smoke.sessions.{role}")
}

/// What a check asked as `role` needs: its login, unless nobody is logged in.
pub fn needs(role: &str) -> Vec<String> {
    if role == super::context::ANONYMOUS { Vec::new() } else { vec![session_check(role)] }
}

/// The smoke section and what all its calls share.
pub struct Site<'a> {
    /// The section.
    pub smoke: &'a Smoke,
}

impl<'a> Site<'a> {
    /// The site of a configuration, if it has one.
    pub fn of(input: &'a PlanInput) -> Option<Self> {
        input.config().smoke.as_ref().map(|smoke| Self { smoke })
    }

    /// The whole URL of a path; a whole URL stays as it is.
    pub fn url(&self, path: &Text) -> Text {
        let is_whole = path.parts().first().is_some_and(|part| match part {
            crate::text::TextPart::Literal(text) => {
                text.starts_with("http://") || text.starts_with("https://")
            }
            _ => false,
        });
        match &self.smoke.base_url {
            Some(base) if !is_whole => base.0.clone().without_end('/').then(path),
            _ => path.clone(),
        }
    }

    /// A call of this site: its own headers, then the site's where they are not given; mutations carry
    /// `Origin`. The site's headers go to the site only.
    pub fn call(&self, method: &'static str, path: &Text) -> Call {
        let url = self.url(path);
        let mut call = Call { method, url, headers: Vec::new(), body: None, follow: false };
        if call.url != *path {
            let shared = self.smoke.headers.iter().flatten();
            call.headers = shared.map(|(name, value)| (name.clone(), value.0.clone())).collect();
        }
        call
    }

    /// The origin that mutations send: the base URL's, when it has no holes.
    pub fn origin(&self) -> Option<String> {
        let base = self.smoke.base_url.as_ref()?.0.as_literal()?.to_owned();
        url::Url::parse(&base).ok().map(|url| url.origin().ascii_serialization())
    }
}
