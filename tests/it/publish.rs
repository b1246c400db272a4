//! Publishing on GitHub: one branch, one record, one pull request, whatever happens.

use std::fs;
use std::time::Duration;

use fake_github::Verdict;
use fake_github::faults::Fault;
use fake_github::{GitHub, Level};
use prod_gate::model::{Filter, Operator};

use crate::support::publishing::{BRANCH, PERMISSIONS, REPO, TAG, World};
use crate::support::record::Deployed;

/// How many requests one after the other a first run takes.
const DEEPEST: usize = 8;

/// The digest that a pull request's text names.
fn digest_of(body: &str) -> String {
    prod_gate::render::pull_request::digest_of(body).unwrap()
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

/// The one record on the gate's branch, and a pull request whose text belongs to it.
#[track_caller]
fn whole(world: &World) -> String {
    assert_eq!(world.branches(), [BRANCH]);
    let records = world.records(BRANCH);
    assert_eq!(records.len(), 1, "{records:?}");
    let (_, text) = records.into_iter().next().unwrap();
    let pull = world.pull();
    assert_eq!(digest_of(&pull.body), prod_gate::render::seal::digest(&text).unwrap());
    text
}

#[test]
fn a_first_run_makes_a_branch_a_commit_a_pull_request_and_a_status() {
    let Some(mut world) = World::new("publish::a_first_run") else { return };
    world.config = world.config.replace("lead: {", "publish: { labels: [deployment] }\nlead: {");
    let (ended, output, summary) = world.publish_as_step(&world.deployed());
    let ended = ended.ended_with(0);
    let record = whole(&world);
    let name = "PROD_DEPLOY_2026-02-14_".to_owned() + &world.tagged[..7] + ".md";
    assert_eq!(world.records(BRANCH)[0].0, format!("ops/{name}"));
    assert_eq!(record, ended.file(&name), "what is published is what is on disk");
    let pull = world.pull();
    assert_eq!(
        (pull.author.as_str(), pull.head.as_str(), pull.base.as_str()),
        ("github-actions[bot]", BRANCH, "main")
    );
    assert_eq!((pull.requested, pull.labels), (vec!["lead".to_owned()], vec!["deployment".to_owned()]));
    assert_eq!(pull.title, "PROD DEPLOY v1.1.0 — CONFORME — Nexus");
    assert_eq!(pull.body, ended.file("pull_request.md"));
    says(&pull.body, &["https://github.test/nexus/site/blob/prod-gate/v1.1.0/ops/PROD_DEPLOY", "@lead"]);
    assert_eq!(
        world.status(),
        Some(("pending".into(), "CONFORME\u{a0}: en attente de la validation du lead".into()))
    );
    let signed =
        world.github.look(REPO, |repo, state| state.verified.contains_key(repo.branch(BRANCH).unwrap()));
    assert!(signed, "GitHub signed the commit");
    let page = "https://github.test/nexus/site/pull/1";
    says(
        &output,
        &["record_path<<", &format!("\nops/{name}\n"), &format!("\n{BRANCH}\n"), &format!("\n{page}\n")],
    );
    says(&summary, &[page]);
    says(&ended.stdout, &[page, "(new)"]);
}

#[test]
fn a_first_run_is_eight_requests_deep_at_most_and_a_rerun_fewer() {
    let Some(world) = World::new("publish::a_first_run_is_eight_requests_deep") else { return };
    world.publish(&world.deployed()).ended_with(0);
    let first = world.github.depth();
    assert!(first <= DEEPEST, "{first}");
    world.github.clear_log();
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    world.publish(&again).ended_with(0);
    assert!(world.github.depth() < first, "{} after {first}", world.github.depth());
    world.github.clear_log();
    world.publish(&again).ended_with(0);
    assert_eq!(world.github.depth(), 2, "nothing changed");
}

#[test]
fn the_same_again_writes_nothing() {
    let Some(world) = World::new("publish::the_same_again") else { return };
    world.publish(&world.deployed()).ended_with(0);
    let (head, pull) = (world.github.head(REPO, BRANCH), world.pull());
    world.github.clear_log();
    let ended = world.publish(&world.deployed()).ended_with(0);
    says(&ended.stdout, &["(as it was)"]);
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!((world.github.head(REPO, BRANCH), world.pull().body), (head, pull.body));
}

#[test]
fn a_rerun_replaces_the_record_on_the_same_branch_file_and_pull_request() {
    let Some(world) = World::new("publish::a_rerun") else { return };
    world.publish(&Deployed { status: 500, ..world.deployed() }).ended_with(0);
    let (path, failed) = world.records(BRANCH).remove(0);
    says(&world.pull().body, &["NON CONFORME", "`smoke.pages./`"]);
    says(&world.status().unwrap().1, &["NON CONFORME"]);
    // The next day, when it was corrected.
    let next = Deployed { at: "2026-02-15T08:00:00Z".into(), ..world.deployed() };
    let ended = world.publish(&next).ended_with(0);
    says(&ended.stdout, &["(updated)"]);
    let record = whole(&world);
    assert_ne!(record, failed);
    assert_eq!(world.records(BRANCH)[0].0, path, "the name stays");
    assert_eq!(ended.file(path.strip_prefix("ops/").unwrap()), record, "on disk too");
    assert_eq!(ended.files().iter().filter(|name| name.starts_with("PROD_DEPLOY")).count(), 1);
    says(&world.pull().title, &["— CONFORME —"]);
    says(&world.status().unwrap().1, &["CONFORME"]);
    // Who has not answered yet is still asked, and only once.
    assert_eq!(world.pull().requested, ["lead"]);
}

#[test]
fn what_ended_is_left_alone_and_the_next_deployment_begins() {
    let Some(world) = World::new("publish::what_ended") else { return };
    world.publish(&world.deployed()).ended_with(0);
    let first = world.github.file(REPO, BRANCH, &world.deployed().path()).unwrap();
    world.github.person("lead").merge(REPO, 1);
    let later = Deployed { at: "2026-02-14T10:00:00Z".into(), ..world.deployed() };
    world.publish(&later).ended_with(0);
    assert_eq!(world.branches(), [BRANCH, "prod-gate/v1.1.0_2"]);
    assert_eq!(world.github.file(REPO, BRANCH, &world.deployed().path()).unwrap(), first);
    let second = world.deployed().path().replace(".md", "_2.md");
    let record = world.github.file(REPO, "prod-gate/v1.1.0_2", &second).unwrap();
    let digest = prod_gate::render::seal::digest(&first).unwrap();
    says(&record, &[&digest]); // it follows the one before
    world.github.person("lead").close(REPO, 2);
    world.github.person("lead").delete_branch(REPO, "prod-gate/v1.1.0_2");
    let latest = Deployed { at: "2026-02-14T11:00:00Z".into(), ..world.deployed() };
    world.publish(&latest).ended_with(0);
    assert_eq!(world.branches(), [BRANCH, "prod-gate/v1.1.0_3"]);
}

#[test]
fn a_validated_record_is_never_replaced() {
    let Some(world) = World::new("publish::a_validated_record") else { return };
    world.publish(&world.deployed()).ended_with(0);
    let path = world.deployed().path();
    let record = world.github.file(REPO, BRANCH, &path).unwrap();
    let validation = prod_gate::model::Validation {
        version: prod_gate::model::validation::VALIDATION_VERSION,
        lead: "lead".into(),
        review: 7,
        review_url: "https://github.test/nexus/site/pull/1#pullrequestreview-7".into(),
        at: "2026-02-14T08:30:00Z".into(),
        commit: world.github.head(REPO, BRANCH).unwrap(),
        digest: prod_gate::render::seal::digest(&record).unwrap(),
        run_url: "https://github.test/nexus/site/actions/runs/1".into(),
        vouched: true,
        separation: prod_gate::model::Separation::Separate,
        reason: None,
    };
    let sealed = prod_gate::render::record::with_validation(&record, Some(&validation)).unwrap();
    let gate = world.github.person("github-actions[bot]");
    gate.push(REPO, BRANCH, &path, &sealed);
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    world.publish(&again).ended_with(0);
    assert_eq!(world.github.file(REPO, BRANCH, &path), Some(sealed));
    assert_eq!(world.branches(), [BRANCH, "prod-gate/v1.1.0_2"]);
    assert_eq!(world.github.look(REPO, |repo, _| repo.pulls.len()), 2);
}

#[test]
fn a_persons_commit_stops_it() {
    let Some(world) = World::new("publish::a_persons_commit") else { return };
    world.publish(&world.deployed()).ended_with(0);
    world.github.person("colleague").push(REPO, BRANCH, "ops/notes.md", "mine\n");
    let head = world.github.head(REPO, BRANCH);
    world.github.clear_log();
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    let ended = world.publish(&again).ended_with(4);
    says(&ended.stderr, &["colleague", BRANCH, "close the pull request"]);
    assert_eq!((world.github.head(REPO, BRANCH), world.writes()), (head, Vec::new()));
    assert!(ended.files().iter().any(|name| name.starts_with("PROD_DEPLOY")), "{:?}", ended.files());
}

#[test]
fn of_two_runs_at_once_one_stands_whole() {
    let Some(world) = World::new("publish::of_two_runs_at_once") else { return };
    world.github.set_latency(Duration::from_millis(20));
    for round in 0..3 {
        let at = |run: u32| format!("2026-02-14T1{round}:00:0{run}Z");
        let going: Vec<_> = (0..2)
            .map(|run| {
                let deployed =
                    Deployed { at: at(run), status: if run == 0 { 200 } else { 500 }, ..world.deployed() };
                world.gate(&deployed.report()).start()
            })
            .collect();
        for going in going {
            going.wait().ended_with(0);
        }
        let record = whole(&world);
        let pull = world.pull();
        let failed = record.contains("`FAILED`");
        assert_eq!(pull.title.contains("NON CONFORME"), failed, "{}", pull.title);
    }
    let forced = world
        .github
        .log()
        .iter()
        .any(|logged| logged.asked.method == "PATCH" && logged.asked.target.contains("/git/"));
    assert!(!forced, "nothing is force-pushed");
}

#[test]
fn what_a_token_may_not_do_is_told_with_what_to_do() {
    for (permissions, words) in [
        ("pull-requests: write, statuses: write", "contents: write"),
        ("contents: write, statuses: write", "pull-requests: write"),
        ("contents: write, pull-requests: write", "statuses: write"),
    ] {
        let Some(mut world) = World::new("publish::what_a_token_may_not_do") else { return };
        world.token = world.github.actions_token(REPO, permissions);
        let ended = world.publish(&world.deployed()).ended_with(4);
        says(&ended.stderr, &["the token may not", words]);
        assert_eq!(ended.files().len(), 5, "{:?}", ended.files());
        // With what was missing it goes on where it ended.
        world.token = world.github.actions_token(REPO, PERMISSIONS);
        world.publish(&world.deployed()).ended_with(0);
        whole(&world);
        assert!(world.status().is_some());
    }
}

#[test]
fn where_actions_may_not_open_pull_requests_a_link_helps() {
    let Some(world) = World::new("publish::where_actions_may_not_open") else { return };
    world.github.settings(REPO, |repo| repo.actions_open_pulls = false);
    let ended = world.publish(&world.deployed()).ended_with(4);
    says(
        &ended.stderr,
        &[
            "Allow GitHub Actions to create and approve pull requests",
            "https://github.test/nexus/site/compare/main...prod-gate/v1.1.0?quick_pull=1&title=PROD+DEPLOY+v1.1.0",
            "pull_request.md",
        ],
    );
    assert_eq!(world.records(BRANCH).len(), 1, "the branch stays");
    assert_eq!(world.status().unwrap().0, "pending");
    // A person opens it by hand; the gate takes it over.
    world.github.person("deployer").open_pull(REPO, BRANCH, "main", "by hand");
    world.publish(&world.deployed()).ended_with(0);
    whole(&world);
}

#[test]
fn a_token_that_is_none_is_told() {
    let Some(mut world) = World::new("publish::a_token_that_is_none") else { return };
    world.token = "ghs_nobody_knows_this".into();
    let ended = world.publish(&world.deployed()).ended_with(4);
    says(&ended.stderr, &["does not accept the token", "GITHUB_TOKEN"]);
    assert!(!ended.stderr.contains("ghs_nobody"), "{}", ended.stderr);
    world.token = String::new();
    let ended = world.publish(&world.deployed()).ended_with(4);
    says(&ended.stderr, &["there is no token", "PROD_GATE_TOKEN"]);
}

#[test]
fn a_protected_branch_is_told() {
    let Some(world) = World::new("publish::a_protected_branch") else { return };
    world.github.refuse_pushes(REPO, "prod-gate/*");
    let ended = world.publish(&world.deployed()).ended_with(4);
    says(&ended.stderr, &["protected", "prod-gate/**"]);
}

#[test]
fn a_reviewer_who_cannot_be_asked_is_a_warning() {
    let Some(mut world) = World::new("publish::a_reviewer_who_cannot_be_asked") else { return };
    world.config = world.config.replace("[lead]", "[stranger, lead]");
    let ended = world.publish(&world.deployed()).ended_with(0);
    says(&ended.stderr, &["warning:", "stranger", "give stranger access"]);
    assert_eq!(world.pull().requested, ["lead"]);
    // With a token of the lead's own the pull request is theirs, and nobody reviews their own.
    let Some(mut world) = World::new("publish::a_reviewer_who_cannot_be_asked") else { return };
    world.token = world.github.personal_token("lead");
    let ended = world.publish(&world.deployed()).ended_with(0);
    says(&ended.stderr, &["warning:", "nobody reviews their own pull request"]);
    assert_eq!(world.pull().author, "lead");
}

#[test]
fn who_reviewed_an_earlier_record_is_asked_again() {
    let Some(world) = World::new("publish::who_reviewed_an_earlier_record") else { return };
    world.publish(&world.deployed()).ended_with(0);
    world.github.person("lead").review(REPO, 1, Verdict::ChangesRequested, "no");
    assert_eq!(world.pull().requested, Vec::<String>::new());
    world.publish(&world.deployed()).ended_with(0);
    assert_eq!(world.pull().requested, Vec::<String>::new(), "nothing new to look at");
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    world.publish(&again).ended_with(0);
    assert_eq!(world.pull().requested, ["lead"]);
}

#[test]
fn records_have_a_private_repository_of_their_own() {
    let Some(mut world) = World::new("publish::records_have_a_private_repository") else { return };
    let records = "nexus/records";
    world.github.repository(records, &[("README.md", "records\n")]);
    world.github.collaborator(records, "lead", Level::Write);
    world.github.settings(records, |repo| repo.private = true);
    let app = world.github.app_token(records, "nexus-gate[bot]", "contents: write, pull-requests: write");
    world.config.push_str("publish: { repository: nexus/records }\n");
    world.token = world.github.actions_token(REPO, "contents: read, statuses: write");
    let ended = world.gate(&world.deployed().report()).env("PROD_GATE_TOKEN", app).wait().ended_with(0);
    says(&ended.stdout, &["nexus/records", "https://github.test/nexus/records/pull/1"]);
    assert!(world.github.file(records, BRANCH, &world.deployed().path()).is_some());
    assert_eq!(world.branches(), Vec::<String>::new());
    assert_eq!(world.status().unwrap().0, "pending");
    let at = world.github.look(REPO, |repo, _| repo.statuses[0].target_url.clone());
    assert_eq!(at.as_deref(), Some("https://github.test/nexus/records/pull/1"));
}

#[test]
fn an_own_server_has_its_own_paths() {
    let Some(world) = World::on("publish::an_own_server", GitHub::enterprise) else { return };
    assert!(world.github.url.ends_with("/api/v3"));
    world.publish(&world.deployed()).ended_with(0);
    whole(&world);
    // Its GraphQL is found without being told.
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    world.gate(&again.report()).env("GITHUB_GRAPHQL_URL", "").wait().ended_with(0);
    whole(&world);
}

#[test]
fn limits_are_obeyed_as_long_as_the_patience_lasts() {
    let Some(world) = World::new("publish::limits_are_obeyed") else { return };
    world.github.break_request(0, Fault::TooMany(1));
    world.github.break_those(0, 1, Fault::Secondary(1), |asked| asked.target.ends_with("/git/refs"));
    world.github.break_those(0, 1, Fault::UsedUp, |asked| asked.target.ends_with("/pulls"));
    world.publish(&world.deployed()).ended_with(0);
    assert!(world.github.broke_all());
    whole(&world);
    let Some(world) = World::new("publish::limits_are_obeyed") else { return };
    world.github.break_those(0, 1, Fault::Secondary(600), |asked| asked.target.ends_with("/pulls"));
    let ended = world.publish(&world.deployed()).ended_with(4);
    says(&ended.stderr, &["too many requests", "run again in 600 seconds"]);
}

#[test]
fn readers_that_are_behind_are_waited_for() {
    let Some(world) = World::new("publish::readers_that_are_behind") else { return };
    world.github.set_lag(2);
    world.publish(&world.deployed()).ended_with(0);
    whole(&world);
    let again = Deployed { at: "2026-02-14T09:00:00Z".into(), ..world.deployed() };
    world.publish(&again).ended_with(0);
    whole(&world);
}

#[test]
fn a_tag_that_was_moved_is_not_published() {
    let Some(world) = World::new("publish::a_tag_that_was_moved") else { return };
    let deployed = world.deployed();
    let other = world.github.person("deployer").push(REPO, "main", "README.md", "b\n");
    world.github.person("deployer").force(REPO, &format!("refs/tags/{TAG}"), &other);
    let ended = world.publish(&deployed).ended_with(4);
    says(&ended.stderr, &["the tag was moved", &other[..7], &world.tagged[..7]]);
    assert_eq!(world.branches(), Vec::<String>::new());
    // A tag that was never pushed has no status; the record is published all the same.
    let unknown = Deployed::well("v9.9.9", &world.tagged);
    let ended = world.publish(&unknown).ended_with(0);
    says(&ended.stderr, &["warning:", "no tag v9.9.9"]);
    assert_eq!(world.branches(), ["prod-gate/v9.9.9"]);
}

#[test]
fn a_tag_whose_name_is_anothers_second_branch_has_a_branch_of_its_own() {
    let Some(world) = World::new("publish::a_tag_whose_name") else { return };
    world.github.person("deployer").tag(REPO, "v1.1.0_2", &world.tagged);
    world.publish(&Deployed::well("v1.1.0_2", &world.tagged)).ended_with(0);
    let other = world.records("prod-gate/v1.1.0_2");
    // The first of v1.1.0 finds its second branch used, by another tag.
    world.publish(&world.deployed()).ended_with(0);
    assert_eq!(world.records("prod-gate/v1.1.0_2"), other);
    assert_eq!(world.branches(), ["prod-gate/v1.1.0_2", "prod-gate/v1.1.0_3"]);
}

#[test]
fn what_is_no_record_is_not_published() {
    let Some(mut world) = World::new("publish::what_is_no_record") else { return };
    let mut partial = world.deployed().report();
    partial.run.filter = Some(Filter { only: vec!["smoke".into()], ..Filter::default() });
    partial.verdict = prod_gate::model::Verdict::Partial;
    let ended = world.gate(&partial).wait().ended_with(4);
    says(&ended.stdout, &["not published: a filter was used"]);
    let mut interrupted = world.deployed().report();
    interrupted.run.interrupted = Some("SIGTERM".into());
    says(&world.gate(&interrupted).wait().ended_with(4).stdout, &["the run was interrupted"]);
    world.config.push_str("publish: { failing: false }\n");
    let failed = Deployed { status: 500, ..world.deployed() };
    says(&world.publish(&failed).ended_with(4).stdout, &["publish.failing"]);
    // What somebody changed after the run is not what was verified.
    let gate = world.gate(&world.deployed().report());
    let record = gate.folder().join("out").join(world.deployed().report().record_name());
    fs::write(&record, fs::read_to_string(&record).unwrap().replace("Nexus", "Naxus")).unwrap();
    says(&gate.wait().ended_with(2).stderr, &["is not what report.json says"]);
    assert_eq!(world.github.log().len(), 0, "GitHub was not asked anything");
}

#[test]
fn a_secret_is_in_nothing_that_is_sent() {
    use prod_gate::forge::github::{ClientSettings, GitHub as Client};
    use prod_gate::forge::types::RepoName;
    use prod_gate::publish::{Job, PublishRules, publish};
    use prod_gate::redact::{Redactor, Secret};
    let Some(world) = World::new("publish::a_secret_is_in_nothing") else { return };
    let secret = "s3cret-of-the-operator";
    let mut report = world.deployed().report();
    report.run.operator = Operator { name: format!("x {secret}"), run_url: None };
    report.run.title = secret.into();
    report.deployment.commits =
        vec![prod_gate::model::CommitLine { sha: "abc1234".into(), subject: secret.into() }];
    let redactor = Redactor::new();
    redactor.add("PASSWORD", secret);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let published = crate::support::runtime().block_on(async {
        let settings = ClientSettings {
            api: world.github.url.parse().unwrap(),
            graphql: world.github.graphql_url().parse().unwrap(),
            token: Secret::new(&world.token),
            request: Duration::from_secs(2),
            patience: Duration::from_secs(5),
        };
        let github = Client::new(&settings, RepoName::new(REPO), None, &redactor).unwrap();
        let rules = PublishRules { leads: vec!["lead".into()], ..PublishRules::default() };
        let keep = |_: &prod_gate::model::Report, rendered: &prod_gate::render::Rendered, body: &str| {
            assert!(!rendered.json.contains(secret) && !body.contains(secret));
        };
        publish(
            &Job { records: &github, code: &github, rules: &rules, redactor: &redactor, keep: &keep },
            &report,
        )
        .await
    });
    assert!(published.unwrap().problem.is_none());
    for logged in world.github.log() {
        let sent = logged.asked.body.map(|body| body.to_string()).unwrap_or_default();
        assert!(!sent.contains(secret), "{sent}");
    }
    assert!(!whole(&world).contains(secret) && world.pull().title.contains("***"), "{}", world.pull().title);
}

#[test]
fn a_run_publishes_and_its_verdict_stays_its_exit_code() {
    use crate::support::gate::Gate;
    use crate::support::repo::Repo;
    let Some(world) = World::new("publish::a_run_publishes") else { return };
    let repo = Repo::new();
    let commit = repo.commit("app", "1", "feat: one");
    repo.annotated_tag("v2.0.0", "two");
    world.github.import(REPO, repo.path());
    world.github.person("deployer").force(REPO, "refs/heads/main", &commit);
    let sample = crate::support::sample();
    let config = |page: &str| {
        format!(
            "version: 1\nlanguage: en\nlimits: {{ rate: unlimited, forge_wait: 1s }}\nlead: {{ reviewers: [lead] }}\n\
             smoke: {{ base_url: \"{}\", pages: [{page}] }}\n",
            sample.url
        )
    };
    let run = |page: &str| {
        Gate::run(&config(page))
            .args(["--tag", "v2.0.0", "--publish"])
            .env("GITHUB_API_URL", &world.github.url)
            .env("GITHUB_SERVER_URL", "https://github.test")
            .env("GITHUB_REPOSITORY", REPO)
            .env("PROD_GATE_TOKEN", &world.token)
            .within(repo.path())
            .wait()
    };
    let failed = run("/no-such-page").ended_with(1);
    says(&failed.stdout, &["FAILED", "https://github.test/nexus/site/pull/1"]);
    says(&world.pull().title, &["PROD DEPLOY v2.0.0 — FAILED"]);
    run("/").ended_with(0);
    says(&world.pull().title, &["— PASSED —"]);
    says(&world.pull().body, &["What changed", "no previous record"]);
    // Verified and not published: everything is on disk.
    world.github.go_down();
    let ended = run("/").ended_with(4);
    says(&ended.stderr, &["cannot be reached", "GITHUB_API_URL"]);
    assert_eq!(ended.report()["verdict"], "PASSED");
    assert_eq!(ended.files().len(), 4, "{:?}", ended.files());
    world.github.heal();
}
