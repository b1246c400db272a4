//! Containers, through the docker or podman command of the host that they run on. No socket is exposed.

mod cause;
mod container;

use std::time::{Duration, Instant};

pub use container::{Container, ContainerStatus, Health, Image, Reach};

use crate::model::{Cause, CauseCode};
use crate::probe::host::facts::FileContent;
use crate::probe::host::{CommandOutput, Host, HostCommand};
use cause::{cause_of, no_container, program_missing};

/// How often a container is looked at while it is waited for.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// What Docker itself may take to stop a container, beside the time that the container is given.
const STOP_MARGIN: Duration = Duration::from_secs(20);
/// How many containers may share one another's network in a row.
const MAX_INSPECTED: usize = 4;

/// The containers of a host. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Docker {
    host: Host,
    program: Vec<String>,
}

/// How waiting for a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    pub container: Container,
    pub ready: bool,
    pub took: Duration,
}

impl Docker {
    /// The containers of a host, asked with `docker`.
    pub fn new(host: Host) -> Self {
        Self::with_program(host, vec!["docker".to_owned()])
    }

    /// By another command, such as `podman` or `sudo -n docker`.
    pub fn with_program(host: Host, program: Vec<String>) -> Self {
        Self { host, program }
    }

    /// The host whose containers these are.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// A call of docker, as a command for the host.
    pub fn command(&self, arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        self.program.iter().cloned().chain(arguments).collect()
    }

    /// What `inspect` is asked with.
    pub(crate) fn inspect_command(&self, names: &[&str]) -> Vec<String> {
        self.command(&[&["container", "inspect"], names].concat())
    }

    /// Look at several containers at once. In the order of the names; none for a name that no container has.
    pub async fn inspect(&self, names: &[&str]) -> Result<Vec<Option<Container>>, Cause> {
        let output = self.run(HostCommand::new(self.inspect_command(names)).cap(8 << 20)).await?;
        if let Some(cause) = cause_of(&output)
            && cause.code != CauseCode::NoContainer
        {
            return Err(cause);
        }
        let found = container::containers(&output.stdout).map_err(|error| strange(&error, &output))?;
        Ok(names.iter().map(|name| found.iter().find(|one| one.is_called(name)).cloned()).collect())
    }

    /// Look at one container, which must be there.
    pub async fn container(&self, name: &str) -> Result<Container, Cause> {
        self.inspect(&[name]).await?.pop().flatten().ok_or_else(|| no_container(name))
    }

    pub async fn image(&self, id: &str) -> Result<Image, Cause> {
        let output = self.must(HostCommand::new(self.command(&["image", "inspect", id]))).await?;
        let image = container::image(&output.stdout).map_err(|error| strange(&error, &output))?;
        image.ok_or_else(|| Cause::new(CauseCode::Docker, format!("no image {id}")))
    }

    pub(crate) fn exec_command(&self, name: &str, command: &HostCommand) -> Vec<String> {
        let mut argv = self.command(&["exec"]);
        if command.input.is_some() {
            argv.push("--interactive".to_owned());
        }
        for (variable, value) in &command.env {
            argv.extend(["--env".to_owned(), format!("{variable}={value}")]);
        }
        argv.push(name.to_owned());
        argv.extend(command.argv.iter().cloned());
        argv
    }

    /// Run a command in a container. As with [`Host::exec`] any exit status is an answer. After its deadline
    /// the command goes on in the container: Docker has no way to end it.
    pub async fn exec(&self, name: &str, command: &HostCommand) -> Result<CommandOutput, Cause> {
        let argv = self.exec_command(name, command);
        let output = self.run(HostCommand { argv, env: Vec::new(), ..command.clone() }).await?;
        if program_missing(&output) {
            let program = command.argv.first().map_or("", String::as_str);
            return Err(Cause::new(CauseCode::CommandMissing, format!("{program}, in {name}")));
        }
        cause_of(&output).map_or(Ok(output), Err)
    }

    /// What a file in a container is read with: without the container's help, which may be stopped, and may
    /// have no programs at all.
    pub(crate) fn read_command(&self, name: &str, path: &str) -> Vec<String> {
        self.copy(&["cp", "--follow-link"], name, path)
    }

    fn copy(&self, copy: &[&str], name: &str, path: &str) -> Vec<String> {
        let copy = crate::probe::host::words(&self.command(copy));
        let script = format!("{copy} \"$1\" - | tar -xOf -");
        ["/bin/sh", "-c", &script, "sh", &format!("{name}:{path}")].map(str::to_owned).to_vec()
    }

    /// The first `cap` bytes of a file in a container; none where there is no such file.
    pub async fn read(&self, name: &str, path: &str, cap: usize) -> Result<Option<FileContent>, Cause> {
        let plain = |argv| HostCommand::new(argv).plain().cap(cap);
        let mut output = self.run(plain(self.read_command(name, path))).await?;
        if knows_no_links(&output) {
            output = self.run(plain(self.copy(&["cp"], name, path))).await?;
        }
        copied(output, name, path)
    }

