//! The client of the database against real servers: what it reads, how it is protected, how it fails.

use std::fmt::Debug;
use std::time::Duration;

use prod_gate::model::{Cause, CauseCode as Code};
use prod_gate::probe::postgres::{Database, DatabaseSettings, Link, Trusted, url};
use prod_gate::text::Text;

use crate::support::pgbouncer::{self, Pooler};
use crate::support::postgres::{self, PASSWORD, Postgres, Setup, encoded};
use crate::support::runtime;
use crate::support::skip::skip;
use crate::support::sshd::{free_port, until};
use crate::support::tls::{Authority, Certificate};

/// The shared server, or why there is none.
pub(crate) fn server(test: &str) -> Option<&'static Postgres> {
    postgres::shared().map_err(|why| skip(test, &why)).ok()
}

pub(crate) fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings {
        address: url::parse(url).unwrap(),
        text: Text::literal(url),
        via: None,
        trusted: Trusted::System,
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_millis(200),
    }
}

pub(crate) fn database(url: &str) -> Database {
    Database::new(settings(url))
}

/// The cells of the first row, with `NULL` as none.
fn first(database: &Database, sql: &str) -> Result<Vec<Option<String>>, Cause> {
    runtime().block_on(async {
        let rows = database.read().await?.rows(sql, &[]).await?;
        Ok(rows.rows.into_iter().next().unwrap_or_default())
    })
}

fn link(settings: DatabaseSettings) -> Result<Link, Code> {
    let read =
        runtime().block_on(async { Database::new(settings).read().await.map(|reading| reading.link()) });
    read.map_err(|cause| cause.code)
}

/// The cause's code; what is said of it holds no piece of the password.
fn code<T: Debug>(result: Result<T, Cause>) -> Code {
    let cause = result.unwrap_err();
    for piece in [PASSWORD, "battery", "horse", &encoded(PASSWORD)] {
        assert!(!cause.detail.contains(piece), "{}", cause.detail);
    }
    cause.code
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
        assert!(reading.system_identifier().await.unwrap().unwrap().parse::<u64>().is_ok());
        let sql = "select id, tags, ok, null as nothing, $2::text as said from t where id = $1 -- the end";
        let injection = "'; drop table t; --";
        let rows = reading.rows(sql, &["7", injection]).await.unwrap();
        assert_eq!(rows.rows[0][4].as_deref(), Some(injection));
        // A query that fails leaves the transaction as it was, with what was set in it.
        reading.rows("select set_config('search_path', 'pg_catalog', true)", &[]).await.unwrap();
        let failed = reading.rows("select 1\n  , nonsense from public.t", &[]).await.unwrap_err();
        assert_eq!(failed.code, Code::Query);
        assert!(failed.detail.ends_with("(SQLSTATE 42703), line 2, column 5"), "{}", failed.detail);
        let path = reading.rows("select current_setting('search_path')", &[]).await.unwrap();
        assert_eq!(path.rows[0][0].as_deref(), Some("pg_catalog"));
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
    runtime().block_on(async {
        let reading = database.read().await.unwrap();
        for count in [0, 1, 9_999, 10_000, 10_001, 25_000] {
            let sql = format!("select i, 'x' from generate_series(1, {count}) i");
            assert_eq!(reading.rows(&sql, &[]).await.unwrap().rows.len(), count, "{count}");
        }
        let sql = "select repeat('x', 1000000) from generate_series(1, 100)";
        assert_eq!(code(reading.rows(sql, &[]).await), Code::TooLarge);
        assert_eq!(reading.rows("select 1", &[]).await.unwrap().rows.len(), 1);
    });
}

#[test]
fn the_schema_of_the_url_is_where_names_are_looked_up() {
    let Some(server) = server("postgres_schema") else { return };
    let name = server.database(
        "create schema \"App \"\"2\"\"\"; create table \"App \"\"2\"\"\".t as select 2 as n; create table t as select 1 as n",
    );
    let url = server.url("postgres", &name);
    let plain = database(&url);
    assert_eq!(
        (plain.schema(), first(&plain, "select n from t").unwrap()),
        ("public", vec![Some("1".into())])
    );
    let other = database(&format!("{url}?schema=App%20%222%22&connection_limit=1"));
    assert_eq!(other.schema(), "App \"2\"");
    assert_eq!(other.ignored(), ["connection_limit"]);
    assert_eq!(first(&other, "select n from t").unwrap(), [Some("2".into())]);
}

#[test]
fn passwords_hold_anything_and_sockets_are_found() {
    let Some(server) = server("postgres_passwords") else { return };
    let (port, socket) = (server.port, server.socket().display());
    for url in [
        server.url("postgres", "postgres"),
        format!("postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres?schema=public"),
        format!("postgres://postgres:{PASSWORD}@localhost:{port}/postgres"),
        format!("postgresql://postgres@localhost:{port}/postgres?host={socket}"),
        format!("postgresql://postgres@{}:{port}", encoded(&socket.to_string())),
        format!(
            "postgresql://nobody@nowhere.invalid/?user=postgres&host=localhost&port={port}&password={}",
            encoded(PASSWORD)
        ),
    ] {
        let user =
            first(&database(&url), "select current_user, current_setting('application_name')").unwrap();
        assert_eq!(user, [Some("postgres".to_owned()), Some("prod-gate".to_owned())], "{url}");
    }
}

