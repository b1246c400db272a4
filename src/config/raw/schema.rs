//! What the configuration file can say of section 4, and of the server in which migrations are replayed.

use macro_rules_attribute::apply;

use super::sql::RawSqlCheck;
use crate::config::types::{
    Binaries, ColumnType, Declared, NonEmpty, OneOrMany, Ordered, Plain, SchemaPattern, Template, Wait,
};

/// Section 4: the schema, as the migrations make it and as it is declared here.
#[apply(raw_check)]
pub struct RawSchema {
    /// Prove what this release adds, changes and removes, worked out from its own migrations. Default: false.
    pub release: Option<bool>,
    /// Compare production with a replay of all migrations. Default: false.
    pub drift: Option<bool>,
    /// Objects whose drift is known: a name with `*` and `?`, such as `legacy_*` or `assessments.tmp`, perhaps
    /// with its kind before it, such as `extension pg_stat_statements`. With a table go its parts.
    pub ignore: Option<NonEmpty<SchemaPattern>>,
    /// Tables that must be there.
    pub tables: Option<NonEmpty<Plain>>,
    /// Columns that must be there, by table and name, with their types: `text`, `integer not null`, `present`.
    pub columns: Option<Ordered<Ordered<ColumnType>>>,
    /// Indexes that must be there and valid: a name, or more.
    pub indexes: Option<NonEmpty<Declared<RawIndex>>>,
    /// Foreign keys that must be there and validated: a name, or more.
    pub foreign_keys: Option<NonEmpty<Declared<RawForeignKey>>>,
    /// Enums that must be there, with all their values in their order.
    pub enums: Option<Ordered<NonEmpty<Plain>>>,
    /// Queries whose rows are judged.
    pub sql: Option<NonEmpty<RawSqlCheck>>,
}

/// An index. A bare name stands for `{ name: NAME }`.
#[apply(raw)]
pub struct RawIndex {
    /// Its name. Without it, any index of the table that has these columns.
    pub name: Option<Plain>,
    /// Its table.
    pub table: Option<Plain>,
    /// Its columns or expressions, in their order.
    pub columns: Option<OneOrMany<Plain>>,
    /// Whether it must be unique. Default: not judged.
    pub unique: Option<bool>,
}

/// A foreign key. A bare name stands for `{ name: NAME }`.
#[apply(raw)]
pub struct RawForeignKey {
    /// Its name. Without it, any foreign key of the table with these columns.
    pub name: Option<Plain>,
    /// Its table.
    pub table: Option<Plain>,
    /// Its columns, in their order.
    pub columns: Option<OneOrMany<Plain>>,
    /// The table that it leads to.
    pub references: Option<Plain>,
}

/// The server in which migrations are replayed; without it production's image or programs of its major version.
#[apply(raw)]
pub struct RawScratch {
    /// An image that is run by Docker on the machine of prod-gate, such as `pgvector/pgvector:pg15`.
    pub image: Option<Plain>,
    /// PostgreSQL's own programs: `auto`, or the folder that they are in, such as `/usr/lib/postgresql/15/bin`.
    pub binaries: Option<Binaries>,
    /// A server that may be used, as a secret: databases are made in it and dropped afterwards.
    pub url: Option<Template>,
    /// The longest that replaying may take. Default: `5m`.
    pub max_time: Option<Wait>,
}
