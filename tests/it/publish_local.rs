//! Publishing to a plain git repository: branches and commits are git's own, no work tree is touched.

use std::fs;
use std::path::Path;

use prod_gate::forge::local::Local;
use prod_gate::forge::types::{BranchName, CommitSha, NewCommit, NewFile, PullNumber, RepoPath, ReviewState};
use prod_gate::forge::{Forge as _, Why};
use prod_gate::render::{pull_request, seal};

use crate::support::gate::{Ended, Gate};
use crate::support::publishing::{CONFIG, results};
use crate::support::record::Deployed;
use crate::support::repo::Repo;
use crate::support::{runtime, sample};

const BRANCH: &str = "prod-gate/v1.0.0";

/// A repository with a tag, and a file that somebody is working on.
fn repo() -> (Repo, Deployed) {
    let repo = Repo::new();
    let commit = repo.commit("app", "1", "feat: one");
    repo.annotated_tag("v1.0.0", "one");
    fs::write(repo.path().join("app"), "being changed").unwrap();
    let deployed = Deployed::well("v1.0.0", &commit);
    (repo, deployed)
}

fn gate(within: &Path, repository: &str, deployed: &Deployed) -> Gate {
    let gate = Gate::new(["publish", "--repository", repository]);
    let (out, config) = (gate.folder().join("out"), gate.folder().join("prod-gate.yml"));
    results(&out, &deployed.report());
    fs::write(&config, CONFIG).unwrap();
    gate.args(["--from", out.to_str().unwrap(), "--config", config.to_str().unwrap()]).within(within)
}

fn publish(repo: &Repo, deployed: &Deployed) -> Ended {
    gate(repo.path(), ".", deployed).wait()
}

fn show(repo: &Repo, what: &str) -> String {
    repo.git(&["show", what]) + "\n"
}

fn pull(repo: &Repo, number: u32) -> String {
    show(repo, &format!("refs/prod-gate/pulls/{number}:pull.md"))
}

