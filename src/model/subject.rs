//! What comparisons are about, section by section.

use serde::{Deserialize, Serialize};
use strum::EnumIter;

/// What a comparison is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// The deployed commit.
    Commit(CommitSubject),
    /// The migrations.
    Migrations(MigrationsSubject),
    /// The schema.
    Schema(SchemaSubject),
    /// Rows that a query selected or a statement changed, in sections 4 and 5.
    Sql(SqlSubject),
    /// An answer over HTTP, or what it proves of a role.
    Smoke(SmokeSubject),
    /// A container or its host.
    Environment(EnvironmentSubject),
}

impl Subject {
    /// The name in it that comes from outside.
    pub(crate) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Commit(what) => what.name_mut(),
            Self::Migrations(what) => what.name_mut(),
            Self::Schema(what) => what.name_mut(),
            Self::Sql(what) => what.name_mut(),
            Self::Smoke(what) => what.name_mut(),
            Self::Environment(what) => what.name_mut(),
        }
    }
}

/// What a comparison of section 1 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum CommitSubject {
    /// The commit that a source shows, by the source's name.
    Commit(String),
    /// Whether the tag and a commit given beside it agree.
    Tag,
    /// Files changed and not committed in a work tree; the actual value is their number.
    WorkTree,
}

impl CommitSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Commit(name) => Some(name),
            Self::Tag | Self::WorkTree => None,
        }
    }
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
    /// The schema that the migrations' history is in.
    HistorySchema,
    /// How many rows the migrations' history has.
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
    /// A migration of a container, by name: its checksum.
    ContainerMigration(String),
}

impl MigrationsSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
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

/// What a comparison of section 4 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SchemaSubject {
    /// The schema itself, by name.
    Schema(String),
    /// An object, by its kind and name, for example `column assessments.ssn`.
    SchemaObject(String),
    /// How many of the objects that the release adds, changes or removes production has so.
    ReleaseObjects,
    /// In how many objects production differs from what the migrations make.
    Drift,
}

impl SchemaSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Schema(name) | Self::SchemaObject(name) => Some(name),
            Self::ReleaseObjects | Self::Drift => None,
        }
    }
}

/// What a comparison of SQL is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SqlSubject {
    /// How many rows a query selected.
    Rows,
    /// The names of a query's columns.
    Columns,
    /// A column of a query, by name: what it holds in every row.
    Column(String),
    /// What the only column of a query's only row holds.
    Value,
    /// How many rows a statement changed.
    ChangedRows,
}

impl SqlSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Column(name) => Some(name),
            Self::Rows | Self::Columns | Self::Value | Self::ChangedRows => None,
        }
    }
}

/// What a comparison of an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SmokeSubject {
    /// The HTTP status.
    Status,
    /// A header of the answer, by name.
    Header(String),
    /// The body's text.
    Body,
    /// What a JSONPath selects in the body.
    Json(String),
    /// From the request to the last byte.
    ResponseTime,
    /// Where the answer redirects to.
    Redirect,
    /// Days until the TLS certificate ends.
    CertificateDays,
    /// Who a session belongs to: what a JSONPath selects in the answer to "who am I".
    Identity(String),
    /// What a login was refused with: the actual value is the service's own word, such as `CredentialsSignin`.
    Login,
    /// Whether a role may use an endpoint.
    Access,
}

impl SmokeSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Header(name) | Self::Json(name) | Self::Identity(name) => Some(name),
            Self::Status
            | Self::Body
            | Self::ResponseTime
            | Self::Redirect
            | Self::CertificateDays
            | Self::Login
            | Self::Access => None,
        }
    }
}

/// What a comparison of section 7 is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum EnvironmentSubject {
    /// Whether a container runs: its state.
    Container,
    /// What a container's own health check says.
    Health,
    /// How often a container was restarted.
    Restarts,
    /// The digest of a container's image.
    Image,
    /// A variable of a container, by name.
    Variable(String),
    /// How full the file system of a path is, in per cent.
    Disk(String),
    /// How far a host's clock is from this machine's, in milliseconds.
    ClockSkew,
    /// A command's exit status.
    ExitStatus,
    /// What a command printed.
    Output,
}

impl EnvironmentSubject {
    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Variable(name) | Self::Disk(name) => Some(name),
            Self::Container
            | Self::Health
            | Self::Restarts
            | Self::Image
            | Self::ClockSkew
            | Self::ExitStatus
            | Self::Output => None,
        }
    }
}
