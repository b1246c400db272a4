//! The URL of a database, as Prisma and libpq write it, read here: neither of the two, nor the client library,
//! takes what the others take, and each of them echoes a URL that it cannot read.
//!
//! A password may hold any character as it is, `@ # % = + / : ?` and spaces, where only one reading of the URL
//! makes sense; percent-encoded ones are decoded.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::redact::Secret;

/// PostgreSQL's port.
const PORT: u16 = 5432;
/// Parameters that are known and mean nothing to a client that reads.
const IGNORED: &[&str] = &[
    "application_name",
    "client_encoding",
    "connection_limit",
    "fallback_application_name",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_connection_lifetime",
    "max_idle_connection_lifetime",
    "options",
    "passfile",
    "pool_timeout",
    "replication",
    "requiressl",
    "service",
    "single_use_connections",
    "socket_timeout",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslidentity",
    "sslkey",
    "sslpassword",
    "sslsni",
    "statement_cache_size",
    "target_session_attrs",
    "tcp_user_timeout",
];
/// Parameters that have a meaning.
const KNOWN: &[&str] = &[
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "password",
    "pgbouncer",
    "port",
    "schema",
    "sslaccept",
    "sslcert",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "user",
];

/// What a URL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where the server is.
    pub place: Place,
    /// Its port.
    pub port: u16,
    /// An address to connect to in place of the host, whose name is still the one that TLS is for.
    pub hostaddr: Option<IpAddr>,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Option<Secret>,
    /// The password as it stands in the URL, where that is not the same.
    pub password_as_written: Option<Secret>,
    /// The database.
    pub database: String,
    /// `schema=`, where it is given.
    pub schema: Option<String>,
    /// How the connection is encrypted.
    pub mode: SslMode,
    /// Authorities that may have issued the server's certificate.
    pub roots: Roots,
    /// How long connecting may take.
    pub connect_timeout: Option<Duration>,
    /// Whether SCRAM must be bound to the TLS channel.
    pub channel_binding: bool,
    /// Whether TLS begins at once, without PostgreSQL's own question.
    pub direct_tls: bool,
    /// Parameters that have no meaning here, by name.
    pub ignored: Vec<String>,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A host, by name or address.
    Host(String),
    /// A folder with its socket.
    Socket(PathBuf),
}

/// How a connection is encrypted, as libpq means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server can.
    Prefer,
    /// Always; whose certificate it is does not matter.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// The same, for the host's name.
    VerifyFull,
}

/// Where authorities come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// The system's.
    System,
    /// A file.
    File(PathBuf),
}

/// Why a URL cannot be read. It never holds a part of it but names of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(String);

fn error(message: impl Into<String>) -> UrlError {
    UrlError(message.into())
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

    /// libpq's word for it.
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

/// The pieces of a URL, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pieces<'a> {
    user: &'a str,
    password: Option<&'a str>,
    hosts: &'a str,
    database: &'a str,
    query: &'a str,
    /// What follows a `#`: nothing that a database knows.
    fragment: &'a str,
}

/// Read a URL.
pub fn parse(url: &str) -> Result<Address, UrlError> {
    let pieces = split(url)?;
    let mut address = Address {
        place: Place::Host("localhost".to_owned()),
        port: PORT,
        hostaddr: None,
        user: decode(pieces.user),
        password: pieces.password.map(|text| Secret::new(decode(text))),
        password_as_written: pieces.password.map(Secret::new),
        database: decode(pieces.database),
        schema: None,
        mode: SslMode::Prefer,
        roots: Roots::System,
        connect_timeout: None,
        channel_binding: false,
        direct_tls: false,
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
        match key {
            "host" => self.place = place(&value),
            "hostaddr" => self.hostaddr = Some(value.parse().map_err(|_| bad("an IP address"))?),
            "port" => self.port = value.parse().map_err(|_| bad("a number"))?,
            "user" => self.user = value,
            "password" => self.password = Some(Secret::new(value)),
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
        let (decoded, written) = (self.password.as_ref(), self.password_as_written.as_ref());
        if decoded.map(Secret::expose).is_some_and(str::is_empty) {
            self.password = None;
        } else if decoded == written {
            self.password_as_written = None;
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
            Place::Host(name) => name,
            Place::Socket(_) => "localhost",
        }
    }
}

impl SslMode {
    /// Whether there is no connection without TLS.
    pub fn needs_tls(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }
}

fn place(host: &str) -> Place {
    if host.starts_with('/') { Place::Socket(host.into()) } else { Place::Host(host.to_owned()) }
}

/// Percent-encoded characters decoded; a `%` that begins none stays, and so does `+`.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    })
}

