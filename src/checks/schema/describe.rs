//! Objects in a line and in tables, as evidence has them.

use crate::model::{Table, TableOf};
use crate::probe::catalogue::{Kind, Name, Object};

/// Rows of one kind that are kept; the rest is counted.
const MOST_ROWS: usize = 1_000;

/// The kinds in the order of the record: what people list first comes first.
pub(super) const ORDER: [Kind; 13] = [
    Kind::Table,
    Kind::Column,
    Kind::Index,
    Kind::ForeignKey,
    Kind::Enum,
    Kind::Constraint,
    Kind::View,
    Kind::Function,
    Kind::Trigger,
    Kind::Sequence,
    Kind::Type,
    Kind::Policy,
    Kind::Extension,
];

/// What stands in a row of a table of objects.
#[derive(Debug, Clone)]
pub(super) struct Item<'c> {
    /// What has become of it: `added`, `changed`, `removed`; `missing`, `different`, `extra`.
    pub(super) change: &'static str,
    /// Its name.
    pub(super) name: &'c Name,
    /// As it should be, or as it was where it should be gone.
    pub(super) object: &'c Object,
    /// The other side of a change: what it was before, or what production has in its place.
    pub(super) other: Option<&'c Object>,
    /// What production has: `proven`, `missing`, `different`, `still_there`, `gone`.
    pub(super) state: Option<&'static str>,
}

/// What the tables of items are about: how their own columns are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    /// The first column's.
    pub(super) change: &'static str,
    /// That of the other side.
    pub(super) other: &'static str,
}

/// The column that says what production has.
pub(super) const STATE: &str = "in_production";

/// What the rows of this kind are.
pub(super) fn table_of(kind: Kind) -> TableOf {
    match kind {
        Kind::Extension => TableOf::Extensions,
        Kind::Enum => TableOf::Enums,
        Kind::Type => TableOf::Types,
        Kind::Sequence => TableOf::Sequences,
        Kind::Table => TableOf::Tables,
        Kind::Column => TableOf::Columns,
        Kind::Constraint => TableOf::Constraints,
        Kind::ForeignKey => TableOf::ForeignKeys,
        Kind::Index => TableOf::Indexes,
        Kind::View => TableOf::Views,
        Kind::Function => TableOf::Functions,
        Kind::Trigger => TableOf::Triggers,
        Kind::Policy => TableOf::Policies,
    }
}

/// The items as tables, one for each kind that there is. What is wrong comes first: it is never left out.
pub(super) fn tables(items: &[Item], heads: Heads) -> Vec<Table> {
    ORDER.iter().filter_map(|kind| table(*kind, items, heads)).collect()
}

fn table(kind: Kind, items: &[Item], heads: Heads) -> Option<Table> {
    let mut mine: Vec<&Item> = items.iter().filter(|item| item.name.kind == kind).collect();
    if mine.is_empty() {
        return None;
    }
    mine.sort_by_key(|item| !matches!(item.state, Some("missing" | "different" | "still_there")));
    let (other, state) =
        (mine.iter().any(|item| item.other.is_some()), mine.iter().any(|item| item.state.is_some()));
    let mut head = vec![heads.change.to_owned()];
    if kind.is_part() {
        head.push("table_name".to_owned());
    }
    head.push(format!("{}_name", kind.word().replace(' ', "_")));
    head.extend(kind.fields().iter().map(|field| (*field).to_owned()));
    head.extend(other.then(|| heads.other.to_owned()));
    head.extend(state.then(|| STATE.to_owned()));
    let rows = mine.iter().take(MOST_ROWS).map(|item| {
        let mut row = vec![Some(item.change.to_owned())];
        if kind.is_part() {
            row.push(item.name.table.clone());
        }
        row.push(Some(item.name.name.clone()));
        row.extend(item.object.fields.iter().cloned());
        if other {
            row.push(item.other.map(|object| line(kind, object)));
        }
        if state {
            row.push(item.state.map(str::to_owned));
        }
        row
    });
    let (head, rows) = filled(head, rows.collect());
    Some(Table { of: table_of(kind), head, rows, left_out: mine.len().saturating_sub(MOST_ROWS) as u64 })
}

