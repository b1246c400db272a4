//! Replays the migrations of this release and of the one before, and reads what they make. What both have in common
//! is run once.

use std::time::Duration;

use super::baseline::shared;
use crate::checks::migrations::folder::Migration;
use crate::model::{Cause, CauseCode};
use crate::probe::catalogue::Catalogue;
use crate::probe::scratch::{self, Replay, Scratch, ScratchRequest};

/// What is to be replayed.
#[derive(Debug, Clone)]
pub(super) struct ReplayTask<'a> {
    pub(super) wanted: &'a ScratchRequest,
    pub(super) schema: &'a str,
    /// Roles that migrations may name.
    pub(super) roles: &'a [String],
    /// The migrations of the deployment before, where they are asked for.
    pub(super) before: Option<&'a [Migration]>,
    pub(super) after: &'a [Migration],
    /// The longest that all of it may take.
    pub(super) longest: Duration,
}

/// The schemas that a replay made.
#[derive(Debug, Clone)]
pub(super) struct Replayed {
    /// The server that they were replayed on, for people.
    pub(super) about: String,
    /// The extensions that this server could make.
    pub(super) extensions: Vec<String>,
    /// What the deployment before had made, where that was asked for.
    pub(super) before: Option<Result<Catalogue, Cause>>,
    pub(super) after: Result<Catalogue, Cause>,
}

/// Replay. An error is that there was no server to do it in, or no time.
pub(super) async fn replay(task: &ReplayTask<'_>) -> Result<Replayed, Cause> {
    let work = async {
        let mut scratch = Scratch::start(task.wanted).await?;
        let replayed = on(&mut scratch, task).await;
        scratch.close().await;
        replayed
    };
    tokio::time::timeout(task.longest, work).await.unwrap_or_else(|_| {
        let detail =
            format!("replaying took over {} s (`database.scratch.max_time`)", task.longest.as_secs());
        Err(Cause::new(CauseCode::Timeout, detail))
    })
}

async fn on(scratch: &mut Scratch, task: &ReplayTask<'_>) -> Result<Replayed, Cause> {
    scratch.add_roles(task.roles).await?;
    let extensions = scratch.extensions().await?;
    let about = scratch.about.clone();
    let (before, after) = both(scratch, task).await?;
    Ok(Replayed { about, extensions, before, after })
}

/// What both sets make, `before` first.
type Both = (Option<Result<Catalogue, Cause>>, Result<Catalogue, Cause>);

async fn both(scratch: &mut Scratch, task: &ReplayTask<'_>) -> Result<Both, Cause> {
    let replay = scratch.create(task.schema).await?;
    let Some(before) = task.before else {
        return Ok((None, end(&replay, task.after).await));
    };
    let common = shared(before, task.after);
    if let Err(cause) = run(&replay, &task.after[..common]).await {
        return Ok((Some(Err(cause.clone())), Err(cause)));
    }
    let (old, new) = (&before[common..], &task.after[common..]);
    // Where one set is the beginning of the other, reading in between is enough. Otherwise each goes its own way
    // from a copy of what they share.
    if old.is_empty() {
        let made = replay.catalogue().await;
        return Ok((Some(made), end(&replay, new).await));
    }
    if new.is_empty() {
        let made = replay.catalogue().await;
        return Ok((Some(end(&replay, old).await), made));
    }
    let (one, other) = scratch.copy(replay).await?;
    Ok((Some(end(&one, old).await), end(&other, new).await))
}

/// Run the rest of a set and read what all of it makes.
async fn end(replay: &Replay, rest: &[Migration]) -> Result<Catalogue, Cause> {
    run(replay, rest).await?;
    replay.catalogue().await
}

async fn run(replay: &Replay, migrations: &[Migration]) -> Result<(), Cause> {
    for migration in migrations {
        replay.run(scratch::MigrationSql { name: &migration.name, sql: migration.sql.as_deref() }).await?;
    }
    Ok(())
}
