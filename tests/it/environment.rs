//! Sections 1 and 7 on real hosts and containers: this machine and an sshd, a Docker Engine, the binary.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use crate::support::docker::{COMMIT, Engine, Running, engine};
use crate::support::gate::{Ended, Gate};
use crate::support::repo::Repo;
use crate::support::skip::skip;
use crate::support::sshd::{self, Setup, Sshd};

const PASSWORD: &str = "s3cret-pass/word";

/// The engine, if the parts are here; else the test is counted as skipped.
fn parts(test: &str) -> Option<Arc<Engine>> {
    match engine().and_then(|engine| sshd::missing().map_or(Ok(engine), Err)) {
        Ok(engine) => Some(engine),
        Err(why) => {
            skip(&format!("environment::{test}"), &why);
            None
        }
    }
}

/// Wait until a container's state, as `docker inspect --format` shows it, is this.
fn until(engine: &Engine, name: &str, format: &str, wanted: &str) {
    sshd::until(wanted, || engine.call(&["inspect", "--format", format, name]) == wanted);
}

/// A container of this name on the host's network.
fn run(engine: &Arc<Engine>, name: &str, options: &[&str], command: &[&str]) -> Running {
    engine.run(&[&["--network", "host", "--name", name], options].concat(), command)
}

/// A healthy application container of this name.
fn app(engine: &Arc<Engine>, name: &str) -> Running {
    let url = format!("DATABASE_URL=postgresql://nexus:{PASSWORD}@postgres-db:5432/nexus_prod");
    let health = ["--health-cmd", "true", "--health-interval", "1s"];
    let variables = [
        "NODE_ENV=production",
        "NEXTAUTH_URL=https://nexus.example",
        &url,
        "NEXTAUTH_SECRET=quite-a-long-secret",
    ];
    let variables: Vec<&str> = variables.iter().flat_map(|variable| ["--env", variable]).collect();
    let running = run(engine, name, &[&health[..], &variables[..]].concat(), &["sleep", "1000"]);
    until(engine, name, "{{.State.Health.Status}}", "healthy");
    running
}

/// The gate against this entry, on this machine.
fn here(engine: &Engine, environment: &str) -> Ended {
    let config = format!("version: 1\nhosts: {{ prod: {{ local: true }} }}\n{environment}");
    Gate::run(&config).env("DOCKER_HOST", engine.address()).wait()
}

#[test]
fn a_good_container_passes_and_shows_only_what_was_declared() {
    let Some(engine) = parts("a_good_container_passes_and_shows_only_what_was_declared") else { return };
    let _app = app(&engine, "app-good");
    let ended = here(
        &engine,
        "environment:
  host: prod
  container: app-good
  max_restarts: 0
  variables:
    NODE_ENV: production
    NEXTAUTH_URL: { matches: ^https }
    DATABASE_URL: { contains: nexus_prod }
    NEXTAUTH_SECRET: present
    DEBUG: absent
  disk: { path: /, max_used: 100% }
  max_clock_skew: 2s
  exec:
    - { name: manifest, run: [cat, /app/release-manifest.json], inside: true, contains: commit }
",
    )
    .ended_with(0);
    let record = ended.record();
    for line in [
        "| `NODE_ENV` | `production` | ✅ |",
        "| `NEXTAUTH_URL` | `https://nexus.example` | ✅ |",
        "| `DATABASE_URL` | `postgresql://***@postgres-db:5432/nexus_prod` | ✅ |",
        "| `NEXTAUTH_SECRET` | `***` (présent) | ✅ |",
        "| Conteneur `app-good` | `running` (`healthy`) | ✅ |",
        "- [x] Container healthy",
    ] {
        assert!(record.contains(line), "{line}\n{record}");
    }
    for file in ended.files() {
        let text = ended.file(&file);
        assert!(!text.contains(PASSWORD) && !text.contains("quite-a-long-secret"), "{file}: {text}");
    }
}

#[test]
fn a_value_that_is_not_declared_is_not_shown_and_leaves_the_record_readable() {
    let Some(engine) = parts("a_value_that_is_not_declared_is_not_shown_and_leaves_the_record_readable")
    else {
        return;
    };
    let _app = app(&engine, "app-quiet");
    let ended = here(
        &engine,
        "environment:
  host: prod
  container: app-quiet
  variables:
    NODE_ENV: present
    NEXTAUTH_SECRET: { length: { min: 16 } }
    DATABASE_URL: { exists: true }
",
    )
    .ended_with(0);
    for file in ended.files() {
        let text = ended.file(&file);
        assert!(!text.contains("quite-a-long-secret") && !text.contains("nexus_prod"), "{file}: {text}");
    }
    // `production` is the value of a variable that is only to be present, and here the record's title.
    let record = ended.record();
    assert!(record.lines().next().is_some_and(|line| line.contains("production")), "{record}");
}

