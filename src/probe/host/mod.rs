//! Where commands run: this machine, or another one over SSH.
//!
//! A command is a list of words; how it is written for a shell is decided in `quote` alone. A command that
//! outlives its deadline, its connection or the gate is ended on the host, with all that it started; what a
//! daemon does for it (`docker exec`) is the daemon's.

mod connection;
mod diagnose;
pub mod facts;
mod forward;
mod local;
mod process;
mod quote;
mod ssh;
pub mod work_tree;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::model::{Cause, CauseCode};
pub use forward::Forward;
pub(super) use local::passed_on;
use process::{Ended, Take};
pub use quote::words;
use ssh::Ssh;
pub use ssh::{Identity, SshSettings};

/// Commands under way at once on one host: sshd takes ten sessions a connection unless it is told otherwise,
/// and the user may have some use for the others.
const AT_ONCE: usize = 8;
/// How long a command may take unless it says otherwise.
const DEADLINE: Duration = Duration::from_secs(30);
/// How much output is kept unless a command says otherwise, in bytes.
const CAP: usize = 1 << 20;

/// A command to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments. None may hold NUL, as on any command line.
    pub argv: Vec<String>,
    /// Variables that are added to its environment.
    pub env: Vec<(String, String)>,
    /// Its input; without it, it reads nothing.
    pub input: Option<Vec<u8>>,
    /// The longest that it may take, once the host is reached.
    pub deadline: Duration,
    /// How much of its output is kept, in bytes. The rest is read and left.
    pub cap: usize,
    /// Whether it changes nothing, so that it may be run again after the connection was lost.
    pub reads: bool,
}

impl Command {
    /// A command that only reads, with the usual limits.
    pub fn new<W: Into<String>>(argv: impl IntoIterator<Item = W>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            input: None,
            deadline: DEADLINE,
            cap: CAP,
            reads: true,
        }
    }

    /// A few lines for `/bin/sh`, with these as `$1`, `$2` and so on.
    pub fn script<W: Into<String>>(script: &str, arguments: impl IntoIterator<Item = W>) -> Self {
        let words = ["/bin/sh", "-c", script, "sh"].map(str::to_owned);
        Self::new(words.into_iter().chain(arguments.into_iter().map(Into::into)))
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With messages in English and numbers with points, to be read by a program.
    #[must_use]
    pub fn plain(self) -> Self {
        self.env("LC_ALL", "C")
    }

    /// With this input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// With this deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// With this much of its output kept, in bytes.
    #[must_use]
    pub fn cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    /// It changes something: it is never run twice.
    #[must_use]
    pub fn writes(mut self) -> Self {
        self.reads = false;
        self
    }

    fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

/// What a command gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 128 and the signal's number where one ended it. None only locally, and only when the
    /// shell around it was killed.
    pub status: Option<i32>,
    /// Its output, as far as the cap allowed.
    pub stdout: Vec<u8>,
    /// The last 64 KiB of its error output.
    pub stderr: Vec<u8>,
    /// Whether there was more output than the cap.
    pub cut: bool,
    /// From the moment it was sent to its end; over SSH with two round trips.
    pub took: Duration,
}

impl Output {
    /// Whether it ended with status 0.
    pub fn ok(&self) -> bool {
        self.status == Some(0)
    }

    /// The output as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// The error output as text, trimmed.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// What is kept of an output.
struct Kept {
    bytes: Vec<u8>,
    cap: usize,
    cut: bool,
}

impl Kept {
    fn push(&mut self, chunk: &[u8]) {
        let room = self.cap - self.bytes.len();
        self.cut |= chunk.len() > room;
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
}

/// A host where commands run. Cheap to clone; clones share one connection, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Host {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Local(Arc<Semaphore>),
    Ssh(Arc<Ssh>),
}

impl Host {
    /// This machine.
    pub fn local() -> Self {
        Self { kind: Kind::Local(Arc::new(Semaphore::new(AT_ONCE))) }
    }

    /// Another one. Nothing is sent before the first command.
    pub fn ssh(settings: SshSettings) -> Self {
        Self { kind: Kind::Ssh(Arc::new(Ssh::new(settings))) }
    }

    /// Connect now, where there is something to connect to.
    pub async fn connect(&self) -> Result<(), Cause> {
        match &self.kind {
            Kind::Local(_) => Ok(()),
            Kind::Ssh(ssh) => ssh.connection().await.map(drop),
        }
    }

    /// Run a command. Its exit status is for the caller to judge: any of them is an answer.
    pub async fn exec(&self, command: &Command) -> Result<Output, Cause> {
        let mut tries = if command.reads { 2 } else { 1 };
        loop {
            tries -= 1;
            let mut kept = Kept { bytes: Vec::new(), cap: command.cap, cut: false };
            match self.stream(command, &mut |chunk| kept.push(chunk)).await {
                Err(cause) if cause.code == CauseCode::Reset && tries > 0 => {
                    tracing::debug!(detail = cause.detail, "connection lost; once more");
                }
                Err(cause) => return Err(cause),
                Ok(output) => return Ok(Output { stdout: kept.bytes, cut: kept.cut, ..output }),
            }
        }
    }

    /// Run a command and hand over its output as it comes, all of it. Never run twice. The output that is
    /// returned has none in it.
    pub async fn stream(&self, command: &Command, take: &mut Take<'_>) -> Result<Output, Cause> {
        let ended = match &self.kind {
            Kind::Local(turns) => {
                let _turn = turns.acquire().await;
                let input = command.input.as_deref().unwrap_or_default();
                let mut ended = within(command, process::run(local::process(command), input, take)).await?;
                ended.take_second_mark();
                ended
            }
            Kind::Ssh(ssh) => ssh.run(command, take).await?,
        };
        answer(command, ended)
    }

    /// The command for bash, as a person would run it from where the gate runs.
    pub fn shell(&self, argv: &[String]) -> String {
        match &self.kind {
            Kind::Local(_) => words(argv),
            Kind::Ssh(_) => {
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
            Kind::Local(_) => Vec::new(),
            Kind::Ssh(ssh) => {
                let mut line = vec!["ssh".to_owned()];
                line.extend(ssh.options());
                line.push(ssh.settings.destination.clone());
                line
            }
        }
    }

    /// Whether it is another machine.
    pub fn is_remote(&self) -> bool {
        matches!(self.kind, Kind::Ssh(_))
    }
}

/// What a process that ran the script says.
fn answer(command: &Command, ended: Ended) -> Result<Output, Cause> {
    let Ended { status, began, noise, stderr, took } = ended;
    let output = Output { status, stdout: Vec::new(), stderr, cut: false, took };
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

/// What `run` gives within the command's deadline.
async fn within(
    command: &Command,
    run: impl Future<Output = std::io::Result<Ended>>,
) -> Result<Ended, Cause> {
    let late = || {
        let detail = format!("{} took over {} s", command.program(), command.deadline.as_secs_f32());
        Cause::new(CauseCode::Timeout, detail)
    };
    let broken = |error| Cause::new(CauseCode::HostCommand, format!("{}: {error}", command.program()));
    tokio::time::timeout(command.deadline, run).await.map_err(|_| late())?.map_err(broken)
}
