//! The checks: one registry, one file or folder for each section of the record.
//!
//! A family of checks is a [`Family`]: what it is called, where it stands in the record, which line of
//! the checklist it helps to prove, and how the configuration becomes units of work. Inside a unit an
//! asynchronous part observes production and a pure part judges what was seen.
//!
//! To add a family: write its file, add it to [`FAMILIES`], describe its keys in `config::raw`.

pub mod commit;
pub mod context;
pub mod database;
pub mod environment;
pub mod hosts;
pub mod http;
pub mod migrations;
pub mod plan_input;
pub mod schema;
pub mod smoke;
pub mod sql;
pub mod unit;
pub mod warm_up;

use crate::model::{ChecklistItem, Section};
use plan_input::PlanInput;
use unit::Unit;

/// Every family there is, in the order of the record.
pub const FAMILIES: &[Family] = &[
    commit::tag::TAG,
    commit::source::FAMILY,
    commit::tag::RANGE,
    migrations::FOLDER,
    migrations::HISTORY,
    migrations::APPLIED,
    migrations::CHECKSUMS,
    migrations::KNOWN,
    migrations::MARKED,
    migrations::CONTAINERS,
    schema::DECLARED,
    schema::RELEASE,
    schema::DRIFT,
    sql::check::FAMILY,
    smoke::pages::FAMILY,
    smoke::sessions::FAMILY,
    smoke::access::FAMILY,
    smoke::workflows::FAMILY,
    environment::CONTAINERS,
    environment::VARIABLES,
    environment::DISKS,
    environment::CLOCKS,
    environment::COMMANDS,
];

/// A family of checks.
pub struct Family {
    /// What is the same for all its checks.
    pub meta: FamilyMeta,
    /// Its units of work for a configuration; none when it asks for none.
    pub plan: fn(&PlanInput, &FamilyMeta) -> Vec<Unit>,
}

/// What is the same for all checks of a family.
#[derive(Debug, Clone, Copy)]
pub struct FamilyMeta {
    /// Its name, with which its checks' ids begin.
    pub name: &'static str,
    /// Where its checks stand in the record.
    pub section: Section,
    /// The line of the checklist that they help to prove.
    pub proves: Option<ChecklistItem>,
    /// What they verify, in a line.
    pub about: &'static str,
}

#[cfg(test)]
mod tests {
    use super::FAMILIES;

    #[test]
    fn families_have_unique_names_that_begin_with_their_section() {
        let mut names: Vec<_> = FAMILIES.iter().map(|family| family.meta.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for family in FAMILIES {
            let section = family.meta.section.slug();
            assert!(family.meta.name.starts_with(&format!("{section}.")), "{}", family.meta.name);
            assert!(!family.meta.about.is_empty());
        }
    }

    #[test]
    fn families_stand_in_the_order_of_the_record() {
        let sections: Vec<_> = FAMILIES.iter().map(|family| family.meta.section).collect();
        assert!(sections.is_sorted(), "{sections:?}");
    }
}
