//! Commands on hosts: this machine, and a real sshd on loopback with all that can be wrong with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use prod_gate::model::CauseCode;
use prod_gate::probe::host::{CommandOutput, Host, HostCommand, SshKey, SshSettings};

use crate::support::skip::skip;
use crate::support::sshd::{self, Setup, Sshd, free_port, keygen, processes, until};

/// The name of the test that this stands in.
macro_rules! here {
    () => {{
        fn here() {}
        std::any::type_name_of_val(&here).trim_end_matches("::here").trim_end_matches("::{{closure}}")
    }};
}

/// Ends the test, counted as skipped, where no sshd is installed.
macro_rules! need_sshd {
    () => {
        if let Some(why) = sshd::missing() {
            return skip(here!(), &why);
        }
    };
}

fn command(words: &[&str]) -> HostCommand {
    HostCommand::new(words.iter().copied())
}

async fn run(host: &Host, words: &[&str]) -> CommandOutput {
    host.exec(&command(words)).await.unwrap()
}

/// What holds for every host, wherever it is.
async fn runs_commands(host: &Host) {
    let output = run(host, &["printf", "%s|", "a b", "$HOME", "it's", "", "-n", "x\ny\n"]).await;
    assert_eq!((output.text().as_ref(), output.status), ("a b|$HOME|it's||-n|x\ny\n|", Some(0)));
    for status in [0, 3, 127, 255] {
        let script = format!("echo said >&2; exit {status}");
        let output = run(host, &["sh", "-c", &script]).await;
        assert_eq!((output.status, output.said().as_str()), (Some(status), "said"));
    }
    let killed = run(host, &["sh", "-c", "kill -9 $$"]).await;
    assert_eq!(killed.status, Some(137));
    let input: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let output = host.exec(&command(&["cat"]).input(input.clone())).await.unwrap();
    assert!(output.stdout == input, "{} of {} bytes", output.stdout.len(), input.len());
    let ignored = host.exec(&command(&["echo", "done"]).input(input)).await.unwrap();
    assert_eq!(ignored.text(), "done\n");
    assert_eq!(run(host, &["cat"]).await.text(), "");
    let variable = host.exec(&command(&["sh", "-c", "echo $A"]).env("A", "it's")).await.unwrap();
    assert_eq!(variable.text(), "it's\n");
    let missing = host.exec(&command(&["no-such-program", "x"])).await.unwrap_err();
    assert_eq!((missing.code, missing.detail.as_str()), (CauseCode::CommandMissing, "no-such-program"));
}

/// A command that hangs is given up, and does not go on in secret; nor does one that will not listen.
async fn ends_what_hangs(host: &Host, unique: &str) {
    let stubborn = format!("trap '' TERM; sleep {unique}; sleep {unique}");
    for words in [vec!["sleep", unique], vec!["sh", "-c", &stubborn]] {
        let start = Instant::now();
        let late = host.exec(&command(&words).deadline(Duration::from_millis(800))).await.unwrap_err();
        assert_eq!(late.code, CauseCode::Timeout, "{}", late.detail);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        while !processes(unique).is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10), "the hanging command goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // And the host still works.
    assert_eq!(run(host, &["echo", "on"]).await.text(), "on\n");
}

/// 100 MB of output take no more memory than the cap.
async fn bounds_output(host: &Host) {
    let flood = command(&["head", "-c", "100000000", "/dev/zero"]).cap(1000);
    let output = host.exec(&flood.deadline(Duration::from_secs(60))).await.unwrap();
    assert_eq!((output.stdout.len(), output.cut, output.status), (1000, true, Some(0)));
    assert!(output.stdout.capacity() < 10_000);
    let mut seen = 0;
    let flood = command(&["head", "-c", "3000000", "/dev/zero"]);
    let streamed = host.stream(&flood, &mut |chunk| seen += chunk.len()).await.unwrap();
    assert!(streamed.ok());
    assert_eq!(seen, 3_000_000);
}

