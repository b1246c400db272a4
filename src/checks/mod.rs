//! The checks: one registry, one file or folder for each section of the record.
//!
//! A family of checks is a [`Family`] of the model, which says what it is called and where it stands. Here each has a
//! [`Planner`], which turns the configuration into units of work. Inside a unit an asynchronous part observes
//! production and a pure part judges what was seen.

pub mod captures;
pub mod commit;
pub mod context;
pub mod database;
pub mod environment;
pub mod exchange;
pub mod expect;
pub mod hosts;
pub mod migrations;
pub mod plan_input;
pub mod replay;
pub mod schema;
pub mod smoke;
pub mod sql;
pub mod unit;
pub mod warm_up;

use crate::model::{CommitFamily, EnvironmentFamily, Family, MigrationsFamily, SchemaFamily, SmokeFamily};
use plan_input::PlanInput;
use unit::Unit;

/// Turns the configuration into the units of work of one family, or of several that one question answers.
pub struct Planner {
    /// The families of its checks.
    pub answers: &'static [Family],
    /// The units of work; none when the configuration asks for none.
    pub plan: fn(&PlanInput) -> Vec<Unit>,
}

/// Every planner, in the order of the record.
pub const PLANNERS: [Planner; 11] = [
    Planner { answers: &[Family::Commit(CommitFamily::Tag)], plan: commit::tag::plan_tag },
    Planner { answers: &[Family::Commit(CommitFamily::Sources)], plan: commit::source::plan },
    Planner { answers: &[Family::Commit(CommitFamily::Range)], plan: commit::tag::plan_range },
    Planner {
        answers: &[
            Family::Migrations(MigrationsFamily::Folder),
            Family::Migrations(MigrationsFamily::History),
            Family::Migrations(MigrationsFamily::Applied),
            Family::Migrations(MigrationsFamily::Checksums),
            Family::Migrations(MigrationsFamily::Known),
            Family::Migrations(MigrationsFamily::Marked),
            Family::Migrations(MigrationsFamily::Containers),
        ],
        plan: migrations::plan,
    },
    Planner {
        answers: &[
            Family::Schema(SchemaFamily::Declared),
            Family::Schema(SchemaFamily::Release),
            Family::Schema(SchemaFamily::Drift),
        ],
        plan: schema::plan,
    },
    Planner { answers: &[Family::Schema(SchemaFamily::Sql)], plan: sql::check::plan },
    Planner { answers: &[Family::Smoke(SmokeFamily::Pages)], plan: smoke::pages::plan },
    Planner { answers: &[Family::Smoke(SmokeFamily::Sessions)], plan: smoke::sessions::plan },
    Planner { answers: &[Family::Smoke(SmokeFamily::Access)], plan: smoke::access::plan },
    Planner { answers: &[Family::Smoke(SmokeFamily::Workflows)], plan: smoke::workflows::plan },
    Planner {
        answers: &[
            Family::Environment(EnvironmentFamily::Containers),
            Family::Environment(EnvironmentFamily::Variables),
            Family::Environment(EnvironmentFamily::Disks),
            Family::Environment(EnvironmentFamily::Clocks),
            Family::Environment(EnvironmentFamily::Commands),
        ],
        plan: environment::plan,
    },
];

// Each family has exactly one planner, or this does not compile.
const _: () = {
    let mut planners = [0_u8; Family::COUNT];
    let mut at = 0;
    while at < PLANNERS.len() {
        let mut answer = 0;
        while answer < PLANNERS[at].answers.len() {
            planners[PLANNERS[at].answers[answer].index()] += 1;
            answer += 1;
        }
        at += 1;
    }
    let mut family = 0;
    while family < planners.len() {
        assert!(planners[family] == 1, "each family of checks must have exactly one planner in PLANNERS");
        family += 1;
    }
};
