//! What the configuration file can say of an answer: of a page's, and of a step's or its rows.

use macro_rules_attribute::apply;

use super::sql::RowsExpected;
use crate::config::types::{NonEmpty, OneOrMany, Ordered, Pattern, Plain, StatusSet, Template, Test, Wait};

/// Declare a struct that has, after fields of its own, the assertions that can be made on an answer.
macro_rules! with_assertions {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        raw! {
        $(#[$meta])*
        #[derive(Default)]
        pub struct $name {
            $($own)*
            /// The status: `200`, `2xx`, or a list of these. Default: `200` for a page, else `2xx`.
            pub status: Option<StatusSet>,
            /// Text that the body contains.
            pub contains: Option<OneOrMany<Plain>>,
            /// Text that the body does not contain.
            pub not_contains: Option<OneOrMany<Plain>>,
            /// Regular expressions that match in the body.
            pub matches: Option<OneOrMany<Pattern>>,
            /// JSONPaths and what each selects.
            pub json: Option<Ordered<Test>>,
            /// Headers and what each holds.
            pub headers: Option<Ordered<Test>>,
            /// The longest that the answer may take, for example `2s`.
            pub max_time: Option<Wait>,
            /// Where the answer redirects to, a path or a URL.
            pub redirect: Option<Template>,
            /// Follow redirects, ten at most, and judge the last answer. Default: false.
            pub follow: Option<bool>,
            /// How many days the TLS certificate must still be valid.
            pub certificate_days: Option<u32>,
        }}

        impl $name {
            /// Its assertions alone.
            #[must_use]
            pub fn assertions(&self) -> crate::config::raw::answers::RawAssertions {
                crate::config::raw::answers::RawAssertions {
                    status: self.status.clone(),
                    contains: self.contains.clone(),
                    not_contains: self.not_contains.clone(),
                    matches: self.matches.clone(),
                    json: self.json.clone(),
                    headers: self.headers.clone(),
                    max_time: self.max_time,
                    redirect: self.redirect.clone(),
                    follow: self.follow,
                    certificate_days: self.certificate_days,
                }
            }
        }
    };
}

/// What is expected of an answer.
#[apply(with_assertions)]
pub struct RawAssertions {}

/// What a step expects, of an answer or of rows.
#[apply(with_assertions)]
pub struct RawExpectBody {
    /// How many rows SQL selects: a number, or a test such as `{ min: 1 }`.
    pub rows: Option<Test>,
    /// The names of the columns, all of them and in their order.
    pub columns: Option<NonEmpty<Plain>>,
    /// Columns by name and what each holds, in every row; there must be a row.
    pub values: Option<Ordered<Test>>,
    /// What the only column of the only row holds.
    pub value: Option<Test>,
}

impl RawExpectBody {
    /// What is expected of rows.
    #[must_use]
    pub fn of_rows(&self) -> RowsExpected {
        RowsExpected {
            rows: self.rows.clone(),
            columns: self.columns.clone(),
            values: self.values.clone(),
            value: self.value.clone(),
        }
    }
}

/// What a step expects: a bare status or [`ExpectBody`].
#[derive(Debug, Clone)]
pub struct RawExpect(pub RawExpectBody);
