//! A throwaway server and the process that holds it: it ends with the gate, however the gate ends.
//!
//! A small shell script makes the server's files, runs it, and reads a pipe of ours. When the pipe is closed,
//! because the server is no longer needed or because the gate is gone, the script ends the server and removes
//! its folder. In a container it is the same script: Docker closes the container's input with its client's.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::Instant;

use super::place::ScratchFolder;
use super::session::ScratchSession;
use crate::model::{Cause, CauseCode};

/// Runs a server from the folder of binaries `$2` in the folder `$1`; what follows are the server's arguments.
/// The end of what the server said goes to the script's error output, which nobody may read any more.
pub(super) const HOLD: &str = concat!(
    r#"d=$1; b=$2; shift 2; exec 3<&0; "#,
    r#"{ "$b/initdb" -D "$d/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions && "#,
    r#"exec "$b/postgres" -D "$d/data" "$@"; } >"$d/log" 2>&1 </dev/null 3<&- & p=$!; trap "" HUP INT TERM PIPE; "#,
    r#"{ trap "" QUIT; cat <&3; kill -QUIT $p; kill -TERM 0; } >/dev/null 2>&1 & w=$!; exec 3<&-; "#,
    r#"wait $p; s=$?; kill -KILL $w 2>/dev/null; tail -n 20 "$d/log" >&2; rm -rf "$d" || { sleep 1; rm -rf "$d"; }; exit $s"#,
);

/// What a server is told. Nothing of it has to outlive a crash of the machine, and nobody but the gate may reach
/// it. `C` is the locale of its messages and of its sorting.
pub(super) const SETTINGS: [&str; 11] = [
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "max_connections=20",
    "jit=off",
    "checkpoint_timeout=1h",
    "max_wal_size=2GB",
];

pub(super) const FIRST: &str = "postgres";

/// How often a server that starts is asked.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How long a server may take to end, before it is left to end by itself.
const STOP_DEADLINE: Duration = Duration::from_secs(5);
/// How much of what a process says is kept, in bytes.
const SAID: u64 = 64 << 10;

/// A server that runs, until this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    place: ScratchFolder,
    child: Child,
    /// Closing it ends the server.
    hold: Option<ChildStdin>,
}

impl Server {
    /// Start the process and wait until the server takes connections at the socket in `sockets`.
    pub(super) async fn start(
        mut process: Command,
        place: ScratchFolder,
        sockets: &Path,
        longest: Duration,
    ) -> Result<Self, Cause> {
        // A group of its own: Ctrl-C is for the gate.
        process.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let spawned = process.spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                place.remove();
                return Err(broken(&error.to_string()));
            }
        };
        let hold = child.stdin.take();
        let mut server = Self { place, child, hold };
        let end = Instant::now() + longest;
        loop {
            if server.child.try_wait().is_ok_and(|status| status.is_some()) {
                return Err(broken(&server.last_words().await));
            }
            // One that answers is ready, and one that does not is not: there is nothing to tell apart yet.
            match ScratchSession::local(sockets, FIRST).await {
                Ok(_) => return Ok(server),
                Err(cause) if Instant::now() > end => {
                    server.close().await;
                    let detail = format!("not ready after {} s: {}", longest.as_secs(), cause.detail);
                    return Err(Cause::new(CauseCode::Timeout, detail));
                }
                Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }

    async fn last_words(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            // What cannot be read is not told.
            let _ = tokio::time::timeout(STOP_DEADLINE, stderr.take(SAID).read_to_end(&mut said)).await;
        }
        last(&String::from_utf8_lossy(&said))
    }

    /// End it, and wait until nothing of it is left.
    pub(super) async fn close(mut self) {
        drop(self.hold.take());
        // One that takes longer ends all the same: its input is closed.
        let _ = tokio::time::timeout(STOP_DEADLINE, self.child.wait()).await;
        self.place.remove();
    }
}

/// The line that says why: the first fatal one or error, else the last.
fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let telling = ["FATAL:", "PANIC:", "error:", "Error", "ERROR:"];
    let found = lines.iter().find(|line| telling.iter().any(|word| line.contains(word)));
    found.or(lines.last()).map_or_else(|| "it ended without a word".to_owned(), |line| (*line).to_owned())
}

pub(super) fn broken(why: &str) -> Cause {
    Cause::new(CauseCode::ScratchServer, why)
}

pub(super) fn no_place(error: &io::Error) -> Cause {
    Cause::new(CauseCode::ScratchServer, format!("no folder for it: {error}"))
}
