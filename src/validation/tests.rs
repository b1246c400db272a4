//! Each way to be refused, each way to be validated, and that the decision converges.

mod reviews;

use super::*;
use crate::forge::types::{
    Account, AccountKind, BranchName, ChangeType, ChangedFile, PullNumber, RepoCommit, RepoName, RepoPath,
    Review, ReviewState, RunConclusion,
};
use crate::model::report::RecordPlace;
use crate::model::{Separation, Verdict};
use crate::render::{fixture, record::record, seal};

const PATH: &str = "ops/PROD_DEPLOY_2026-11-22_4b183f5.md";
const TAG_COMMIT: &str = "4b183f5d0c7e2a91b6f3e8d4a5c6b7081929a3b4";
const GATE: &str = "github-actions[bot]";

fn sha(n: u8) -> CommitSha {
    CommitSha::parse(&format!("{n:040x}")).unwrap()
}

fn account(login: &str) -> Account {
    let kind = if login.ends_with("[bot]") { AccountKind::Bot } else { AccountKind::User };
    Account { login: login.into(), id: None, kind }
}

fn commit(n: u8) -> RepoCommit {
    RepoCommit {
        sha: sha(n),
        parents: 1,
        author: Some(account(GATE)),
        verified: true,
        signed_by_forge: true,
        author_name: "github-actions[bot]".into(),
    }
}

/// The `id`-th review, given at minute `id`.
fn review(id: u64, login: &str, state: ReviewState, at: u8) -> Review {
    Review {
        editor: None,
        id,
        author: Some(account(login)),
        state,
        commit: Some(sha(at)),
        body: String::new(),
        submitted_at: format!("2026-11-22T12:{id:02}:00Z"),
        url: format!("https://github.com/nexus/site/pull/7#pullrequestreview-{id}"),
        dismissed_by: None,
    }
}

/// A record that `lead` approved at its only commit, and that was deployed by somebody else.
fn facts() -> Facts {
    facts_of(&record(&fixture::passed("fr")).unwrap())
}

fn facts_of(text: &str) -> Facts {
    let pull = PullRequest {
        number: PullNumber(7),
        url: "https://github.com/nexus/site/pull/7".into(),
        state: PullState::Open,
        author: Some(account(GATE)),
        same_repository: true,
        head_branch: BranchName::new("prod-gate/v2.3.0"),
        head: sha(1),
        base: BranchName::new("main"),
        title: String::new(),
        body: String::new(),
        files: vec![ChangedFile { path: RepoPath::new(PATH), change: ChangeType::Added }],
        commits: vec![commit(1)],
        reviews: vec![review(1, "lead", ReviewState::Approved, 1)],
        comments: vec![],
        statuses: vec![],
        requested: vec![],
        viewer: Some(account(GATE)),
        default_branch: BranchName::new("main"),
    };
    let run = WorkflowRun {
        id: RunId(1_234_567),
        attempt: 1,
        repository: RepoName::new("nexus/site"),
        head: CommitSha::parse(TAG_COMMIT).unwrap(),
        head_branch: Some("v2.3.0".into()),
        path: RepoPath::new(".github/workflows/prod-gate.yml"),
        event: "push".into(),
        actor: Some(account("amira-bs")),
        triggering_actor: Some(account("amira-bs")),
        conclusion: Some(RunConclusion::Success),
        created_at: "2026-11-22T11:00:00Z".into(),
        updated_at: "2026-11-22T11:01:00Z".into(),
        url: String::new(),
    };
    Facts {
        vouched: true,
        pull,
        rules: Some(ValidationRules {
            leads: vec!["Lead".into(), "second-lead".into()],
            separate: true,
            accept_failed: false,
            base: "main".into(),
            identity: GATE.into(),
            workflows: vec![],
        }),
        record: Some(text.to_owned()),
        earlier: vec![],
        siblings: vec![],
        tag: Some(PeeledTag {
            commit: CommitSha::parse(TAG_COMMIT).unwrap(),
            annotated: true,
            tagger: Some(account("amira-bs")),
        }),
        code_url: "https://github.com/nexus/site".into(),
        code_branch: "main".into(),
        run: Some(run),
        run_on_default: true,
        workflow_known: true,
    }
}

fn failed() -> Facts {
    let mut facts = facts_of(&record(&fixture::mixed()).unwrap());
    facts.run.as_mut().unwrap().conclusion = Some(RunConclusion::Failure);
    facts
}

#[track_caller]
fn outcome(facts: &Facts) -> (Result<Validation, Reason>, Option<String>) {
    match decide(facts) {
        Decision::Record { outcome, write, .. } => (outcome, write),
        Decision::NotOurs => panic!("not a record"),
    }
}

