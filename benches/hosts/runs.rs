//! Runs the gate as a whole process, again and again, and keeps what each run took.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use prod_gate::probe::host::Host;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::Broken;
use crate::hosts::parts::{CHECKS, Parts, TAG};
use crate::support::delay;
use crate::times::Times;

/// What one way to the host took.
#[derive(Default)]
pub(crate) struct Figures {
    /// What the proxy adds to each direction, in milliseconds.
    pub(crate) delay: u64,
    /// A round trip through the proxy, as measured.
    pub(crate) round_trip: Times,
    /// Connecting and logging in, by the library that the gate is made of.
    pub(crate) connecting: Times,
    /// The whole process that only runs `true` on the host.
    pub(crate) least: Times,
    /// The whole process.
    pub(crate) whole: Times,
    /// From the begin of its first check to the end of the last.
    pub(crate) checks: Times,
}

/// What the host's own programs take, without the gate.
#[derive(Default)]
pub(crate) struct Alone {
    /// `docker container inspect`.
    pub(crate) inspect: Times,
    /// `docker exec … cat`.
    pub(crate) exec: Times,
    /// The least that all of it can take: each command once, all at once.
    pub(crate) together: Times,
}

/// Measure the commands themselves.
pub(crate) fn alone(parts: &Parts, rounds: usize) -> Result<Alone, Broken> {
    let mut alone = Alone::default();
    let commands = parts.commands();
    for round in 0..=rounds {
        let inspect = timed(&mut command(parts, &commands[0]))?;
        let exec = timed(&mut command(parts, &commands[1]))?;
        let begun = Instant::now();
        let children: Result<Vec<_>, _> = commands
            .iter()
            .map(|words| command(parts, words).stdin(Stdio::null()).stdout(Stdio::null()).spawn())
            .collect();
        for mut child in children? {
            let status = child.wait()?;
            if !status.success() {
                return Err(format!("a command ended with {status}").into());
            }
        }
        let together = begun.elapsed();
        // The first round warms caches and does not count.
        if round > 0 {
            alone.inspect.push(inspect);
            alone.exec.push(exec);
            alone.together.push(together);
        }
    }
    Ok(alone)
}

fn command(parts: &Parts, words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("DOCKER_HOST", parts.engine.address());
    command
}

/// The gate on the host itself.
pub(crate) fn local(parts: &Parts, rounds: usize) -> Result<Figures, Broken> {
    let mut figures = Figures::default();
    runs(parts, None, rounds, &mut figures, || Ok(()))?;
    Ok(figures)
}

/// The gate over SSH, each byte so many milliseconds later.
pub(crate) fn over_ssh(
    runtime: &Runtime,
    parts: &Parts,
    delay: u64,
    rounds: usize,
) -> Result<Figures, Broken> {
    let mut figures = Figures { delay, ..Figures::default() };
    let wait = Duration::from_millis(delay);
    let port = match delay {
        0 => parts.sshd.port,
        _ => runtime.block_on(delay::proxy(parts.sshd.port, wait)),
    };
    for _ in 0..rounds {
        figures.round_trip.push(round_trip(runtime, wait)?);
    }
    let mut connecting = Times::default();
    let connect = || {
        let host = Host::ssh(parts.settings(port));
        let begun = Instant::now();
        let connected = runtime.block_on(host.connect());
        connecting.push(begun.elapsed());
        connected.map_err(|cause| Broken::from(cause.detail))
    };
    runs(parts, Some(port), rounds, &mut figures, connect)?;
    figures.connecting = connecting;
    Ok(figures)
}

/// Each round: what `before` does, the least run and the whole run.
fn runs(
    parts: &Parts,
    port: Option<u16>,
    rounds: usize,
    figures: &mut Figures,
    mut before: impl FnMut() -> Result<(), Broken>,
) -> Result<(), Broken> {
    let least = parts.least(port)?;
    let whole = parts.whole(port)?;
    // The first round warms caches and does not count.
    gate(parts, &least, 1)?;
    gate(parts, &whole, CHECKS)?;
    for _ in 0..rounds {
        before()?;
        figures.least.push(gate(parts, &least, 1)?.0);
        let (took, checks) = gate(parts, &whole, CHECKS)?;
        figures.whole.push(took);
        figures.checks.push(checks);
    }
    Ok(())
}

/// One run: how long the process took, and how long its checks did. All of them, so many, must have passed.
fn gate(parts: &Parts, config: &Path, wanted: usize) -> Result<(Duration, Duration), Broken> {
    let out = parts.out();
    let _ = fs::remove_dir_all(&out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_prod-gate"));
    command.args(["run", "--operator", "bench", "--config"]).arg(config).arg("--out").arg(&out);
    if wanted > 1 {
        command.args(["--tag", TAG]).current_dir(parts.repo.path());
    } else {
        // Without a repository there is nothing about a commit to check.
        command.current_dir(parts.folder.path());
    }
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("HOME", parts.home()).env("NO_COLOR", "1").env("DOCKER_HOST", parts.engine.address());
    let took = timed(&mut command)?;
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json"))?)?;
    let checks = report["checks"].as_array().ok_or("report.json has no checks")?;
    let passed = checks.iter().filter(|check| check["outcome"] == "passed").count();
    if passed != wanted || checks.len() != wanted {
        let ids: Vec<_> = checks.iter().map(|check| check["meta"]["id"].to_string()).collect();
        let said = ids.join(", ");
        return Err(format!("{passed} of {} checks passed, expected {wanted}: {said}", checks.len()).into());
    }
    Ok((took, span(checks)))
}

/// From the begin of the first check to the end of the last one.
fn span(checks: &[Value]) -> Duration {
    let number = |check: &Value, name: &str| check[name].as_f64().unwrap_or(f64::NAN);
    let begin = checks.iter().map(|check| number(check, "started_ms")).fold(f64::INFINITY, f64::min);
    let end = checks
        .iter()
        .map(|check| number(check, "started_ms") + number(check, "duration_ms"))
        .fold(0.0, f64::max);
    Duration::from_secs_f64(((end - begin) / 1000.0).max(0.0))
}

/// From a program's start to its end, which must be a good one.
fn timed(command: &mut Command) -> Result<Duration, Broken> {
    command.stdin(Stdio::null());
    let begun = Instant::now();
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let took = begun.elapsed();
    if output.status.success() {
        return Ok(took);
    }
    let said = [output.stdout, output.stderr].concat();
    let (program, said) = (command.get_program().display(), String::from_utf8_lossy(&said));
    Err(format!("{program} ended with {}: {said}", output.status).into())
}

/// One byte there and back, through a proxy of the same delay.
fn round_trip(runtime: &Runtime, delay: Duration) -> Result<Duration, Broken> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    runtime.block_on(async {
        let echo = TcpListener::bind("127.0.0.1:0").await?;
        let mut port = echo.local_addr()?.port();
        tokio::spawn(async move {
            let (mut stream, _) = echo.accept().await?;
            let byte = stream.read_u8().await?;
            stream.write_u8(byte).await
        });
        if !delay.is_zero() {
            port = delay::proxy(port, delay).await;
        }
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let begun = Instant::now();
        stream.write_u8(1).await?;
        stream.read_u8().await?;
        Ok(begun.elapsed())
    })
}
