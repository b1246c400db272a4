//! A throwaway PostgreSQL, in which migrations are replayed. It is never production's, has production's major
//! version, and nothing of it is left when the gate has ended, however that came about.

mod binaries;
mod container;
mod foreign;
mod lines;
mod place;
mod replay;
mod server;
mod session;

use std::path::PathBuf;

use crate::model::{Cause, CauseCode};
use crate::probe::postgres::Database;
use binaries::Programs;
use container::ImageRunner;
use foreign::Foreign;
pub use replay::{MigrationSql, Replay};
use server::Server;
use session::ScratchSession;

/// Where a throwaway server may come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A container's image, run by `docker` or `podman` on this machine.
    Image {
        /// `docker` or `podman`.
        engine: String,
        /// The image, as `docker run` takes it.
        image: String,
    },
    /// PostgreSQL's own programs on this machine: in a folder, or wherever packages put them.
    Binaries(Option<PathBuf>),
    /// A server that may be used.
    Url(Database),
}

/// What tells a server from every other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerIdentity {
    /// What its data were given when they were made; none without the permission to ask.
    pub system: Option<String>,
    /// When it was started, in seconds with their fraction.
    pub started: Option<String>,
}

impl ServerIdentity {
    /// Asks for an [`ServerIdentity`]'s second part, which everybody may.
    pub(crate) const STARTED: &str = "SELECT extract(epoch FROM pg_postmaster_start_time())::text";

    /// Whether both are one server, or a copy of it that goes along with it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        same(&self.system, &other.system) || same(&self.started, &other.started)
    }
}

/// The server that a replay needs.
#[derive(Debug, Clone)]
pub struct ScratchRequest {
    /// Production's major version, such as 15.
    pub major: u32,
    /// Production's server, which it must not be.
    pub production: ServerIdentity,
    /// Where it may come from; the first that has one is taken.
    pub origins: Vec<Origin>,
}

/// A throwaway server. It ends with this.
#[derive(Debug)]
pub struct Scratch {
    at: Backend,
    /// What it is, for people: `PostgreSQL 15.13 (/usr/lib/postgresql/15/bin)`.
    pub about: String,
}

#[derive(Debug)]
enum Backend {
    Own {
        server: Server,
        sockets: PathBuf,
        /// How many databases have been made.
        made: usize,
    },
    /// Somebody's server, on which we make databases.
    Foreign(Foreign),
}

impl Scratch {
    /// Start a server at the first origin that has one. Its errors name every origin that was tried.
    pub async fn start(wanted: &ScratchRequest) -> Result<Self, Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        for origin in &wanted.origins {
            match Self::from(origin, wanted).await {
                Ok(scratch) => return Ok(scratch),
                Err(cause) => causes.push(cause),
            }
        }
        let details: Vec<&str> = causes.iter().map(|cause| cause.detail.as_str()).collect();
        // The last one is what the others would have been replaced by.
        let code = causes.last().map_or(CauseCode::ScratchMissing, |cause| cause.code);
        Err(Cause::new(code, details.join("; ")))
    }

    async fn from(origin: &Origin, wanted: &ScratchRequest) -> Result<Self, Cause> {
        let own = |(server, sockets)| Backend::Own { server, sockets, made: 0 };
        let (at, from) = match origin {
            Origin::Binaries(folder) => {
                let programs = Programs::find(wanted.major, folder.as_deref()).await?;
                (own(programs.start().await?), programs.folder())
            }
            Origin::Image { engine, image } => {
                let engine = ImageRunner(engine.clone());
                if let Some(cause) = engine.missing().await {
                    return Err(cause);
                }
                (own(engine.start(image).await?), image.clone())
            }
            Origin::Url(database) => {
                (Backend::Foreign(Foreign::start(database.clone()).await?), "database.scratch.url".to_owned())
            }
        };
        let mut scratch = Self { at, about: from };
        match scratch.judge(wanted).await {
            Ok(version) => {
                scratch.about = format!("PostgreSQL {version} ({})", scratch.about);
                Ok(scratch)
            }
            Err(cause) => {
                scratch.close().await;
                Err(cause)
            }
        }
    }

    /// Its version, if it is one that may be used.
    async fn judge(&self, wanted: &ScratchRequest) -> Result<String, Cause> {
        let first = self.first().await?;
        let sql = "SELECT current_setting('server_version'), current_setting('server_version_num')";
        let mut cells = first.ask(sql).await?.into_iter().flatten().flatten();
        let version = cells.next().unwrap_or_default();
        let version = version.split_whitespace().next().unwrap_or_default().to_owned();
        let number: u32 = cells.next().and_then(|number| number.parse().ok()).unwrap_or_default();
        let one = |rows: Vec<Vec<Option<String>>>| rows.into_iter().flatten().flatten().next();
        let system = first.ask("SELECT system_identifier::text FROM pg_control_system()").await;
        let started = first.ask(ServerIdentity::STARTED).await?;
        let identity = ServerIdentity { system: system.ok().and_then(one), started: one(started) };
        if identity.is_same(&wanted.production) {
            return Err(Cause::new(CauseCode::ScratchProduction, self.about.clone()));
        }
        if number / 10_000 != wanted.major {
            let detail = format!("production runs PostgreSQL {}; {} is {version}", wanted.major, self.about);
            return Err(Cause::new(CauseCode::ScratchMajor, detail));
        }
        Ok(version)
    }

    /// A connection to the database that is there from the start.
    async fn first(&self) -> Result<ScratchSession, Cause> {
        match &self.at {
            Backend::Own { sockets, .. } => ScratchSession::local(sockets, server::FIRST).await,
            Backend::Foreign(foreign) => foreign.connect(None).await,
        }
    }

    async fn connect(&self, database: &str) -> Result<ScratchSession, Cause> {
        match &self.at {
            Backend::Own { sockets, .. } => ScratchSession::local(sockets, database).await,
            Backend::Foreign(foreign) => foreign.connect(Some(database)).await,
        }
    }

    /// A name for a database that is about to be made.
    fn next_name(&mut self) -> String {
        match &mut self.at {
            Backend::Own { made, .. } => {
                *made += 1;
                format!("replay_{made}")
            }
            Backend::Foreign(foreign) => foreign.next_name(),
        }
    }

    /// End it, and wait until nothing of it is left.
    pub async fn close(self) {
        match self.at {
            Backend::Own { server, .. } => server.close().await,
            Backend::Foreign(foreign) => foreign.close().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerIdentity;

    #[test]
    fn what_is_not_known_is_the_same_as_nothing() {
        let identity = |system: Option<&str>, started: Option<&str>| ServerIdentity {
            system: system.map(str::to_owned),
            started: started.map(str::to_owned),
        };
        assert!(identity(Some("1"), None).is_same(&identity(Some("1"), Some("2"))));
        assert!(identity(None, Some("2")).is_same(&identity(Some("1"), Some("2"))));
        assert!(!identity(None, None).is_same(&identity(None, None)));
        assert!(!identity(Some("1"), Some("2")).is_same(&identity(Some("3"), Some("4"))));
    }
}
