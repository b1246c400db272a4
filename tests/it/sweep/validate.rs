//! Validating.

use fake_github::faults::Fault;
use fake_github::{Verdict, missing};

use super::between::{gaps, meanwhile};
use super::{SHORT, break_it, cases, each, lines, writes};
use crate::support::skip::skip;
use crate::support::validating::{BRANCH, REPO, World};

const TICKED: &str = "- [x] Validé par Lead";

/// A record that waits, approved or not.
fn world(approved: bool) -> World {
    let world = World::new("sweep::validate", "").unwrap();
    if approved {
        world.person("lead").review(REPO, world.pull, Verdict::Approved, "");
    }
    world.github.clear_log();
    world
}

/// How many requests it takes.
fn requests(approved: bool) -> usize {
    let world = world(approved);
    world.validate();
    world.github.log().len()
}

/// No status says more than the record, and the record no more than the reviews.
fn nothing_is_made_up(world: &World) {
    let log = lines(&world.github.log());
    let approved = world.github.look(REPO, |repo, _| {
        repo.pull(world.pull).unwrap().reviews.iter().any(|it| it.author.as_deref() == Some("lead"))
    });
    let ticked = world.record().contains(TICKED);
    assert!(!ticked || approved, "ticked without an approval\n{log}");
    for sha in [world.head(), world.tagged.clone()] {
        let green = world.status(&sha).is_some_and(|(state, _)| state == "success");
        assert!(!green || ticked, "green without a validation\n{log}");
    }
    let above = |text: &str| text.split("<!-- prod-gate:seal -->").next().unwrap().to_owned();
    assert_eq!(above(&world.record()), above(&world.deployed.text()));
    assert!(world.comments().len() <= 1, "{:?}\n{log}", world.comments());
}

/// Everything says the same and nothing is left to do.
fn is_settled(world: &World, green: bool) {
    nothing_is_made_up(world);
    let log = lines(&world.github.log());
    assert_eq!(world.said().0 == "success", green, "{:?}\n{log}", world.said());
    assert_eq!(world.record().contains(TICKED), green, "{}\n{log}", world.record());
    world.github.look(REPO, |repo, state| {
        let differs = state.diff(repo.branch("main").unwrap(), repo.branch(BRANCH).unwrap());
        assert_eq!(differs.len(), 1);
    });
    world.github.clear_log();
    world.validate();
    let log = world.github.log();
    assert_eq!(writes(&log), Vec::<String>::new(), "{}", lines(&log));
}

fn commits(world: &World) -> usize {
    world.github.look(REPO, |repo, state| {
        state.objects.between(repo.branch("main").unwrap(), repo.branch(BRANCH).unwrap()).len()
    })
}

#[test]
fn no_fault_makes_a_validation_that_nobody_gave() {
    if let Some(why) = missing() {
        return skip("sweep::no_fault_makes_a_validation", &why);
    }
    let cases = cases(requests(false));
    each(
        &cases,
        || world(false),
        |world, case| {
            let patience = std::mem::replace(&mut world.patience, SHORT);
            break_it(&world.github, *case);
            let first = world.try_validate(world.pull);
            assert!(world.github.broke_all(), "nothing was broken:\n{}", lines(&world.github.log()));
            nothing_is_made_up(world);
            world.github.heal();
            world.patience = patience;
            if first.is_err() || case.0 == Fault::RefusedNext {
                world.validate();
            }
            is_settled(world, false);
            assert_eq!((commits(world), world.comments().len()), (1, 0));
        },
    );
    println!("{} faults in validating what nobody approved", cases.len());
}

/// Whether the statuses say that it is validated: that of the pull request's head and that of the tag's commit,
/// which must be the same. A branch may move on when its pull request has ended.
fn green(world: &World) -> bool {
    let head = world.github.look(REPO, |repo, _| repo.pull(world.pull).unwrap().head_sha.clone());
    let (head, tagged) = (world.status(&head).unwrap(), world.status(&world.tagged).unwrap());
    assert_eq!(head, tagged, "{}", lines(&world.github.log()));
    head.0 == "success"
}

/// What somebody does meanwhile.
#[derive(Debug, Clone, Copy)]
enum Act {
    Dismiss,
    RequestChanges,
    ApproveAgain,
    PushToTheBranch,
    EditTheRecord,
    Close,
    Merge,
}

impl Act {
    const ALL: [Self; 7] = [
        Self::Dismiss,
        Self::RequestChanges,
        Self::ApproveAgain,
        Self::PushToTheBranch,
        Self::EditTheRecord,
        Self::Close,
        Self::Merge,
    ];

    fn happens(self, world: &World) {
        let lead = world.person("lead");
        let pull = world.pull;
        match self {
            Self::Dismiss => {
                let id = world.github.look(REPO, |repo, _| repo.pull(pull).unwrap().reviews[0].id);
                lead.dismiss(REPO, pull, id);
            }
            Self::RequestChanges => drop(lead.review(REPO, pull, Verdict::ChangesRequested, "no")),
            Self::ApproveAgain => drop(lead.review(REPO, pull, Verdict::Approved, "")),
            Self::PushToTheBranch => drop(world.person("mallory").push(REPO, BRANCH, "other.txt", "x\n")),
            Self::EditTheRecord => {
                let text = world.record().replace("200", "201");
                world.person("mallory").push(REPO, BRANCH, &world.deployed.path(), &text);
            }
            Self::Close => lead.close(REPO, pull),
            Self::Merge => drop(lead.merge(REPO, pull)),
        }
    }
}

#[test]
fn what_happens_in_between_is_what_stands() {
    if let Some(why) = missing() {
        return skip("sweep::what_happens_in_between_is_what_stands", &why);
    }
    let gaps = gaps(requests(true));
    let cases: Vec<_> = Act::ALL.iter().flat_map(|act| gaps.iter().map(|gap| (*act, *gap))).collect();
    each(
        &cases,
        || world(true),
        |world, (act, gap)| {
            let world = &*world;
            let first =
                meanwhile(&world.github, *gap, || world.try_validate(world.pull), || act.happens(world));
            // The event of what was done starts it again.
            let log = lines(&world.github.log());
            let told = world.validate();
            let green = green(world);
            let expected = match act {
                Act::ApproveAgain => Some(true),
                Act::Dismiss | Act::RequestChanges | Act::PushToTheBranch | Act::EditTheRecord => Some(false),
                // It depends on whether the record was sealed by then.
                Act::Close | Act::Merge => None,
            };
            assert_eq!(expected.unwrap_or(green), green, "{told:?}, after {first:?}\n{log}");
            let ticked = world.record().contains(TICKED);
            assert!(!green || ticked, "{told:?}\n{log}");
            if matches!(act, Act::Dismiss | Act::RequestChanges) {
                assert!(!ticked, "{told:?}\n{log}");
            }
            assert!(world.comments().len() <= 1, "{:?}\n{log}", world.comments());
            world.github.clear_log();
            world.validate();
            let log = world.github.log();
            assert_eq!(writes(&log), Vec::<String>::new(), "{}", lines(&log));
        },
    );
    println!("{} times somebody did something in between", cases.len());
}
