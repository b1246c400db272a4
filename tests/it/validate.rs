//! Validating on GitHub: from a review to a sealed record, and back.

use std::time::Duration;

use fake_github::{GitHub, Level, Verdict};

use crate::support::gate::Gate;
use crate::support::validating::{BRANCH, CONFIG, PERMISSIONS, REPO, TAG, World};

/// How many requests one after the other a validation takes, from a review to statuses and a comment.
const DEEPEST: usize = 7;

#[test]
fn a_review_ends_in_a_sealed_record_and_a_green_status() {
    let Some(world) = World::new("validate::a_review_ends_in_a_sealed_record", "") else { return };
    let told = world.validate();
    assert_eq!((told.written, world.comments().len()), (0, 0), "nothing to tell yet");
    assert_eq!(world.said(), ("pending".into(), "en attente de l'approbation d'un lead".into()));
    let review = world.person("lead").review(REPO, world.pull, Verdict::Approved, "bien");
    let approved = world.head();
    world.github.clear_log();
    // Without it, one of two that are sent together may be answered before the other arrives.
    world.github.set_latency(Duration::from_millis(40));
    let told = world.validate();
    assert_eq!(told.written, 1);
    assert!(world.github.depth() <= DEEPEST, "{}", lines(&world.github));
    assert_eq!(world.said(), ("success".into(), "validé par lead".into()));
    let record = world.record();
    let above = |text: &str| text.split("<!-- prod-gate:seal -->").next().unwrap().to_owned();
    assert_eq!(above(&record), above(&world.deployed.text()));
    assert!(record.contains("- [x] Validé par Lead — lead, 2026-02-14 08:0"), "{record}");
    for part in [&approved, &format!("\"review\":{review}"), &format!("pull/1#pullrequestreview-{review}")] {
        assert!(record.contains(part.as_str()), "{part}: {record}");
    }
    let comments = world.comments();
    assert!(comments.len() == 1 && comments[0].contains("**Validé"), "{comments:?}");
}

#[test]
fn once_more_writes_nothing() {
    let Some(world) = World::new("validate::once_more_writes_nothing", "") else { return };
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    let (head, record) = (world.head(), world.record());
    world.github.clear_log();
    world.github.set_latency(Duration::from_millis(40));
    assert_eq!(world.validate().written, 0);
    let writes: Vec<String> =
        world.github.log().iter().filter(|it| it.asked.writes).map(|it| it.asked.line()).collect();
    assert_eq!(writes, Vec::<String>::new());
    assert_eq!((world.head(), world.record()), (head, record));
    assert!(world.github.depth() <= DEEPEST - 3, "{}", lines(&world.github));
}

