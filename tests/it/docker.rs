//! Containers through the docker command of a host: a real engine, here and over SSH.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prod_gate::model::CauseCode;
use prod_gate::probe::docker::{ContainerStatus, Docker, Health, Reach};
use prod_gate::probe::host::{Host, HostCommand};
use tokio::net::TcpListener;

use crate::support::docker::{COMMIT, Engine, IMAGE, engine};
use crate::support::skip::skip;
use crate::support::sshd::{self, Setup, Sshd};

/// The engine, or a counted skip.
fn engine_for(test: &str) -> Option<Arc<Engine>> {
    engine().map_err(|why| skip(&format!("docker::{test}"), &why)).ok()
}

/// The same engine as this machine sees it and, where sshd runs, over SSH.
fn both(engine: &Engine) -> (Option<Sshd>, Vec<Docker>) {
    let sshd = sshd::missing().is_none().then(|| Sshd::configured(&engine.ssh_environment()));
    let over_ssh = sshd.as_ref().map(|sshd| Docker::new(sshd.host()));
    let both = [engine.local()].into_iter().chain(over_ssh).collect();
    (sshd, both)
}

/// A name that no other run of the tests uses at the same time.
fn named(name: &str) -> String {
    format!("gate-{name}-{}", std::process::id())
}

#[tokio::test]
async fn several_containers_are_looked_at_in_one_call() {
    let Some(engine) = engine_for("several_containers_are_looked_at_in_one_call") else { return };
    let (app, lost) = (named("app"), named("lost"));
    let options = ["--name", &app, "--network", "host", "--env", "NODE_ENV=production", "--env", "TOKEN=a=b"];
    let started = engine.run(&options, &[]);
    let stopped = engine.run(&["--network", "none"], &["sh", "-c", "exit 3"]);
    engine.call(&["wait", &stopped.id]);
    let (_sshd, both) = both(&engine);
    for docker in both {
        let seen = docker.inspect(&[&stopped.id, &lost, &app]).await.unwrap();
        let [Some(stopped), None, Some(app)] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((app.status.clone(), app.health, app.restarts), (ContainerStatus::Running, None, 0));
        assert_eq!((app.id.clone(), app.image.as_str()), (started.id.clone(), IMAGE));
        assert_eq!(app.labels["org.opencontainers.image.revision"], COMMIT);
        assert_eq!(app.environment["NODE_ENV"].expose(), "production");
        assert_eq!(app.environment["TOKEN"].expose(), "a=b");
        assert_eq!(app.reach, Reach::Host);
        let age = jiff::Timestamp::now().as_second() - app.started.unwrap().as_second();
        assert!((0..60).contains(&age), "{age} s");
        let image = docker.image(&app.image_id).await.unwrap();
        assert_eq!((image.id, image.digests.len()), (app.image_id.clone(), 0));
        assert!(image.tags.contains(&IMAGE.to_owned()));
        assert_eq!((stopped.status.clone(), stopped.exit_code), (ContainerStatus::Exited, 3));
        assert!(!stopped.is_ready());
        assert_eq!(docker.inspect(&[&lost]).await.unwrap(), [None]);
        assert_eq!(docker.container(&lost).await.unwrap_err().code, CauseCode::NoContainer);
    }
}

