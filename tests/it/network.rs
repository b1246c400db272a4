//! A network as it is: refused, unknown, slow, cut, redirected, busy, and in front of a firewall.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use crate::support::gate::{Ended, Gate};
use crate::support::sample::Fault;
use crate::support::scripted::{self, Reply, Scripted};
use crate::support::tls::{Authority, Certificate};
use crate::support::{runtime, sample};

/// A configuration without politeness, with one retry; `smoke` is what stands under that key.
fn config(url: &str, smoke: &str) -> String {
    format!("version: 1\nlimits: {{ rate: unlimited, retries: 1 }}\nsmoke:\n  base_url: {url}\n{smoke}")
}

/// One page of this service and what is expected of it.
fn page(url: &str, page: &str) -> Ended {
    Gate::run(&config(url, &format!("  pages:\n    - {page}\n"))).wait()
}

/// How many tries failed before the one that counts.
fn retries(ended: &Ended, id: &str) -> usize {
    ended.check(id)["attempts"].as_array().unwrap().len()
}

#[test]
fn a_port_where_nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ended = page(&format!("http://127.0.0.1:{port}"), "/").ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "refused");
    assert_eq!(retries(&ended, "smoke.pages./"), 1);
    assert!(ended.stdout.contains("hint: see that the service runs"), "{}", ended.stdout);
}

#[test]
fn a_name_that_nobody_knows() {
    let ended = page("http://nexus.invalid", "/").ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "dns");
    assert!(ended.stdout.contains("hint: check the address"), "{}", ended.stdout);
}

#[test]
fn certificates_are_verified() {
    let authority = Authority::new();
    for (kind, code) in [
        (Certificate::Expired, "certificate_expired"),
        (Certificate::SelfSigned, "certificate_unknown_issuer"),
        (Certificate::WrongName, "certificate_name"),
    ] {
        let url = tls_url(runtime().block_on(authority.serve(kind)));
        let gate = Gate::run(&config(&url, "  pages: [/]\n")).env("SSL_CERT_FILE", authority.file());
        assert_eq!(gate.wait().ended_with(3).cause("smoke.pages./").0, code, "{kind:?}");
    }
    // A good one is not trusted either by a machine that does not know its authority.
    let url = tls_url(runtime().block_on(authority.serve(Certificate::Good)));
    let unknown = page(&url, "/").ended_with(3);
    assert_eq!(unknown.cause("smoke.pages./").0, "certificate_unknown_issuer");
    assert!(unknown.stdout.contains("SSL_CERT_FILE"), "{}", unknown.stdout);
}

#[test]
fn the_days_that_a_certificate_has_left_are_judged() {
    let authority = Authority::new();
    let url = tls_url(runtime().block_on(authority.serve(Certificate::Good)));
    let run = |days: u32| {
        let smoke = format!("  pages: [{{ path: /, certificate_days: {days} }}]\n");
        Gate::run(&config(&url, &smoke)).env("SSL_CERT_FILE", authority.file()).wait()
    };
    let enough = run(30).ended_with(0);
    assert_eq!(enough.fact("smoke.pages./", "certificate_ends"), "2100-01-01");
    let too_few = run(40_000).ended_with(1);
    let left: u32 = too_few.actual("smoke.pages./", "certificate_days").parse().unwrap();
    assert!((1000..40_000).contains(&left), "{left}");
}

/// On plain HTTP there is no certificate, and nothing may pass as one.
#[test]
fn certificate_days_of_plain_http_do_not_pass() {
    let service = sample();
    let ended = page(&service.url, "{ path: /, certificate_days: 1 }");
    assert_ne!(ended.code, 0, "{}", ended.stdout);
}

fn tls_url(address: SocketAddr) -> String {
    format!("https://localhost:{}", address.port())
}

