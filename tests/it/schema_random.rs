//! Random schemas on a real server: a replay equals itself, and any one change is told as that and what follows from
//! it, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use prod_gate::checks::schema::diff::{diff, roots};
use prod_gate::probe::catalogue::Catalogue;
use prod_gate::probe::scratch::{MigrationSql, Origin, Scratch, ScratchRequest, ServerIdentity};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::postgres;
use crate::support::runtime;
use crate::support::skip::skip;

/// Random schemas that are tried; each takes two databases.
const CASES: u32 = 12;

/// A column, beside `id` and the one that refers to another table.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a column may have")]
struct Column {
    kind: Kind,
    nullable: bool,
    default: bool,
    index: bool,
    unique: bool,
    check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Mood,
}

impl Kind {
    fn sql(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Mood => "\"Mood\"",
        }
    }

    fn value(self) -> &'static str {
        match self {
            Self::Integer => "7",
            Self::Text | Self::Mood => "'ok'",
        }
    }
}

#[derive(Debug, Clone)]
struct Table {
    columns: Vec<Column>,
    /// The table that it refers to.
    refers: Option<Index>,
    /// Whether it has a trigger.
    trigger: bool,
}

/// What is changed by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    DropTable,
    AddTable,
    DropColumn,
    AddColumn,
    RenameColumn,
    WidenColumn,
    Nullability,
    Default,
    DropIndex,
    AddIndex,
    DropUnique,
    Unvalidate,
    DropForeignKey,
    DropTrigger,
    AddLabel,
    Security,
}

const CHANGES: [Change; 16] = [
    Change::DropTable,
    Change::AddTable,
    Change::DropColumn,
    Change::AddColumn,
    Change::RenameColumn,
    Change::WidenColumn,
    Change::Nullability,
    Change::Default,
    Change::DropIndex,
    Change::AddIndex,
    Change::DropUnique,
    Change::Unvalidate,
    Change::DropForeignKey,
    Change::DropTrigger,
    Change::AddLabel,
    Change::Security,
];

fn columns() -> impl Strategy<Value = Column> {
    let kind = prop_oneof![Just(Kind::Integer), Just(Kind::Text), Just(Kind::Mood)];
    (kind, any::<[bool; 5]>()).prop_map(|(kind, [nullable, default, index, unique, check])| Column {
        kind,
        nullable,
        default,
        index,
        unique,
        check: check && kind != Kind::Mood,
    })
}

fn tables() -> impl Strategy<Value = Vec<Table>> {
    let table = (prop::collection::vec(columns(), 1..4), prop::option::of(any::<Index>()), any::<bool>())
        .prop_map(|(columns, refers, trigger)| Table { columns, refers, trigger });
    prop::collection::vec(table, 1..5)
}

/// The statements that make it.
fn sql(tables: &[Table]) -> String {
    let mut sql = String::from(
        "CREATE TYPE \"Mood\" AS ENUM ('ok', 'it''s');\n\
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n",
    );
    for (t, table) in tables.iter().enumerate() {
        write!(sql, "CREATE TABLE \"T{t}\" (id SERIAL PRIMARY KEY, ref INTEGER").unwrap();
        for (c, column) in table.columns.iter().enumerate() {
            write!(sql, ", \"c{c}\" {}", column.kind.sql()).unwrap();
            if !column.nullable {
                sql.push_str(" NOT NULL");
            }
            if column.default {
                write!(sql, " DEFAULT {}", column.kind.value()).unwrap();
            }
        }
        sql.push_str(");\n");
        for (c, column) in table.columns.iter().enumerate() {
            if column.index {
                writeln!(sql, "CREATE INDEX \"T{t}_c{c}_idx\" ON \"T{t}\"(\"c{c}\");").unwrap();
            }
            if column.unique {
                writeln!(sql, "ALTER TABLE \"T{t}\" ADD CONSTRAINT \"T{t}_c{c}_key\" UNIQUE (\"c{c}\");")
                    .unwrap();
            }
            if column.check {
                let value = column.kind.value();
                writeln!(
                    sql,
                    "ALTER TABLE \"T{t}\" ADD CONSTRAINT \"T{t}_c{c}_check\" CHECK (\"c{c}\" <> {value});"
                )
                .unwrap();
            }
        }
        if table.trigger {
            writeln!(sql, "CREATE TRIGGER tr BEFORE INSERT ON \"T{t}\" FOR EACH ROW EXECUTE FUNCTION f();")
                .unwrap();
        }
    }
    for (t, table) in tables.iter().enumerate() {
        if let Some(other) = refers(tables, t) {
            let _ = table;
            writeln!(sql, "ALTER TABLE \"T{t}\" ADD CONSTRAINT \"T{t}_ref_fkey\" FOREIGN KEY (ref) REFERENCES \"T{other}\"(id);").unwrap();
        }
    }
    sql
}

