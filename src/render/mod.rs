//! The outputs, each a pure function of the report: the record, JUnit, the job summary, JSON, the
//! console's lines. No verdict is made here and no clock is read: the same report gives the same bytes.

mod clean;
pub mod console;
pub mod json;
pub mod junit;
mod md;
mod messages;
pub mod plain;
pub mod pull_request;
pub mod record;
pub mod seal;
pub mod summary;
pub mod validation;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod hostile;

use crate::model::Report;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

/// An output could not be put together. Reports do not cause this; a broken build of prod-gate would.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template of the {0} failed")]
    Template(&'static str, #[source] minijinja::Error),
    /// XML could not be written.
    #[error("the JUnit file could not be written")]
    Junit(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// JSON could not be written or read.
    #[error("report.json could not be written or read")]
    Json(#[source] serde_json::Error),
    /// The report is of a version that this build does not know.
    #[error("report.json has schema version {found}, this build reads {known}")]
    Version { found: u64, known: u32 },
}

/// The four files of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub record: String,
    /// `junit.xml`.
    pub junit: String,
    /// `summary.md`.
    pub summary: String,
    /// `report.json`.
    pub json: String,
}

/// All four, each scrubbed once more as rendered; the record before it is hashed.
pub fn all(report: &Report, scrub: &dyn Fn(&str) -> String) -> Result<Rendered, RenderError> {
    Ok(Rendered {
        record: record::record_with(report, scrub)?,
        junit: scrub(&junit::junit(report)?),
        summary: scrub(&summary::summary(report)?),
        json: scrub(&json::json(report)?),
    })
}

/// Fill a template. Unknown names are errors, so that a template cannot lose a value in silence.
fn fill(name: &'static str, source: &str, view: impl serde::Serialize) -> Result<String, RenderError> {
    let failed = |error| RenderError::Template(name, error);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(failed)?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.render_str(source, Serde(view)).map_err(failed)
}
