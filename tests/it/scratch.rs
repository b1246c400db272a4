//! The throwaway server: where it comes from, what it refuses to be, and that nothing of it stays behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use prod_gate::probe::catalogue::{ObjectKind, ObjectName};
use prod_gate::probe::scratch::{MigrationSql, Origin, Scratch, ScratchRequest, ServerIdentity};
use tempfile::TempDir;

use crate::support::docker::{Engine, engine};
use crate::support::gate::Gate;
use crate::support::postgres::{self, PASSWORD, Postgres, encoded};
use crate::support::project::Project;
use crate::support::runtime;
use crate::support::skip::skip;

const DRIFT: &str = "{ drift: true }";
/// A migration that takes its time.
const SLOW: (&str, &str) = ("20260101_slow", "CREATE TABLE a (id INTEGER); SELECT pg_sleep(300)");

/// A folder for temporary files that every user may use, as the machine's own.
fn temporary() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    folder
}

/// The folders of throwaway servers in it.
fn folders(base: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(base).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("/prod-gate-scratch-")).collect()
}

#[track_caller]
fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The processes whose command line holds this text, with their numbers.
fn processes(text: &Path) -> Vec<(String, String)> {
    let output = Command::new("ps").args(["-eo", "pid=,args="]).output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = text.to_string_lossy().into_owned();
    let lines = output.lines().filter_map(|line| line.trim().split_once(' '));
    lines
        .filter(|(_, args)| args.contains(&text))
        .map(|(pid, args)| (pid.to_owned(), args.to_owned()))
        .collect()
}

fn wanted(origin: Origin, major: u32) -> ScratchRequest {
    ScratchRequest { major, production: ServerIdentity::default(), origins: vec![origin] }
}

/// The major version of the programs here; none where the test has to be skipped.
fn major(test: &str) -> Option<u32> {
    match postgres::shared() {
        Ok(server) => server
            .psql("postgres", "SHOW server_version_num")
            .parse::<u32>()
            .ok()
            .map(|number| number / 10_000),
        Err(why) => {
            skip(test, &why);
            None
        }
    }
}

/// A project whose only migration takes its time.
fn slow(test: &str) -> Option<Project> {
    let project = Project::new(test, &[])?;
    project.add(&SLOW);
    project.repo.tag("v1.0.0");
    Some(project)
}

#[test]
fn a_server_from_binaries_is_used_and_goes() {
    let Some(major) = major("a_server_from_binaries_is_used_and_goes") else { return };
    runtime().block_on(async {
        let mut scratch = Scratch::start(&wanted(Origin::Binaries(None), major)).await.unwrap();
        assert!(scratch.about.starts_with(&format!("PostgreSQL {major}.")), "{}", scratch.about);
        scratch.add_roles(&["app user".to_owned(), "postgres".to_owned()]).await.unwrap();
        assert!(scratch.extensions().await.unwrap().contains(&"plpgsql".to_owned()));
        let replay = scratch.create("The App").await.unwrap();
        let sql = b"CREATE TABLE a (id INTEGER); GRANT SELECT ON a TO \"app user\"";
        replay.run(MigrationSql { name: "1", sql: Some(sql) }).await.unwrap();
        let (one, other) = scratch.copy(replay).await.unwrap();
        other.run(MigrationSql { name: "2", sql: Some(b"CREATE TABLE b (id INTEGER)") }).await.unwrap();
        let table = |name: &str| ObjectName::new(ObjectKind::Table, name);
        let (one, other) = (one.catalogue().await.unwrap(), other.catalogue().await.unwrap());
        assert!(one.get(&table("a")).is_some() && one.get(&table("b")).is_none());
        assert!(other.get(&table("a")).is_some() && other.get(&table("b")).is_some());
        scratch.close().await;
    });
}

