//! What the configuration file can say of workflows.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw::{Expect, Waive};
use super::types::{
    CaptureFrom, JsonText, NonEmpty, Ordered, Plain, Show, Sql, StatusSet, Template, Test, Wait,
};

/// What users do, step by step.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Workflow {
    /// Its name, part of its checks' ids.
    pub name: Plain,
    /// The role of its steps. Default: `anonymous`.
    #[deserr(default, rename = "as")]
    #[schemars(rename = "as")]
    pub role: Option<Plain>,
    /// The steps, in order. When one does not pass, those after it are skipped.
    pub steps: NonEmpty<Step>,
    /// Steps that undo what the others did. They always run.
    #[deserr(default)]
    pub finally: Option<NonEmpty<Step>>,
    /// Whether it blocks. Default: true.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}

/// A step: one of `get`, `head`, `post`, `put`, `patch`, `delete` with a path, or `sql` with a statement.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Step {
    /// A name for the record and the id. Default: its place and method, such as `2-get`.
    #[deserr(default)]
    pub name: Option<Plain>,
    /// The role that asks. Default: the workflow's.
    #[deserr(default, rename = "as")]
    #[schemars(rename = "as")]
    pub role: Option<Plain>,
    /// GET this path.
    #[deserr(default)]
    pub get: Option<Template>,
    /// HEAD this path.
    #[deserr(default)]
    pub head: Option<Template>,
    /// POST to this path.
    #[deserr(default)]
    pub post: Option<Template>,
    /// PUT to this path.
    #[deserr(default)]
    pub put: Option<Template>,
    /// PATCH this path.
    #[deserr(default)]
    pub patch: Option<Template>,
    /// DELETE this path.
    #[deserr(default)]
    pub delete: Option<Template>,
    /// One SQL statement, in which `:name` stands for a captured value or one of `params`. It reads, unless
    /// `write: true` is said in `finally`.
    #[deserr(default)]
    pub sql: Option<Sql>,
    /// Values for the SQL beside the captured ones.
    #[deserr(default)]
    pub params: Option<Ordered<Template>>,
    /// Whether the SQL writes; in `finally` only.
    #[deserr(default)]
    pub write: Option<bool>,
    /// How many rows it changes: with any other number it is rolled back.
    #[deserr(default)]
    pub rows: Option<u64>,
    /// Headers to send.
    #[deserr(default)]
    pub headers: Option<Ordered<Template>>,
    /// A JSON body to send.
    #[deserr(default)]
    pub json: Option<JsonText>,
    /// A form to send.
    #[deserr(default)]
    pub form: Option<Ordered<Template>>,
    /// What is expected: a status, or more. Default: `2xx`. SQL that reads needs it.
    #[deserr(default)]
    pub expect: Option<Expect>,
    /// Names and where in the answer their values are; later steps write `{{ name }}`.
    #[deserr(default)]
    pub capture: Option<Ordered<CaptureFrom>>,
    /// Poll up to this long until the expectation holds; every mismatch is "not yet".
    #[deserr(default)]
    pub within: Option<Wait>,
    /// How long to wait between polls. Default: `2s`.
    #[deserr(default)]
    pub every: Option<Wait>,
    /// What ends the polling as failed at once.
    #[deserr(default)]
    pub fail_on: Option<FailOn>,
    /// What the record may show of the answer.
    #[deserr(default)]
    pub show: Option<NonEmpty<Show>>,
}

/// What ends polling as failed at once. Any part that holds ends it.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct FailOn {
    /// These statuses.
    #[deserr(default)]
    pub status: Option<StatusSet>,
    /// JSONPaths and what each selects.
    #[deserr(default)]
    pub json: Option<Ordered<Test>>,
    /// Columns of SQL and what each holds in any row.
    #[deserr(default)]
    pub values: Option<Ordered<Test>>,
}
