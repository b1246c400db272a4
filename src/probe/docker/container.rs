//! A container as `inspect` tells of it, by Docker or by podman.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::redact::Secret;

/// A container, as `inspect` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The whole id, in hex.
    pub id: String,
    /// Its name, without a slash before it.
    pub name: String,
    pub status: ContainerStatus,
    /// What its health check says; none where the image has none.
    pub health: Option<Health>,
    /// What the health check printed last, where it does not say healthy.
    pub health_said: Option<String>,
    /// With what it ended last; 0 before it has.
    pub exit_code: i64,
    pub started: Option<Timestamp>,
    /// How often Docker has restarted it by itself since a person did.
    pub restarts: u64,
    /// The image as it was named when the container was made.
    pub image: String,
    /// The id of its image, such as `sha256:…`.
    pub image_id: String,
    /// The image's digest in its registry, `sha256:…`, where the container itself tells: when it was named by
    /// its digest, and with podman. Else ask for the image.
    pub image_digest: Option<String>,
    /// Its labels, those of the image included.
    pub labels: BTreeMap<String, String>,
    /// Its variables, those of the image included.
    pub environment: BTreeMap<String, Secret>,
    pub reach: Reach,
    pub networks: BTreeMap<String, Option<String>>,
}

impl Container {
    /// Whether it runs and, where it has a health check, is healthy.
    pub fn is_ready(&self) -> bool {
        self.status == ContainerStatus::Running && self.health.is_none_or(|health| health == Health::Healthy)
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name.trim_start_matches('/') || (name.len() >= 4 && self.id.starts_with(name))
    }
}

/// The state that Docker gives a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerStatus {
    /// Made, and never started.
    Created,
    Running,
    /// Its processes are held by `docker pause`.
    Paused,
    /// It ended, and is started again and again.
    Restarting,
    /// Its main process has ended.
    Exited,
    /// Anything else, in Docker's word.
    Other(String),
}

impl fmt::Display for ContainerStatus {
    /// Docker's own word for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Other(word) => word,
        })
    }
}

impl From<String> for ContainerStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "created" | "configured" => Self::Created,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            // podman says so between the two.
            "exited" | "stopped" => Self::Exited,
            _ => Self::Other(word),
        }
    }
}

/// What a health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It has not been answered yet.
    Starting,
    Healthy,
    /// Too many checks in a row failed.
    Unhealthy,
}

impl fmt::Display for Health {
    /// Docker's own word for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        })
    }
}

/// How a container is reached from its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Address(String),
    /// It shares the host's network: by the host's own loopback.
    Host,
    /// It shares the network of the container of this name or id.
    With(String),
    /// Not at all: without a network, stopped, or behind podman's network for users.
    Nowhere,
}

/// An image, as `image inspect` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The id of its configuration, `sha256:…`.
    pub id: String,
    /// Its names, such as `nexus:1.4.0`.
    pub tags: Vec<String>,
    /// Its names by digest, such as `ghcr.io/nexus/app@sha256:…`; none for an image that was never in a registry.
    pub digests: Vec<String>,
}

/// What `docker image inspect` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawImage {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
}

