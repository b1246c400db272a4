//! Runs the gate as a whole process, and beside it the least that its work can take.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use prod_gate::probe::scratch::{Origin, Scratch, ScratchRequest, ServerIdentity};
use serde_json::Value;

use crate::Broken;
use crate::schema::project::{Project, TAG};
use crate::times::Times;

/// What a run of sections 3 and 4 took.
#[derive(Default)]
pub(crate) struct Whole {
    /// The whole process.
    pub(crate) process: Times,
    /// Its peak of resident memory, in KiB; the servers' is not in it.
    pub(crate) memory: u64,
    /// How many checks there were.
    pub(crate) checks: usize,
    /// Until a throwaway server takes connections, by the library that the gate is made of.
    pub(crate) start: Times,
    /// Until it has ended and its folder is gone.
    pub(crate) end: Times,
    /// All statements by one `psql` in an empty database of a server that runs.
    pub(crate) psql: Times,
}

/// Measure.
pub(crate) fn measure(project: &Project, rounds: usize) -> Result<Whole, Broken> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut whole = Whole::default();
    // The first round warms caches and does not count.
    for round in 0..=rounds {
        let (process, checks) = gate(project)?;
        let (start, end) = runtime.block_on(scratch(project))?;
        let psql = psql(project, round)?;
        if round > 0 {
            whole.process.push(process);
            whole.start.push(start);
            whole.end.push(end);
            whole.psql.push(psql);
        }
        whole.checks = checks;
    }
    whole.memory = memory(&mut timed_command(project)?)?;
    Ok(whole)
}

/// One run; all of its checks must have passed.
fn gate(project: &Project) -> Result<(Duration, usize), Broken> {
    let out = project.folder.path().join("out");
    let _ = fs::remove_dir_all(&out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_prod-gate"));
    arguments(project, &mut command)?;
    let begun = Instant::now();
    succeed(&mut command)?;
    let took = begun.elapsed();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json"))?)?;
    let checks = report["checks"].as_array().ok_or("report.json has no checks")?;
    let wrong: Vec<&Value> = checks.iter().filter(|check| check["outcome"] != "passed").collect();
    if !wrong.is_empty() || checks.len() < 6 {
        return Err(format!("{} of {} checks did not pass: {wrong:#?}", wrong.len(), checks.len()).into());
    }
    Ok((took, checks.len()))
}

fn arguments(project: &Project, command: &mut Command) -> Result<(), Broken> {
    command.args(["run", "--operator", "bench", "--tag", TAG, "--only", "migrations", "--only", "schema"]);
    command.arg("--config").arg(project.config()?).arg("--out").arg(project.folder.path().join("out"));
    command.current_dir(project.repo.path()).env_clear();
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("HOME", project.folder.path()).env("NO_COLOR", "1").stdin(Stdio::null());
    command.env("DATABASE_URL", project.server.url("postgres", &project.database));
    Ok(())
}

fn timed_command(project: &Project) -> Result<Command, Broken> {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", env!("CARGO_BIN_EXE_prod-gate")]);
    arguments(project, &mut command)?;
    Ok(command)
}

/// The peak of a command under `/usr/bin/time -f %M`, in KiB: the last line of what it says.
pub(crate) fn memory(command: &mut Command) -> Result<u64, Broken> {
    let said = succeed(command)?;
    let last = said.trim().lines().last().unwrap_or_default().trim();
    last.parse().map_err(|_| format!("/usr/bin/time said {last:?}").into())
}

/// A throwaway server alone: its start and its end.
async fn scratch(project: &Project<'_>) -> Result<(Duration, Duration), Broken> {
    let version: u32 = project.server.psql("postgres", "SHOW server_version_num").parse()?;
    let wanted = ScratchRequest {
        major: version / 10_000,
        production: ServerIdentity::default(),
        origins: vec![Origin::Binaries(None)],
    };
    let begun = Instant::now();
    let scratch = Scratch::start(&wanted).await.map_err(|cause| cause.detail)?;
    let start = begun.elapsed();
    let begun = Instant::now();
    scratch.close().await;
    Ok((start, begun.elapsed()))
}

/// The same statements by `psql`, each migration as one query.
fn psql(project: &Project, round: usize) -> Result<Duration, Broken> {
    let database = format!("by_psql_{round}");
    project.server.psql("postgres", &format!("CREATE DATABASE {database}"));
    let mut psql = Command::new("psql");
    psql.args(["-qX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", &database, "-h"]);
    psql.arg(project.server.socket()).args(["-p", &project.server.port.to_string()]);
    psql.stdin(Stdio::piped()).stdout(Stdio::null());
    let begun = Instant::now();
    let mut child = psql.spawn()?;
    let mut input = child.stdin.take().ok_or("psql takes no input")?;
    for sql in &project.statements {
        writeln!(input, "BEGIN;\n{sql}\nCOMMIT;")?;
    }
    drop(input);
    let status = child.wait()?;
    let took = begun.elapsed();
    project.server.psql("postgres", &format!("DROP DATABASE {database}"));
    if status.success() { Ok(took) } else { Err(format!("psql ended with {status}").into()) }
}

/// What a command that must succeed says.
pub(crate) fn succeed(command: &mut Command) -> Result<String, Broken> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(format!("{} ended with {}: {printed}{said}", command.get_program().display(), output.status).into())
}