#[test]
fn a_redirect_loop_fails_whether_it_is_followed_or_not() {
    let service = sample();
    service.faults.at("/", Fault::RedirectLoop);
    let seen = page(&service.url, "/").ended_with(1);
    assert_eq!(seen.actual("smoke.pages./", "status"), "302");
    let before = service.log.of("/").len();
    assert_eq!(before, 1);
    let followed = page(&service.url, "{ path: /, follow: true }").ended_with(1);
    assert!(followed.actual("smoke.pages./", "redirect").contains(" → "), "{}", followed.stdout);
    assert_eq!(service.log.of("/").len() - before, 11, "ten redirects and the first question");
}

/// Credentials are for the service, not for whom it points to.
#[test]
fn a_redirect_to_another_host_takes_no_credentials_along() {
    let other = Scripted::start(|_| scripted::ok("somewhere else"));
    // Cookies do not know ports: only another name is another host to them.
    let elsewhere = other.url.replace("127.0.0.1", "localhost");
    let target = format!("{elsewhere}/landed");
    let site = Scripted::start(move |asked| match asked.path.as_str() {
        "/login" => scripted::json("{}").with("set-cookie", "sid=a-long-session-cookie; Path=/"),
        "/me" if asked.header("cookie") == Some("sid=a-long-session-cookie") => {
            scripted::json(r#"{"role":"A"}"#)
        }
        "/me" if asked.header("authorization").is_some() => scripted::json(r#"{"role":"B"}"#),
        "/out" => scripted::redirect(&target),
        "/around" => scripted::redirect("/inside"),
        "/inside" => scripted::ok("inside"),
        _ => scripted::status(404, "no"),
    });
    let smoke = "  headers: { x-gate: \"${secret:GATE_TOKEN}\" }
  sessions:
    cookie: { json: { post: /login, body: { user: a } }, whoami: /me, expect: { $.role: A } }
    bearer: { bearer: \"${secret:API_TOKEN}\", whoami: /me, expect: { $.role: B } }
    basic: { basic: { user: b, password: \"${secret:PASSWORD}\" }, whoami: /me, expect: { $.role: B } }
  pages:
    - { path: /out, name: by cookie, as: cookie, follow: true }
    - { path: /out, name: by bearer, as: bearer, follow: true }
    - { path: /out, name: by basic, as: basic, follow: true }
    - { path: /around, as: bearer, follow: true }
";
    let ended = Gate::run(&config(&site.url, smoke))
        .env("GATE_TOKEN", "gate-token-0001")
        .env("API_TOKEN", "api-token-0002")
        .env("PASSWORD", "password-0003")
        .wait()
        .ended_with(0);
    let landed = other.of("/landed");
    assert_eq!(landed.len(), 3);
    for asked in &landed {
        let names: Vec<&str> = asked.headers.keys().map(hyper::header::HeaderName::as_str).collect();
        for forbidden in ["authorization", "cookie", "x-gate"] {
            assert!(!names.contains(&forbidden), "{forbidden} went along: {names:?}");
        }
        for value in asked.headers.values() {
            assert!(!value.to_str().unwrap().contains("000"), "{value:?}");
        }
    }
    // On the same host everything goes along.
    let inside = &site.of("/inside")[0];
    assert_eq!(inside.header("authorization"), Some("Bearer api-token-0002"));
    assert_eq!(inside.header("x-gate"), Some("gate-token-0001"));
    assert_eq!(ended.fact("smoke.pages.by cookie", "url"), format!("{elsewhere}/landed"));
}

#[test]
fn a_body_that_never_ends_is_read_up_to_the_cap() {
    let service = sample();
    service.faults.at("/", Fault::Endless);
    let enough = page(&service.url, "{ path: /, contains: and so on }").ended_with(0);
    assert_eq!(enough.fact("smoke.pages./", "length"), format!("{}+", 1 << 20));

    // What was not read can neither be there nor be absent.
    for expect in ["contains: the end", "not_contains: the end", "json: { $.a: 1 }", "matches: the end"] {
        let unknown = page(&service.url, &format!("{{ path: /, {expect} }}")).ended_with(3);
        assert_eq!(unknown.cause("smoke.pages./").0, "too_large", "{expect}");
    }
    // What was read is known all the same.
    page(&service.url, "{ path: /, not_contains: and so on }").ended_with(1);
    page(&service.url, "{ path: /, status: 404, contains: the end }").ended_with(1);

    let small = config(&service.url, "  pages: [/]\n").replace("retries: 1", "retries: 1, body: 64KiB");
    let small = Gate::run(&small).wait().ended_with(0);
    assert_eq!(small.fact("smoke.pages./", "length"), "65536+");
}

/// A byte now and then keeps a connection alive for ever; the check's deadline ends it.
#[test]
fn a_body_that_drips_is_over_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
                while sent.is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                    sent = stream.write_all(b".");
                }
            });
        }
    });
    let begun = Instant::now();
    let config = config(&url, "  pages: [/]\n").replace("retries: 1", "retries: 1, check: 1s");
    let ended = Gate::run(&config).wait().ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "timeout");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_slow_answer_is_errored_at_the_checks_deadline_and_failed_at_max_time() {
    let service = sample();
    service.faults.at("/", Fault::Slow(Duration::from_secs(30)));
    service.faults.at("/bilan-gratuit", Fault::Slow(Duration::from_millis(300)));
    let smoke = "  pages: [/, { path: /bilan-gratuit, max_time: 50ms }]\n";
    let config = config(&service.url, smoke).replace("retries: 1", "retries: 1, check: 1s");
    let begun = Instant::now();
    let ended = Gate::run(&config).wait().ended_with(1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(
        ended.cause("smoke.pages./"),
        ("timeout".to_owned(), "no complete answer within 1 s".to_owned())
    );
    assert_eq!(ended.outcome("smoke.pages./bilan-gratuit"), "failed");
    assert!(ended.actual("smoke.pages./bilan-gratuit", "response_time").ends_with("ms"));
}

#[test]
fn a_read_on_a_dropped_connection_is_tried_again() {
    let heals = Scripted::start(|asked| if asked.nth == 0 { Reply::Drop } else { scripted::ok("fine") });
    let ended = page(&heals.url, "/").ended_with(0);
    assert_eq!((ended.verdict(), retries(&ended, "smoke.pages./")), ("PASSED".to_owned(), 1));
    assert_eq!(heals.all().len(), 2);
    let junit = ended.file("junit.xml");
    assert!(junit.contains("<flakyFailure") || junit.contains("<flakyError"), "{junit}");
    assert!(ended.stderr.contains("after 1 retry"), "{}", ended.stderr);

    let stays = Scripted::start(|_| Reply::Drop);
    let ended = page(&stays.url, "/").ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "reset");
    assert_eq!(stays.all().len(), 2, "one retry was allowed");
}