/// What `docker container inspect` prints, as far as it is of use.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    id: String,
    name: String,
    image: String,
    #[serde(default)]
    image_digest: String,
    state: RawState,
    #[serde(default, deserialize_with = "or_default")]
    restart_count: u64,
    config: InspectConfig,
    #[serde(default, deserialize_with = "or_default")]
    host_config: RawHostConfig,
    #[serde(default, deserialize_with = "or_default")]
    network_settings: RawNetworks,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawState {
    status: String,
    #[serde(default)]
    exit_code: i64,
    #[serde(default)]
    started_at: String,
    // podman called it Healthcheck before version 4.
    #[serde(default, alias = "Healthcheck", deserialize_with = "or_default")]
    health: RawHealth,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawHealth {
    #[serde(default)]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    log: Vec<RawHealthLog>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealthLog {
    #[serde(default)]
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectConfig {
    #[serde(default)]
    image: String,
    #[serde(default, deserialize_with = "or_default")]
    env: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawHostConfig {
    #[serde(default)]
    network_mode: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawNetworks {
    #[serde(default, rename = "IPAddress")]
    ip_address: String,
    #[serde(default, deserialize_with = "or_default")]
    networks: BTreeMap<String, RawNetwork>,
}

#[derive(Deserialize)]
struct RawNetwork {
    #[serde(default, rename = "IPAddress")]
    v4: String,
    #[serde(default, rename = "GlobalIPv6Address")]
    v6: String,
}

/// `null` stands where Docker has nothing to say.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The containers in what `inspect` printed.
pub(super) fn containers(json: &[u8]) -> Result<Vec<Container>, serde_json::Error> {
    let raw: Vec<Raw> = serde_json::from_slice(json)?;
    Ok(raw.into_iter().map(Container::from).collect())
}

/// The image in what `image inspect` printed.
pub(super) fn image(json: &[u8]) -> Result<Option<Image>, serde_json::Error> {
    let raw: Vec<RawImage> = serde_json::from_slice(json)?;
    let image = |raw: RawImage| Image { id: sha256(raw.id), tags: raw.repo_tags, digests: raw.repo_digests };
    Ok(raw.into_iter().next().map(image))
}

impl From<Raw> for Container {
    fn from(raw: Raw) -> Self {
        let Raw {
            id,
            name,
            image,
            image_digest,
            state,
            restart_count,
            config,
            host_config,
            network_settings,
        } = raw;
        let RawState { status, exit_code, started_at, health: health_check } = state;
        let health = health(&health_check.status);
        let said = health_check.log.into_iter().next_back().map(|log| log.output.trim().to_owned());
        let named = config.image.split_once('@').map(|(_, digest)| digest.to_owned());
        let networks: BTreeMap<_, _> =
            network_settings.networks.into_iter().map(|(name, network)| (name, address(network))).collect();
        Self {
            reach: reach(&host_config.network_mode, &networks, network_settings.ip_address),
            id,
            name: name.trim_start_matches('/').to_owned(),
            status: ContainerStatus::from(status),
            health_said: said.filter(|said| !said.is_empty() && health != Some(Health::Healthy)),
            health,
            exit_code,
            started: started_at.parse().ok().filter(|at: &Timestamp| at.as_second() > 0),
            restarts: restart_count,
            image_id: sha256(image),
            image_digest: Some(image_digest).filter(|digest| !digest.is_empty()).or(named),
            image: config.image,
            labels: config.labels,
            environment: config.env.into_iter().map(variable).collect(),
            networks,
        }
    }
}

fn variable(line: String) -> (String, Secret) {
    match line.split_once('=') {
        Some((name, value)) => (name.to_owned(), Secret::new(value)),
        None => (line, Secret::default()),
    }
}

fn health(word: &str) -> Option<Health> {
    match word {
        "starting" => Some(Health::Starting),
        "healthy" => Some(Health::Healthy),
        "unhealthy" => Some(Health::Unhealthy),
        _ => None,
    }
}

/// podman leaves the kind of an id away.
fn sha256(id: String) -> String {
    if id.contains(':') { id } else { format!("sha256:{id}") }
}

fn address(network: RawNetwork) -> Option<String> {
    [network.v4, network.v6].into_iter().find(|address| !address.is_empty())
}

fn reach(mode: &str, networks: &BTreeMap<String, Option<String>>, default: String) -> Reach {
    match mode {
        "host" => Reach::Host,
        "none" => Reach::Nowhere,
        _ => {
            if let Some(other) = mode.strip_prefix("container:") {
                return Reach::With(other.to_owned());
            }
            let first = networks.values().flatten().next().cloned();
            let address = first.or(Some(default).filter(|address| !address.is_empty()));
            address.map_or(Reach::Nowhere, Reach::Address)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn recorded(json: &str) -> Container {
        containers(json.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn docker_on_two_bridges() {
        let container = recorded(include_str!("../../../tests/fixtures/docker/bridge.json"));
        assert_eq!(container.name, "nexus-postgres-db");
        assert_eq!((container.status.clone(), container.health), (ContainerStatus::Running, None));
        assert_eq!(container.reach, Reach::Address("172.18.0.2".to_owned()));
        assert_eq!(container.networks["bridge"].as_deref(), Some("172.17.0.2"));
        assert_eq!(container.image, "gate-test:1");
        assert!(container.image_id.starts_with("sha256:") && container.image_digest.is_none());
        assert_eq!(container.labels["org.opencontainers.image.revision"], "abc");
        assert!(container.started.is_some() && container.is_ready());
        assert!(container.is_called("nexus-postgres-db") && container.is_called(&container.id[..12]));
        assert!(!container.is_called("nexus-postgres") && !container.is_called(&container.id[..2]));
    }

    #[test]
    fn podman_says_some_things_in_another_way() {
        let container = recorded(include_str!("../../../tests/fixtures/docker/podman-host.json"));
        assert_eq!((container.name.as_str(), container.reach.clone()), ("nexus-next-app", Reach::Host));
        assert_eq!(
            (container.status.clone(), container.health),
            (ContainerStatus::Running, Some(Health::Unhealthy))
        );
        assert!(container.image_id.starts_with("sha256:b4ce7efc8e38"), "{}", container.image_id);
        assert!(container.image_digest.as_deref().unwrap().starts_with("sha256:1c9f2b4e3fc3"));
        assert_eq!(container.environment["NODE_ENV"].expose(), "production");
        assert!(!format!("{container:?}").contains("production"), "a variable's value was printed");
        assert!(!container.is_ready());
        let container = recorded(include_str!("../../../tests/fixtures/docker/podman-bridge.json"));
        assert_eq!(container.reach, Reach::Address("10.88.0.2".to_owned()));
        assert_eq!(container.health, None);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let least = r#"[{ "Id": "1234", "Name": "/x", "Image": "1234", "State": { "Status": "dead", "Health": null,
            "StartedAt": "0001-01-01T00:00:00Z" },
            "Config": { "Env": null, "Labels": null, "Image": "app@sha256:5678" }, "NetworkSettings": null,
            "HostConfig": { "NetworkMode": "container:abcd" } }]"#;
        let container = recorded(least);
        assert_eq!(container.status, ContainerStatus::Other("dead".to_owned()));
        assert_eq!((container.started, container.reach), (None, Reach::With("abcd".to_owned())));
        assert_eq!(container.image_digest.as_deref(), Some("sha256:5678"));
        let old = least.replace("container:abcd", "bridge").replace(
            r#""NetworkSettings": null"#,
            r#""NetworkSettings": { "IPAddress": "172.17.0.9", "Networks": null }"#,
        );
        assert_eq!(recorded(&old).reach, Reach::Address("172.17.0.9".to_owned()));
        let slirp = least.replace("container:abcd", "slirp4netns");
        assert_eq!(recorded(&slirp).reach, Reach::Nowhere);
    }
}
