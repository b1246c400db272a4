//! The checks: one registry, one file or folder for each section of the record.
//!
//! A family of checks is a [`Family`] of the model, which says what it is called and where it stands. Here each has a
//! `Planner`, which turns the configuration into units of work. Inside a unit an asynchronous part observes
//! production and a pure part judges what was seen.

pub mod captures;
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

use crate::model::{CommitFamily, Family, SchemaFamily, SmokeFamily};
use plan_input::PlanInput;
use unit::Unit;

/// What turns the configuration into the units of work of one family, or of all that one question answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planner {
    Tag,
    Sources,
    Range,
    Migrations,
    Schema,
    Sql,
    Pages,
    Sessions,
    Access,
    Workflows,
    Environment,
}

impl Planner {
    fn of(family: Family) -> Self {
        match family {
            Family::Commit(CommitFamily::Tag) => Self::Tag,
            Family::Commit(CommitFamily::Sources) => Self::Sources,
            Family::Commit(CommitFamily::Range) => Self::Range,
            Family::Migrations(_) => Self::Migrations,
            Family::Schema(SchemaFamily::Declared | SchemaFamily::Release | SchemaFamily::Drift) => {
                Self::Schema
            }
            Family::Schema(SchemaFamily::Sql) => Self::Sql,
            Family::Smoke(SmokeFamily::Pages) => Self::Pages,
            Family::Smoke(SmokeFamily::Sessions) => Self::Sessions,
            Family::Smoke(SmokeFamily::Access) => Self::Access,
            Family::Smoke(SmokeFamily::Workflows) => Self::Workflows,
            Family::Environment(_) => Self::Environment,
        }
    }

    fn plan(self, input: &PlanInput) -> Vec<Unit> {
        match self {
            Self::Tag => commit::tag::plan_tag(input),
            Self::Sources => commit::source::plan(input),
            Self::Range => commit::tag::plan_range(input),
            Self::Migrations => migrations::plan(input),
            Self::Schema => schema::plan(input),
            Self::Sql => sql::check::plan(input),
            Self::Pages => smoke::pages::plan(input),
            Self::Sessions => smoke::sessions::plan(input),
            Self::Access => smoke::access::plan(input),
            Self::Workflows => smoke::workflows::plan(input),
            Self::Environment => environment::plan(input),
        }
    }
}

/// The units of work of every family, in the order of the record.
pub fn units(input: &PlanInput) -> Vec<Unit> {
    let mut planners: Vec<Planner> = Family::all().map(Planner::of).collect();
    planners.dedup();
    planners.into_iter().flat_map(|planner| planner.plan(input)).collect()
}
