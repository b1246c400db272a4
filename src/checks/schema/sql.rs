//! The SQL that a person pastes to see the same objects: one query for each kind, as the seed has it. It asks
//! `pg_catalog`: the views of `information_schema` leave out what the role may not touch.

use crate::model::Command;
use crate::probe::catalogue::{ObjectKind, ObjectName};
use crate::probe::postgres::Database;

use super::describe::ORDER;

/// More names than this do not make a query better to read: then it shows all of the kind.
const MAX_NAMES: usize = 40;

/// The command that shows these objects: a query for each kind; none without any.
pub(super) fn command(database: &Database, names: &[&ObjectName]) -> Option<Command> {
    let of = |kind: ObjectKind| names.iter().copied().filter(|name| name.kind == kind).collect::<Vec<_>>();
    let kinds = ORDER.iter().map(|kind| (*kind, of(*kind))).filter(|(_, names)| !names.is_empty());
    asking(database, kinds)
}

/// The command that shows all objects of these kinds.
pub(super) fn all(database: &Database, kinds: &[ObjectKind]) -> Option<Command> {
    asking(database, kinds.iter().map(|kind| (*kind, Vec::new())))
}

/// The command that asks for each of these kinds, by these names; without names, for all.
pub(super) fn asking<'n>(
    database: &Database,
    kinds: impl Iterator<Item = (ObjectKind, Vec<&'n ObjectName>)>,
) -> Option<Command> {
    let queries: Vec<String> = kinds
        .map(|(kind, names)| format!("-- {}\n{}", kind.word(), query(kind, database.schema(), &names)))
        .collect();
    (!queries.is_empty()).then(|| Command::reads(database.psql(&queries.join(";\n")), Vec::new()))
}

fn query(kind: ObjectKind, schema: &str, names: &[&ObjectName]) -> String {
    let space = format!("quote_ident({})::regnamespace", literal(schema));
    let names = if names.len() > MAX_NAMES { &[] } else { names };
    let own = |column: &str| among(column, names.iter().map(|name| literal(&name.name)));
    let both = |table: &str, column: &str| {
        let pairs = names.iter().map(|name| {
            format!("({}, {})", literal(name.table.as_deref().unwrap_or_default()), literal(&name.name))
        });
        among(&format!("({table}, {column})"), pairs)
    };
    match kind {
        ObjectKind::Table => format!(
            "SELECT tablename FROM pg_tables WHERE schemaname = {}{} ORDER BY 1",
            literal(schema),
            own("tablename")
        ),
        ObjectKind::Column => format!(
            "SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS data_type,\n\
             \x20 a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS column_default\n\
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f')\n\
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum\n\
             WHERE c.relnamespace = {space} AND a.attnum > 0 AND NOT a.attisdropped{} ORDER BY 1, a.attnum",
            both("c.relname", "a.attname")
        ),
        ObjectKind::Index => format!(
            "SELECT t.relname AS table_name, i.relname AS index_name, x.indisvalid, pg_get_indexdef(i.oid) AS indexdef\n\
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid\n\
             WHERE t.relnamespace = {space}{} ORDER BY 1, 2",
            own("i.relname")
        ),
        ObjectKind::Constraint | ObjectKind::ForeignKey => {
            let foreign = if kind == ObjectKind::ForeignKey { "=" } else { "<>" };
            format!(
                "SELECT c.relname AS table_name, k.conname, pg_get_constraintdef(k.oid) AS definition, k.convalidated\n\
                 FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid\n\
                 WHERE c.relnamespace = {space} AND k.contype {foreign} 'f'{} ORDER BY 1, 2",
                own("k.conname")
            )
        }
        ObjectKind::Enum => format!(
            "SELECT t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) AS labels\n\
             FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid\n\
             WHERE t.typnamespace = {space}{} GROUP BY 1 ORDER BY 1",
            own("t.typname")
        ),
        ObjectKind::Type => format!(
            "SELECT t.typname, t.typtype, format_type(t.typbasetype, t.typtypmod) AS base FROM pg_type t\n\
             WHERE t.typnamespace = {space} AND t.typtype IN ('c', 'd'){} ORDER BY 1",
            own("t.typname")
        ),
        ObjectKind::View => format!(
            "SELECT c.relname, c.relkind, pg_get_viewdef(c.oid) AS definition FROM pg_class c\n\
             WHERE c.relnamespace = {space} AND c.relkind IN ('v', 'm'){} ORDER BY 1",
            own("c.relname")
        ),
        ObjectKind::Function => {
            let pieces = names.iter().map(|name| literal(name.name.split('(').next().unwrap_or_default()));
            format!(
                "SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS function, pg_get_function_result(p.oid) AS returns,\n\
                 \x20 p.prosrc FROM pg_proc p WHERE p.pronamespace = {space}{} ORDER BY 1",
                among("p.proname", pieces)
            )
        }
        ObjectKind::Trigger => format!(
            "SELECT c.relname AS table_name, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) AS definition\n\
             FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid\n\
             WHERE c.relnamespace = {space} AND NOT t.tgisinternal{} ORDER BY 1, 2",
            own("t.tgname")
        ),
        ObjectKind::Policy => format!(
            "SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies\n\
             WHERE schemaname = {}{} ORDER BY 1, 2",
            literal(schema),
            both("tablename", "policyname")
        ),
        ObjectKind::Sequence => format!(
            "SELECT sequencename, data_type, start_value, increment_by FROM pg_sequences\n\
             WHERE schemaname = {}{} ORDER BY 1",
            literal(schema),
            own("sequencename")
        ),
        ObjectKind::Extension => {
            format!("SELECT extname, extversion FROM pg_extension WHERE true{} ORDER BY 1", own("extname"))
        }
    }
}

/// ` AND column IN (…)`, or nothing without values.
fn among(column: &str, values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    if values.is_empty() { String::new() } else { format!(" AND {column} IN ({})", values.join(", ")) }
}

fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    // With a backslash it depends on a setting what the plain form means.
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b"), "E'a\\\\b'");
        let name = ObjectName::new(ObjectKind::Table, "domain_scores");
        assert_eq!(
            query(ObjectKind::Table, "public", &[&name]),
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('domain_scores') ORDER BY 1"
        );
    }

    #[test]
    fn many_names_ask_for_all() {
        let names: Vec<ObjectName> =
            (0..50).map(|number| ObjectName::new(ObjectKind::Enum, number.to_string())).collect();
        let names: Vec<&ObjectName> = names.iter().collect();
        assert!(!query(ObjectKind::Enum, "public", &names).contains(" IN "));
    }
}