#[track_caller]
fn refused(facts: &Facts, change: impl FnOnce(&mut Facts)) -> Reason {
    let mut facts = facts.clone();
    change(&mut facts);
    let (outcome, write) = outcome(&facts);
    assert_eq!(write, None);
    outcome.unwrap_err()
}

/// The text of a record, sealed again after a change above the seal.
fn resealed(text: &str, from: &str, to: &str) -> String {
    let old = seal::digest(text).unwrap();
    let changed = text.replace(from, to);
    assert_ne!(changed, text, "{from}");
    let new = seal::digest(&changed).unwrap();
    changed.replace(&old, &new)
}

/// What the facts are after the gate wrote what it had decided to, as its `n`-th commit.
fn after(facts: &Facts, n: u8) -> Facts {
    let (_, write) = outcome(facts);
    let mut next = facts.clone();
    next.earlier.push((facts.pull.head.clone(), facts.record.clone().unwrap()));
    next.record = Some(write.expect("something to write"));
    next.pull.head = sha(n);
    next.pull.commits.push(commit(n));
    next
}

#[test]
fn a_leads_approval_of_exactly_this_is_a_validation() {
    let facts = facts();
    let (validation, write) = outcome(&facts);
    let validation = validation.unwrap();
    assert_eq!((validation.lead.as_str(), validation.review), ("lead", 1));
    assert_eq!(validation.commit, sha(1).as_str());
    assert_eq!(validation.separation, Separation::Separate);
    assert!(write.unwrap().contains("- [x] Validé par Lead — lead, 2026-11-22 13:01:00 +01:00\n"));
    let Decision::Record { tag_commit, .. } = decide(&facts) else { panic!() };
    assert_eq!(tag_commit.unwrap().as_str(), TAG_COMMIT);
    // Written, there is nothing more to write, and the validation is the same one.
    assert_eq!(outcome(&after(&facts, 2)), (Ok(validation), None));
}

#[test]
fn the_pull_request_must_be_the_gates_own() {
    let good = facts();
    let branch = |name: &'static str| move |facts: &mut Facts| facts.pull.head_branch = BranchName::new(name);
    assert_eq!(refused(&good, |facts| facts.pull.same_repository = false), Reason::Fork);
    assert_eq!(refused(&good, branch("copy")), Reason::OtherBranch { branch: "copy".into() });
    let base = Reason::OtherBase { base: "dev".into(), expected: "main".into() };
    assert_eq!(refused(&good, |facts| facts.pull.base = BranchName::new("dev")), base);
    let more = ChangedFile { path: RepoPath::new("src/a.ts"), change: ChangeType::Modified };
    assert_eq!(refused(&good, |facts| facts.pull.files.push(more)), Reason::NotOneFile { files: 2 });
    for path in
        ["ops/2026/PROD_DEPLOY_2026-11-22_4b183f5.md", "ops/notes.md", "PROD_DEPLOY_2026-11-22_4b183f5.md"]
    {
        let reason = refused(&good, |facts| facts.pull.files[0].path = RepoPath::new(path));
        assert_eq!(reason, Reason::NotARecord { path: path.into() });
    }
    for change in [ChangeType::Modified, ChangeType::Deleted, ChangeType::Other] {
        let reason = refused(&good, |facts| facts.pull.files[0].change = change);
        assert_eq!(reason, Reason::NotAdded { path: PATH.into() });
    }
    assert_eq!(refused(&good, |facts| facts.rules = None), Reason::Configuration);
    let mut other = good.clone();
    other.pull.head_branch = BranchName::new("feature");
    other.pull.files[0].path = RepoPath::new("src/a.ts");
    assert_eq!(decide(&other), Decision::NotOurs);
}

#[test]
fn every_commit_must_be_the_gates_own() {
    let good = facts();
    let last = |change: fn(&mut RepoCommit)| {
        refused(&good, |facts| {
            let mut more = commit(0);
            change(&mut more);
            facts.pull.commits.insert(0, more);
        })
    };
    let foreign =
        |author: &str| Reason::ForeignCommit { commit: sha(0).to_string(), author: Some(author.into()) };
    assert_eq!(last(|commit| commit.author = Some(account("mallory"))), foreign("mallory"));
    assert_eq!(last(|commit| commit.author = None), foreign(GATE));
    assert_eq!(last(|commit| commit.author = Some(account("github-actions"))), foreign("github-actions"));
    assert_eq!(last(|commit| commit.parents = 2), foreign("merge"));
    let unverified = Reason::Unverified { commit: sha(0).to_string() };
    assert_eq!(last(|commit| commit.verified = false), unverified);
    // Signed with somebody's own key, under the gate's name.
    assert_eq!(last(|commit| commit.signed_by_forge = false), unverified);
}

