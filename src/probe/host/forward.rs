//! Ports of this machine that lead to an address on the host's side, such as a container's.
//!
//! We listen ourselves, on loopback, and give each connection a session of its own (`ssh -W`). With ssh's own
//! `-L` a free port would have to be guessed, and what goes wrong on the other side would stand in no answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::connection::Connection;
use super::ssh::Ssh;
use crate::model::{Cause, CauseCode};

/// A port that leads elsewhere; it is closed, with its connections, when this is dropped.
#[derive(Debug)]
pub struct Forward {
    address: SocketAddr,
    failure: Arc<Mutex<Option<Cause>>>,
    task: Option<AbortHandle>,
}

impl Forward {
    /// The address itself: this machine is the host, and nothing lies between.
    pub(super) async fn direct(target: &str, port: u16) -> Result<Self, Cause> {
        let address = tokio::net::lookup_host((target, port)).await.ok().and_then(|mut all| all.next());
        let address = address.ok_or_else(|| Cause::new(CauseCode::Dns, target))?;
        Ok(Self { address, failure: Arc::default(), task: None })
    }

    /// A port that leads through `ssh`. Where the host cannot be reached at all, that is said now.
    pub(super) async fn open(ssh: &Arc<Ssh>, target: &str, port: u16) -> Result<Self, Cause> {
        ssh.connection().await?;
        let broken =
            |error: std::io::Error| Cause::new(CauseCode::Ssh, format!("a port of 127.0.0.1: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let failure = Arc::new(Mutex::new(None));
        let name =
            if target.contains(':') { format!("[{target}]:{port}") } else { format!("{target}:{port}") };
        let tunnel = Tunnel { ssh: Arc::clone(ssh), name, failure: Arc::clone(&failure) };
        let task = tokio::spawn(serve(listener, Arc::new(tunnel)));
        Ok(Self { address, failure, task: Some(task.abort_handle()) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Why the last connection through it could not be made, if one could not: to whom connects here it only
    /// looks closed.
    pub fn failure(&self) -> Option<Cause> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What each connection through a port needs.
struct Tunnel {
    ssh: Arc<Ssh>,
    /// The address on the host's side, as `-W` takes it.
    name: String,
    failure: Arc<Mutex<Option<Cause>>>,
}

/// Take connections until this is aborted; those under way go with it.
async fn serve(listener: TcpListener, tunnel: Arc<Tunnel>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let tunnel = Arc::clone(&tunnel);
                    open.spawn(async move { tunnel.carry(stream).await });
                }
                // Out of file descriptors, most likely: they may come back.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

impl Tunnel {
    async fn carry(&self, stream: TcpStream) {
        let failure = match self.ssh.connection().await {
            Ok(connection) => self.copy(stream, &connection).await.err(),
            Err(cause) => Some(cause),
        };
        if let Some(cause) = failure {
            self.failed(cause);
        }
    }

    fn failed(&self, cause: Cause) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }

    /// Copy both ways until both sides are done.
    async fn copy(&self, mut stream: TcpStream, connection: &Connection) -> Result<(), Cause> {
        let before = connection.said_so_far();
        let mut ssh = connection.client();
        ssh.args(["-W", &self.name, "--", &self.ssh.settings.destination]);
        ssh.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = ssh.spawn().map_err(|error| Cause::new(CauseCode::Ssh, format!("ssh: {error}")))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) = pipes else { return Ok(()) };
        let (mut from, mut to) = stream.split();
        // Either side may break off in the middle: that is between the two of them.
        let there = async {
            let _ = tokio::io::copy(&mut from, &mut stdin).await;
            // Only a closed pipe tells the other side that no more will come.
            drop(stdin);
        };
        let back = async {
            let _ = tokio::io::copy(&mut stdout, &mut to).await;
            let _ = to.shutdown().await;
        };
        // Told as soon as it is known: whoever connected may wait for ever.
        let watch = async {
            let mut said = String::new();
            let _ = stderr.read_to_string(&mut said).await;
            if !said.trim().is_empty() {
                // The reason stands in the connection's own words.
                let said = connection.refusal(before).await.unwrap_or(said);
                self.failed(Cause::new(code(&said), format!("{}: {}", self.name, said.trim())));
            }
        };
        tokio::join!(there, back, watch);
        // It has nothing left to do.
        let _ = child.wait().await;
        Ok(())
    }
}

fn code(said: &str) -> CauseCode {
    match said {
        said if said.contains("Connection refused") => CauseCode::Refused,
        said if said.contains("timed out") => CauseCode::Timeout,
        said if said.contains("No route") || said.contains("unreachable") => CauseCode::Unreachable,
        said if said.contains("not known") || said.contains("resolve") => CauseCode::Dns,
        _ => CauseCode::Ssh,
    }
}
