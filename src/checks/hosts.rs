//! The hosts of the configuration, each with the program that asks its containers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::captures::{Captures, HoleValues};
use crate::config::{Config, Engine, HostAt};
use crate::model::{Trouble, TroubleCode};
use crate::probe::docker::{Container, Docker};
use crate::probe::host::{Host, SshKey, SshSettings};
use crate::redact::{Redactor, Secret};

/// The hosts by name. Nothing is connected before it is needed.
#[derive(Debug, Default)]
pub struct Hosts {
    by_name: HashMap<String, KnownHost>,
}

/// A host of the configuration.
#[derive(Debug, Clone)]
pub struct KnownHost {
    /// Where commands run.
    pub host: Host,
    /// `docker` or `podman`.
    pub engine: &'static str,
    /// Its containers as they were seen first.
    seen: Arc<Mutex<HashMap<String, Arc<ContainerCell>>>>,
}

/// A container that is being asked about, or what was said of it.
type ContainerCell = OnceCell<Result<Container, Trouble>>;

impl KnownHost {
    /// A container as it was when a check of this run asked first: the others ask nothing. For checks that
    /// only read; whoever stops or starts a container inspects it anew.
    pub async fn container(&self, name: &str) -> Result<Container, Trouble> {
        let seen = {
            let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(name.to_owned()).or_default())
        };
        seen.get_or_init(|| async { self.docker().container(name).await }).await.clone()
    }

    /// Its containers.
    pub fn docker(&self) -> Docker {
        Docker::with_program(self.host.clone(), vec![self.engine.to_owned()])
    }
}

impl Hosts {
    /// The hosts of a configuration that has been validated. A file of host keys that cannot be read is
    /// told at once.
    pub fn new(config: &Config, redactor: &Redactor) -> Result<Self, Trouble> {
        let mut by_name = HashMap::new();
        for (name, at) in config.hosts.iter().flatten() {
            let host = match &at.ssh {
                Some(destination) => Host::ssh(settings(destination, at, redactor).map_err(|trouble| {
                    Trouble { detail: format!("hosts.{name}.{}", trouble.detail), ..trouble }
                })?),
                None => Host::local(),
            };
            let engine = if at.engine == Some(Engine::Podman) { "podman" } else { "docker" };
            by_name.insert(name.clone(), KnownHost { host, engine, seen: Arc::default() });
        }
        Ok(Self { by_name })
    }

    /// The host of this name.
    pub fn get(&self, name: &str) -> Result<&KnownHost, Trouble> {
        // The configuration was validated: a host without an entry is our own mistake.
        self.by_name
            .get(name)
            .ok_or_else(|| Trouble::new(TroubleCode::Internal, format!("there is no host {name}")))
    }
}

fn settings(destination: &str, at: &HostAt, redactor: &Redactor) -> Result<SshSettings, Trouble> {
    let mut settings = SshSettings::new(destination);
    settings.port = at.port;
    settings.known_hosts = at.known_hosts.as_ref().map(ToString::to_string);
    if let Some(file) = &at.known_hosts_file {
        let text = std::fs::read_to_string(file.as_str()).map_err(|error| {
            Trouble::new(
                TroubleCode::File,
                format!("known_hosts_file: cannot read {}: {error}", file.as_str()),
            )
        })?;
        settings.known_hosts = Some(text);
    }
    if let Some(identity) = &at.identity {
        let captures = Captures::default();
        let key = identity
            .0
            .expand(&HoleValues { redactor, captures: &captures })
            .map_err(|missing| Trouble::new(TroubleCode::Internal, format!("identity: {missing}")))?;
        settings.identity = Some(SshKey::Inline(Secret::new(key)));
    } else if let Some(file) = &at.identity_file {
        settings.identity = Some(SshKey::File(file.to_string()));
    }
    Ok(settings)
}
