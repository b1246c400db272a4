//! What hosts tell of their files, disks, clocks and work trees, and the ports that lead through them.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use prod_gate::model::CauseCode;
use prod_gate::probe::host::facts::{disk_command, file_command, newest_command};
use prod_gate::probe::host::work_tree::work_tree_command;
use prod_gate::probe::host::{Host, HostCommand, SshSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::delay;
use crate::support::repo::Repo;
use crate::support::skip::skip;
use crate::support::sshd::{self, Sshd, free_port};

/// Nobody's settings of git but those of the tests.
const PLAIN_GIT: &str = "SetEnv SHLVL=5 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1";

/// This machine and, where sshd runs, the same over SSH.
fn hosts(sshd: Option<&Sshd>) -> Vec<Host> {
    [Host::local()].into_iter().chain(sshd.map(Sshd::host)).collect()
}

/// sshd, if it is there; else a skip is counted.
fn sshd_for(test: &str, config: &str) -> Option<Sshd> {
    match sshd::missing() {
        None => Some(Sshd::configured(config)),
        Some(why) => {
            skip(test, &why);
            None
        }
    }
}

fn aged(path: &Path, seconds: u64) {
    let when = std::time::SystemTime::now() - Duration::from_secs(seconds);
    fs::File::options().write(true).open(path).unwrap().set_modified(when).unwrap();
}

#[tokio::test]
async fn files_are_found_and_read() {
    let sshd = sshd_for("host_facts::files_are_found_and_read", "");
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("back ups [1]");
    fs::create_dir(&base).unwrap();
    let at = |name: &str| base.join(name).to_string_lossy().into_owned();
    for (name, size, age) in
        [("db 1.dump", 10, 500), ("db 2.dump", 20, 100), ("db 3.dump", 30, 300), ("x.log", 1, 0)]
    {
        fs::write(at(name), vec![b'x'; size]).unwrap();
        aged(Path::new(&at(name)), age);
    }
    fs::set_permissions(at("db 2.dump"), fs::Permissions::from_mode(0o640)).unwrap();
    // In a pattern the brackets of a folder's name are escaped as in a shell.
    let pattern = format!("{}/back ups \\[1]/db*.dump", folder.path().display());
    for host in hosts(sshd.as_ref()) {
        let newest = host.newest(&pattern).await.unwrap().unwrap();
        assert_eq!((newest.path.clone(), newest.size, newest.mode), (at("db 2.dump"), 20, 0o640));
        let modified = fs::metadata(&newest.path).unwrap().modified().unwrap();
        let modified = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(u64::try_from(newest.changed).unwrap(), modified);
        assert_eq!(host.file(&newest.path).await.unwrap(), Some(newest));
        assert_eq!(host.newest(&at("nothing*")).await.unwrap(), None);
        assert_eq!(host.file(&at("nothing")).await.unwrap(), None);
        assert_eq!(host.read(&at("nothing"), 5).await.unwrap(), None);
        for (cap, bytes, cut) in [(9, 9, true), (10, 10, false), (100, 10, false)] {
            let read = host.read(&at("db 1.dump"), cap).await.unwrap().unwrap();
            assert_eq!((read.bytes.len(), read.cut), (bytes, cut));
        }
        let inside = host.file(&at("x.log/inside")).await.unwrap_err();
        assert_eq!((inside.code, inside.detail.contains("Not a directory")), (CauseCode::File, true));
        assert_eq!(host.read(&at(""), 5).await.unwrap_err().code, CauseCode::File);
    }
    // What the record shows gives the same when it is pasted.
    let local = Host::local();
    let pasted = |argv: Vec<String>| {
        let output = Process::new("bash").arg("-c").arg(local.shell(&argv)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(pasted(file_command(&at("db 2.dump"))).ends_with(&format!(" 20 640 {}\n", at("db 2.dump"))));
    assert_eq!(pasted(newest_command(&pattern)).lines().count(), 3);
    assert!(pasted(disk_command("/")).starts_with("Filesystem"));
}

#[tokio::test]
async fn the_disk_the_load_and_the_clock_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let sshd = sshd_for("host_facts::the_disk_the_load_and_the_clock_are_told", "");
    for host in hosts(sshd.as_ref()) {
        let disk = host.disk(folder.path().to_str().unwrap()).await.unwrap();
        assert!(disk.total >= disk.used && disk.total >= disk.available && disk.total > 0, "{disk:?}");
        assert!(disk.mount.starts_with('/') && !disk.name.is_empty() && disk.percent <= 100, "{disk:?}");
        assert_eq!(host.disk("/no/such/path").await.unwrap_err().code, CauseCode::File);
        let load = host.load().await.unwrap();
        assert!(load.iter().all(|average| (0.0..10_000.0).contains(average)), "{load:?}");
        let clock = host.clock().await.unwrap();
        assert!(clock.ahead.abs() <= clock.precision + 0.01 && clock.precision < 2.0, "{clock:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_seen_through_a_slow_line() {
    let name = "host_facts::a_clock_that_is_wrong_is_seen_through_a_slow_line";
    let folder = tempfile::tempdir().unwrap();
    let date = folder.path().join("date");
    // On a host whose clock is 90 seconds ahead, and whose date knows no fractions.
    fs::write(&date, "#!/bin/sh\necho \"$(($(/bin/date +%s) + 90)).N\"\n").unwrap();
    fs::set_permissions(&date, fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("SetEnv SHLVL=5 PATH={}:/usr/bin:/bin", folder.path().display());
    let Some(sshd) = sshd_for(name, &config) else { return };
    let port = delay::proxy(sshd.port, Duration::from_millis(50)).await;
    let host = Host::ssh(SshSettings {
        port: Some(port),
        known_hosts: Some(sshd.known_host(port)),
        ..sshd.settings()
    });
    let start = Instant::now();
    let clock = host.clock().await.unwrap();
    assert!((clock.ahead - 90.0).abs() <= clock.precision, "{clock:?}");
    assert!(clock.precision < 1.0, "connecting is not a part of it: {clock:?} in {:?}", start.elapsed());
}

#[tokio::test]
async fn a_work_tree_tells_its_commit_and_what_was_changed() {
    let name = "host_facts::a_work_tree_tells_its_commit_and_what_was_changed";
    let Some(sshd) = sshd_for(name, PLAIN_GIT) else { return };
    let host = sshd.host();
    let repo = Repo::new();
    let folder = repo.path().to_str().unwrap();
    let tree = host.work_tree(folder).await.unwrap();
    assert_eq!((tree.commit, tree.branch.as_deref()), (None, Some("main")));
    let commit = repo.commit("app.ts", "1", "first");
    let tree = host.work_tree(folder).await.unwrap();
    assert_eq!((tree.commit.as_deref(), tree.branch.as_deref()), (Some(commit.as_str()), Some("main")));
    assert_eq!((tree.changed.count, tree.untracked.count), (0, 0));
    repo.git(&["checkout", "--quiet", "--detach"]);
    fs::write(repo.path().join("app.ts"), "edited in production").unwrap();
    fs::write(repo.path().join("é \n.env"), "").unwrap();
    let tree = host.work_tree(folder).await.unwrap();
    assert_eq!((tree.commit, tree.branch), (Some(commit), None));
    assert_eq!(
        (tree.changed.names, tree.untracked.names),
        (vec!["app.ts".to_owned()], vec!["é \n.env".to_owned()])
    );
    assert!(host.shell(&work_tree_command(folder)).contains("git --no-optional-locks -C"));

    let none = host.work_tree("/").await.unwrap_err();
    assert_eq!((none.code, none.detail.contains("not a git repository")), (CauseCode::Git, true), "{none:?}");
    if sshd::whoami() == "root" {
        assert!(Process::new("chown").args(["-R", "54321", folder]).status().unwrap().success());
        let foreign = host.work_tree(folder).await.unwrap_err();
        assert_eq!(foreign.code, CauseCode::GitOwnership);
        assert!(foreign.detail.contains(&format!("safe.directory {folder}`")), "{}", foreign.detail);
    }
}

/// A server that answers each connection with what it is sent, in capitals.
async fn shouting() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut text = Vec::new();
                stream.read_to_end(&mut text).await.unwrap();
                stream.write_all(&text.to_ascii_uppercase()).await.unwrap();
            });
        }
    });
    port
}

