//! Where commands run: this machine, or another one over SSH.
//!
//! A command is a list of words; how it is written for a shell is decided in `quote` alone. A command that
//! outlives its deadline, its connection or the gate is ended on the host, with all that it started; what a
//! daemon does for it (`docker exec`) is the daemon's.

mod command;
mod connection;
mod diagnose;
pub mod facts;
mod forward;
mod local;
mod process;
mod quote;
mod settings;
mod ssh;
pub mod work_tree;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::model::{Cause, CauseCode};
pub use command::{CommandOutput, HostCommand};
use command::{MAX_CONCURRENT, within};
pub use forward::Forward;
pub(super) use local::passed_on;
use process::{Ended, Take};
pub use quote::words;
pub use settings::{SshKey, SshSettings};
use ssh::Ssh;

struct CappedBytes {
    bytes: Vec<u8>,
    cap: usize,
    cut: bool,
}

impl CappedBytes {
    fn push(&mut self, chunk: &[u8]) {
        let room = self.cap - self.bytes.len();
        self.cut |= chunk.len() > room;
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
}

/// A host where commands run. Cheap to clone; clones share one connection, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Host {
    kind: HostKind,
}

#[derive(Debug, Clone)]
enum HostKind {
    Local(Arc<Semaphore>),
    Ssh(Arc<Ssh>),
}

impl Host {
    /// The machine that the gate runs on.
    pub fn local() -> Self {
        Self { kind: HostKind::Local(Arc::new(Semaphore::new(MAX_CONCURRENT))) }
    }

    /// Another one. Nothing is sent before the first command.
    pub fn ssh(settings: SshSettings) -> Self {
        Self { kind: HostKind::Ssh(Arc::new(Ssh::new(settings))) }
    }

    /// Connect now, where there is something to connect to.
    pub async fn connect(&self) -> Result<(), Cause> {
        match &self.kind {
            HostKind::Local(_) => Ok(()),
            HostKind::Ssh(ssh) => ssh.connection().await.map(drop),
        }
    }

    /// A way to this port of an address as the host sees it: `127.0.0.1` is the host itself.
    pub async fn forward(&self, target: &str, port: u16) -> Result<Forward, Cause> {
        match &self.kind {
            HostKind::Local(_) => Forward::direct(target, port).await,
            HostKind::Ssh(ssh) => Forward::open(ssh, target, port).await,
        }
    }

    /// Run a command. Its exit status is for the caller to judge: any of them is an answer.
    pub async fn exec(&self, command: &HostCommand) -> Result<CommandOutput, Cause> {
        let mut tries = if command.reads { 2 } else { 1 };
        loop {
            tries -= 1;
            let mut kept = CappedBytes { bytes: Vec::new(), cap: command.cap, cut: false };
            match self.stream(command, &mut |chunk| kept.push(chunk)).await {
                Err(cause) if cause.code == CauseCode::Reset && tries > 0 => {
                    tracing::debug!(detail = cause.detail, "connection lost; once more");
                }
                Err(cause) => return Err(cause),
                Ok(output) => return Ok(CommandOutput { stdout: kept.bytes, cut: kept.cut, ..output }),
            }
        }
    }

    /// Run a command and hand over its output as it comes, all of it. Never run twice. The output that is
    /// returned has none in it.
    pub async fn stream(&self, command: &HostCommand, take: &mut Take<'_>) -> Result<CommandOutput, Cause> {
        let ended = match &self.kind {
            HostKind::Local(turns) => {
                let _turn = turns.acquire().await;
                let input = command.input.as_deref().unwrap_or_default();
                let mut ended = within(command, process::run(local::process(command), input, take)).await?;
                ended.take_second_mark();
                ended
            }
            HostKind::Ssh(ssh) => ssh.run(command, take).await?,
        };
        answer(command, ended)
    }

    /// The command for bash, as a person would run it from where the gate runs.
    pub fn shell(&self, argv: &[String]) -> String {
        match &self.kind {
            HostKind::Local(_) => words(argv),
            HostKind::Ssh(_) => {
                let mut line = self.login();
                line.push(words(argv));
                words(&line)
            }
        }
    }

    /// What a person logs in with from where the gate runs: `ssh`, its options, the destination. Empty for this
    /// machine.
    pub fn login(&self) -> Vec<String> {
        match &self.kind {
            HostKind::Local(_) => Vec::new(),
            HostKind::Ssh(ssh) => {
                let mut line = vec!["ssh".to_owned()];
                line.extend(ssh.options());
                line.push(ssh.settings.destination.clone());
                line
            }
        }
    }

    pub fn is_remote(&self) -> bool {
        matches!(self.kind, HostKind::Ssh(_))
    }
}

/// What a process that ran the script says.
fn answer(command: &HostCommand, ended: Ended) -> Result<CommandOutput, Cause> {
    let Ended { status, began, noise, stderr, took } = ended;
    let output = CommandOutput { status, stdout: Vec::new(), stderr, cut: false, took };
    let said = output.said();
    if !began {
        let said = if said.is_empty() { String::from_utf8_lossy(&noise).trim().to_owned() } else { said };
        return Err(Cause::new(CauseCode::HostCommand, format!("{}: {said}", command.program())));
    }
    // The shell's own words, not those of a command that was found and ends with 127 for its own reasons.
    if status == Some(127) && said.contains("exec: ") && said.contains("not found") {
        return Err(Cause::new(CauseCode::CommandMissing, command.program()));
    }
    Ok(output)
}
