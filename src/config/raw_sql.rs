//! What the configuration file can say of queries.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw::Waive;
use super::types::{NonEmpty, Ordered, Plain, RowsShow, Sql, Template, Test, Wait};

/// A query whose rows are judged. It only reads.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct SqlCheck {
    /// A name for the record and the id.
    pub name: Plain,
    /// One statement, in which `:name` stands for one of `params`.
    pub query: Sql,
    /// Values that are bound.
    #[deserr(default)]
    pub params: Option<Ordered<Template>>,
    /// What is expected of its rows.
    pub expect: RowsExpected,
    /// What the record may show: `rows`.
    #[deserr(default)]
    pub show: Option<NonEmpty<RowsShow>>,
    /// Poll up to this long until the expectation holds.
    #[deserr(default)]
    pub within: Option<Wait>,
    /// How long to wait between polls. Default: `2s`.
    #[deserr(default)]
    pub every: Option<Wait>,
    /// Whether it blocks. Default: true.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}

/// What is expected of rows. Every part must hold.
#[derive(Debug, Clone, Default, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct RowsExpected {
    /// How many there are: a number, or a test such as `{ min: 1 }`.
    #[deserr(default)]
    pub rows: Option<Test>,
    /// The names of the columns, all of them and in their order.
    #[deserr(default)]
    pub columns: Option<NonEmpty<Plain>>,
    /// Columns by name and what each holds, in every row; there must be a row.
    #[deserr(default)]
    pub values: Option<Ordered<Test>>,
    /// What the only column of the only row holds.
    #[deserr(default)]
    pub value: Option<Test>,
}

impl RowsExpected {
    /// Whether nothing is expected at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_none() && self.columns.is_none() && self.values.is_none() && self.value.is_none()
    }
}