fn refers(tables: &[Table], t: usize) -> Option<usize> {
    tables[t].refers.map(|index| index.index(tables.len()))
}

/// A change: its statements, what is to be told of it, and what of that stands for itself. None where the schema has
/// nothing that could be changed so.
type Expected = (String, BTreeSet<String>, BTreeSet<String>);

fn change(tables: &[Table], change: Change, (t, c): (Index, Index)) -> Option<Expected> {
    let t = t.index(tables.len());
    let table = &tables[t];
    let c = c.index(table.columns.len());
    let column = &table.columns[c];
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let alone = |sql: String, name: String| Some((sql, set(vec![name.clone()]), set(vec![name])));
    let alter = |what: &str| format!("ALTER TABLE \"T{t}\" {what}");
    let refers_here: Vec<String> = (0..tables.len())
        .filter(|other| *other != t && refers(tables, *other) == Some(t))
        .map(|other| format!("foreign key T{other}.T{other}_ref_fkey"))
        .collect();
    match change {
        Change::DropTable => {
            let mut all = parts(tables, t);
            all.extend(refers_here.clone());
            let mut roots = vec![format!("table T{t}")];
            roots.extend(refers_here);
            Some((format!("DROP TABLE \"T{t}\" CASCADE"), set(all), set(roots)))
        }
        Change::AddTable => Some((
            "CREATE TABLE extra (id INTEGER PRIMARY KEY)".to_owned(),
            set(vec!["table extra".into(), "column extra.id".into(), "constraint extra.extra_pkey".into()]),
            set(vec!["table extra".into()]),
        )),
        Change::DropColumn => {
            let mut all = vec![format!("column T{t}.c{c}")];
            all.extend(of_column(t, c, column));
            Some((alter(&format!("DROP COLUMN \"c{c}\"")), set(all.clone()), set(all)))
        }
        Change::AddColumn => alone(alter("ADD COLUMN extra TEXT"), format!("column T{t}.extra")),
        Change::RenameColumn => {
            let mut all = vec![format!("column T{t}.c{c}"), format!("column T{t}.renamed")];
            all.extend(of_column(t, c, column));
            Some((alter(&format!("RENAME COLUMN \"c{c}\" TO renamed")), set(all.clone()), set(all)))
        }
        Change::WidenColumn if column.kind == Kind::Integer => {
            alone(alter(&format!("ALTER \"c{c}\" TYPE bigint")), format!("column T{t}.c{c}"))
        }
        Change::Nullability => {
            let what = if column.nullable { "SET" } else { "DROP" };
            alone(alter(&format!("ALTER \"c{c}\" {what} NOT NULL")), format!("column T{t}.c{c}"))
        }
        Change::Default => {
            let value = column.kind.value();
            let what =
                if column.default { "DROP DEFAULT".to_owned() } else { format!("SET DEFAULT {value}") };
            alone(alter(&format!("ALTER \"c{c}\" {what}")), format!("column T{t}.c{c}"))
        }
        Change::DropIndex if column.index => {
            alone(format!("DROP INDEX \"T{t}_c{c}_idx\""), format!("index T{t}.T{t}_c{c}_idx"))
        }
        Change::AddIndex => {
            alone(format!("CREATE INDEX extra ON \"T{t}\"(\"c{c}\" DESC)"), format!("index T{t}.extra"))
        }
        Change::DropUnique if column.unique => alone(
            alter(&format!("DROP CONSTRAINT \"T{t}_c{c}_key\"")),
            format!("constraint T{t}.T{t}_c{c}_key"),
        ),
        Change::Unvalidate if column.check => {
            let (name, value) = (format!("T{t}_c{c}_check"), column.kind.value());
            let sql = format!(
                "DROP CONSTRAINT \"{name}\", ADD CONSTRAINT \"{name}\" CHECK (\"c{c}\" <> {value}) NOT VALID"
            );
            alone(alter(&sql), format!("constraint T{t}.{name}"))
        }
        Change::DropForeignKey if table.refers.is_some() => alone(
            alter(&format!("DROP CONSTRAINT \"T{t}_ref_fkey\"")),
            format!("foreign key T{t}.T{t}_ref_fkey"),
        ),
        Change::DropTrigger if table.trigger => {
            alone(format!("DROP TRIGGER tr ON \"T{t}\""), format!("trigger T{t}.tr"))
        }
        Change::AddLabel => alone("ALTER TYPE \"Mood\" ADD VALUE 'new'".to_owned(), "enum Mood".to_owned()),
        Change::Security => alone(alter("ENABLE ROW LEVEL SECURITY"), format!("table T{t}")),
        _ => None,
    }
}

