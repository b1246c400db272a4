//! A command for a host, what it printed, and the limits it runs within.

use std::time::Duration;

use super::process::Ended;
use crate::model::{Cause, CauseCode};

/// Commands under way at once on one host: sshd takes ten sessions a connection unless it is told otherwise,
/// and the user may have some use for the others.
pub(super) const MAX_CONCURRENT: usize = 8;
/// How long a command may take unless it says otherwise.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
/// How much output is kept unless a command says otherwise, in bytes.
const DEFAULT_CAP: usize = 1 << 20;

/// A command to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCommand {
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

impl HostCommand {
    /// A command that only reads, with the usual limits.
    pub fn new<W: Into<String>>(argv: impl IntoIterator<Item = W>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            input: None,
            deadline: DEFAULT_DEADLINE,
            cap: DEFAULT_CAP,
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

    /// With these bytes as its standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// With another deadline than 30 seconds.
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

    /// The first word, for messages.
    pub(super) fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

/// The exit status and output of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutput {
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

impl CommandOutput {
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

/// What `run` gives within the command's deadline.
pub(super) async fn within(
    command: &HostCommand,
    run: impl Future<Output = std::io::Result<Ended>>,
) -> Result<Ended, Cause> {
    let late = || {
        let detail = format!("{} took over {} s", command.program(), command.deadline.as_secs_f32());
        Cause::new(CauseCode::Timeout, detail)
    };
    let broken = |error| Cause::new(CauseCode::HostCommand, format!("{}: {error}", command.program()));
    tokio::time::timeout(command.deadline, run).await.map_err(|_| late())?.map_err(broken)
}
