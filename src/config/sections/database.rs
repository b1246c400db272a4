//! Production's database: where it is, how to get there, and where its migrations are replayed. What its URL says is
//! read later, where it is used.

use std::path::PathBuf;
use std::time::Duration;

use super::{HostId, TextSource};
use crate::config::parser::{Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::{Problem, listed};
use crate::config::raw::database::RawVia;
use crate::config::raw::schema::RawScratch;
use crate::config::types::{Binaries, Template, Wait};

/// The longest that a statement waits for a lock: a reader waits only for who changes the table itself.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest that replaying the migrations takes.
const REPLAY_TIME: Duration = Duration::from_secs(300);

#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    pub url: Template,
    pub write_url: Option<Template>,
    pub via: Option<DatabaseRoute>,
    /// The certificates of authorities that may have issued the server's.
    pub authorities: Option<TextSource>,
    pub scratch: ScratchServer<Template>,
    /// The longest that replaying may take.
    pub replay_time: Duration,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
}

/// A host that leads to the database.
#[derive(Debug, Clone)]
pub struct DatabaseRoute {
    pub host: HostId,
    pub container: Option<String>,
}

/// A server in which migrations are replayed; `U` is what a server that is given is reached by.
#[derive(Debug, Clone)]
pub enum ScratchServer<U> {
    /// Production's image, else programs of its major version.
    AsProduction,
    Image(String),
    /// PostgreSQL's own programs, in this folder or wherever they are.
    Binaries(Option<PathBuf>),
    /// A server that may be used.
    Url(U),
}

impl Parser<'_> {
    /// `longest` is what a check may take.
    pub(super) fn database(&mut self, longest: Duration) -> Result<Option<DatabaseConfig>, Refused> {
        let Some(raw) = &self.raw.database else { return Ok(None) };
        let path = Path::root().key("database");
        for (key, url) in [("url", Some(&raw.url)), ("write_url", raw.write_url.as_ref())] {
            if let Some(url) = url {
                self.no_captures(&url.0, &path.key(key));
                if url.secrets().next().is_none() && url.as_literal().is_some_and(has_password) {
                    self.problem_with_help(
                        &path.key(key),
                        "a URL with a password must be a secret",
                        "write `\"${secret:DATABASE_URL}\"`, or `${secret:…}` in place of the password",
                    );
                }
            }
        }
        if raw.ca.is_some() && raw.ca_file.is_some() {
            self.problem(&path.key("ca_file"), "a database has `ca` or `ca_file`, not both");
        }
        let via = raw.via.as_ref().map(|via| self.via(via, &path.key("via"))).transpose();
        let scratch = raw
            .scratch
            .as_ref()
            .map_or(Ok(ScratchServer::AsProduction), |scratch| self.scratch(scratch, &path.key("scratch")));
        let replay_time = raw.scratch.as_ref().and_then(|scratch| scratch.max_time);
        Ok(Some(DatabaseConfig {
            url: raw.url.clone(),
            write_url: raw.write_url.clone(),
            via: via?,
            authorities: TextSource::new(raw.ca.as_ref(), raw.ca_file.as_ref()),
            scratch: scratch?,
            replay_time: replay_time.map_or(REPLAY_TIME, Wait::duration),
            statement_timeout: raw.statement_timeout.map_or(longest, Wait::duration),
            lock_timeout: raw.lock_timeout.map_or(LOCK_TIMEOUT, Wait::duration),
        }))
    }

    fn via(&mut self, via: &RawVia, path: &Path) -> Result<DatabaseRoute, Refused> {
        if let Some(container) = &via.container {
            self.word(container, &path.key("container"), "the container");
        }
        let host = self.known_host(&via.ssh, &path.key("ssh"))?;
        Ok(DatabaseRoute { host, container: via.container.as_ref().map(ToString::to_string) })
    }

    fn scratch(&mut self, raw: &RawScratch, path: &Path) -> Result<ScratchServer<Template>, Refused> {
        let given: Vec<&str> = given!(raw; image, binaries, url).collect();
        if let Some(image) = &raw.image {
            self.word(image, &path.key("image"), "the image");
        }
        if let Some(url) = &raw.url {
            self.no_captures(&url.0, &path.key("url"));
        }
        if let [_, second, ..] = given.as_slice() {
            let message = format!("a scratch server has one of {}, not several", listed(&given));
            return Err(self.refuse(Problem::new(path.key(second), message)));
        }
        Ok(match (&raw.image, &raw.binaries, &raw.url) {
            (Some(image), ..) => ScratchServer::Image(image.to_string()),
            (_, Some(Binaries::Auto), _) => ScratchServer::Binaries(None),
            (_, Some(Binaries::Folder(folder)), _) => ScratchServer::Binaries(Some(folder.clone())),
            (.., Some(url)) => ScratchServer::Url(url.clone()),
            (None, None, None) => ScratchServer::AsProduction,
        })
    }
}

/// Whether something stands before the host that may be a password.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once('@')
        .is_some_and(|(who, _)| who.split_once(':').is_some_and(|(_, password)| !password.is_empty()))
        || rest.contains("password=")
}
