//! Runs the gate and its peers as whole processes, in turn, and keeps what each took.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Broken;
use crate::pages::server::{Service, path};
use crate::pages::{IN_FLIGHT, PAGES};

/// Files that hurl reads; it works on as many at once as it has jobs, and reuses the connection
/// within a file, so this is the best case for it.
const HURL_FILES: usize = IN_FLIGHT;

/// The programs that are measured.
pub(crate) struct Tools {
    /// The release build.
    pub(crate) gate: PathBuf,
    /// curl's version.
    pub(crate) curl: String,
    /// hurl and its version, or why it is missing.
    pub(crate) hurl: Result<(PathBuf, String), String>,
}

/// What one program took, run by run.
pub(crate) struct Figures {
    /// The program.
    pub(crate) name: &'static str,
    /// From its start to its end.
    pub(crate) times: Vec<Duration>,
    /// Its peak resident memory, in KiB; empty where it was not asked.
    pub(crate) peaks: Vec<u64>,
}

impl Figures {
    fn of(name: &'static str) -> Self {
        Self { name, times: Vec::new(), peaks: Vec::new() }
    }

    /// The middle time, in milliseconds.
    pub(crate) fn median_ms(&self) -> f64 {
        median(self.times.iter().map(|time| time.as_secs_f64() * 1000.0).collect())
    }

    /// The quickest and the slowest, in milliseconds.
    pub(crate) fn range_ms(&self) -> (f64, f64) {
        let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
        (ms(self.times.iter().min()), ms(self.times.iter().max()))
    }

    /// The middle peak, in MiB.
    pub(crate) fn median_mib(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "KiB of memory are far below 2^52")]
        let peaks = self.peaks.iter().map(|kib| *kib as f64 / 1024.0).collect::<Vec<_>>();
        (!peaks.is_empty()).then(|| median(peaks))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

impl Tools {
    /// The gate as cargo built it, curl from the path, hurl from `BENCH_HURL`.
    pub(crate) fn find() -> Result<Self, Broken> {
        let hurl = match (std::env::var("BENCH_HURL"), std::env::var("BENCH_NO_HURL")) {
            (Ok(path), _) if !path.is_empty() => version(Path::new(&path)).map(|said| (path.into(), said)),
            (_, Ok(why)) if !why.is_empty() => Err(why),
            _ => Err("BENCH_HURL does not name it".to_owned()),
        };
        Ok(Self { gate: env!("CARGO_BIN_EXE_prod-gate").into(), curl: version(Path::new("curl"))?, hurl })
    }
}

fn version(program: &Path) -> Result<String, String> {
    let broken = |error| format!("{} --version: {error}", program.display());
    let output = Command::new(program).arg("--version").output().map_err(broken)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(name), Some(number)) => Ok(format!("{name} {number}")),
        _ => Err(format!("{} --version says nothing", program.display())),
    }
}

/// From nothing to the version printed; beside it, what starting any program takes here.
pub(crate) fn start(tools: &Tools, rounds: usize) -> Result<Vec<Figures>, Broken> {
    let mut all = [Figures::of("prod-gate --version"), Figures::of("curl --version"), Figures::of("true")];
    for _ in 0..rounds {
        let programs = [(tools.gate.as_path(), true), (Path::new("curl"), true), (Path::new("true"), false)];
        for (figures, (program, version)) in all.iter_mut().zip(programs) {
            let mut command = Command::new(program);
            command.args(version.then_some("--version"));
            figures.times.push(timed(&mut command)?);
        }
    }
    Ok(all.into())
}

/// A program and its arguments, for the folder that it may write its results into.
type Start = dyn Fn(&Path) -> (PathBuf, Vec<String>);

/// One program that asks for every page, and how it is started.
struct Peer {
    figures: Figures,
    command: Box<Start>,
    after: fn(&Path) -> Result<(), Broken>,
}

/// All pages from a service of this latency in milliseconds, each program in turn.
pub(crate) fn pages(tools: &Tools, latency: u64, rounds: usize) -> Result<Vec<Figures>, Broken> {
    let service = Service::start(latency)?;
    let folder = TempDir::new()?;
    let mut peers = peers(tools, &service.url, folder.path())?;
    // The first round warms caches and does not count.
    for round in 0..=rounds {
        for peer in &mut peers {
            let out = folder.path().join("out");
            let _ = fs::remove_dir_all(&out);
            let (program, arguments) = (peer.command)(&out);
            let took = timed(Command::new(&program).args(&arguments).current_dir(folder.path()))?;
            (peer.after)(&out)?;
            let _ = fs::remove_dir_all(&out);
            let peak = peak(&program, &arguments, folder.path())?;
            if round > 0 {
                peer.figures.times.push(took);
                peer.figures.peaks.push(peak);
            }
        }
    }
    Ok(peers.into_iter().map(|peer| peer.figures).collect())
}