#[test]
fn containers_of_one_name_on_two_hosts_have_ids_of_their_own() {
    let config = "version: 1
hosts: { a: { local: true }, b: { local: true } }
environment:
  - { host: a, container: app, max_clock_skew: 2s }
  - { host: b, container: app }
  - { host: b, container: worker }
";
    let plan = Gate::plan(config).wait().ended_with(0).stdout;
    for id in ["containers.app@a", "clocks.app@a.a", "containers.app@b", "containers.worker"] {
        assert!(plan.lines().any(|line| line.trim() == format!("environment.{id}")), "{id}\n{plan}");
    }
}

#[test]
fn what_differs_fails_and_says_how() {
    let Some(engine) = parts("what_differs_fails_and_says_how") else { return };
    let _app = app(&engine, "app-bad");
    let ended = here(
        &engine,
        "environment:
  host: prod
  container: app-bad
  image: sha256:fffffff
  variables: { NODE_ENV: development, MISSING: present, NEXTAUTH_SECRET: absent }
  disk: { path: /, max_used: 0% }
  exec:
    - { name: fails, run: [sh, -c, exit 3], inside: true }
    - { name: output, run: [echo, hello], output: good bye }
",
    )
    .ended_with(1);
    for id in [
        "environment.variables.app-bad.NODE_ENV",
        "environment.variables.app-bad.MISSING",
        "environment.variables.app-bad.NEXTAUTH_SECRET",
        "environment.containers.app-bad",
        "environment.disks.app-bad./",
        "environment.commands.app-bad.fails",
        "environment.commands.app-bad.output",
    ] {
        assert_eq!(ended.outcome(id), "failed", "{id}");
    }
    assert!(
        ended.stdout.contains("`NODE_ENV`: production, expected development")
            || ended.stdout.contains("NODE_ENV: production, expected development"),
        "{}",
        ended.stdout
    );
    assert!(!ended.record().contains("quite-a-long-secret"));
}

