//! The pieces of a database's URL. Its password may hold what separates them: then there must be one reading that
//! makes sense.

use percent_encoding::percent_decode_str;

/// Why a URL cannot be read. It never holds a part of it but names of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(String);

impl UrlError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

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

/// The pieces of a URL, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pieces<'a> {
    pub(super) user: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) hosts: &'a str,
    pub(super) database: &'a str,
    pub(super) query: &'a str,
    /// What follows a `#`: nothing that a database knows.
    fragment: &'a str,
}

/// Percent-encoded characters decoded; a `%` that begins none stays, and so does `+`.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    })
}

/// Find the pieces. Every `@` may be the one before the host: first as a standard reader takes it, and where
/// that makes no sense, each other one that makes sense; they must not be several.
pub(super) fn split(url: &str) -> Result<Pieces<'_>, UrlError> {
    let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let Some(rest) = rest else {
        let known = url.split_once("://").map(|(scheme, _)| scheme);
        return Err(UrlError::new(match known {
            Some("prisma" | "prisma+postgres") => {
                "it is the address of a proxy of Prisma's, not of a database; use the direct one"
            }
            _ => "it must begin with postgresql://",
        }));
    };
    let standard = standard(rest);
    if let Some(pieces) = standard.filter(Pieces::make_sense) {
        return Ok(pieces);
    }
    let all: Vec<_> = rest.match_indices('@').filter_map(|(at, _)| pieces(rest, at)).collect();
    let sensible: Vec<_> = all.iter().filter(|pieces| pieces.make_sense()).copied().collect();
    let candidates = if sensible.is_empty() { &all } else { &sensible };
    match (candidates.as_slice(), standard) {
        ([one], _) => Ok(*one),
        ([], Some(pieces)) if !rest.contains('@') => Ok(pieces),
        ([], _) => Err(UrlError::new(
            "it cannot be read as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; special characters of the password may have to be percent-encoded",
        )),
        _ => Err(UrlError::new(
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

pub(super) fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
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