#[test]
fn an_answer_that_breaks_off_is_not_an_answer() {
    let service = sample();
    service.faults.at("/", Fault::Cut);
    let ended = page(&service.url, "/").ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "reset");
}

/// Nobody knows whether the service did it: doing it again could do it twice.
#[test]
fn a_write_on_a_dropped_connection_is_sent_once() {
    let service = Scripted::start(|asked| match asked.method.as_str() {
        "POST" => Reply::Drop,
        _ => scripted::ok("fine"),
    });
    // The read before leaves a connection open, on which the write is sent.
    let smoke = "  workflows:
    - name: order
      steps: [{ get: / }, { post: /orders, json: { n: 1 } }, { get: /orders }]
  access: [{ post: /orders/all, anonymous: 200 }]
";
    let ended = Gate::run(&config(&service.url, smoke)).wait().ended_with(3);
    assert_eq!(service.of("/orders").iter().filter(|asked| asked.method == "POST").count(), 1);
    assert_eq!(service.of("/orders/all").len(), 1);
    assert_eq!(ended.cause("smoke.workflows.order.2-post").0, "reset");
    assert_eq!(ended.outcome("smoke.workflows.order.3-get"), "skipped");
    assert_eq!(ended.cause("smoke.access.POST /orders/all.anonymous").0, "reset");
}

