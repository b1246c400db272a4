//! How a host is reached over SSH.

use std::time::Duration;

use crate::redact::Secret;

/// How a host is reached. What is not said here comes from the user's own configuration of ssh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSettings {
    /// The host as ssh takes it: `deploy@prod.example.org`, or a name from the user's configuration.
    pub destination: String,
    /// The port; none for what ssh's configuration says.
    pub port: Option<u16>,
    /// The key to log in with; without one, the user's own and the agent's.
    pub identity: Option<SshKey>,
    /// The lines of a `known_hosts` file that replace the user's own files.
    pub known_hosts: Option<String>,
    /// The longest that connecting may take, login included.
    pub connect_timeout: Duration,
}

/// The private key to log in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SshKey {
    /// By its path, read by ssh itself.
    File(String),
    /// Itself: it stands in a file of ours while the connection is made, and not longer.
    Inline(Secret),
}

impl SshSettings {
    /// The user's own settings for this destination, and ten seconds to connect.
    pub fn new(destination: impl Into<String>) -> Self {
        Self {
            destination: destination.into(),
            port: None,
            identity: None,
            known_hosts: None,
            connect_timeout: Duration::from_secs(10),
        }
    }
}
