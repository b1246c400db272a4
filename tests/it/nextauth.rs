//! Logins against the real NextAuth 4 and Auth.js 5 under Node: `tests/nextauth`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::bash::{Bash, Piece, blocks};
use crate::support::gate::{Ended, Gate};
use crate::support::skip::skip;

/// Random for the service and unlike any word of its pages.
const ADMIN: &str = "Adm!n & \"q\" $1 + \u{e9}";
const ELEVE: &str = "3l&ve='x' %41";

/// A server under Node. It ends with this, and with its input: no server outlives the tests.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// `v4.mjs` or `v5.mjs` with these settings beside the passwords.
    fn start(version: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new("node")
            .arg(format!("{version}.mjs"))
            .current_dir(folder())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs([
                ("ADMIN_PASSWORD", ADMIN),
                ("ELEVE_PASSWORD", ELEVE),
                ("EXIT_WITH_STDIN", "1"),
                ("PORT", "0"),
            ])
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It tells there of every login that it refuses.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nextauth")
}

/// Whether the servers can run here; else a line in the file of skipped tests says why not.
fn can_run(test: &str) -> bool {
    let missing = if !folder().join("node_modules/next-auth").is_dir() {
        "tests/nextauth/node_modules is missing"
    } else if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
        "node is missing"
    } else {
        return true;
    };
    skip(&format!("nextauth::{test}"), &format!("{missing}; run script/bootstrap"));
    false
}

const SECRETS: [(&str, &str); 2] = [("ADMIN_PASSWORD", ADMIN), ("ELEVE_PASSWORD", ELEVE)];

/// The gate with two roles and one row of access. `admin` is what the role that should be ADMIN logs in as.
fn run(server: &Server, admin: &str) -> Ended {
    let config = format!(
        "version: 1
language: en
limits: {{ rate: unlimited }}
smoke:
  base_url: {}
  sessions:
    admin:
      nextauth: {admin}
      expect: {{ role: ADMIN }}
    eleve:
      nextauth: {{ email: eleve@nexus.test, password: \"${{secret:ELEVE_PASSWORD}}\" }}
      expect: {{ role: ELEVE, name: {{ exists: true }} }}
  access:
    - {{ get: /api/admin/stats, anonymous: 401, eleve: 403, admin: 200 }}
",
        server.url
    );
    SECRETS.iter().fold(Gate::run(&config), |gate, (name, value)| gate.env(name, value)).wait()
}

const AS_ADMIN: &str = "{ email: admin@nexus.test, password: \"${secret:ADMIN_PASSWORD}\" }";

/// Everybody gets in and no further than they may, and so they do by the record's own commands.
fn passes(server: &Server) -> Ended {
    let ended = run(server, AS_ADMIN).ended_with(0);
    let record = ended.record();
    let bash = Bash::new(&SECRETS);
    let pieces: Vec<Piece> = blocks(&record).concat();
    let printed = bash.run(&pieces);
    for (piece, seen) in pieces.iter().zip(&printed.pieces) {
        if !piece.prints.is_empty() {
            assert_eq!(*seen, piece.prints, "{}\n{}", piece.lines.join("\n"), printed.stderr);
        }
    }
    assert_eq!(printed.stderr, "");
    assert!(pieces.iter().any(|piece| piece.prints == ["ADMIN"]), "{record}");
    let cookies = std::fs::read_to_string(bash.work().join("admin.cookies.txt")).unwrap();
    assert!(cookies.contains("session-token"), "{cookies}");
    // Sessions are tokens that others could use.
    for cookie in cookies.lines().filter(|line| line.contains("session-token")) {
        let value = cookie.split('\t').next_back().unwrap();
        assert!(value.len() > 20 && !record.contains(value));
    }
    ended
}

#[test]
fn everybody_gets_in_and_no_further() {
    if !can_run("everybody_gets_in_and_no_further") {
        return;
    }
    for version in ["v4", "v5"] {
        passes(&Server::start(version, &[]));
    }
}

#[test]
fn a_session_in_pieces_is_whole() {
    if !can_run("a_session_in_pieces_is_whole") {
        return;
    }
    for version in ["v4", "v5"] {
        passes(&Server::start(version, &[("BIG_SESSION", "1")]));
    }
}

/// The application sits behind a proxy that speaks TLS, and the gate asks it from beside: its cookies are
/// `Secure`, the connection is not.
#[test]
fn secure_cookies_reach_a_service_on_this_machine() {
    if !can_run("secure_cookies_reach_a_service_on_this_machine") {
        return;
    }
    for (version, name) in
        [("v4", "__Secure-next-auth.session-token"), ("v5", "__Secure-authjs.session-token")]
    {
        let server =
            Server::start(version, &[("NEXTAUTH_URL", "https://nexus.example"), ("AUTH_TRUST_HOST", "1")]);
        let record = passes(&server).record();
        assert!(!record.contains(name));
    }
}

#[test]
fn a_wrong_password_never_passes_and_says_so() {
    if !can_run("a_wrong_password_never_passes_and_says_so") {
        return;
    }
    for version in ["v4", "v5"] {
        let server = Server::start(version, &[]);
        let ended = run(&server, "{ email: admin@nexus.test, password: \"${secret:ELEVE_PASSWORD}\" }");
        assert_eq!(ended.outcome("smoke.sessions.admin"), "failed");
        assert_eq!(ended.outcome("smoke.sessions.eleve"), "passed");
        assert_eq!(ended.outcome("smoke.access.GET /api/admin/stats.admin"), "skipped");
        // Nobody was let in, so that a denial proves nothing.
        assert_eq!(ended.outcome("smoke.access.GET /api/admin/stats.eleve"), "errored");
        assert!(ended.stdout.contains("CredentialsSignin"), "{}", ended.stdout);
    }
}

#[test]
fn a_wrong_role_fails() {
    if !can_run("a_wrong_role_fails") {
        return;
    }
    for version in ["v4", "v5"] {
        let server = Server::start(version, &[]);
        let ended = run(&server, "{ email: eleve@nexus.test, password: \"${secret:ELEVE_PASSWORD}\" }");
        let ended = ended.ended_with(1);
        assert_eq!(ended.outcome("smoke.sessions.admin"), "failed");
        assert!(ended.stdout.contains("identity $.user.role: ELEVE, expected ADMIN"), "{}", ended.stdout);
    }
}