#[test]
fn the_record_must_be_whole_and_of_this_tag() {
    let good = facts();
    let text = good.record.clone().unwrap();
    let with = |text: String| move |facts: &mut Facts| facts.record = Some(text);
    assert_eq!(refused(&good, |facts| facts.record = None), Reason::Unreadable);
    assert_eq!(refused(&good, with("# PROD DEPLOY\n".into())), Reason::Unreadable);
    assert_eq!(refused(&good, with(text.replace("12:03", "12:04"))), Reason::DigestDiffers);
    let note = text.replace("\n---\n\n*Généré", "\nTout va bien.\n\n---\n\n*Généré");
    assert_eq!(refused(&good, with(note)), Reason::BelowSeal);
    assert_eq!(
        refused(&good, with(text.replace("*Opérateur : amira-bs", "*Opérateur : lead"))),
        Reason::FooterDiffers
    );
    assert_eq!(refused(&good, with(resealed(&text, "\"PASSED\"", "\"PARTIAL\""))), Reason::Partial);
    let other = Reason::OtherTag { record: Some("v2.2.0".into()), branch: "v2.3.0".into() };
    assert_eq!(refused(&good, with(resealed(&text, "\"tag\":\"v2.3.0\"", "\"tag\":\"v2.2.0\""))), other);
    assert_eq!(refused(&good, |facts| facts.tag = None), Reason::NoTag { tag: "v2.3.0".into() });
    let moved = Reason::TagMoved { tag: "v2.3.0".into(), commit: sha(9).to_string() };
    assert_eq!(refused(&good, |facts| facts.tag.as_mut().unwrap().commit = sha(9)), moved);
    let path = "ops/PROD_DEPLOY_2026-11-21_4b183f5.md";
    let reason = refused(&good, |facts| facts.pull.files[0].path = RepoPath::new(path));
    assert_eq!(reason, Reason::NameDiffers { path: path.into() });
}

#[test]
fn a_record_knows_its_own_path() {
    let mut report = fixture::passed("fr");
    // Run again the day after, it keeps its name.
    let path = "ops/PROD_DEPLOY_2026-11-21_4b183f5_2.md";
    let place = |path: &str| RecordPlace {
        repository: "nexus/site".into(),
        branch: "prod-gate/v2.3.0".into(),
        path: path.into(),
    };
    report.place = Some(place(path));
    let mut facts = facts_of(&record(&report).unwrap());
    facts.pull.files[0].path = RepoPath::new(path);
    assert!(outcome(&facts).0.is_ok());
    // A copy under another name says whose it is.
    facts.pull.files[0].path = RepoPath::new(PATH);
    assert_eq!(outcome(&facts).0, Err(Reason::NameDiffers { path: PATH.into() }));
    let other = "ops/PROD_DEPLOY_2026-11-22_0a1b2c3.md";
    report.place = Some(place(other));
    let mut facts = facts_of(&record(&report).unwrap());
    facts.pull.files[0].path = RepoPath::new(other);
    assert_eq!(outcome(&facts).0, Err(Reason::NameDiffers { path: other.into() }));
}

#[test]
fn a_later_deployment_of_a_tag_has_a_number() {
    let mut facts = facts();
    facts.pull.head_branch = BranchName::new("prod-gate/v2.3.0_2");
    facts.pull.files[0].path = RepoPath::new("ops/PROD_DEPLOY_2026-11-22_4b183f5_2.md");
    assert!(outcome(&facts).0.is_ok());
    for branch in ["prod-gate/v2.3.0_1", "prod-gate/v2.3.0_x", "prod-gate/v2.3.0-2", "prod-gate/v2.3.0_2_2"] {
        facts.pull.head_branch = BranchName::new(branch);
        assert!(matches!(outcome(&facts).0, Err(Reason::OtherTag { .. })), "{branch}");
    }
}

#[test]
fn a_record_that_is_there_already_is_no_new_one() {
    let good = facts();
    let text = good.record.clone().unwrap();
    let validated = outcome(&good).1.unwrap();
    let second = "ops/PROD_DEPLOY_2026-11-22_4b183f5_2.md";
    for there in [text.clone(), validated.clone()] {
        let replayed = refused(&good, |facts| {
            facts.pull.files[0].path = RepoPath::new(second);
            facts.siblings = vec![(PATH.into(), there)];
        });
        assert_eq!(replayed, Reason::Replayed { path: PATH.into() });
    }
    // Another deployment of the same day and commit.
    let mut facts = good.clone();
    facts.siblings = vec![(second.into(), resealed(&text, "12:03", "12:05"))];
    assert!(outcome(&facts).0.is_ok());
    // Merged, it is there of course.
    let mut merged = after(&good, 2);
    merged.pull.state = PullState::Merged;
    merged.siblings = vec![(PATH.into(), validated)];
    assert!(outcome(&merged).0.is_ok());
}

