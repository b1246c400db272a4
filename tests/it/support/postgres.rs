//! A real PostgreSQL of the tests' own: in a temporary folder, on a free port of 127.0.0.1 and a socket beside it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::sshd::{free_port, until, whoami};

/// Who servers run as where the tests run as root, which it refuses. The package makes this user.
pub(crate) const OTHER: &str = "postgres";

/// Ends the server at once when its input is closed, however the tests ended, and leaves nothing behind.
const HOLD: &str = r#"trap "" INT TERM; exec 3<&0; "$@" >"$BASE/log" 2>&1 </dev/null 3<&- & p=$!; cat <&3
kill -QUIT "$p" 2>/dev/null; wait "$p"; rm -rf "$BASE""#;

/// How a server is set up.
#[derive(Default)]
pub(crate) struct Setup<'a> {
    /// Lines for `postgresql.conf`.
    pub(crate) config: &'a str,
    /// The lines of `pg_hba.conf`. Default: everybody is trusted on the socket, and has a password otherwise.
    pub(crate) hba: Option<&'a str>,
    /// The server's certificate and its key, as PEM. With them it speaks TLS.
    pub(crate) tls: Option<(&'a str, &'a str)>,
}

/// A running server. It ends with this.
pub(crate) struct Postgres {
    folder: TempDir,
    hold: Option<(Child, ChildStdin)>,
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    bin: PathBuf,
}

/// The one that most tests share: a start takes most of a second. It ends with the tests' process.
static SHARED: LazyLock<Postgres> = LazyLock::new(Postgres::start);
/// The password of `postgres` and of every role that [`Postgres::role`] makes.
pub(crate) const PASSWORD: &str = "correct horse @ # % = + / : battery";

/// The newest binaries of a server here.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|entry| entry.path().join("bin")).collect();
    found.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.into_iter().find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
}

/// Why no server can run here, if so.
pub(crate) fn missing() -> Option<String> {
    if binaries().is_none() {
        return Some("PostgreSQL's server is missing; run script/bootstrap".to_owned());
    }
    let psql = Command::new("psql").arg("--version").output();
    psql.is_err().then(|| "psql is missing; run script/bootstrap".to_owned())
}

/// The shared server, or why there is none.
pub(crate) fn shared() -> Result<&'static Postgres, String> {
    missing().map_or_else(|| Ok(&*SHARED), Err)
}

/// Text percent-encoded for a URL.
pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Postgres {
    /// One with passwords and without TLS.
    pub(crate) fn start() -> Self {
        Self::with(&Setup::default())
    }

    /// One that is set up like this.
    pub(crate) fn with(setup: &Setup<'_>) -> Self {
        let bin = binaries().unwrap();
        let folder = tempfile::Builder::new().prefix("gate-pg-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let data = at("data");
        fs::write(at("password"), PASSWORD).unwrap();
        if whoami() == "root" {
            succeed(Command::new("chown").args(["-R", OTHER]).arg(folder.path()));
        }
        let mut init = as_other(&bin.join("initdb"));
        init.args(["--no-sync", "--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]);
        init.args(["--encoding=UTF8", "--locale=C"]).arg("--pwfile").arg(at("password"));
        succeed(init.arg("-D").arg(&data));
        let port = free_port();
        let base = folder.path().display();
        let mut config = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{base}'\nfsync = off\n\
             synchronous_commit = off\nfull_page_writes = off\nmax_connections = 50\nshared_buffers = 16MB\n\
             lc_messages = 'C'\n{}\n",
            setup.config
        );
        if let Some((certificate, key)) = setup.tls {
            write_certificate(&data, certificate, key);
            config.push_str("ssl = on\n");
        }
        let mut file = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf")).unwrap();
        file.write_all(config.as_bytes()).unwrap();
        if let Some(hba) = setup.hba {
            fs::write(data.join("pg_hba.conf"), hba).unwrap();
        }
        let mut server = Self { folder, hold: None, port, bin };
        server.run();
        server
    }

    /// Start the server process.
    fn run(&mut self) {
        let mut hold = Command::new("sh");
        hold.args(["-c", HOLD, "sh"]);
        if whoami() == "root" {
            hold.args(["setpriv", "--reuid", OTHER, "--regid", OTHER, "--clear-groups"]);
        }
        hold.arg(self.bin.join("postgres")).arg("-D").arg(self.folder.path().join("data"));
        hold.env("BASE", self.folder.path()).process_group_of_its_own();
        let mut child = hold.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        self.hold = Some((child, stdin));
        let start = Instant::now();
        while !self.answers() {
            if start.elapsed() > Duration::from_secs(20) {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("PostgreSQL did not start: {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        self.client("postgres").args(["-c", "select 1"]).output().unwrap().status.success()
    }

    /// The folder of its socket.
    pub(crate) fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Give it another certificate, for connections from now on.
    pub(crate) fn show_certificate(&self, certificate: &str, key: &str) {
        write_certificate(&self.folder.path().join("data"), certificate, key);
        let loaded = || self.psql("postgres", "select extract(epoch from pg_conf_load_time())");
        let before = loaded();
        self.psql("postgres", "select pg_reload_conf()");
        // A process of the server's takes the new one from the first when it begins.
        until("the server has read its certificate", || loaded() != before);
    }

    /// Kill it at once, as a lack of memory would.
    pub(crate) fn kill(&self) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        succeed(Command::new("kill").args(["-QUIT", file.lines().next().unwrap()]));
    }

    fn client(&self, database: &str) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]);
        psql.arg(self.socket()).args(["-p", &self.port.to_string()]).stdin(Stdio::null());
        psql
    }

    /// Run SQL in a database as its owner; returns what it printed. Panics where it fails.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> String {
        let mut child = self
            .client(database)
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let sql = sql.to_owned();
        let write = std::thread::spawn(move || stdin.write_all(sql.as_bytes()));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        write.join().unwrap().unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A new database, with a name of its own, in which this SQL was run.
    pub(crate) fn database(&self, sql: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("app_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database {name}"));
        self.psql(&name, sql);
        name
    }

    /// A new role with this name and [`PASSWORD`], and no right but to connect.
    pub(crate) fn role(&self, name: &str) {
        self.psql("postgres", &format!("create role {name} login password '{PASSWORD}'"));
    }

    /// The URL of a database on it, by TCP, its password percent-encoded.
    pub(crate) fn url(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}:{}@127.0.0.1:{}/{database}", encoded(PASSWORD), self.port)
    }
}

/// Small things that make the above read as one piece.
trait OwnGroup {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for Command {
    /// A signal to the tests is not one to the server.
    fn process_group_of_its_own(&mut self) -> &mut Self {
        use std::os::unix::process::CommandExt as _;
        self.process_group(0)
    }
}

/// A program, as the other user where the tests run as root.
pub(crate) fn as_other(program: &Path) -> Command {
    if whoami() != "root" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", OTHER, "--regid", OTHER, "--clear-groups"]).arg(program);
    command
}

fn write_certificate(data: &Path, certificate: &str, key: &str) {
    write_as_other(&data.join("server.crt"), certificate);
    write_as_other(&data.join("server.key"), key);
}

pub(crate) fn write_as_other(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    if whoami() == "root" {
        succeed(Command::new("chown").arg(OTHER).arg(file));
    }
}

pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((mut child, stdin)) = self.hold.take() {
            drop(stdin);
            let _ = child.wait();
        }
    }
}
