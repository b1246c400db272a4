//! Bad input: one clear message with a hint, the documented exit code, production untouched, nothing lost.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::gate::{Ended, Gate};
use crate::support::sample;
use crate::support::sample::Running;

/// `prod-gate run` on a file with these bytes.
fn run_bytes(bytes: &[u8]) -> Gate {
    let gate = Gate::new(["run", "--config", "prod-gate.yml", "--out", "out"]);
    fs::write(gate.folder().join("prod-gate.yml"), bytes).unwrap();
    gate
}

/// A file that is good but for `more`, about this service.
fn file(service: &Running, more: &str) -> String {
    format!("version: 1\nsmoke:\n  base_url: {}\n  pages: [/]\n{more}", service.url)
}

/// Refused before production was asked anything, and before anything was written.
fn refused(service: &Running, gate: Gate) -> Ended {
    let ended = gate.wait().ended_with(2);
    assert_eq!(ended.stdout, "", "a refusal belongs on standard error");
    assert!(ended.stderr.contains("hint:") || ended.stderr.contains("help:"), "no hint: {}", ended.stderr);
    assert_eq!(service.log.all().len(), 0, "production was asked");
    assert_eq!(ended.files(), [] as [&str; 0]);
    ended
}

/// What may differ from run to run, taken out.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"/\S*/\.tmp\w+", "TEMP");
    settings.add_filter(r"TEMP/prod-gate-\w+", "TEMP/prod-gate-RANDOM");
    settings.add_filter(r"\d+(\.\d+)? (ms|s)\b", "TIME");
    settings.add_filter(r"PROD_DEPLOY_\d{4}-\d\d-\d\d_", "PROD_DEPLOY_DATE_");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn files_that_cannot_be_a_configuration() {
    let service = sample();
    let bomb = "version: 1\ntitle: &a [x, x]\nsmoke: &b [*a, *a]\ncommit: [*b, *b]\n";
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty", Vec::new(), "prod-gate.yml"),
        ("only a comment", b"# nothing yet\n".to_vec(), "prod-gate.yml"),
        ("bad YAML", b"version: 1\nsmoke: { pages: [/\n".to_vec(), "prod-gate.yml:3:1"),
        ("a tab", b"version: 1\nsmoke:\n\tpages: [/]\n".to_vec(), "prod-gate.yml:3:2"),
        ("10 MB", file(&service, &"# more\n".repeat(1_500_000)).into_bytes(), "prod-gate.yml"),
        ("an alias bomb", bomb.into(), "prod-gate.yml:3:12"),
        ("a later version", b"version: 2\nsmoke: { pages: [/] }\n".to_vec(), "prod-gate.yml:1:10"),
        ("not UTF-8", b"version: 1\ntitle: Caf\xE9\n".to_vec(), "line 2"),
        (
            "two documents",
            format!("{}---\n{}", file(&service, ""), file(&service, "")).into(),
            "prod-gate.yml:5:1",
        ),
    ];
    let mut said = String::new();
    for (name, bytes, place) in cases {
        let ended = refused(&service, run_bytes(&bytes));
        assert!(ended.stderr.contains(place), "{name}: no {place} in {}", ended.stderr);
        assert!(ended.stderr.len() < 4000, "{name}: {} bytes of message", ended.stderr.len());
        let _ = writeln!(said, "## {name}\n\n{}", ended.stderr);
    }
    snapshot("files_that_cannot_be_a_configuration", &said);
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let service = sample();
    let yaml = file(
        &service,
        "  pagse: [/]
  workflow: []
  sessions:
    admin: { nextauth: { email: \"${secret:NOT_THERE}\", password: \"${secret:SHORT}\" } }
  access: []
  workflows:
    - name: w
      steps:
        - { get: /a }
title: ${env:NOT_THERE_EITHER}
title: again
limits: { check: 5 }
",
    );
    let ended = refused(&service, run_bytes(yaml.as_bytes()).env("SHORT", "abc"));
    for place in [":5:3", ":6:3", ":8:33", ":8:66", ":9:3", ":14:8", ":15:1", ":16:18"] {
        assert!(ended.stderr.contains(&format!("prod-gate.yml{place}")), "no {place} in {}", ended.stderr);
    }
    snapshot("every_problem_of_a_file_is_told_at_once", &ended.stderr);
}

/// What needs several keys is judged only when each key is good.
#[test]
fn keys_that_do_not_fit_together() {
    let service = sample();
    let yaml = file(
        &service,
        "  access:
    - { get: /api/admin/directeur/stats, anonymous: denied, admni: 200 }
  sessions:
    admin: { bearer: \"${secret:TOKEN}\", whoami: /api/me }
  workflows:
    - name: w
      as: nobody
      steps:
        - { get: \"/a/{{ id }}\", expect: { json: { '$[': 1 } } }
limits: { in_flight: 0 }
",
    );
    let ended = refused(&service, run_bytes(yaml.as_bytes()).env("TOKEN", "long-enough-to-mask"));
    snapshot("keys_that_do_not_fit_together", &ended.stderr);
}

#[test]
fn a_command_line_that_cannot_be_meant() {
    let service = sample();
    let url = service.url.as_str();
    let good = file(&service, "");
    let flags = |more: &[&str]| Gate::new(["run", "--out", "out", "--base-url", url]).args(more);
    let cases: [(&str, Gate); 11] = [
        ("no file and no flags", Gate::new(["run", "--out", "out"])),
        ("a file that is not there", Gate::new(["run", "--out", "out", "--config", "other.yml"])),
        ("a page without an address", Gate::new(["run", "--out", "out", "--page", "/"])),
        ("an address without a page", flags(&[])),
        ("a page that is no path", flags(&["--page", "login"])),
        ("an address that is none", Gate::new(["run", "--out", "out", "--base-url", "nexus", "--page", "/"])),
        ("a page beside a file", run_bytes(good.as_bytes()).args(["--page", "/"])),
        ("a filter that matches nothing", flags(&["--page", "/", "--only", "smoke.page./"])),
        ("a skip that matches nothing", flags(&["--page", "/", "--skip", "backup"])),
        ("a skip that leaves nothing", flags(&["--page", "/", "--skip", "smoke"])),
        ("notes that are not there", flags(&["--page", "/", "--notes", "notes.md"])),
    ];
    let mut said = String::new();
    for (name, gate) in cases {
        let _ = writeln!(said, "## {name}\n\n{}", refused(&service, gate).stderr);
    }
    snapshot("a_command_line_that_cannot_be_meant", &said);
}

/// Values that GitHub passes for inputs that are not set.
#[test]
fn empty_variables_are_as_good_as_none() {
    let service = sample();
    let mut gate = Gate::new(["run", "--out", "out", "--base-url", &service.url, "--page", "/"]);
    for name in ["CONFIG", "TAG", "COMMIT", "ONLY", "SKIP", "PREVIOUS", "NOTES", "OPERATOR", "OUT"] {
        gate = gate.env(&format!("PROD_GATE_{name}"), "");
    }
    assert_eq!(gate.wait().ended_with(0).verdict(), "PASSED");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_before_production_is_asked() {
    let service = sample();
    let read_only = ReadOnly::new();
    let run = |out: &str| Gate::new(["run", "--base-url", &service.url, "--page", "/", "--out", out]);
    let taken = run("taken");
    fs::write(taken.folder().join("taken"), "a file").unwrap();
    snapshot("a_folder_that_cannot_be_written_to", &refused(&service, taken).stderr);
    let ended = refused(&service, run(read_only.0.to_str().unwrap()));
    // What exactly is wrong depends on how the folder was made; where it is does not.
    assert!(ended.stderr.contains(read_only.0.to_str().unwrap()), "{}", ended.stderr);
}

/// The four files, wherever they are, by what the console says.
fn told_files(ended: &Ended) -> Vec<PathBuf> {
    let lines = ended.stdout.lines().filter_map(|line| line.split_once("  "));
    let files = lines.filter(|(what, _)| ["record", "junit", "summary", "report"].contains(&what.trim()));
    files.map(|(_, path)| PathBuf::from(path.trim())).collect()
}

/// A full disk: what does not fit is saved elsewhere, and the message says where. Only root may mount the
/// small disk that this takes; for others the limit on file size below stands for it.
#[test]
fn a_full_disk_loses_no_evidence() {
    let Some(disk) = Disk::mount("size=8k") else { return };
    let service = sample();
    let rescue = tempfile::tempdir().unwrap();
    let run = |page: &str| {
        Gate::new(["run", "--base-url", &service.url, "--page", page, "--out"])
            .args([disk.path()])
            .env("TMPDIR", rescue.path())
            .wait()
    };
    let ended = run("/").ended_with(4);
    let files = told_files(&ended);
    assert_eq!(files.len(), 4, "{}", ended.stdout);
    for file in &files {
        assert!(fs::read_to_string(file).unwrap().len() > 200, "{} is not whole", file.display());
    }
    let saved: Vec<_> = files.iter().filter(|file| file.starts_with(rescue.path())).collect();
    assert!(!saved.is_empty(), "{files:?}");
    assert!(ended.stderr.contains(saved[0].parent().unwrap().to_str().unwrap()), "{}", ended.stderr);
    assert!(ended.stdout.contains("PASSED"), "{}", ended.stdout);
    let names = fs::read_dir(disk.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with('.')), "a half file is left");

    // A failure is more important than where its files are.
    run("/nowhere").ended_with(1);
}

/// A limit on the size of files holds everywhere, so what is too large for it cannot be saved at all: then
/// the message says so, and what fits is there.
#[test]
fn a_limit_on_file_size_is_told_and_does_not_kill_the_run() {
    let service = sample();
    let gate = Gate::new(["run", "--base-url", &service.url, "--page", "/", "--out", "out"]);
    let rescue = gate.folder().join("rescue");
    fs::create_dir(&rescue).unwrap();
    // In units of 1 KiB: enough for junit.xml, too little for the record.
    let ended = gate.env("TMPDIR", &rescue).by("bash", ["-c", "ulimit -f 2; exec \"$@\"", "bash"]).wait();
    let ended = ended.ended_with(4);
    assert!(ended.stderr.contains("could not be saved anywhere"), "{}", ended.stderr);
    assert!(ended.file("junit.xml").ends_with("</testsuites>\n"), "{}", ended.file("junit.xml"));
    assert!(ended.stdout.contains("PASSED"), "{}", ended.stdout);
}

/// A small disk in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is left mounted keeps the folder from going; there is nobody to tell.
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

/// A folder that even root cannot write to, if there is a way to have one.
struct ReadOnly(PathBuf, #[expect(dead_code, reason = "kept while the folder is used")] Option<Disk>);

impl ReadOnly {
    fn new() -> Self {
        match Disk::mount("ro,size=4k") {
            Some(disk) => Self(disk.path().to_owned(), Some(disk)),
            // Not root, or not allowed to mount: nobody may make a folder here.
            None => Self(PathBuf::from("/proc/prod-gate"), None),
        }
    }
}
