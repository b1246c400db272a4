//! The URL of a database, as Prisma and libpq write it, read here: neither of the two, nor the client library,
//! takes what the others take, and each of them echoes a URL that it cannot read.
//!
//! A password may hold any character as it is, `@ # % = + / : ?` and spaces, where only one reading of the URL
//! makes sense; percent-encoded ones are decoded.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::split::{UrlError, decode, host_and_port, pairs, split};
use crate::redact::Secret;

/// The port of a URL that names none.
const PORT: u16 = 5432;
/// Parameters that stand for what else stands before the `?`, or that libpq has no variable for.
const GIVEN: &[&str] =
    &["host", "hostaddr", "port", "user", "dbname", "connect_timeout", "channel_binding", "sslnegotiation"];

/// The parts of a database's URL, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The server's host or socket.
    pub place: Endpoint,
    pub port: u16,
    /// An address to connect to in place of the host, whose name is still the one that TLS is for.
    pub hostaddr: Option<IpAddr>,
    pub user: String,
    pub password: Option<Secret>,
    /// The same as it stands before the `@`, percent-encoded or not.
    pub written: Option<Secret>,
    pub database: String,
    /// `schema=`, where it is given.
    pub schema: Option<String>,
    pub mode: SslMode,
    /// Authorities that may have issued the server's certificate.
    pub roots: Roots,
    /// How long connecting may take.
    pub connect_timeout: Option<Duration>,
    /// Whether SCRAM must be bound to the TLS channel.
    pub channel_binding: bool,
    /// Whether TLS begins at once, without PostgreSQL's own question.
    pub direct_tls: bool,
    /// Parameters of the connection that stand behind the `?`, as libpq knows them.
    pub given: Vec<(String, String)>,
    /// Parameters that have no meaning here, by name.
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    Host(String),
    Socket(PathBuf),
}

/// How a connection is encrypted, as libpq means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Encrypted where the server can.
    Prefer,
    /// Always; whose certificate it is does not matter.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// The same, for the host's name.
    VerifyFull,
}

/// The authorities that a certificate may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    System,
    File(PathBuf),
}

fn error(message: impl Into<String>) -> UrlError {
    UrlError::new(message)
}

impl SslMode {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            // What node's client calls it.
            "require" | "no-verify" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    /// The word for it in libpq's `sslmode=`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Read a URL. The error never repeats a part of it.
pub fn parse(url: &str) -> Result<Address, UrlError> {
    let pieces = split(url)?;
    let mut address = Address {
        place: Endpoint::Host("localhost".to_owned()),
        port: PORT,
        hostaddr: None,
        user: decode(pieces.user),
        password: pieces.password.map(|text| Secret::new(decode(text))),
        written: pieces.password.map(Secret::new),
        database: decode(pieces.database),
        schema: None,
        mode: SslMode::Prefer,
        roots: Roots::System,
        connect_timeout: None,
        channel_binding: false,
        direct_tls: false,
        given: Vec::new(),
        ignored: Vec::new(),
    };
    address.host(pieces.hosts)?;
    let mut strict = None;
    for (key, value) in pairs(pieces.query) {
        address.parameter(&key, value, &mut strict)?;
    }
    address.finish(pieces.query, strict)?;
    Ok(address)
}

impl Address {
    /// The host and the port, as they stand between user and database.
    fn host(&mut self, text: &str) -> Result<(), UrlError> {
        if text.contains(',') {
            return Err(error("it names several hosts; name the one that is to be verified"));
        }
        let (name, port) = host_and_port(text).ok_or_else(|| error("its host or its port cannot be read"))?;
        if let Some(port) = port {
            self.port = port;
        }
        if !name.is_empty() {
            self.place = place(&decode(name));
        }
        Ok(())
    }

    fn parameter(&mut self, key: &str, value: String, strict: &mut Option<bool>) -> Result<(), UrlError> {
        let bad = |known: &str| error(format!("{key}= must be {known}"));
        if GIVEN.contains(&key) {
            self.given.push((key.to_owned(), value.clone()));
        }
        match key {
            "host" => self.place = place(&value),
            "hostaddr" => self.hostaddr = Some(value.parse().map_err(|_| bad("an IP address"))?),
            "port" => self.port = value.parse().map_err(|_| bad("a number"))?,
            "user" => self.user = value,
            "password" => {
                self.password = Some(Secret::new(value));
                self.written = None;
            }
            "dbname" => self.database = value,
            "schema" => self.schema = Some(value),
            "sslmode" => {
                self.mode = SslMode::of(&value).ok_or_else(|| {
                    bad("one of disable, allow, prefer, require, verify-ca and verify-full")
                })?;
            }
            "sslaccept" => {
                *strict = Some(match value.as_str() {
                    "strict" => true,
                    "accept_invalid_certs" => false,
                    _ => return Err(bad("strict or accept_invalid_certs")),
                });
            }
            "sslrootcert" if value == "system" => {
                self.roots = Roots::System;
                *strict = Some(true);
            }
            "sslrootcert" => self.roots = Roots::File(value.into()),
            "connect_timeout" => {
                let seconds: u64 = value.parse().map_err(|_| bad("a number of seconds"))?;
                self.connect_timeout = Some(Duration::from_secs(seconds)).filter(|wait| !wait.is_zero());
            }
            "channel_binding" => self.channel_binding = value == "require",
            "sslnegotiation" => self.direct_tls = value == "direct",
            // There never are named prepared statements here.
            "pgbouncer" | "sslcert" => {}
            other => {
                if !self.ignored.iter().any(|known| known == other) {
                    self.ignored.push(other.to_owned());
                }
            }
        }
        Ok(())
    }

    /// What follows from several parameters.
    fn finish(&mut self, query: &str, strict: Option<bool>) -> Result<(), UrlError> {
        if let Some((_, file)) = pairs(query).find(|(key, _)| key == "sslcert") {
            // Prisma's is the server's, libpq's is the client's and comes with a key.
            if self.ignored.iter().any(|key| key == "sslkey") || self.roots != Roots::System {
                self.ignored.push("sslcert".to_owned());
            } else {
                self.roots = Roots::File(file.into());
            }
        }
        if strict == Some(true) {
            self.mode = SslMode::VerifyFull;
        }
        // As in libpq: who names an authority means it.
        if self.mode == SslMode::Require && self.roots != Roots::System && strict != Some(false) {
            self.mode = SslMode::VerifyCa;
        }
        if self.direct_tls && !self.mode.needs_tls() {
            return Err(error("sslnegotiation=direct needs sslmode=require or stricter"));
        }
        if self.user.is_empty() {
            return Err(error("it names no user"));
        }
        if self.database.is_empty() {
            self.database.clone_from(&self.user);
        }
        if self.password.as_ref().map(Secret::expose).is_some_and(str::is_empty) {
            self.password = None;
        }
        let texts = [&self.user, &self.database, self.schema.as_ref().unwrap_or(&self.user)];
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(error("it holds a NUL character"));
        }
        Ok(())
    }

    /// What the server's certificate must be for.
    pub fn name(&self) -> &str {
        match &self.place {
            Endpoint::Host(name) => name,
            Endpoint::Socket(_) => "localhost",
        }
    }
}

impl SslMode {
    /// Whether there is no connection without TLS.
    pub(crate) fn needs_tls(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }
}

fn place(host: &str) -> Endpoint {
    if host.starts_with('/') { Endpoint::Socket(host.into()) } else { Endpoint::Host(host.to_owned()) }
}
