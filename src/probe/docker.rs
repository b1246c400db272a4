//! Containers, through the host's own `docker` or `podman`: no socket leaves the host.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::host::{Command, Host, Output};
use crate::model::{Trouble, TroubleCode};

/// A file in a container is read up to here, in bytes.
const LARGEST_FILE: usize = 1 << 20;
/// The pause between two looks at a container's health.
const PAUSE: Duration = Duration::from_millis(500);
/// How long stopping and starting may take.
const LONG: Duration = Duration::from_secs(60);

/// The containers of a host.
#[derive(Debug, Clone)]
pub struct Docker {
    host: Host,
    program: &'static str,
}

/// What the engine knows of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// `created`, `running`, `paused`, `restarting`, `exited`, …
    pub state: String,
    /// The exit status of the last process, where none runs.
    pub exit_code: i64,
    /// What its own health check says: `starting`, `healthy`, `unhealthy`; none without a check.
    pub health: Option<String>,
    /// The image's name.
    pub image: String,
    /// The image's digest, `sha256:…`.
    pub digest: String,
    /// When it was started, RFC 3339.
    pub started_at: String,
    /// How often the engine restarted it since it was created.
    pub restarts: u64,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its variables, in the engine's order.
    pub env: Vec<(String, String)>,
    /// Its address in each network that gives it one of its own.
    pub addresses: BTreeMap<String, String>,
    /// Whether it shares the host's network: its address is the host's loopback.
    pub on_host_network: bool,
}

impl Container {
    /// An address at which it can be reached from the host; none when it has no network.
    pub fn address(&self) -> Option<&str> {
        if self.on_host_network {
            return Some("127.0.0.1");
        }
        self.addresses.values().next().map(String::as_str)
    }
}

impl Docker {
    /// The containers of this host, asked with this program.
    pub fn new(host: Host, program: &'static str) -> Self {
        Self { host, program }
    }

    /// What the engine knows of a container.
    pub async fn inspect(&self, name: &str) -> Result<Container, Trouble> {
        let output = self.run(Command::new([self.program, "container", "inspect", name]), name).await?;
        parse(&output.stdout).map_err(|error| {
            Trouble::new(TroubleCode::Docker, format!("{} inspect {name}: {error}", self.program))
        })
    }

    /// A text file in a running container.
    pub async fn read(&self, container: &str, file: &str) -> Result<String, Trouble> {
        let command = Command::new([self.program, "exec", container, "cat", file]).cap(LARGEST_FILE);
        let output = self.run(command, container).await?;
        if output.cut {
            let detail = format!("{file} in {container} has more than {LARGEST_FILE} bytes");
            return Err(Trouble::new(TroubleCode::TooLarge, detail));
        }
        Ok(output.text().into_owned())
    }

    /// Stop a container. It has stopped when this returns.
    pub async fn stop(&self, name: &str) -> Result<(), Trouble> {
        self.run(Command::new([self.program, "stop", name]).writes().deadline(LONG), name).await.map(drop)
    }

    /// Start a container.
    pub async fn start(&self, name: &str) -> Result<(), Trouble> {
        self.run(Command::new([self.program, "start", name]).writes().deadline(LONG), name).await.map(drop)
    }

