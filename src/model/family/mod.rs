//! The families of checks: what each is called, where it stands in the record, what it helps to prove.

mod commit;
mod environment;
mod migrations;
mod schema;
mod smoke;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

pub use self::commit::{CommitFamily, CommitSubject};
pub use self::environment::{EnvironmentFamily, EnvironmentSubject};
pub use self::migrations::{MigrationsFamily, MigrationsSubject};
pub use self::schema::{SchemaFamily, SchemaSubject};
pub use self::smoke::{SmokeFamily, SmokeSubject};
use super::{ChecklistItem, Section};

/// A family of checks, in the order of the record. Its name begins the ids of its checks and stands in
/// `report.json`, for example `smoke.pages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "Cow<'_, str>")]
pub enum Family {
    Commit(CommitFamily),
    Migrations(MigrationsFamily),
    Schema(SchemaFamily),
    Smoke(SmokeFamily),
    /// Section 7: what runs on the hosts, and how it is set up.
    Environment(EnvironmentFamily),
}

impl Family {
    /// Every family, in the order of the record.
    pub fn all() -> impl Iterator<Item = Self> {
        let commit = CommitFamily::VARIANTS.iter().copied().map(Self::Commit);
        let migrations = MigrationsFamily::VARIANTS.iter().copied().map(Self::Migrations);
        let schema = SchemaFamily::VARIANTS.iter().copied().map(Self::Schema);
        let smoke = SmokeFamily::VARIANTS.iter().copied().map(Self::Smoke);
        let environment = EnvironmentFamily::VARIANTS.iter().copied().map(Self::Environment);
        commit.chain(migrations).chain(schema).chain(smoke).chain(environment)
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
            Self::Commit(family) => family.proves(),
            Self::Migrations(_) => Some(ChecklistItem::Migrations),
            Self::Schema(_) => Some(ChecklistItem::Schema),
            Self::Smoke(family) => family.proves(),
            Self::Environment(family) => family.proves(),
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
        assert_eq!(names.len(), Family::all().count());
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
    }
}
