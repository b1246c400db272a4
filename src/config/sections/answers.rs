//! What is expected of an answer, how long it is asked for, and what is taken from it.

use std::time::Duration;

use crate::config::parser::Parser;
use crate::config::path::Path;
use crate::config::raw::answers::RawAssertions;
use crate::config::types::{JsonPath, OneOrMany, Ordered, Pattern, Plain, Show, StatusSet, Test, Wait};
use crate::text::Text;

/// What is expected of an answer. Every part that is given must hold.
#[derive(Debug, Clone)]
pub struct AnswerExpected {
    pub status: StatusSet,
    pub contains: Option<OneOrMany<Plain>>,
    pub not_contains: Option<OneOrMany<Plain>>,
    pub matches: Option<OneOrMany<Pattern>>,
    pub json: Option<Ordered<Test>>,
    pub headers: Option<Ordered<Test>>,
    pub max_time: Option<Wait>,
    /// Where it redirects to, a path or a URL.
    pub redirect: Option<Text>,
    /// Whether redirects are followed, and the last answer is meant.
    pub follow: bool,
    /// How many days the certificate must still be valid.
    pub certificate_days: Option<u32>,
}

/// Asking again until the expectation holds.
#[derive(Debug, Clone)]
pub struct Polling<F> {
    pub within: Duration,
    pub every: Duration,
    pub fail_on: Option<F>,
}

impl<F> Polling<F> {
    /// The pause where the file names none.
    const PAUSE: Duration = Duration::from_secs(2);

    pub(super) fn new(within: Option<Wait>, every: Option<Wait>, fail_on: Option<F>) -> Option<Self> {
        let every = every.map_or(Self::PAUSE, Wait::duration);
        within.map(|within| Self { within: within.duration(), every, fail_on })
    }
}

/// What ends polling for an answer. Any part that holds ends it.
#[derive(Debug, Clone)]
pub struct AnswerFailOn {
    pub status: Option<StatusSet>,
    pub json: Option<Ordered<Test>>,
}

/// A part of an answer that the record may show.
#[derive(Debug, Clone)]
pub enum ShownPart {
    Body,
    Header(String),
}

impl ShownPart {
    pub(super) fn of<'s>(shown: impl Iterator<Item = &'s Show>) -> Vec<Self> {
        shown
            .filter_map(|show| match show {
                Show::Body => Some(Self::Body),
                Show::Header(name) => Some(Self::Header(name.clone())),
                Show::Rows => None,
            })
            .collect()
    }
}

/// A value that later steps use by its name.
#[derive(Debug, Clone)]
pub struct Capture<S> {
    pub name: String,
    pub from: S,
    /// Whether it is masked from then on.
    pub secret: bool,
}

/// Where in an answer a value is.
#[derive(Debug, Clone)]
pub enum AnswerValue {
    Json(JsonPath),
    Header(String),
}

impl Parser<'_> {
    /// An expectation; without a status it is `usual`, and for a redirect that is not followed a redirect's.
    pub(super) fn answer_expected(
        &mut self,
        raw: RawAssertions,
        usual: StatusSet,
        path: &Path,
    ) -> AnswerExpected {
        self.json_paths(raw.json.as_ref(), &path.key("json"));
        self.tested_headers(raw.headers.as_ref(), &path.key("headers"));
        if let Some(to) = &raw.redirect {
            self.address(to, &path.key("redirect"));
        }
        let follow = raw.follow.unwrap_or_default();
        let usual = if raw.redirect.is_some() && !follow { StatusSet::redirects() } else { usual };
        AnswerExpected {
            status: raw.status.unwrap_or(usual),
            contains: raw.contains,
            not_contains: raw.not_contains,
            matches: raw.matches,
            json: raw.json,
            headers: raw.headers,
            max_time: raw.max_time,
            redirect: raw.redirect.map(|to| to.0),
            follow,
            certificate_days: raw.certificate_days,
        }
    }
}