#[tokio::test]
async fn commands_run_and_files_are_read_in_containers() {
    let Some(engine) = engine_for("commands_run_and_files_are_read_in_containers") else { return };
    let running = engine.run(&["--network", "none"], &[]);
    let stopped = engine.run(&["--network", "none"], &["true"]);
    engine.call(&["wait", &stopped.id]);
    let (_sshd, both) = both(&engine);
    for docker in both {
        let words = HostCommand::new(["sh", "-c", "cat; echo \"$1 $A\"; exit 7", "sh", "it's\n!"]);
        let output = docker.exec(&running.id, &words.input("in ").env("A", "b c")).await.unwrap();
        assert_eq!((output.text().as_ref(), output.status), ("in it's\n! b c\n", Some(7)));
        let missing = docker.exec(&running.id, &HostCommand::new(["nosuch"])).await.unwrap_err();
        assert_eq!(missing.code, CauseCode::CommandMissing, "{}", missing.detail);
        let no = docker.exec(&stopped.id, &HostCommand::new(["true"])).await.unwrap_err();
        assert_eq!(no.code, CauseCode::ContainerState, "{}", no.detail);
        let no = docker.exec("gate-nobody", &HostCommand::new(["true"])).await.unwrap_err();
        assert_eq!(no.code, CauseCode::NoContainer, "{}", no.detail);

        // Through a symbolic link, and where nothing runs any more.
        for container in [&running.id, &stopped.id] {
            let file = docker.read(container, "/app/release-manifest.json", 1000).await.unwrap().unwrap();
            assert_eq!(String::from_utf8(file.bytes).unwrap(), format!("{{\"commit\":\"{COMMIT}\"}}\n"));
            assert!(!file.cut);
            assert_eq!(docker.read(container, "/app/nothing", 1000).await.unwrap(), None);
            let folder = docker.folder(container, "/app", 1 << 20).await.unwrap().unwrap();
            let mut archive = tar::Archive::new(folder.bytes.as_slice());
            let paths = archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned());
            let paths: Vec<_> = paths.map(|path| path.to_string_lossy().into_owned()).collect();
            assert_eq!(paths, ["app/", "app/manifest.json", "app/release-manifest.json"]);
            assert_eq!(docker.folder(container, "/nothing", 1000).await.unwrap(), None);
        }
        let file = docker.read(&running.id, "/bin/busybox", 1000).await.unwrap().unwrap();
        assert_eq!((file.bytes.len(), file.cut), (1000, true));
        // Every byte of a program, whatever is between here and there.
        let bin = docker.folder(&running.id, "/bin", 8 << 20).await.unwrap().unwrap();
        let busybox = fs::read("/bin/busybox").unwrap();
        assert!(!bin.cut && bin.bytes.windows(busybox.len()).step_by(512).any(|part| part == busybox));
        assert!(docker.folder(&running.id, "/bin", 1000).await.unwrap().unwrap().cut);
        let no = docker.read("gate-nobody", "/app/x", 1000).await.unwrap_err();
        assert_eq!(no.code, CauseCode::NoContainer, "{}", no.detail);
        let no = docker.folder("gate-nobody", "/app", 1000).await.unwrap_err();
        assert_eq!(no.code, CauseCode::NoContainer, "{}", no.detail);
    }
}

#[tokio::test]
async fn a_container_is_stopped_started_and_waited_for() {
    let Some(engine) = engine_for("a_container_is_stopped_started_and_waited_for") else { return };
    let docker = engine.local();
    let health = ["--health-cmd", "test -f /well", "--health-interval", "300ms", "--health-retries", "1"];
    // It is well a second after its start, and at once when it is started again.
    let script = "[ -f /well ] || { sleep 1; touch /well; }; sleep 1000";
    let container = engine.run(&[&["--network", "none"], &health[..]].concat(), &["sh", "-c", script]);
    let name = container.id.as_str();
    let waited = docker.wait_until_ready(name, Duration::from_secs(20)).await.unwrap();
    assert!(waited.ready && waited.took >= Duration::from_millis(500), "{:?}", waited.took);
    assert_eq!(waited.container.health, Some(Health::Healthy));

    // It does not listen to SIGTERM, and is killed when its time is over.
    let start = Instant::now();
    docker.stop(name, Duration::from_secs(1)).await.unwrap();
    assert!((1..8).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert_eq!(docker.container(name).await.unwrap().status, ContainerStatus::Exited);
    let waited = docker.wait_until_ready(name, Duration::from_secs(20)).await.unwrap();
    assert!(
        !waited.ready && waited.took < Duration::from_secs(5),
        "what has ended for good is not waited for"
    );
    docker.start(name).await.unwrap();
    assert!(docker.wait_until_ready(name, Duration::from_secs(20)).await.unwrap().ready);
    docker.start(name).await.unwrap();

    engine.call(&["exec", name, "rm", "/well"]);
    let mut unwell = docker.container(name).await.unwrap();
    let start = Instant::now();
    while unwell.health != Some(Health::Unhealthy) && start.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        unwell = docker.container(name).await.unwrap();
    }
    assert_eq!((unwell.status.clone(), unwell.health), (ContainerStatus::Running, Some(Health::Unhealthy)));
    let waited = docker.wait_until_ready(name, Duration::from_millis(700)).await.unwrap();
    assert!(!waited.ready);
    for result in [docker.stop("gate-nobody", Duration::ZERO).await, docker.start("gate-nobody").await] {
        assert_eq!(result.unwrap_err().code, CauseCode::NoContainer);
    }
}

