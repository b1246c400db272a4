//! What runs beside the gate, and the configurations that name it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use prod_gate::probe::host::SshSettings;
use tempfile::TempDir;

use crate::Broken;
use crate::support::docker::{Engine, Running, engine};
use crate::support::repo::Repo;
use crate::support::sshd::{self, Sshd};

/// The containers, as production would name them.
const CONTAINERS: [&str; 2] = ["nexus-next-app", "nexus-worker"];
/// Where a container says what it was made from.
const MANIFEST: &str = "/app/manifest.json";
/// The tag that is proved.
pub(crate) const TAG: &str = "v1.0.0";

/// The checks of a whole run: of each container itself and four variables; a disk, a clock and a command in a
/// container; three places that show the commit, the tag and the range.
pub(crate) const CHECKS: usize = 2 * 5 + 3 + 3 + 2;

/// Everything that a run needs; it ends with this.
pub(crate) struct Parts {
    /// The engine with both containers.
    pub(crate) engine: Arc<Engine>,
    _containers: Vec<Running>,
    /// Takes the tests' key, and knows the engine.
    pub(crate) sshd: Sshd,
    /// The work tree that is asked for its commit; the gate runs in it, too.
    pub(crate) repo: Repo,
    /// For configurations and results.
    pub(crate) folder: TempDir,
    digest: String,
}

/// Why it cannot be measured here, if so.
pub(crate) fn missing() -> Option<String> {
    engine().err().or_else(sshd::missing)
}

impl Parts {
    /// Start all of it.
    pub(crate) fn start() -> Result<Self, Broken> {
        let repo = Repo::new();
        let commit = repo.commit("a.txt", "one", "feat: one");
        repo.annotated_tag(TAG, "the first");
        let engine = engine()?;
        let containers = CONTAINERS.iter().map(|name| container(&engine, name, &commit)).collect();
        for name in CONTAINERS {
            let health = ["inspect", "--format", "{{.State.Health.Status}}", name];
            sshd::until("healthy", || engine.call(&health) == "healthy");
        }
        let digest = engine.call(&["inspect", "--format", "{{.Image}}", CONTAINERS[0]]);
        let sshd = Sshd::configured(&engine.ssh_environment());
        Ok(Self { engine, _containers: containers, sshd, repo, folder: TempDir::new()?, digest })
    }

    /// The tests' way in, through this port.
    pub(crate) fn settings(&self, port: u16) -> SshSettings {
        let known_hosts = Some(self.sshd.known_host(port));
        SshSettings { port: Some(port), known_hosts, ..self.sshd.settings() }
    }

    /// The host as a configuration names it: over SSH through this port, or this machine.
    pub(crate) fn host(&self, port: Option<u16>) -> String {
        let Some(port) = port else { return "{ local: true }".to_owned() };
        let SshSettings { destination, known_hosts, .. } = self.settings(port);
        let key = self.sshd.key_file();
        let known_hosts = known_hosts.unwrap_or_default();
        format!(
            "{{ ssh: {destination}, port: {port}, identity_file: {}, known_hosts: {known_hosts:?} }}",
            key.display()
        )
    }

    /// The configuration of a whole run.
    pub(crate) fn whole(&self, port: Option<u16>) -> Result<PathBuf, Broken> {
        let [app, worker] = CONTAINERS;
        let about = format!(
            "max_restarts: 0\n    image: '{}'\n    variables:\n      NODE_ENV: production\n      \
             NEXTAUTH_URL: {{ matches: ^https }}\n      NEXTAUTH_SECRET: present\n      DEBUG: absent",
            self.digest
        );
        self.write(
            "whole",
            &format!(
                "version: 1
title: Bench
hosts: {{ prod: {host} }}
commit:
  expect_at:
    - {{ host: prod, git: {repo} }}
    - {{ host: prod, container: {app}, label: org.opencontainers.image.revision }}
    - {{ host: prod, container: {app}, file: {MANIFEST}, json: $.commit }}
environment:
  - host: prod
    container: {app}
    {about}
    disk: {{ path: /, max_used: 100% }}
    max_clock_skew: 2s
    exec:
      - {{ name: manifest, run: [cat, {MANIFEST}], inside: true, contains: commit }}
  - host: prod
    container: {worker}
    {about}
",
                host = self.host(port),
                repo = self.repo.path().display(),
            ),
        )
    }

    /// The commands that tell what a whole run asks the host, each once: the first inspects a container, the
    /// second reads a file in it.
    pub(crate) fn commands(&self) -> Vec<Vec<String>> {
        let [app, worker] = CONTAINERS;
        let repo = self.repo.path().to_string_lossy();
        let file = format!("{app}:{MANIFEST}");
        let commands: [&[&str]; 7] = [
            &["docker", "container", "inspect", app],
            &["docker", "exec", app, "cat", MANIFEST],
            &["docker", "cp", &file, "-"],
            &["docker", "container", "inspect", worker],
            &["git", "-C", &repo, "status", "--porcelain=v2"],
            &["df", "-Pk", "--", "/"],
            &["date", "+%s.%N"],
        ];
        commands.map(|words| words.iter().map(|word| (*word).to_owned()).collect()).into()
    }

    /// The configuration of a run that connects and runs `true`, and no more.
    pub(crate) fn least(&self, port: Option<u16>) -> Result<PathBuf, Broken> {
        let host = self.host(port);
        let text = format!(
            "version: 1\ntitle: Bench\nhosts: {{ prod: {host} }}\n\
             environment: {{ host: prod, exec: [{{ name: nothing, run: ['true'] }}] }}\n"
        );
        self.write("least", &text)
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Broken> {
        let path = self.folder.path().join(format!("{name}.yml"));
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Where the results go.
    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// A home without anybody's settings.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }
}

fn container(engine: &Arc<Engine>, name: &str, commit: &str) -> Running {
    let label = format!("org.opencontainers.image.revision={commit}");
    let mut options = vec!["--name", name, "--network", "host", "--label", &label];
    for variable in
        ["NODE_ENV=production", "NEXTAUTH_URL=https://nexus.example", "NEXTAUTH_SECRET=a-long-secret"]
    {
        options.extend(["--env", variable]);
    }
    // Rarely, as it takes the cores from what is measured; the first one comes after as long.
    options.extend(["--health-cmd", "true", "--health-interval", "10s"]);
    let script = format!("echo '{{\"commit\":\"{commit}\"}}' >{MANIFEST}; exec sleep 100000");
    engine.run(&options, &["sh", "-c", &script])
}