    /// Wait until a container runs, and is healthy if it has a health check.
    pub async fn wait_healthy(&self, name: &str, within: Duration) -> Result<Container, Trouble> {
        let begun = Instant::now();
        loop {
            let container = self.inspect(name).await?;
            let healthy = container.health.as_deref().is_none_or(|health| health == "healthy");
            if container.state == "running" && healthy {
                return Ok(container);
            }
            if begun.elapsed() >= within {
                let health = container.health.map(|health| format!(", {health}")).unwrap_or_default();
                let detail =
                    format!("{name} is {}{health} after {} s", container.state, within.as_secs_f64());
                return Err(Trouble::new(TroubleCode::ContainerState, detail));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn run(&self, command: Command, container: &str) -> Result<Output, Trouble> {
        let output = self.host.exec(&command.plain()).await?;
        if output.ok() { Ok(output) } else { Err(explain(self.program, container, &output)) }
    }
}

/// What went wrong, by what the engine said: its exit status is 1 for nearly everything.
fn explain(program: &str, container: &str, output: &Output) -> Trouble {
    let said = output.said();
    let line = said.lines().last().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["permission denied while trying to connect", "dial unix", "Got permission denied"])
        && has(&["permission denied"])
    {
        return Trouble::new(TroubleCode::DockerAccess, line);
    }
    if has(&["No such container", "no such container", "no container with name"]) {
        return Trouble::new(TroubleCode::NoContainer, container);
    }
    if has(&["is not running", "is restarting", "is paused", "container state improper"]) {
        return Trouble::new(TroubleCode::ContainerState, line);
    }
    if has(&["Cannot connect to", "Is the docker daemon running", "failed to connect to the docker API"]) {
        return Trouble::new(TroubleCode::Docker, line);
    }
    let status = output.status.map(|status| format!(" ({status})")).unwrap_or_default();
    Trouble::new(TroubleCode::HostCommand, format!("{program}{status}: {line}"))
}

fn parse(json: &[u8]) -> Result<Container, String> {
    let mut all: Vec<Inspected> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let raw = all.pop().ok_or("nothing was said of it")?;
    let health =
        [raw.state.health, raw.state.healthcheck].into_iter().flatten().map(|health| health.status).next();
    let networks = raw.network_settings.unwrap_or_default().networks.unwrap_or_default();
    let addresses = networks
        .into_iter()
        .filter_map(|(name, network)| Some((name, network.ip_address.filter(|address| !address.is_empty())?)))
        .collect();
    let variable =
        |line: &String| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Container {
        state: raw.state.status,
        exit_code: raw.state.exit_code,
        // Podman says so of a container without a check.
        health: health.filter(|health| !health.is_empty() && health != "none"),
        image: raw.config.image,
        digest: if raw.image.contains(':') { raw.image } else { format!("sha256:{}", raw.image) },
        started_at: raw.state.started_at,
        restarts: raw.restart_count,
        labels: raw.config.labels.unwrap_or_default(),
        env: raw.config.env.unwrap_or_default().iter().filter_map(variable).collect(),
        addresses,
        on_host_network: raw.host_config.network_mode.as_deref() == Some("host"),
    })
}

/// What `inspect` prints, as far as it is used. Docker and Podman agree on these names, but for the health.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    image: String,
    #[serde(default)]
    restart_count: u64,
    state: State,
    config: Config,
    #[serde(default)]
    host_config: HostConfig,
    network_settings: Option<NetworkSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
    #[serde(default)]
    started_at: String,
    #[serde(default)]
    exit_code: i64,
    health: Option<Health>,
    /// Podman before version 4.
    healthcheck: Option<Health>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    image: String,
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct HostConfig {
    network_mode: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettings {
    networks: Option<BTreeMap<String, Network>>,
}

#[derive(Deserialize)]
struct Network {
    #[serde(rename = "IPAddress")]
    ip_address: Option<String>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn dockers_answer_is_read() {
        let json = br#"[{"Image":"sha256:3f29","RestartCount":2,
            "State":{"Status":"running","StartedAt":"2026-11-22T10:00:00Z","ExitCode":0,"Health":{"Status":"healthy"}},
            "Config":{"Image":"nexus/app:1","Env":["NODE_ENV=production","A=b=c","odd"],"Labels":{"l":"v"}},
            "HostConfig":{"NetworkMode":"nexus_default"},
            "NetworkSettings":{"Networks":{"nexus_default":{"IPAddress":"172.18.0.3"},"off":{"IPAddress":""}}}}]"#;
        let container = parse(json).unwrap();
        assert_eq!((container.state.as_str(), container.health.as_deref()), ("running", Some("healthy")));
        assert_eq!((container.restarts, container.digest.as_str()), (2, "sha256:3f29"));
        assert_eq!(container.env[1], ("A".to_owned(), "b=c".to_owned()));
        assert_eq!(container.address(), Some("172.18.0.3"));
    }

    #[test]
    fn podmans_answer_is_read() {
        let json =
            br#"[{"Image":"3f29","State":{"Status":"exited","ExitCode":137,"Healthcheck":{"Status":""}},
            "Config":{"Image":"app","Env":null,"Labels":null},"HostConfig":{"NetworkMode":"host"},
            "NetworkSettings":{"Networks":{}}}]"#;
        let container = parse(json).unwrap();
        assert_eq!(
            (container.state.as_str(), container.exit_code, container.health.as_deref()),
            ("exited", 137, None)
        );
        assert_eq!((container.digest.as_str(), container.address()), ("sha256:3f29", Some("127.0.0.1")));
    }

    #[test]
    fn what_the_engine_says_is_told_apart() {
        let trouble = |said: &str| {
            let output = Output {
                status: Some(1),
                stdout: Vec::new(),
                stderr: said.as_bytes().to_vec(),
                cut: false,
                took: Duration::ZERO,
            };
            explain("docker", "app", &output).code
        };
        for (said, code) in [
            ("Error: No such container: app", TroubleCode::NoContainer),
            ("Error response from daemon: No such container: app", TroubleCode::NoContainer),
            ("Error: no such container app", TroubleCode::NoContainer),
            (
                "Error: no container with name or ID \"app\" found: no such container",
                TroubleCode::NoContainer,
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
                TroubleCode::DockerAccess,
            ),
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                TroubleCode::Docker,
            ),
            ("Error response from daemon: container 3f29 is not running", TroubleCode::ContainerState),
            (
                "Error response from daemon: Container 3f29 is restarting, wait until",
                TroubleCode::ContainerState,
            ),
            ("cat: can't open '/app/x': No such file or directory", TroubleCode::HostCommand),
        ] {
            assert_eq!(trouble(said), code, "{said}");
        }
    }
}
