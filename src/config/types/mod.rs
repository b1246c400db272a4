//! The values of the configuration that are more than a number or a truth value.
//!
//! Each is decoded from whatever the file holds into something that is valid by its type, and each
//! describes itself to the JSON Schema.

mod capture;
mod choices;
mod collections;
mod environment;
mod json;
mod publish;
mod scalars;
mod schema;
mod sql;
mod status;
mod test;
mod texts;

pub use crate::text::JsonText;
pub use capture::{CaptureFrom, CaptureSource, Show};
pub use choices::{ContainerEngine, Language, MigrationTool, OutputShow, RowsShow, SeparationRule, Waive};
pub(super) use choices::{METHODS, RESERVED};
pub use collections::{NonEmpty, OneOrMany, Ordered};
pub(super) use collections::{is_nothing, wrong_kind};
pub use environment::{Percent, Variable};
pub use publish::{Login, Records};
pub use scalars::{Day, Rate, Size, Version, Wait};
pub use schema::{Binaries, ColumnType, Declared, SchemaPattern};
pub use sql::Sql;
pub use status::{Cell, StatusSet};
pub use test::{Length, Matcher, Test};
pub use texts::{JsonPath, Pattern, Plain, Template};

use deserr::{IntoValue, Value, ValuePointerRef};

use super::interpolate::is_name;
use super::problem::{Problems, not_a};
use super::words::NOTHING;
use crate::text::{LITERAL_BRACE, SECRET_START};

/// The text of a value that is a text at all, with its marks.
fn raw_text<V: IntoValue>(
    expected: &str,
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<String, Problems> {
    match value {
        Value::String(text) if text != NOTHING => Ok(text),
        Value::Boolean(_) | Value::Integer(_) | Value::NegativeInteger(_) | Value::Float(_) => {
            let mut problems = not_a(expected, &value, location);
            for problem in &mut problems.0 {
                problem.help = Some("put it in quotes to make it a text".to_owned());
            }
            Err(problems)
        }
        other => Err(not_a(expected, &other, location)),
    }
}

/// The text of a value that may hold neither a secret nor a captured value.
fn plain_text<V: IntoValue>(
    expected: &str,
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<String, Problems> {
    let text = raw_text(expected, value, location)?;
    unmark(&text).map_err(|(message, help)| Problems::here_with_help(location, message, help))
}

/// A text without holes, or why it has one.
fn unmark(text: &str) -> Result<String, (&'static str, &'static str)> {
    if text.contains(SECRET_START) {
        return Err((
            "a secret cannot be used here: this text is shown in the record",
            "if it is not secret, pass it as a variable and write ${env:NAME}",
        ));
    }
    if has_capture(text) {
        return Err((
            "a captured value (`{{ name }}`) cannot be used here",
            "captured values can be used in the paths, headers and bodies of a workflow's steps",
        ));
    }
    Ok(text.replace(LITERAL_BRACE, "{"))
}

/// Whether a well-formed `{{ name }}` is in it. A lone `{{` is ordinary text here: looking for one
/// in a page is a way to find a template that was not filled.
fn has_capture(text: &str) -> bool {
    let mut pieces = text.split("{{").skip(1);
    pieces.any(|after| after.split_once("}}").is_some_and(|(name, _)| is_name(name.trim())))
}

/// A pattern for the JSON Schema that also lets a text through in which something is filled in.
fn or_hole(pattern: &str) -> String {
    format!("^(?:{pattern})$|\\$\\{{")
}
