//! Hosts, the sources of commits on them, and the environment.

use super::super::path::Path;
use super::super::problem::{listed, nearest, quote};
use super::super::raw_commit::Source;
use super::super::raw_hosts::{Environment, Exec, HostAt};
use super::super::types::{Ordered, Plain};
use super::{Check, Names};

/// Fewer hex digits of a digest than this say nothing.
const SHORTEST_DIGEST: usize = 7;

impl Check<'_> {
    pub(super) fn hosts(&mut self) {
        let list = Path::root().key("hosts");
        for (name, host) in self.config.hosts.iter().flatten() {
            self.host(host, &list.key(name));
        }
    }

    fn host(&mut self, host: &HostAt, path: &Path) {
        let local = host.local.unwrap_or_default();
        match (&host.ssh, local) {
            (None, false) => self.problem_with_help(
                path,
                "a host needs `ssh`, or `local: true`",
                "for example `ssh: deploy@prod.example.org`; `local: true` only on a runner that is the production host",
            ),
            (Some(_), true) => {
                self.problem(&path.key("local"), "a host is reached by `ssh` or is `local`, not both");
            }
            (Some(ssh), false) => self.word(ssh, &path.key("ssh"), "the destination"),
            (None, true) => {}
        }
        for (key, given) in [
            ("port", host.port.is_some()),
            ("identity", host.identity.is_some()),
            ("identity_file", host.identity_file.is_some()),
            ("known_hosts", host.known_hosts.is_some()),
            ("known_hosts_file", host.known_hosts_file.is_some()),
        ] {
            if given && host.ssh.is_none() {
                self.problem(&path.key(key), format!("`{key}` belongs to a host with `ssh`"));
            }
        }
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
        if let Some(identity) = &host.identity
            && identity.as_literal().is_some()
        {
            self.problem_with_help(
                &path.key("identity"),
                "a private key must be a secret",
                "write `\"${secret:SSH_KEY}\"`, or name a file with `identity_file`",
            );
        }
    }

    /// What ends up as a word of a command: nothing that could be taken for an option.
    pub(super) fn word(&mut self, text: &Plain, path: &Path, what: &str) {
        if text.starts_with('-') {
            self.problem(path, format!("{what} cannot begin with `-`: it would be read as an option"));
        } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            self.problem(path, format!("{what} cannot hold white space"));
        }
    }

    pub(super) fn known_host(&mut self, name: &Plain, path: &Path) {
        let known: Vec<&str> = self.config.hosts.iter().flat_map(Ordered::keys).collect();
        if known.contains(&name.as_str()) {
            return;
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "add it under `hosts`".to_owned(),
            None => format!("the hosts are {}", listed(&known)),
        };
        self.problem_with_help(path, format!("there is no host {}", quote(name)), help);
    }

    /// A source of a commit: one of `url`, `git` and `container`, each with what belongs to it.
    pub(super) fn source_kind(&mut self, source: &Source, path: &Path) {
        let kinds = [
            ("url", source.url.is_some()),
            ("git", source.git.is_some()),
            ("container", source.container.is_some()),
        ];
        let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        match given.as_slice() {
            [] => self.problem_with_help(
                path,
                "a source needs `url`, `git` or `container`",
                "for example `url: https://example.org/api/version` or `git: .`",
            ),
            [_] => {}
            [_, others @ ..] => {
                let keys: Vec<&str> = others.to_vec();
                let message = format!("a source has one of {}, not several", listed(&given));
                self.problem_with_help(&path.key(keys[0]), message, "make two sources of it");
            }
        }
        if let Some(host) = &source.host {
            self.known_host(host, &path.key("host"));
            if source.url.is_some() {
                self.problem(&path.key("host"), "`host` belongs to a source with `git` or `container`");
            }
        }
        if let Some(container) = &source.container {
            self.container_source(source, container, path);
        }
        for (key, given) in [("label", source.label.is_some()), ("file", source.file.is_some())] {
            if given && source.container.is_none() {
                self.problem(&path.key(key), format!("`{key}` belongs to a source with `container`"));
            }
        }
    }

    fn container_source(&mut self, source: &Source, container: &Plain, path: &Path) {
        self.word(container, &path.key("container"), "a container's name");
        if source.host.is_none() {
            self.problem_with_help(
                path,
                "a container is on a host",
                "add `host`, with its name under `hosts`",
            );
        }
        match (&source.label, &source.file) {
            (None, None) => self.problem_with_help(
                path,
                "where does the container show its commit?",
                "add `label: org.opencontainers.image.revision`, or `file` with the path of a file",
            ),
            (Some(_), Some(_)) => {
                self.problem(&path.key("file"), "a source has `label` or `file`, not both");
            }
            (None, Some(file)) if !file.starts_with('/') => {
                self.problem(&path.key("file"), "the path of a file in a container begins with `/`");
            }
            _ => {}
        }
    }

    pub(super) fn environment(&mut self) {
        let Some(entries) = &self.config.environment else { return };
        let base = Path::root().key("environment");
        let mut names = Names::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = base.index(index);
            self.environment_entry(entry, &path);
            let what = entry.container.as_ref().map_or_else(
                || entry.host.to_string(),
                |container| format!("{} on {}", container.as_str(), entry.host.as_str()),
            );
            self.unique(&mut names, &what, &path, "the entry for", "put both into one entry");
        }
    }

    fn environment_entry(&mut self, entry: &Environment, path: &Path) {
        self.known_host(&entry.host, &path.key("host"));
        self.waive(entry.waive.as_ref(), path);
        if let Some(container) = &entry.container {
            self.word(container, &path.key("container"), "a container's name");
        }
        for (key, given) in [
            ("variables", entry.variables.is_some()),
            ("max_restarts", entry.max_restarts.is_some()),
            ("image", entry.image.is_some()),
        ] {
            if given && entry.container.is_none() {
                self.problem(&path.key(key), format!("`{key}` is about a container: add `container`"));
            }
        }
        if let Some(image) = &entry.image {
            let digits = image.strip_prefix("sha256:").unwrap_or(image);
            let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hex || !(SHORTEST_DIGEST..=64).contains(&digits.len()) {
                self.problem_with_help(
                    &path.key("image"),
                    format!("{} is not the digest of an image", quote(image)),
                    "write `sha256:` and at least 7 of its hex digits, as `docker inspect --format '{{.Image}}'` \
                     prints them",
                );
            }
        }
        let anything = entry.container.is_some()
            || entry.disk.is_some()
            || entry.max_clock_skew.is_some()
            || entry.exec.is_some();
        if !anything {
            self.problem_with_help(
                path,
                "nothing is checked here",
                "add `container`, `disk`, `max_clock_skew` or `exec`",
            );
        }
        let mut disks = Names::new();
        for (index, disk) in entry.disk.iter().flatten().enumerate() {
            self.unique(
                &mut disks,
                &disk.path,
                &path.key("disk").index(index),
                "the disk",
                "keep one of them",
            );
            if !disk.path.starts_with('/') {
                self.problem(&path.key("disk"), format!("{} is not a whole path", quote(&disk.path)));
            }
        }
        let mut names = Names::new();
        for (index, exec) in entry.exec.iter().flatten().enumerate() {
            let here = path.key("exec").index(index);
            self.exec(exec, entry, &here);
            self.unique(&mut names, &exec.name, &here, "the command", "give one of them another `name`");
        }
    }

    fn exec(&mut self, exec: &Exec, entry: &Environment, path: &Path) {
        self.one_line(&path.key("name"), Some(&exec.name));
        self.waive(exec.waive.as_ref(), path);
        if exec.inside == Some(true) && entry.container.is_none() {
            self.problem(&path.key("inside"), "there is no container to run it in: add `container`");
        }
    }
}
