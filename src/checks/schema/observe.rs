//! What section 4 asks: production's catalogue, the migrations of two commits, and what they make.

use std::time::Duration;

use super::baseline::{self, Baseline};
use super::replays::{ReplayTask, Replayed, replay};
use crate::checks::context::Context;
use crate::checks::database::Production;
use crate::checks::migrations::folder::Migration;
use crate::config::{Binaries, Config, Scratch, Wait};
use crate::model::{Trouble, TroubleCode};
use crate::probe::catalogue::{self, Catalogue};
use crate::probe::postgres::{Database, Reading};
use crate::probe::scratch::{Origin, ScratchRequest, ServerIdentity};

/// The longest that replaying may take unless the configuration says otherwise.
const DEFAULT_REPLAY_DEADLINE: Duration = Duration::from_secs(300);
/// The roles of a server that are not its own.
const ROLES: &str =
    "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1";

/// Which checks are wanted beside what is declared.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplayScope {
    /// What the release brings.
    pub(super) release: bool,
    /// Production against a replay.
    pub(super) drift: bool,
}

/// What was seen of the migrations of both commits.
pub(super) struct MadeSchemas {
    /// The migrations of this release.
    pub(super) migrations: Vec<Migration>,
    /// Those of the deployment before.
    pub(super) baseline: Baseline,
    /// What they make; none where nothing had to be replayed.
    pub(super) replayed: Option<Result<Replayed, Trouble>>,
}

impl MadeSchemas {
    /// Neither of them is known.
    fn unknown(trouble: Trouble) -> Self {
        Self {
            migrations: Vec::new(),
            baseline: Baseline::Unknown(trouble.clone()),
            replayed: Some(Err(trouble)),
        }
    }
}

/// Production's database.
pub(super) fn database(cx: &Context) -> Result<&Database, Trouble> {
    // The configuration was validated: a schema without a database is our own mistake.
    cx.database
        .as_ref()
        .map(Production::database)
        .ok_or_else(|| Trouble::new(TroubleCode::Internal, "there is no database"))
}

/// Production's database in a transaction, and what is known of its server.
pub(super) struct ProductionReading {
    reading: Reading,
    about: ServerFacts,
}

impl ProductionReading {
    /// Connect.
    pub(super) async fn begin(database: &Database, asked: ReplayScope) -> Result<Self, Trouble> {
        let reading = database.read().await?;
        let about = ServerFacts::read(&reading, asked).await?;
        Ok(Self { reading, about })
    }

    /// Its schema.
    pub(super) async fn catalogue(&self, schema: &str) -> Result<Catalogue, Trouble> {
        catalogue::read(&self.reading, schema).await
    }

    /// The migrations of both commits and what they make.
    pub(super) async fn made(
        &self,
        config: &Config,
        dir: &str,
        asked: ReplayScope,
        cx: &Context,
    ) -> MadeSchemas {
        made(config, dir, asked, cx, &self.about).await
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
    async fn read(reading: &Reading, asked: ReplayScope) -> Result<Self, Trouble> {
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
    config: &Config,
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
        Err(trouble) => return MadeSchemas::unknown(trouble),
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
    let replayed = match origins(config, cx).await {
        Ok(origins) => {
            let wanted = ScratchRequest { major: about.major, production: about.identity.clone(), origins };
            let schema = database(cx).map_or("public", Database::schema);
            let at = config.database.as_ref().and_then(|at| at.scratch.as_ref());
            let longest = at.and_then(|at| at.max_time).map_or(DEFAULT_REPLAY_DEADLINE, Wait::duration);
            let roles = &about.roles;
            replay(&ReplayTask { wanted: &wanted, schema, roles, before, after: &migrations, longest }).await
        }
        Err(trouble) => Err(trouble),
    };
    MadeSchemas { migrations, baseline, replayed: Some(replayed) }
}

/// Where a server for the replay may come from: what is configured, else production's image, else programs.
async fn origins(config: &Config, cx: &Context) -> Result<Vec<Origin>, Trouble> {
    let at = config.database.as_ref();
    let engine = || {
        let via = at.and_then(|at| at.via.as_ref()).and_then(|via| cx.hosts.get(&via.ssh).ok());
        let local = via.filter(|known| !known.host.is_remote());
        local.map_or("docker", |known| known.engine).to_owned()
    };
    match at.and_then(|at| at.scratch.as_ref()) {
        Some(Scratch { url: Some(_), .. }) => {
            let scratch = cx.database.as_ref().and_then(Production::scratch).cloned();
            let lost = || Trouble::new(TroubleCode::Internal, "there is no database.scratch.url");
            Ok(vec![Origin::Url(scratch.ok_or_else(lost)?)])
        }
        Some(Scratch { image: Some(image), .. }) => {
            Ok(vec![Origin::Image { engine: engine(), image: image.to_string() }])
        }
        Some(Scratch { binaries: Some(Binaries::Folder(folder)), .. }) => {
            Ok(vec![Origin::Binaries(Some(folder.clone()))])
        }
        Some(Scratch { binaries: Some(Binaries::Auto), .. }) => Ok(vec![Origin::Binaries(None)]),
        _ => {
            let image = production_image(config, cx).await;
            let image = image.map(|image| Origin::Image { engine: engine(), image });
            Ok(image.into_iter().chain([Origin::Binaries(None)]).collect())
        }
    }
}

/// The image of the container that production's database runs in.
async fn production_image(config: &Config, cx: &Context) -> Option<String> {
    let via = config.database.as_ref()?.via.as_ref()?;
    let container = via.container.as_ref()?;
    let known = cx.hosts.get(&via.ssh).ok()?;
    // Where it cannot be asked there is no connection to the database either.
    Some(known.container(container).await.ok()?.image)
}
