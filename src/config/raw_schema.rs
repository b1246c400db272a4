//! What the configuration file can say of section 4, and of the server in which migrations are replayed.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw::Waive;
use super::raw_sql::SqlCheck;
use super::types::{
    Binaries, ColumnType, Declared, NonEmpty, OneOrMany, Ordered, Plain, SchemaPattern, Template, Wait,
};

/// Section 4: the schema, as the migrations make it and as it is declared here.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Schema {
    /// Prove what this release adds, changes and removes, worked out from its own migrations. Default: false.
    #[deserr(default)]
    pub release: Option<bool>,
    /// Compare production with a replay of all migrations. Default: false.
    #[deserr(default)]
    pub drift: Option<bool>,
    /// Objects whose drift is known: a name with `*` and `?`, such as `legacy_*` or `assessments.tmp`, perhaps
    /// with its kind before it, such as `extension pg_stat_statements`. With a table go its parts.
    #[deserr(default)]
    pub ignore: Option<NonEmpty<SchemaPattern>>,
    /// Tables that must be there.
    #[deserr(default)]
    pub tables: Option<NonEmpty<Plain>>,
    /// Columns that must be there, by table and name, with their types: `text`, `integer not null`, `present`.
    #[deserr(default)]
    pub columns: Option<Ordered<Ordered<ColumnType>>>,
    /// Indexes that must be there and valid: a name, or more.
    #[deserr(default)]
    pub indexes: Option<NonEmpty<Declared<Index>>>,
    /// Foreign keys that must be there and validated: a name, or more.
    #[deserr(default)]
    pub foreign_keys: Option<NonEmpty<Declared<ForeignKey>>>,
    /// Enums that must be there, with all their values in their order.
    #[deserr(default)]
    pub enums: Option<Ordered<NonEmpty<Plain>>>,
    /// Queries whose rows are judged.
    #[deserr(default)]
    pub sql: Option<NonEmpty<SqlCheck>>,
    /// Whether it blocks. Default: true.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}

/// An index. A bare name stands for `{ name: NAME }`.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Index {
    /// Its name. Without it, any index of the table that has these columns.
    #[deserr(default)]
    pub name: Option<Plain>,
    /// Its table.
    #[deserr(default)]
    pub table: Option<Plain>,
    /// Its columns or expressions, in their order.
    #[deserr(default)]
    pub columns: Option<OneOrMany<Plain>>,
    /// Whether it must be unique. Default: not judged.
    #[deserr(default)]
    pub unique: Option<bool>,
}

/// A foreign key. A bare name stands for `{ name: NAME }`.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct ForeignKey {
    /// Its name. Without it, any foreign key of the table with these columns.
    #[deserr(default)]
    pub name: Option<Plain>,
    /// Its table.
    #[deserr(default)]
    pub table: Option<Plain>,
    /// Its columns, in their order.
    #[deserr(default)]
    pub columns: Option<OneOrMany<Plain>>,
    /// The table that it leads to.
    #[deserr(default)]
    pub references: Option<Plain>,
}

/// The server in which migrations are replayed; without it production's image or programs of its major version.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Scratch {
    /// An image that is run by Docker on the machine of prod-gate, such as `pgvector/pgvector:pg15`.
    #[deserr(default)]
    pub image: Option<Plain>,
    /// PostgreSQL's own programs: `auto`, or the folder that they are in, such as `/usr/lib/postgresql/15/bin`.
    #[deserr(default)]
    pub binaries: Option<Binaries>,
    /// A server that may be used, as a secret: databases are made in it and dropped afterwards.
    #[deserr(default)]
    pub url: Option<Template>,
    /// The longest that replaying may take. Default: `5m`.
    #[deserr(default)]
    pub max_time: Option<Wait>,
}

impl Index {
    /// What it is called: its name, else its table and columns, such as `users(email)`.
    pub fn title(&self) -> String {
        title(self.name.as_ref(), self.table.as_ref(), self.columns.as_ref())
    }
}

impl ForeignKey {
    /// What it is called: its name, else its table and columns, such as `posts(user_id)`.
    pub fn title(&self) -> String {
        title(self.name.as_ref(), self.table.as_ref(), self.columns.as_ref())
    }
}

fn title(name: Option<&Plain>, table: Option<&Plain>, columns: Option<&OneOrMany<Plain>>) -> String {
    if let Some(name) = name {
        return name.to_string();
    }
    let columns: Vec<&str> = columns.iter().flat_map(|columns| columns.iter()).map(Plain::as_str).collect();
    format!("{}({})", table.map_or("", Plain::as_str), columns.join(", "))
}
