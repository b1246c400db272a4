//! Production's database, ready to be asked.

use std::time::Duration;

use super::captures::{Captures, HoleValues};
use super::hosts::Hosts;
use crate::config::{Config, DatabaseAt, Template, Wait};
use crate::model::{Fact, FactName, Trouble, TroubleCode};
use crate::probe::postgres::url::{self, Address, Endpoint, Roots, SslMode};
use crate::probe::postgres::{Database, DatabaseSettings, DatabaseVia, Link, Trusted};
use crate::redact::Redactor;

/// How long a statement may wait for a lock unless the configuration says otherwise: a reader waits only for who
/// changes the table itself.
const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// A shorter password would mask innocent text.
const MIN_PASSWORD_CHARS: usize = 8;

/// The database of the configuration. Nothing is connected before it is needed.
#[derive(Debug, Clone)]
pub struct Production {
    database: Database,
    writing: Database,
    scratch: Option<Database>,
}

impl Production {
    /// The database of a configuration that has been validated; none without one. What cannot be read of its
    /// URLs and files is told at once, without the URL. `longest` is what a statement may take.
    pub fn new(
        config: &Config,
        hosts: &Hosts,
        redactor: &Redactor,
        longest: Duration,
    ) -> Result<Option<Self>, Trouble> {
        let Some(at) = &config.database else { return Ok(None) };
        let maker = Maker { at, hosts, redactor, longest };
        let database = Database::new(maker.settings("url", &at.url)?);
        let writing = match &at.write_url {
            Some(url) => Database::new(maker.settings("write_url", url)?),
            None => database.clone(),
        };
        let url = at.scratch.as_ref().and_then(|scratch| scratch.url.as_ref());
        // It is reached directly: what leads to production leads nowhere else.
        let scratch = url.map(|url| {
            let settings = maker.settings("scratch.url", url)?;
            Ok::<_, Trouble>(Database::new(DatabaseSettings { via: None, ..settings }))
        });
        Ok(Some(Self { database, writing, scratch: scratch.transpose()? }))
    }

    /// It, for reading.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// How it was reached: for the record to show what protected it.
    pub fn facts(database: &Database, link: Link) -> Vec<Fact> {
        let mut facts = vec![Fact { name: FactName::Connection, value: link.word().to_owned() }];
        if !database.ignored().is_empty() {
            facts.push(Fact { name: FactName::Ignored, value: database.ignored().join(", ") });
        }
        facts
    }

    /// The server in which migrations may be replayed, where one is given.
    pub fn scratch(&self) -> Option<&Database> {
        self.scratch.as_ref()
    }

    /// The same with the credentials of what may write.
    pub fn writing(&self) -> &Database {
        &self.writing
    }
}

/// What settings are made of.
struct Maker<'a> {
    at: &'a DatabaseAt,
    hosts: &'a Hosts,
    redactor: &'a Redactor,
    longest: Duration,
}

impl Maker<'_> {
    fn settings(&self, key: &str, url: &Template) -> Result<DatabaseSettings, Trouble> {
        let captures = Captures::default();
        let values = HoleValues { redactor: self.redactor, captures: &captures };
        let text = url
            .0
            .expand(&values)
            .map_err(|missing| Trouble::new(TroubleCode::Internal, format!("database.{key}: {missing}")))?;
        let bad = |why: String| Trouble::new(TroubleCode::File, format!("database.{key}: {why}"));
        let mut address = url::parse(&text).map_err(|error| bad(error.to_string()))?;
        if self.at.via.is_some() && matches!(address.place, Endpoint::Socket(_)) {
            return Err(bad("it names a socket, which cannot be reached through `via`".to_owned()));
        }
        // Who names an authority means it, as libpq has it for `require`.
        let named = self.at.ca.is_some() || self.at.ca_file.is_some();
        if named && matches!(address.mode, SslMode::Prefer | SslMode::Require) {
            address.mode = SslMode::VerifyCa;
        }
        self.mask(&address);
        Ok(DatabaseSettings {
            trusted: self.trusted(&address)?,
            address,
            text: url.0.clone(),
            via: self.via()?,
            statement_timeout: self.at.statement_timeout.map_or(self.longest, Wait::duration),
            lock_timeout: self.at.lock_timeout.map_or(DEFAULT_LOCK_TIMEOUT, Wait::duration),
        })
    }

    /// The URL is masked whole as a secret; its password may stand alone as well.
    fn mask(&self, address: &Address) {
        for password in [&address.password, &address.written].into_iter().flatten() {
            let text = password.expose();
            let public = [address.user.as_str(), address.database.as_str(), address.name()].contains(&text);
            if text.chars().count() >= MIN_PASSWORD_CHARS && !public {
                self.redactor.mask(text);
            }
        }
    }

    fn trusted(&self, address: &Address) -> Result<Trusted, Trouble> {
        let read = |key: &str, path: &std::path::Path| {
            std::fs::read_to_string(path).map(Trusted::Pem).map_err(|error| {
                Trouble::new(
                    TroubleCode::File,
                    format!("database.{key}: cannot read {}: {error}", path.display()),
                )
            })
        };
        match (&self.at.ca, &self.at.ca_file, &address.roots) {
            (Some(pem), ..) => Ok(Trusted::Pem(pem.to_string())),
            (None, Some(file), _) => read("ca_file", file.as_str().as_ref()),
            (None, None, Roots::File(file)) => read("url: sslrootcert", file),
            (None, None, Roots::System) => Ok(Trusted::System),
        }
    }

    fn via(&self) -> Result<Option<DatabaseVia>, Trouble> {
        let Some(via) = &self.at.via else { return Ok(None) };
        let known = self.hosts.get(&via.ssh)?;
        Ok(Some(DatabaseVia {
            host: known.host.clone(),
            docker: vec![known.engine.to_owned()],
            container: via.container.as_ref().map(ToString::to_string),
        }))
    }
}