#[test]
fn retry_after_is_obeyed() {
    for (fault, code) in
        [(Fault::TooMany(Some(1)), "rate_limited"), (Fault::Unavailable(Some(1)), "unavailable")]
    {
        let service = sample();
        service.faults.at("/", fault);
        let ended = page(&service.url, "/").ended_with(0);
        assert_eq!(ended.check("smoke.pages./")["attempts"][0]["trouble"]["code"], code);
        let asked = service.log.of("/");
        assert_eq!(asked.len(), 2);
        let waited = asked[1].at - asked[0].at;
        assert!(waited >= Duration::from_millis(950), "asked again after {waited:?}, Retry-After was 1 s");
    }
}

#[test]
fn a_service_that_stays_busy_is_errored_never_failed() {
    for (fault, code) in [(Fault::TooMany(None), "rate_limited"), (Fault::Unavailable(None), "unavailable")] {
        let service = sample();
        service.faults.at("/", fault);
        let ended = page(&service.url, "/").ended_with(3);
        assert_eq!(ended.cause("smoke.pages./").0, code);
        assert_eq!(service.log.of("/").len(), 3);
    }
    // An hour is not waited for.
    let hour = Scripted::start(|_| scripted::status(429, "busy").with("retry-after", "3600"));
    let begun = Instant::now();
    let (code, detail) = page(&hour.url, "/").ended_with(3).cause("smoke.pages./");
    assert_eq!((code.as_str(), detail.contains("3600")), ("rate_limited", true));
    assert!(begun.elapsed() < Duration::from_secs(20) && hour.all().len() == 1);
}

/// Without `Retry-After` a 503 is an answer like any other, and a wrong one.
#[test]
fn a_503_that_promises_nothing_is_a_failure() {
    let service = sample();
    service.faults.at("/", Fault::Status(503));
    page(&service.url, "/").ended_with(1);
    assert_eq!(service.log.of("/").len(), 1);
}

/// 429 says that a write was not taken; 503 does not.
#[test]
fn a_write_is_sent_again_after_429_only() {
    for (status, times) in [(429, 2), (503, 1)] {
        let service = Scripted::start(move |asked| match asked.nth {
            0 => scripted::status(status, "later").with("retry-after", "0"),
            _ => scripted::status(201, "made"),
        });
        let smoke = "  workflows: [{ name: order, steps: [{ post: /orders, json: { n: 1 } }] }]\n";
        let ended = Gate::run(&config(&service.url, smoke)).wait();
        assert_eq!(service.all().len(), times, "{status}: {}", ended.stdout);
        assert_eq!(ended.code, if times == 2 { 0 } else { 3 }, "{status}: {}", ended.stdout);
    }
}

#[test]
fn html_where_json_was_promised_is_a_failure_that_says_so() {
    let service = sample();
    service.faults.at("/api/health", Fault::Html);
    let ended = page(&service.url, "{ path: /api/health, json: { $.status: ok } }").ended_with(1);
    let said = ended.actual("smoke.pages./api/health", "json");
    assert_eq!(said, "not JSON (text/html; charset=utf-8)");
    assert!(ended.stdout.contains(&said), "{}", ended.stdout);
}

const STATS: &str = "/api/admin/directeur/stats";