#[test]
fn a_record_is_a_commit_on_a_branch_and_the_pull_request_a_page() {
    let (repo, deployed) = repo();
    let before = repo.git(&["status", "--porcelain"]);
    let ended = publish(&repo, &deployed).ended_with(0);
    let record = show(&repo, &format!("{BRANCH}:{}", deployed.path()));
    assert_eq!(record, ended.file(&deployed.report().record_name()));
    assert_eq!(repo.git(&["log", "--format=%an %P", "-1", BRANCH]), format!("prod-gate {}", deployed.commit));
    let page = pull(&repo, 1);
    for part in [
        "# PROD DEPLOY v1.0.0 — CONFORME",
        &seal::digest(&record).unwrap(),
        "@lead",
        "Reviewers: lead",
        "identités",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let status = repo.git(&["cat-file", "blob", &format!("refs/prod-gate/statuses/{}", deployed.commit)]);
    assert!(status.contains("\"state\": \"pending\""), "{status}");
    // Nobody's work is touched.
    assert_eq!(repo.git(&["status", "--porcelain"]), before);
    assert_eq!(fs::read_to_string(repo.path().join("app")).unwrap(), "being changed");
    assert!(!repo.path().join("ops").exists());
    repo.git(&["fsck", "--strict"]);
    // Once more changes nothing.
    let head = repo.revision(BRANCH);
    let again = publish(&repo, &deployed).ended_with(0);
    assert!(again.stdout.contains("(as it was)"), "{}", again.stdout);
    assert_eq!(repo.revision(BRANCH), head);
}

#[test]
fn reruns_update_what_is_open_and_begin_anew_after_it_ended() {
    let (repo, deployed) = repo();
    publish(&repo, &Deployed { status: 500, ..deployed.clone() }).ended_with(0);
    let next = Deployed { at: "2026-02-14T09:00:00Z".into(), ..deployed.clone() };
    publish(&repo, &next).ended_with(0);
    assert_eq!(repo.git(&["rev-list", "--count", &format!("main..{BRANCH}")]), "2");
    let record = show(&repo, &format!("{BRANCH}:{}", deployed.path()));
    assert!(record.contains("`PASSED`"), "{record}");
    let body = pull(&repo, 1).lines().skip(2).collect::<Vec<_>>().join("\n");
    assert_eq!(pull_request::digest_of(&body), seal::digest(&record));
    repo.git(&["checkout", "--quiet", "--", "app"]);
    repo.git(&["merge", "--quiet", "--no-ff", "--message", "merge", BRANCH]);
    let later = Deployed { at: "2026-02-14T10:00:00Z".into(), ..deployed.clone() };
    publish(&repo, &later).ended_with(0);
    let second = deployed.path().replace(".md", "_2.md");
    let text = show(&repo, &format!("{BRANCH}_2:{second}"));
    assert!(text.contains(&seal::digest(&record).unwrap()), "it follows the one before");
    assert!(pull(&repo, 2).contains("Les mêmes vérifications"), "{}", pull(&repo, 2));
}

#[test]
fn a_persons_commit_and_a_checked_out_branch_stop_it() {
    let (repo, deployed) = repo();
    publish(&repo, &deployed).ended_with(0);
    repo.git(&["checkout", "--quiet", "--force", BRANCH]);
    let next = Deployed { at: "2026-02-14T09:00:00Z".into(), ..deployed };
    let ended = publish(&repo, &next).ended_with(4);
    assert!(ended.stderr.contains("checked out"), "{}", ended.stderr);
    repo.commit("ops/notes.md", "mine", "notes");
    repo.git(&["checkout", "--quiet", "main"]);
    let head = repo.revision(BRANCH);
    let ended = publish(&repo, &next).ended_with(4);
    assert!(ended.stderr.contains("not the gate's") && ended.stderr.contains(&head[..7]), "{}", ended.stderr);
    assert_eq!(repo.revision(BRANCH), head);
}

#[test]
fn a_bare_repository_of_its_own_takes_records() {
    let (repo, deployed) = repo();
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("records.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    gate(repo.path(), bare.to_str().unwrap(), &deployed).wait().ended_with(0);
    let show = |what: &str| repo.git(&["--git-dir", bare.to_str().unwrap(), "show", what]);
    assert!(show(&format!("{BRANCH}:{}", deployed.path())).contains("`PASSED`"));
    assert!(show("refs/prod-gate/pulls/1:pull.md").contains("v1.0.0"));
    // The status is where the tag is.
    repo.git(&["cat-file", "-e", &format!("refs/prod-gate/statuses/{}", deployed.commit)]);
    let ended = gate(repo.path(), "./nowhere", &deployed).wait().ended_with(4);
    assert!(ended.stderr.contains("git init --bare"), "{}", ended.stderr);
    let ended = gate(repo.path(), "records", &deployed).wait().ended_with(2);
    assert!(ended.stderr.contains("owner/name"), "{}", ended.stderr);
}

#[test]
fn two_runs_at_once_leave_one_whole_result() {
    let (repo, deployed) = repo();
    for round in 0..3 {
        let going: Vec<_> = (0..3)
            .map(|run| {
                let at = format!("2026-02-14T1{round}:00:0{run}Z");
                gate(repo.path(), ".", &Deployed { at, ..deployed.clone() }).start()
            })
            .collect();
        for going in going {
            going.wait().ended_with(0);
        }
        let record = show(&repo, &format!("{BRANCH}:{}", deployed.path()));
        let body = pull(&repo, 1).lines().skip(2).collect::<Vec<_>>().join("\n");
        assert_eq!(pull_request::digest_of(&body), seal::digest(&record));
    }
    assert_eq!(repo.git(&["for-each-ref", "refs/prod-gate/pulls"]).lines().count(), 1);
    let folder = repo.git(&["ls-tree", "--name-only", &format!("{BRANCH}:ops")]);
    assert_eq!(folder.lines().count(), 1, "{folder}");
}

#[test]
fn a_branch_moves_only_from_where_it_is_expected() {
    let (repo, deployed) = repo();
    let base = CommitSha::parse(&deployed.commit).unwrap();
    let branch = BranchName::new("prod-gate/x");
    let commit = |text: &str| NewCommit {
        branch: branch.clone(),
        expected_head: base.clone(),
        headline: "x".into(),
        body: String::new(),
        files: vec![NewFile { path: RepoPath::new("ops/ä b.md"), text: text.into() }],
    };
    runtime().block_on(async {
        let forge = Local::open(repo.path()).await.unwrap();
        forge.ensure_branch(&branch, &base).await.unwrap();
        let first = forge.commit(&commit("one")).await.unwrap();
        let second = forge.commit(&commit("two")).await.unwrap_err();
        assert_eq!(second.why, Why::Conflict { head: Some(first.sha) });
        assert_eq!(forge.pull_request(PullNumber(7)).await.unwrap_err().why, Why::NotFound);
    });
    assert_eq!(repo.git(&["show", "prod-gate/x:ops/ä b.md"]), "one");
}

#[test]
fn a_run_publishes_and_a_review_by_hand_is_seen() {
    let (repo, _) = repo();
    let sample = sample();
    let config = format!(
        "version: 1\nlanguage: en\nlimits: {{ rate: unlimited }}\nlead: {{ reviewers: [lead] }}\n\
         smoke: {{ base_url: \"{}\", pages: [/] }}\n",
        sample.url
    );
    let ended = Gate::run(&config)
        .args(["--tag", "v1.0.0", "--repository", "."])
        .env("PROD_GATE_PUBLISH", "true")
        .within(repo.path())
        .wait()
        .ended_with(0);
    assert_eq!(ended.report()["place"]["branch"], BRANCH);
    assert!(ended.stdout.contains("published"), "{}", ended.stdout);
    runtime().block_on(async {
        let forge = Local::open(repo.path()).await.unwrap();
        forge.review(PullNumber(1), "lead", ReviewState::Approved, "fine").await.unwrap();
        let pull = forge.pull_request(PullNumber(1)).await.unwrap();
        assert_eq!(pull.reviews.len(), 1);
        assert_eq!(pull.reviews[0].commit.as_ref(), Some(&pull.head));
        assert_eq!((pull.files.len(), pull.commits.len(), pull.requested.len()), (1, 1, 0));
    });
    // Without being asked to, nothing is published.
    let quiet = Gate::run(&config).env("PROD_GATE_PUBLISH", "").within(repo.path()).wait().ended_with(0);
    assert!(!quiet.stdout.contains("published"), "{}", quiet.stdout);
}