#[tokio::test]
async fn a_container_that_restarts_again_and_again_is_seen_to() {
    let Some(engine) = engine_for("a_container_that_restarts_again_and_again_is_seen_to") else { return };
    let docker = engine.local();
    let options = ["--network", "none", "--restart", "always"];
    let container = engine.run(&options, &["sh", "-c", "exit 3"]);
    let start = Instant::now();
    let seen = loop {
        let seen = docker.container(&container.id).await.unwrap();
        if (seen.restarts >= 2 && seen.status == ContainerStatus::Restarting)
            || start.elapsed() > Duration::from_secs(20)
        {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(seen.status, ContainerStatus::Restarting);
    assert!(seen.restarts >= 2 && !seen.is_ready(), "{seen:?}");
    let no = docker.exec(&container.id, &HostCommand::new(["true"])).await.unwrap_err();
    assert_eq!(no.code, CauseCode::ContainerState, "{}", no.detail);
}

#[tokio::test]
async fn a_container_is_reached_through_its_host() {
    let Some(engine) = engine_for("a_container_is_reached_through_its_host") else { return };
    let database = engine.run(&["--network", "host"], &[]);
    let beside = engine.run(&["--network", &format!("container:{}", database.id)], &[]);
    let alone = engine.run(&["--network", "none"], &[]);
    let (_sshd, both) = both(&engine);
    let docker = both.last().unwrap();
    for container in [&database, &beside] {
        assert_eq!(docker.address(&container.id).await.unwrap(), "127.0.0.1");
    }
    let none = docker.address(&alone.id).await.unwrap_err();
    assert_eq!(none.code, CauseCode::ContainerState, "{}", none.detail);
    // What listens there is reached by the address that was found.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let forward = docker.host().forward(&docker.address(&beside.id).await.unwrap(), port).await.unwrap();
    let (connected, accepted) = tokio::join!(
        tokio::net::TcpStream::connect(forward.address()),
        tokio::time::timeout(Duration::from_secs(10), listener.accept()),
    );
    connected.unwrap();
    accepted.unwrap().unwrap();
}

#[tokio::test]
async fn without_docker_the_reason_is_told() {
    let missing = Docker::with_program(Host::local(), vec!["no-such-docker".to_owned()]);
    let cause = missing.inspect(&["app"]).await.unwrap_err();
    assert_eq!((cause.code, cause.detail.as_str()), (CauseCode::CommandMissing, "no-such-docker"));
    let Some(engine) = engine_for("without_docker_the_reason_is_told") else { return };
    let nobody = ["docker", "-H", "unix:///no/such/socket"].map(str::to_owned).to_vec();
    let docker = Docker::with_program(Host::local(), nobody);
    for cause in [
        docker.inspect(&["app"]).await.unwrap_err(),
        docker.exec("app", &HostCommand::new(["true"])).await.unwrap_err(),
        docker.read("app", "/x", 10).await.unwrap_err(),
        docker.start("app").await.unwrap_err(),
    ] {
        assert_eq!(cause.code, CauseCode::Docker, "{}", cause.detail);
    }
    // A user who may not call it.
    if sshd::whoami() != "root" || sshd::missing().is_some() {
        return;
    }
    if let Some(why) = sshd::no_other_user() {
        return skip("docker::without_docker_the_reason_is_told", &why);
    }
    let sshd = Sshd::with(&Setup { other_user: true, config: &engine.ssh_environment() });
    let docker = Docker::new(sshd.host());
    for cause in [
        docker.inspect(&["app"]).await.unwrap_err(),
        docker.exec("app", &HostCommand::new(["true"])).await.unwrap_err(),
    ] {
        assert_eq!(cause.code, CauseCode::DockerAccess, "{}", cause.detail);
    }
}