#[test]
fn nothing_is_left_of_a_run() {
    let test = "nothing_is_left_of_a_run";
    let Some(project) = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]) else {
        return;
    };
    let base = temporary();
    project.gate("v1.0.0", &Project::config(DRIFT)).env("TMPDIR", base.path()).wait().ended_with(0);
    assert_eq!(folders(base.path()), [] as [PathBuf; 0]);
    assert_eq!(processes(base.path()), []);
    // Neither where it takes too long.
    project.add(&SLOW);
    project.repo.tag("v1.1.0");
    let config = Project::config_with("{ binaries: auto, max_time: 2s }", DRIFT);
    let ended = project.gate("v1.1.0", &config).env("TMPDIR", base.path()).wait().ended_with(3);
    let (code, detail) = ended.cause("schema.drift");
    assert_eq!((code.as_str(), detail.contains("database.scratch.max_time")), ("timeout", true), "{detail}");
    until("its end", || folders(base.path()).is_empty() && processes(base.path()).is_empty());
}

#[test]
fn a_killed_run_leaves_nothing() {
    let Some(project) = slow("a_killed_run_leaves_nothing") else { return };
    let base = temporary();
    let going = project.gate("v1.0.0", &Project::config(DRIFT)).env("TMPDIR", base.path()).start();
    until("the replay", || {
        folders(base.path()).iter().any(|folder| folder.join("data/base").exists() && busy(folder))
    });
    going.kill();
    until("the end of the server", || folders(base.path()).is_empty() && processes(base.path()).is_empty());
}

/// Whether the server in this folder sleeps in our migration.
fn busy(folder: &Path) -> bool {
    let sql =
        "select count(*) from pg_stat_activity where query like '%pg_sleep%' and query not like '%activity%'";
    let psql =
        Command::new("psql").args(["-qAtX", "-U", "postgres", "-c", sql, "-h"]).arg(folder).output().unwrap();
    psql.stdout == b"1\n"
}

#[test]
fn what_even_the_watch_left_is_swept_by_the_next_start() {
    let test = "what_even_the_watch_left_is_swept_by_the_next_start";
    let Some(project) = slow(test) else { return };
    let base = temporary();
    let going = project.gate("v1.0.0", &Project::config(DRIFT)).env("TMPDIR", base.path()).start();
    until("the replay", || folders(base.path()).iter().any(|folder| busy(folder)));
    let [folder] = folders(base.path()).try_into().unwrap();
    // The shells that would end the server.
    for (pid, args) in processes(&folder) {
        if args.starts_with("/bin/sh") {
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
        }
    }
    // Another start does not touch a server whose gate lives.
    let Some(major) = major(test) else { return };
    let other = || {
        let gate = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]).unwrap();
        gate.gate("v1.0.0", &Project::config(DRIFT)).env("TMPDIR", base.path()).wait().ended_with(0);
    };
    other();
    assert!(busy(&folder), "PostgreSQL {major} was ended");
    going.kill();
    other();
    assert_eq!(folders(base.path()), [] as [PathBuf; 0]);
    until("the end of the server", || processes(base.path()).is_empty());
}

#[test]
fn another_major_and_no_server_are_told_with_the_way_out() {
    let test = "another_major_and_no_server_are_told_with_the_way_out";
    let Some(project) = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]) else {
        return;
    };
    let bin = temporary();
    for program in ["postgres", "initdb"] {
        let file = bin.path().join(program);
        fs::write(&file, "#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24 (Debian)'\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |scratch: &str| {
        let config = Project::config_with(scratch, "{ drift: true, tables: [a] }");
        let ended = project.gate("v1.0.0", &config).wait().ended_with(3);
        // The rest of the run goes on.
        assert_eq!(ended.outcome("schema.declared.table.a"), "passed");
        (ended.cause("schema.drift"), ended.record())
    };
    let ((code, detail), record) = run(&format!("{{ binaries: {} }}", bin.path().display()));
    assert_eq!(code, "scratch_major");
    assert!(detail.contains("9.6.24") && detail.contains("production runs PostgreSQL "), "{detail}");
    assert!(record.contains("`database.scratch.image`"), "{record}");
    let ((code, detail), record) = run("{ binaries: /nowhere }");
    assert_eq!(code, "scratch_missing");
    assert!(detail.contains("/nowhere"), "{detail}");
    assert!(record.contains("apt-get install postgresql-NN"), "{record}");
}

