//! What the configuration file can say of workflows.

use macro_rules_attribute::apply;

use super::answers::RawExpect;
use crate::config::types::{
    CaptureFrom, JsonText, NonEmpty, Ordered, Plain, Show, Sql, StatusSet, Template, Test, Wait,
};

/// What users do, step by step.
#[apply(raw_check)]
pub struct RawWorkflow {
    /// Its name, part of its checks' ids.
    pub name: Plain,
    /// The role of its steps. Default: `anonymous`.
    #[deserr(rename = "as")]
    #[schemars(rename = "as")]
    pub role: Option<Plain>,
    /// The steps, in order. When one does not pass, those after it are skipped.
    pub steps: NonEmpty<RawStep>,
    /// Steps that undo what the others did. They always run.
    pub finally: Option<NonEmpty<RawStep>>,
}

/// A step: one of `get`, `head`, `post`, `put`, `patch`, `delete` with a path, or `sql` with a statement.
#[apply(raw)]
pub struct RawStep {
    /// A name for the record and the id. Default: its place and method, such as `2-get`.
    pub name: Option<Plain>,
    /// The role that asks. Default: the workflow's.
    #[deserr(rename = "as")]
    #[schemars(rename = "as")]
    pub role: Option<Plain>,
    /// GET this path.
    pub get: Option<Template>,
    /// HEAD this path.
    pub head: Option<Template>,
    /// POST to this path.
    pub post: Option<Template>,
    /// PUT to this path.
    pub put: Option<Template>,
    /// PATCH this path.
    pub patch: Option<Template>,
    /// DELETE this path.
    pub delete: Option<Template>,
    /// One SQL statement, in which `:name` stands for a captured value or one of `params`. It reads, unless
    /// `write: true` is said in `finally`.
    pub sql: Option<Sql>,
    /// Values for the SQL beside the captured ones.
    pub params: Option<Ordered<Template>>,
    /// Whether the SQL writes; in `finally` only.
    pub write: Option<bool>,
    /// How many rows it changes: with any other number it is rolled back.
    pub rows: Option<u64>,
    /// Headers to send.
    pub headers: Option<Ordered<Template>>,
    /// A JSON body to send.
    pub json: Option<JsonText>,
    /// A form to send.
    pub form: Option<Ordered<Template>>,
    /// What is expected: a status, or more. Default: `2xx`. SQL that reads needs it.
    pub expect: Option<RawExpect>,
    /// Names and where in the answer their values are; later steps write `{{ name }}`.
    pub capture: Option<Ordered<CaptureFrom>>,
    /// Poll up to this long until the expectation holds; every mismatch is "not yet".
    pub within: Option<Wait>,
    /// How long to wait between polls. Default: `2s`.
    pub every: Option<Wait>,
    /// What ends the polling as failed at once.
    pub fail_on: Option<RawFailOn>,
    /// What the record may show of the answer.
    pub show: Option<NonEmpty<Show>>,
}

/// What ends polling as failed at once. Any part that holds ends it.
#[apply(raw)]
pub struct RawFailOn {
    /// These statuses.
    pub status: Option<StatusSet>,
    /// JSONPaths and what each selects.
    pub json: Option<Ordered<Test>>,
    /// Columns of SQL and what each holds in any row.
    pub values: Option<Ordered<Test>>,
}
