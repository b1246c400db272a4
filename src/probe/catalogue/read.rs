//! Reads a catalogue: all questions at once, in one transaction of the caller's.

use std::fmt::Write as _;

use futures_util::future::{BoxFuture, try_join_all};
use sha2::{Digest as _, Sha256};

use super::object::{Catalogue, Definition, ObjectKind, ObjectName};
use super::queries::{PATH, QUERIES};
use crate::model::{Cause, CauseCode};
use crate::probe::postgres::Reading;

/// The table that Prisma keeps its history in. It belongs to the tool, not to the schema.
pub const HISTORY: &str = "_prisma_migrations";
/// How many hex digits of a definition's digest are kept.
const DIGITS: usize = 16;

/// Rows, every cell as text.
pub type TextRows = Vec<Vec<Option<String>>>;

/// Somebody who can be asked, within one transaction.
pub trait Ask: Sync {
    /// The rows that a question gives, with `schema` as its `$1`.
    fn rows<'a>(&'a self, sql: &'a str, schema: &'a str) -> BoxFuture<'a, Result<TextRows, Cause>>;
}

impl Ask for Reading {
    fn rows<'a>(&'a self, sql: &'a str, schema: &'a str) -> BoxFuture<'a, Result<TextRows, Cause>> {
        Box::pin(async move { Ok(self.rows(sql, &[schema]).await?.rows) })
    }
}

/// The catalogue of a schema. The transaction's search path is that schema afterwards.
pub async fn read(ask: &dyn Ask, schema: &str) -> Result<Catalogue, Cause> {
    let head = ask.rows(PATH, schema).await?;
    let exists = head.first().and_then(|row| row.get(1)).is_some_and(|count| count.as_deref() != Some("0"));
    let mut questions = Vec::new();
    for sql in QUERIES {
        questions.push(ask.rows(sql, schema));
    }
    let answers = try_join_all(questions).await?;
    let mut catalogue = Catalogue { exists, ..Catalogue::default() };
    for row in answers.into_iter().flatten() {
        let (name, object) = object(row)?;
        let history = (name.kind == ObjectKind::Table && name.name == HISTORY)
            || object.of.as_deref().is_some_and(|of| of == HISTORY);
        if !history {
            catalogue.objects.insert(name, object);
        }
    }
    Ok(catalogue)
}

fn object(row: Vec<Option<String>>) -> Result<(ObjectName, Definition), Cause> {
    let strange =
        |row: &str| Cause::new(CauseCode::Internal, format!("a strange row of the catalogue: {row}"));
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    let (word, table, name, of) = (next().unwrap_or_default(), next(), next(), next());
    let kind = ObjectKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| strange(&word))?;
    let name = name.ok_or_else(|| strange(&word))?;
    let mut fields: Vec<_> = cells.take(kind.fields().len()).collect();
    fields.resize(kind.fields().len(), None);
    if kind == ObjectKind::Function
        && let Some(definition) = fields.last_mut()
    {
        *definition = definition.take().map(|text| digest(&text));
    }
    Ok((ObjectName { kind, table, name }, Definition { of, fields }))
}

/// A digest of a function's definition. Its lines' ends are those of the file that it came from, which git may
/// change on its way.
fn digest(definition: &str) -> String {
    let digest = Sha256::digest(definition.replace("\r\n", "\n"));
    let mut hex = String::new();
    for byte in &digest[..DIGITS / 2] {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_lines_do_not_make_another_function() {
        assert_eq!(digest("a\r\nb"), digest("a\nb"));
        assert_ne!(digest("a\nb"), digest("a b"));
        assert_eq!(digest("").len(), DIGITS);
    }

    #[test]
    fn a_row_has_the_fields_of_its_kind() {
        let some = |text: &str| Some(text.to_owned());
        let (name, object) =
            object(vec![some("column"), some("t"), some("c"), some("t"), some("text")]).unwrap();
        assert_eq!(name, ObjectName::part(ObjectKind::Column, "t", "c"));
        assert_eq!(object.fields.len(), ObjectKind::Column.fields().len());
        assert!(super::object(vec![some("planet"), None, some("c"), None]).is_err());
    }
}
