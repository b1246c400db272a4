//! Errors that end the program, each with what to do next, and the exit codes they map to.

use std::fmt;
use std::process::ExitCode;

/// How the program ends. A contract: scripts and workflows read these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Production is as expected; warnings included.
    Passed,
    /// A required check failed: production is not as expected.
    Failed,
    /// The command line or the configuration is wrong; production was not touched.
    Usage,
    /// A required check could not tell, or the gate itself could not work.
    Errored,
    /// Verified, but a result could not be put where it was asked for.
    NotPublished,
    /// A person or the runner ended it by SIGINT.
    Interrupted,
    /// The system or the runner ended it by SIGTERM.
    Terminated,
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Errored => 3,
            Self::NotPublished => 4,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What happened, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// How the program ends because of it.
    pub exit: Exit,
    /// What happened and where; may have several lines.
    pub message: String,
    /// What the reader can do next; shown on a line of its own.
    pub hint: Option<String>,
    /// Whether the message says `error:` by itself, as the list of a configuration's problems does.
    pub titled: bool,
}

impl Error {
    /// The user's input is at fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None, titled: false }
    }

    /// The configuration is at fault; `list` has every problem, each under its own `error:`.
    pub fn configuration(list: &str) -> Self {
        Self { titled: true, ..Self::usage(list.trim_end()) }
    }

    /// Something that should work does not.
    pub fn errored(message: impl Into<String>) -> Self {
        Self { exit: Exit::Errored, message: message.into(), hint: None, titled: false }
    }

    /// Verified, but not all results are where they belong.
    pub fn not_published(message: impl Into<String>) -> Self {
        Self { exit: Exit::NotPublished, message: message.into(), hint: None, titled: false }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
