//! A catalogue of a production that has grown: 2,000 tables with 20,000 columns.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use prod_gate::checks::schema::diff::diff;
use prod_gate::probe::catalogue::{self, Catalogue, ObjectKind};
use prod_gate::probe::postgres::{Database, DatabaseSettings, Trusted, url};
use prod_gate::text::Text;

use crate::Broken;
use crate::schema::project::table_sql;
use crate::schema::runs::{memory, succeed};
use crate::support::postgres::Postgres;
use crate::times::Times;

/// The argument that makes this program read a catalogue and nothing else.
pub(crate) const WORD: &str = "read-catalogue";
/// The tables; each has ten columns.
pub(crate) const TABLES: usize = 2_000;
/// How many of them differ in the other catalogue.
const DIFFERENT: usize = 100;

/// What it took.
#[derive(Default)]
pub(crate) struct Figures {
    /// Connecting and reading.
    pub(crate) read: Times,
    /// Comparing with another one.
    pub(crate) compare: Times,
    /// The peak of resident memory of a process that holds both, in KiB.
    pub(crate) memory: u64,
    /// How many objects there are.
    pub(crate) objects: usize,
    /// How many columns there are.
    pub(crate) columns: usize,
}

/// Measure.
pub(crate) fn measure(server: &Postgres, rounds: usize) -> Result<Figures, Broken> {
    let mut sql = String::from("CREATE TYPE \"Status\" AS ENUM ('PENDING', 'COMPLETED', 'FAILED');\n");
    for table in 0..TABLES {
        sql.push_str(&table_sql(table));
    }
    let database = server.database(&sql);
    server.psql(&database, "ANALYZE");
    let url = server.url("postgres", &database);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Figures::default();
    // The first round warms caches and does not count.
    for round in 0..=rounds {
        let (catalogue, read) = runtime.block_on(read(&url))?;
        let other = altered(&catalogue);
        let begun = Instant::now();
        let found = diff(&catalogue, &other).len();
        let compare = begun.elapsed();
        if found != DIFFERENT {
            return Err(format!("{found} differences found, expected {DIFFERENT}").into());
        }
        if round > 0 {
            figures.read.push(read);
            figures.compare.push(compare);
        }
        figures.objects = catalogue.objects.len();
        figures.columns = catalogue.count(ObjectKind::Column);
    }
    let this = std::env::current_exe()?;
    succeed(Command::new(&this).args([WORD, &url]))?;
    figures.memory = memory(Command::new("/usr/bin/time").args(["-f", "%M"]).arg(&this).args([WORD, &url]))?;
    Ok(figures)
}

/// What the process does whose memory is measured: read two catalogues, as production's and a replay's, and compare.
pub(crate) fn read_and_compare(url: &str) -> Result<(), Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (one, _) = runtime.block_on(read(url))?;
    let (other, _) = runtime.block_on(read(url))?;
    if diff(&one, &other).is_empty() { Ok(()) } else { Err("one catalogue is not equal to itself".into()) }
}

async fn read(url: &str) -> Result<(Catalogue, Duration), Broken> {
    let database = Database::new(DatabaseSettings {
        address: url::parse(url).map_err(|error| error.to_string())?,
        text: Text::default(),
        via: None,
        trusted: Trusted::System,
        statement_timeout: Duration::from_secs(60),
        lock_timeout: Duration::from_secs(5),
    });
    let begun = Instant::now();
    let reading = database.read().await.map_err(|cause| cause.detail)?;
    let catalogue = catalogue::read(&reading, database.schema()).await.map_err(|cause| cause.detail)?;
    Ok((catalogue, begun.elapsed()))
}

/// The same with a few columns of another type.
fn altered(catalogue: &Catalogue) -> Catalogue {
    let mut other = catalogue.clone();
    let columns = other.objects.iter_mut().filter(|(name, _)| name.kind == ObjectKind::Column);
    for (at, (_, object)) in columns.step_by(7).take(DIFFERENT).enumerate() {
        let mut kind = String::new();
        // Writing to a String cannot fail.
        let _ = write!(kind, "another type, {at}");
        if let Some(field) = object.fields.first_mut() {
            *field = Some(kind);
        }
    }
    other
}