/// Without the columns that are empty in every row: most objects are ordinary.
fn filled(head: Vec<String>, rows: Vec<Vec<Option<String>>>) -> (Vec<String>, Vec<Vec<Option<String>>>) {
    let kept: Vec<bool> =
        (0..head.len()).map(|at| rows.iter().any(|row| row.get(at).is_some_and(Option::is_some))).collect();
    let keep = |at: &usize| kept.get(*at).copied().unwrap_or_default();
    let cells = |row: Vec<Option<String>>| {
        row.into_iter().enumerate().filter(|(at, _)| keep(at)).map(|(_, cell)| cell).collect()
    };
    let head = head.into_iter().enumerate().filter(|(at, _)| keep(at)).map(|(_, name)| name).collect();
    (head, rows.into_iter().map(cells).collect())
}

/// All of an object but its name in a line, as SQL would say it.
pub(super) fn line(kind: Kind, object: &Object) -> String {
    let field = |at: usize| object.fields.get(at).and_then(Option::as_deref);
    let first = field(0).unwrap_or_default();
    let with = |at: usize, before: &str| field(at).map(|text| format!("{before}{text}"));
    let parts: Vec<Option<String>> = match kind {
        Kind::Column => vec![
            Some(first.to_owned()),
            (field(1) == Some("NO")).then(|| "not null".to_owned()),
            with(3, "generated "),
            with(2, if field(3).is_some() { "as " } else { "default " }),
            with(4, "collate "),
        ],
        Kind::Table => vec![Some(first.to_owned()), with(1, "row security "), with(2, "")],
        Kind::Index => {
            vec![Some(first.to_owned()), (field(1) == Some("NO")).then(|| "(invalid)".to_owned())]
        }
        Kind::Trigger => vec![
            Some(first.to_owned()),
            field(1).filter(|state| *state != "YES").map(|state| match state {
                "NO" => "(disabled)".to_owned(),
                state => format!("(enabled: {})", state.to_lowercase()),
            }),
        ],
        Kind::Sequence => vec![Some(first.to_owned()), with(1, "owned by ")],
        Kind::Function => {
            vec![Some(format!("returns {first}")), with(1, "language "), with(2, "digest ")]
        }
        Kind::Extension => vec![Some(format!("version {first}"))],
        Kind::Enum => vec![Some(format!("({first})"))],
        Kind::View => vec![Some(first.to_owned()), with(1, "as ")],
        Kind::Constraint | Kind::ForeignKey | Kind::Type | Kind::Policy => vec![Some(first.to_owned())],
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &[Option<&str>]) -> Object {
        Object { of: None, fields: fields.iter().map(|field| field.map(str::to_owned)).collect() }
    }

    #[test]
    fn every_kind_has_its_place() {
        let mut all = ORDER;
        all.sort_unstable();
        assert_eq!(all, Kind::ALL);
    }

    #[test]
    fn an_object_reads_like_sql() {
        for (kind, fields, text) in [
            (
                Kind::Column,
                &[Some("text"), Some("NO"), Some("'x'::text"), None, Some("C")][..],
                "text not null default 'x'::text collate C",
            ),
            (Kind::Column, &[Some("integer"), Some("YES"), None, None, None], "integer"),
            (
                Kind::Column,
                &[Some("numeric"), Some("YES"), Some("(a + 1)"), Some("always stored"), None],
                "numeric generated always stored as (a + 1)",
            ),
            (Kind::Table, &[Some("table"), None, None], "table"),
            (
                Kind::Index,
                &[Some("CREATE INDEX i ON t (a)"), Some("NO")],
                "CREATE INDEX i ON t (a) (invalid)",
            ),
            (Kind::Enum, &[Some("'A', 'B'")], "('A', 'B')"),
        ] {
            assert_eq!(line(kind, &object(fields)), text);
        }
    }

    #[test]
    fn a_table_has_what_is_wrong_first_and_counts_the_rest() {
        let names: Vec<Name> =
            (0..=MOST_ROWS).map(|number| Name::part(Kind::Index, "t", format!("i{number}"))).collect();
        let index = object(&[Some("CREATE INDEX"), Some("YES")]);
        let items: Vec<Item> = names
            .iter()
            .enumerate()
            .map(|(number, name)| Item {
                change: "added",
                name,
                object: &index,
                other: None,
                state: Some(if number == MOST_ROWS { "missing" } else { "proven" }),
            })
            .collect();
        let tables = tables(&items, Heads { change: "change", other: "was" });
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].head, ["change", "table_name", "index_name", "indexdef", "is_valid", STATE]);
        assert_eq!(tables[0].rows[0][2].as_deref(), Some("i1000"));
        assert_eq!((tables[0].rows.len(), tables[0].left_out), (MOST_ROWS, 1));
    }
}