/// A table and everything that goes with it.
fn parts(tables: &[Table], t: usize) -> Vec<String> {
    let mut all = vec![
        format!("table T{t}"),
        format!("column T{t}.id"),
        format!("column T{t}.ref"),
        format!("constraint T{t}.T{t}_pkey"),
        format!("sequence T{t}_id_seq"),
    ];
    for (c, column) in tables[t].columns.iter().enumerate() {
        all.push(format!("column T{t}.c{c}"));
        all.extend(of_column(t, c, column));
    }
    all.extend(tables[t].refers.map(|_| format!("foreign key T{t}.T{t}_ref_fkey")));
    all.extend(tables[t].trigger.then(|| format!("trigger T{t}.tr")));
    all
}

/// What goes with a column.
fn of_column(t: usize, c: usize, column: &Column) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(column.index.then(|| format!("index T{t}.T{t}_c{c}_idx")));
    all.extend(column.unique.then(|| format!("constraint T{t}.T{t}_c{c}_key")));
    all.extend(column.check.then(|| format!("constraint T{t}.T{t}_c{c}_check")));
    all
}

async fn replay(scratch: &mut Scratch, texts: &[&str]) -> Catalogue {
    let replay = scratch.create("public").await.unwrap();
    for text in texts {
        replay.run(MigrationSql { name: "m", sql: Some(text.as_bytes()) }).await.unwrap();
    }
    replay.catalogue().await.unwrap()
}

#[test]
fn any_one_change_is_told_as_that_and_what_follows() {
    let server = match postgres::shared() {
        Ok(server) => server,
        Err(why) => return skip("any_one_change_is_told_as_that_and_what_follows", &why),
    };
    let version: u32 = server.psql("postgres", "SHOW server_version_num").parse().unwrap();
    let wanted = ScratchRequest {
        major: version / 10_000,
        production: ServerIdentity::default(),
        origins: vec![Origin::Binaries(None)],
    };
    let scratch = runtime().block_on(Scratch::start(&wanted)).unwrap();
    let shared = std::cell::RefCell::new(scratch);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(CASES));
    let strategy = (tables(), prop::collection::vec((any::<Index>(), any::<(Index, Index)>()), 3));
    let result = runner.run(&strategy, |(tables, changes)| {
        let mut scratch = shared.borrow_mut();
        let sql = sql(&tables);
        let made = runtime().block_on(replay(&mut scratch, &[&sql]));
        prop_assert_eq!(&made, &runtime().block_on(replay(&mut scratch, &[&sql])));
        for (which, place) in changes {
            let wanted = CHANGES[which.index(CHANGES.len())];
            let Some((by_hand, all, alone)) = change(&tables, wanted, place) else { continue };
            let changed = runtime().block_on(replay(&mut scratch, &[&sql, &by_hand]));
            let found = diff(&made, &changed);
            let names: BTreeSet<String> = found.iter().map(|found| found.name.to_string()).collect();
            prop_assert_eq!(names, all, "{}\n{}", by_hand, sql);
            let told: BTreeSet<String> = roots(&found).iter().map(|found| found.name.to_string()).collect();
            prop_assert_eq!(told, alone, "{}\n{}", by_hand, sql);
        }
        Ok(())
    });
    runtime().block_on(shared.into_inner().close());
    result.unwrap();
}