/// Find the pieces. Every `@` may be the one before the host: first as a standard reader takes it, and where
/// that makes no sense, each other one that makes sense; they must not be several.
fn split(url: &str) -> Result<Pieces<'_>, UrlError> {
    let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let Some(rest) = rest else {
        let known = url.split_once("://").map(|(scheme, _)| scheme);
        return Err(error(match known {
            Some("prisma" | "prisma+postgres") => {
                "it is the address of a proxy of Prisma's, not of a database; use the direct one"
            }
            _ => "it must begin with postgresql://",
        }));
    };
    let standard = standard(rest);
    if let Some(pieces) = standard.filter(|pieces| pieces.make_sense()) {
        return Ok(pieces);
    }
    let all: Vec<_> = rest.match_indices('@').filter_map(|(at, _)| pieces(rest, at)).collect();
    let sensible: Vec<_> = all.iter().filter(|pieces| pieces.make_sense()).copied().collect();
    let candidates = if sensible.is_empty() { &all } else { &sensible };
    match (candidates.as_slice(), standard) {
        ([one], _) => Ok(*one),
        ([], Some(pieces)) if !rest.contains('@') => Ok(pieces),
        ([], _) => Err(error(
            "it cannot be read as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; special characters of the password may have to be percent-encoded",
        )),
        _ => Err(error(
            "it can be read in more than one way; percent-encode the special characters of the password (@ is %40, / is %2F, : is %3A, ? is %3F, # is %23)",
        )),
    }
}

/// As a standard reader takes it: up to the first `/`, `?` or `#` stand user and host.
fn standard(rest: &str) -> Option<Pieces<'_>> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => pieces(rest, at),
        None => behind("", None, rest),
    }
}

/// The pieces where this `@` stands before the host.
fn pieces(rest: &str, at: usize) -> Option<Pieces<'_>> {
    let (before, after) = (&rest[..at], &rest[at + 1..]);
    let (user, password) = match before.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (before, None),
    };
    behind(user, password, after)
}

fn behind<'a>(user: &'a str, password: Option<&'a str>, after: &'a str) -> Option<Pieces<'a>> {
    let (after, fragment) = after.split_once('#').unwrap_or((after, ""));
    let (before, query) = after.split_once('?').unwrap_or((after, ""));
    let (hosts, database) = before.split_once('/').unwrap_or((before, ""));
    let pieces = Pieces { user, password, hosts, database, query, fragment };
    hosts.split(',').all(|host| host_and_port(host).is_some()).then_some(pieces)
}

/// A host and a port, where the text can be that.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = if let Some(inner) = text.strip_prefix('[') {
        let (name, port) = inner.split_once(']')?;
        name.parse::<std::net::Ipv6Addr>().ok()?;
        (name, port.strip_prefix(':').or_else(|| port.is_empty().then_some(""))?)
    } else {
        let (name, port) = text.split_once(':').unwrap_or((text, ""));
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '%');
        if !name.chars().all(fits) {
            return None;
        }
        (name, port)
    };
    if port.is_empty() {
        return Some((name, None));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    port.parse().ok().filter(|port| *port != 0).map(|port| (name, Some(port)))
}

impl Pieces<'_> {
    /// Whether nothing in it looks like the rest of a password: a database whose name holds what separates the
    /// pieces, or parameters that nobody knows.
    fn make_sense(&self) -> bool {
        let known = |key: &str| KNOWN.contains(&key) || IGNORED.contains(&key);
        self.fragment.is_empty()
            && !self.user.contains(['@', '/', '?', '#'])
            && !self.database.contains(['@', '/', ':', '#', '?'])
            && pairs(self.query).all(|(key, _)| known(&key))
    }
}
