//! What the reviews amount to: who counts, what was approved, and how it is taken back.

use super::*;
use crate::model::Role;

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

type ChangeType = fn(&mut Facts);

#[test]
fn who_deployed_may_not_validate_unless_it_is_recorded() {
    let cases: [(Role, ChangeType); 4] = [
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
    assert!(cleared(|facts| facts.rules.as_mut().unwrap().leads = vec!["other".into()]).1);
    // What could not be told is left alone.
    let unfinished = cleared(|facts| facts.run.as_mut().unwrap().conclusion = None);
    assert_eq!(unfinished, (Reason::RunUnfinished { run: 1_234_567 }, false));
    // So is what stands on a branch that is not the gate's alone.
    let foreign = cleared(|facts| {
        facts.pull.reviews.clear();
        facts.pull.commits[0].author = None;
    });
    assert!(!foreign.1);
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
