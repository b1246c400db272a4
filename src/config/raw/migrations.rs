//! What the configuration file can say of section 3: the migrations.

use macro_rules_attribute::apply;

use crate::config::types::{MigrationTool, NonEmpty, OneOrMany, Plain};

/// Section 3: the migrations of the deployed commit, and what the database's history says of them.
#[apply(raw_check)]
pub struct RawMigrations {
    /// The tool that applies them: `prisma`.
    pub tool: MigrationTool,
    /// The migrations folder, from the root of the repository. Default: `prisma/migrations`.
    pub dir: Option<Plain>,
    /// Migrations that are known not to be as they were applied, each pinned to what it is now.
    pub accept: Option<NonEmpty<RawAcceptedMigration>>,
    /// The folder in the application's container, which must hold what the deployed commit's folder holds. One, or
    /// a list.
    pub container: Option<OneOrMany<RawMigrationsAt>>,
}

/// A migration whose file was changed after it was applied, or that was marked as applied without being run, and
/// that is known to be right as it is now.
#[apply(raw)]
pub struct RawAcceptedMigration {
    /// Its folder's name.
    pub name: Plain,
    /// The SHA-256 of its `migration.sql` as it is now, as `sha256sum` prints it. A later change is found again.
    pub checksum: Plain,
    /// Why that is right.
    pub reason: Plain,
}

/// A migrations folder in a container.
#[apply(raw)]
pub struct RawMigrationsAt {
    /// The host, by its name under `hosts`.
    pub host: Plain,
    /// The container. It need not be running.
    pub container: Plain,
    /// The folder in it, as a whole path such as `/app/prisma/migrations`.
    pub dir: Plain,
}
