//! Runs the built binary as a user would, in a clean environment.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// A run of the binary to be prepared.
pub(crate) struct Gate {
    command: Command,
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

/// A run that goes on.
pub(crate) struct Going {
    child: Child,
    folder: TempDir,
}

impl Gate {
    /// The binary with these arguments, in an empty folder, with nothing in its environment but `PATH`,
    /// a home and `NO_COLOR`.
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("prod-gate"));
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
        let mut gate = Self::new(["run", "--operator", "Amel Ops"]).config(config);
        // A whole path, so that it can start in another folder.
        gate.command.arg("--out").arg(gate.folder.path().join("out"));
        gate
    }

    /// `prod-gate plan` with this configuration.
    pub(crate) fn plan(config: &str) -> Self {
        Self::new(["plan"]).config(config)
    }

    fn config(mut self, config: &str) -> Self {
        let file = self.folder.path().join("prod-gate.yml");
        fs::write(&file, config).unwrap();
        self.command.arg("--config").arg(file);
        self
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

    /// In another folder, for example a git repository.
    #[must_use]
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The folder that it starts in, unless told otherwise.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// By another program, with the binary's path and its arguments behind these: a shell that sets limits,
    /// for example.
    #[must_use]
    pub(crate) fn by<A: AsRef<OsStr>>(
        mut self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut other = Command::new(program);
        other.args(arguments).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        for (name, value) in self.command.get_envs() {
            other.envs(value.map(|value| (name, value)));
        }
        other.current_dir(self.command.get_current_dir().unwrap());
        self.command = other;
        self
    }

    /// Start it and wait; a run of more than a minute is killed and panics.
    pub(crate) fn wait(self) -> Ended {
        let mut command = assert_cmd::Command::from_std(self.command);
        Ended::new(command.timeout(Duration::from_secs(60)).output().unwrap(), self.folder)
    }

    /// Start it and go on.
    pub(crate) fn start(mut self) -> Going {
        let child = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Going { child: child.spawn().unwrap(), folder: self.folder }
    }
}

impl Going {
    /// Send it a signal, `INT` or `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap();
        assert!(sent.success(), "the run was over before {signal}");
    }

    /// End it as `kill -9` does: it has no time for anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Wait until it ends.
    pub(crate) fn wait(self) -> Ended {
        Ended::new(self.child.wait_with_output().unwrap(), self.folder)
    }
}

impl Ended {
    fn new(output: Output, folder: TempDir) -> Self {
        let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}", output.status));
        Self {
            code,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            out: folder.path().join("out"),
            _folder: folder,
        }
    }

    /// Panics with everything it said unless it ended with this code, and without a defect.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        for word in ["panicked", "defect"] {
            assert!(!self.stderr.contains(word) && !self.stdout.contains(word), "{}", self.stderr);
        }
        self
    }

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

    /// A check of the report; panics with all ids when there is none of this id.
    #[track_caller]
    pub(crate) fn check(&self, id: &str) -> Value {
        let report = self.report();
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["meta"]["id"] == id).cloned();
        found.unwrap_or_else(|| panic!("no check {id} among {:?}", self.ids()))
    }

    /// The outcome of one check.
    #[track_caller]
    pub(crate) fn outcome(&self, id: &str) -> String {
        word(&self.check(id)["outcome"])
    }

    /// Why one check is errored: the cause's code and detail.
    #[track_caller]
    pub(crate) fn cause(&self, id: &str) -> (String, String) {
        let check = self.check(id);
        assert_eq!(check["outcome"], "errored", "{check:#}");
        (word(&check["trouble"]["code"]), word(&check["trouble"]["detail"]))
    }

    /// The actual value of what a check judged first about this subject.
    #[track_caller]
    pub(crate) fn actual(&self, id: &str, subject: &str) -> String {
        self.part(id, "judged", |judged| judged["subject"]["what"] == subject, "actual")
    }

    /// A fact that a check reports.
    #[track_caller]
    pub(crate) fn fact(&self, id: &str, name: &str) -> String {
        self.part(id, "facts", |fact| fact["name"] == name, "value")
    }

    #[track_caller]
    fn part(&self, id: &str, list: &str, wanted: impl Fn(&Value) -> bool, field: &str) -> String {
        let check = self.check(id);
        let found = check["evidence"][list].as_array().unwrap().iter().find(|part| wanted(part));
        word(&found.unwrap_or_else(|| panic!("not among {list} of {check:#}"))[field])
    }

    /// The ids of all checks, in the report's order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.report()["checks"].as_array().unwrap().iter().map(|check| word(&check["meta"]["id"])).collect()
    }

    /// The verdict's word.
    pub(crate) fn verdict(&self) -> String {
        word(&self.report()["verdict"])
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
