//! What the configuration file can say of the database.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw_schema::Scratch;
use super::types::{Plain, Template, Wait};

/// Production's database: where it is and how to get there.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct DatabaseAt {
    /// Its URL, as Prisma or libpq writes it: `${secret:DATABASE_URL}`. The user needs to read only.
    pub url: Template,
    /// The URL that `finally` steps with `write: true` use, for a user who may delete. Default: `url`.
    #[deserr(default)]
    pub write_url: Option<Template>,
    /// The host that leads to it. Without it: directly.
    #[deserr(default)]
    pub via: Option<Via>,
    /// The certificates of authorities that may have issued the server's, as PEM. Default: the URL's
    /// `sslrootcert`, else the system's.
    #[deserr(default)]
    pub ca: Option<Plain>,
    /// A file with them.
    #[deserr(default)]
    pub ca_file: Option<Plain>,
    /// The server in which migrations are replayed. Default: production's image where Docker runs it here, else
    /// PostgreSQL's own programs of the same major version.
    #[deserr(default)]
    pub scratch: Option<Scratch>,
    /// The longest that a statement may take. Default: `limits.check`.
    #[deserr(default)]
    pub statement_timeout: Option<Wait>,
    /// The longest that a statement may wait for a lock. Default: `5s`.
    #[deserr(default)]
    pub lock_timeout: Option<Wait>,
}

/// A host that leads to the database.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Via {
    /// The host, by its name under `hosts`.
    pub ssh: Plain,
    /// The container that the database runs in: its address is looked up, the URL's port is used. Without
    /// it: the URL's host and port, as the host sees them.
    #[deserr(default)]
    pub container: Option<Plain>,
}
