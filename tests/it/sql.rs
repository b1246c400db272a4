//! SQL as evidence, from outside: queries of section 4 and of workflows, and what undoes a workflow.

use std::time::{Duration, Instant};

use crate::postgres::server;
use crate::replay::different;
use crate::support::bash::{Bash, Piece, blocks};
use crate::support::gate::{Ended, Gate};
use crate::support::postgres::{self, PASSWORD, Postgres, Setup, encoded};
use crate::support::scripted::{self, Reply, Scripted};
use crate::support::skip::skip;
use crate::support::sshd::{self, Sshd, free_port, whoami};
use crate::support::tls::{Authority, Certificate};

/// What a service that is not careful makes of a name.
const INJECTION: &str = "x' or '1'='1";

/// A shop whose orders stand in this database, under an id that the test chooses.
fn shop(server: &'static Postgres, database: &str, id: &'static str) -> Scripted {
    let database = database.to_owned();
    Scripted::start(move |asked| match asked.path.as_str() {
        "/orders" => {
            let insert = "insert into orders (id, email, made) values";
            server.psql(&database, &format!("{insert} ($${id}$$, 'amel@example.org', clock_timestamp())"));
            Reply::Answer(
                201,
                Vec::new(),
                serde_json::json!({ "id": id, "token": "a captured token" }).to_string(),
            )
        }
        "/late" => scripted::ok("late").after(Duration::from_secs(120)),
        _ => scripted::ok("shop"),
    })
}

/// A database with orders, the last word on which comes half a second later, and two roles: one that reads what it
/// needs, one that may also delete.
fn orders(server: &Postgres, name: &str) -> String {
    let database = server.database(
        "create table orders (id text, email text, made timestamptz default '2026-01-01');
         create view states as select id, email,
           case when clock_timestamp() > made + '1500 ms' then 'COMPLETED' else 'PENDING' end as status from orders;
         create table secrets (id int); create table log (id serial, said text);
         create function sly() returns int language sql as $$ insert into log (said) values ('here') returning id $$;
         insert into orders (id, email) values ('old', 'eva@example.org'), ('twice', 'a@b.c'), ('twice', 'd@e.f')",
    );
    let (reader, writer) = (format!("{name}_reader"), format!("{name}_writer"));
    server.role(&reader);
    server.role(&writer);
    server.psql(
        &database,
        &format!(
            "grant select on orders, states to {reader}, {writer}; grant delete on orders to {writer};
             grant insert on log to {reader}; grant usage on sequence log_id_seq to {reader}; grant select on log to {reader}"
        ),
    );
    database
}

/// A run with the URLs of both roles as secrets.
fn run(config: &str, service: &Scripted, (server, database, name): (&Postgres, &str, &str)) -> Gate {
    Gate::run(&config.replace("@URL@", &service.url))
        .env(
            "DATABASE_URL",
            format!("{}?schema=public&connection_limit=3", server.url(&format!("{name}_reader"), database)),
        )
        .env("WRITE_URL", raw_url(server, &format!("{name}_writer"), database))
        .env("EMAIL", "amel@example.org")
}

/// A URL whose password is written as it is.
fn raw_url(server: &Postgres, user: &str, database: &str) -> String {
    format!("postgresql://{user}:{PASSWORD}@127.0.0.1:{}/{database}", server.port)
}

/// No piece of a password is anywhere in what a run left behind.
fn keeps_the_password(ended: &Ended) {
    let mut texts = vec![ended.stdout.clone(), ended.stderr.clone()];
    texts.extend(ended.files().iter().map(|name| ended.file(name)));
    for text in texts {
        for piece in [PASSWORD, &encoded(PASSWORD), "battery", "horse", "%23", "wrong-password"] {
            assert!(!text.contains(piece), "{piece} is in {text}");
        }
    }
}