#[test]
fn nothing_is_written_whatever_is_asked() {
    let Some(server) = server("postgres_read_only") else { return };
    let name = server.database(
        "create table t (id int); insert into t values (1); create sequence s;
         create function sly() returns int language sql as 'delete from t returning id'",
    );
    let database = database(&server.url("postgres", &name));
    for (sql, expected) in [
        ("with gone as (delete from t returning id) select id from gone", Code::QueryWrites),
        ("select sly()", Code::QueryWrites),
        ("select nextval('s')", Code::QueryWrites),
        ("select id from t for update", Code::QueryWrites),
        ("select 1; delete from t", Code::Query),
        ("delete from t", Code::Query),
        ("select set_config('transaction_read_only', 'off', true)", Code::Query),
    ] {
        assert_eq!(code(first(&database, sql)), expected, "{sql}");
    }
    assert_eq!(server.psql(&name, "select count(*) from t"), "1");
}

#[test]
fn each_way_to_fail_has_its_name() {
    let Some(server) = server("postgres_failures") else { return };
    let name =
        server.database("create table secret (id int); revoke connect on database postgres from public");
    server.role("gate_failing");
    server.psql("postgres", "create role gate_full login password 'x' connection limit 0");
    let port = server.port;
    let at = |port: u16, more: &str| {
        format!("postgresql://postgres:{}@127.0.0.1:{port}/{more}", encoded(PASSWORD))
    };
    for (url, expected) in [
        (format!("postgresql://postgres:wrong@127.0.0.1:{port}/postgres"), Code::DatabasePassword),
        (format!("postgresql://postgres@127.0.0.1:{port}/postgres"), Code::DatabasePassword),
        (
            format!("postgresql://nobody:{}@127.0.0.1:{port}/postgres", encoded(PASSWORD)),
            Code::DatabasePassword,
        ),
        (server.url("postgres", "nowhere"), Code::NoDatabase),
        (server.url("gate_failing", "postgres"), Code::DatabaseAccess),
        (format!("postgresql://gate_full:x@127.0.0.1:{port}/{name}"), Code::DatabaseBusy),
        (at(port, "postgres?sslmode=require"), Code::NoTls),
        (at(port, "postgres?sslmode=verify-full"), Code::NoTls),
        (at(free_port(), "postgres"), Code::Refused),
        (format!("postgresql://postgres:{}@nowhere.invalid/postgres", encoded(PASSWORD)), Code::Dns),
        (at(port, "postgres?host=/nowhere"), Code::Unreachable),
    ] {
        assert_eq!(code(first(&database(&url), "select 1")), expected, "{url}");
    }
    let reader = database(&server.url("gate_failing", &name));
    assert_eq!(code(first(&reader, "select * from secret")), Code::DatabaseAccess);
    assert_eq!(first(&reader, "select 1").unwrap(), [Some("1".into())]);
}

#[test]
fn what_is_no_database_is_told() {
    // One that says nothing, one that speaks HTTP, one that hangs up.
    let answers: [(&[u8], Code); 3] = [
        (b"", Code::Timeout),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Code::DatabaseProtocol),
        (b"N", Code::Reset),
    ];
    for (answer, expected) in answers {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for mut stream in listener.incoming().flatten() {
                use std::io::{Read as _, Write as _};
                let _ = stream.read(&mut [0; 1000]);
                let _ = stream.write_all(answer);
                if answer.is_empty() {
                    open.push(stream);
                }
            }
        });
        let url = format!("postgresql://u:p@127.0.0.1:{port}/d?connect_timeout=1");
        assert_eq!(code(first(&database(&url), "select 1")), expected, "{}", answer.len());
    }
}

#[test]
fn a_query_that_hangs_is_ended_by_the_server() {
    let Some(server) = server("postgres_hanging") else { return };
    let name = server.database("create table t (id int)");
    let url = server.url("postgres", &name);
    let hurried =
        Database::new(DatabaseSettings { statement_timeout: Duration::from_millis(200), ..settings(&url) });
    assert_eq!(code(first(&hurried, "select pg_sleep(60)")), Code::QueryCancelled);
    // Somebody changes the table.
    runtime().block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("begin; lock table t").await.unwrap();
        let reading = database(&url).read().await.unwrap();
        assert_eq!(code(reading.rows("select * from t", &[]).await), Code::QueryCancelled);
    });
}