#[tokio::test]
async fn commands_run_on_this_machine() {
    let host = Host::local();
    runs_commands(&host).await;
    ends_what_hangs(&host, "1000.111").await;
    bounds_output(&host).await;
    assert_eq!(host.shell(&["df".into(), "-P".into(), "a b".into()]), "df -P 'a b'");
}

#[tokio::test]
async fn commands_run_over_ssh_in_one_connection_that_ends_with_the_host() {
    need_sshd!();
    let sshd = Sshd::start();
    let host = sshd.host();
    assert!(sshd.connections().is_empty(), "connected before the first command");
    runs_commands(&host).await;
    ends_what_hangs(&host, "1000.222").await;
    bounds_output(&host).await;
    // More at once than sshd has sessions for.
    let many = futures_util::future::join_all((0..30).map(|n| {
        let host = host.clone();
        async move { run(&host, &["sh", "-c", &format!("sleep 0.1; echo {n}")]).await.text().into_owned() }
    }));
    let many = many.await;
    assert_eq!(many, (0..30).map(|n| format!("{n}\n")).collect::<Vec<_>>());
    assert_eq!(sshd.connections().len(), 1);
    drop(host);
    until("the connection is closed", || sshd.connections().is_empty());
}

#[tokio::test]
async fn a_user_who_is_not_root_is_served_as_well() {
    need_sshd!();
    if sshd::whoami() != "root" {
        return; // All the others are such tests.
    }
    if let Some(why) = sshd::no_other_user() {
        return skip(here!(), &why);
    }
    let sshd = Sshd::with(&Setup { other_user: true, config: "" });
    let host = sshd.host();
    runs_commands(&host).await;
    ends_what_hangs(&host, "1000.333").await;
    assert_eq!(run(&host, &["id", "-u"]).await.text(), "54321\n");
}

/// sshd runs this in place of what was asked for, which it is told.
fn login_shell(shell: &str) -> String {
    format!("ForceCommand exec {shell} -c \"$SSH_ORIGINAL_COMMAND\"")
}

#[tokio::test]
async fn the_users_login_shell_may_be_any() {
    need_sshd!();
    let shells = ["/usr/bin/fish", "/usr/bin/tcsh", "/bin/bash", "/bin/sh"];
    if let Some(shell) = shells.into_iter().find(|shell| !Path::new(shell).exists()) {
        return skip(here!(), &format!("{shell} is missing; run script/bootstrap"));
    }
    let with = |(n, shell): (usize, &'static str)| async move {
        let sshd = Sshd::configured(&login_shell(shell));
        let host = sshd.host();
        runs_commands(&host).await;
        ends_what_hangs(&host, &format!("1000.4{n}4")).await;
        what_arrives_is_what_was_sent(&host).await;
    };
    futures_util::future::join_all(shells.into_iter().enumerate().map(with)).await;
}

/// A property, tried with many words in few commands.
async fn what_arrives_is_what_was_sent(host: &Host) {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let word = "(-|--|)(\\PC|[\n\t\r !\\\\'\"$`*~#=^%{}é€🚀\x01\x7f]){0,16}";
    let lists = proptest::collection::vec(proptest::string::string_regex(word).unwrap(), 0..12);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..24 {
        let words = lists.new_tree(&mut runner).unwrap().current();
        let mut argv = vec!["printf", "%s\\0", "-"];
        argv.extend(words.iter().map(String::as_str));
        let expected: String = argv[2..].iter().flat_map(|word| [*word, "\0"]).collect();
        assert_eq!(run(host, &argv).await.text(), expected, "{words:?}");
    }
    // What shells have a use for is nothing special here.
    for odd in ["a!b", "!!", "^a^b", "a\\", "\\'", "%self", "~", "=ls", "\\n", "\\041", "$'x'", "{a,b}"] {
        assert_eq!(run(host, &["printf", "%s", odd]).await.text(), odd);
    }
    let long = "x".repeat(50_000);
    assert_eq!(run(host, &["printf", "%s", &long]).await.text(), long);
    let longer = "x".repeat(200_000);
    let cause = host.exec(&command(&["printf", "%s", &longer])).await.unwrap_err();
    assert_eq!(cause.code, CauseCode::HostCommand);
}

