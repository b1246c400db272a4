//! Evidence: the command a person can paste, the facts, what was judged, what may be shown.
//!
//! Data, never markdown and never a sentence: renderers put it into words in the record's language.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, VariantArray};

use super::Subject;

/// Everything a check saw and compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What a person pastes into bash to see the same, in order.
    pub commands: Vec<Command>,
    /// What was seen and not judged.
    pub facts: Vec<Fact>,
    pub judged: Vec<Comparison>,
    /// Rows that were found, item by item: a database's answers.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// Text of an answer that the configuration asked to show.
    pub shown: Vec<Shown>,
}

impl Evidence {
    /// What the check left behind in production.
    pub fn leftovers(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().filter(|fact| fact.name == FactName::Leftover).map(|fact| fact.value.as_str())
    }
}

/// One or more lines of bash, with secrets as `$NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub bash: String,
    /// What they print, line by line, as the gate saw it; empty when they print nothing that was judged.
    pub prints: Vec<String>,
    /// Whether running them changes anything in production.
    pub writes: bool,
}

impl Command {
    pub fn reads(bash: impl Into<String>, prints: Vec<String>) -> Self {
        Self { bash: bash.into(), prints, writes: false }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: FactName,
    /// Its value, scrubbed.
    pub value: String,
}

/// The facts that checks report. Stable: they are part of `report.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum FactName {
    /// The URL asked, without its password.
    Url,
    Status,
    ContentType,
    /// The body's length in bytes, as far as it was read.
    Length,
    /// From the request to the last byte, in milliseconds.
    TimeMs,
    /// How many times it was asked until the expectation held.
    Polls,
    /// The redirects followed, one URL a line.
    Redirects,
    CertificateEnds,
    User,
    Login,
    Commit,
    Tag,
    Tagger,
    Previous,
    /// Files changed and not committed in a work tree.
    Dirty,
    /// The row that could not be removed, or the thing that is left behind.
    Leftover,
    /// The name of a host under `hosts`.
    Host,
    Image,
    Digest,
    /// When a container was started, RFC 3339.
    StartedAt,
    Restarts,
    Branch,
    /// The migrations folder, from the root of the repository.
    MigrationsDir,
    /// How many migrations the deployed commit has.
    MigrationsFound,
    NewMigration,
    AcceptedMigration,
    /// A migration that failed, and the code of the database's error.
    MigrationError,
    /// The server in which migrations were replayed.
    Scratch,
    Replayed,
    /// How many migrations the release brings.
    MigrationsBrought,
    /// How many migrations a rollback takes back.
    MigrationsTakenBack,
    /// How many objects of the schema were compared.
    Compared,
    IgnoredDrift,
    /// An object of the schema that a rollback left as the release before had made it.
    LeftBehind,
    /// How the connection to the database was protected: `tls_verified`, `tls_authority`, `tls_unverified`,
    /// `plain_ssh`, `plain_local` or `plain`.
    Connection,
    /// Parameters of the database's URL that have no meaning here.
    Ignored,
    /// How many rows a query selected.
    Rows,
    /// What became of a change to the database: `committed` or `rolled_back`.
    Transaction,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub subject: Subject,
    pub expected: Expected,
    /// What it was; empty when it was absent.
    pub actual: String,
    pub ok: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, EnumIter)]
#[serde(tag = "is", content = "value", rename_all = "snake_case")]
pub enum Expected {
    Equals(String),
    /// One of these, values or ranges such as `2xx`.
    OneOf(Vec<String>),
    /// This text somewhere in it.
    Contains(String),
    /// This text nowhere in it.
    NotContains(String),
    Matches(String),
    AtMost(String),
    AtLeast(String),
    /// This many characters or entries: `3`, `2..`, `..5`, `2..5`.
    Length(String),
    Present,
    Absent,
    /// 401 or 403, shown to be the application's own answer.
    Denied,
}

/// Rows that a database answered with, or that were worked out of its catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub of: TableOf,
    /// The columns' names, as SQL has them.
    pub head: Vec<String>,
    /// The rows, each with a cell for every column. SQL's NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many more rows there were than are kept.
    pub left_out: u64,
}

/// What the rows of a table are. Stable: they are part of `report.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum TableOf {
    /// What a query of the configuration selected.
    Rows,
    Migrations,
    Tables,
    Columns,
    Indexes,
    ForeignKeys,
    Enums,
    /// Other constraints: primary keys, unique, check, exclusion.
    Constraints,
    Views,
    Functions,
    Triggers,
    Sequences,
    Extensions,
    Types,
    /// Policies of row level security.
    Policies,
}

/// Text of an answer that `show:` asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What it is: `body` or a header's name.
    pub name: String,
    /// The fence's language: `json`, `html`, `text`.
    pub language: String,
    /// The text, scrubbed.
    pub text: String,
    pub cut: bool,
}
