//! The families of checks: what each is called, where it stands in the record, what it helps to prove.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use super::{ChecklistItem, Section};

/// A family of checks, in the order of the record. Its name begins the ids of its checks and stands in
/// `report.json`, for example `smoke.pages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "Cow<'_, str>")]
pub enum Family {
    /// Section 1.
    Commit(CommitFamily),
    /// Section 3.
    Migrations(MigrationsFamily),
    /// Section 4.
    Schema(SchemaFamily),
    /// Section 5.
    Smoke(SmokeFamily),
    /// Section 7.
    Environment(EnvironmentFamily),
}

/// The families of section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum CommitFamily {
    /// The tag exists and names a commit; annotated tags are peeled.
    #[strum(serialize = "commit.tag")]
    Tag,
    /// Each place that shows production's commit shows the release's.
    #[strum(serialize = "commit.sources")]
    Sources,
    /// Which commits the release brings since the previous deployment, or takes back.
    #[strum(serialize = "commit.range")]
    Range,
}

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

/// The families of section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum SchemaFamily {
    /// Tables, columns, indexes, foreign keys and enums are there as declared.
    #[strum(serialize = "schema.declared")]
    Declared,
    /// Production has what this release's migrations change.
    #[strum(serialize = "schema.release")]
    Release,
    /// Production has the schema that all migrations make.
    #[strum(serialize = "schema.drift")]
    Drift,
    /// Each query selects the rows that are expected.
    #[strum(serialize = "schema.sql")]
    Sql,
}

/// The families of section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum SmokeFamily {
    /// Each page answers as expected, by default with status 200 and without a redirect.
    #[strum(serialize = "smoke.pages")]
    Pages,
    /// Each role can log in, proved by asking the service who it is.
    #[strum(serialize = "smoke.sessions")]
    Sessions,
    /// Each role gets what the matrix says at each endpoint, and a denial is the application's own.
    #[strum(serialize = "smoke.access")]
    Access,
    /// What users do works step by step, and is undone afterwards.
    #[strum(serialize = "smoke.workflows")]
    Workflows,
}

/// The families of section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum EnvironmentFamily {
    /// Each container runs and is healthy, with the image and as few restarts as expected.
    #[strum(serialize = "environment.containers")]
    Containers,
    /// Each variable of a container is as declared.
    #[strum(serialize = "environment.variables")]
    Variables,
    /// No file system is fuller than it may be.
    #[strum(serialize = "environment.disks")]
    Disks,
    /// The host's clock agrees with this machine's.
    #[strum(serialize = "environment.clocks")]
    Clocks,
    /// Each command ends and prints as expected.
    #[strum(serialize = "environment.commands")]
    Commands,
}

impl Family {
    /// How many there are.
    pub const COUNT: usize = CommitFamily::VARIANTS.len()
        + MigrationsFamily::VARIANTS.len()
        + SchemaFamily::VARIANTS.len()
        + SmokeFamily::VARIANTS.len()
        + EnvironmentFamily::VARIANTS.len();

    /// Every family, in the order of the record.
    pub fn all() -> impl Iterator<Item = Self> {
        let commit = CommitFamily::VARIANTS.iter().copied().map(Self::Commit);
        let migrations = MigrationsFamily::VARIANTS.iter().copied().map(Self::Migrations);
        let schema = SchemaFamily::VARIANTS.iter().copied().map(Self::Schema);
        let smoke = SmokeFamily::VARIANTS.iter().copied().map(Self::Smoke);
        let environment = EnvironmentFamily::VARIANTS.iter().copied().map(Self::Environment);
        commit.chain(migrations).chain(schema).chain(smoke).chain(environment)
    }

    /// Its place among all families, from 0, in the order of the record.
    pub const fn index(self) -> usize {
        const MIGRATIONS: usize = CommitFamily::VARIANTS.len();
        const SCHEMA: usize = MIGRATIONS + MigrationsFamily::VARIANTS.len();
        const SMOKE: usize = SCHEMA + SchemaFamily::VARIANTS.len();
        const ENVIRONMENT: usize = SMOKE + SmokeFamily::VARIANTS.len();
        match self {
            Self::Commit(family) => family as usize,
            Self::Migrations(family) => MIGRATIONS + family as usize,
            Self::Schema(family) => SCHEMA + family as usize,
            Self::Smoke(family) => SMOKE + family as usize,
            Self::Environment(family) => ENVIRONMENT + family as usize,
        }
    }

    /// Its name, with which the ids of its checks begin, for example `smoke.pages`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit(family) => family.into(),
            Self::Migrations(family) => family.into(),
            Self::Schema(family) => family.into(),
            Self::Smoke(family) => family.into(),
            Self::Environment(family) => family.into(),
        }
    }

    /// Where its checks stand in the record.
    pub fn section(self) -> Section {
        match self {
            Self::Commit(_) => Section::Commit,
            Self::Migrations(_) => Section::Migrations,
            Self::Schema(_) => Section::Schema,
            Self::Smoke(_) => Section::Smoke,
            Self::Environment(_) => Section::Environment,
        }
    }

    /// The line of the checklist that its checks help to prove.
    pub fn proves(self) -> Option<ChecklistItem> {
        match self {
            Self::Commit(CommitFamily::Sources) => Some(ChecklistItem::Commit),
            Self::Migrations(_) => Some(ChecklistItem::Migrations),
            Self::Schema(_) => Some(ChecklistItem::Schema),
            Self::Smoke(SmokeFamily::Pages) => Some(ChecklistItem::Pages),
            Self::Smoke(SmokeFamily::Access) => Some(ChecklistItem::Access),
            Self::Smoke(SmokeFamily::Workflows) => Some(ChecklistItem::Workflow),
            Self::Environment(EnvironmentFamily::Containers) => Some(ChecklistItem::Container),
            Self::Commit(CommitFamily::Tag | CommitFamily::Range)
            | Self::Smoke(SmokeFamily::Sessions)
            | Self::Environment(
                EnvironmentFamily::Variables
                | EnvironmentFamily::Disks
                | EnvironmentFamily::Clocks
                | EnvironmentFamily::Commands,
            ) => None,
        }
    }
}

impl From<Family> for &'static str {
    fn from(family: Family) -> Self {
        family.name()
    }
}

impl TryFrom<Cow<'_, str>> for Family {
    type Error = String;

    fn try_from(name: Cow<'_, str>) -> Result<Self, String> {
        Self::all()
            .find(|family| family.name() == name)
            .ok_or_else(|| format!("`{name}` is no family of checks that this version knows"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_begin_with_their_section() {
        let names: HashSet<_> = Family::all().map(Family::name).collect();
        assert_eq!(names.len(), Family::COUNT);
        for family in Family::all() {
            let section = family.section().slug();
            assert!(
                family.name().strip_prefix(section).is_some_and(|rest| rest.starts_with('.')),
                "{family:?}"
            );
            assert_eq!(Family::try_from(Cow::from(family.name())), Ok(family));
        }
    }

    #[test]
    fn families_stand_in_the_order_of_the_record() {
        let sections: Vec<_> = Family::all().map(Family::section).collect();
        assert!(sections.is_sorted(), "{sections:?}");
        assert!(Family::all().map(Family::index).eq(0..Family::COUNT));
    }
}