#[tokio::test]
async fn what_a_login_shell_says_by_itself_is_no_output() {
    need_sshd!();
    let sshd = Sshd::configured("ForceCommand echo Welcome; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"");
    runs_commands(&sshd.host()).await;
    drop(sshd);
    let sshd = Sshd::configured("ForceCommand echo 'This account is not available.'; exit 1");
    let cause = sshd.host().exec(&command(&["df"])).await.unwrap_err();
    assert_eq!(cause.code, CauseCode::HostCommand);
    assert_eq!(cause.detail, "df: This account is not available.");
}

/// What connecting with these settings gives.
async fn cause(settings: SshSettings) -> (CauseCode, String) {
    let cause = Host::ssh(settings).exec(&command(&["true"])).await.unwrap_err();
    (cause.code, cause.detail)
}

#[tokio::test]
async fn only_a_host_with_the_known_key_is_talked_to() {
    need_sshd!();
    let (sshd, other) = (Sshd::start(), Sshd::start());
    let port = sshd.port;
    let wrong = SshSettings { known_hosts: Some(other.known_host(port)), ..sshd.settings() };
    let (code, detail) = cause(wrong).await;
    assert_eq!(code, CauseCode::HostKeyChanged, "{detail}");
    assert!(detail.starts_with(&format!("[127.0.0.1]:{port} offers SHA256:")), "{detail}");
    assert!(detail.contains("is not the ED25519 key in line 1 of the known_hosts given"), "{detail}");
    let unknown = SshSettings { known_hosts: Some(String::new()), ..sshd.settings() };
    let (code, detail) = cause(unknown).await;
    assert_eq!(code, CauseCode::HostKeyUnknown, "{detail}");
    assert!(detail.contains(&format!("`ssh-keyscan -p {port} 127.0.0.1`")), "{detail}");
    // The user's own files know nothing of it either, and are not written to.
    for _ in 0..2 {
        let own = SshSettings { known_hosts: None, ..sshd.settings() };
        assert_eq!(cause(own).await.0, CauseCode::HostKeyUnknown);
    }
}

#[tokio::test]
async fn a_login_needs_the_right_key() {
    need_sshd!();
    let sshd = Sshd::start();
    let folder = tempfile::tempdir().unwrap();
    let stranger = folder.path().join("stranger key");
    keygen(&stranger);
    let by_file = |path: &Path| Some(SshKey::File(path.to_string_lossy().into_owned()));
    let (code, detail) = cause(SshSettings { identity: by_file(&stranger), ..sshd.settings() }).await;
    assert_eq!(code, CauseCode::SshAuth, "{detail}");
    let broken =
        SshSettings { identity: Some(SshKey::Inline("no key".to_owned().into())), ..sshd.settings() };
    assert_eq!(cause(broken).await.0, CauseCode::SshAuth);
    // From a file, and from a secret that was pasted without its last newline and with those of another system.
    let file = Host::ssh(SshSettings { identity: by_file(&sshd.key_file()), ..sshd.settings() });
    assert!(run(&file, &["true"]).await.ok());
    let pasted = std::fs::read_to_string(sshd.key_file()).unwrap().trim().replace('\n', "\r\n");
    let pasted = SshSettings { identity: Some(SshKey::Inline(pasted.into())), ..sshd.settings() };
    assert!(run(&Host::ssh(pasted), &["true"]).await.ok());
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_told_apart() {
    need_sshd!();
    let settings = |destination: &str, port| SshSettings {
        port: Some(port),
        connect_timeout: Duration::from_secs(1),
        ..SshSettings::new(destination)
    };
    let (code, detail) = cause(settings("127.0.0.1", free_port())).await;
    assert_eq!(code, CauseCode::Refused, "{detail}");
    let (code, detail) = cause(settings("no-such-host.invalid", 22)).await;
    assert_eq!(code, CauseCode::Dns, "{detail}");
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let host = Host::ssh(settings("127.0.0.1", silent.local_addr().unwrap().port()));
    let start = Instant::now();
    let late = host.exec(&command(&["true"])).await.unwrap_err();
    assert_eq!(late.code, CauseCode::Timeout, "{}", late.detail);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // Whoever else wants the same host is told so at once.
    let start = Instant::now();
    assert_eq!(host.exec(&command(&["true"])).await.unwrap_err(), late);
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_connection_cut_in_mid_command_is_an_error_and_reads_are_tried_once_more() {
    need_sshd!();
    let sshd = Sshd::start();
    let host = sshd.host();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let started = |times: usize| std::fs::read_to_string(&log).unwrap_or_default().lines().count() >= times;
    let script = format!("echo x >> {}; sleep 1000.555", log.display());
    let words = ["sh", "-c", &script];

    let write = command(&words).writes();
    let (result, ()) = tokio::join!(host.exec(&write), cut_when(&sshd, || started(1)));
    let cause = result.unwrap_err();
    assert_eq!(cause.code, CauseCode::Reset, "{}", cause.detail);
    until("what was cut off has ended on the host", || processes("1000.555").is_empty());
    assert!(!started(2), "a write was run twice");

    // A read is run again, in a new connection; when that is cut as well, it is an error.
    let read = command(&words);
    let cuts = async {
        cut_when(&sshd, || started(2)).await;
        cut_when(&sshd, || started(3)).await;
    };
    let (result, ()) = tokio::join!(host.exec(&read), cuts);
    assert_eq!(result.unwrap_err().code, CauseCode::Reset);
    until("what was cut off has ended on the host", || processes("1000.555").is_empty());
    assert!(!started(4));

    // Cut between two commands it is not even noticed.
    assert!(run(&host, &["true"]).await.ok());
    sshd.cut();
    until("the connection is gone", || sshd.connections().is_empty());
    assert!(run(&host, &["true"]).await.ok());
}

async fn cut_when(sshd: &Sshd, when: impl Fn() -> bool) {
    while !when() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sshd.cut();
}

/// The folder of the connection to this port, as its process tells it.
fn folder_of(port: u16) -> Option<String> {
    let lines = processes(&format!("-p {port} --"));
    let mut words = lines.iter().flat_map(|line| line.split_whitespace());
    words.find_map(|word| word.strip_suffix("/config")).map(str::to_owned)
}

#[tokio::test]
async fn the_key_is_on_disk_only_while_the_connection_is_made() {
    need_sshd!();
    let sshd = Sshd::start();
    let host = sshd.host();
    host.connect().await.unwrap();
    let folder = folder_of(sshd.port).unwrap();
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["config", "known_hosts", "s"]);
    drop(host);
    until("the folder is gone", || !Path::new(&folder).exists());
    until("ssh has ended", || folder_of(sshd.port).is_none());
}

/// For the test below: the settings of the connection that its second self is to make.
const SECOND_SELF: &str = "PROD_GATE_TEST_CONNECT";

#[tokio::test]
async fn a_gate_that_is_killed_leaves_neither_connection_nor_command_nor_file() {
    need_sshd!();
    if let Some(settings) = std::env::var_os(SECOND_SELF) {
        return connect_and_hang(settings.to_str().unwrap()).await;
    }
    let sshd = Sshd::start();
    let settings = sshd.settings();
    let told = [
        settings.destination.clone(),
        sshd.port.to_string(),
        sshd.key_file().to_string_lossy().into_owned(),
        settings.known_hosts.unwrap(),
    ];
    let mut gate = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", here!().trim_start_matches("it::")])
        .env(SECOND_SELF, told.join("\n"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(gate.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("connected")), "the second self did not connect");
    until("the commands run", || processes("sleep 1000.666").len() >= 2);
    let folder = folder_of(sshd.port).unwrap();
    gate.kill().unwrap();
    gate.wait().unwrap();
    until("the commands have ended", || processes("1000.666").is_empty());
    until("the connection is closed", || sshd.connections().is_empty());
    until("the folder is gone", || !Path::new(&folder).exists());
}

async fn connect_and_hang(settings: &str) {
    let parts: Vec<_> = settings.splitn(4, '\n').collect();
    let host = Host::ssh(SshSettings {
        port: Some(parts[1].parse().unwrap()),
        identity: Some(SshKey::File(parts[2].to_owned())),
        known_hosts: Some(parts[3].to_owned()),
        ..SshSettings::new(parts[0])
    });
    host.connect().await.unwrap();
    // Not println!, which the harness would keep to itself.
    std::io::stdout().write_all(b"connected\n").unwrap();
    let (hang, local) = (command(&["sleep", "1000.666"]), Host::local());
    let _ = tokio::join!(host.exec(&hang), local.exec(&hang));
}

/// For the test below: that this is its second self.
const AT_HOME: &str = "PROD_GATE_TEST_AT_HOME";

#[tokio::test]
async fn the_users_own_files_lead_to_the_host_and_cannot_loosen_the_checks() {
    need_sshd!();
    if std::env::var_os(AT_HOME).is_some() {
        let answer = Host::ssh(SshSettings::new("prod")).exec(&command(&["echo", "reached"])).await;
        let answer = answer.map_or_else(|cause| format!("{cause:?}"), |output| output.text().into_owned());
        return std::io::stdout().write_all(format!("ANSWER {answer}\n").as_bytes()).unwrap();
    }
    if let Some(why) = sshd::no_other_user() {
        return skip(here!(), &why);
    }
    let (jump, prod) = (Sshd::start(), Sshd::start());
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(".ssh").join(name);
    std::fs::create_dir(at("")).unwrap();
    let host = |name: &str, sshd: &Sshd| {
        let settings = sshd.settings();
        let user = settings.destination.split('@').next().unwrap();
        let key = sshd.key_file();
        let (port, key) = (sshd.port, key.display());
        format!("Host {name}\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {key}\n")
    };
    // What makes ssh careless, or is in the way of a program.
    let careless = "Host *\n StrictHostKeyChecking no\n RemoteCommand echo mine\n RequestTTY force\n \
                    LocalForward 127.0.0.1:1 127.0.0.1:1\n ControlMaster auto\n ControlPersist yes\n \
                    ControlPath ~/.ssh/own-%C\n";
    let config = host("jump", &jump) + &host("prod", &prod) + " ProxyJump jump\n" + careless;
    std::fs::write(at("config"), config).unwrap();
    let (jump_key, prod_key) = (jump.known_host(jump.port), prod.known_host(prod.port));
    let name = here!().trim_start_matches("it::");
    let both = format!("{jump_key}{prod_key}");
    for (known, expected) in
        [(&both, "ANSWER reached"), (&prod_key, "HostKeyUnknown"), (&jump_key, "HostKeyUnknown")]
    {
        std::fs::write(at("known_hosts"), known).unwrap();
        let mut second = sshd::at_home_in(home.path());
        let home = format!("HOME={}", home.path().display());
        second.args(["env", &format!("{AT_HOME}=1"), &home]).arg(std::env::current_exe().unwrap());
        let output = second.args(["--exact", "--nocapture", name]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(expected), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(&std::fs::read_to_string(at("known_hosts")).unwrap(), known, "a key was added");
        until("both connections are closed", || {
            jump.connections().is_empty() && prod.connections().is_empty()
        });
    }
}

#[test]
fn a_command_can_be_pasted() {
    let settings = SshSettings {
        port: Some(2222),
        identity: Some(SshKey::File("/keys/my key".to_owned())),
        ..SshSettings::new("deploy@prod.example.org")
    };
    let argv = ["printf", "%s|", "it's", "a \"b\" $c", "\\d", "e\nf", ""].map(str::to_owned);
    let line = Host::ssh(settings).shell(&argv);
    assert!(line.starts_with("ssh -p 2222 -i '/keys/my key' deploy@prod.example.org 'printf '"), "{line}");
    // With a stand-in for ssh that does what sshd does: give its last word to a shell.
    let pasted = format!("ssh() {{ for last; do :; done; sh -c \"$last\"; }}\n{line}");
    let output = std::process::Command::new("bash").args(["-c", &pasted]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "it's|a \"b\" $c|\\d|e\nf||");
    let plain = Host::ssh(SshSettings::new("prod")).shell(&["df".to_owned(), "-Pk".to_owned()]);
    assert_eq!(plain, "ssh prod 'df -Pk'");
}
