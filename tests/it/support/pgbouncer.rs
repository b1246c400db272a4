//! A real `PgBouncer` before a server, which gives a connection to another client after each transaction.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::postgres::{OTHER, PASSWORD, Postgres, as_other, encoded, succeed, write_as_other};
use super::sshd::{free_port, until, whoami};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A running pooler; it ends with this.
pub(crate) struct Pooler {
    _folder: TempDir,
    child: Child,
    /// Ends it when the tests themselves are killed: its input is closed then.
    watch: Child,
    port: u16,
}

/// Why none can run here, if so.
pub(crate) fn missing() -> Option<String> {
    let there = std::path::Path::new(PROGRAM).exists();
    (!there).then(|| format!("{PROGRAM} is missing; run script/bootstrap"))
}

impl Pooler {
    /// One with a single connection to this server.
    pub(crate) fn start(server: &Postgres) -> Self {
        let folder = tempfile::Builder::new().prefix("gate-pool-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let port = free_port();
        write_as_other(&at("users"), &format!("\"postgres\" \"{PASSWORD}\"\n"));
        let config = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = 1\n",
            server.port,
            at("users").display()
        );
        write_as_other(&at("config"), &config);
        if whoami() == "root" {
            succeed(Command::new("chown").arg(OTHER).arg(folder.path()));
        }
        let mut command = as_other(PROGRAM.as_ref());
        let child = command.arg(at("config")).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut watch = Command::new("sh");
        let watch = watch.args(["-c", "cat; kill \"$1\"", "sh", &child.id().to_string()]);
        let watch = watch.stdin(Stdio::piped()).spawn().unwrap();
        until("PgBouncer takes connections", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { _folder: folder, child, watch, port }
    }

    /// The URL of a database through it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgresql://postgres:{}@127.0.0.1:{}/{database}?pgbouncer=true",
            encoded(PASSWORD),
            self.port
        )
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // The watch first: it must not end whoever gets the number next.
        for child in [&mut self.watch, &mut self.child] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
