//! What the configuration file can say of section 3: the migrations.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw::Waive;
use super::types::{NonEmpty, OneOrMany, Plain};

/// Section 3: the migrations of the deployed commit, and what the database's history says of them.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Migrations {
    /// The tool that applies them: `prisma`.
    pub tool: MigrationTool,
    /// The migrations folder, from the root of the repository. Default: `prisma/migrations`.
    #[deserr(default)]
    pub dir: Option<Plain>,
    /// Migrations that are known not to be as they were applied, each pinned to what it is now.
    #[deserr(default)]
    pub accept: Option<NonEmpty<AcceptedMigration>>,
    /// The folder in the application's container, which must hold what the deployed commit's folder holds. One, or
    /// a list.
    #[deserr(default)]
    pub container: Option<OneOrMany<MigrationsAt>>,
    /// Whether it blocks. Default: true.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}

impl Migrations {
    /// Where Prisma keeps them unless it is told otherwise.
    pub const DIR: &'static str = "prisma/migrations";

    /// The migrations folder, from the root of the repository.
    pub fn dir(&self) -> &str {
        self.dir.as_ref().map_or(Self::DIR, |dir| dir.as_str().trim_end_matches('/'))
    }

    /// The folders in containers.
    pub fn containers(&self) -> &[MigrationsAt] {
        self.container.as_deref().unwrap_or_default()
    }

    /// The migrations that are accepted as they are.
    pub fn accepted(&self) -> &[AcceptedMigration] {
        self.accept.as_deref().unwrap_or_default()
    }
}

/// The tool that applies migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(rename_all = lowercase, error = Problems)]
#[schemars(rename_all = "lowercase")]
pub enum MigrationTool {
    /// Prisma Migrate.
    Prisma,
}

/// A migration whose file was changed after it was applied, or that was marked as applied without being run, and
/// that is known to be right as it is now.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct AcceptedMigration {
    /// Its folder's name.
    pub name: Plain,
    /// The SHA-256 of its `migration.sql` as it is now, as `sha256sum` prints it. A later change is found again.
    pub checksum: Plain,
    /// Why that is right.
    pub reason: Plain,
}

/// A migrations folder in a container.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct MigrationsAt {
    /// The host, by its name under `hosts`.
    pub host: Plain,
    /// The container. It need not be running.
    pub container: Plain,
    /// The folder in it, as a whole path such as `/app/prisma/migrations`.
    pub dir: Plain,
}
