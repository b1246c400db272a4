//! A real sshd on a loopback port, with keys and a configuration of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use prod_gate::probe::host::{Host, SshKey, SshSettings};
use tempfile::TempDir;

/// Where sshd is; it insists on being started by its whole path.
const SSHD: &str = "/usr/sbin/sshd";

/// A running sshd; it ends with this, and so do its connections.
pub(crate) struct Sshd {
    folder: TempDir,
    child: Child,
    /// Ends it when the tests themselves are killed: its input is closed then.
    watch: Child,
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    user: String,
}

/// How it is set up.
#[derive(Default)]
pub(crate) struct Setup<'a> {
    /// Whether it runs as another user than root, who then is the one that logs in.
    pub(crate) other_user: bool,
    /// Lines added to its configuration.
    pub(crate) config: &'a str,
}

/// The other user: known in a mount namespace of sshd's own, with a list of users of the tests' own.
const OTHER: &str = "gate-tests:x:54321:54321::/tmp:/bin/sh\n";

/// Why no sshd can run here, if so.
pub(crate) fn missing() -> Option<String> {
    (!Path::new(SSHD).exists()).then(|| format!("{SSHD} is missing; run script/bootstrap"))
}

impl Sshd {
    /// One that takes its own key, as the user who runs the tests.
    pub(crate) fn start() -> Self {
        Self::with(&Setup::default())
    }

    /// One with more in its configuration.
    pub(crate) fn configured(config: &str) -> Self {
        Self::with(&Setup { other_user: false, config })
    }

    /// One that is set up like this.
    pub(crate) fn with(setup: &Setup<'_>) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        // sshd may run as another user, who has to find its files.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        keygen(&at("host"));
        keygen(&at("id"));
        let me = whoami();
        if me == "root" {
            // The package's service makes it at its start.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let user = if setup.other_user { "gate-tests".to_owned() } else { me };
        let port = free_port();
        let base = folder.path().display();
        // The first value of a setting counts, so those of the test come first.
        // With SHLVL bash takes itself for an inner shell, and reads none of the user's own files at its start.
        let config = format!(
            "{}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {base}/host\nAuthorizedKeysFile {base}/id.pub\n\
             PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv SHLVL=5\n",
            setup.config
        );
        fs::write(at("config"), config).unwrap();
        let mut command = if setup.other_user { other_user(folder.path()) } else { Command::new(SSHD) };
        command.arg("-D").arg("-f").arg(at("config")).arg("-e");
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id().to_string();
        let mut watch = Command::new("sh");
        let watch = watch.args(["-c", "cat; kill \"$1\"", "sh", &pid]).stdin(Stdio::piped()).spawn().unwrap();
        let mut sshd = Self { folder, child, watch, port, user };
        sshd.wait_until_up();
        sshd
    }

    fn wait_until_up(&mut self) {
        let stderr = self.child.stderr.take().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(stderr);
        while !said.contains("Server listening") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "sshd did not start: {said}");
        }
        // It goes on talking about each connection; nobody may be kept waiting by a full pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    }

    /// Settings that reach it.
    pub(crate) fn settings(&self) -> SshSettings {
        let key = fs::read_to_string(self.folder.path().join("id")).unwrap();
        SshSettings {
            port: Some(self.port),
            identity: Some(SshKey::Inline(key.into())),
            known_hosts: Some(self.known_host(self.port)),
            ..SshSettings::new(format!("{}@127.0.0.1", self.user))
        }
    }

    /// It as a host.
    pub(crate) fn host(&self) -> Host {
        Host::ssh(self.settings())
    }

    /// The line of `known_hosts` that makes its key known at this port of 127.0.0.1.
    pub(crate) fn known_host(&self, port: u16) -> String {
        let key = fs::read_to_string(self.folder.path().join("host.pub")).unwrap();
        format!("[127.0.0.1]:{port} {key}")
    }