#[test]
fn the_run_must_be_the_one_that_made_the_record() {
    let good = facts();
    let run = 1_234_567;
    let with = |change: fn(&mut WorkflowRun)| refused(&good, |facts| change(facts.run.as_mut().unwrap()));
    assert_eq!(refused(&good, |facts| facts.run = None), Reason::RunUnknown { run });
    assert_eq!(with(|run| run.id = RunId(7)), Reason::RunUnknown { run });
    assert_eq!(with(|run| run.repository = RepoName::new("mallory/site")), Reason::RunElsewhere);
    assert_eq!(
        with(|run| run.event = "pull_request".into()),
        Reason::RunEvent { run, event: "pull_request".into() }
    );
    assert_eq!(
        with(|run| run.head_branch = Some("v2.2.0".into())),
        Reason::RunRef { run, found: Some("v2.2.0".into()) }
    );
    // A push to the default branch is no deployment of a tag.
    assert_eq!(
        with(|run| run.head_branch = Some("main".into())),
        Reason::RunRef { run, found: Some("main".into()) }
    );
    assert_eq!(with(|run| run.head_branch = None), Reason::RunRef { run, found: None });
    assert_eq!(with(|run| run.head = sha(9)), Reason::RunCommit { run, commit: sha(9).to_string() });
    assert_eq!(with(|run| run.created_at = "2026-11-22T11:20:00Z".into()), Reason::RunTime { run });
    assert_eq!(with(|run| run.updated_at = "2026-11-22T10:00:00Z".into()), Reason::RunTime { run });
    assert_eq!(with(|run| run.conclusion = None), Reason::RunUnfinished { run });
    for (conclusion, word) in [
        (RunConclusion::Failure, "failure"),
        (RunConclusion::Cancelled, "cancelled"),
        (RunConclusion::Other("timed_out".into()), "timed_out"),
    ] {
        let reason = refused(&good, |facts| facts.run.as_mut().unwrap().conclusion = Some(conclusion));
        let verdict = Verdict::Passed;
        assert_eq!(reason, Reason::RunConclusion { run, conclusion: word.into(), verdict });
    }
    let path = String::from(".github/workflows/prod-gate.yml");
    assert_eq!(
        refused(&good, |facts| facts.workflow_known = false),
        Reason::RunWorkflow { run, path: path.clone() }
    );
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let reason = refused(&good, |facts| facts.rules.as_mut().unwrap().workflows = named(&["other.yml"]));
    assert_eq!(reason, Reason::RunWorkflow { run, path: path.clone() });
    let mut facts = good.clone();
    facts.workflow_known = false;
    facts.rules.as_mut().unwrap().workflows = vec![path];
    assert!(outcome(&facts).0.is_ok());
}

#[test]
fn a_run_by_hand_comes_from_the_default_branch() {
    let mut facts = facts();
    let run = facts.run.as_mut().unwrap();
    run.event = "workflow_dispatch".into();
    run.head_branch = Some("main".into());
    run.head = sha(40);
    assert!(outcome(&facts).0.is_ok());
    // A tag of that name has commits of its own.
    facts.run_on_default = false;
    assert_eq!(outcome(&facts).0, Err(Reason::RunBranch { run: 1_234_567 }));
    facts.run.as_mut().unwrap().head_branch = Some("feature".into());
    assert!(matches!(outcome(&facts).0, Err(Reason::RunRef { .. })));
}

#[test]
fn the_run_is_named_by_its_page() {
    let header = |url: Option<&str>| {
        let mut header = read(&facts().record.unwrap()).unwrap().header;
        header.run_url = url.map(str::to_owned);
        named_run(&header, "https://github.com/nexus/site")
    };
    assert_eq!(header(Some("https://github.com/Nexus/Site/actions/runs/12")), Ok((12, 1)));
    assert_eq!(header(Some("https://github.com/nexus/site/actions/runs/12/attempts/3")), Ok((12, 3)));
    assert_eq!(header(None), Err(Reason::NoRun));
    for url in [
        "https://github.com/mallory/site/actions/runs/12",
        "https://github.com/nexus/site-two/actions/runs/12",
        "https://evil.example/nexus/site/actions/runs/12",
        "https://github.com/nexus/site/actions/runs/12/../13",
        "https://github.com/nexus/site/actions/runs/+12",
        "https://github.com/nexus/site/actions/runs/",
        "https://github.com/nexus/sité",
        "x",
    ] {
        assert_eq!(header(Some(url)), Err(Reason::RunElsewhere), "{url}");
    }
    let mut facts = facts();
    let text = facts.record.take().unwrap();
    facts.record = Some(resealed(&text, "runs/1234567\"", "runs/1234567/attempts/2\""));
    // An attempt that has not been.
    assert_eq!(outcome(&facts).0, Err(Reason::RunUnknown { run: 1_234_567 }));
}
