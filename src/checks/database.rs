//! Production's database, ready to be asked.

use std::time::Duration;

use super::captures::{Captures, HoleValues};
use super::hosts::Hosts;
use crate::config::{DatabaseConfig, DatabaseRoute, ScratchServer, Template, TextSource};
use crate::model::{Cause, CauseCode, Fact, FactName};
use crate::probe::postgres::url::{self, Address, Endpoint, Roots, SslMode};
use crate::probe::postgres::{Database, DatabaseSettings, DatabaseVia, Link, Trusted};
use crate::redact::Redactor;

/// A shorter password would mask innocent text.
const MIN_PASSWORD_CHARS: usize = 8;

/// The database of the configuration. Nothing is connected before it is needed.
#[derive(Debug, Clone)]
pub struct Production {
    database: Database,
    writing: Database,
    scratch: ScratchServer<Database>,
    replay_time: Duration,
    via: Option<DatabaseRoute>,
}

impl Production {
    /// The database of a configuration. What cannot be read of its URLs and files is told at once, without the URL.
    pub fn new(config: &DatabaseConfig, hosts: &Hosts, redactor: &Redactor) -> Result<Self, Cause> {
        let maker = Maker { config, hosts, redactor };
        let database = Database::new(maker.settings("url", &config.url)?);
        let writing = match &config.write_url {
            Some(url) => Database::new(maker.settings("write_url", url)?),
            None => database.clone(),
        };
        let scratch = match &config.scratch {
            // It is reached directly: what leads to production leads nowhere else.
            ScratchServer::Url(url) => {
                let settings = maker.settings("scratch.url", url)?;
                ScratchServer::Url(Database::new(DatabaseSettings { via: None, ..settings }))
            }
            ScratchServer::AsProduction => ScratchServer::AsProduction,
            ScratchServer::Image(image) => ScratchServer::Image(image.clone()),
            ScratchServer::Binaries(folder) => ScratchServer::Binaries(folder.clone()),
        };
        Ok(Self { database, writing, scratch, replay_time: config.replay_time, via: config.via.clone() })
    }

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

    pub fn scratch(&self) -> &ScratchServer<Database> {
        &self.scratch
    }

    /// The longest that replaying may take.
    pub fn replay_time(&self) -> Duration {
        self.replay_time
    }

    pub fn via(&self) -> Option<&DatabaseRoute> {
        self.via.as_ref()
    }

    /// The same with the credentials of what may write.
    pub fn writing(&self) -> &Database {
        &self.writing
    }
}

struct Maker<'a> {
    config: &'a DatabaseConfig,
    hosts: &'a Hosts,
    redactor: &'a Redactor,
}

impl Maker<'_> {
    fn settings(&self, key: &str, url: &Template) -> Result<DatabaseSettings, Cause> {
        let captures = Captures::default();
        let values = HoleValues { redactor: self.redactor, captures: &captures };
        let text = url
            .0
            .expand(&values)
            .map_err(|missing| Cause::new(CauseCode::Internal, format!("database.{key}: {missing}")))?;
        let bad = |why: String| Cause::new(CauseCode::File, format!("database.{key}: {why}"));
        let mut address = url::parse(&text).map_err(|error| bad(error.to_string()))?;
        if self.config.via.is_some() && matches!(address.place, Endpoint::Socket(_)) {
            return Err(bad("it names a socket, which cannot be reached through `via`".to_owned()));
        }
        // Who names an authority means it, as libpq has it for `require`.
        if self.config.authorities.is_some() && matches!(address.mode, SslMode::Prefer | SslMode::Require) {
            address.mode = SslMode::VerifyCa;
        }
        self.mask(&address);
        Ok(DatabaseSettings {
            trusted: self.trusted(&address)?,
            address,
            text: url.0.clone(),
            via: self.via(),
            statement_timeout: self.config.statement_timeout,
            lock_timeout: self.config.lock_timeout,
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

    fn trusted(&self, address: &Address) -> Result<Trusted, Cause> {
        let read = |key: &str, path: &std::path::Path| {
            std::fs::read_to_string(path).map(Trusted::Pem).map_err(|error| {
                Cause::new(
                    CauseCode::File,
                    format!("database.{key}: cannot read {}: {error}", path.display()),
                )
            })
        };
        match (&self.config.authorities, &address.roots) {
            (Some(TextSource::Inline(pem)), _) => Ok(Trusted::Pem(pem.clone())),
            (Some(TextSource::File(file)), _) => read("ca_file", file.as_ref()),
            (None, Roots::File(file)) => read("url: sslrootcert", file),
            (None, Roots::System) => Ok(Trusted::System),
        }
    }

    fn via(&self) -> Option<DatabaseVia> {
        let via = self.config.via.as_ref()?;
        let known = self.hosts.get(&via.host);
        Some(DatabaseVia {
            host: known.host.clone(),
            docker: vec![known.engine.to_owned()],
            container: via.container.clone(),
        })
    }
}
