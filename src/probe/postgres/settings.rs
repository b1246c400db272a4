//! How a database is reached, and how the connection is protected.

use std::time::Duration;

use super::tls::Trusted;
use super::url::Address;
use crate::probe::host::Host;
use crate::text::Text;

/// How a database is reached.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The URL, read into its parts.
    pub address: Address,
    /// The URL as it is configured, for commands: its secrets by name.
    pub text: Text,
    /// The host that leads to it; without one it is reached directly.
    pub via: Option<DatabaseVia>,
    /// The authorities that may have issued the server's certificate.
    pub trusted: Trusted,
    /// The longest that a statement may take.
    pub statement_timeout: Duration,
    /// The longest that a statement may wait for a lock.
    pub lock_timeout: Duration,
}

/// A host that leads to a database.
#[derive(Debug, Clone)]
pub struct DatabaseVia {
    pub host: Host,
    pub docker: Vec<String>,
    /// The container that the database runs in; without one it is a port as the host sees it.
    pub container: Option<String>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// TLS; the certificate is the host's, from a known authority.
    TlsVerified,
    /// TLS; the certificate is from a known authority, for another name.
    TlsAuthority,
    /// TLS; the certificate proves nothing.
    TlsUnverified,
    /// In the clear inside SSH.
    PlainSsh,
    /// In the clear on this machine.
    PlainLocal,
    /// In the clear over a network.
    Plain,
}

impl Link {
    /// The word for it in reports, such as `tls_verified`.
    pub fn word(self) -> &'static str {
        match self {
            Self::TlsVerified => "tls_verified",
            Self::TlsAuthority => "tls_authority",
            Self::TlsUnverified => "tls_unverified",
            Self::PlainSsh => "plain_ssh",
            Self::PlainLocal => "plain_local",
            Self::Plain => "plain",
        }
    }
}
