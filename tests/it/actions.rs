//! As a step of GitHub Actions: its files, its log, and a service that would like to speak to the runner.

use std::fs;
use std::path::Path;

use crate::support::gate::{Ended, Gate};
use crate::support::raw;
use crate::support::repo::Repo;
use crate::support::{sample, sample_with};

/// A step of a run that was started for a tag: its files are in a folder beside the repository.
struct Step {
    repo: Repo,
    files: tempfile::TempDir,
}

impl Step {
    /// In a repository with the tags `v1.0.0` and `v1.1.0`, the second one checked out.
    fn new() -> Self {
        let repo = Repo::new();
        repo.commit("app", "1", "feat: first");
        repo.annotated_tag("v1.0.0", "first");
        repo.commit("app", "2", "fix: second");
        repo.annotated_tag("v1.1.0", "second");
        let step = Self { repo, files: tempfile::TempDir::new().unwrap() };
        step.repo.git(&["remote", "add", "origin", &step.repo.path().to_string_lossy()]);
        step
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.files.path().join(name)
    }

    /// What a runner gives to `prod-gate run` with this configuration.
    fn gate(&self, config: &str) -> Gate {
        fs::write(self.repo.path().join("prod-gate.yml"), config).unwrap();
        Gate::new(["run", "--config", "prod-gate.yml"])
            .within(self.repo.path())
            // An input of the Action that was left empty.
            .env("PROD_GATE_OPERATOR", "")
            .env("PROD_GATE_OUT", "out")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REF_TYPE", "tag")
            .env("GITHUB_REF_NAME", "v1.1.0")
            .env("GITHUB_REF", "refs/tags/v1.1.0")
            .env("GITHUB_SHA", self.repo.revision("v1.1.0^{commit}"))
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_REPOSITORY", "nexus/app")
            .env("GITHUB_RUN_ID", "77")
            .env("GITHUB_RUN_ATTEMPT", "2")
            .env("GITHUB_ACTOR", "somebody")
            .env("GITHUB_TRIGGERING_ACTOR", "amel")
            .env("GITHUB_WORKSPACE", self.repo.path())
            .env("GITHUB_OUTPUT", self.file("output"))
            .env("GITHUB_STEP_SUMMARY", self.file("summary"))
    }

    /// Run it, to the end; the exit code is this one.
    fn run(&self, gate: Gate, code: i32) -> Ended {
        let mut ended = gate.wait().ended_with(code);
        ended.out = self.repo.path().join("out");
        ended
    }

    /// An output as the runner reads it.
    fn output(&self, name: &str) -> String {
        let text = fs::read_to_string(self.file("output")).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (own, delimiter) = line.split_once("<<").unwrap_or_else(|| panic!("not an output: {line}"));
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            if own == name {
                return value.join("\n");
            }
        }
        panic!("no output {name} in\n{text}")
    }
}

/// The commands that the runner finds in a log, with what stands before the last `::` and after it.
fn commands(log: &str) -> Vec<(String, String)> {
    let command = |line: &str| {
        let rest = line.trim_start().strip_prefix("::")?;
        let (head, data) = rest.split_once("::")?;
        Some((head.to_owned(), data.to_owned()))
    };
    log.lines().filter_map(command).collect()
}

/// Those of one level.
fn annotations(ended: &Ended, level: &str) -> Vec<(String, String)> {
    let all = commands(&ended.stdout);
    all.into_iter().filter(|(head, _)| head.split(' ').next() == Some(level)).collect()
}