fn peers(tools: &Tools, url: &str, folder: &Path) -> Result<Vec<Peer>, Broken> {
    let config = folder.join("prod-gate.yml");
    fs::write(&config, gate_config(url))?;
    let gate = tools.gate.clone();
    let gate_command = move |out: &Path| {
        let words = ["run", "--config", &config.to_string_lossy(), "--out", &out.to_string_lossy()];
        (gate.clone(), words.map(str::to_owned).into())
    };
    let list = folder.join("curl.txt");
    fs::write(&list, curl_config(url))?;
    let curl_command = move |_: &Path| {
        let words =
            ["--silent", "--fail", "--parallel", "--parallel-max", &IN_FLIGHT.to_string(), "--config"];
        let words = words.into_iter().map(str::to_owned).chain([list.to_string_lossy().into_owned()]);
        (PathBuf::from("curl"), words.collect())
    };
    let mut peers = vec![
        Peer { figures: Figures::of("prod-gate"), command: Box::new(gate_command), after: all_passed },
        Peer { figures: Figures::of("curl"), command: Box::new(curl_command), after: |_| Ok(()) },
    ];
    if let Ok((hurl, _)) = &tools.hurl {
        let hurl = hurl.clone();
        let mut words: Vec<String> =
            ["--test", "--no-color", "--jobs", &IN_FLIGHT.to_string()].map(str::to_owned).into();
        words.extend(hurl_files(url, folder)?);
        let command = move |_: &Path| (hurl.clone(), words.clone());
        peers.push(Peer { figures: Figures::of("hurl"), command: Box::new(command), after: |_| Ok(()) });
    }
    Ok(peers)
}

fn gate_config(url: &str) -> String {
    let mut text = format!(
        "version: 1\ntitle: Bench\nlimits: {{ in_flight: {IN_FLIGHT}, rate: unlimited }}\nsmoke:\n  base_url: {url}\n  pages:\n"
    );
    for index in 0..PAGES {
        let _ = writeln!(text, "    - {}", path(index));
    }
    text
}

fn curl_config(url: &str) -> String {
    (0..PAGES).fold(String::new(), |mut text, index| {
        let _ = writeln!(text, "url = \"{url}{}\"\noutput = \"/dev/null\"", path(index));
        text
    })
}

fn hurl_files(url: &str, folder: &Path) -> Result<Vec<String>, Broken> {
    let each = PAGES / HURL_FILES;
    (0..HURL_FILES)
        .map(|file| {
            let name = folder.join(format!("pages-{file:02}.hurl"));
            let entries = (file * each..(file + 1) * each).fold(String::new(), |mut text, index| {
                let _ = writeln!(text, "GET {url}{}\nHTTP 200\n", path(index));
                text
            });
            fs::write(&name, entries)?;
            Ok(name.to_string_lossy().into_owned())
        })
        .collect()
}

/// The gate did its work: all checks passed and its four files are there.
fn all_passed(out: &Path) -> Result<(), Broken> {
    let report: serde_json::Value = serde_json::from_slice(&fs::read(out.join("report.json"))?)?;
    let passed = &report["counts"]["passed"];
    let files = fs::read_dir(out)?.count();
    if passed.as_u64() == Some(PAGES as u64) && files == 4 {
        return Ok(());
    }
    Err(format!("the gate passed {passed} of {PAGES} pages and wrote {files} files").into())
}

fn timed(command: &mut Command) -> Result<Duration, Broken> {
    let errors = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.try_clone()?);
    let begun = Instant::now();
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let took = begun.elapsed();
    succeeded(command, status, errors)?;
    Ok(took)
}

/// Its peak resident memory in KiB, by GNU time.
fn peak(program: &Path, arguments: &[String], folder: &Path) -> Result<u64, Broken> {
    let file = folder.join("peak.txt");
    let errors = tempfile::tempfile()?;
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", "-o"]).arg(&file).arg(program).args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.try_clone()?);
    let status = command.status().map_err(|error| format!("/usr/bin/time: {error}"))?;
    succeeded(&command, status, errors)?;
    Ok(fs::read_to_string(&file)?.trim().parse()?)
}

fn succeeded(
    command: &Command,
    status: std::process::ExitStatus,
    mut errors: fs::File,
) -> Result<(), Broken> {
    use std::io::{Read as _, Seek as _};
    if status.success() {
        return Ok(());
    }
    let mut said = String::new();
    errors.rewind()?;
    errors.read_to_string(&mut said)?;
    Err(format!("{} ended with {status}: {said}", command.get_program().display()).into())
}
