//! What others do between two requests of ours: each request in turn is held back while somebody else acts.

use std::thread;
use std::time::{Duration, Instant};

use fake_github::faults::Fault;
use fake_github::{GitHub, missing};

use super::each;
use super::publish::World;
use crate::support::record::Deployed;
use crate::support::skip::skip;

/// Run one while the other happens: when the one's request of this number is held back, before it is handled or
/// before it is answered. Without a request of that number the other happens afterwards.
pub(super) fn meanwhile<T: Send>(
    github: &GitHub,
    (fault, at): (Fault, usize),
    one: impl FnOnce() -> T + Send,
    other: impl FnOnce(),
) -> T {
    github.clear_log();
    github.break_request(at, fault);
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let since = Instant::now();
        while github.held() == 0 && !one.is_finished() && since.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(2));
        }
        other();
        github.release();
        one.join().unwrap()
    })
}

/// Both sides of each of so many requests.
pub(super) fn gaps(requests: usize) -> Vec<(Fault, usize)> {
    (0..requests).flat_map(|at| [(Fault::HoldBefore, at), (Fault::HoldAfter, at)]).collect()
}

/// Another run of the same release, a minute later.
fn later(deployed: &Deployed, run: u64) -> Deployed {
    Deployed {
        at: deployed.at.replace(":00:03Z", ":01:03Z"),
        run_url: deployed
            .run_url
            .clone()
            .map(|url| format!("{}{run}", url.trim_end_matches(char::is_numeric))),
        ..deployed.clone()
    }
}

#[test]
fn of_two_runs_one_is_published_whole() {
    if let Some(why) = missing() {
        return skip("sweep::of_two_runs_one_is_published_whole", &why);
    }
    let requests = {
        let world = World::new();
        world.github.clear_log();
        world.publish(&world.deployed);
        world.github.log().len()
    };
    let cases = gaps(requests);
    each(&cases, World::new, |world, gap| {
        let second = later(&world.deployed, 77);
        let (one, other) = (&world.deployed, &second);
        let first = meanwhile(
            &world.github,
            *gap,
            || world.publish(one),
            || {
                let done = world.publish(other);
                assert!(done.problem.is_none(), "{done:?}");
            },
        );
        assert!(first.problem.is_none(), "{first:?}");
        let record = world.is_whole();
        let is = |deployed: &Deployed| record.contains(deployed.run_url.as_deref().unwrap());
        assert!(is(one) != is(other), "{record}");
        // The next of them finds it so and leaves it so.
        world.is_settled(if is(one) { one } else { other });
    });
    println!("two runs at once, {} times", cases.len());
}