const CONFIG: &str = r#"
version: 1
language: en
limits: { rate: unlimited, check: 10s }
database: { url: "${secret:DATABASE_URL}", write_url: "${secret:WRITE_URL}" }
schema:
  sql:
    - { name: old orders, query: "select count(*) as n from orders where id = :id", params: { id: old }, expect: { value: 1 } }
    - name: one of an address
      query: "select id, made > '2000-01-01' as recent, null as nothing from orders where email = :email and id <> 'new'; -- :no"
      params: { email: "${secret:EMAIL}" }
      expect: { rows: { max: 5 }, columns: [id, recent, nothing] }
    - name: shown
      query: |
        select id, email from orders
        where id = 'old'
      expect: { rows: 1, values: { email: { contains: "@" } } }
      show: [rows]
    - { name: not as expected, query: "select status from states where id = 'twice'", expect: { values: { status: DONE } }, required: false }
smoke:
  base_url: "@URL@"
  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id, token: { json: $.token, secret: true } } }
        - name: done
          sql: "select status from states where id = :id and length(:token) = :known::int"
          params: { known: "16" }
          expect: { rows: 1, values: { status: COMPLETED } }
          within: 10s
          every: 50ms
          fail_on: { values: { status: FAILED } }
        - { name: who, sql: "select email as who, id from orders where id = :id", expect: { rows: 1 }, capture: { who: { column: who } } }
        - { name: again, sql: "select count(*) from orders where email = :who and id = :id", expect: { value: 1 } }
      finally:
        - { name: delete, sql: "delete from orders where id = :id", write: true, rows: 1 }
"#;

#[test]
fn rows_prove_a_workflow_and_are_removed_and_the_record_replays() {
    let Some(server) = server("sql_workflow") else { return };
    let name = "gate_sql_flow";
    let database = orders(server, name);
    let service = shop(server, &database, "a-1");
    let ended = run(CONFIG, &service, (server, &database, name)).wait().ended_with(0);
    keeps_the_password(&ended);

    assert_eq!(ended.verdict(), "WARNED");
    let step = |step: &str| format!("smoke.workflows.order.{step}");
    assert_eq!(ended.actual(&step("done"), "column"), "COMPLETED");
    assert!(ended.fact(&step("done"), "polls").parse::<u32>().unwrap() > 1);
    assert_eq!(ended.fact(&step("done"), "connection"), "plain_local");
    assert_eq!(ended.fact("schema.sql.old orders", "ignored"), "connection_limit");
    assert_eq!(ended.actual(&step("finally.delete"), "changed_rows"), "1");
    assert_eq!(ended.fact(&step("finally.delete"), "transaction"), "committed");
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");
    assert_eq!(ended.actual("schema.sql.not as expected", "column"), "COMPLETED");

    // Of the cells only what is judged or asked for is anywhere.
    let (record, report) = (ended.record(), ended.file("report.json"));
    assert!(record.contains("eva@example.org"));
    for text in [&record, &report] {
        assert!(!text.contains("amel@example.org") && !text.contains("a@b.c"), "{text}");
        assert!(!text.contains("a captured token"), "{text}");
    }
    assert!(record.contains("old orders") && record.contains("| `id` | `email` |"), "{record}");

    // From top to bottom into one terminal.
    let secrets = [
        (
            "DATABASE_URL",
            server.url(&format!("{name}_reader"), &database) + "?schema=public&connection_limit=3",
        ),
        ("WRITE_URL", raw_url(server, &format!("{name}_writer"), &database)),
        ("EMAIL", "amel@example.org".to_owned()),
    ];
    let secrets: Vec<_> = secrets.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let bash = Bash::new(&secrets);
    let pieces: Vec<Piece> = blocks(&record).concat();
    let printed = bash.run(&pieces);
    assert_eq!((different(&pieces, &printed), printed.stderr.as_str()), (String::new(), ""), "{record}");
    let judged = pieces.iter().filter(|piece| !piece.prints.is_empty()).count();
    assert!(judged >= 6, "only {judged} pieces say what they print");
    for secret in [PASSWORD, &encoded(PASSWORD), "a captured token"] {
        let shown: Vec<_> = printed.arguments.iter().filter(|argument| argument.contains(secret)).collect();
        assert!(shown.is_empty(), "can be read in the process list: {shown:?}");
    }
    // The order that was made by pasting was removed by pasting.
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");
    let marked: Vec<_> = pieces.iter().filter(|piece| piece.is_marked()).collect();
    assert_eq!(marked.len(), 2, "{marked:?}");
}

