//! SIGINT and SIGTERM in the middle of a run: undo, write what there is, and leave.

use std::time::{Duration, Instant};

use crate::support::gate::{Ended, Gate, Going};
use crate::support::scripted::{self, Reply, Scripted};

/// The promise: gone after this.
const GONE: Duration = Duration::from_secs(7);
/// An answer that does not come while a test runs.
const NEVER: Duration = Duration::from_secs(120);

/// A shop in which an order is made and read; reading it takes for ever, and `undo` answers its deletion.
fn shop(undo: Reply) -> Scripted {
    Scripted::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", _) => Reply::Answer(201, Vec::new(), r#"{"id":"o-77"}"#.to_owned()),
        ("DELETE", _) => undo.clone(),
        (_, "/") => scripted::ok("shop"),
        _ => scripted::ok("late").after(NEVER),
    })
}

const SMOKE: &str = "  pages: [/]
  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id } }
        - { name: read, get: \"/orders/{{ id }}\" }
        - { name: pay, post: \"/orders/{{ id }}/pay\" }
      finally:
        - { name: delete, delete: \"/orders/{{ id }}\" }
    - name: later
      steps: [{ name: make, post: /carts, json: { n: 1 } }]
      finally: [{ name: empty, delete: /carts }]
";

fn start(service: &Scripted) -> Going {
    Gate::run(&format!(
        "version: 1\nlanguage: en\nlimits: {{ rate: unlimited }}\nsmoke:\n  base_url: {}\n{SMOKE}",
        service.url
    ))
    .start()
}

/// Wait until the service was asked this.
fn until_asked(service: &Scripted, method: &str, path: &str) {
    let begun = Instant::now();
    while !service.all().iter().any(|asked| asked.method == method && asked.path == path) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{method} {path} was never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Send the signal and see that it is gone in time.
fn stop(going: Going, signal: &str, code: i32) -> Ended {
    let begun = Instant::now();
    going.signal(signal);
    let ended = going.wait().ended_with(code);
    assert!(begun.elapsed() < GONE, "{signal}: gone after {:?}", begun.elapsed());
    ended
}

fn id(step: &str) -> String {
    format!("smoke.workflows.order.{step}")
}

#[test]
fn an_interrupted_run_undoes_what_it_did_and_writes_what_it_saw() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let service = shop(scripted::status(204, ""));
        let going = start(&service);
        until_asked(&service, "GET", "/orders/o-77");
        let ended = stop(going, signal, code);

        assert_eq!(service.of("/orders/o-77").iter().filter(|asked| asked.method == "DELETE").count(), 1);
        assert_eq!(ended.files().len(), 4);
        assert_eq!(ended.report()["run"]["interrupted"], format!("SIG{signal}"));
        assert_eq!(ended.verdict(), "ERRORED");
        assert_eq!(ended.outcome("smoke.pages./"), "passed");
        assert_eq!(ended.outcome(&id("make")), "passed");
        assert_eq!(ended.cause(&id("read")).0, "interrupted");
        assert_eq!(ended.outcome(&id("pay")), "skipped");
        assert_eq!(ended.outcome(&id("finally.delete")), "passed");
        // What had not begun does not begin, and has nothing to undo.
        assert_eq!(ended.cause("smoke.workflows.later.make").0, "interrupted");
        assert_eq!(ended.outcome("smoke.workflows.later.finally.empty"), "skipped");
        assert_eq!(service.of("/carts").len(), 0);
        assert!(ended.record().contains("ERRORED") && !ended.record().contains("- [x] Workflow"));
        assert!(ended.stderr.contains("undoing"), "{}", ended.stderr);
    }
}

/// What cannot be undone in time is named, and the run leaves all the same.
#[test]
fn undoing_that_hangs_does_not_keep_it() {
    let service = shop(scripted::status(204, "").after(NEVER));
    let going = start(&service);
    until_asked(&service, "GET", "/orders/o-77");
    let ended = stop(going, "TERM", 143);
    assert_eq!(ended.files().len(), 4);
    assert_eq!(ended.cause(&id("finally.delete")).0, "interrupted");
    let leftover = ended.fact(&id("finally.delete"), "leftover");
    assert_eq!(leftover, format!("DELETE {}/orders/o-77", service.url));
}

/// The same when it was undoing already, in its own time, as the signal came.
#[test]
fn a_signal_while_undoing_puts_it_in_a_hurry() {
    let service = Scripted::start(|asked| match asked.method.as_str() {
        "POST" => Reply::Answer(201, Vec::new(), r#"{"id":"o-77"}"#.to_owned()),
        "DELETE" => scripted::status(204, "").after(NEVER),
        _ if asked.path == "/" => scripted::ok("shop"),
        _ => scripted::status(500, "no"),
    });
    let going = start(&service);
    until_asked(&service, "DELETE", "/orders/o-77");
    let ended = stop(going, "INT", 130);
    assert_eq!(ended.files().len(), 4);
    assert!(ended.fact(&id("finally.delete"), "leftover").ends_with("/orders/o-77"));
    assert_eq!(service.of("/carts").len(), 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let service = shop(scripted::status(204, "").after(NEVER));
    let going = start(&service);
    until_asked(&service, "GET", "/orders/o-77");
    going.signal("INT");
    until_asked(&service, "DELETE", "/orders/o-77");
    let begun = Instant::now();
    going.signal("INT");
    going.wait().ended_with(130);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// Before anything was asked there is nothing to write; it leaves just as soon.
#[test]
fn a_signal_while_it_waits_for_the_service_is_heard() {
    let service = Scripted::start(|_| scripted::ok("x").after(NEVER));
    let going = Gate::run(&format!(
        "version: 1\nwarm_up: 2m\nsmoke: {{ base_url: \"{}\", pages: [/, /a, /b] }}\n",
        service.url
    ))
    .start();
    until_asked(&service, "GET", "/");
    let ended = stop(going, "TERM", 143);
    assert_eq!(ended.cause("smoke.pages./").0, "interrupted");
}
