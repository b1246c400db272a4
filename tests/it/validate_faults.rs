//! A validation that is taken back, and one that GitHub dismisses on writing: what may go wrong at each request in
//! turn, then once more without. The sweep does the same for everything else that a validation does.

use fake_github::Verdict;
use fake_github::faults::Fault;

use crate::support::validating::{REPO, SHORT, World};

/// More requests than any validation makes.
const MOST: usize = 40;

/// Where it starts: a record, and reviews.
type Start = fn() -> Option<World>;

fn approved() -> Option<World> {
    let world = World::new("validate_faults::approved", "")?;
    world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    Some(world)
}

fn taken_back() -> Option<World> {
    let world = World::new("validate_faults::taken_back", "")?;
    let review = world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    world.validate();
    world.person("lead").dismiss(REPO, world.pull, review);
    Some(world)
}

fn dismissed_by_our_commit() -> Option<World> {
    let world = approved()?;
    world.github.dismiss_stale_approvals(REPO, "main");
    Some(world)
}

fn commits(world: &World) -> usize {
    let (main, head) = (world.github.head(REPO, "main").unwrap(), world.head());
    world.github.look(REPO, |_, state| state.objects.between(&main, &head).len())
}

/// What is wrong at the end, if anything.
fn wrong(world: &World, expected: &(&str, bool, usize)) -> Option<String> {
    let (state, sealed, made) = *expected;
    let said = world.status(&world.head());
    let of_tag = world.status(&world.tagged);
    let record = world.record();
    let comments = world.comments();
    let pulls = world.github.look(REPO, |repo, _| repo.pulls.len());
    let is_sealed = record.contains("- [x] Validé par Lead — lead, ");
    let good = said.as_ref().is_some_and(|(found, _)| found == state)
        && said == of_tag
        && is_sealed == sealed
        && (sealed || record == world.deployed.text())
        && commits(world) == made
        && comments.len() == 1
        && pulls == 1;
    let found = format!(
        "{said:?}, tag {of_tag:?}, sealed {is_sealed}, {} commits, {} comments, {pulls} pulls",
        commits(world),
        comments.len()
    );
    (!good).then_some(found)
}

/// Break every request in every way; returns how many cases there were.
fn sweep(start: Start, expected: &(&str, bool, usize), faults: &[Fault]) -> usize {
    let (mut cases, mut broken) = (0, Vec::new());
    let Some(mut world) = start() else { return 0 };
    let patience = world.patience;
    let before = world.record();
    let beginning = world.github.state().clone();
    for &fault in faults {
        for request in 0..MOST {
            *world.github.state() = beginning.clone();
            world.github.clear_log();
            world.patience = SHORT;
            world.github.break_request(request, fault);
            let first = world.try_validate(world.pull);
            if !world.github.broke_all() {
                world.github.heal();
                break;
            }
            cases += 1;
            let line = world.github.log()[request].asked.line();
            let line = || format!("{fault:?} at {request} ({line})");
            // The record is as it was, or as it is to be.
            let record = world.record();
            if record != before && record.contains("- [x] Validé par Lead") != expected.1 {
                broken.push(format!("{}: the record is neither old nor new", line()));
            }
            let green = world.status(&world.head()).is_some_and(|(state, _)| state == "success");
            if green && first.is_ok() && expected.0 != "success" {
                broken.push(format!("{}: green without a validation", line()));
            }
            world.github.heal();
            world.patience = patience;
            if let Err(failure) = world.try_validate(world.pull) {
                broken.push(format!("{}: then {}", line(), failure.error));
            }
            broken.extend(wrong(&world, expected).map(|found| format!("{}: {found}", line())));
        }
    }
    println!("{cases} cases");
    assert!(broken.is_empty(), "{} of {cases}:\n{}", broken.len(), broken.join("\n"));
    cases
}

#[test]
fn a_validation_is_taken_back_once() {
    let faults = [Fault::ResetAfter, Fault::ResetBefore, Fault::StatusAfter(502), Fault::Forbidden];
    assert!(sweep(taken_back, &("pending", false, 3), &faults) != 1);
}

#[test]
fn a_second_approval_is_asked_for_once() {
    let faults = [Fault::ResetAfter, Fault::ResetBefore, Fault::StatusAfter(502), Fault::Forbidden];
    assert!(sweep(dismissed_by_our_commit, &("pending", true, 2), &faults) != 1);
}