    /// What a folder of a container is copied with, as a tar archive; the container may be stopped.
    pub(crate) fn folder_command(&self, name: &str, path: &str) -> Vec<String> {
        self.command(&["cp", "--follow-link", &format!("{name}:{path}"), "-"])
    }

    /// The first `cap` bytes of a tar archive of a folder in a container, its own name first; none where there is
    /// no such folder.
    pub async fn folder(&self, name: &str, path: &str, cap: usize) -> Result<Option<FileContent>, Cause> {
        let plain = |argv| HostCommand::new(argv).plain().cap(cap);
        let mut output = self.run(plain(self.folder_command(name, path))).await?;
        if knows_no_links(&output) {
            let argv = self.command(&["cp", &format!("{name}:{path}"), "-"]);
            output = self.run(plain(argv)).await?;
        }
        copied(output, name, path)
    }

    /// The command that stops a container, killing it after `grace`.
    pub(crate) fn stop_command(&self, name: &str, grace: Duration) -> Vec<String> {
        self.command(&["stop", "--time", &grace.as_secs().to_string(), name])
    }

    /// Stop a container: it is asked, and after `grace` it is killed.
    pub async fn stop(&self, name: &str, grace: Duration) -> Result<(), Cause> {
        let command = HostCommand::new(self.stop_command(name, grace)).writes().deadline(grace + STOP_MARGIN);
        self.must(command).await.map(drop)
    }

    pub(crate) fn start_command(&self, name: &str) -> Vec<String> {
        self.command(&["start", name])
    }

    /// Start a container. One that runs is left alone.
    pub async fn start(&self, name: &str) -> Result<(), Cause> {
        self.must(HostCommand::new(self.start_command(name)).writes().deadline(STOP_MARGIN)).await.map(drop)
    }

    /// Wait until a container runs and, where it has a health check, is healthy. That it is not in time, or has
    /// ended for good, is an answer.
    pub async fn wait_until_ready(&self, name: &str, longest: Duration) -> Result<Waited, Cause> {
        let start = Instant::now();
        loop {
            let container = self.container(name).await?;
            let (ready, took) = (container.is_ready(), start.elapsed());
            if ready || container.status == ContainerStatus::Exited || took + POLL_INTERVAL > longest {
                return Ok(Waited { container, ready, took });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The address at which the host reaches a container: for [`Host::forward`].
    pub async fn address(&self, name: &str) -> Result<String, Cause> {
        let mut name = name.to_owned();
        for _ in 0..MAX_INSPECTED {
            let container = self.container(&name).await?;
            match container.reach {
                Reach::Address(address) => return Ok(address),
                Reach::Host => return Ok("127.0.0.1".to_owned()),
                Reach::With(other) => name = other,
                Reach::Nowhere => {
                    let Container { name, status, .. } = container;
                    let detail = format!("{name} ({status}) has no address that the host could reach");
                    return Err(Cause::new(CauseCode::ContainerState, detail));
                }
            }
        }
        Err(Cause::new(CauseCode::ContainerState, format!("{name}: networks shared in a circle")))
    }

    async fn run(&self, command: HostCommand) -> Result<CommandOutput, Cause> {
        self.host.exec(&command).await
    }

    /// As `run`, and it must succeed.
    async fn must(&self, command: HostCommand) -> Result<CommandOutput, Cause> {
        let output = self.run(command).await?;
        if output.ok() {
            return Ok(output);
        }
        let said = || Cause::new(CauseCode::Docker, output.said());
        Err(cause_of(&output).unwrap_or_else(said))
    }
}

/// podman follows links without being told.
fn knows_no_links(output: &CommandOutput) -> bool {
    output.said().contains("unknown flag: --follow-link")
}

/// What was copied out of a container; none where there is nothing.
fn copied(output: CommandOutput, name: &str, path: &str) -> Result<Option<FileContent>, Cause> {
    let said = output.said();
    if said.contains("Could not find the file") || said.contains("could not be found on container") {
        return Ok(None);
    }
    if let Some(cause) = cause_of(&output) {
        return Err(cause);
    }
    if !output.ok() {
        let last = said.lines().last().unwrap_or_default();
        return Err(Cause::new(CauseCode::Docker, format!("{name}:{path}: {last}")));
    }
    Ok(Some(FileContent { bytes: output.stdout, cut: output.cut }))
}

fn strange(error: &serde_json::Error, output: &CommandOutput) -> Cause {
    let said = output.said();
    let detail = if said.is_empty() { format!("docker's answer cannot be read: {error}") } else { said };
    Cause::new(CauseCode::Docker, detail)
}
