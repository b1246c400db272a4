//! Commands on another host, through the `ssh` that people use: their configuration, agent and jump hosts.
//!
//! One connection a run, held by a process in the foreground (see `connection`); each command is a session in it.
//! The `openssh` crate would start that process in the background, where it outlives a killed gate, and leaves
//! the checking of a jump host's key to the user's configuration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::process::Command as Process;
use tokio::sync::{Mutex, Semaphore};

use super::command::{HostCommand, MAX_CONCURRENT, within};
use super::connection::Connection;
use super::process::{self, Ended, Take};
use super::quote::{MAX_WIRE_BYTES, wire};
use super::settings::{SshKey, SshSettings};
use crate::model::{Cause, CauseCode};

/// The status with which ssh itself fails.
const SSH_FAILED: i32 = 255;
/// How often a session that sshd refuses (its `MaxSessions`) is asked for again.
const MAX_REFUSALS: u32 = 20;
/// A connection that failed is not tried again for this long: many checks may want it.
const REST: Duration = Duration::from_secs(10);
/// How long a session that broke waits for news of its connection.
const NEWS: Duration = Duration::from_millis(500);

/// A host over SSH, with the one connection that all commands share.
#[derive(Debug)]
pub(super) struct Ssh {
    pub(super) settings: SshSettings,
    state: Mutex<ConnectionState>,
    turns: Semaphore,
}

#[derive(Debug, Default)]
enum ConnectionState {
    /// Never connected, or the connection was lost.
    #[default]
    Apart,
    Connected(Arc<Connection>),
    Failed {
        cause: Cause,
        at: Instant,
    },
}

impl Ssh {
    pub(super) fn new(settings: SshSettings) -> Self {
        Self { settings, state: Mutex::default(), turns: Semaphore::new(MAX_CONCURRENT) }
    }

    /// Run a command, and connect before where that is needed.
    pub(super) async fn run(&self, command: &HostCommand, take: &mut Take<'_>) -> Result<Ended, Cause> {
        let input = command.input.as_deref().unwrap_or_default();
        let wire = wire(&command.argv, &command.env, input.len());
        if wire.len() > MAX_WIRE_BYTES {
            let detail =
                format!("the command has {} bytes, {MAX_WIRE_BYTES} at most; give it an input", wire.len());
            return Err(Cause::new(CauseCode::HostCommand, detail));
        }
        let _turn = self.turns.acquire().await;
        let connection = self.connection().await?;
        let refused = async {
            let mut refusals = 0;
            loop {
                let session = self.session(&connection, &wire);
                let ended = process::run(session, input, take).await?;
                if !is_refused(&ended) || refusals == MAX_REFUSALS {
                    return Ok(ended);
                }
                refusals += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let ended = within(command, refused).await?;
        self.explain(command, &connection, ended).await
    }

    /// The connection, made now if there is none.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Cause> {
        let mut state = self.state.lock().await;
        match &*state {
            ConnectionState::Connected(connection) if connection.is_up() => {
                return Ok(Arc::clone(connection));
            }
            // A refused login is not tried again at all: the host may count them.
            ConnectionState::Failed { cause, at } if at.elapsed() < REST || !passes(cause.code) => {
                return Err(cause.clone());
            }
            _ => {}
        }
        match Connection::open(&self.settings).await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = ConnectionState::Connected(Arc::clone(&connection));
                Ok(connection)
            }
            Err(cause) => {
                *state = ConnectionState::Failed { cause: cause.clone(), at: Instant::now() };
                Err(cause)
            }
        }
    }

    fn session(&self, connection: &Connection, wire: &str) -> Process {
        let mut process = connection.client();
        process.args(["-T", "--", &self.settings.destination, wire]);
        process
    }

    /// What is wrong where ssh itself failed; else what ended.
    async fn explain(
        &self,
        command: &HostCommand,
        connection: &Arc<Connection>,
        mut ended: Ended,
    ) -> Result<Ended, Cause> {
        if ended.status != Some(SSH_FAILED) || ended.take_second_mark() {
            return Ok(ended);
        }
        let program = command.program();
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        let lost = tokio::time::timeout(NEWS, connection.lost()).await.ok();
        if lost.is_none() && is_refused(&ended) {
            let detail = format!("{program}: sshd takes no more sessions (its MaxSessions): {said}");
            return Err(Cause::new(CauseCode::Ssh, detail));
        }
        // Without a word about the connection the session alone ended: the shell there was killed.
        if lost.is_none() && ended.began && !said.contains("mux_client") {
            let detail = format!("{program}: killed on the host: {said}");
            return Err(Cause::new(CauseCode::HostCommand, detail));
        }
        if lost.is_none() && !ended.began && !said.contains("mux_client") && !said.contains("ontrol socket") {
            return Ok(ended);
        }
        self.forget(connection).await;
        let why = lost.filter(|why| !why.is_empty()).unwrap_or(said);
        Err(Cause::new(CauseCode::Reset, format!("{program}: {why}")))
    }

    async fn forget(&self, connection: &Arc<Connection>) {
        let mut state = self.state.lock().await;
        if matches!(&*state, ConnectionState::Connected(current) if Arc::ptr_eq(current, connection)) {
            *state = ConnectionState::Apart;
        }
    }

    /// The options that lead a person's ssh to the same host.
    pub(super) fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        if let Some(port) = self.settings.port {
            options.extend(["-p".to_owned(), port.to_string()]);
        }
        if let Some(SshKey::File(path)) = &self.settings.identity {
            options.extend(["-i".to_owned(), path.clone()]);
        }
        options
    }
}

fn is_refused(ended: &Ended) -> bool {
    let refused = b"Session open refused by peer";
    ended.status == Some(SSH_FAILED)
        && !ended.began
        && ended.stderr.windows(refused.len()).any(|window| window == refused)
}

/// Causes that may be over a while later.
fn passes(code: CauseCode) -> bool {
    matches!(
        code,
        CauseCode::Dns | CauseCode::Refused | CauseCode::Unreachable | CauseCode::Timeout | CauseCode::Reset
    )
}
