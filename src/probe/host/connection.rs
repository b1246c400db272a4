//! The process that holds a connection, and how it comes to its end.
//!
//! It is `ssh -M -N` in the foreground, under a small shell script that reads a pipe of ours. When the pipe is
//! closed, because the connection is dropped or because the gate is gone, however it went, the script ends ssh
//! and removes the folder with the control socket. So no connection and no file outlive the gate.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command as Process};
use tokio::sync::watch;

use super::diagnose::diagnose;
use super::settings::{SshKey, SshSettings};
use crate::model::{Cause, CauseCode};

/// Ends ssh, and whatever it started, when its input is closed. `$1` is the folder; what follows is the command.
const HOLD: &str = concat!(
    r#"d=$1; shift; exec 3<&0; "$@" </dev/null 3<&- & p=$!; "#,
    r#"{ trap "" HUP INT TERM; cat <&3; kill -TERM 0; rm -rf "$d"; } >/dev/null 2>&1 & exec 3<&-; "#,
    r#"wait $p; s=$?; rm -rf "$d"; exit $s"#,
);

/// How often the control socket is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// ssh has its own clock for the connection, and says more about it than ours.
const CONNECT_MARGIN: Duration = Duration::from_millis(500);
/// A socket's path may have about 100 bytes, and ssh needs 17 of them while it makes one.
const MAX_FOLDER_BYTES: usize = 60;

/// How long what ssh said last is read after its end.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// How many lines of what ssh says are kept.
const MAX_LINES: usize = 100;

/// What ssh is told beside the settings. The first value counts for ssh, so the user's own files, which are
/// read after it, add what is not said here: jump hosts, keys, names. A jump host's ssh reads the same file, so
/// that its key is checked as strictly. At the level INFO ssh says why a forwarded connection was refused.
const OPTIONS: &str = "Host *
BatchMode yes
StrictHostKeyChecking yes
UpdateHostKeys no
VerifyHostKeyDNS no
ConnectionAttempts 1
ServerAliveInterval 5
ServerAliveCountMax 3
ForwardAgent no
ForwardX11 no
AddKeysToAgent no
PermitLocalCommand no
RemoteCommand none
RequestTTY no
ClearAllForwardings yes
ControlMaster no
ControlPath none
ControlPersist no
LogLevel INFO
";

/// A connection that is up, or was.
#[derive(Debug)]
pub(super) struct Connection {
    control: PathBuf,
    said: SshLog,
    /// True once ssh has ended.
    end: watch::Receiver<bool>,
    /// Closing it ends the connection.
    _hold: ChildStdin,
    _folder: TempDir,
}

