//! A throwaway PostgreSQL, in which migrations are replayed. It is never production's, has production's major
//! version, and nothing of it is left when the gate has ended, however that came about.

mod binaries;
mod container;
mod lines;
mod place;
mod replay;
mod server;
mod session;

use std::path::PathBuf;

use crate::model::{Trouble, TroubleCode};
use binaries::Programs;
use container::Engine;
pub use replay::{Migration, Replay};
use server::Server;
use session::Session;

/// Where a throwaway server may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A container's image, run by `docker` or `podman` on this machine.
    Image {
        /// The program.
        engine: String,
        /// The image's name.
        image: String,
    },
    /// PostgreSQL's own programs on this machine: in a folder, or wherever packages put them.
    Binaries(Option<PathBuf>),
}

/// A throwaway server. It ends with this.
#[derive(Debug)]
pub struct Scratch {
    server: Server,
    sockets: PathBuf,
    /// What it is, for people: `PostgreSQL 15.13 (/usr/lib/postgresql/15/bin)`.
    pub about: String,
    /// How many databases have been made.
    made: usize,
}

impl Scratch {
    /// Start a server of this major from the first of these origins that has one.
    pub async fn start(origins: &[Origin], major: u32) -> Result<Self, Trouble> {
        let mut troubles: Vec<Trouble> = Vec::new();
        for origin in origins {
            match Self::from(origin, major).await {
                Ok(scratch) => return Ok(scratch),
                Err(trouble) => troubles.push(trouble),
            }
        }
        let details: Vec<&str> = troubles.iter().map(|trouble| trouble.detail.as_str()).collect();
        let detail = details.join("; ");
        // The last one is what the others would have been replaced by.
        let code = troubles.last().map_or(TroubleCode::ScratchMissing, |trouble| trouble.code);
        Err(Trouble::new(code, detail))
    }

    async fn from(origin: &Origin, major: u32) -> Result<Self, Trouble> {
        let (server, sockets, about) = match origin {
            Origin::Binaries(folder) => {
                let programs = Programs::find(major, folder.as_deref()).await?;
                let (server, sockets) = programs.start().await?;
                return Ok(Self { server, sockets, about: programs.about(), made: 0 });
            }
            Origin::Image { engine, image } => {
                let engine = Engine(engine.clone());
                if let Some(trouble) = engine.missing().await {
                    return Err(trouble);
                }
                let (server, sockets) = engine.start(image).await?;
                (server, sockets, image.clone())
            }
        };
        let scratch = Self { server, sockets, about, made: 0 };
        match scratch.version().await {
            Ok((version, found)) if found == major => {
                Ok(Self { about: format!("PostgreSQL {version} ({})", scratch.about), ..scratch })
            }
            Ok((version, _)) => {
                let about = scratch.about.clone();
                scratch.close().await;
                let detail = format!("production runs PostgreSQL {major}; {about} is {version}");
                Err(Trouble::new(TroubleCode::ScratchMajor, detail))
            }
            Err(trouble) => {
                scratch.close().await;
                Err(trouble)
            }
        }
    }

    async fn first(&self) -> Result<Session, Trouble> {
        Session::local(&self.sockets, server::FIRST).await
    }

    /// Its version, and its major.
    async fn version(&self) -> Result<(String, u32), Trouble> {
        let sql = "SELECT current_setting('server_version'), current_setting('server_version_num')";
        let rows = self.first().await?.ask(sql).await?;
        let cell =
            |at: usize| rows.first().and_then(|row| row.get(at).cloned().flatten()).unwrap_or_default();
        let version = cell(0).split_whitespace().next().unwrap_or_default().to_owned();
        Ok((version, cell(1).parse::<u32>().unwrap_or_default() / 10_000))
    }

    /// End it, and wait until nothing of it is left.
    pub async fn close(self) {
        self.server.close().await;
    }
}