async fn asks(address: std::net::SocketAddr, text: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn ports_lead_to_the_hosts_side_until_they_are_dropped() {
    let name = "host_facts::ports_lead_to_the_hosts_side_until_they_are_dropped";
    let target = shouting().await;
    let local = Host::local().forward("127.0.0.1", target).await.unwrap();
    assert_eq!(local.address().port(), target);
    let Some(sshd) = sshd_for(name, "") else { return };
    let host = sshd.host();
    let forward = host.forward("127.0.0.1", target).await.unwrap();
    let long = "abc".repeat(300_000);
    let texts = ["a", "b", &long];
    let answers = futures_util::future::join_all(texts.map(|text| asks(forward.address(), text))).await;
    for (text, answer) in texts.into_iter().zip(answers) {
        assert!(answer.unwrap() == text.to_uppercase());
    }
    assert_eq!(forward.failure(), None);
    // The connection was cut: the port leads on over a new one.
    sshd.cut();
    sshd::until("the connection is gone", || sshd.connections().is_empty());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(asks(forward.address(), "again").await.unwrap(), "AGAIN");
    let address = forward.address();
    drop(forward);
    let closed = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(5), closed).await.unwrap();

    let nobody = free_port();
    let forward = host.forward("127.0.0.1", nobody).await.unwrap();
    assert_eq!(asks(forward.address(), "a").await.unwrap_or_default(), "");
    let failed = async {
        while forward.failure().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), failed).await.unwrap();
    let failure = forward.failure().unwrap();
    assert_eq!(failure.code, CauseCode::Refused, "{}", failure.detail);
}

#[tokio::test]
async fn a_dozen_questions_over_a_slow_line_take_no_longer_than_one() {
    let name = "host_facts::a_dozen_questions_over_a_slow_line_take_no_longer_than_one";
    let Some(sshd) = sshd_for(name, "MaxSessions 10") else { return };
    let port = delay::proxy(sshd.port, Duration::from_millis(50)).await;
    let settings =
        SshSettings { port: Some(port), known_hosts: Some(sshd.known_host(port)), ..sshd.settings() };
    let host = Host::ssh(settings);
    host.connect().await.unwrap();
    let questions = (0..8).map(|_| async { host.exec(&HostCommand::new(["true"])).await.unwrap().took });
    let start = Instant::now();
    let one = host.exec(&HostCommand::new(["true"])).await.unwrap().took;
    let first = start.elapsed();
    let start = Instant::now();
    futures_util::future::join_all(questions).await;
    let all = start.elapsed();
    // Two round trips each: the session, the command.
    assert!(one >= Duration::from_millis(150), "the line is not slow: {one:?}");
    assert!(all < first * 3, "one took {first:?}, eight took {all:?}");
}
