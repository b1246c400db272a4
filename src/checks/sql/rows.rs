//! The judge of rows: pure comparisons of what was selected with what was expected.

use serde_json::Value;

use crate::checks::http::expect::expected;
use crate::config::{Matcher, Ordered, Plain, RowsExpected, Test};
use crate::model::{Cause, CauseCode, Comparison, Expected, SqlSubject, Subject, Table, TableOf};
use crate::probe::postgres::Rows;
use crate::redact::Redactor;

/// How many rows the record shows.
const MOST_ROWS: usize = 50;
/// The longest cell that it shows, in characters.
const LONGEST_CELL: usize = 1_000;

/// Whether the columns that are to be judged are there at all: without them nothing can be told.
pub(crate) fn has_columns(expect: &RowsExpected, rows: &Rows) -> Result<(), Cause> {
    let missing = expect.values.iter().flat_map(Ordered::keys).find(|name| place(rows, name).is_none());
    match missing {
        None => Ok(()),
        Some(name) => {
            let detail =
                format!("the query selects no column {name}; its columns are {}", rows.columns.join(", "));
            Err(Cause::new(CauseCode::Query, detail))
        }
    }
}

pub(crate) fn compare_all(expect: &RowsExpected, rows: &Rows) -> Vec<Comparison> {
    let mut judged = Vec::new();
    if let Some(test) = &expect.rows {
        let count = Some(rows.rows.len().to_string());
        judged.extend(compare(&Subject::Sql(SqlSubject::Rows), test, &[&count]));
    }
    if let Some(columns) = &expect.columns {
        let wanted: Vec<&str> = columns.iter().map(Plain::as_str).collect();
        judged.push(Comparison {
            subject: Subject::Sql(SqlSubject::Columns),
            expected: Expected::Equals(wanted.join(", ")),
            actual: rows.columns.join(", "),
            ok: wanted == rows.columns,
        });
    }
    for (name, test) in expect.values.iter().flatten() {
        judged.extend(compare(&Subject::Sql(SqlSubject::Column(name.clone())), test, &cells(rows, name)));
    }
    if let Some(test) = &expect.value {
        match (rows.columns.as_slice(), rows.rows.as_slice()) {
            ([_], [row]) => judged.extend(compare(
                &Subject::Sql(SqlSubject::Value),
                test,
                &row.iter().collect::<Vec<_>>(),
            )),
            (columns, rows) => judged.push(Comparison {
                subject: Subject::Sql(SqlSubject::Value),
                expected: test.matchers().first().map_or(Expected::Present, expected),
                actual: format!("{} × {}", rows.len(), columns.len()),
                ok: false,
            }),
        }
    }
    judged
}

pub(crate) fn any_row_holds(values: &Ordered<Test>, rows: &Rows) -> bool {
    rows.rows.iter().any(|row| {
        values.iter().all(|(name, test)| {
            let cell = place(rows, name).and_then(|place| row.get(place));
            cell.is_some_and(|cell| test.matchers().iter().all(|matcher| holds(matcher, cell.as_deref())))
        })
    })
}

/// The rows that `show:` asks for, as far as a record holds them.
pub(crate) fn table(rows: &Rows, redactor: &Redactor) -> Table {
    let cut = |cell: &Option<String>| {
        cell.as_ref().map(|text| match text.char_indices().nth(LONGEST_CELL) {
            // What stands before the end may be the half of a secret.
            Some((end, _)) => format!("{}…", redactor.scrub_cut(&text[..end])),
            None => text.clone(),
        })
    };
    Table {
        of: TableOf::Rows,
        head: rows.columns.clone(),
        rows: rows.rows.iter().take(MOST_ROWS).map(|row| row.iter().map(cut).collect()).collect(),
        left_out: rows.rows.len().saturating_sub(MOST_ROWS) as u64,
    }
}

fn place(rows: &Rows, column: &str) -> Option<usize> {
    rows.columns.iter().position(|name| name == column)
}

fn cells<'r>(rows: &'r Rows, column: &str) -> Vec<&'r Option<String>> {
    place(rows, column)
        .map(|place| rows.rows.iter().filter_map(|row| row.get(place)).collect())
        .unwrap_or_default()
}

/// One judged value for each part of a test, which must hold in every cell; there must be one. Shown is the first
/// that is not as expected.
fn compare(subject: &Subject, test: &Test, cells: &[&Option<String>]) -> Vec<Comparison> {
    let judge = |matcher: &Matcher| {
        let wrong = cells.iter().find(|cell| !holds(matcher, cell.as_deref()));
        let shown = wrong.or(cells.first());
        Comparison {
            subject: subject.clone(),
            expected: expected(matcher),
            actual: shown.and_then(|cell| (*cell).clone()).unwrap_or_default(),
            ok: wrong.is_none() && !cells.is_empty(),
        }
    };
    test.matchers().iter().map(judge).collect()
}

