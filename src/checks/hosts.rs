//! The hosts of the configuration, each with the program that asks its containers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::captures::{Captures, HoleValues};
use crate::config::{Config, ContainerEngine, HostConfig, HostId, Reached, SshIdentity, TextSource};
use crate::model::{Cause, CauseCode};
use crate::probe::docker::{Container, Docker};
use crate::probe::host::{Host, SshKey, SshSettings};
use crate::redact::{Redactor, Secret};

/// The hosts in the configuration's order. Nothing is connected before it is needed.
#[derive(Debug, Default)]
pub struct Hosts {
    known: Vec<KnownHost>,
}

/// A host of the configuration.
#[derive(Debug, Clone)]
pub struct KnownHost {
    /// Runs commands, here or over SSH.
    pub host: Host,
    /// The program that asks its containers: `docker` or `podman`.
    pub engine: &'static str,
    seen: Arc<Mutex<HashMap<String, Arc<ContainerCell>>>>,
}

/// A container that is being asked about, or what was said of it.
type ContainerCell = OnceCell<Result<Container, Cause>>;

impl KnownHost {
    /// A container as it was when a check of this run asked first: the others ask nothing. For checks that
    /// only read; whoever stops or starts a container inspects it anew.
    pub async fn container(&self, name: &str) -> Result<Container, Cause> {
        let seen = {
            let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(name.to_owned()).or_default())
        };
        seen.get_or_init(|| async { self.docker().container(name).await }).await.clone()
    }

    /// Asks the host's containers, by its engine.
    pub fn docker(&self) -> Docker {
        Docker::with_program(self.host.clone(), vec![self.engine.to_owned()])
    }
}

impl Hosts {
    /// The hosts of a configuration. A file of host keys that cannot be read is told at once.
    pub fn new(config: &Config, redactor: &Redactor) -> Result<Self, Cause> {
        let known = config.hosts.iter().map(|host| {
            let reached = reached(host, redactor).map_err(|cause| Cause {
                detail: format!("hosts.{}.{}", host.name, cause.detail),
                ..cause
            })?;
            let engine = match host.engine {
                ContainerEngine::Docker => "docker",
                ContainerEngine::Podman => "podman",
            };
            Ok(KnownHost { host: reached, engine, seen: Arc::default() })
        });
        Ok(Self { known: known.collect::<Result<_, Cause>>()? })
    }

    pub fn get(&self, id: &HostId) -> &KnownHost {
        &self.known[id.index()]
    }
}

fn reached(host: &HostConfig, redactor: &Redactor) -> Result<Host, Cause> {
    let Reached::Ssh { destination, port, identity, known_hosts } = &host.reached else {
        return Ok(Host::local());
    };
    let mut settings = SshSettings::new(destination);
    settings.port = *port;
    settings.known_hosts = match known_hosts {
        None => None,
        Some(TextSource::Inline(lines)) => Some(lines.clone()),
        Some(TextSource::File(file)) => Some(std::fs::read_to_string(file).map_err(|error| {
            Cause::new(CauseCode::File, format!("known_hosts_file: cannot read {file}: {error}"))
        })?),
    };
    settings.identity = match identity {
        None => None,
        Some(SshIdentity::File(file)) => Some(SshKey::File(file.clone())),
        Some(SshIdentity::Secret(key)) => {
            let captures = Captures::default();
            let key = key
                .0
                .expand(&HoleValues { redactor, captures: &captures })
                .map_err(|missing| Cause::new(CauseCode::Internal, format!("identity: {missing}")))?;
            Some(SshKey::Inline(Secret::new(key)))
        }
    };
    Ok(Host::ssh(settings))
}