#[test]
fn a_captured_value_is_never_sql() {
    let Some(server) = server("sql_injection") else { return };
    let name = "gate_sql_injection";
    let database = orders(server, name);
    let service = shop(server, &database, INJECTION);
    let config = r#"
version: 1
limits: { rate: unlimited, check: 10s }
database: { url: "${secret:DATABASE_URL}", write_url: "${secret:WRITE_URL}" }
smoke:
  base_url: "@URL@"
  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id } }
        - { name: read, sql: "select count(*) from orders where id = :id", expect: { value: 1 } }
      finally:
        - { name: delete, sql: "delete from orders where id = :id", write: true, rows: 1 }
"#;
    let ended = run(config, &service, (server, &database, name)).wait().ended_with(0);
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");
    // And none for whoever pastes the record.
    let bash = Bash::new(&[
        ("DATABASE_URL", &server.url(&format!("{name}_reader"), &database)),
        ("WRITE_URL", &raw_url(server, &format!("{name}_writer"), &database)),
    ]);
    let pieces: Vec<Piece> = blocks(&ended.record()).concat();
    let printed = bash.run(&pieces);
    assert_eq!((different(&pieces, &printed), printed.stderr.as_str()), (String::new(), ""));
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");
}

#[test]
fn another_number_of_rows_is_rolled_back_and_named() {
    let Some(server) = server("sql_rolled_back") else { return };
    let name = "gate_sql_back";
    let database = orders(server, name);
    let config = r#"
version: 1
language: en
limits: { rate: unlimited, check: 10s }
database: { url: "${secret:DATABASE_URL}", write_url: "${secret:WRITE_URL}" }
smoke:
  base_url: "@URL@"
  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id } }
      finally:
        - { name: too many, sql: "delete from orders where id = :id or id = 'old'", write: true, rows: 1 }
        - { name: none, sql: "delete from orders where id = :id and email = ''", write: true, rows: 1 }
        - { name: denied, sql: "delete from secrets where id = 1", write: true, rows: 1 }
"#;
    let service = shop(server, &database, "it's");
    let ended = run(config, &service, (server, &database, name)).wait().ended_with(1);
    keeps_the_password(&ended);
    let step = |step: &str| format!("smoke.workflows.order.finally.{step}");
    assert_eq!(server.psql(&database, "select count(*) from orders"), "4");
    for (id, changed) in [(step("too many"), "2"), (step("none"), "0")] {
        assert_eq!(ended.outcome(&id), "failed");
        assert_eq!(ended.actual(&id, "changed_rows"), changed);
        assert_eq!(ended.fact(&id, "transaction"), "rolled_back");
    }
    let leftover = "delete from orders where id = 'it''s' or id = 'old'";
    assert_eq!(ended.fact(&step("too many"), "leftover"), leftover);
    let (code, said) = ended.cause(&step("denied"));
    assert_eq!((code.as_str(), said.contains("secrets")), ("database_access", true), "{said}");
    assert!(ended.record().contains(leftover));
    // psql decides by the same rule.
    let bash = Bash::new(&[("WRITE_URL", &raw_url(server, &format!("{name}_writer"), &database))]);
    let pieces: Vec<Piece> = blocks(&ended.record()).concat();
    let too_many: Vec<_> =
        pieces.iter().filter(|piece| piece.prints.first().is_some_and(|line| line == "BEGIN")).collect();
    assert_eq!(too_many.len(), 2);
    let id = Piece { lines: vec!["id=\"it's\"".to_owned()], prints: Vec::new() };
    let pieces: Vec<Piece> = std::iter::once(id).chain(too_many.into_iter().cloned()).collect();
    let printed = bash.run(&pieces);
    assert_eq!((different(&pieces, &printed), printed.stderr.as_str()), (String::new(), ""));
    assert_eq!(server.psql(&database, "select count(*) from orders"), "4");
}