    /// The file with the key that may log in.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("id")
    }

    /// The processes that serve its connections.
    pub(crate) fn connections(&self) -> Vec<u32> {
        children(self.child.id())
    }

    /// Cut every connection, as a crash or a cable would.
    pub(crate) fn cut(&self) {
        for pid in self.connections() {
            run(Command::new("kill").args(["-KILL", &pid.to_string()]));
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let connections = self.connections();
        // One may have ended since.
        for pid in connections {
            let _ = Command::new("kill").arg(pid.to_string()).stderr(Stdio::null()).status();
        }
        // The watch first: it must not end whoever gets the number next.
        for child in [&mut self.watch, &mut self.child] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A new key pair without a passphrase, in this file and beside it in `.pub`.
pub(crate) fn keygen(file: &Path) {
    run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f"]).arg(file));
}

/// A port of 127.0.0.1 where nobody listened a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Starts sshd as the other user; its arguments are to be added.
fn other_user(folder: &Path) -> Command {
    run(Command::new("chown").args(["-R", "54321:54321"]).arg(folder));
    let passwd = fs::read_to_string("/etc/passwd").unwrap() + OTHER;
    let mut command = with_users(folder, &passwd, "54321", "54321");
    command.arg(SSHD);
    command
}

/// Starts a program as the one who runs the tests, but at home in this folder; the program is to be added.
pub(crate) fn at_home_in(folder: &Path) -> Command {
    let (user, group) = (output(Command::new("id").arg("-u")), output(Command::new("id").arg("-g")));
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let move_in = |line: &str| {
        let mut fields: Vec<_> = line.split(':').collect();
        let home = folder.to_string_lossy();
        if fields.get(2) == Some(&user.as_str()) {
            fields[5] = &home;
        }
        fields.join(":") + "\n"
    };
    let passwd: String = passwd.lines().map(move_in).collect();
    with_users(folder, &passwd, &user, &group)
}

/// Starts a program as this user in a mount namespace with this list of users.
fn with_users(folder: &Path, passwd: &str, user: &str, group: &str) -> Command {
    let file = folder.join("passwd");
    fs::write(&file, passwd).unwrap();
    let script = "mount --bind \"$1\" /etc/passwd; user=$2; group=$3; shift 3; \
                  exec setpriv --reuid \"$user\" --regid \"$group\" --clear-groups \"$@\"";
    let mut command = unshare();
    command.args(["sh", "-ec", script, "sh"]).arg(file).args([user, group]);
    command
}

/// Starts a program with mounts of its own, as root.
fn unshare() -> Command {
    let mut command = if whoami() == "root" { Command::new("unshare") } else { Command::new("sudo") };
    if whoami() != "root" {
        command.args(["-n", "unshare"]);
    }
    command.arg("--mount");
    command
}

/// Why no process can be given a list of users of its own, if so.
pub(crate) fn no_other_user() -> Option<String> {
    let tried = unshare().arg("true").output();
    (!tried.is_ok_and(|output| output.status.success())).then(|| "unshare --mount is not allowed".to_owned())
}

/// Who runs the tests.
pub(crate) fn whoami() -> String {
    output(Command::new("id").arg("-un"))
}

/// The processes that this one started.
fn children(parent: u32) -> Vec<u32> {
    let text = output(Command::new("ps").args(["-A", "-o", "pid=,ppid="]));
    let pairs = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace().map_while(|word| word.parse::<u32>().ok());
        Some((words.next()?, words.next()?))
    });
    pairs.filter(|(_, ppid)| *ppid == parent).map(|(pid, _)| pid).collect()
}

/// The command lines of the processes whose line holds this text.
pub(crate) fn processes(with: &str) -> Vec<String> {
    let text = output(Command::new("ps").args(["-A", "-ww", "-o", "pid=,stat=,args="]));
    let alive = |line: &&str| line.contains(with) && !line.contains("<defunct>");
    text.lines().filter(alive).map(str::to_owned).collect()
}

/// Wait until this holds; panics after ten seconds.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(10), "not within ten seconds: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
