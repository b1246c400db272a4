//! Section 4: what is declared of the schema, and what the migrations are asked for.

use super::CheckOptions;
use super::sql::SqlQuery;
use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::problem::Problem;
use crate::config::raw::schema::RawSchema;
use crate::config::types::{ColumnType, Declared, OneOrMany, Plain, SchemaPattern};

/// What is proved of the schema.
#[derive(Debug, Clone)]
pub struct SchemaConfig {
    /// What must be there, in the record's order.
    pub declared: Vec<(DeclaredObject, CheckOptions)>,
    pub release: Option<CheckOptions>,
    pub drift: Option<DriftConfig>,
    /// The migrations folder, from the root of the repository.
    pub migrations_dir: String,
    pub queries: Vec<SqlQuery>,
}

/// The comparison of production with a replay.
#[derive(Debug, Clone)]
pub struct DriftConfig {
    pub ignore: Vec<SchemaPattern>,
    pub options: CheckOptions,
}

/// Something that must be there.
#[derive(Debug, Clone)]
pub enum DeclaredObject {
    Table(String),
    Column { table: String, name: String, wanted: ColumnType },
    Index { which: ByColumns, unique: Option<bool> },
    ForeignKey { which: ByColumns, references: Option<String> },
    Enum { name: String, values: Vec<String> },
}

/// What has a name, or a table and columns.
#[derive(Debug, Clone, Default)]
pub struct ByColumns {
    pub name: Option<String>,
    pub table: Option<String>,
    pub columns: Vec<String>,
}

impl DeclaredObject {
    /// What it is called, without its kind: `assessments.ssn`, `users(email)`.
    pub fn title(&self) -> String {
        match self {
            Self::Table(name) | Self::Enum { name, .. } => name.clone(),
            Self::Column { table, name, .. } => format!("{table}.{name}"),
            Self::Index { which, .. } | Self::ForeignKey { which, .. } => which.title(),
        }
    }
}

impl ByColumns {
    fn title(&self) -> String {
        let of_table =
            || format!("{}({})", self.table.as_deref().unwrap_or_default(), self.columns.join(", "));
        self.name.clone().unwrap_or_else(of_table)
    }
}

impl Parser<'_> {
    pub(super) fn schema(&mut self) -> Result<Option<SchemaConfig>, Refused> {
        let Some(raw) = &self.raw.schema else { return Ok(None) };
        let path = Path::root().key("schema");
        let options = self.options(raw.required, raw.waive.as_ref(), &path);
        let (release, drift) = (raw.release == Some(true), raw.drift == Some(true));
        let says_what = raw.tables.is_some()
            || raw.columns.is_some()
            || raw.indexes.is_some()
            || raw.foreign_keys.is_some()
            || raw.enums.is_some()
            || raw.sql.is_some();
        if !release && !drift && !says_what {
            self.problem_with_help(
                &path,
                "nothing is checked here",
                "add `release: true`, `drift: true`, or what must be there: `tables`, `columns`, `indexes`, \
                 `foreign_keys`, `enums` or `sql`",
            );
        }
        if raw.ignore.is_some() && !drift {
            self.problem(&path.key("ignore"), "`ignore` belongs to `drift: true`");
        }
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            self.problem_with_help(&path, "the schema of which database?", "add `database` with its `url`");
        }
        let items = self.declared(raw, &path, &options);
        let queries = self.sql_checks(raw, &options, &path);
        Ok(Some(SchemaConfig {
            declared: items?,
            release: release.then(|| self.moved(&options, &path.key("release"))),
            drift: drift.then(|| DriftConfig {
                ignore: raw.ignore.as_deref().unwrap_or_default().to_vec(),
                options: self.moved(&options, &path.key("drift")),
            }),
            migrations_dir: self.migrations_dir(),
            queries: queries?,
        }))
    }

    fn declared(
        &mut self,
        raw: &RawSchema,
        path: &Path,
        options: &CheckOptions,
    ) -> Result<Vec<(DeclaredObject, CheckOptions)>, Refused> {
        let mut names = Names::new();
        let tables = self.list(raw.tables.iter().flatten(), &path.key("tables"), |parser, table, path| {
            parser.one_line(path, Some(table));
            parser.unique(&mut names, table, path, "the table", "keep one of them");
            Ok(vec![(DeclaredObject::Table(table.to_string()), parser.moved(options, path))])
        });
        let columns =
            self.mapping(raw.columns.as_ref(), &path.key("columns"), |parser, table, columns, path| {
                parser.mapping(Some(columns), path, |parser, name, wanted, path| {
                    let (table, name) = (table.to_owned(), name.to_owned());
                    let item = DeclaredObject::Column { table, name, wanted: wanted.clone() };
                    Ok((item, parser.moved(options, path)))
                })
            });
        let mut names = Names::new();
        let indexes = self.list(raw.indexes.iter().flatten(), &path.key("indexes"), |parser, index, path| {
            let (which, unique) = match index {
                Declared::Name(name) => (by_name(name), None),
                Declared::Body(raw) => {
                    (by_columns(raw.name.as_ref(), raw.table.as_ref(), raw.columns.as_ref()), raw.unique)
                }
            };
            parser.which(&which, &mut names, path, "index")?;
            Ok(vec![(DeclaredObject::Index { which, unique }, parser.moved(options, path))])
        });
        let mut names = Names::new();
        let keys =
            self.list(raw.foreign_keys.iter().flatten(), &path.key("foreign_keys"), |parser, key, path| {
                let (which, references) = match key {
                    Declared::Name(name) => (by_name(name), None),
                    Declared::Body(raw) => (
                        by_columns(raw.name.as_ref(), raw.table.as_ref(), raw.columns.as_ref()),
                        raw.references.as_ref().map(ToString::to_string),
                    ),
                };
                parser.which(&which, &mut names, path, "foreign key")?;
                Ok(vec![(DeclaredObject::ForeignKey { which, references }, parser.moved(options, path))])
            });
        let enums = self.mapping(raw.enums.as_ref(), &path.key("enums"), |parser, name, values, path| {
            let mut names = Names::new();
            let values = parser.list(values, path, |parser, value, path| {
                parser.unique(&mut names, value, path, "the value", "keep one of them");
                Ok(value.to_string())
            })?;
            let item = DeclaredObject::Enum { name: name.to_owned(), values };
            Ok(vec![(item, parser.moved(options, path))])
        });
        Ok([tables?, columns?, indexes?, keys?, enums?].into_iter().flatten().flatten().collect())
    }

    fn which(
        &mut self,
        which: &ByColumns,
        names: &mut Names,
        path: &Path,
        what: &str,
    ) -> Result<(), Refused> {
        self.unique(names, &which.title(), path, &format!("the {what}"), "keep one of them");
        if which.name.is_none() && (which.table.is_none() || which.columns.is_empty()) {
            let problem = Problem::new(path, format!("which {what}?"));
            return Err(self.refuse(problem.help("add `name`, or `table` and `columns`")));
        }
        Ok(())
    }
}

fn by_name(name: &Plain) -> ByColumns {
    ByColumns { name: Some(name.to_string()), ..ByColumns::default() }
}

fn by_columns(name: Option<&Plain>, table: Option<&Plain>, columns: Option<&OneOrMany<Plain>>) -> ByColumns {
    ByColumns {
        name: name.map(ToString::to_string),
        table: table.map(ToString::to_string),
        columns: columns.into_iter().flatten().map(ToString::to_string).collect(),
    }
}
