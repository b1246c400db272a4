//! The client of the database against real servers.

use std::time::Duration;

use prod_gate::model::{Trouble, TroubleCode};
use prod_gate::probe::postgres::{Database, Link, Settings, Trusted, url};
use prod_gate::text::Text;

use crate::support::postgres::{self, Postgres};
use crate::support::runtime;
use crate::support::skip::skip;

/// The shared server, or why there is none.
fn server(test: &str) -> Option<&'static Postgres> {
    postgres::shared().map_err(|why| skip(test, &why)).ok()
}

fn database(url: &str) -> Database {
    Database::new(settings(url))
}

fn settings(url: &str) -> Settings {
    Settings {
        address: url::parse(url).unwrap(),
        text: Text::literal(url),
        via: None,
        trusted: Trusted::System,
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(1),
    }
}

fn select(database: &Database, sql: &str, params: &[&str]) -> Result<Vec<Vec<Option<String>>>, Trouble> {
    runtime().block_on(async { Ok(database.read().await?.rows(sql, params).await?.rows) })
}

#[test]
fn cells_are_text_whatever_their_type_and_parameters_are_bound() {
    let Some(server) = server("postgres_cells") else { return };
    let name = server.database("create table t (id int primary key, at timestamptz, tags text[], ok bool)");
    server.psql(&name, "insert into t values (7, '2026-01-02 03:04:05+00', '{a,\"b c\"}', true)");
    let database = database(&server.url("postgres", &name));
    let rows = runtime().block_on(async {
        let reading = database.read().await.unwrap();
        assert!(reading.version() >= 130_000, "{}", reading.version());
        assert_eq!(reading.link(), Link::PlainLocal);
        let sql = "select id, tags, ok, null as nothing, $2::text as said from t where id = $1 -- the end";
        let injection = "'; drop table t; --";
        let rows = reading.rows(sql, &["7", injection]).await.unwrap();
        assert_eq!(rows.rows[0][4].as_deref(), Some(injection));
        // A query that fails leaves the transaction as it was.
        let failed = reading.rows("select 1\n  , nonsense from t", &[]).await.unwrap_err();
        assert_eq!(failed.code, TroubleCode::Query);
        assert!(failed.detail.ends_with("(SQLSTATE 42703), line 2, column 5"), "{}", failed.detail);
        assert_eq!(
            reading.rows("select count(*) from t", &[]).await.unwrap().rows[0][0].as_deref(),
            Some("1")
        );
        rows
    });
    assert_eq!(rows.columns, ["id", "tags", "ok", "nothing", "said"]);
    let cells: Vec<_> = rows.rows[0][..4].iter().map(Option::as_deref).collect();
    assert_eq!(cells, [Some("7"), Some("{a,\"b c\"}"), Some("t"), None]);
}

#[test]
fn many_rows_come_in_pieces_and_too_much_is_refused() {
    let Some(server) = server("postgres_many_rows") else { return };
    let database = database(&server.url("postgres", "postgres"));
    for count in [0, 1, 9_999, 10_000, 10_001, 25_000] {
        let sql = format!("select i, 'x' from generate_series(1, {count}) i");
        assert_eq!(select(&database, &sql, &[]).unwrap().len(), count, "{count}");
    }
    let sql = "select repeat('x', 1000000) from generate_series(1, 100)";
    assert_eq!(select(&database, sql, &[]).unwrap_err().code, TroubleCode::TooLarge);
}