/// A second server, and the URL of a user of it who may make databases.
fn other_server() -> (Postgres, String) {
    let other = Postgres::start();
    other.psql("postgres", &format!("CREATE ROLE scratch LOGIN CREATEDB PASSWORD '{PASSWORD}'"));
    let url = other.url("scratch", "postgres");
    (other, url)
}

/// A run whose migrations are replayed on the server of this URL.
fn on(project: &Project, url: &str) -> Gate {
    let config = Project::config_with("{ url: '${secret:SCRATCH_URL}' }", DRIFT);
    project.gate("v1.0.0", &config).env("SCRATCH_URL", url)
}

#[test]
fn databases_on_a_given_server_are_dropped() {
    let test = "databases_on_a_given_server_are_dropped";
    let Some(project) = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]) else {
        return;
    };
    let (other, url) = other_server();
    let left = || other.psql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'prod_gate%'");
    let ended = on(&project, &url).wait().ended_with(0);
    assert!(ended.fact("schema.drift", "scratch").ends_with("(database.scratch.url)"));
    assert_eq!(left(), "0");
    // A killed run leaves one behind, which the next run drops; one that is in use stays.
    let Some(slow) = slow(test) else { return };
    let going = on(&slow, &url).start();
    let sleeps = || {
        other.psql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
    };
    until("the replay", sleeps);
    on(&project, &url).wait().ended_with(0);
    assert_eq!(left(), "1");
    going.kill();
    until("the end of its lock", || {
        other.psql("postgres", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"
    });
    on(&project, &url).wait().ended_with(0);
    assert_eq!(left(), "0");
}

#[test]
fn production_is_never_the_place_of_a_replay() {
    let test = "production_is_never_the_place_of_a_replay";
    let Some(project) = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]) else {
        return;
    };
    // By another name and another database.
    let url =
        format!("postgresql://postgres:{}@localhost:{}/postgres", encoded(PASSWORD), project.server.port);
    let ended = on(&project, &url).wait().ended_with(3);
    assert_eq!(ended.cause("schema.drift").0, "scratch_production");
    assert!(ended.record().contains("give another server than production's as `database.scratch.url`"));
    let left =
        project.server.psql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'prod_gate%'");
    assert_eq!(left, "0");
    // A wrong password is told without the URL.
    let ended = on(&project, &url.replace(&encoded(PASSWORD), "wrong-password-1")).wait().ended_with(3);
    assert_eq!(ended.cause("schema.drift").0, "database_password");
    assert!(!ended.record().contains("wrong-password-1"));
}

