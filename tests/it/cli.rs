//! The binary from outside: its commands, its files and its exit codes.

use crate::support::gate::{Ended, Gate};
use crate::support::repo::Repo;
use crate::support::sample::{Config, Fault};
use crate::support::tls::{Authority, Certificate};
use crate::support::{sample, sample_with};

/// A configuration with these pages.
fn pages(url: &str, pages: &str) -> String {
    format!(
        "version: 1\nlanguage: en\nlimits: {{ rate: unlimited, retries: 0 }}\n\
         smoke: {{ base_url: \"{url}\", pages: [{pages}] }}\n"
    )
}

fn verdict(ended: &Ended) -> (i32, String) {
    (ended.code, ended.report()["verdict"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn version_help_and_schema_are_printed() {
    let version = Gate::new(["--version"]).wait();
    let expected = concat!("prod-gate ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((version.code, version.stdout.as_str()), (0, expected));
    let help = Gate::new(["run", "--help"]).wait();
    for flag in [
        "--config",
        "--tag",
        "--previous",
        "--base-url",
        "--page",
        "--only",
        "--skip",
        "--out",
        "--notes",
        "--publish",
        "--repository",
    ] {
        assert!(help.stdout.contains(flag), "{flag} is not in --help");
    }
    insta::assert_snapshot!("help_publish", Gate::new(["publish", "--help"]).wait().stdout);
    let schema: serde_json::Value = serde_json::from_str(&Gate::new(["schema"]).wait().stdout).unwrap();
    assert!(schema["properties"]["smoke"].is_object());
}

#[test]
fn flags_alone_are_enough() {
    let sample = sample();
    let gate = Gate::new([
        "run",
        "--out",
        "out",
        "--page",
        "/",
        "--page",
        "/bilan-gratuit",
        "--base-url",
        &sample.url,
    ]);
    let ended = gate.wait();
    assert_eq!(verdict(&ended), (0, "PASSED".to_owned()), "{}", ended.stderr);
    assert_eq!(ended.outcome("smoke.pages./bilan-gratuit"), "passed");
    assert_eq!(ended.files().len(), 4, "{:?}", ended.files());
    assert!(ended.record().contains("/bilan-gratuit"));
}

#[test]
fn without_a_file_and_without_flags_it_says_what_to_do() {
    let ended = Gate::new(["run"]).wait();
    assert_eq!(ended.code, 2);
    for word in [".github/prod-gate.yml", "--base-url"] {
        assert!(ended.stderr.contains(word), "{word} is not in: {}", ended.stderr);
    }
}

#[test]
fn a_broken_page_fails_and_leaving_it_out_is_partial() {
    let sample = sample();
    sample.faults.at("/bilan-gratuit", Fault::Status(500));
    let config = pages(&sample.url, "/, /bilan-gratuit");
    let failed = Gate::run(&config).wait();
    assert_eq!(verdict(&failed), (1, "FAILED".to_owned()), "{}", failed.stderr);
    assert_eq!(failed.outcome("smoke.pages./"), "passed");
    assert_eq!(failed.outcome("smoke.pages./bilan-gratuit"), "failed");
    let partial = Gate::run(&config).args(["--skip", "smoke.pages./bilan-gratuit"]).wait();
    assert_eq!(verdict(&partial), (0, "PARTIAL".to_owned()), "{}", partial.stderr);
}

#[test]
fn the_release_is_the_commit_that_an_annotated_tag_names() {
    let repo = Repo::new();
    repo.commit("app", "1", "feat: one");
    repo.annotated_tag("v1.0.0", "one");
    let commit = repo.commit("app", "2", "feat: two");
    repo.annotated_tag("v1.1.0", "two");
    let sample = sample_with(Config { commit: commit.clone(), ..Config::default() });
    let source = format!("{{ name: version, url: \"{}/api/version\", json: $.commit }}", sample.url);
    let config = format!("version: 1\nlimits: {{ rate: unlimited }}\ncommit: {{ expect_at: [{source}] }}\n");
    let run = |tag: &str| Gate::run(&config).args(["--tag", tag]).within(repo.path()).wait();
    let right = run("v1.1.0");
    assert_eq!(verdict(&right), (0, "PASSED".to_owned()), "{}", right.stderr);
    assert!(right.record().contains(&commit) && right.record().contains("feat: two"));
    // Production runs another release than the one that is to be proved.
    let wrong = run("v1.0.0");
    assert_eq!(verdict(&wrong), (1, "FAILED".to_owned()), "{}", wrong.stderr);
    assert_eq!(wrong.outcome("commit.sources.version"), "failed");
}

#[test]
fn a_shallow_clone_is_deepened_and_its_tag_fetched() {
    let origin = Repo::new();
    origin.commit("app", "1", "feat: one");
    origin.annotated_tag("v1.0.0", "one");
    let commit = origin.commit("app", "2", "feat: two");
    origin.annotated_tag("v1.1.0", "two");
    let clone = origin.shallow_clone(1);
    let sample = sample_with(Config { commit: commit.clone(), ..Config::default() });
    let ended = Gate::run(&pages(&sample.url, "/")).args(["--tag", "v1.1.0"]).within(clone.path()).wait();
    assert_eq!(verdict(&ended), (0, "PASSED".to_owned()), "{}", ended.stderr);
    assert_eq!(ended.report()["deployment"]["commit"], commit.as_str());
    assert!(ended.record().contains("feat: two"), "{}", ended.record());
}

#[test]
fn a_secret_of_the_environment_is_in_no_result() {
    let sample = sample();
    let secret = "gate-token-5f1d2c";
    let config =
        pages(&sample.url, "/").replace("pages:", "headers: { x-gate: \"${secret:GATE_TOKEN}\" }, pages:");
    let ended = Gate::run(&config).env("GATE_TOKEN", secret).wait();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.record().contains("GATE_TOKEN"), "the command names the secret");
    let results: String = ended.files().iter().map(|name| ended.file(name)).collect();
    assert!(!format!("{results}{}{}", ended.stdout, ended.stderr).contains(secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_cannot_be_trusted_is_errored_with_its_reason() {
    let authority = Authority::new();
    let cases = [
        (Certificate::Good, 0, None),
        (Certificate::Expired, 3, Some("certificate_expired")),
        (Certificate::SelfSigned, 3, Some("certificate_unknown_issuer")),
        (Certificate::WrongName, 3, Some("certificate_name")),
    ];
    for (kind, code, reason) in cases {
        let address = authority.serve(kind).await;
        let config = pages(&format!("https://localhost:{}", address.port()), "/");
        let gate = Gate::run(&config).env("SSL_CERT_FILE", authority.file());
        let ended = tokio::task::spawn_blocking(|| gate.wait()).await.unwrap();
        assert_eq!(ended.code, code, "{kind:?}: {}", ended.stderr);
        let cause = ended.report()["checks"].to_string();
        assert!(reason.is_none_or(|reason| cause.contains(reason)), "{kind:?}: {cause}");
    }
}
