//! What the configuration means, section by section: the types that the rest of the program reads, and how each is
//! parsed from what the file says.

mod answers;
mod captures;
mod commit;
mod database;
mod environment;
mod hosts;
mod limits;
mod migrations;
mod publishing;
mod schema;
mod sessions;
mod smoke;
mod sql;
mod step_sql;
mod steps;
mod workflows;

use std::time::Duration;

use jiff::tz::TimeZone;

use super::parser::{Parser, Refused};
use super::path::Path;
use super::problem::{Problem, nearest, quote};
use super::types::{Plain, Wait};

pub use super::parser::CheckOptions;
pub use answers::*;
pub use commit::*;
pub use database::*;
pub use environment::*;
pub use hosts::*;
pub use limits::*;
pub use migrations::*;
pub use publishing::*;
pub use schema::*;
pub use sessions::*;
pub use smoke::*;
pub use sql::*;
pub use steps::*;
pub use workflows::*;

/// Which tags are releases unless the file says otherwise.
const RELEASE_TAGS: &str = "v*";

/// A configuration that can be run: every reference is resolved, every default filled in.
#[derive(Debug, Clone)]
pub struct Config {
    pub title: Option<String>,
    pub timezone: TimeZone,
    pub tags: String,
    pub limits: RunLimits,
    pub warm_up: Option<Duration>,
    pub hosts: Vec<HostConfig>,
    /// Where the record goes, and who validates it.
    pub publishing: PublishingConfig,
    pub database: Option<DatabaseConfig>,
    pub commit: Vec<CommitSource>,
    pub migrations: Option<MigrationsConfig>,
    pub schema: Option<SchemaConfig>,
    pub smoke: Option<Smoke>,
    pub environment: Vec<EnvironmentEntry>,
}

/// A text that stands in the file itself or in one of its own.
#[derive(Debug, Clone)]
pub enum TextSource {
    Inline(String),
    File(String),
}

impl TextSource {
    fn new(text: Option<&Plain>, file: Option<&Plain>) -> Option<Self> {
        let inline = text.map(|text| Self::Inline(text.to_string()));
        inline.or_else(|| file.map(|file| Self::File(file.to_string())))
    }
}

impl Parser<'_> {
    pub(super) fn config(&mut self) -> Result<Config, Refused> {
        let raw = self.raw;
        let root = Path::root();
        self.something();
        self.one_line(&root.key("title"), raw.title.as_ref());
        self.one_line(&root.key("tags"), raw.tags.as_ref());
        self.short_secrets();
        let timezone = self.timezone();
        let limits = self.limits();
        let hosts = self.hosts();
        let database = self.database(limits.check);
        let commit = self.commit();
        let migrations = self.migrations();
        let schema = self.schema();
        let environment = self.environment(limits.check);
        let publishing = self.publishing();
        let smoke = raw.smoke.as_ref().map(|smoke| self.smoke(smoke, &root.key("smoke")));
        Ok(Config {
            title: raw.title.as_ref().map(ToString::to_string),
            timezone: timezone?,
            tags: raw.tags.as_ref().map_or_else(|| RELEASE_TAGS.to_owned(), ToString::to_string),
            limits,
            warm_up: raw.warm_up.map(Wait::duration),
            hosts: hosts?,
            publishing: publishing?,
            database: database?,
            commit: commit?,
            migrations: migrations?,
            schema: schema?,
            smoke: smoke.transpose()?,
            environment: environment?,
        })
    }

    fn something(&mut self) {
        let raw = self.raw;
        let smoke = raw.smoke.as_ref();
        let any = smoke.is_some_and(|smoke| {
            smoke.pages.is_some()
                || smoke.sessions.is_some()
                || smoke.access.is_some()
                || smoke.workflows.is_some()
        });
        if !any
            && raw.commit.is_none()
            && raw.migrations.is_none()
            && raw.schema.is_none()
            && raw.environment.is_none()
            && self.unknown.is_empty()
        {
            self.problem_with_help(
                &Path::root(),
                "there is nothing to check",
                "add `commit`, `migrations`, `schema`, `environment`, or `smoke` with `pages`, `sessions`, `access` or `workflows`",
            );
        }
    }

    fn timezone(&mut self) -> Result<TimeZone, Refused> {
        // UTC is known without reading the system's table of zones.
        let Some(zone) = self.raw.timezone.as_ref().filter(|zone| zone.as_str() != "UTC") else {
            return Ok(TimeZone::UTC);
        };
        TimeZone::get(zone).map_err(|_| {
            let message = format!("the time zone {} is not known", quote(zone));
            let help = "write an IANA name such as `Africa/Tunis` or `UTC`";
            self.refuse(Problem::new(Path::root().key("timezone"), message).help(help))
        })
    }

    fn short_secrets(&mut self) {
        let allowed = self.raw.secrets.as_ref().and_then(|secrets| secrets.allow_short.as_ref());
        for (i, name) in allowed.into_iter().flatten().enumerate() {
            let used = self.secrets.iter().map(|(name, _)| name.as_str());
            if !used.clone().any(|used| used == name.as_str()) {
                let help = match nearest(name, used) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it".to_owned(),
                };
                let path = Path::root().key("secrets").key("allow_short").index(i);
                let message = format!("no secret {} is used in this file", quote(name));
                self.problem_with_help(&path, message, help);
            }
        }
    }
}
