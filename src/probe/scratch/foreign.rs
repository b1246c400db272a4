//! Databases of our own on a server that is given by its URL. They have names that nobody chose, and are dropped
//! afterwards; what a killed run left is dropped by the next one.
//!
//! As long as a run lives it holds an advisory lock for the names of its databases. One whose lock is free
//! belongs to nobody any more.

use super::session::ScratchSession;
use crate::model::{Cause, CauseCode};
use crate::probe::postgres::Database;
use crate::text::sql_identifier;

/// How the names begin. What follows is the database through which they are made, where the locks are, too.
const NAME_PREFIX: &str = "prod_gate_scratch_";
/// The first half of the locks' keys; the second half is made from the name.
const LOCK_KEY: u32 = 1_885_823_348;

/// A server that is given by its URL.
#[derive(Debug)]
pub(super) struct Foreign {
    database: Database,
    /// Holds the lock. None when everything has been dropped.
    first: Option<ScratchSession>,
    /// The beginning of the names of this run.
    prefix: String,
    made: Vec<String>,
}

impl Foreign {
    /// Connect, drop what was left behind, and take a name.
    pub(super) async fn start(database: Database) -> Result<Self, Cause> {
        let first = ScratchSession::new(database.open(None).await?);
        let sql = "SELECT oid::text, md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text) \
                   FROM pg_database WHERE datname = current_database()";
        let row = first.ask(sql).await?.into_iter().next().unwrap_or_default();
        let [Some(oid), Some(random)] = row.as_slice() else {
            return Err(Cause::new(CauseCode::ScratchServer, "the server does not tell its databases"));
        };
        let ours = format!("{NAME_PREFIX}{oid}_");
        sweep(&first, &ours).await?;
        let prefix = format!("{ours}{}", random.get(..12).unwrap_or(random));
        first.must(&format!("SELECT pg_advisory_lock({LOCK_KEY}, hashtext('{prefix}'))")).await?;
        Ok(Self { database, first: Some(first), prefix, made: Vec::new() })
    }

    /// A connection to a database of this server; without a name, to the one of the URL.
    pub(super) async fn connect(&self, name: Option<&str>) -> Result<ScratchSession, Cause> {
        self.database.open(name).await.map(ScratchSession::new)
    }

    /// A name for a database that is about to be made.
    pub(super) fn next_name(&mut self) -> String {
        // Before it is made: one that is made when the run ends must be known.
        let name = format!("{}_{}", self.prefix, self.made.len() + 1);
        self.made.push(name.clone());
        name
    }

    /// Drop the databases that this run made.
    pub(super) async fn close(mut self) {
        if let Some(first) = self.first.take() {
            drop_all(&first, &std::mem::take(&mut self.made)).await;
            first.close().await;
        }
    }
}

impl Drop for Foreign {
    /// The same for a run that is given up: where there is no time for it, the next start does it.
    fn drop(&mut self) {
        if let (Some(first), Ok(runtime)) = (self.first.take(), tokio::runtime::Handle::try_current()) {
            let made = std::mem::take(&mut self.made);
            runtime.spawn(async move { drop_all(&first, &made).await });
        }
    }
}

async fn drop_all(first: &ScratchSession, names: &[String]) {
    for name in names {
        // One that cannot be dropped now is dropped by the next start.
        let _ = first.must(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql_identifier(name))).await;
    }
}

/// Drop the databases that were made through this one and that no run holds any more.
async fn sweep(first: &ScratchSession, ours: &str) -> Result<(), Cause> {
    // The lock is that of the run's names, without the number at the end.
    let sql = format!(
        "SELECT datname::text, pg_try_advisory_lock({LOCK_KEY}, hashtext(run))::text, run FROM \
         (SELECT datname, regexp_replace(datname, '_[0-9]+$', '') AS run FROM pg_database \
          WHERE starts_with(datname, '{ours}') AND pg_has_role(datdba, 'USAGE')) AS found"
    );
    let found = first.ask(&sql).await?;
    for row in &found {
        if let [Some(name), Some(free), Some(run)] = row.as_slice()
            && free == "true"
        {
            drop_all(first, std::slice::from_ref(name)).await;
            first.must(&format!("SELECT pg_advisory_unlock({LOCK_KEY}, hashtext('{run}'))")).await?;
        }
    }
    Ok(())
}
