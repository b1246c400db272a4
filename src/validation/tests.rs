//! Each way to be refused, each way to be validated, and that the decision converges.

use super::*;
use crate::forge::types::{
    Account, AccountKind, BranchName, Change, ChangedFile, Commit, PullNumber, RepoName, RepoPath, Review,
    ReviewState, RunConclusion,
};
use crate::model::report::RecordPlace;
use crate::model::{Role, Separation, Verdict};
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

fn commit(n: u8) -> Commit {
    Commit {
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
        files: vec![ChangedFile { path: RepoPath::new(PATH), change: Change::Added }],
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
        rules: Some(Rules {
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
    let more = ChangedFile { path: RepoPath::new("src/a.ts"), change: Change::Modified };
    assert_eq!(refused(&good, |facts| facts.pull.files.push(more)), Reason::NotOneFile { files: 2 });
    for path in
        ["ops/2026/PROD_DEPLOY_2026-11-22_4b183f5.md", "ops/notes.md", "PROD_DEPLOY_2026-11-22_4b183f5.md"]
    {
        let reason = refused(&good, |facts| facts.pull.files[0].path = RepoPath::new(path));
        assert_eq!(reason, Reason::NotARecord { path: path.into() });
    }
    for change in [Change::Modified, Change::Deleted, Change::Other] {
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
    let last = |change: fn(&mut Commit)| {
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

#[test]
fn only_a_lead_counts() {
    let good = facts();
    let by = |login: &str| {
        refused(&good, |facts| facts.pull.reviews = vec![review(1, login, ReviewState::Approved, 1)])
    };
    let not = |who: &str| Reason::NotALead { who: who.into() };
    assert_eq!(by("colleague"), not("colleague"));
    for look_alike in ["leаd", "1ead", "lead\u{200d}", "lead-", "ｌｅａｄ", "LEAD "] {
        assert_eq!(by(look_alike), not(look_alike));
    }
    assert_eq!(by("ci[bot]"), Reason::Bot { who: "ci[bot]".into() });
    let bot = refused(&good, |facts| facts.pull.reviews[0].author.as_mut().unwrap().kind = AccountKind::Bot);
    assert_eq!(bot, Reason::Bot { who: "lead".into() });
    assert_eq!(refused(&good, |facts| facts.pull.reviews[0].author = None), Reason::NoReview);
    assert_eq!(refused(&good, |facts| facts.pull.reviews.clear()), Reason::NoReview);
    assert_eq!(refused(&good, |facts| facts.rules.as_mut().unwrap().leads.clear()), Reason::NoLeads);
    // The same person, whatever the case.
    let mut same = good.clone();
    same.pull.reviews = vec![review(1, "LEAD", ReviewState::Approved, 1)];
    assert!(outcome(&same).0.is_ok());
}

#[test]
fn the_latest_word_of_a_lead_counts() {
    use ReviewState::{Approved, ChangesRequested, Commented, Dismissed};
    let good = facts();
    let who = || "lead".to_owned();
    let said = |states: &[(&str, ReviewState)]| {
        let mut facts = good.clone();
        let reviews = states.iter().zip(1..);
        facts.pull.reviews = reviews.map(|((login, state), id)| review(id, login, *state, 1)).collect();
        outcome(&facts).0
    };
    assert!(said(&[("lead", ChangesRequested), ("lead", Approved), ("lead", Commented)]).is_ok());
    assert_eq!(
        said(&[("lead", Approved), ("lead", ChangesRequested)]),
        Err(Reason::ChangesRequested { who: who() })
    );
    assert_eq!(
        said(&[("lead", Approved), ("LEAD", Dismissed)]),
        Err(Reason::Dismissed { who: "LEAD".into() })
    );
    assert_eq!(said(&[("lead", Commented)]), Err(Reason::NoReview));
    // One lead's no holds, whatever another says.
    assert_eq!(
        said(&[("lead", ChangesRequested), ("second-lead", Approved)]),
        Err(Reason::ChangesRequested { who: who() })
    );
    assert!(said(&[("colleague", ChangesRequested), ("lead", Approved)]).is_ok());
    assert_eq!(said(&[("lead", Dismissed), ("second-lead", Approved)]).unwrap().lead, "second-lead");
    // Whatever order they are listed in.
    let mut facts = good.clone();
    facts.pull.reviews = vec![review(2, "lead", ChangesRequested, 1), review(1, "lead", Approved, 1)];
    assert_eq!(outcome(&facts).0, Err(Reason::ChangesRequested { who: who() }));
}

#[test]
fn an_approval_is_for_the_content_that_was_there() {
    let good = facts();
    let text = good.record.clone().unwrap();
    let mut rerun = good.clone();
    rerun.pull.head = sha(2);
    rerun.pull.commits.push(commit(2));
    rerun.earlier = vec![(sha(1), resealed(&text, "12:03", "12:04"))];
    let other = Err(Reason::OtherContent { who: "lead".into(), commit: Some(sha(1).to_string()) });
    assert_eq!(outcome(&rerun), (other.clone(), None));
    // A commit that is no part of the pull request any more.
    rerun.earlier.clear();
    assert_eq!(outcome(&rerun), (other, None));
    rerun.pull.reviews[0].commit = None;
    assert_eq!(outcome(&rerun).0, Err(Reason::OtherContent { who: "lead".into(), commit: None }));
}

#[test]
fn who_deployed_may_not_validate_unless_it_is_recorded() {
    let cases: [(Role, fn(&mut Facts)); 4] = [
        (Role::Actor, |facts| facts.run.as_mut().unwrap().actor = Some(account("LEAD"))),
        (Role::TriggeringActor, |facts| facts.run.as_mut().unwrap().triggering_actor = Some(account("lead"))),
        (Role::Tagger, |facts| facts.tag.as_mut().unwrap().tagger = Some(account("lead"))),
        (Role::Operator, |facts| facts.pull.reviews[0].author = Some(account("amira-bs"))),
    ];
    for (role, change) in cases {
        let mut facts = facts();
        change(&mut facts);
        if role == Role::Operator {
            facts.rules.as_mut().unwrap().leads = vec!["amira-bs".into()];
            let run = facts.run.as_mut().unwrap();
            (run.actor, run.triggering_actor) = (None, Some(account("someone")));
            facts.tag.as_mut().unwrap().tagger = Some(account("someone"));
        }
        let who = facts.pull.reviews[0].author.as_ref().unwrap().login.clone();
        assert_eq!(outcome(&facts), (Err(Reason::OwnDeployment { who, role }), None));
        facts.rules.as_mut().unwrap().separate = false;
        let (validation, write) = outcome(&facts);
        assert_eq!(validation.unwrap().separation, Separation::Own(role));
        assert!(write.unwrap().contains("(auto-validation)"));
    }
    let mut facts = facts();
    facts.tag.as_mut().unwrap().tagger = None;
    assert_eq!(outcome(&facts).0, Err(Reason::TaggerUnknown));
    facts.rules.as_mut().unwrap().separate = false;
    assert_eq!(outcome(&facts).0.unwrap().separation, Separation::TaggerUnknown);
    // A lightweight tag has no maker.
    facts.tag.as_mut().unwrap().annotated = false;
    facts.rules.as_mut().unwrap().separate = true;
    assert_eq!(outcome(&facts).0.unwrap().separation, Separation::Separate);
}

#[test]
fn a_failing_record_needs_a_rule_and_a_reason() {
    let verdict = Verdict::Failed;
    let mut facts = failed();
    facts.run.as_mut().unwrap().conclusion = Some(RunConclusion::Success);
    assert!(matches!(outcome(&facts).0, Err(Reason::RunConclusion { .. })));
    facts.run.as_mut().unwrap().conclusion = Some(RunConclusion::Failure);
    assert_eq!(outcome(&facts).0, Err(Reason::NotAccepted { verdict }));
    facts.rules.as_mut().unwrap().accept_failed = true;
    facts.pull.reviews[0].body = " \n ".into();
    assert_eq!(outcome(&facts).0, Err(Reason::NoReasonGiven { who: "lead".into(), verdict }));
    facts.pull.reviews[0].body = "Connu :\n  corrigé demain, #12".into();
    let (validation, write) = outcome(&facts);
    assert_eq!(validation.unwrap().reason.as_deref(), Some("Connu : corrigé demain, #12"));
    assert!(
        write.unwrap().contains("| Motif donné pour accepter ce verdict | Connu : corrigé demain, #12 |")
    );
    // Edited afterwards, the record says so; taken back, there is no validation.
    let mut edited = after(&facts, 2);
    edited.pull.reviews[0].body = "#13".into();
    assert!(outcome(&edited).1.unwrap().contains("| #13 |"));
    edited.pull.reviews[0].body.clear();
    let (reason, write) = outcome(&edited);
    assert_eq!(reason, Err(Reason::NoReasonGiven { who: "lead".into(), verdict }));
    assert_eq!(write, facts.record);
    // Nor are words the lead's that somebody else wrote.
    let mut forged = facts.clone();
    forged.pull.reviews[0].editor = Some(account("mallory"));
    assert_eq!(outcome(&forged).0, Err(Reason::NoReasonGiven { who: "lead".into(), verdict }));
    forged.pull.reviews[0].editor = Some(account("Lead"));
    assert!(outcome(&forged).0.is_ok());
    // A passing one shows no text of a review.
    let mut passing = self::facts();
    passing.pull.reviews[0].body = "bravo".into();
    assert_eq!(outcome(&passing).0.unwrap().reason, None);
}

#[test]
fn where_nobody_vouches_the_validation_says_so() {
    let mut facts = facts();
    facts.vouched = false;
    facts.run = None;
    facts.pull.commits[0].verified = false;
    let (validation, write) = outcome(&facts);
    assert!(!validation.unwrap().vouched);
    assert!(write.unwrap().contains("| Identités | non vérifiées"));
    // The name is still asked for.
    facts.pull.commits[0].author = Some(account("mallory"));
    assert!(matches!(outcome(&facts).0, Err(Reason::ForeignCommit { .. })));
}

#[test]
fn what_is_taken_back_is_cleared() {
    let good = facts();
    let written = after(&good, 2);
    let cleared = |change: fn(&mut Facts)| {
        let mut facts = written.clone();
        change(&mut facts);
        let (outcome, write) = outcome(&facts);
        (outcome.unwrap_err(), write == good.record)
    };
    let who = || "lead".to_owned();
    let dismissed = cleared(|facts| facts.pull.reviews[0].state = ReviewState::Dismissed);
    assert_eq!(dismissed, (Reason::Dismissed { who: who() }, true));
    let changes =
        cleared(|facts| facts.pull.reviews.push(review(2, "lead", ReviewState::ChangesRequested, 2)));
    assert_eq!(changes, (Reason::ChangesRequested { who: who() }, true));
    assert_eq!(cleared(|facts| facts.rules.as_mut().unwrap().leads = vec!["other".into()]).1, true);
    // What could not be told is left alone.
    let unfinished = cleared(|facts| facts.run.as_mut().unwrap().conclusion = None);
    assert_eq!(unfinished, (Reason::RunUnfinished { run: 1_234_567 }, false));
    // So is what stands on a branch that is not the gate's alone.
    let foreign = cleared(|facts| {
        facts.pull.reviews.clear();
        facts.pull.commits[0].author = None;
    });
    assert_eq!(foreign.1, false);
}

#[test]
fn a_dismissal_by_our_own_commit_asks_again() {
    let good = facts();
    let mut written = after(&good, 2);
    let first = written.clone();
    written.pull.reviews[0].state = ReviewState::Dismissed;
    written.pull.reviews[0].dismissed_by = Some(sha(2));
    let ask = Err(Reason::AskAgain { who: "lead".into(), written: true });
    assert_eq!(outcome(&written), (ask, None));
    // The second approval is for the same content: nothing to write, or it would be dismissed again.
    written.pull.reviews.push(review(2, "lead", ReviewState::Approved, 2));
    let (validation, write) = outcome(&written);
    assert_eq!((validation, write), (outcome(&first).0, None));
    // A run that brings other evidence begins anew.
    let mut rerun = written.clone();
    rerun.record = Some(resealed(good.record.as_ref().unwrap(), "12:03", "12:06"));
    rerun.pull.head = sha(3);
    rerun.earlier.push((sha(2), written.record.clone().unwrap()));
    for review in &mut rerun.pull.reviews {
        (review.state, review.dismissed_by) = (ReviewState::Dismissed, Some(sha(3)));
    }
    let other = Err(Reason::OtherContent { who: "lead".into(), commit: Some(sha(2).to_string()) });
    assert_eq!(outcome(&rerun), (other, None));
}

#[test]
fn the_reason_of_a_dismissed_approval_stays() {
    let mut facts = failed();
    facts.rules.as_mut().unwrap().accept_failed = true;
    facts.pull.reviews[0].body = "known".into();
    let mut written = after(&facts, 2);
    written.pull.reviews[0].state = ReviewState::Dismissed;
    written.pull.reviews[0].dismissed_by = Some(sha(2));
    written.pull.reviews.push(review(2, "lead", ReviewState::Approved, 2));
    let (validation, write) = outcome(&written);
    assert_eq!((validation.unwrap().reason.as_deref(), write), (Some("known"), None));
}

#[test]
fn a_second_leads_approval_changes_nothing() {
    let mut facts = after(&facts(), 2);
    facts.pull.reviews.push(review(2, "second-lead", ReviewState::Approved, 2));
    let (validation, write) = outcome(&facts);
    assert_eq!((validation.unwrap().lead.as_str(), write), ("lead", None));
    // Once the first is taken back, the second stands in its place.
    facts.pull.reviews[0].state = ReviewState::Dismissed;
    let (validation, write) = outcome(&facts);
    assert_eq!(validation.unwrap().lead, "second-lead");
    assert!(write.unwrap().contains("— second-lead,"));
}

#[test]
fn a_validation_that_nobody_gave_does_not_stay() {
    let good = facts();
    let real = outcome(&good).0.unwrap();
    let text = good.record.clone().unwrap();
    let put = |validation: &Validation| with_validation(&text, Some(validation)).unwrap();
    let forged = [
        put(&Validation { lead: "second-lead".into(), ..real.clone() }),
        put(&Validation { review: 99, ..real.clone() }),
        put(&Validation { at: "2026-11-22T09:00:00Z".into(), ..real.clone() }),
        // Of another record.
        put(&Validation { digest: "0".repeat(64), ..real.clone() }),
        put(&Validation { separation: Separation::Own(Role::Actor), ..real.clone() }),
        put(&real).replace("| Lead | lead |", "| Lead | boss |"),
        text.replace("- [ ] Validé par Lead", "- [x] Validé par Lead — boss"),
    ];
    for forged in forged {
        let mut facts = good.clone();
        facts.record = Some(forged.clone());
        // The review that there is takes its place.
        assert_eq!(outcome(&facts), (Ok(real.clone()), Some(put(&real))), "{forged}");
        facts.pull.reviews.clear();
        assert_eq!(outcome(&facts), (Err(Reason::NoReview), Some(text.clone())), "{forged}");
    }
}

#[test]
fn a_closed_pull_request_is_not_written_to() {
    for (state, merged) in [(PullState::Closed, false), (PullState::Merged, true)] {
        let mut late = facts();
        late.pull.state = state;
        assert_eq!(outcome(&late), (Err(Reason::Closed { merged }), None));
        let mut written = after(&facts(), 2);
        written.pull.state = state;
        assert!(outcome(&written).0.is_ok());
        written.pull.reviews[0].state = ReviewState::Dismissed;
        assert_eq!(outcome(&written), (Err(Reason::Dismissed { who: "lead".into() }), None));
    }
}

#[test]
fn the_tags_commit_gets_a_status_only_from_its_own_branch() {
    let tag_commit = |change: fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        let Decision::Record { tag_commit, .. } = decide(&facts) else { panic!() };
        tag_commit.is_some()
    };
    assert!(tag_commit(|_| {}));
    assert!(tag_commit(|facts| facts.pull.reviews.clear()));
    assert!(!tag_commit(|facts| facts.pull.same_repository = false));
    assert!(!tag_commit(|facts| facts.pull.head_branch = BranchName::new("copy")));
}
