//! Section 3: its families of checks, and what their comparisons are about.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantArray};

/// The families of section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum MigrationsFamily {
    /// The deployed commit has migrations that Prisma can apply to PostgreSQL.
    #[strum(serialize = "migrations.folder")]
    Folder,
    /// The database has a history where Prisma looks for it.
    #[strum(serialize = "migrations.history")]
    History,
    /// No migration of the deployed commit is pending, failed or rolled back.
    #[strum(serialize = "migrations.applied")]
    Applied,
    /// No migration was edited after it had been applied.
    #[strum(serialize = "migrations.checksums")]
    Checksums,
    /// The deployed commit has every migration that is applied.
    #[strum(serialize = "migrations.known")]
    Known,
    /// No migration was only marked as applied, without being run; a warning.
    #[strum(serialize = "migrations.marked")]
    Marked,
    /// The application's container holds the deployed commit's migrations.
    #[strum(serialize = "migrations.containers")]
    Containers,
}

/// What a comparison of section 3 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum MigrationsSubject {
    /// The provider that the migrations' lock file names.
    LockProvider,
    /// How many migrations of the deployed commit have a file that can be applied.
    MigrationFiles,
    /// The file of a migration of the deployed commit, by name.
    MigrationFile(String),
    HistorySchema,
    HistoryRows,
    /// How many migrations of the deployed commit are applied.
    Migrations,
    /// A migration that was begun and not finished, by name.
    FailedMigration(String),
    /// A migration of the deployed commit that was never applied, by name.
    PendingMigration(String),
    /// A migration that was rolled back and not applied again, by name.
    RolledBackMigration(String),
    /// How many applied migrations were edited afterwards.
    EditedMigrations,
    /// An applied migration: the checksum of its file, and the one in the history.
    EditedMigration(String),
    /// How many applied migrations the deployed commit does not have.
    UnknownMigrations,
    /// An applied migration that the deployed commit does not have, by name.
    UnknownMigration(String),
    /// How many migrations were marked as applied and never run.
    MarkedMigrations,
    /// A migration that was marked as applied and never run, by name.
    MarkedMigration(String),
    /// How many of the deployed commit's migrations a container holds.
    ContainerMigrations,
    ContainerMigration(String),
}

impl MigrationsSubject {
    pub(in crate::model) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::MigrationFile(name)
            | Self::FailedMigration(name)
            | Self::PendingMigration(name)
            | Self::RolledBackMigration(name)
            | Self::EditedMigration(name)
            | Self::UnknownMigration(name)
            | Self::MarkedMigration(name)
            | Self::ContainerMigration(name) => Some(name),
            Self::LockProvider
            | Self::MigrationFiles
            | Self::HistorySchema
            | Self::HistoryRows
            | Self::Migrations
            | Self::EditedMigrations
            | Self::UnknownMigrations
            | Self::MarkedMigrations
            | Self::ContainerMigrations => None,
        }
    }
}
