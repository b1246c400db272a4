//! Section 1: the tag and its commit, what was deployed before, and what production says that it runs.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::gate::{Ended, Gate};
use crate::support::repo::Repo;
use crate::support::scripted::{self, Scripted};

/// Something to check that is always right: the work tree that the gate runs in.
const HERE: &str = "version: 1\nlanguage: en\ncommit: { expect_at: [{ name: here, git: . }] }\n";

/// A configuration that expects the commit at these places.
fn config(sources: &str) -> String {
    format!("version: 1\nlimits: {{ rate: unlimited, retries: 0 }}\ncommit:\n  expect_at:\n{sources}")
}

/// A run in this repository.
fn run(repo: &Repo, arguments: &[&str]) -> Ended {
    Gate::run(HERE).args(arguments).within(repo.path()).wait()
}

/// Two releases, a commit before the first, between them and after the second; the work tree is at the
/// second.
fn two_releases() -> Repo {
    let repo = Repo::new();
    repo.commit("app", "0", "chore: begin");
    repo.commit("app", "1", "feat: one");
    repo.annotated_tag("v1.0.0", "the first");
    repo.commit("app", "2", "fix: small");
    repo.commit("app", "3", "feat: two");
    repo.annotated_tag("v1.1.0", "the second\n\nOperator: restarted the worker by hand.");
    repo
}

fn deployment(ended: &Ended) -> serde_json::Value {
    ended.report()["deployment"].clone()
}

