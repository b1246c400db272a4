//! A throwaway server from a container's image, on this machine. It has no network: the gate reaches it through
//! a socket in a folder that both see.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::place::{ScratchFolder, is_left_behind};
use super::server::{HOLD, SETTINGS, Server, no_place};
use crate::model::{Cause, CauseCode};
use crate::probe::host::passed_on;

/// The label that names the folder of the gate that made a container.
const FOLDER_LABEL: &str = "prod-gate.scratch";
/// The label that names the machine on which that folder is.
const MACHINE_LABEL: &str = "prod-gate.machine";
/// Where the folder of the socket is in the container.
const SOCKETS: &str = "/prod-gate";
/// The user of the server in the container: every image has this one, and PostgreSQL refuses root.
const CONTAINER_USER: &str = "nobody";
/// Finds the programs in an image, then does as everywhere.
const FIND: &str = concat!(
    r#"b=$(command -v postgres) && b=${b%/*}; for f in "$b" /usr/lib/postgresql/*/bin /usr/local/pgsql/bin "#,
    r#"/opt/bitnami/postgresql/bin; do [ -x "$f/initdb" ] && b=$f && break; done; "#,
    r#"[ -x "$b/initdb" ] || { echo "Error: no initdb in this image" >&2; exit 1; }; d=$1; shift; "#,
    r#"set -- "$d" "$b" "$@"; mkdir "$d" || exit 1; "#,
);
/// The longest that a server may take to be ready, with the image still to be fetched.
const START_DEADLINE: Duration = Duration::from_secs(300);
/// The longest that the program is asked for anything else.
const ANSWER: Duration = Duration::from_secs(20);

/// The program that runs containers on this machine, `docker` or `podman`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImageRunner(pub(super) String);

impl ImageRunner {
    /// Why it cannot run anything here, if so.
    pub(super) async fn missing(&self) -> Option<Cause> {
        match self.call(&["version", "--format", "ok"]).await {
            Ok(_) => None,
            Err(why) => Some(Cause::new(CauseCode::ScratchMissing, format!("{}: {why}", self.0))),
        }
    }

    /// Start a server. Its socket is in the folder that is returned with it.
    pub(super) async fn start(&self, image: &str) -> Result<(Server, PathBuf), Cause> {
        let machine = machine().await;
        self.sweep(&machine).await;
        let place = ScratchFolder::make().await.map_err(|error| no_place(&error))?;
        let sockets = place.folder.join("s");
        // The server is somebody else in there. Only we get as far as this folder.
        let made = fs::create_dir(&sockets)
            .and_then(|()| fs::set_permissions(&sockets, fs::Permissions::from_mode(0o777)));
        if let Err(error) = made {
            place.remove();
            return Err(no_place(&error));
        }
        let mut process = Command::new("/bin/sh");
        // The folder goes when the client has ended. Docker ends the container's input with the client.
        process.args([
            "-c",
            r#"trap "" HUP INT TERM; d=$1; shift; "$@"; s=$?; rm -rf "$d"; exit $s"#,
            "prod-gate",
        ]);
        process.arg(&place.folder).args([&self.0, "run", "--rm", "--interactive", "--network", "none"]);
        process
            .args(["--user", CONTAINER_USER, "--label"])
            .arg(format!("{FOLDER_LABEL}={}", place.folder.display()));
        process.args(["--label", &format!("{MACHINE_LABEL}={machine}"), "--volume"]);
        process.arg(format!("{}:{SOCKETS}", sockets.display()));
        process.args([
            "--env",
            "LC_ALL=C",
            "--entrypoint",
            "sh",
            image,
            "-c",
            &format!("{FIND}{HOLD}"),
            "sh",
        ]);
        process.arg("/tmp/prod-gate");
        for setting in SETTINGS {
            process.args(["-c", setting]);
        }
        process.args(["-c", &format!("unix_socket_directories={SOCKETS}")]);
        process.args(["-c", "unix_socket_permissions=0777"]);
        process.env_clear().envs(passed_on());
        let server = Server::start(process, place, &sockets, START_DEADLINE).await;
        let server =
            server.map_err(|cause| Cause { detail: format!("{image}: {}", cause.detail), ..cause })?;
        Ok((server, sockets))
    }

    /// Remove the containers whose gate on this machine is gone.
    async fn sweep(&self, machine: &str) {
        let filter = format!("label={MACHINE_LABEL}={machine}");
        let format = format!("{{{{.ID}}}} {{{{.Label \"{FOLDER_LABEL}\"}}}}");
        let list = ["ps", "--all", "--no-trunc", "--filter", &filter, "--format", &format];
        let Ok(containers) = self.call(&list).await else { return };
        for (id, folder) in containers.lines().filter_map(|line| line.split_once(' ')) {
            if is_left_behind(Path::new(folder)) {
                // One that cannot be removed now is tried again by the next start.
                let _ = self.call(&["rm", "--force", "--volumes", id]).await;
            }
        }
    }

    /// What the program prints, or what it says where it fails.
    async fn call(&self, arguments: &[&str]) -> Result<String, String> {
        let mut process = Command::new(&self.0);
        process.args(arguments).env_clear().envs(passed_on()).stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(ANSWER, process.output())
            .await
            .map_err(|_| format!("no answer after {} s", ANSWER.as_secs()))?
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(said.lines().last().unwrap_or("it failed without a word").to_owned())
    }
}

/// What this machine is called. Two that share an engine must not sweep each other's containers.
async fn machine() -> String {
    let output = Command::new("uname").arg("-n").stdin(Stdio::null()).output().await;
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
