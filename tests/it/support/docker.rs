//! A real Docker Engine of the tests' own: its own socket and folders, an image made from busybox, no bridge.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The image that containers are made of.
pub(crate) const IMAGE: &str = "prod-gate-tests:1";

/// A running engine. It ends with the test program, whatever becomes of that: a shell waits for the end of its
/// input, ends the engine and removes its folder.
pub(crate) struct Engine {
    /// `unix://…`
    pub(crate) address: String,
    _guard: Child,
}

/// Why no engine can run here, if so.
pub(crate) fn missing() -> Option<String> {
    let programs = ["/usr/sbin/dockerd", "/bin/busybox"];
    let missing = programs.iter().find(|program| !Path::new(program).exists());
    if let Some(program) = missing {
        return Some(format!("{program} is missing; run script/bootstrap"));
    }
    (super::sshd::whoami() != "root").then(|| "the Docker Engine needs root".to_owned())
}

/// The engine of this test program, started at the first need.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::start);
    &ENGINE
}

impl Engine {
    fn start() -> Self {
        // Short, since the path of a socket may have 108 characters at most.
        let folder = tempfile::Builder::new().prefix("pg-dock-").tempdir().unwrap().keep();
        let at = |name: &str| folder.join(name).display().to_string();
        let address = format!("unix://{}", at("s"));
        let script = "trap '' INT TERM; \"$@\" >\"$LOG\" 2>&1 & pid=$!; cat >/dev/null; kill $pid; wait $pid; umount \"$FOLDER\"/exec/netns/* 2>/dev/null; rm -rf \"$FOLDER\"";
        let guard = Command::new("sh")
            .args(["-c", script, "sh", "dockerd", "--data-root", &at("data"), "--exec-root", &at("exec")])
            .args(["--pidfile", &at("pid"), "-H", &address])
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
            .env("LOG", at("log"))
            .env("FOLDER", &folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let engine = Self { address, _guard: guard };
        engine.wait_until_up(&folder);
        engine.import(&folder);
        engine
    }

    fn wait_until_up(&self, folder: &Path) {
        let begun = Instant::now();
        while !self.command(&["version"]).output().unwrap().status.success() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the engine did not start: {}",
                fs::read_to_string(folder.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// An image without a registry: busybox and links to it.
    fn import(&self, folder: &Path) {
        let root: PathBuf = folder.join("root");
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::create_dir_all(root.join("app")).unwrap();
        fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
        for name in ["sh", "cat", "sleep", "test", "echo", "touch", "false", "rm"] {
            std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
        }
        fs::write(
            root.join("app/release-manifest.json"),
            "{\"commit\":\"0123456789abcdef0123456789abcdef01234567\"}\n",
        )
        .unwrap();
        let script = format!("tar -C {} -c . | docker -H {} import - {IMAGE}", root.display(), self.address);
        let imported = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.arg("-H").arg(&self.address).args(arguments);
        command
    }

    /// Call docker; it must succeed.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Run a container of this name in the background, with these options, and this command.
    pub(crate) fn run(&self, name: &str, options: &[&str], command: &[&str]) {
        let mut arguments = vec!["run", "--detach", "--network", "host", "--name", name];
        arguments.extend(options);
        arguments.push(IMAGE);
        arguments.extend(command);
        self.docker(&arguments);
    }

    /// Wait until a container's state, as `docker inspect --format` shows it, is this.
    pub(crate) fn until(&self, name: &str, format: &str, wanted: &str) {
        let begun = Instant::now();
        loop {
            let seen = self.docker(&["inspect", "--format", format, name]);
            let seen = String::from_utf8_lossy(&seen.stdout).trim().to_owned();
            if seen == wanted {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} is {seen}, not {wanted}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
