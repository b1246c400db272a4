//! Hosts, and the names by which other sections mean them.

use super::TextSource;
use crate::config::parser::{Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::{Problem, listed, nearest, quote};
use crate::config::raw::hosts::RawHostAt;
use crate::config::types::{ContainerEngine, Ordered, Plain, Template};

/// A machine where commands run.
#[derive(Debug, Clone)]
pub struct HostConfig {
    pub name: String,
    pub reached: Reached,
    pub engine: ContainerEngine,
}

/// How commands get to a host.
#[derive(Debug, Clone)]
pub enum Reached {
    /// It is the machine that prod-gate runs on.
    Local,
    /// By ssh; what is not given is for ssh's own configuration to say.
    Ssh {
        /// `user@host`, or a name of the user's own ssh configuration.
        destination: String,
        port: Option<u16>,
        identity: Option<SshIdentity>,
        known_hosts: Option<TextSource>,
    },
}

#[derive(Debug, Clone)]
pub enum SshIdentity {
    Secret(Template),
    File(String),
}

/// One of the configured hosts: only the parser makes it, from a name that is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostId {
    index: usize,
    name: String,
}

impl HostId {
    fn new(index: usize, name: &str) -> Self {
        Self { index, name: name.to_owned() }
    }

    /// Its place in [`super::Config::hosts`].
    pub fn index(&self) -> usize {
        self.index
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Parser<'_> {
    pub(super) fn hosts(&mut self) -> Result<Vec<HostConfig>, Refused> {
        self.mapping(self.raw.hosts.as_ref(), &Path::root().key("hosts"), |parser, name, host, path| {
            let reached = parser.reached(host, path)?;
            let engine = host.engine.unwrap_or(ContainerEngine::Docker);
            Ok(HostConfig { name: name.to_owned(), reached, engine })
        })
    }

    fn reached(&mut self, host: &RawHostAt, path: &Path) -> Result<Reached, Refused> {
        for (one, other, both) in [
            ("identity", "identity_file", host.identity.is_some() && host.identity_file.is_some()),
            (
                "known_hosts",
                "known_hosts_file",
                host.known_hosts.is_some() && host.known_hosts_file.is_some(),
            ),
        ] {
            if both {
                self.problem(&path.key(other), format!("a host has `{one}` or `{other}`, not both"));
            }
        }
        if host.identity.as_ref().is_some_and(|identity| identity.as_literal().is_some()) {
            self.problem_with_help(
                &path.key("identity"),
                "a private key must be a secret",
                "write `\"${secret:SSH_KEY}\"`, or name a file with `identity_file`",
            );
        }
        let local = host.local.unwrap_or_default();
        let Some(ssh) = &host.ssh else {
            let keys = given!(host; port, identity, identity_file, known_hosts, known_hosts_file);
            self.belongs(path, keys, "a host with `ssh`");
            if local {
                return Ok(Reached::Local);
            }
            return Err(self.refuse(Problem::new(path, "a host needs `ssh`, or `local: true`").help(
                "for example `ssh: deploy@prod.example.org`; `local: true` only on a runner that is the production \
                 host",
            )));
        };
        if local {
            let message = "a host is reached by `ssh` or is `local`, not both";
            return Err(self.refuse(Problem::new(path.key("local"), message)));
        }
        self.word(ssh, &path.key("ssh"), "the destination");
        let identity = host.identity.clone().map(SshIdentity::Secret);
        let file = host.identity_file.as_ref().map(|file| SshIdentity::File(file.to_string()));
        Ok(Reached::Ssh {
            destination: ssh.to_string(),
            port: host.port,
            identity: identity.or(file),
            known_hosts: TextSource::new(host.known_hosts.as_ref(), host.known_hosts_file.as_ref()),
        })
    }

    pub(super) fn known_host(&mut self, name: &Plain, path: &Path) -> Result<HostId, Refused> {
        let known: Vec<&str> = self.raw.hosts.iter().flat_map(Ordered::keys).collect();
        if let Some(index) = known.iter().position(|known| *known == name.as_str()) {
            return Ok(HostId::new(index, name.as_str()));
        }
        if self.is_unknown(&Path::root().key("hosts")) {
            return Err(self.untold());
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "add it under `hosts`".to_owned(),
            None => format!("the hosts are {}", listed(&known)),
        };
        Err(self.refuse(Problem::new(path, format!("there is no host {}", quote(name))).help(help)))
    }
}
