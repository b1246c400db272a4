//! Objects in a line and in tables, as evidence has them.

use crate::model::{Table, TableOf};
use crate::probe::catalogue::{Definition, ObjectKind, ObjectName};

/// Rows of one kind that are kept; the rest is counted.
const MAX_ROWS_PER_KIND: usize = 1_000;

/// The kinds in the order of the record: what people list first comes first.
pub(super) const ORDER: [ObjectKind; 13] = [
    ObjectKind::Table,
    ObjectKind::Column,
    ObjectKind::Index,
    ObjectKind::ForeignKey,
    ObjectKind::Enum,
    ObjectKind::Constraint,
    ObjectKind::View,
    ObjectKind::Function,
    ObjectKind::Trigger,
    ObjectKind::Sequence,
    ObjectKind::Type,
    ObjectKind::Policy,
    ObjectKind::Extension,
];

/// What stands in a row of a table of objects.
#[derive(Debug, Clone)]
pub(super) struct ObjectRow<'c> {
    /// What has become of it: `added`, `changed`, `removed`; `missing`, `different`, `extra`.
    pub(super) change: &'static str,
    pub(super) name: &'c ObjectName,
    /// As it should be, or as it was where it should be gone.
    pub(super) object: &'c Definition,
    /// The other side of a change: what it was before, or what production has in its place.
    pub(super) other: Option<&'c Definition>,
    /// What production has: `proven`, `missing`, `different`, `still_there`, `gone`.
    pub(super) state: Option<&'static str>,
}

/// What the tables of items are about: how their own columns are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    /// The head of the first column.
    pub(super) change: &'static str,
    pub(super) other: &'static str,
}

pub(super) const STATE: &str = "in_production";

pub(super) fn table_of(kind: ObjectKind) -> TableOf {
    match kind {
        ObjectKind::Extension => TableOf::Extensions,
        ObjectKind::Enum => TableOf::Enums,
        ObjectKind::Type => TableOf::Types,
        ObjectKind::Sequence => TableOf::Sequences,
        ObjectKind::Table => TableOf::Tables,
        ObjectKind::Column => TableOf::Columns,
        ObjectKind::Constraint => TableOf::Constraints,
        ObjectKind::ForeignKey => TableOf::ForeignKeys,
        ObjectKind::Index => TableOf::Indexes,
        ObjectKind::View => TableOf::Views,
        ObjectKind::Function => TableOf::Functions,
        ObjectKind::Trigger => TableOf::Triggers,
        ObjectKind::Policy => TableOf::Policies,
    }
}

/// The items as tables, one for each kind that there is. What is wrong comes first: it is never left out.
pub(super) fn tables(items: &[ObjectRow], heads: Heads) -> Vec<Table> {
    ORDER.iter().filter_map(|kind| table(*kind, items, heads)).collect()
}

fn table(kind: ObjectKind, items: &[ObjectRow], heads: Heads) -> Option<Table> {
    let mut mine: Vec<&ObjectRow> = items.iter().filter(|item| item.name.kind == kind).collect();
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
    let rows = mine.iter().take(MAX_ROWS_PER_KIND).map(|item| {
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
    Some(Table {
        of: table_of(kind),
        head,
        rows,
        left_out: mine.len().saturating_sub(MAX_ROWS_PER_KIND) as u64,
    })
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
pub(super) fn line(kind: ObjectKind, object: &Definition) -> String {
    let field = |at: usize| object.fields.get(at).and_then(Option::as_deref);
    let first = field(0).unwrap_or_default();
    let with = |at: usize, before: &str| field(at).map(|text| format!("{before}{text}"));
    let parts: Vec<Option<String>> = match kind {
        ObjectKind::Column => vec![
            Some(first.to_owned()),
            (field(1) == Some("NO")).then(|| "not null".to_owned()),
            with(3, "generated "),
            with(2, if field(3).is_some() { "as " } else { "default " }),
            with(4, "collate "),
        ],
        ObjectKind::Table => vec![Some(first.to_owned()), with(1, "row security "), with(2, "")],
        ObjectKind::Index => {
            vec![Some(first.to_owned()), (field(1) == Some("NO")).then(|| "(invalid)".to_owned())]
        }
        ObjectKind::Trigger => vec![
            Some(first.to_owned()),
            field(1).filter(|state| *state != "YES").map(|state| match state {
                "NO" => "(disabled)".to_owned(),
                state => format!("(enabled: {})", state.to_lowercase()),
            }),
        ],
        ObjectKind::Sequence => vec![Some(first.to_owned()), with(1, "owned by ")],
        ObjectKind::Function => {
            vec![Some(format!("returns {first}")), with(1, "language "), with(2, "digest ")]
        }
        ObjectKind::Extension => vec![Some(format!("version {first}"))],
        ObjectKind::Enum => vec![Some(format!("({first})"))],
        ObjectKind::View => vec![Some(first.to_owned()), with(1, "as ")],
        ObjectKind::Constraint | ObjectKind::ForeignKey | ObjectKind::Type | ObjectKind::Policy => {
            vec![Some(first.to_owned())]
        }
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &[Option<&str>]) -> Definition {
        Definition { of: None, fields: fields.iter().map(|field| field.map(str::to_owned)).collect() }
    }

    #[test]
    fn every_kind_has_its_place() {
        let mut all = ORDER;
        all.sort_unstable();
        assert_eq!(all, ObjectKind::ALL);
    }

    #[test]
    fn an_object_reads_like_sql() {
        for (kind, fields, text) in [
            (
                ObjectKind::Column,
                &[Some("text"), Some("NO"), Some("'x'::text"), None, Some("C")][..],
                "text not null default 'x'::text collate C",
            ),
            (ObjectKind::Column, &[Some("integer"), Some("YES"), None, None, None], "integer"),
            (
                ObjectKind::Column,
                &[Some("numeric"), Some("YES"), Some("(a + 1)"), Some("always stored"), None],
                "numeric generated always stored as (a + 1)",
            ),
            (ObjectKind::Table, &[Some("table"), None, None], "table"),
            (
                ObjectKind::Index,
                &[Some("CREATE INDEX i ON t (a)"), Some("NO")],
                "CREATE INDEX i ON t (a) (invalid)",
            ),
            (ObjectKind::Enum, &[Some("'A', 'B'")], "('A', 'B')"),
        ] {
            assert_eq!(line(kind, &object(fields)), text);
        }
    }

    #[test]
    fn a_table_has_what_is_wrong_first_and_counts_the_rest() {
        let names: Vec<ObjectName> = (0..=MAX_ROWS_PER_KIND)
            .map(|number| ObjectName::part(ObjectKind::Index, "t", format!("i{number}")))
            .collect();
        let index = object(&[Some("CREATE INDEX"), Some("YES")]);
        let items: Vec<ObjectRow> = names
            .iter()
            .enumerate()
            .map(|(number, name)| ObjectRow {
                change: "added",
                name,
                object: &index,
                other: None,
                state: Some(if number == MAX_ROWS_PER_KIND { "missing" } else { "proven" }),
            })
            .collect();
        let tables = tables(&items, Heads { change: "change", other: "was" });
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].head, ["change", "table_name", "index_name", "indexdef", "is_valid", STATE]);
        assert_eq!(tables[0].rows[0][2].as_deref(), Some("i1000"));
        assert_eq!((tables[0].rows.len(), tables[0].left_out), (MAX_ROWS_PER_KIND, 1));
    }
}
