//! Runs the built binary as a user would, in a clean environment.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

/// A run of the binary to be prepared.
pub(crate) struct Gate {
    command: assert_cmd::Command,
    folder: TempDir,
}

/// A run that has ended.
pub(crate) struct Ended {
    /// The exit code; 128 + N where signal N ended it.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it said.
    pub(crate) stderr: String,
    /// The folder that it wrote into.
    pub(crate) out: PathBuf,
    /// Keeps that folder.
    _folder: TempDir,
}

impl Gate {
    /// The binary with these arguments, in an empty folder, with nothing in its environment but `PATH`,
    /// a home and `NO_COLOR`.
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("prod-gate"));
        command
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", folder.path())
            .env("NO_COLOR", "1");
        Self { command, folder }
    }

    /// `prod-gate run` with this configuration, and its results in a folder of its own.
    pub(crate) fn run(config: &str) -> Self {
        let mut gate = Self::new(["run", "--config", "prod-gate.yml", "--out", "out"]);
        fs::write(gate.folder.path().join("prod-gate.yml"), config).unwrap();
        gate.command.env("PROD_GATE_OPERATOR", "Amel Ops");
        gate
    }

    /// With more arguments.
    #[must_use]
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// In another folder, for example a git repository. Then `out` is there too.
    #[must_use]
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The folder that it starts in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Start it and wait; a run of more than a minute is killed and panics.
    pub(crate) fn wait(mut self) -> Ended {
        let output = self.command.timeout(std::time::Duration::from_secs(60)).output().unwrap();
        let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}", output.status));
        Ended {
            code,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            out: self.folder.path().join("out"),
            _folder: self.folder,
        }
    }
}

impl Ended {
    /// `report.json`.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.file("report.json")).unwrap()
    }

    /// The record's text.
    pub(crate) fn record(&self) -> String {
        let names = self.files();
        let mut records = names.iter().filter(|name| name.starts_with("PROD_DEPLOY_"));
        let name = records.next().unwrap_or_else(|| panic!("no record among {names:?}\n{}", self.stderr));
        assert_eq!(records.next(), None, "more than one record");
        self.file(name)
    }

    /// A file among the results.
    pub(crate) fn file(&self, name: &str) -> String {
        let path = self.out.join(name);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", path.display(), self.stderr))
    }

    /// The names of the results, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.out).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The outcome of one check, or all ids when there is none of this id.
    pub(crate) fn outcome(&self, id: &str) -> String {
        let report = self.report();
        let checks = report["checks"].as_array().cloned().unwrap_or_default();
        let found = checks.iter().find(|check| check["id"] == id);
        let ids = || checks.iter().map(|check| check["id"].to_string()).collect::<Vec<_>>().join(" ");
        found.map_or_else(|| panic!("no check {id} among {}", ids()), |check| word(&check["outcome"]))
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
