//! Changes to the database: what was stated, or nothing.

use prod_gate::model::CauseCode as Code;
use prod_gate::probe::postgres::{Changed, Link};

use crate::postgres::{database, server};
use crate::support::runtime;
use crate::support::sshd::until;

#[test]
fn a_change_is_what_was_stated_or_rolled_back() {
    let Some(server) = server("postgres_change") else { return };
    let name = server.database(
        "create table t (id int primary key, said text); insert into t select i, 'x' from generate_series(1, 5) i;
         create table child (id int references t deferrable initially deferred); insert into child values (5)",
    );
    let database = database(&server.url("postgres", &name));
    let change = |sql: &str, params: &[&str], rows| runtime().block_on(database.change(sql, params, rows));
    let rows = || server.psql(&name, "select string_agg(id::text, ',' order by id) from t");
    let link = Link::PlainLocal;
    let done = change("delete from t where id = $1", &["1"], 1);
    assert_eq!((done, rows().as_str()), (Ok(Changed { rows: 1, committed: true, link }), "2,3,4,5"));
    let too_many = change("delete from t where id > $1", &["1"], 1);
    assert_eq!((too_many, rows().as_str()), (Ok(Changed { rows: 4, committed: false, link }), "2,3,4,5"));
    let none = change("delete from t where said = $1", &["' or true --"], 1);
    assert_eq!((none, rows().as_str()), (Ok(Changed { rows: 0, committed: false, link }), "2,3,4,5"));
    let returned =
        change("with gone as (delete from t where id = $1 returning id) select id from gone", &["2"], 1);
    assert_eq!((returned, rows().as_str()), (Ok(Changed { rows: 1, committed: true, link }), "3,4,5"));
    // Looked at only when all is done: rolled back, and the server says why.
    let referenced = change("delete from t where id = $1", &["5"], 1).unwrap_err();
    assert_eq!((referenced.code, rows().as_str()), (Code::Query, "3,4,5"));
    // The detail of such an error quotes the row.
    assert!(
        referenced.detail.contains("23503") && !referenced.detail.contains("(5)"),
        "{}",
        referenced.detail
    );
    let two = change("delete from t where id = 3; delete from t where id = 4", &[], 1).unwrap_err();
    assert_eq!((two.code, rows().as_str()), (Code::Query, "3,4,5"));
    server.role("gate_writer");
    let reader = crate::postgres::database(&server.url("gate_writer", &name));
    let denied = runtime().block_on(reader.change("delete from t where id = $1", &["3"], 1)).unwrap_err();
    assert_eq!((denied.code, rows().as_str()), (Code::DatabaseAccess, "3,4,5"));
}

#[test]
fn a_commit_without_an_answer_is_told_as_unknown() {
    let Some(server) = server("postgres_commit") else { return };
    let name = server.database(
        "create table t (id int); insert into t values (1);
         create function slowly() returns trigger language plpgsql as 'begin perform pg_sleep(60); return null; end';
         create constraint trigger slow after delete on t deferrable initially deferred
           for each row execute function slowly()",
    );
    let database = database(&server.url("postgres", &name));
    let changed = std::thread::spawn(move || {
        runtime().block_on(database.change("delete from t where id = $1", &["1"], 1))
    });
    let committing =
        format!("from pg_stat_activity where datname = '{name}' and query = 'COMMIT' and state = 'active'");
    until("COMMIT was sent", || server.psql("postgres", &format!("select count(*) {committing}")) == "1");
    server.psql("postgres", &format!("select pg_terminate_backend(pid) {committing}"));
    let unknown = changed.join().unwrap().unwrap_err();
    assert_eq!(unknown.code, Code::CommitUnknown, "{}", unknown.detail);
}