/// Whether a cell passes. NULL is absent, and equals `null`.
fn holds(matcher: &Matcher, text: Option<&str>) -> bool {
    match matcher {
        Matcher::Equals(value) => is(value, text),
        Matcher::OneOf(values) => values.iter().any(|value| is(value, text)),
        other => other.check_text(text),
    }
}

/// Whether a cell is this value, as PostgreSQL writes it: `t` is true, and `1.50` is 1.5.
fn is(value: &Value, cell: Option<&str>) -> bool {
    match (value, cell) {
        (Value::Null, cell) => cell.is_none(),
        (_, None) => false,
        (Value::Bool(value), Some(text)) => match text {
            "t" | "true" => *value,
            "f" | "false" => !*value,
            _ => false,
        },
        (Value::String(value), Some(text)) => value == text,
        (Value::Number(number), Some(text)) => is_number(&number.to_string(), text.trim()),
        // An array of JSON, or an object.
        (other, Some(text)) => serde_json::from_str::<Value>(text).is_ok_and(|cell| cell == *other),
    }
}

fn is_number(expected: &str, actual: &str) -> bool {
    if expected == actual {
        return true;
    }
    // Whole numbers are compared digit by digit: beyond 2^53 others would be the same.
    match (expected.parse::<i128>(), actual.parse::<i128>()) {
        (Ok(expected), Ok(actual)) => expected == actual,
        _ => match (expected.parse::<f64>(), actual.parse::<f64>()) {
            (Ok(expected), Ok(actual)) => {
                expected.partial_cmp(&actual).is_some_and(std::cmp::Ordering::is_eq)
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(columns: &[&str], rows: &[&[Option<&str>]]) -> Rows {
        Rows {
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect(),
        }
    }

    fn value(test: Test, cells: &[Option<&str>]) -> Vec<(String, bool)> {
        let cells: Vec<&[Option<&str>]> = cells.iter().map(std::slice::from_ref).collect();
        let expect = RowsExpected { value: Some(test), ..RowsExpected::default() };
        let judged = compare_all(&expect, &rows(&["v"], &cells));
        judged.into_iter().map(|judged| (judged.actual, judged.ok)).collect()
    }

    #[test]
    fn cells_are_what_the_database_means_by_them() {
        for (expected, cell, ok) in [
            (json!("x"), Some("x"), true),
            (json!("x"), Some("y"), false),
            (json!(true), Some("t"), true),
            (json!(true), Some("f"), false),
            (json!(false), Some("f"), true),
            (json!(false), Some("x"), false),
            (json!(1), Some("1"), true),
            (json!(1.5), Some("1.50"), true),
            (json!(1), Some("1.0"), true),
            (json!(9_007_199_254_740_993_i64), Some("9007199254740992"), false),
            (json!(null), None, true),
            (json!(null), Some(""), false),
            (json!(""), Some(""), true),
            (json!("x"), None, false),
            (json!({ "a": 1 }), Some("{\"a\": 1}"), true),
        ] {
            let judged = value(Test::equals(expected.clone()), &[cell]);
            assert_eq!(judged, [(cell.unwrap_or_default().to_owned(), ok)], "{expected} and {cell:?}");
        }
    }

    #[test]
    fn a_value_is_one_cell_of_one_row() {
        assert_eq!(value(Test::equals(1), &[]), [("0 × 1".to_owned(), false)]);
        assert_eq!(value(Test::equals(1), &[Some("1"), Some("1")]), [("2 × 1".to_owned(), false)]);
    }

    #[test]
    fn values_hold_in_every_row_and_there_must_be_one() {
        let values = Ordered::new(vec![("s".to_owned(), Test::equals("DONE"))]);
        let expect = RowsExpected { values: values.clone(), ..RowsExpected::default() };
        let of = |cells: &[&[Option<&str>]]| {
            let found = rows(&["id", "s"], cells);
            let judged = compare_all(&expect, &found);
            (
                judged[0].actual.clone(),
                judged[0].ok,
                values.as_ref().is_some_and(|values| any_row_holds(values, &found)),
            )
        };
        assert_eq!(of(&[]), (String::new(), false, false));
        assert_eq!(of(&[&[Some("1"), Some("DONE")]]), ("DONE".to_owned(), true, true));
        assert_eq!(
            of(&[&[Some("1"), Some("DONE")], &[Some("2"), Some("FAILED")]]),
            ("FAILED".to_owned(), false, true)
        );
        assert_eq!(of(&[&[Some("1"), None]]), (String::new(), false, false));
        assert!(has_columns(&expect, &rows(&["id"], &[])).is_err());
    }

    #[test]
    fn what_is_shown_is_capped() {
        let long = "é".repeat(2_000);
        let row: &[Option<&str>] = &[Some(&long)];
        let table = table(&rows(&["v"], &vec![row; 70]), &Redactor::new());
        assert_eq!((table.rows.len(), table.left_out), (50, 20));
        assert_eq!(table.rows[0][0].as_ref().map(|cell| cell.chars().count()), Some(1_001));
    }
}