#[test]
fn what_cannot_be_told_is_errored_and_the_rest_goes_on() {
    let Some(server) = server("sql_errored") else { return };
    let name = "gate_sql_errors";
    let database = orders(server, name);
    let service = shop(server, &database, "b-1");
    let config = r#"
version: 1
language: en
limits: { rate: unlimited, check: 5s }
database: { url: "${secret:DATABASE_URL}", statement_timeout: 500ms }
schema:
  sql:
    - { name: sly, query: "select sly()", expect: { rows: 1 } }
    - { name: gone, query: "with gone as (delete from orders returning id) select id from gone", expect: { rows: 1 } }
    - { name: denied, query: "select * from secrets", expect: { rows: 0 } }
    - { name: misspelt, query: "select id,\n  nonsense from orders", expect: { rows: 0 } }
    - { name: slow, query: "select pg_sleep(60)", expect: { rows: 1 } }
    - { name: no column, query: "select id from orders", expect: { values: { status: x } } }
    - { name: good, query: "values (1), (2)", expect: { rows: 2 } }
smoke:
  base_url: "@URL@"
  pages: [/]
"#;
    let ended = run(config, &service, (server, &database, name)).wait().ended_with(3);
    keeps_the_password(&ended);
    for (check, code, said) in [
        ("sly", "query_writes", "read-only transaction"),
        ("gone", "query_writes", "data-modifying"),
        ("denied", "database_access", "permission denied for table secrets"),
        ("misspelt", "query", "(SQLSTATE 42703), line 2, column 3"),
        ("slow", "query_cancelled", "statement timeout"),
        ("no column", "query", "no column status"),
    ] {
        let cause = ended.cause(&format!("schema.sql.{check}"));
        assert!(cause.0 == code && cause.1.contains(said), "{check}: {cause:?}");
    }
    assert_eq!(ended.outcome("schema.sql.good"), "passed");
    assert_eq!(ended.outcome("smoke.pages./"), "passed");
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");
    assert_eq!(server.psql(&database, "select count(*) from log"), "0");

    // Without the database at all.
    let port = crate::support::sshd::free_port();
    for (url, code) in [
        (format!("postgresql://u:wrong-password@127.0.0.1:{}/{database}", server.port), "database_password"),
        (format!("postgresql://u:wrong-password@127.0.0.1:{port}/{database}"), "refused"),
        (format!("postgresql://u:wrong-password@nowhere.invalid/{database}"), "dns"),
        // Read wrongly, a piece of it would be the host.
        (format!("postgresql://u:wrong-password@battery.invalid:{port}/{database}"), "dns"),
    ] {
        let ended =
            run(config, &service, (server, &database, name)).env("DATABASE_URL", &url).wait().ended_with(3);
        keeps_the_password(&ended);
        assert_eq!(ended.cause("schema.sql.good").0, code);
        assert_eq!(ended.outcome("smoke.pages./"), "passed");
    }
    // What cannot be read as a URL is said before anything is asked.
    let bad = run(config, &service, (server, &database, name))
        .env("DATABASE_URL", "postgresql://u:wrong-password@h:x/d")
        .wait();
    let bad = bad.ended_with(2);
    keeps_the_password(&bad);
    assert!(bad.stderr.contains("database.url: it cannot be read as postgresql://"), "{}", bad.stderr);
}

#[test]
fn a_run_that_is_stopped_undoes_by_sql_too() {
    let Some(server) = server("sql_stopped") else { return };
    let name = "gate_sql_stopped";
    let database = orders(server, name);
    let config = r#"
version: 1
limits: { rate: unlimited }
database: { url: "${secret:DATABASE_URL}", write_url: "${secret:WRITE_URL}" }
smoke:
  base_url: "@URL@"
  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id } }
        - { name: wait, get: /late }
      finally:
        - { name: delete, sql: "delete from orders where id = :id", write: true, rows: 1 }
"#;
    let service = shop(server, &database, "c-1");
    let going = run(config, &service, (server, &database, name)).start();
    let begun = Instant::now();
    while service.of("/late").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    going.signal("TERM");
    let ended = going.wait().ended_with(143);
    assert_eq!(ended.outcome("smoke.workflows.order.finally.delete"), "passed");
    assert_eq!(server.psql(&database, "select count(*) from orders"), "3");

    // Somebody holds the row: what is left is named, and the run leaves in time.
    let service = shop(server, &database, "c-2");
    let going = run(config, &service, (server, &database, name)).start();
    while service.of("/late").is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let url = server.url("postgres", &database);
    let _holder = crate::support::runtime().block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("begin; select * from orders for update").await.unwrap();
        client
    });
    going.signal("INT");
    let ended = going.wait().ended_with(130);
    assert_eq!(ended.cause("smoke.workflows.order.finally.delete").0, "commit_unknown");
    let leftover = ended.fact("smoke.workflows.order.finally.delete", "leftover");
    assert_eq!(leftover, "delete from orders where id = 'c-2'");
}

