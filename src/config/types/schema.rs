//! Values of section 4: what a column must be, patterns of names, names that may say more.

use std::borrow::Cow;
use std::path::PathBuf;

use deserr::{Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use wildmatch::WildMatch;

use super::super::problem::{Problems, nearest, quote};
use super::collections::{is_nothing, wrong_kind};
use super::{Plain, plain_text};

/// What a column must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// Its type, as it was written; none where it only has to be there.
    pub data_type: Option<String>,
    /// Whether it takes NULL; none where that is not judged.
    pub nullable: Option<bool>,
}

impl ColumnType {
    /// Read `double precision`, `text not null`, `integer null` or `present`.
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let is =
            |word: Option<&&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        let mut nullable = None;
        if is(words.last(), "null") {
            words.pop();
            nullable = Some(!is(words.last(), "not"));
            if nullable == Some(false) {
                words.pop();
            }
        }
        let data_type =
            Some(words.join(" ")).filter(|data_type| !data_type.is_empty() && data_type != "present");
        Self { data_type, nullable }
    }
}

decoded!(ColumnType, |value, location| {
    let text = plain_text("a column's type", value, location)?;
    if text.trim().is_empty() {
        return Err(Problems::here_with_help(location, "the type is empty", "write `present` for any type"));
    }
    Ok(Self::parse(&text))
});

described!(ColumnType, |_| json_schema!({
    "type": "string",
    "minLength": 1,
    "description": "A type as SQL has it, perhaps with `not null` or `null` behind it; or `present`.",
    "examples": ["double precision", "timestamp(3) not null", "present"],
}));

/// What kinds of object a pattern can name.
const KINDS: [&str; 13] = [
    "extension",
    "enum",
    "type",
    "sequence",
    "table",
    "column",
    "constraint",
    "foreign key",
    "index",
    "view",
    "function",
    "trigger",
    "policy",
];

/// A pattern of objects: `legacy_*`, `assessments.tmp`, `extension pg_stat_statements`.
#[derive(Debug, Clone)]
pub struct SchemaPattern {
    text: String,
    kind: Option<String>,
    name: WildMatch,
}

impl SchemaPattern {
    /// Read it. The error is one line, with what may have been meant.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let text = text.trim();
        let (kind, name) = match text.rsplit_once(' ') {
            // A function's arguments have spaces between them.
            Some(_) if text.contains('(') => match text.strip_prefix("function ") {
                Some(name) => (Some("function".to_owned()), name),
                None => (None, text),
            },
            Some((kind, name)) => (Some(kind.trim().to_ascii_lowercase()), name),
            None => (None, text),
        };
        if let Some(kind) = &kind
            && !KINDS.contains(&kind.as_str())
        {
            let help = nearest(kind, KINDS).map_or_else(
                || format!("the kinds are {}", KINDS.join(", ")),
                |near| format!("did you mean `{near} {name}`?"),
            );
            return Err((format!("there is no kind {}", quote(kind)), help));
        }
        if name.chars().all(|c| matches!(c, '*' | '?' | '.')) && kind.is_none() {
            return Err((
                format!("{} would ignore everything", quote(text)),
                "name what is known".to_owned(),
            ));
        }
        Ok(Self { text: text.to_owned(), kind, name: WildMatch::new(name) })
    }

    /// Whether it names an object, or the table that the object is a part of.
    pub fn matches(&self, kind: &str, name: &str, table: Option<&str>) -> bool {
        let is = |wanted: &str| self.kind.as_deref().is_none_or(|kind| kind == wanted);
        (is(kind) && self.name.matches(name))
            || table.is_some_and(|table| (is("table") || is("view")) && self.name.matches(table))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

decoded!(SchemaPattern, |value, location| {
    let text = plain_text("a pattern of names", value, location)?;
    if text.trim().is_empty() {
        return Err(Problems::here(location, "the pattern is empty"));
    }
    Self::parse(&text).map_err(|(message, help)| Problems::here_with_help(location, message, help))
});

described!(SchemaPattern, |_| json_schema!({
    "type": "string",
    "minLength": 1,
    "description": "A name with `*` and `?`, perhaps with the object's kind before it.",
    "examples": ["legacy_*", "assessments.tmp", "extension pg_stat_statements"],
}));

/// A name, or a mapping that says more.
#[derive(Debug, Clone)]
pub enum Declared<T> {
    /// The name alone.
    Name(Plain),
    /// More.
    Body(T),
}

impl<T: Deserr<Problems>> Deserr<Problems> for Declared<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Problems> {
        match value {
            Value::String(_) if !is_nothing(&value) => {
                Plain::deserialize_from_value(value, location).map(Self::Name)
            }
            Value::Map(_) => T::deserialize_from_value(value, location).map(Self::Body),
            other => Err(wrong_kind(other, &[ValueKind::String, ValueKind::Map], location)),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Declared<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Declared_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<Plain>();
        let body = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [name, body] })
    }
}

/// Where PostgreSQL's programs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binaries {
    /// Wherever packages put them.
    Auto,
    /// In this folder.
    Folder(PathBuf),
}

decoded!(Binaries, |value, location| {
    match plain_text("`auto` or a folder", value, location)?.as_str() {
        "auto" => Ok(Self::Auto),
        folder if folder.starts_with('/') => Ok(Self::Folder(folder.into())),
        other => Err(Problems::here_with_help(
            location,
            format!("{} is neither `auto` nor a whole path", quote(other)),
            "for example `/usr/lib/postgresql/15/bin`",
        )),
    }
});

described!(Binaries, |_| json_schema!({
    "type": "string",
    "description": "`auto`, or the folder of PostgreSQL's programs.",
    "examples": ["auto", "/usr/lib/postgresql/15/bin"],
    "pattern": super::or_hole("auto|/.*"),
}));

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_columns_type_says_whether_it_takes_null() {
        for (text, data_type, nullable) in [
            ("double precision", Some("double precision"), None),
            ("text NOT  NULL", Some("text"), Some(false)),
            ("timestamp(3) null", Some("timestamp(3)"), Some(true)),
            ("present", None, None),
            ("present not null", None, Some(false)),
        ] {
            let read = ColumnType::parse(text);
            assert_eq!((read.data_type.as_deref(), read.nullable), (data_type, nullable), "{text}");
        }
    }

    #[test]
    fn a_pattern_names_objects_and_the_parts_of_tables() {
        let matches = |pattern: &str, kind: &str, name: &str, table: Option<&str>| {
            SchemaPattern::parse(pattern).unwrap().matches(kind, name, table)
        };
        assert!(matches("legacy_*", "table", "legacy_a", None));
        assert!(matches("legacy_*", "index", "legacy_a.i", Some("legacy_a")));
        assert!(matches("index *.tmp_*", "index", "t.tmp_1", Some("t")));
        assert!(!matches("index *.tmp_*", "column", "t.tmp_1", Some("t")));
        assert!(matches("table legacy_a", "column", "legacy_a.c", Some("legacy_a")));
        assert!(!matches("column legacy_a", "column", "legacy_a.c", Some("legacy_a")));
        assert!(matches("foreign key t.f", "foreign key", "t.f", Some("t")));
        assert!(matches("function f(integer, text)", "function", "f(integer, text)", None));
        assert!(!matches("legacy_*", "table", "users", None));
    }

    #[test]
    fn what_ignores_everything_is_refused() {
        for pattern in ["*", "*.*", "??", "tabel x", "planet earth"] {
            assert!(SchemaPattern::parse(pattern).is_err(), "{pattern}");
        }
        assert!(SchemaPattern::parse("extension *").is_ok());
    }
}
