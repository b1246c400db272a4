//! What section 4 asks: production's catalogue, the migrations of two commits, and what they make.

use super::baseline::{self, Baseline};
use super::replays::{ReplayTask, Replayed, replay};
use crate::checks::context::Context;
use crate::checks::database::Production;
use crate::checks::migrations::folder::Migration;
use crate::config::ScratchServer;
use crate::model::{Cause, CauseCode};
use crate::probe::catalogue::{self, Catalogue};
use crate::probe::postgres::{Database, Reading};
use crate::probe::scratch::{Origin, ScratchRequest, ServerIdentity};

/// The roles of a server that are not its own.
const ROLES: &str =
    "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1";

/// Which checks are wanted beside what is declared.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplayScope {
    pub(super) release: bool,
    pub(super) drift: bool,
}

/// What was seen of the migrations of both commits.
pub(super) struct MadeSchemas {
    pub(super) migrations: Vec<Migration>,
    /// Those of the deployment before.
    pub(super) baseline: Baseline,
    /// What they make; none where nothing had to be replayed.
    pub(super) replayed: Option<Result<Replayed, Cause>>,
}

impl MadeSchemas {
    fn unknown(cause: Cause) -> Self {
        Self {
            migrations: Vec::new(),
            baseline: Baseline::Unknown(cause.clone()),
            replayed: Some(Err(cause)),
        }
    }
}

pub(super) fn production(cx: &Context) -> Result<&Production, Cause> {
    // A schema without a database is refused when the configuration is parsed.
    cx.database.as_ref().ok_or_else(|| Cause::new(CauseCode::Internal, "there is no database"))
}

/// Production's database in a transaction, and what is known of its server.
pub(super) struct ProductionReading {
    reading: Reading,
    about: ServerFacts,
}

impl ProductionReading {
    /// Connect, and read what a replay has to know of the server.
    pub(super) async fn begin(database: &Database, asked: ReplayScope) -> Result<Self, Cause> {
        let reading = database.read().await?;
        let about = ServerFacts::read(&reading, asked).await?;
        Ok(Self { reading, about })
    }

    pub(super) async fn catalogue(&self, schema: &str) -> Result<Catalogue, Cause> {
        catalogue::read(&self.reading, schema).await
    }

    /// The migrations of both commits and what they make.
    pub(super) async fn made(
        &self,
        production: &Production,
        dir: &str,
        asked: ReplayScope,
        cx: &Context,
    ) -> MadeSchemas {
        made(production, dir, asked, cx, &self.about).await
    }
}

/// What has to be known of production's server before its migrations can be replayed elsewhere.
#[derive(Debug)]
struct ServerFacts {
    major: u32,
    identity: ServerIdentity,
    roles: Vec<String>,
}

impl ServerFacts {
    async fn read(reading: &Reading, asked: ReplayScope) -> Result<Self, Cause> {
        let major = reading.version() / 10_000;
        if !asked.release && !asked.drift {
            return Ok(Self { major, identity: ServerIdentity::default(), roles: Vec::new() });
        }
        let system = reading.system_identifier().await?;
        let started = reading.rows(ServerIdentity::STARTED, &[]).await?;
        let started = started.rows.into_iter().flatten().flatten().next();
        let roles = reading.rows(ROLES, &[]).await?;
        let roles = roles.rows.into_iter().flatten().flatten().collect();
        Ok(Self { major, identity: ServerIdentity { system, started }, roles })
    }
}

async fn made(
    production: &Production,
    dir: &str,
    asked: ReplayScope,
    cx: &Context,
    about: &ServerFacts,
) -> MadeSchemas {
    if !asked.release && !asked.drift {
        return MadeSchemas { migrations: Vec::new(), baseline: Baseline::None, replayed: None };
    }
    let migrations = match baseline::current(&cx.git, &cx.release, dir).await {
        Ok(migrations) => migrations,
        Err(cause) => return MadeSchemas::unknown(cause),
    };
    // After a rollback, drift is judged against both as well.
    let baseline = if asked.release || cx.release.deployment.rollback {
        baseline::previous(&cx.git, &cx.release, dir, &migrations).await
    } else {
        Baseline::None
    };
    let before = match &baseline {
        Baseline::Known { migrations: before, .. } if *before != migrations => Some(before.as_slice()),
        _ => None,
    };
    if before.is_none() && !asked.drift {
        return MadeSchemas { migrations, baseline, replayed: None };
    }
    let origins = origins(production, cx).await;
    let wanted = ScratchRequest { major: about.major, production: about.identity.clone(), origins };
    let task = ReplayTask {
        wanted: &wanted,
        schema: production.database().schema(),
        roles: &about.roles,
        before,
        after: &migrations,
        longest: production.replay_time(),
    };
    let replayed = replay(&task).await;
    MadeSchemas { migrations, baseline, replayed: Some(replayed) }
}

/// Where a server for the replay may come from: what is configured, else production's image, else programs.
async fn origins(production: &Production, cx: &Context) -> Vec<Origin> {
    let engine = || {
        let via = production.via().map(|via| cx.hosts.get(&via.host));
        let local = via.filter(|known| !known.host.is_remote());
        local.map_or("docker", |known| known.engine).to_owned()
    };
    match production.scratch() {
        ScratchServer::Url(scratch) => vec![Origin::Url(scratch.clone())],
        ScratchServer::Image(image) => vec![Origin::Image { engine: engine(), image: image.clone() }],
        ScratchServer::Binaries(folder) => vec![Origin::Binaries(folder.clone())],
        ScratchServer::AsProduction => {
            let image = production_image(production, cx).await;
            let image = image.map(|image| Origin::Image { engine: engine(), image });
            image.into_iter().chain([Origin::Binaries(None)]).collect()
        }
    }
}

/// The image of the container that production's database runs in.
async fn production_image(production: &Production, cx: &Context) -> Option<String> {
    let via = production.via()?;
    // Where it cannot be asked there is no connection to the database either.
    Some(cx.hosts.get(&via.host).container(via.container.as_ref()?).await.ok()?.image)
}