#[test]
fn what_writes_is_listed_by_the_plan() {
    let config = CONFIG.replace("@URL@", "http://127.0.0.1:1");
    let ended = Gate::plan(&config)
        .env("DATABASE_URL", "postgresql://u:wrong-password@h/d")
        .env("WRITE_URL", "postgresql://w:wrong-password@h/d")
        .env("EMAIL", "amel@example.org")
        .wait()
        .ended_with(0);
    assert!(!ended.stdout.contains("wrong-password"));
    let line = |id: &str| ended.stdout.lines().find(|line| line.contains(id)).unwrap().to_owned();
    assert!(line("order.finally.delete").contains("writes"), "{}", ended.stdout);
    assert!(!line("order.who").contains("writes"), "{}", ended.stdout);
}

#[test]
fn the_database_is_reached_through_a_host_and_verified() {
    if let Some(why) = sshd::missing().or_else(postgres::missing) {
        return skip("sql_via", &why);
    }
    let authority = Authority::new();
    let (certificate, key) = authority.pem(Certificate::Good);
    let server = Postgres::with(&Setup { tls: Some((&certificate, &key)), ..Setup::default() });
    let database = server.database("create table t as select 7 as id");
    let sshd = Sshd::start();
    let config = |extra: &str| {
        format!(
            "version: 1\nlanguage: en\nlimits: {{ check: 10s }}\nhosts:\n  prod: {{ ssh: {}@127.0.0.1, port: {}, identity_file: {}, known_hosts: \"${{env:KNOWN}}\" }}\n\
             database: {{ url: \"${{secret:DATABASE_URL}}\", via: {{ ssh: prod }}{extra} }}\n\
             schema:\n  sql: [{{ name: seven, query: select id from t, expect: {{ value: 7 }} }}]\n",
            whoami(),
            sshd.port,
            sshd.key_file().display()
        )
    };
    let run = |url: &str, extra: &str, known: &str| {
        let url = url.replace("127.0.0.1", "localhost");
        Gate::run(&config(extra)).env("DATABASE_URL", url).env("KNOWN", known).wait()
    };
    let known = sshd.known_host(sshd.port);
    let url = server.url("postgres", &database);
    let ca = format!(", ca_file: {}", authority.file().display());
    for (query, extra, link) in [
        ("?sslmode=verify-full", ca.as_str(), "tls_verified"),
        ("", &ca, "tls_verified"),
        ("?sslmode=require", "", "tls_unverified"),
        ("?sslmode=disable", "", "plain_ssh"),
    ] {
        let ended = run(&format!("{url}{query}"), extra, &known).ended_with(0);
        keeps_the_password(&ended);
        assert_eq!(ended.fact("schema.sql.seven", "connection"), link, "{query}{extra}");
    }
    let strict = format!("{url}?sslmode=verify-full");
    let unknown = run(&strict, "", &known).ended_with(3);
    assert_eq!(unknown.cause("schema.sql.seven").0, "certificate_unknown_issuer");
    let nobody = strict.replace(&format!(":{}/", server.port), &format!(":{}/", free_port()));
    let refused = run(&nobody, &ca, &known).ended_with(3);
    assert_eq!(refused.cause("schema.sql.seven").0, "refused");
    let other = format!(
        "[127.0.0.1]:{} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIO3mTSC4bR2pVuQd6zYYyqQ9l1mGXkRzEnRVbPhHjTl",
        sshd.port
    );
    let changed = run(&strict, &ca, &other).ended_with(3);
    assert_eq!(changed.cause("schema.sql.seven").0, "host_key_changed");
    keeps_the_password(&changed);
    let lost = run(&strict, ", ca_file: nowhere.pem", &known).ended_with(2);
    assert!(lost.stderr.contains("database.ca_file: cannot read nowhere.pem"), "{}", lost.stderr);
}
