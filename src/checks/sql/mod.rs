//! SQL as evidence: what a query selects, what a statement changes. Shared by section 4 and by steps of workflows.
//!
//! Values are bound, never pasted; the database is only read unless a statement was declared to write. Of the
//! cells only what is judged, or asked for by `show:`, goes into the evidence.

pub(crate) mod check;
mod commands;
pub(crate) mod judge;
pub(crate) mod query;
mod rows;
pub(crate) mod statement;
pub(crate) mod write;

use super::context::Context;
use super::database::Production;
use crate::model::{Cause, CauseCode};

pub(crate) fn production(cx: &Context) -> Result<&Production, Cause> {
    // The configuration was validated: SQL without a database is our own mistake.
    cx.database.as_ref().ok_or_else(|| Cause::new(CauseCode::Internal, "there is no database"))
}