/// The matrix of one endpoint, and what is needed for it; `more` stands under `smoke`.
fn access(url: &str, row: &str, more: &str) -> Ended {
    let smoke = format!(
        "{more}  sessions:
    admin:
      nextauth: {{ email: admin@nexus.test, password: \"${{secret:ADMIN_PASSWORD}}\" }}
      expect: {{ role: ADMIN }}
    eleve:
      nextauth: {{ email: eleve@nexus.test, password: \"${{secret:ELEVE_PASSWORD}}\" }}
      expect: {{ role: ELEVE }}
  access:
    - {row}
"
    );
    Gate::run(&config(url, &smoke))
        .env("ADMIN_PASSWORD", "demo-admin-password")
        .env("ELEVE_PASSWORD", "demo-eleve-password")
        .wait()
}

fn cell(role: &str) -> String {
    format!("smoke.access.GET {STATS}.{role}")
}

#[test]
fn a_denial_counts_beside_a_role_that_is_let_in() {
    let service = sample();
    let row = format!("{{ get: {STATS}, anonymous: denied, eleve: 403, admin: 200 }}");
    let ended = access(&service.url, &row, "").ended_with(0);
    assert_eq!(ended.verdict(), "PASSED");

    // The control that is not let in controls nothing: the denials are the same answers as before.
    let service = sample();
    let row = format!("{{ get: {STATS}, anonymous: denied, eleve: 200 }}");
    let ended = access(&service.url, &row, "").ended_with(1);
    assert_eq!(ended.outcome(&cell("eleve")), "failed");
    assert_eq!(ended.cause(&cell("anonymous")).0, "no_control");
}

#[test]
fn a_denial_with_nothing_beside_it_proves_nothing_unless_the_application_signs_it() {
    let service = sample();
    let row = format!("{{ get: {STATS}, anonymous: denied, eleve: denied }}");
    let ended = access(&service.url, &row, "").ended_with(2);
    assert!(ended.stderr.contains("prod-gate.yml:13:7"), "{}", ended.stderr);
    assert!(ended.stderr.contains("smoke.marker"), "{}", ended.stderr);
    assert_eq!(service.log.all().len(), 0);

    let marker = "  marker: { headers: { x-powered-by: Next.js } }\n";
    access(&service.url, &row, marker).ended_with(0);
    let ended = access(&service.url, &row, "  marker: { contains: Unauthorised }\n").ended_with(3);
    for role in ["anonymous", "eleve"] {
        assert_eq!(ended.cause(&cell(role)).0, "no_control");
    }
}

#[test]
fn a_role_that_gets_in_where_it_must_not_is_a_failure() {
    let service = sample();
    let row = "{ get: /api/health, anonymous: denied, admin: 200 }";
    let ended = access(&service.url, row, "").ended_with(1);
    assert_eq!(ended.outcome("smoke.access.GET /api/health.anonymous"), "failed");
    assert_eq!(ended.outcome("smoke.access.GET /api/health.admin"), "passed");
    assert_eq!(ended.actual("smoke.access.GET /api/health.anonymous", "access"), "200");
}

/// A firewall's 403 is not the application's.
#[test]
fn what_stands_before_the_application_denies_nothing() {
    let service = sample();
    service.faults.at(STATS, Fault::Firewall);
    let row = format!("{{ get: {STATS}, anonymous: denied, eleve: denied, admin: 200 }}");
    for more in ["", "  marker: { headers: { x-powered-by: Next.js } }\n"] {
        let ended = access(&service.url, &row, more).ended_with(1);
        for role in ["anonymous", "eleve"] {
            assert_eq!(ended.cause(&cell(role)).0, "no_control", "{more}");
        }
        assert_eq!(ended.outcome(&cell("admin")), "failed");
    }
    service.faults.clear();
    service.faults.at(STATS, Fault::Challenge);
    let ended = access(&service.url, &row, "").ended_with(3);
    for role in ["anonymous", "eleve", "admin"] {
        assert_eq!(ended.cause(&cell(role)).0, "bot_protection");
    }
    assert!(ended.stdout.contains("hint: let prod-gate through"), "{}", ended.stdout);
}

/// A challenge in the way of a login or a page is not the application's failure either.
#[test]
fn a_challenge_page_is_errored_everywhere() {
    let service = sample();
    service.faults.everywhere(Fault::Challenge);
    let row = format!("{{ get: {STATS}, anonymous: denied, admin: 200 }}");
    let ended = access(&service.url, &row, "  pages: [/]\n").ended_with(3);
    assert_eq!(ended.cause("smoke.pages./").0, "bot_protection");
    assert_eq!(ended.cause("smoke.sessions.admin").0, "bot_protection");
    assert_eq!(ended.outcome(&cell("admin")), "skipped");
}
