//! What the configuration file can say of the database.

use macro_rules_attribute::apply;

use super::schema::RawScratch;
use crate::config::types::{Plain, Template, Wait};

/// Production's database: where it is and how to get there.
#[apply(raw)]
pub struct RawDatabaseAt {
    /// Its URL, as Prisma or libpq writes it: `${secret:DATABASE_URL}`. The user needs to read only.
    pub url: Template,
    /// The URL that `finally` steps with `write: true` use, for a user who may delete. Default: `url`.
    pub write_url: Option<Template>,
    /// The host that leads to it. Without it: directly.
    pub via: Option<RawVia>,
    /// The certificates of authorities that may have issued the server's, as PEM. Default: the URL's
    /// `sslrootcert`, else the system's.
    pub ca: Option<Plain>,
    /// A file with them.
    pub ca_file: Option<Plain>,
    /// The server in which migrations are replayed. Default: production's image where Docker runs it here, else
    /// PostgreSQL's own programs of the same major version.
    pub scratch: Option<RawScratch>,
    /// The longest that a statement may take. Default: `limits.check`.
    pub statement_timeout: Option<Wait>,
    /// The longest that a statement may wait for a lock. Default: `5s`.
    pub lock_timeout: Option<Wait>,
}

/// A host that leads to the database.
#[apply(raw)]
pub struct RawVia {
    /// The host, by its name under `hosts`.
    pub ssh: Plain,
    /// The container that the database runs in: its address is looked up, the URL's port is used. Without
    /// it: the URL's host and port, as the host sees them.
    pub container: Option<Plain>,
}
