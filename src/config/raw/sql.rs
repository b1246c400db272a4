//! What the configuration file can say of queries.

use macro_rules_attribute::apply;

use crate::config::types::{NonEmpty, Ordered, Plain, RowsShow, Sql, Template, Test, Wait};

/// A query whose rows are judged. It only reads.
#[apply(raw_check)]
pub struct RawSqlCheck {
    /// A name for the record and the id.
    pub name: Plain,
    /// One statement, in which `:name` stands for one of `params`.
    pub query: Sql,
    /// Values that are bound.
    pub params: Option<Ordered<Template>>,
    /// What is expected of its rows.
    pub expect: RowsExpected,
    /// What the record may show: `rows`.
    pub show: Option<NonEmpty<RowsShow>>,
    /// Poll up to this long until the expectation holds.
    pub within: Option<Wait>,
    /// How long to wait between polls. Default: `2s`.
    pub every: Option<Wait>,
}

/// What is expected of rows. Every part must hold.
#[apply(raw)]
#[derive(Default)]
pub struct RowsExpected {
    /// How many there are: a number, or a test such as `{ min: 1 }`.
    pub rows: Option<Test>,
    /// The names of the columns, all of them and in their order.
    pub columns: Option<NonEmpty<Plain>>,
    /// Columns by name and what each holds, in every row; there must be a row.
    pub values: Option<Ordered<Test>>,
    /// What the only column of the only row holds.
    pub value: Option<Test>,
}

impl RowsExpected {
    /// Whether nothing is expected at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_none() && self.columns.is_none() && self.values.is_none() && self.value.is_none()
    }
}