/// An image with PostgreSQL's own programs and what they need, from this machine's.
fn image(engine: &Engine, major: u32) -> String {
    let root = TempDir::new().unwrap();
    let at = |path: &str| root.path().join(path.trim_start_matches('/'));
    let copy = |path: &Path| {
        let to = at(&path.to_string_lossy());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied = Command::new("cp").args(["-rL"]).arg(path).arg(to.parent().unwrap()).status().unwrap();
        assert!(copied.success(), "{}", path.display());
    };
    let lib = PathBuf::from(format!("/usr/lib/postgresql/{major}"));
    for path in [&lib, &PathBuf::from(format!("/usr/share/postgresql/{major}"))] {
        copy(path);
    }
    let mut libraries = Vec::new();
    for program in ["bin/postgres", "bin/initdb", "lib/plpgsql.so"] {
        let output = Command::new("ldd").arg(lib.join(program)).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        libraries.extend(text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from));
    }
    libraries.sort();
    libraries.dedup();
    for library in &libraries {
        copy(library);
    }
    fs::create_dir_all(at("bin")).unwrap();
    fs::copy("/bin/busybox", at("bin/busybox")).unwrap();
    for name in ["sh", "cat", "sleep", "kill", "tail", "rm", "mkdir"] {
        symlink("busybox", at("bin").join(name)).unwrap();
    }
    fs::create_dir_all(at("etc")).unwrap();
    fs::write(at("etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n").unwrap();
    fs::create_dir_all(at("tmp")).unwrap();
    fs::set_permissions(at("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    engine.import_folder(root.path(), "gate-postgres:1", &["ENV PATH=/bin"]);
    "gate-postgres:1".to_owned()
}

#[test]
fn a_server_from_an_image_is_used_and_goes() {
    let test = "a_server_from_an_image_is_used_and_goes";
    let (Some(major), engine) = (major(test), engine()) else { return };
    let engine = match engine {
        Ok(engine) => engine,
        Err(why) => return skip(test, &why),
    };
    let image = image(&engine, major);
    let Some(project) = Project::new(test, &[&[("20260101_a", "CREATE TABLE a (id INTEGER)")]]) else {
        return;
    };
    let base = temporary();
    let config = Project::config_with(&format!("{{ image: '{image}' }}"), DRIFT);
    let run = |project: &Project, config: &str| {
        project.gate("v1.0.0", config).env("TMPDIR", base.path()).env("DOCKER_HOST", engine.address())
    };
    let ended = run(&project, &config).wait().ended_with(0);
    assert!(ended.fact("schema.drift", "scratch").ends_with("(gate-postgres:1)"));
    let containers = || engine.call(&["ps", "--all", "--quiet", "--filter", "label=prod-gate.scratch"]);
    assert_eq!(containers(), "");
    // A killed run leaves nothing: the container's input ends with it.
    let Some(slow) = slow(test) else { return };
    let sleeps = || folders(base.path()).iter().any(|folder| busy(&folder.join("s")));
    let going = run(&slow, &config).start();
    until("the replay", sleeps);
    going.kill();
    until("the end of the container", || containers().is_empty() && folders(base.path()).is_empty());
    // What even Docker's client did not end, the next start removes.
    let stray = engine.run(
        &[
            "--network",
            "none",
            "--label",
            "prod-gate.scratch=/nowhere",
            "--label",
            &format!("prod-gate.machine={}", machine()),
        ],
        &["sleep", "1000"],
    );
    run(&project, &config).wait().ended_with(0);
    assert_eq!(containers(), "");
    drop(stray);
    // No such image, and one without PostgreSQL, are told.
    for (image, told) in [("gate-test:none", "gate-test:none"), ("gate-test:1", "gate-test:1")] {
        let config = Project::config_with(&format!("{{ image: '{image}' }}"), DRIFT);
        let ended = run(&project, &config).wait().ended_with(3);
        let (code, detail) = ended.cause("schema.drift");
        assert_eq!(code, "scratch_server");
        assert!(detail.contains(told), "{detail}");
    }
}

fn machine() -> String {
    String::from_utf8(Command::new("uname").arg("-n").output().unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn production_s_own_image_comes_first() {
    let test = "production_s_own_image_comes_first";
    let (Some(major), engine) = (major(test), engine()) else { return };
    let engine = match engine {
        Ok(engine) => engine,
        Err(why) => return skip(test, &why),
    };
    let image = image(&engine, major);
    runtime().block_on(async {
        // One that cannot be had gives way to programs of this machine.
        let gone = Origin::Image { engine: "no-such-docker".to_owned(), image };
        let mut wanted = wanted(gone, major);
        let cause = Scratch::start(&wanted).await.unwrap_err();
        assert!(cause.detail.starts_with("no-such-docker: "), "{cause:?}");
        wanted.origins.push(Origin::Binaries(None));
        let scratch = Scratch::start(&wanted).await.unwrap();
        assert!(scratch.about.contains("/bin)"), "{}", scratch.about);
        scratch.close().await;
    });
}