#[test]
fn what_the_reviews_say_is_what_stands() {
    let Some(world) = World::new("validate::what_the_reviews_say_is_what_stands", "") else { return };
    let lead = world.person("lead");
    let first = lead.review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    lead.review(REPO, world.pull, Verdict::ChangesRequested, "non");
    assert_eq!(world.validate().written, 1);
    assert_eq!(world.said(), ("failure".into(), "lead demande des changements".into()));
    assert_eq!(world.record(), world.deployed.text());
    let again = lead.review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    assert!(world.record().contains(&format!("\"review\":{again}")));
    lead.dismiss(REPO, world.pull, again);
    world.validate();
    assert_eq!(world.said(), ("pending".into(), "l'approbation de lead a été retirée".into()));
    assert_eq!(world.record(), world.deployed.text());
    // The other lead's word counts as well; a colleague's does not.
    world.person("colleague").review(REPO, world.pull, Verdict::ChangesRequested, "");
    world.person("second-lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    assert_eq!(world.said(), ("success".into(), "validé par second-lead".into()));
    // One comment all the while.
    assert_eq!(world.comments().len(), 1);
    assert!(first < again);
}

#[test]
fn a_dismissal_by_our_own_commit_needs_one_more_approval_and_no_more_commits() {
    let Some(world) = World::new("validate::a_dismissal_by_our_own_commit", "") else { return };
    world.github.dismiss_stale_approvals(REPO, "main");
    let lead = world.person("lead");
    lead.review(REPO, world.pull, Verdict::Approved, "");
    assert_eq!(world.validate().written, 1);
    let (head, sealed) = (world.head(), world.record());
    let (state, words) = world.said();
    assert_eq!(state, "pending");
    assert!(words.contains("à approuver une 2e fois"), "{words}");
    assert!(sealed.contains("- [x] Validé par Lead — lead"));
    let asked = world.github.look(REPO, |repo, _| repo.pull(world.pull).unwrap().requested.clone());
    assert_eq!(asked, ["lead"]);
    assert!(world.comments()[0].contains("approuver encore une fois"));
    lead.review(REPO, world.pull, Verdict::Approved, "");
    assert_eq!(world.validate().written, 0);
    assert_eq!(world.said(), ("success".into(), "validé par lead".into()));
    assert_eq!((world.head(), world.record()), (head, sealed));
}

#[test]
fn a_dismissal_that_comes_late_is_seen_all_the_same() {
    // The push is dismissed for when the reviews were read again already; and when everything was told.
    for requests in [1, 2, 20] {
        let Some(world) = World::new("validate::a_dismissal_that_comes_late", "") else { return };
        world.github.dismiss_stale_approvals_after(REPO, "main", requests);
        let lead = world.person("lead");
        lead.review(REPO, world.pull, Verdict::Approved, "");
        world.validate();
        assert!(requests != 20 || world.said().0 == "success");
        // Requests that are sent together are answered in any order, so after two it may be seen or not.
        if requests != 1 && world.said().0 == "success" {
            // Nothing is lost: the event that the dismissal makes, or anybody by hand, starts it again.
            for _ in 0..5 {
                world.validate();
            }
        }
        let (state, words) = world.said();
        assert!(state == "pending" && words.contains("2e fois"), "after {requests}: {words}");
        assert_eq!(world.comments().len(), 1);
        lead.review(REPO, world.pull, Verdict::Approved, "");
        assert_eq!(world.validate().written, 0);
        assert_eq!(world.said().0, "success");
    }
}

#[test]
fn another_run_begins_anew() {
    let Some(mut world) = World::new("validate::another_run_begins_anew", "") else { return };
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    let path = world.deployed.path();
    world.deploy(TAG, "deployer");
    assert_eq!(world.deployed.path(), path);
    world.commit(&world.token, BRANCH, &path, &world.deployed.text());
    world.validate();
    let (state, words) = world.said();
    assert_eq!(state, "pending");
    assert!(words.starts_with("lead a approuvé un autre contenu"), "{words}");
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn a_closed_pull_request_says_what_became_of_it() {
    let Some(world) = World::new("validate::a_closed_pull_request", "") else { return };
    let lead = world.person("lead");
    lead.close(REPO, world.pull);
    lead.review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    assert_eq!(world.said(), ("failure".into(), "la PR est fermée".into()));
    assert_eq!(world.record(), world.deployed.text());
    lead.reopen(REPO, world.pull);
    world.validate();
    assert_eq!(world.said(), ("success".into(), "validé par lead".into()));
    lead.merge(REPO, world.pull);
    assert_eq!(world.validate().written, 0);
    assert_eq!(world.said(), ("success".into(), "validé par lead".into()));
}

#[test]
fn a_record_merged_too_soon_is_not_validated_afterwards() {
    let Some(world) = World::new("validate::a_record_merged_too_soon", "") else { return };
    world.person("deployer").merge(REPO, world.pull);
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    assert_eq!(world.validate().written, 0);
    assert_eq!(world.said(), ("failure".into(), "la PR a été fusionnée sans validation".into()));
}

#[test]
fn a_failing_record_is_validated_with_a_reason_where_that_is_allowed() {
    let test = "validate::a_failing_record_is_validated_with_a_reason";
    let Some(world) = World::with(test, ", accept_failed: true", |it| it.status = 500) else { return };
    let lead = world.person("lead");
    let review = lead.review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    let (state, words) = world.said();
    assert!(state == "pending" && words.contains("doit dire pourquoi"), "{words}");
    lead.edit_review(REPO, world.pull, review, "Panne connue, #12 <b>");
    world.validate();
    assert_eq!(world.said().0, "success");
    assert!(world.record().contains("| Panne connue, #12 &lt;b\\> |"), "{}", world.record());
    lead.edit_review(REPO, world.pull, review, "");
    world.validate();
    assert_eq!(world.said().0, "pending");
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn who_deployed_may_validate_where_it_is_recorded() {
    let test = "validate::who_deployed_may_validate_where_it_is_recorded";
    let Some(world) = World::new(test, ", separation: recorded") else { return };
    world.github.change_run(REPO, world.run(), |run| run.triggering_actor = "Lead".into());
    world.github.account("Lead", fake_github::state::Kind::User);
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    assert_eq!(world.said(), ("success".into(), "validé par lead (auto-validation)".into()));
    assert!(world.record().contains("| Séparation des rôles | auto-validation"), "{}", world.record());
}

#[test]
fn only_the_account_that_makes_records_validates_them() {
    let rules = " }\npublish: { identity: \"gate[bot]\"";
    let Some(world) = World::new("validate::only_the_account_that_makes_records", rules) else { return };
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    // What a workflow's own token commits is not the gate's here.
    let (state, words) = world.said();
    assert!(state == "failure" && words.contains("vient de github-actions[bot]"), "{words}");
    let gate = world.github.app_token(REPO, "gate[bot]", PERMISSIONS);
    world.github.person("deployer").tag(REPO, "v1.2.0", &world.tagged);
    let mut world = world;
    world.deploy("v1.2.0", "deployer");
    let branch = "prod-gate/v1.2.0";
    world.commit(&gate, branch, &world.deployed.path(), &world.deployed.text());
    let pull = world.person("deployer").open_pull(REPO, branch, "main", "");
    world.person("lead").review(REPO, pull, Verdict::Approved, "");
    let failure = world.try_validate(pull).unwrap_err();
    assert!(failure.decided && failure.error.to_string().contains("PROD_GATE_TOKEN"), "{}", failure.error);
    let head = world.github.head(REPO, branch).unwrap();
    assert_eq!(world.status(&head).unwrap().0, "pending");
    assert_eq!(world.try_validate_with(&gate, pull).unwrap().written, 1);
    assert_eq!(world.status(&world.github.head(REPO, branch).unwrap()).unwrap().0, "success");
}

#[test]
fn other_pull_requests_are_left_alone() {
    let Some(world) = World::new("validate::other_pull_requests_are_left_alone", "") else { return };
    let author = world.person("colleague");
    author.push(REPO, "feature", "src/a.ts", "a");
    let pull = author.open_pull(REPO, "feature", "main", "");
    world.person("lead").review(REPO, pull, Verdict::Approved, "");
    let told = world.try_validate(pull).unwrap();
    assert_eq!(told.standing, None);
    assert_eq!(world.status(&world.github.head(REPO, "feature").unwrap()), None);
}

#[test]
fn a_token_that_may_not_write_shows_no_validation() {
    let Some(world) = World::new("validate::a_token_that_may_not_write", "") else { return };
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    let weak = PERMISSIONS.replace("contents: write", "contents: read");
    let weak = world.github.actions_token(REPO, &weak);
    let failure = world.try_validate_with(&weak, world.pull).unwrap_err();
    assert!(failure.decided && failure.error.remedy().contains("contents: write"), "{}", failure.error);
    let (state, words) = world.said();
    assert!(state == "pending" && words.contains("n'a pas pu être écrite"), "{words}");
    assert_eq!(world.record(), world.deployed.text());
    world.validate();
    assert_eq!(world.said().0, "success");
}

/// `prod-gate validate` as a step of a workflow that this event started.
fn step(world: &World, payload: &serde_json::Value) -> Gate {
    let gate = Gate::new(["validate"]);
    let folder = gate.folder().to_owned();
    std::fs::write(folder.join("event.json"), payload.to_string()).unwrap();
    gate.env("GITHUB_ACTIONS", "true")
        .env("GITHUB_API_URL", &world.github.url)
        .env("GITHUB_GRAPHQL_URL", world.github.graphql_url())
        .env("GITHUB_SERVER_URL", "https://github.test")
        .env("GITHUB_REPOSITORY", REPO)
        .env("GITHUB_EVENT_NAME", "pull_request_review")
        .env("GITHUB_EVENT_PATH", folder.join("event.json"))
        .env("GITHUB_OUTPUT", folder.join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .env("GITHUB_TOKEN", &world.token)
}

#[test]
fn of_an_event_only_the_number_is_believed() {
    let Some(world) = World::new("validate::of_an_event_only_the_number_is_believed", "") else { return };
    let review = world.person("colleague").review(REPO, world.pull, Verdict::Approved, "");
    let mut payload = world.github.review_event(REPO, world.pull, review, "submitted");
    payload["review"]["user"]["login"] = "lead".into();
    payload["review"]["author_association"] = "OWNER".into();
    payload["sender"]["login"] = "lead".into();
    payload["pull_request"]["head"]["sha"] = "0".repeat(40).into();
    let ended = step(&world, &payload).env("GITHUB_ACTOR", "lead").wait().ended_with(0);
    assert!(ended.stdout.starts_with("pull request 1: pending — approuvé par colleague"), "{}", ended.stdout);
    assert_eq!(world.said().0, "pending");
    assert_eq!(world.record(), world.deployed.text());
}

#[test]
fn a_step_tells_its_workflow() {
    let Some(world) = World::new("validate::a_step_tells_its_workflow", "") else { return };
    let review = world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    let payload = world.github.review_event(REPO, world.pull, review, "submitted");
    let gate = step(&world, &payload);
    let folder = gate.folder().to_owned();
    // The folder goes with the run: what is in it is read by the run itself.
    let read = format!("\"$0\" \"$@\" && cat {0}/output {0}/summary.md", folder.display());
    let ended = gate.by("sh", ["-c", &read]).wait().ended_with(0);
    assert!(
        ended.stdout.contains("validated") && ended.stdout.contains("validé par lead"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("**Validé"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(&world.token) && !ended.stderr.contains(&world.token));
    assert_eq!(world.said().0, "success");
}

#[test]
fn a_token_that_is_not_known_is_told_with_what_to_do() {
    let Some(world) = World::new("validate::a_token_that_is_not_known", "") else { return };
    let payload = serde_json::json!({ "pull_request": { "number": 1 } });
    let ended = step(&world, &payload).env("GITHUB_TOKEN", "ghs_unknown0000000000").wait().ended_with(3);
    assert!(ended.stderr.contains("does not accept the token"), "{}", ended.stderr);
}

#[test]
fn records_may_live_in_a_repository_of_their_own() {
    const RECORDS: &str = "nexus/records";
    let Some(mut world) = World::new("validate::records_may_live_elsewhere", "") else { return };
    let config = format!("version: 1\nlead: {{ reviewers: [lead] }}\npublish: {{ source: {REPO} }}\n");
    world.github.repository(RECORDS, &[(CONFIG, &config)]);
    for login in ["lead", "gatekeeper"] {
        world.github.collaborator(RECORDS, login, Level::Write);
    }
    world.github.collaborator(REPO, "gatekeeper", Level::Write);
    // A token for both; GITHUB_TOKEN is for one repository.
    world.token = world.github.personal_token("gatekeeper");
    world.deploy(TAG, "deployer");
    let (path, text) = (world.deployed.path(), world.deployed.text());
    world.commit_in(RECORDS, &world.token, BRANCH, &path, &text);
    let pull = world.person("gatekeeper").open_pull(RECORDS, BRANCH, "main", "");
    world.person("lead").review(RECORDS, pull, Verdict::Approved, "");
    let told = world.try_validate_in(RECORDS, &world.token, pull).unwrap();
    assert_eq!((told.written, told.description.as_str()), (1, "validé par lead"));
    let said = |repo: &str, sha: &str| world.github.status(repo, sha, "prod-gate/validation").unwrap().0;
    assert_eq!(said(RECORDS, &world.github.head(RECORDS, BRANCH).unwrap()), "success");
    assert_eq!(said(REPO, &world.tagged), "success");
    assert!(world.github.file(RECORDS, BRANCH, &path).unwrap().contains("- [x] Validé par Lead — lead"));
}

fn lines(github: &GitHub) -> String {
    let lines: Vec<String> = github.log().iter().map(|logged| logged.asked.line()).collect();
    format!("{} one after the other:\n{}", github.depth(), lines.join("\n"))
}