fn subjects(ended: &Ended) -> Vec<String> {
    let deployment = deployment(ended);
    let commits = deployment["commits"].as_array().unwrap();
    commits.iter().map(|commit| commit["subject"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_annotated_tag_is_peeled_and_says_who_made_it() {
    let repo = two_releases();
    let ended = run(&repo, &["--tag", "v1.1.0"]).ended_with(0);
    let deployment = deployment(&ended);
    assert_eq!(deployment["commit"], repo.revision("v1.1.0^{commit}").as_str());
    assert_ne!(deployment["commit"], repo.revision("v1.1.0").as_str());
    assert_eq!(deployment["tagger"], "Amel Ops <amel@example.org>");
    assert_eq!(ended.report()["run"]["operator"]["name"], "Amel Ops");
    // The message of an annotated tag is the operator's notes.
    assert!(ended.record().contains("restarted the worker by hand"), "{}", ended.record());
}

/// Without `--tag` the release is the tag at HEAD that matches `tags`, whatever others are there.
#[test]
fn the_release_tag_at_head_is_found() {
    let repo = two_releases();
    repo.tag("nightly-7");
    assert_eq!(deployment(&run(&repo, &[]).ended_with(0))["tag"], "v1.1.0");
    let nightly = HERE.replace("commit:", "tags: \"nightly-*\"\ncommit:");
    let ended = Gate::run(&nightly).within(repo.path()).wait().ended_with(0);
    assert_eq!(deployment(&ended)["tag"], "nightly-7");
}

/// What actions/checkout does to the tag that a run was started for.
fn as_checkout(origin: &Repo, tag: &str) -> Repo {
    let clone = origin.shallow_clone(1);
    clone.git(&["tag", "--force", tag, "HEAD"]);
    clone
}

/// A run as GitHub starts it for a tag.
fn in_actions(repo: &Repo, tag: &str, commit: &str) -> Gate {
    Gate::run(HERE)
        .within(repo.path())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REF_TYPE", "tag")
        .env("GITHUB_REF_NAME", tag)
        .env("GITHUB_SHA", commit)
}

#[test]
fn a_tag_that_a_checkout_made_lightweight_is_fetched_as_it_is() {
    let origin = two_releases();
    let clone = as_checkout(&origin, "v1.1.0");
    let commit = clone.revision("HEAD");
    assert_eq!(clone.revision("v1.1.0"), commit, "the checkout's tag is no object of its own");
    let ended = in_actions(&clone, "v1.1.0", &commit).wait().ended_with(0);
    assert_eq!(clone.revision("v1.1.0"), origin.revision("v1.1.0"));
    assert_eq!(deployment(&ended)["tagger"], "Amel Ops <amel@example.org>");
    // The clone had one commit; the range needs more.
    assert_eq!(subjects(&ended), ["feat: two", "fix: small"]);
}

/// The run was started for one commit, and the tag names another by now.
#[test]
fn a_tag_that_was_moved_meanwhile_fails() {
    let origin = two_releases();
    let clone = as_checkout(&origin, "v1.1.0");
    let commit = clone.revision("HEAD");
    let moved = origin.commit("app", "4", "fix: at the last moment");
    origin.git(&["tag", "--force", "--annotate", "v1.1.0", "--message", "moved"]);
    let ended = in_actions(&clone, "v1.1.0", &commit).wait().ended_with(1);
    assert_eq!(ended.outcome("commit.tag"), "failed");
    for shown in [&commit, &moved] {
        assert!(ended.stdout.contains(shown.as_str()), "{shown} is not in {}", ended.stdout);
    }
}

#[test]
fn a_shallow_clone_that_cannot_be_deepened_is_errored_and_says_what_to_do() {
    let origin = two_releases();
    let clone = as_checkout(&origin, "v1.1.0");
    drop(origin);
    let ended = in_actions(&clone, "v1.1.0", &clone.revision("HEAD")).wait().ended_with(3);
    assert_eq!(ended.cause("commit.range").0, "shallow_clone");
    assert_eq!(ended.outcome("commit.sources.here"), "passed");
    assert!(ended.stdout.contains("fetch-depth: 0"), "{}", ended.stdout);
    assert!(ended.record().contains("fetch-depth: 0"));
    assert_eq!(deployment(&ended)["previous"]["known"], "unknown");
}

#[test]
fn the_flag_names_what_was_deployed_before() {
    let repo = two_releases();
    let first = repo.revision("v1.0.0~1");
    let ended = run(&repo, &["--previous", &first[..9]]).ended_with(0);
    let previous = &deployment(&ended)["previous"];
    assert_eq!((&previous["commit"], &previous["from"]["from"]), (&first.as_str().into(), &"flag".into()));
    assert_eq!(subjects(&ended), ["feat: two", "fix: small", "feat: one"]);

    let unknown = run(&repo, &["--previous", "v0.9.0"]).ended_with(2);
    assert!(unknown.stderr.contains("--previous v0.9.0"), "{}", unknown.stderr);
}

#[test]
fn the_nearest_earlier_release_is_what_was_deployed_before() {
    let repo = two_releases();
    let ended = run(&repo, &["--tag", "v1.1.0"]).ended_with(0);
    let previous = &deployment(&ended)["previous"];
    assert_eq!((&previous["name"], &previous["from"]["from"]), (&"v1.0.0".into(), &"tag".into()));
    assert_eq!(subjects(&ended), ["feat: two", "fix: small"]);
    for subject in subjects(&ended) {
        assert!(ended.record().contains(&subject));
    }
}

#[test]
fn the_first_release_of_all_has_no_baseline_and_says_so() {
    let repo = Repo::new();
    repo.commit("app", "0", "chore: begin");
    repo.commit("app", "1", "feat: one");
    repo.tag("v1.0.0");
    let ended = run(&repo, &[]).ended_with(0);
    assert_eq!(deployment(&ended)["previous"]["known"], "no_baseline");
    assert_eq!(subjects(&ended), [] as [&str; 0]);
    assert!(ended.record().contains("no baseline"), "{}", ended.record());
}

/// A record on the default branch is nearer to the truth than a tag: not every tag is deployed.
#[test]
fn a_record_says_what_was_deployed_before() {
    let repo = two_releases();
    let first = run(&repo, &["--tag", "v1.0.0"]).ended_with(1);
    assert_eq!(first.outcome("commit.sources.here"), "failed", "the work tree is at v1.1.0");
    let name = first.files().into_iter().find(|name| name.starts_with("PROD_DEPLOY_")).unwrap();
    let path = format!("ops/{name}");
    repo.commit(&path, &first.record(), "ops: the record of v1.0.0");
    // What a person wrote is no record of ours.
    repo.commit("ops/PROD_DEPLOY_2026-01-01_0000000.md", "# PROD DEPLOY\n\nby hand\n", "ops: by hand");
    let commit = repo.commit("app", "4", "feat: three");
    repo.annotated_tag("v1.2.0", "the third");

    let ended = run(&repo, &["--tag", "v1.2.0"]).ended_with(0);
    let deployment = deployment(&ended);
    assert_eq!(deployment["commit"], commit.as_str());
    assert_eq!(deployment["previous"]["name"], "v1.0.0");
    assert_eq!(deployment["previous"]["from"]["record"], path.as_str());
    assert_eq!(subjects(&ended).last().map(String::as_str), Some("fix: small"), "v1.1.0 was not deployed");
    // The record that it follows is named by the digest that anybody can work out.
    let predecessors = deployment["predecessors"].as_array().unwrap();
    assert_eq!((predecessors.len(), &predecessors[0]["path"]), (1, &path.as_str().into()));
    let digest =
        bash(repo.path(), &format!("sed '/prod-gate:seal/,$d' '{path}' | sha256sum | cut -d' ' -f1"));
    assert_eq!(predecessors[0]["digest"], digest.as_str());
    assert!(ended.record().contains(&digest));
}

fn bash(folder: &Path, script: &str) -> String {
    let output = Command::new("bash").args(["-c", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_rollback_is_recognised_and_lists_what_is_taken_back() {
    let repo = two_releases();
    repo.git(&["checkout", "--quiet", "v1.0.0"]);
    let ended = run(&repo, &["--previous", "v1.1.0"]).ended_with(0);
    assert_eq!(deployment(&ended)["rollback"], true);
    assert_eq!(subjects(&ended), ["feat: two", "fix: small"]);
    assert!(ended.record().contains("Rollback"), "{}", ended.record());
}

/// What a service says of itself, in every form, whole and short.
#[test]
fn each_kind_of_source_shows_the_commit() {
    let repo = two_releases();
    let commit = repo.revision("HEAD");
    let short = commit[..7].to_owned();
    let body = commit.clone();
    let service = Scripted::start(move |asked| match asked.path.as_str() {
        "/api/version" => {
            scripted::json(&format!(r#"{{"build":{{"commit":"{short}"}}}}"#)).with("x-commit", &body)
        }
        "/COMMIT" => scripted::ok(&format!("{body}\n")),
        "/secret" if asked.header("x-key") == Some("a-key-of-the-deploy") => scripted::ok(&body),
        "/html" => scripted::ok("<html></html>"),
        _ => scripted::status(404, &body),
    });
    let url = &service.url;
    let good = format!(
        "    - {{ name: json, url: {url}/api/version, json: $.build.commit }}
    - {{ name: header, url: {url}/api/version, header: X-Commit }}
    - {{ name: body, url: {url}/COMMIT }}
    - {{ name: behind a key, url: {url}/secret, headers: {{ x-key: \"${{secret:KEY}}\" }} }}
    - {{ name: work tree, git: . }}
"
    );
    let run = |sources: &str| {
        Gate::run(&config(sources)).env("KEY", "a-key-of-the-deploy").within(repo.path()).wait()
    };
    let ended = run(&good).ended_with(0);
    assert!(ended.record().contains("- [x] Commit SHA vérifié"), "{}", ended.record());

    let bad = format!(
        "    - {{ name: no such page, url: {url}/nowhere }}
    - {{ name: no JSON, url: {url}/html, json: $.commit }}
    - {{ name: no commit there, url: {url}/api/version, json: $.commit }}
    - {{ name: no header, url: {url}/api/version, header: x-revision }}
    - {{ name: a page instead, url: {url}/html }}
"
    );
    let ended = run(&bad).ended_with(1);
    for name in ["no such page", "no JSON", "no commit there", "no header", "a page instead"] {
        assert_eq!(ended.outcome(&format!("commit.sources.{name}")), "failed");
    }
    assert!(ended.record().contains("- [ ] Commit SHA vérifié"));
}

#[test]
fn a_wrong_commit_fails_with_both_commits_shown() {
    let repo = two_releases();
    let (old, new) = (repo.revision("v1.0.0^{commit}"), repo.revision("v1.1.0^{commit}"));
    let runs = old.clone();
    let service = Scripted::start(move |_| scripted::json(&format!(r#"{{"commit":"{runs}"}}"#)));
    let source = format!("    - {{ name: version, url: {}/, json: $.commit }}\n", service.url);
    let ended = Gate::run(&config(&source)).within(repo.path()).wait().ended_with(1);
    assert_eq!(ended.actual("commit.sources.version", "commit"), old);
    for text in [&ended.stdout, &ended.record(), &ended.file("junit.xml"), &ended.file("summary.md")] {
        assert!(text.contains(&old) && text.contains(&new), "{text}");
    }
}

#[test]
fn a_work_tree_that_was_changed_by_hand_fails() {
    let repo = two_releases();
    std::fs::write(repo.path().join("app"), "patched on the host").unwrap();
    // Files that nobody committed are none of git's business: uploads, logs, the results themselves.
    std::fs::write(repo.path().join("upload.tmp"), "x").unwrap();
    let ended = run(&repo, &[]).ended_with(1);
    assert_eq!(ended.actual("commit.sources.here", "work_tree"), "1");
    let dirty = ended.fact("commit.sources.here", "dirty");
    assert!(dirty.contains("app") && !dirty.contains("upload"), "{dirty}");
    assert_eq!(ended.fact("commit.sources.here", "branch"), "main");
    assert!(ended.record().contains("app"));

    repo.git(&["checkout", "--quiet", "app"]);
    run(&repo, &[]).ended_with(0);
}

#[test]
fn a_work_tree_that_is_not_there_is_errored() {
    let repo = two_releases();
    let ended = Gate::run(&config("    - { name: opt, git: /nowhere/nexus }\n")).within(repo.path()).wait();
    let (code, detail) = ended.ended_with(3).cause("commit.sources.opt");
    assert_eq!((code.as_str(), detail.contains("/nowhere/nexus")), ("git", true), "{detail}");
}

#[test]
fn a_tag_that_does_not_exist_proves_nothing() {
    let repo = two_releases();
    for repo in [&repo, &repo.shallow_clone(1)] {
        let ended = run(repo, &["--tag", "v9.9.9"]).ended_with(3);
        assert_eq!(ended.cause("commit.tag").0, "no_commit");
        assert_eq!(ended.cause("commit.sources.here").0, "no_commit");
        assert!(ended.stdout.contains("v9.9.9") && ended.stdout.contains("hint:"), "{}", ended.stdout);
        assert!(ended.record().contains("- [ ] Commit SHA verified"), "{}", ended.record());
    }
}

/// A branch, a short commit or HEAD beside a tag is whatever git makes of it.
#[test]
fn a_commit_beside_the_tag_must_be_the_tags() {
    let repo = two_releases();
    let head = repo.revision("HEAD");
    for same in [&head, &head[..8], "HEAD", "main"] {
        run(&repo, &["--tag", "v1.1.0", "--commit", same]).ended_with(0);
    }
    for other in ["v1.0.0", "HEAD~1"] {
        let ended = run(&repo, &["--tag", "v1.1.0", "--commit", other]).ended_with(1);
        assert_eq!(ended.outcome("commit.tag"), "failed", "{other}");
    }
    let ended = run(&repo, &["--tag", "v1.1.0", "--commit", "no-such-branch"]).ended_with(3);
    assert_eq!(ended.cause("commit.tag").0, "no_commit");
}

/// Without a repository the commit can only be given; a tag cannot be looked up.
#[test]
fn without_a_repository_a_commit_is_enough_and_a_tag_is_not() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let service = Scripted::start(move |_| scripted::ok(commit));
    let sources = config(&format!("    - {{ name: version, url: {}/ }}\n", service.url));
    let run = |arguments: &[&str]| Gate::run(&sources).args(arguments).wait();

    let given = run(&["--commit", commit]).ended_with(0);
    assert_eq!(given.outcome("commit.sources.version"), "passed");
    assert!(given.files()[0].contains("_0123456."), "{:?}", given.files());
    assert_eq!(run(&["--commit", "v1.0.0"]).ended_with(3).cause("commit.tag").0, "no_commit");

    let nothing = run(&[]).ended_with(3);
    assert_eq!(nothing.cause("commit.sources.version").0, "no_commit");
    assert!(nothing.stdout.contains("--commit"), "{}", nothing.stdout);

    let both = run(&["--tag", "v1.0.0", "--commit", commit]).ended_with(3);
    assert_eq!(both.outcome("commit.sources.version"), "passed");
    assert_eq!(both.cause("commit.tag").0, "git", "nobody looked whether the tag names this commit");
}

/// git refuses a repository that belongs to somebody else, as in a job's container: it must not be said
/// that there is none.
#[test]
fn a_repository_that_git_refuses_is_told_from_none() {
    let repo = two_releases();
    // git's own way to test this without being root.
    let gate = Gate::run(HERE).args(["--tag", "v1.1.0"]).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    let ended = gate.within(repo.path()).wait().ended_with(3);
    let (code, detail) = ended.cause("commit.tag");
    assert_eq!((code.as_str(), detail.contains("safe.directory")), ("git", true), "{detail}");
}

#[test]
fn warm_up_waits_until_the_release_is_served() {
    let repo = two_releases();
    let commit = repo.revision("HEAD");
    let service = Scripted::start(move |asked| match asked.nth {
        0 => scripted::json(r#"{"commit":"0000000000000000000000000000000000000000"}"#),
        _ => scripted::json(&format!(r#"{{"commit":"{commit}"}}"#)),
    });
    let source = format!("    - {{ name: version, url: {}/v, json: $.commit }}\n", service.url);
    let config = config(&source).replace("commit:\n", "warm_up: 30s\ncommit:\n");
    let ended = Gate::run(&config).within(repo.path()).wait().ended_with(0);
    assert_eq!(ended.report()["run"]["warm_up"]["ready"], true);
    assert!(ended.stderr.contains("waiting for the service: version shows 0000000"), "{}", ended.stderr);
    assert_eq!(service.all().len(), 3, "twice before, and once to judge");
}

#[test]
fn warm_up_waits_for_a_service_that_is_not_up_yet() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = format!(
        "version: 1\nwarm_up: 30s\nlimits: {{ rate: unlimited, retries: 0 }}\n\
         smoke: {{ base_url: \"http://{address}\", pages: [/] }}\n"
    );
    let going = Gate::run(&config).start();
    std::thread::sleep(Duration::from_millis(700));
    let _service = Scripted::start_at(address, |_| scripted::ok("up"));
    let ended = going.wait().ended_with(0);
    assert_eq!(ended.report()["run"]["warm_up"]["ready"], true);
    assert!(ended.report()["run"]["warm_up"]["waited_ms"].as_u64().unwrap() > 500);
}

/// It waits, it does not judge: what stays wrong is the checks' to say.
#[test]
fn warm_up_gives_up_and_the_checks_say_why() {
    let repo = two_releases();
    let service = Scripted::start(|_| scripted::ok("0000000000000000000000000000000000000000"));
    let source = format!("    - {{ name: version, url: {}/v }}\n", service.url);
    let config = config(&source).replace("commit:\n", "warm_up: 3s\ncommit:\n");
    let ended = Gate::run(&config).within(repo.path()).wait().ended_with(1);
    assert_eq!(ended.report()["run"]["warm_up"]["ready"], false);
    assert_eq!(ended.outcome("commit.sources.version"), "failed");
}
