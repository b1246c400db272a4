//! How a check can end, why, and what all of them together say: the verdict.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, VariantArray};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    /// Production is not as expected.
    Failed,
    /// The gate could not tell.
    Errored,
    /// It was not run; `SkipReason` says why.
    Skipped,
    /// It failed, and the configuration names this failure as known until a date.
    Waived,
}

/// Why a check was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, EnumIter)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SkipReason {
    /// A check that this one needs did not pass.
    Prerequisite { check: String },
    /// A step before this one in the same workflow did not pass.
    EarlierStep { check: String },
    /// There was nothing to do: the step that would have made it necessary did not run.
    NothingToUndo,
    /// There is no previous deployment to compare with: this is the first one that the repository knows of.
    NoBaseline,
}

/// Why the gate could not tell.
///
/// The code is what renderers translate and give a remedy for; the detail is the technical text of
/// the library or tool that failed, scrubbed of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub code: CauseCode,
    /// What exactly was said, and by whom; may be empty.
    pub detail: String,
}

impl Cause {
    pub fn new(code: CauseCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// The kinds of cause. Stable: they are part of `report.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum CauseCode {
    /// The name of the host could not be resolved.
    Dns,
    Refused,
    /// No route to the host, or the network is down.
    Unreachable,
    /// No answer within the check's deadline.
    Timeout,
    Reset,
    /// The certificate has expired (or is not valid yet).
    CertificateExpired,
    /// The certificate was not issued by a known authority.
    CertificateUnknownIssuer,
    CertificateName,
    Tls,
    /// The answer is not HTTP, or breaks its rules.
    Protocol,
    /// The body is longer than the cap, and what was asked for is not in the part that was read.
    TooLarge,
    /// A challenge page of bot protection answered instead of the application.
    BotProtection,
    /// 429, and waiting as told did not help.
    RateLimited,
    /// 503 with `Retry-After`, and waiting as told did not help.
    Unavailable,
    /// A denial that nothing shows to be the application's own.
    NoControl,
    /// A login did not give the session it should.
    Login,
    /// A value to be captured is not in the answer.
    Capture,
    /// A captured secret is too short to be masked safely.
    ShortSecret,
    Git,
    /// The clone is shallow and could not be deepened.
    ShallowClone,
    /// The commit that production should run is not known.
    NoCommit,
    /// A file could not be read or written.
    File,
    /// The host's SSH key is not the one that is known.
    HostKeyChanged,
    /// The host's SSH key is not known at all.
    HostKeyUnknown,
    /// The host refused the SSH key.
    SshAuth,
    Ssh,
    /// A command could not be run on the host.
    HostCommand,
    /// A program is not installed where it is needed.
    CommandMissing,
    /// git does not trust a work tree that belongs to another user.
    GitOwnership,
    /// Docker on the host could not answer.
    Docker,
    /// Docker on the host refuses the user.
    DockerAccess,
    NoContainer,
    /// The container is not in a state in which it could answer.
    ContainerState,
    /// There is no server to replay the migrations in: neither programs nor an image, and no URL.
    ScratchMissing,
    /// The server to replay the migrations in has another major version than production.
    ScratchMajor,
    /// The server to replay the migrations in could not be started, or failed.
    ScratchServer,
    /// The server to replay the migrations in is production's.
    ScratchProduction,
    /// The server to replay the migrations in lacks an extension.
    ScratchExtension,
    /// A migration could not be replayed.
    Replay,
    /// The database's server refuses the password, or asks for one that the URL does not have.
    DatabasePassword,
    /// The database's server does not let this user in, or not from here.
    DatabaseLogin,
    /// The server has no such database.
    NoDatabase,
    /// The database's user may not do what is needed.
    DatabaseAccess,
    /// The database's server takes no more connections, or is starting or stopping.
    DatabaseBusy,
    /// What answered does not speak PostgreSQL's protocol.
    DatabaseProtocol,
    /// The database's server offers no TLS, which the URL asks for.
    NoTls,
    Query,
    /// A query was cancelled: it took too long, or waited too long for a lock.
    QueryCancelled,
    /// A query that may only read would have written.
    QueryWrites,
    /// Whether a change was committed is not known.
    CommitUnknown,
    /// The migrations folder of the deployed commit could not be read as one.
    MigrationsFolder,
    /// Migrations are being applied at this moment.
    MigrationsRunning,
    /// The run's deadline had passed.
    RunDeadline,
    Interrupted,
    /// The gate itself is at fault.
    Internal,
}

/// What the whole run says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    Passed,
    /// Nothing required failed, but something advisory did, or something is waived.
    Warned,
    /// A required check failed.
    Failed,
    /// A required check could not tell.
    Errored,
    /// Nothing blocks, but a filter left checks out.
    Partial,
}

impl Verdict {
    /// The word used everywhere, for example `PASSED`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Warned => "WARNED",
            Self::Failed => "FAILED",
            Self::Errored => "ERRORED",
            Self::Partial => "PARTIAL",
        }
    }
}