impl Connection {
    /// Start ssh and wait until it has logged in.
    pub(super) async fn open(settings: &SshSettings) -> Result<Self, Cause> {
        let prepared = ConnectionFiles::prepare(settings);
        let files = prepared.map_err(|error| Cause::new(CauseCode::File, format!("for ssh: {error}")))?;
        let mut process = Process::new("/bin/sh");
        process.args(["-c", HOLD, "prod-gate"]).arg(files.folder.path());
        process.args(["ssh", "-M", "-N", "-T", "-F"]).arg(&files.config);
        process.arg("-S").arg(no_tokens(&files.control));
        if let Some(port) = settings.port {
            process.args(["-p", &port.to_string()]);
        }
        process.args(["--", &settings.destination]);
        process.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let broken = |error: io::Error| Cause::new(CauseCode::Ssh, format!("/bin/sh: {error}"));
        let mut child = process.spawn().map_err(broken)?;
        let hold = child.stdin.take().ok_or_else(|| broken(io::ErrorKind::BrokenPipe.into()))?;
        let (tell, mut end) = watch::channel(false);
        let said = SshLog::default();
        tokio::spawn(attend(child, said.clone(), tell));

        let up = async {
            while !files.control.exists() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let failed = tokio::select! {
            () = up => None,
            () = ended(&mut end) => Some(diagnose(&said.lines().join("\n"), settings)),
            () = tokio::time::sleep(settings.connect_timeout + CONNECT_MARGIN) => Some(late(settings)),
        };
        // It has been used, or never will be.
        files.remove_key();
        match failed {
            Some(cause) => Err(cause),
            None => Ok(Self { control: files.control, said, end, _hold: hold, _folder: files.folder }),
        }
    }

    /// Whether ssh still runs. It may not yet have noticed that the other side is gone.
    pub(super) fn is_up(&self) -> bool {
        !*self.end.borrow()
    }

    /// Wait until ssh has ended, and tell what it said last.
    pub(super) async fn lost(&self) -> String {
        ended(&mut self.end.clone()).await;
        self.said.lines().pop().unwrap_or_default()
    }

    /// How many lines ssh has said so far.
    pub(super) fn said_so_far(&self) -> u64 {
        self.said.count()
    }

    /// What ssh says, after so many lines, of a connection that it could not make on the host's side. The word of
    /// the one who wanted it may come first.
    pub(super) async fn refusal(&self, after: u64) -> Option<String> {
        let until = tokio::time::Instant::now() + LAST_WORDS;
        loop {
            let found = self.said.since(after).into_iter().rev().find(|line| line.contains("open failed"));
            if found.is_some() || tokio::time::Instant::now() > until {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// An `ssh` that goes through this connection or not at all; the destination, which it does not look at,
    /// and what it is to do are to be added. It is killed when it is dropped.
    pub(super) fn client(&self) -> Process {
        let mut process = Process::new("ssh");
        process.args(["-F", "/dev/null", "-S"]).arg(no_tokens(&self.control));
        // Without the socket ssh would make a connection of its own, which nobody checked.
        process.args(["-o", "ControlMaster=no", "-o", "ProxyCommand=false", "-o", "LogLevel=ERROR"]);
        process.kill_on_drop(true);
        process
    }
}

async fn ended(end: &mut watch::Receiver<bool>) {
    // Where nobody is left to tell, it has ended as well.
    let _ = end.wait_for(|ended| *ended).await;
}

/// Wait for the process and keep what it says.
async fn attend(mut child: Child, said: SshLog, tell: watch::Sender<bool>) {
    if let Some(stderr) = child.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        let read = async {
            while let Ok(Some(line)) = lines.next_line().await {
                said.push(line);
            }
        };
        tokio::pin!(read);
        tokio::select! {
            () = &mut read => {}
            _ = child.wait() => {
                // Someone else may hold the pipe open, such as a ProxyCommand of the user's.
                let _ = tokio::time::timeout(LAST_WORDS, read).await;
            }
        }
    }
    let _ = child.wait().await;
    tell.send_replace(true);
}

/// The last lines that ssh said.
#[derive(Debug, Clone, Default)]
struct SshLog(Arc<Mutex<LogLines>>);

#[derive(Debug, Default)]
struct LogLines {
    kept: VecDeque<String>,
    /// How many there were, those not kept included.
    count: u64,
}

impl SshLog {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.kept.push_back(line);
        lines.count += 1;
        if lines.kept.len() > MAX_LINES {
            lines.kept.pop_front();
        }
    }

    fn lines(&self) -> Vec<String> {
        self.since(0)
    }

    fn count(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Those kept that came after so many.
    fn since(&self, after: u64) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = usize::try_from(lines.count.saturating_sub(after)).unwrap_or(usize::MAX);
        lines.kept.iter().skip(lines.kept.len().saturating_sub(new)).cloned().collect()
    }
}

fn late(settings: &SshSettings) -> Cause {
    let SshSettings { destination, connect_timeout, .. } = settings;
    let detail = format!("ssh {destination}: not connected after {} s", connect_timeout.as_secs_f32());
    Cause::new(CauseCode::Timeout, detail)
}

/// The files of a connection, in a folder that nobody else can read.
struct ConnectionFiles {
    folder: TempDir,
    config: PathBuf,
    control: PathBuf,
    key: Option<PathBuf>,
}

impl ConnectionFiles {
    fn prepare(settings: &SshSettings) -> io::Result<Self> {
        let usual = std::env::temp_dir();
        let short = usual.as_os_str().len() <= MAX_FOLDER_BYTES;
        let folder = tempfile::Builder::new().prefix("prod-gate-").tempdir_in(if short {
            usual.as_path()
        } else {
            Path::new("/tmp")
        })?;
        let at = |name: &str| folder.path().join(name);
        let mut options = String::from(OPTIONS);
        // Writing to a String cannot fail.
        let _ = writeln!(options, "ConnectTimeout {}", settings.connect_timeout.as_secs().max(1));
        let mut key = None;
        match &settings.identity {
            Some(SshKey::File(path)) => identity(&mut options, path),
            Some(SshKey::Inline(secret)) => {
                let path = at("key");
                private(&path, &tidy(secret.expose()))?;
                identity(&mut options, &path.to_string_lossy());
                key = Some(path);
            }
            None => {}
        }
        if let Some(lines) = &settings.known_hosts {
            let path = at("known_hosts");
            private(&path, &tidy(lines))?;
            let path = quoted(&path.to_string_lossy());
            let _ = writeln!(options, "UserKnownHostsFile {path}\nGlobalKnownHostsFile /dev/null");
        }
        options.push_str("Include ~/.ssh/config\nInclude /etc/ssh/ssh_config\n");
        private(&at("config"), &options)?;
        Ok(Self { config: at("config"), control: at("s"), key, folder })
    }

    fn remove_key(&self) {
        if let Some(key) = &self.key {
            // The whole folder goes with the connection; this is only to have it gone sooner.
            let _ = fs::remove_file(key);
        }
    }
}

fn identity(options: &mut String, path: &str) {
    let _ = writeln!(options, "IdentityFile {}\nIdentitiesOnly yes", quoted(path));
}

fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('%', "%%"))
}

fn no_tokens(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%%")
}

/// A pasted key or file often has lost its last line's end, or gained carriage returns; ssh refuses such keys.
fn tidy(text: &str) -> String {
    format!("{}\n", text.replace('\r', "").trim())
}

/// Write a file that only its owner can read.
fn private(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
