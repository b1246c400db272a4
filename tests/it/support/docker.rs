//! A real Docker Engine of the tests' own, and containers from an image that needs no registry.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use prod_gate::probe::docker::Docker;
use prod_gate::probe::host::Host;
use tempfile::TempDir;

use super::sshd::whoami;

/// A static busybox: the image's only program.
const BUSYBOX: &str = "/bin/busybox";
/// The image: busybox, and what an application's image has.
pub(crate) const IMAGE: &str = "gate-test:1";
/// The commit in the image's label and in `/app/release-manifest.json`.
pub(crate) const COMMIT: &str = "6eeb0b9f0c1d4f1d3b1bd1d6a3e0c9a7f2b4d8e1";

/// Ends the engine when its input is closed, however the tests ended, and leaves nothing behind.
const HOLD: &str = r#"trap "" INT TERM; exec 3<&0; "$@" >"$BASE/log" 2>&1 </dev/null 3<&- & p=$!; cat <&3; kill "$p"
wait "$p"; umount "$BASE"/exec/netns/* 2>/dev/null; rm -rf "$BASE""#;

/// A running engine. It ends with the last of its users.
pub(crate) struct Engine {
    /// How docker is told where it is; nothing for the machine's own.
    socket: Option<String>,
    hold: Option<(Child, ChildStdin)>,
    _folder: TempDir,
}

/// The one that all tests share.
static SHARED: Mutex<Weak<Engine>> = Mutex::new(Weak::new());

/// An engine, or why there can be none.
pub(crate) fn engine() -> Result<Arc<Engine>, String> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = shared.upgrade() {
        return Ok(engine);
    }
    if !Path::new(BUSYBOX).exists() {
        return Err(format!("{BUSYBOX} is missing; run script/bootstrap"));
    }
    let engine = Arc::new(Engine::start().or_else(|why| Engine::of_the_machine().ok_or(why))?);
    engine.import();
    *shared = Arc::downgrade(&engine);
    Ok(engine)
}

impl Engine {
    fn start() -> Result<Self, String> {
        if whoami() != "root" {
            return Err("an engine of the tests' own needs root, and no other one can be used".to_owned());
        }
        let folder = tempfile::Builder::new().prefix("gate-").tempdir().unwrap();
        let base = folder.path().display().to_string();
        let socket = format!("unix://{base}/s");
        let mut command = Command::new("sh");
        command.args(["-c", HOLD, "sh", "dockerd", "--data-root", &format!("{base}/data")]);
        command.args([
            "--exec-root",
            &format!("{base}/exec"),
            "--pidfile",
            &format!("{base}/pid"),
            "-H",
            &socket,
        ]);
        command.args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout=1"]);
        let log = folder.path().join("log");
        command.env("BASE", &base).env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let engine = Self { socket: Some(socket), hold: Some((child, stdin)), _folder: folder };
        let start = Instant::now();
        while !engine.docker(&["version"]).status().is_ok_and(|status| status.success()) {
            if start.elapsed() > Duration::from_secs(20) {
                let log = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("dockerd does not run here: {}", log.lines().last().unwrap_or_default()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(engine)
    }

    /// The engine that runs on this machine anyway, as on GitHub's runners.
    fn of_the_machine() -> Option<Self> {
        let engine = Self { socket: None, hold: None, _folder: TempDir::new().unwrap() };
        engine.docker(&["version"]).status().is_ok_and(|status| status.success()).then_some(engine)
    }

    /// The image, from the machine's static busybox.
    fn import(&self) {
        let folder = TempDir::new().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("bin")).unwrap();
        fs::create_dir_all(at("app")).unwrap();
        fs::copy(BUSYBOX, at("bin/busybox")).unwrap();
        for name in ["sh", "cat", "sleep", "test", "touch", "rm", "echo", "env", "true"] {
            std::os::unix::fs::symlink("busybox", at("bin").join(name)).unwrap();
        }
        fs::write(at("app/manifest.json"), format!("{{\"commit\":\"{COMMIT}\"}}\n")).unwrap();
        std::os::unix::fs::symlink("manifest.json", at("app/release-manifest.json")).unwrap();
        let label = format!("LABEL org.opencontainers.image.revision={COMMIT}");
        self.import_folder(folder.path(), IMAGE, &["CMD [\"sleep\",\"1000\"]", "ENV PATH=/bin", &label]);
    }

    /// An image from all that is in a folder.
    pub(crate) fn import_folder(&self, folder: &Path, name: &str, changes: &[&str]) {
        let tar = Command::new("tar").arg("-C").arg(folder).args(["-c", "."]).output().unwrap();
        let changes: Vec<&str> = changes.iter().flat_map(|change| ["--change", change]).collect();
        let mut import = self
            .docker(&[&["import"], &changes[..], &["-", name]].concat())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        import.stdin.take().unwrap().write_all(&tar.stdout).unwrap();
        assert!(import.wait().unwrap().success());
    }

    /// A call of docker, silent.
    fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs(self.socket.iter().map(|socket| ("DOCKER_HOST", socket)));
        command
    }

    /// Run docker; returns what it printed. Panics where it fails.
    pub(crate) fn call(&self, arguments: &[&str]) -> String {
        let output = self.docker(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A container, with these options and this command, that is removed when it is dropped.
    pub(crate) fn run(self: &Arc<Self>, options: &[&str], command: &[&str]) -> Running {
        let id = self.call(&[&["run", "--detach"], options, &[IMAGE], command].concat());
        Running { engine: Arc::clone(self), id }
    }

    /// The same for the product, on this machine.
    pub(crate) fn local(&self) -> Docker {
        let mut program = vec!["docker".to_owned()];
        program.extend(self.socket.iter().flat_map(|socket| ["-H".to_owned(), socket.clone()]));
        Docker::with_program(Host::local(), program)
    }

    /// Where it is, as `DOCKER_HOST` says it; empty for the machine's own, which docker finds without.
    pub(crate) fn address(&self) -> &str {
        self.socket.as_deref().unwrap_or_default()
    }

    /// What sshd gives its commands so that a plain `docker` finds it.
    pub(crate) fn ssh_environment(&self) -> String {
        let socket = self.socket.as_ref().map(|socket| format!(" DOCKER_HOST={socket}")).unwrap_or_default();
        format!("SetEnv SHLVL=5{socket}")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some((mut child, stdin)) = self.hold.take() {
            drop(stdin);
            let _ = child.wait();
        }
    }
}

/// A container of a test.
pub(crate) struct Running {
    engine: Arc<Engine>,
    /// Its id.
    pub(crate) id: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed may have removed it.
        let _ = self.engine.docker(&["rm", "--force", &self.id]).status();
    }
}