#[test]
fn a_step_has_outputs_a_summary_and_the_runs_own_facts() {
    let step = Step::new();
    let service = sample_with(sample::Config {
        commit: step.repo.revision("v1.1.0^{commit}"),
        ..sample::Config::default()
    });
    let config = format!(
        "version: 1\nlanguage: en\nlimits: {{ rate: unlimited }}\n\
         commit: {{ expect_at: [{{ url: \"{0}/api/version\", json: $.commit }}] }}\n\
         smoke: {{ base_url: \"{0}\", pages: [/, {{ path: /nowhere, required: false }}] }}\n",
        service.url
    );
    fs::write(step.file("summary"), "# what an earlier step wrote\n").unwrap();
    let ended = step.run(step.gate(&config), 0);

    assert_eq!(step.output("verdict"), "WARNED");
    for (name, count) in [
        ("passed", "4"),
        ("failed", "0"),
        ("errored", "0"),
        ("skipped", "0"),
        ("waived", "0"),
        ("warnings", "1"),
    ] {
        assert_eq!(step.output(name), count, "{name}");
    }
    for (name, file) in [("junit", "junit.xml"), ("summary", "summary.md"), ("report", "report.json")] {
        let path = step.output(name);
        assert!(path.ends_with(file) && step.repo.path().join(&path).is_file(), "{path}");
    }
    assert_eq!(fs::read_to_string(step.repo.path().join(step.output("record"))).unwrap(), ended.record());

    let summary = fs::read_to_string(step.file("summary")).unwrap();
    let (earlier, own) = summary.split_once('\n').unwrap();
    assert_eq!((earlier, own.trim()), ("# what an earlier step wrote", ended.file("summary.md").trim()));

    let report = ended.report();
    assert_eq!(report["deployment"]["tag"], "v1.1.0");
    assert_eq!(report["run"]["operator"]["name"], "amel");
    let page = "https://github.com/nexus/app/actions/runs/77/attempts/2";
    assert_eq!(report["run"]["operator"]["run_url"], page);
    assert!(ended.record().contains(page));

    let log = commands(&ended.stdout);
    let groups: Vec<&str> =
        log.iter().map(|(head, _)| head.as_str()).filter(|head| head.contains("group")).collect();
    assert_eq!(groups, ["group", "endgroup"], "{}", ended.stdout);
    assert!(ended.stdout.contains("::group::5 checks\n"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_run_for_another_commit_than_the_tags_fails() {
    let step = Step::new();
    let service = sample();
    let config = format!("version: 1\nsmoke: {{ base_url: \"{}\", pages: [/] }}\n", service.url);
    let gate = step.gate(&config).env("GITHUB_SHA", step.repo.revision("v1.0.0^{commit}"));
    let ended = step.run(gate, 1);
    assert_eq!(ended.outcome("commit.tag"), "failed");
    assert_eq!(step.output("verdict"), "FAILED");
}

#[test]
fn what_fails_is_shown_at_its_line_ten_of_each_level() {
    let step = Step::new();
    let service = sample();
    let mut config =
        format!("version: 1\nlimits: {{ rate: unlimited }}\nsmoke:\n  base_url: {}\n  pages:\n", service.url);
    let kinds = [
        ("error", 13, ""),
        ("warning", 12, ", required: false"),
        ("notice", 11, ", waive: { reason: known, owner: amel, until: 2999-01-01 }"),
    ];
    for (level, count, more) in kinds {
        for nth in 0..count {
            config.extend([format!("    - {{ path: /{level}/{nth}{more} }}\n")]);
        }
    }
    let ended = step.run(step.gate(&config), 1);
    for (level, _, _) in kinds {
        let shown = annotations(&ended, level);
        assert_eq!(shown.len(), 10, "{level}: {shown:?}");
        let own = shown.iter().filter(|(head, _)| head.contains("title="));
        for (head, message) in own {
            let property = |name: &str| {
                head.split([' ', ','])
                    .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
                    .unwrap_or_default()
                    .to_owned()
            };
            let line: usize = property("line").parse().unwrap();
            let path = property("title").strip_prefix("smoke.pages.").unwrap_or_default().to_owned();
            assert_eq!(property("file"), "prod-gate.yml");
            assert!(config.lines().nth(line - 1).unwrap().contains(&format!("path: {path}")), "{head}");
            assert!(message.contains("status: 404, expected 200"), "{message}");
        }
    }
    // The rest is counted, and in the log.
    let (_, count) = annotations(&ended, "notice").pop().unwrap();
    assert_eq!(count, "3 more errors, 2 more warnings, 2 more notices: see the log and the record");
    for nth in 0..13 {
        assert!(ended.stdout.contains(&format!("smoke.pages./error/{nth} ")), "{nth}");
    }
}

#[test]
fn every_secret_is_masked_before_anything_else() {
    let step = Step::new();
    let service = sample();
    let config = format!(
        "version: 1\nsmoke: {{ base_url: \"{}\", pages: [/], headers: {{ x-a: \"${{secret:ONE}}\", x-b: \"${{secret:TWO}}\" }}, \
         sessions: {{ eleve: {{ nextauth: {{ email: \"${{secret:MAIL}}\", password: \"${{secret:LINES}}\" }} }} }} }}\n",
        service.url
    );
    let gate = step
        .gate(&config)
        .env("ONE", "50% of a secret")
        .env("TWO", "::another:: one")
        .env("MAIL", "eleve@nexus.test")
        .env("LINES", "first line\nsecond line");
    let ended = step.run(gate, 1);
    let masked = [
        "50%25 of a secret",
        "::another:: one",
        "eleve@nexus.test",
        "first line%0Asecond line",
        "first line",
        "second line",
    ];
    let log: Vec<&str> = ended.stdout.lines().collect();
    let mut first: Vec<&str> = log[..masked.len()]
        .iter()
        .map(|line| line.strip_prefix("::add-mask::").unwrap_or_else(|| panic!("{log:#?}")))
        .collect();
    first.sort_unstable();
    let mut masked = masked.to_vec();
    masked.sort_unstable();
    assert_eq!(first, masked);
    let rest = log[first.len()..].join("\n");
    for secret in ["50% of", "another:: one", "eleve@nexus", "first line", "second line"] {
        assert!(!rest.contains(secret), "{secret} in\n{rest}");
    }
}

/// Text that would like to be a command, in every place that an answer can put it.
#[test]
fn what_a_service_says_is_never_a_command() {
    const HOSTILE: &str = "::error file=x::owned";
    let url = raw::serve(|asked| {
        let lines = format!(
            "{HOSTILE}\n  {HOSTILE}\r::set-output name=verdict::PASSED\n\u{1b}[0m::stop-commands::x\n##[error]owned\n a##[group]b\n"
        );
        match asked.target.as_str() {
            "/json" => raw::answer(
                "200 OK",
                &[("content-type", "application/json")],
                &serde_json::json!({ "x": lines, "y": HOSTILE, "role": lines }).to_string(),
            ),
            "/headers" => raw::answer(
                "200 OK",
                &[("x-echo", HOSTILE), ("location", HOSTILE), ("content-type", "##[error]x")],
                "",
            ),
            "/status" => vec![format!("HTTP/1.1 200 {HOSTILE}\r\n\r\n{lines}").into_bytes()],
            "/broken" => vec![format!("{HOSTILE}\r\n\r\n").into_bytes()],
            "/busy" => raw::answer("429 Slow", &[("retry-after", "::error::99999")], &lines),
            _ => raw::answer(&format!("404 {HOSTILE}"), &[("x-echo", HOSTILE)], &lines),
        }
    });
    let step = Step::new();
    step.repo.git(&[
        "tag",
        "--annotate",
        "--force",
        "v1.1.0",
        "--message",
        "::error::from a tag\n##[error]x",
    ]);
    let config = format!(
        "version: 1
limits: {{ rate: unlimited, retries: 0, check: 3s }}
commit: {{ expect_at: [{{ url: \"{url}/headers\", header: x-echo }}, {{ url: \"{url}/json\", json: $.x, name: \"::error::name\" }}] }}
smoke:
  base_url: {url}
  pages:
    - {{ path: /json, json: {{ $.x: {{ contains: nope }}, $.y: other }}, show: [body] }}
    - {{ path: /headers, headers: {{ x-echo: other, content-type: text/html }}, redirect: /elsewhere, show: [\"header:x-echo\"] }}
    - {{ path: /status, contains: nope, show: [body] }}
    - {{ path: /broken }}
    - {{ path: /busy }}
    - {{ path: \"/::error::path\", name: \"##[error]name\", show: [body] }}
  sessions:
    r: {{ bearer: \"${{secret:TOKEN}}\", whoami: /json, expect: {{ $.role: ADMIN }} }}
"
    );
    let ended = step.run(step.gate(&config).args(["-vv"]).env("TOKEN", "some token"), 1);
    let known = ["add-mask", "group", "endgroup", "error", "warning", "notice"];
    for (stream, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        // The runner also takes a carriage return for the end of a line.
        for line in text.split(['\n', '\r']) {
            let line = line.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
            let Some(rest) = line.strip_prefix("::") else {
                // The older form is looked for anywhere, but not in what is a command already.
                assert!(!line.contains("##["), "{stream}: {line}");
                continue;
            };
            let name = rest.split([' ', ':']).next().unwrap_or_default();
            let own = known.contains(&name)
                && (!matches!(name, "error" | "warning" | "notice") || rest.contains(" title="));
            assert!(stream == "stdout" && own, "{stream}: {line}");
        }
    }
    assert!(ended.stdout.contains("owned"), "{}", ended.stdout);
    assert_eq!(step.output("verdict"), "FAILED");
}

#[test]
fn a_summary_stays_under_the_runners_limit() {
    const MOST: usize = 1_048_576;
    let step = Step::new();
    let service = sample();
    let pages: Vec<String> = (0..300).map(|nth| format!("    - /{}/{nth}\n", "long".repeat(40))).collect();
    let pages = pages.concat();
    let config = format!(
        "version: 1\nlimits: {{ rate: unlimited, in_flight: 50 }}\nsmoke:\n  base_url: {}\n  pages:\n{pages}",
        service.url
    );
    fs::write(step.file("summary"), "x".repeat(MOST - 3000)).unwrap();
    let ended = step.run(step.gate(&config), 1);
    let length = |path: &Path| usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
    let after = length(&step.file("summary"));
    assert!((MOST - 3000..=MOST).contains(&after), "{after}");
    // The file among the results is whole.
    assert!(ended.file("summary.md").contains("FAILED"));
}
