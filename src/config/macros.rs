//! What the file's values have in common, as attributes: `#[apply(raw)]` before a struct.

/// A mapping of known keys. A key with an `Option` may be absent.
macro_rules! raw {
    ($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        raw! { @ [$(#[$meta])* pub struct $name] [] $($fields)* }
    };
    (@ $head:tt [$($done:tt)*] $(#[$meta:meta])* pub $key:ident: Option<$value:ty>, $($rest:tt)*) => {
        raw! { @ $head [$($done)* $(#[$meta])* #[deserr(default)] pub $key: Option<$value>,] $($rest)* }
    };
    (@ $head:tt [$($done:tt)*] $(#[$meta:meta])* pub $key:ident: $value:ty, $($rest:tt)*) => {
        raw! { @ $head [$($done)* $(#[$meta])* pub $key: $value,] $($rest)* }
    };
    (@ [$($head:tt)*] [$($fields:tt)*]) => {
        #[derive(Debug, Clone, deserr::Deserr, schemars::JsonSchema)]
        #[deserr(deny_unknown_fields, error = crate::config::problem::Problems)]
        #[schemars(deny_unknown_fields)]
        $($head)* { $($fields)* }
    };
}

/// The same of a check, or of several.
macro_rules! raw_check {
    ($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        raw! {
            $(#[$meta])*
            pub struct $name {
                $($fields)*
                /// Whether it blocks. Default: true.
                pub required: Option<bool>,
                /// A known failure.
                pub waive: Option<crate::config::types::Waive>,
            }
        }
    };
}

/// One word of a few.
macro_rules! choice {
    ($($item:tt)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, deserr::Deserr, schemars::JsonSchema)]
        #[deserr(rename_all = lowercase, error = crate::config::problem::Problems)]
        #[schemars(rename_all = "lowercase")]
        $($item)*
    };
}

/// Decode a value: `decoded!(Type, |value, location| …)`, a result with [`Problems`](super::problem::Problems).
macro_rules! decoded {
    ($name:ident, |$value:ident, $location:ident| $decode:expr) => {
        impl deserr::Deserr<crate::config::problem::Problems> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                $value: deserr::Value<V>,
                $location: deserr::ValuePointerRef,
            ) -> Result<Self, crate::config::problem::Problems> {
                $decode
            }
        }
    };
}

/// Describe a type to the JSON Schema: `described!(Type, |generator| …)`.
macro_rules! described {
    ($name:ident, |$generator:pat_param| $schema:expr $(, $inline:ident)?) => {
        impl schemars::JsonSchema for $name {
            $(fn $inline() -> bool {
                true
            })?

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}

/// The same where the description stands at each place of use.
macro_rules! described_inline {
    ($name:ident, |$generator:pat_param| $schema:expr) => {
        described!($name, |$generator| $schema, inline_schema);
    };
}