#[test]
fn a_server_that_dies_in_the_middle_is_told() {
    if let Some(why) = postgres::missing() {
        return skip("postgres_killed", &why);
    }
    let server = Postgres::start();
    let name = server.database("");
    let database = database(&server.url("postgres", &name));
    let asked = std::thread::spawn(move || first(&database, "select pg_sleep(60)"));
    let asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    until("the query runs", || server.psql("postgres", asleep) == "1");
    server.kill();
    assert_eq!(code(asked.join().unwrap()), Code::Reset);
}

#[test]
fn a_pooler_needs_no_setting() {
    let Some(server) = server("postgres_pooler") else { return };
    if let Some(why) = pgbouncer::missing() {
        return skip("postgres_pooler", &why);
    }
    let pooler = Pooler::start(server);
    let name = server.database("create table t as select generate_series(1, 5) as id");
    let database = database(&pooler.url(&name));
    runtime().block_on(async {
        for id in ["1", "2", "3"] {
            let reading = database.read().await.unwrap();
            for _ in 0..3 {
                let rows = reading.rows("select id from t where id >= $1", &[id]).await.unwrap();
                assert_eq!(rows.rows[0][0].as_deref(), Some(id));
            }
        }
        let changed = database.change("delete from t where id = $1", &["4"], 1).await.unwrap();
        assert!(changed.committed);
    });
    // What was set for a transaction is gone with it: the pooler's own connection is as it was.
    let left = runtime().block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&pooler.url(&name).replace("?pgbouncer=true", ""), tokio_postgres::NoTls)
                .await
                .unwrap();
        tokio::spawn(connection);
        client.simple_query("show statement_timeout").await.unwrap()
    });
    let row = left.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    assert_eq!(row, Some("0"));
}

#[test]
fn tls_is_as_strict_as_the_url_says() {
    if let Some(why) = postgres::missing() {
        return skip("postgres_tls", &why);
    }
    let authority = Authority::new();
    let ca = std::fs::read_to_string(authority.file()).unwrap();
    let (certificate, key) = authority.pem(Certificate::Good);
    let hba = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    let server =
        Postgres::with(&Setup { tls: Some((&certificate, &key)), hba: Some(hba), ..Setup::default() });
    let at = |host: &str, query: &str| {
        let url =
            format!("postgresql://postgres:{}@{host}:{}/postgres?{query}", encoded(PASSWORD), server.port);
        settings(&url)
    };
    let with_ca =
        |settings: DatabaseSettings| DatabaseSettings { trusted: Trusted::Pem(ca.clone()), ..settings };
    for (host, query, known, unknown) in [
        ("localhost", "sslmode=verify-full", Ok(Link::TlsVerified), Err(Code::CertificateUnknownIssuer)),
        ("127.0.0.1", "sslmode=verify-full", Err(Code::CertificateName), Err(Code::CertificateUnknownIssuer)),
        ("127.0.0.1", "sslmode=verify-ca", Ok(Link::TlsAuthority), Err(Code::CertificateUnknownIssuer)),
        ("localhost", "sslaccept=strict", Ok(Link::TlsVerified), Err(Code::CertificateUnknownIssuer)),
        ("localhost", "sslmode=require", Ok(Link::TlsVerified), Ok(Link::TlsUnverified)),
        ("localhost", "sslmode=prefer", Ok(Link::TlsVerified), Ok(Link::TlsUnverified)),
        ("localhost", "sslmode=allow", Ok(Link::TlsVerified), Ok(Link::TlsUnverified)),
        (
            "localhost",
            "sslmode=require&channel_binding=require",
            Ok(Link::TlsVerified),
            Ok(Link::TlsUnverified),
        ),
        ("localhost", "sslmode=disable", Err(Code::DatabaseLogin), Err(Code::DatabaseLogin)),
        (
            "nowhere.invalid",
            "sslmode=verify-full&hostaddr=127.0.0.1",
            Err(Code::CertificateName),
            Err(Code::CertificateUnknownIssuer),
        ),
    ] {
        assert_eq!(link(with_ca(at(host, query))), known, "{host} {query}, authority known");
        assert_eq!(link(at(host, query)), unknown, "{host} {query}, authority unknown");
    }
    let verified = || with_ca(at("localhost", "sslmode=verify-full"));
    for (kind, expected) in [
        (Certificate::Expired, Err(Code::CertificateExpired)),
        (Certificate::WrongName, Err(Code::CertificateName)),
        (Certificate::SelfSigned, Err(Code::CertificateUnknownIssuer)),
    ] {
        let (certificate, key) = authority.pem(kind);
        server.show_certificate(&certificate, &key);
        assert_eq!(link(verified()), expected, "{kind:?}");
        // The server's own certificate, known as such.
        let own = DatabaseSettings { trusted: Trusted::Pem(certificate), ..verified() };
        assert_eq!(
            link(own),
            if kind == Certificate::SelfSigned { Ok(Link::TlsVerified) } else { expected },
            "{kind:?}"
        );
    }
    let broken = DatabaseSettings { trusted: Trusted::Pem("nothing".to_owned()), ..verified() };
    assert_eq!(link(broken), Err(Code::File));
}
