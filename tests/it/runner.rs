//! What is run, in which order, how gently, and what the run says in the end.

use std::time::{Duration, Instant};

use crate::support::gate::{Ended, Gate};
use crate::support::sample::Fault;
use crate::support::scripted::{self, Reply, Scripted};
use crate::support::{sample, sample_with};

/// A configuration; `limits` are more limits, `smoke` is what stands under that key.
fn config(url: &str, limits: &str, smoke: &str) -> String {
    format!("version: 1\nlanguage: en\nlimits: {{ retries: 0{limits} }}\nsmoke:\n  base_url: {url}\n{smoke}")
}

/// As fast as can be.
const QUICK: &str = ", rate: unlimited";

fn run(url: &str, smoke: &str) -> Ended {
    gate(&config(url, QUICK, smoke)).wait()
}

/// With the passwords of the sample service.
fn gate(config: &str) -> Gate {
    Gate::run(config)
        .env("ADMIN_PASSWORD", "demo-admin-password")
        .env("ELEVE_PASSWORD", "demo-eleve-password")
}

const SESSIONS: &str = "  sessions:
    admin:
      nextauth: { email: admin@nexus.test, password: \"${secret:ADMIN_PASSWORD}\" }
      expect: { role: ADMIN }
    eleve:
      nextauth: { email: eleve@nexus.test, password: \"${secret:ELEVE_PASSWORD}\" }
      expect: { role: ELEVE }
";

/// Two roles, pages, a row of the access matrix and a workflow that cleans up.
fn whole() -> String {
    format!(
        "{SESSIONS}  pages: [/, /bilan-gratuit, {{ path: /dashboard, as: eleve }}]
  access:
    - {{ get: /api/admin/directeur/stats, anonymous: denied, eleve: denied, admin: 200 }}
    - {{ get: /api/student/me, anonymous: denied, eleve: 200 }}
  workflows:
    - name: assessment
      as: eleve
      steps:
        - {{ name: submit, post: /api/assessments/submit, json: {{ subject: MATHS }}, expect: 201, capture: {{ id: $.assessmentId }} }}
        - name: result
          get: \"/api/assessments/{{{{ id }}}}/result\"
          expect: {{ status: 200, json: {{ $.status: COMPLETED }} }}
          within: 20s
          every: 100ms
          fail_on: {{ status: 5xx }}
      finally:
        - {{ name: delete, delete: \"/api/assessments/{{{{ id }}}}\", expect: [204, 404] }}
"
    )
}

const SUBMIT: &str = "/api/assessments/submit";

fn tick(ended: &Ended, item: &str) -> String {
    let report = ended.report();
    let lines = report["checklist"].as_array().unwrap();
    let line = lines.iter().find(|line| line["item"] == item).unwrap();
    line["tick"].as_str().unwrap().to_owned()
}

fn count(ended: &Ended, outcome: &str) -> u64 {
    ended.report()["counts"][outcome].as_u64().unwrap()
}

#[test]
fn a_whole_run_passes_and_leaves_nothing_behind() {
    let service = sample();
    let ended = run(&service.url, &whole()).ended_with(0);
    assert_eq!((ended.verdict().as_str(), count(&ended, "passed")), ("PASSED", 13));
    for item in ["pages", "access", "workflow"] {
        assert_eq!(tick(&ended, item), "ticked", "{item}");
    }
    let deleted: Vec<_> = service.log.all().into_iter().filter(|asked| asked.method == "DELETE").collect();
    assert_eq!((deleted.len(), deleted[0].status), (1, Some(204)));
}

/// What a filter chooses brings the logins that it needs, and nothing else; what it leaves out is not
/// ticked, whatever the rest said.
#[test]
fn a_filter_brings_what_is_needed_and_ticks_nothing_that_it_left_out() {
    let service = sample();
    let row = "smoke.access.GET /api/student/me";
    let ended = gate(&config(&service.url, QUICK, &whole())).args(["--only", row]).wait().ended_with(0);
    assert_eq!(ended.verdict(), "PARTIAL");
    assert_eq!(ended.ids(), ["smoke.sessions.eleve", &format!("{row}.anonymous"), &format!("{row}.eleve")],);
    for (item, why) in [("pages", "left_out"), ("access", "left_out"), ("workflow", "left_out")] {
        assert_eq!(tick(&ended, item), why, "{item}");
    }
    assert!(ended.record().contains("PARTIAL") && !ended.record().contains("- [x]"), "{}", ended.record());
    assert!(ended.stdout.contains("this run is no proof"), "{}", ended.stdout);
    assert_eq!(service.log.of("/bilan-gratuit").len() + service.log.of(SUBMIT).len(), 0);

    // All pages were chosen: that line may be ticked.
    let ended = gate(&config(&service.url, QUICK, &whole()))
        .args(["--only", "smoke.pages", "--only", "smoke.access.*.admin"])
        .wait()
        .ended_with(0);
    assert_eq!((tick(&ended, "pages"), tick(&ended, "access")), ("ticked".to_owned(), "left_out".to_owned()));

    let ended = gate(&config(&service.url, QUICK, &whole())).args(["--skip", "smoke.workflows"]).wait();
    let ended = ended.ended_with(0);
    assert_eq!((ended.verdict().as_str(), count(&ended, "passed")), ("PARTIAL", 10));
    assert_eq!(service.log.of(SUBMIT).len(), 0);

    // A failure is no less one in a part.
    service.faults.at("/", Fault::Status(500));
    let ended = gate(&config(&service.url, QUICK, &whole())).args(["--only", "smoke.pages./"]).wait();
    assert_eq!(ended.ended_with(1).verdict(), "FAILED");
}

#[test]
fn a_known_failure_is_waived_until_its_day() {
    let service = sample();
    service.faults.at("/", Fault::Status(500));
    let page = |until: &str| {
        let waive = format!("{{ reason: ticket 42, owner: amel, until: {until} }}");
        run(&service.url, &format!("  pages: [/bilan-gratuit, {{ path: /, waive: {waive} }}]\n"))
    };
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let known = page("2099-12-31").ended_with(0);
    assert_eq!((known.verdict().as_str(), known.outcome("smoke.pages./").as_str()), ("WARNED", "waived"));
    for part in ["ticket 42", "amel", "2099-12-31"] {
        assert!(known.record().contains(part) && known.stdout.contains(part), "{part}");
    }
    assert_eq!(page(&today.to_string()).ended_with(0).verdict(), "WARNED", "its last day counts");
    let over = page(&today.yesterday().unwrap().to_string()).ended_with(1);
    assert_eq!(over.outcome("smoke.pages./"), "failed");

    // A waiver covers a failure, not that nobody could tell.
    service.faults.clear();
    service.faults.at("/", Fault::Drop);
    assert_eq!(page("2099-12-31").ended_with(3).outcome("smoke.pages./"), "errored");
    service.faults.clear();
    assert_eq!(page("2099-12-31").ended_with(0).verdict(), "PASSED");
}

#[test]
fn an_advisory_check_warns_and_blocks_nothing() {
    let service = sample();
    for fault in [Fault::Status(500), Fault::Drop] {
        service.faults.clear();
        service.faults.at("/", fault);
        let ended =
            run(&service.url, "  pages: [/bilan-gratuit, { path: /, required: false }]\n").ended_with(0);
        assert_eq!((ended.verdict().as_str(), count(&ended, "warnings")), ("WARNED", 1));
        assert!(!ended.file("junit.xml").contains("<failure"), "{}", ended.file("junit.xml"));
    }
    // Nothing that is required proves nothing.
    let ended = run(&service.url, "  pages: [{ path: /, required: false }]\n").ended_with(0);
    assert_ne!(tick(&ended, "pages"), "ticked");
}

#[test]
fn at_the_runs_deadline_what_has_not_ended_is_errored_and_nothing_more_is_written() {
    let service = sample();
    service.faults.at("/slow*", Fault::Slow(Duration::from_secs(60)));
    let pages: Vec<String> = (1..=6).map(|n| format!("/slow/{n}")).collect();
    let smoke = format!(
        "  pages: [/, {}]\n  workflows: [{{ name: w, steps: [{{ post: {SUBMIT}, json: {{ subject: A }} }}] }}]\n",
        pages.join(", ")
    );
    let begun = Instant::now();
    let limits = format!("{QUICK}, in_flight: 2, deadline: 1s");
    let ended = gate(&config(&service.url, &limits, &smoke)).wait().ended_with(3);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(ended.outcome("smoke.pages./"), "passed");
    for page in pages {
        assert_eq!(ended.cause(&format!("smoke.pages.{page}")).0, "run_deadline");
    }
    assert_eq!(ended.cause("smoke.workflows.w.1-post").0, "run_deadline");
    assert_eq!(service.log.of(SUBMIT).len(), 0, "a write began after the deadline");
    assert!(ended.stdout.contains("limits.deadline"), "{}", ended.stdout);
}

#[test]
fn the_report_has_the_order_of_the_file_whatever_ends_first() {
    let names: Vec<String> = (0..12).map(|n| format!("/p{n}")).collect();
    let expected: Vec<String> = names.iter().map(|name| format!("smoke.pages.{name}")).collect();
    for reverse in [false, true] {
        let service = Scripted::start(move |asked| {
            let n: u64 = asked.path[2..].parse().unwrap();
            scripted::ok("x").after(Duration::from_millis(20 * if reverse { 12 - n } else { n * 5 % 12 }))
        });
        let limits = format!("{QUICK}, in_flight: 12");
        let smoke = format!("  pages: [{}]\n", names.join(", "));
        let ended = gate(&config(&service.url, &limits, &smoke)).wait().ended_with(0);
        assert_eq!(ended.ids(), expected);
    }
}

#[test]
fn no_more_requests_are_under_way_than_allowed() {
    let service = sample();
    service.faults.everywhere(Fault::Slow(Duration::from_millis(100)));
    let pages = (1..=12).map(|n| format!("{{ path: /, name: p{n} }}")).collect::<Vec<_>>().join(", ");
    let smoke = format!("  pages: [{pages}]\n");
    gate(&config(&service.url, &format!("{QUICK}, in_flight: 3"), &smoke)).wait().ended_with(0);
    assert_eq!(service.log.all().len(), 12);
    // The service sees an answer's end a little before the gate does, never the other way round.
    assert!((2..=3).contains(&service.log.most_in_flight()), "{}", service.log.most_in_flight());
}

#[test]
fn requests_begin_no_faster_than_allowed() {
    let service = sample();
    let pages = (1..=11).map(|n| format!("{{ path: /, name: p{n} }}")).collect::<Vec<_>>().join(", ");
    let smoke = format!("  pages: [{pages}]\n");
    gate(&config(&service.url, ", rate: 20/s, in_flight: 20", &smoke)).wait().ended_with(0);
    let asked = service.log.all();
    // Eleven requests have ten pauses of 50 ms between them.
    let took = asked[10].at - asked[0].at;
    assert!(took >= Duration::from_millis(400), "{took:?}");
}

#[test]
fn writes_come_after_all_reads_and_one_at_a_time() {
    let service = sample_with(crate::support::sample::Config {
        delay: Duration::from_millis(50),
        ..crate::support::sample::Config::default()
    });
    for path in ["/", "/bilan-gratuit", "/api/assessments/*"] {
        service.faults.at(path, Fault::Slow(Duration::from_millis(100)));
    }
    let workflow = |name: &str| {
        format!(
            "    - name: {name}
      steps:
        - {{ name: submit, post: {SUBMIT}, json: {{ subject: {name} }}, expect: 201, capture: {{ id: $.assessmentId }} }}
      finally: [{{ name: delete, delete: \"/api/assessments/{{{{ id }}}}\", expect: 204 }}]
"
        )
    };
    // The writes stand first in the file.
    let smoke = format!(
        "  workflows:\n{}{}  access: [{{ post: {SUBMIT}, json: {{ subject: C }}, anonymous: 201 }}]
  pages: [/, /bilan-gratuit]\n",
        workflow("a"),
        workflow("b")
    );
    let ended = gate(&config(&service.url, &format!("{QUICK}, in_flight: 8"), &smoke)).wait().ended_with(0);
    let all = service.log.all();
    let first_write = all.iter().position(|asked| asked.method != "GET").unwrap();
    assert_eq!(first_write, 2, "{:?}", all.iter().map(|asked| asked.path.clone()).collect::<Vec<_>>());
    assert_eq!(all.len(), 7);
    for asked in &all[first_write..] {
        assert_eq!(asked.in_flight, 1, "{} {} was not alone", asked.method, asked.path);
    }
    assert_eq!(count(&ended, "passed"), 7);
}

#[test]
fn polling_goes_on_until_it_holds_or_time_is_over() {
    let service = sample();
    let ended = run(&service.url, &whole()).ended_with(0);
    let polls: u32 = ended.fact("smoke.workflows.assessment.result", "polls").parse().unwrap();
    assert!(polls > 1, "the result is pending for a while");

    let service = sample();
    service.faults.everywhere(Fault::StuckPending);
    let smoke = whole().replace("within: 20s", "within: 1s");
    let ended = run(&service.url, &smoke).ended_with(1);
    assert_eq!(ended.actual("smoke.workflows.assessment.result", "status"), "400");
    assert_eq!(ended.outcome("smoke.workflows.assessment.finally.delete"), "passed");

    // A page may poll too; here a connection that is refused for a while is "not yet".
    let heals = Scripted::start(|asked| if asked.nth < 1 { Reply::Drop } else { scripted::ok("up") });
    run(&heals.url, "  pages: [{ path: /, within: 20s }]\n").ended_with(0);
}

#[test]
fn fail_on_ends_the_polling_at_once() {
    let service = Scripted::start(|asked| match asked.path.as_str() {
        SUBMIT => Reply::Answer(201, Vec::new(), r#"{"assessmentId":"as_1"}"#.to_owned()),
        "/api/assessments/as_1" => scripted::status(204, ""),
        _ if asked.nth == 0 => scripted::status(400, "pending"),
        _ => scripted::status(500, "the model crashed"),
    });
    let smoke = whole().replace("      as: eleve\n", "").replace(SESSIONS, "");
    let smoke = &smoke[smoke.find("  workflows:").unwrap()..];
    let ended = run(&service.url, smoke).ended_with(1);
    assert_eq!(ended.actual("smoke.workflows.assessment.result", "status"), "500");
    assert_eq!(service.of("/api/assessments/as_1/result").len(), 2);
    assert_eq!(service.of("/api/assessments/as_1").len(), 1, "deleted all the same");
}

/// An order that is made, cannot be read, and is taken back if `undo` lets it.
fn order(undo: Reply) -> Scripted {
    Scripted::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", _) => Reply::Answer(201, Vec::new(), r#"{"id":"o-77"}"#.to_owned()),
        ("DELETE", _) => undo.clone(),
        _ => scripted::status(500, "no"),
    })
}

const ORDER: &str = "  workflows:
    - name: order
      steps:
        - { name: make, post: /orders, json: { n: 1 }, expect: 201, capture: { id: $.id } }
        - { name: read, get: \"/orders/{{ id }}\" }
        - { name: pay, post: \"/orders/{{ id }}/pay\" }
      finally:
        - { name: delete, delete: \"/orders/{{ id }}\" }
";

#[test]
fn after_a_step_that_failed_nothing_goes_on_but_what_undoes_it() {
    let service = order(scripted::status(204, ""));
    let ended = run(&service.url, ORDER).ended_with(1);
    let id = |step: &str| format!("smoke.workflows.order.{step}");
    assert_eq!(ended.outcome(&id("make")), "passed");
    assert_eq!(ended.outcome(&id("read")), "failed");
    let skipped = ended.check(&id("pay"));
    assert_eq!(skipped["skip"]["reason"], "earlier_step");
    assert_eq!(skipped["skip"]["check"], id("read").as_str());
    assert_eq!(ended.outcome(&id("finally.delete")), "passed");
    assert_eq!((service.of("/orders/o-77/pay").len(), service.of("/orders/o-77").len()), (0, 2));
}

#[test]
fn what_could_not_be_undone_is_named() {
    for undo in [scripted::status(500, "no"), Reply::Drop] {
        let service = order(undo);
        let ended = run(&service.url, ORDER);
        assert!([1, 3].contains(&ended.code), "{}", ended.stdout);
        let leftover = ended.fact("smoke.workflows.order.finally.delete", "leftover");
        assert_eq!(leftover, format!("DELETE {}/orders/o-77", service.url));
        // Wherever a person looks, and not only in the details.
        for text in [&ended.stdout, &ended.file("summary.md"), &ended.file("junit.xml")] {
            assert!(text.contains(&leftover), "{text}");
        }
        assert!(ended.record().matches(&leftover).count() >= 3, "{}", ended.record());
    }
}

/// The row is there although the step failed: it is taken back with what the answer told of it.
#[test]
fn a_write_with_an_answer_that_was_not_expected_is_undone() {
    let service = order(scripted::status(204, ""));
    let ended = run(&service.url, &ORDER.replace("expect: 201", "expect: 200")).ended_with(1);
    assert_eq!(ended.outcome("smoke.workflows.order.make"), "failed");
    assert_eq!(ended.outcome("smoke.workflows.order.finally.delete"), "passed");
    assert_eq!(service.of("/orders/o-77").len(), 1);
}

/// Nobody knows whether the order was made, nor which: that is not "nothing to undo".
#[test]
fn a_write_without_an_answer_may_have_left_something() {
    let service = Scripted::start(|_| Reply::Drop);
    let ended = run(&service.url, ORDER).ended_with(3);
    let undo = ended.check("smoke.workflows.order.finally.delete");
    assert_eq!(undo["outcome"], "errored", "{undo:#}");
    assert!(ended.fact("smoke.workflows.order.finally.delete", "leftover").contains("/orders/"));
    assert_eq!(service.all().len(), 1, "nothing can be deleted without its name");

    // What was refused was not made.
    let service = Scripted::start(|_| scripted::status(422, "no"));
    let ended = run(&service.url, ORDER).ended_with(1);
    let undo = ended.check("smoke.workflows.order.finally.delete");
    assert_eq!(undo["skip"]["reason"], "nothing_to_undo", "{undo:#}");
}

#[test]
fn without_its_login_a_check_is_skipped_and_the_run_does_not_pass() {
    let service = sample();
    let wrong = gate(&config(&service.url, QUICK, &whole())).env("ELEVE_PASSWORD", "not-the-password").wait();
    let wrong = wrong.ended_with(1);
    assert_eq!(wrong.outcome("smoke.sessions.eleve"), "failed");
    assert_eq!(wrong.outcome("smoke.sessions.admin"), "passed");
    for id in [
        "smoke.pages./dashboard",
        "smoke.workflows.assessment.submit",
        "smoke.access.GET /api/student/me.eleve",
    ] {
        let check = wrong.check(id);
        assert_eq!(check["skip"]["check"], "smoke.sessions.eleve", "{check:#}");
    }
    assert_eq!(wrong.outcome("smoke.pages./"), "passed");
    assert_eq!(wrong.cause("smoke.access.GET /api/student/me.anonymous").0, "no_control");
    assert_eq!((tick(&wrong, "pages").as_str(), service.log.of(SUBMIT).len()), ("not_passed", 0));
    assert!(!wrong.record().contains("not-the-password"));

    // A login that looks right and gives no session; the right person with the wrong role.
    service.faults.everywhere(Fault::BrokenLogin);
    assert_eq!(run(&service.url, &whole()).ended_with(1).outcome("smoke.sessions.admin"), "failed");
    service.faults.clear();
    let ended = run(&service.url, &whole().replace("role: ELEVE", "role: COACH")).ended_with(1);
    assert_eq!(ended.actual("smoke.sessions.eleve", "identity"), "ELEVE");

    // A login that cannot be asked is errored, and so is the run.
    service.faults.at("/api/auth/*", Fault::Drop);
    assert_eq!(run(&service.url, &whole()).ended_with(3).outcome("smoke.sessions.admin"), "errored");
}

/// Tokens are longer than what a record shows of a value.
#[test]
fn every_kind_of_login_gives_a_session() {
    let service = sample();
    let smoke = "  sessions:
    by_json:
      json: { post: /api/login, body: { email: admin@nexus.test, password: \"${secret:ADMIN_PASSWORD}\" }, bearer: $.token }
      whoami: /api/me
      expect: { $.user.role: ADMIN }
    by_form:
      form:
        post: /login
        fields: { email: eleve@nexus.test, password: \"${secret:ELEVE_PASSWORD}\" }
        token: { get: /login, matches: 'name=\"_csrf\" value=\"([^\"]+)\"', field: _csrf }
      whoami: /api/me
      expect: { $.user.role: ELEVE }
    by_basic:
      basic: { user: coach@nexus.test, password: \"${secret:COACH_PASSWORD}\" }
      whoami: /api/me
      expect: { $.user.role: COACH }
  access:
    - { get: /api/admin/directeur/stats, anonymous: denied, by_json: 200, by_form: denied, by_basic: denied }
    - { get: /api/coach/sessions, anonymous: denied, by_json: denied, by_form: denied, by_basic: 200 }
";
    let ended = gate(&config(&service.url, QUICK, smoke)).env("COACH_PASSWORD", "demo-coach-password").wait();
    assert_eq!(count(&ended.ended_with(0), "passed"), 11);
}