/// The gate on this machine, where `cat` prints this of a file and ends so, and `sysctl` knows nothing.
fn with_load(load: &str, status: u8, environment: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let cat = format!("[ $# = 0 ] && exec /bin/cat\necho '{load}'\nexit {status}");
    for (name, script) in [("cat", cat), ("sysctl", "exit 1".to_owned())] {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let config = format!("version: 1\nhosts: {{ prod: {{ local: true }} }}\nenvironment: {environment}\n");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    Gate::run(&config).env("PATH", path).wait()
}

#[test]
fn the_load_of_a_host_is_judged() {
    let id = "environment.load.prod";
    let load = "0.50 4.25 16.00 3/467 12345";
    let ended = with_load(load, 0, "{ host: prod, load: { max: 4.25 } }").ended_with(0);
    let record = ended.record();
    assert!(record.contains("| Charge | charge moyenne sur `5m`\u{a0}: `4.25` | ✅ |"), "{record}");
    let ended = with_load(load, 0, "{ host: prod, load: { max: 15.9, over: 15m } }").ended_with(1);
    assert_eq!(ended.outcome(id), "failed");
    let record = ended.record();
    assert!(record.contains("charge moyenne sur `15m`\u{a0}: `16.00`, au plus `15.9`"), "{record}");
    assert!(record.contains("awk '{ gsub(/[{}]/, \"\"); print $3 }'"), "{record}");
    for (load, status, why) in
        [("NaN 1 1", 0, "answered: NaN 1 1"), ("", 1, "neither /proc/loadavg nor sysctl tells the load")]
    {
        let ended = with_load(load, status, "{ host: prod, load: { max: 4 } }").ended_with(3);
        let (code, detail) = ended.cause(id);
        assert!(code == "host_command" && detail.contains(why), "{code}: {detail}");
    }
}

#[test]
fn states_of_containers_are_told_apart() {
    let Some(engine) = parts("states_of_containers_are_told_apart") else { return };
    let stopped = run(&engine, "app-stopped", &[], &["sleep", "1000"]);
    engine.call(&["kill", &stopped.id]);
    engine.call(&["wait", &stopped.id]);
    let sick = ["--health-cmd", "test -e /no", "--health-interval", "1s", "--health-retries", "1"];
    let _sick = run(&engine, "app-sick", &sick, &["sleep", "1000"]);
    until(&engine, "app-sick", "{{.State.Health.Status}}", "unhealthy");
    let _loops = run(&engine, "app-loops", &["--restart", "always"], &["sh", "-c", "exit 1"]);
    until(&engine, "app-loops", "{{.State.Status}}", "restarting");
    let ended = here(
        &engine,
        "environment:
  - { host: prod, container: app-stopped, exec: [{ name: inside, run: ['false'], inside: true, status: 1 }] }
  - { host: prod, container: app-sick }
  - { host: prod, container: app-loops, max_restarts: 0 }
  - { host: prod, container: app-absent, exec: [{ name: inside, run: ['false'], inside: true, status: 1 }] }
",
    )
    .ended_with(1);
    // The engine's own status is 1 as well: it is not the command's.
    for (name, code) in [("app-stopped", "container_state"), ("app-absent", "no_container")] {
        assert_eq!(ended.cause(&format!("environment.commands.{name}.inside")).0, code);
    }
    for name in ["app-stopped", "app-sick", "app-loops"] {
        assert_eq!(ended.outcome(&format!("environment.containers.{name}")), "failed", "{name}");
    }
    let (code, detail) = ended.cause("environment.containers.app-absent");
    assert_eq!((code.as_str(), detail.as_str()), ("no_container", "app-absent"));
}

#[test]
fn a_host_without_docker_says_so() {
    let config = "version: 1\nhosts: { prod: { local: true, engine: podman } }\nenvironment: { host: prod, container: x }\n";
    let ended = Gate::run(config).wait().ended_with(3);
    let (code, detail) = ended.cause("environment.containers.x");
    assert_eq!(code, "command_missing", "{detail}");
    let config = "version: 1\nhosts: { prod: { local: true } }\nenvironment: { host: prod, container: x }\n";
    let ended = Gate::run(config).env("DOCKER_HOST", "unix:///nowhere/docker.sock").wait().ended_with(3);
    let (code, detail) = ended.cause("environment.containers.x");
    assert_eq!(code, "docker", "{detail}");
}

#[test]
fn all_of_it_works_over_ssh() {
    let Some(engine) = parts("all_of_it_works_over_ssh") else { return };
    let _app = app(&engine, "app-ssh");
    let docker = engine.ssh_environment();
    let sshd = Sshd::with(&Setup { other_user: false, config: &docker });
    let repo = Repo::new();
    let commit = repo.commit("a.txt", "one", "feat: one");
    let settings = sshd.settings();
    let known = settings.known_hosts.clone().unwrap_or_default();
    let config = format!(
        "version: 1
hosts:
  prod:
    ssh: {}
    port: {}
    identity_file: {}
    known_hosts: {known:?}
commit:
  expect_at:
    - {{ host: prod, git: {} }}
    - {{ host: prod, container: app-ssh, label: org.opencontainers.image.revision, required: false }}
    - {{ host: prod, container: app-ssh, file: /app/release-manifest.json, json: $.commit, required: false }}
environment:
  host: prod
  container: app-ssh
  variables: {{ NODE_ENV: production }}
  disk: {{ path: /, max_used: 100% }}
  load: {{ max: 10000 }}
  max_clock_skew: 2s
",
        settings.destination,
        sshd.port,
        sshd.key_file().display(),
        repo.path().display(),
    );
    let ended = Gate::run(&config).within(repo.path()).wait().ended_with(0);
    let git = format!("commit.sources.git {} on prod", repo.path().display());
    assert_eq!(ended.outcome(&git), "passed");
    for place in ["org.opencontainers.image.revision", "/app/release-manifest.json"] {
        let id = format!("commit.sources.container app-ssh {place} on prod");
        assert_eq!(ended.actual(&id, "commit"), COMMIT, "another commit than {commit}");
    }
    assert_eq!(ended.outcome("environment.containers.app-ssh"), "passed");
    assert!(ended.record().contains("ssh "), "{}", ended.record());
    assert!(sshd.connections().is_empty(), "the connection outlives the run");
}

#[test]
fn a_host_that_is_not_known_is_never_trusted() {
    let Some(_engine) = parts("a_host_that_is_not_known_is_never_trusted") else { return };
    let sshd = Sshd::start();
    let other = Sshd::start();
    for (known, code) in
        [(String::new(), "host_key_unknown"), (other.known_host(sshd.port), "host_key_changed")]
    {
        let config = format!(
            "version: 1\nhosts: {{ prod: {{ ssh: {}, port: {}, identity_file: {}, known_hosts: {:?} }} }}\nenvironment: {{ host: prod, disk: {{ path: /, max_used: 100% }} }}\n",
            sshd.settings().destination,
            sshd.port,
            sshd.key_file().display(),
            if known.is_empty() { "example.org ssh-ed25519 AAAA".to_owned() } else { known },
        );
        let ended = Gate::run(&config).wait().ended_with(3);
        assert_eq!(ended.cause("environment.disks.prod./").0, code);
    }
}
