//! Everything that can go wrong between the gate and GitHub, at every request in turn. Then it is run again
//! without faults, and the state must be the one that it would have been anyway.

mod between;
mod publish;
mod validate;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fake_github::GitHub;
use fake_github::faults::Fault;
use fake_github::log::Logged;

use crate::support::validating::{LONG, SHORT};

/// How many worlds exist at once: most of the time they wait for a clock.
const AT_ONCE: usize = 8;

/// Do it for every case, several at once, each in a world as `begin` makes it. What breaks is told with its case,
/// all of it.
fn each<C: Sync + std::fmt::Debug, W: AsRef<GitHub>>(
    cases: &[C],
    begin: impl Fn() -> W + Sync,
    run: impl Fn(&mut W, &C) + Sync,
) {
    let next = AtomicUsize::new(0);
    let broken: Mutex<Vec<String>> = Mutex::default();
    let work = || {
        let mut world = begin();
        let beginning = world.as_ref().snapshot();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            world.as_ref().restore(&beginning);
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&mut world, case)));
            let mut said = ended.err().map(|panic| {
                let said = panic.downcast_ref::<String>().cloned();
                said.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned())).unwrap_or_default()
            });
            let violations = world.as_ref().take_violations();
            if !violations.is_empty() {
                said.get_or_insert_default().push_str(&violations.join("\n"));
            }
            broken.lock().unwrap().extend(said.map(|said| format!("{case:?}: {said}")));
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {}:\n{}", broken.len(), cases.len(), broken.join("\n\n"));
}

/// A fault and the request that it breaks, counted from 0.
type Case = (Fault, usize);

/// Every fault at each of so many requests.
fn cases(requests: usize) -> Vec<Case> {
    let at = |fault: &Fault| (0..requests).map(|at| (*fault, at)).collect::<Vec<_>>();
    Fault::ALL.iter().flat_map(at).collect()
}

/// From now on, this goes wrong at that request.
fn break_it(github: &GitHub, (fault, at): Case) {
    github.clear_log();
    match (fault, at) {
        // Nobody listens from the first request on.
        (Fault::RefusedNext, 0) => github.go_down(),
        (Fault::RefusedNext, at) => github.break_request(at - 1, fault),
        _ => github.break_request(at, fault),
    }
}

/// The requests in lines, for messages.
fn lines(log: &[Logged]) -> String {
    let line = |logged: &Logged| format!("  {} {} {:?}", logged.status, logged.asked.line(), logged.fault);
    log.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What was asked and was meant to change something.
fn writes(log: &[Logged]) -> Vec<String> {
    log.iter().filter(|logged| logged.asked.writes).map(|logged| logged.asked.line()).collect()
}
