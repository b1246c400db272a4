//! Evidence that anyone can replay: the commands of a record, run again by bash, show what the record says.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::bash::{Bash, Piece, Printed, blocks};
use crate::support::gate::{Ended, Gate};
use crate::support::raw;
use crate::support::repo::Repo;
use crate::support::sample::{Config, Logged, Role, Running, User};
use crate::support::sample_with;

/// Everything that a shell, a URL, a form, JSON or a header may stumble over.
const ADMIN: &str = "p'w\" $HOME `id` \\ & % + @ # \u{e9} end;!{}[]";
const ELEVE: &str = "'\"'$(id)%41&=+ ~*? \u{e9}l\u{e8}ve|<>";
const COACH: &str = "c\"o'a:c/h\\n\\\\ +%2B@$PATH \u{20ac}";
const FIREWALL: &str = "let 'me' \"in\" $USER `x` \\ %41 \u{e9}";
const SUBJECT: &str = "MATHS \"'$1`\\ \u{e9} {{ no }}";
const CRON: &str = "key+with/slash&more=1'$x%41#\"\\ \u{e9}";

const CONFIG: &str = r#"
version: 1
title: Nexus Réussite
timezone: Africa/Tunis
limits: { in_flight: 8, rate: unlimited, check: 10s }
warm_up: 5s
commit:
  expect_at:
    - { name: version, url: "@URL@/api/version", json: $.commit }
    - { name: en-tête, url: "@URL@/api/version", header: x-commit }
    - { name: corps, url: "@RAW@/commit" }
smoke:
  base_url: "@URL@"
  headers: { x-gate: "${secret:FIREWALL}", x-plain: "it's \"$HOME\" `plain`" }
  marker: { headers: { x-powered-by: Next.js } }
  pages:
    - /
    - "/bilan-gratuit?tags[]=a&b={c}&q=%20%22%27$HOME%5B%5D&r='x'&s=`y`"
    - { path: "/a%20b/%5Bx%5D/[y]'z\"été", status: 404, contains: "could not be found" }
    - path: /auth/signin
      name: connexion
      contains: [Connexion, "<input name=\"email\">"]
      not_contains: ["$HOME", "it's", "`id`", "back\\slash"]
      matches: ["<title>.+</title>", "(?i)CONNEXION", "type=\"password\""]
      headers: { content-type: { contains: text/html }, x-powered-by: Next.js }
      max_time: 5s
    - { path: /api/health, json: { $.status: ok } }
    - { path: /dashboard, name: sans session, status: 307, redirect: "/auth/signin?callbackUrl=%2Fdashboard" }
    - { path: /dashboard, name: suivi, follow: true, redirect: "/auth/signin?callbackUrl=%2Fdashboard", contains: Connexion }
    - { path: /dashboard, name: tableau de bord, as: eleve, contains: Tableau de bord }
    - path: "@RAW@/json"
      json:
        $.empty: ""
        $.nothing: { exists: true }
        $.missing: { exists: false }
        $.whole: 12
        $.float: { min: 11.5 }
        $.thousand: { max: 1000 }
        $.text: { matches: "^a.*z$" }
        $.lines: { contains: second }
        $.list[1]['a key']: { one_of: [x, y] }
        $.list: { length: { min: 2 } }
        $.flag: true
    - { path: "@RAW@/lines", contains: ["two\nthree", "$1.00 'quoted'"], matches: ["(?s)one.*three", "(?m)^three$", "^one"], not_contains: "four\nfive" }
    - { path: "@RAW@/secret?key=${secret:CRON}", name: clé dans l'adresse, contains: ok }
  sessions:
    admin:
      nextauth: { email: "${secret:ADMIN_EMAIL}", password: "${secret:ADMIN_PASSWORD}" }
      expect: { role: ADMIN }
    eleve:
      form:
        post: /login
        fields: { email: eleve@nexus.test, password: "${secret:ELEVE_PASSWORD}" }
        token: { get: /login, matches: 'name="_csrf" value="([^"]{32})"', field: _csrf }
      whoami: /api/me
      expect: { $.user.role: ELEVE }
    coach:
      json: { post: /api/login, body: { email: coach@nexus.test, password: "${secret:COACH_PASSWORD}" }, bearer: $.token }
      whoami: /api/me
      expect: { $.user.role: COACH }
    coach-cookie:
      json: { post: /api/login, body: { email: coach@nexus.test, password: "${secret:COACH_PASSWORD}" } }
      whoami: /api/me
      expect: { $.user.role: COACH }
    robot: { bearer: "${secret:ROBOT_TOKEN}", whoami: /api/me, expect: { $.user.role: COACH } }
    sonde: { basic: { user: coach@nexus.test, password: "${secret:COACH_PASSWORD}" }, whoami: /api/me, expect: { $.user.role: COACH } }
  access:
    - { get: /api/admin/directeur/stats, anonymous: denied, eleve: denied, coach: denied, admin: 200 }
    - { get: /api/student/me, anonymous: denied, eleve: 200, coach-cookie: denied, robot: 403, sonde: denied }
    - { get: /api/coach/sessions, anonymous: denied, coach: 200, coach-cookie: 200, robot: 200, sonde: 200 }
    - { head: /api/coach/sessions, anonymous: denied, coach: 2xx }
    - { post: /api/assessments/submit, json: { subject: "" }, anonymous: 400, admin: 400 }
  workflows:
    - name: évaluation
      as: eleve
      steps:
        - name: soumettre
          post: /api/assessments/submit
          json: { subject: "${secret:SUBJECT}", tags: [1, true, null], "k'ey": "it's" }
          headers: { x-trace: "trace ${secret:FIREWALL}" }
          expect: 201
          capture: { id: $.assessmentId, moteur: { header: x-powered-by } }
        - name: résultat
          get: "/api/assessments/{{ id }}/result"
          headers: { x-from: "{{ moteur }}" }
          expect: { status: 200, json: { $.status: COMPLETED, $.score: { min: 0, max: 20 } } }
          within: 10s
          every: 100ms
          fail_on: { status: 5xx }
      finally:
        - { name: supprimer, delete: "/api/assessments/{{ id }}", expect: [204, 404] }
    - name: jeton capturé
      steps:
        - name: lire
          get: "@RAW@/token"
          capture: { jeton: { json: $.token, secret: true }, chemin: { header: x-path } }
        - name: utiliser
          post: "@RAW@/use/{{ chemin }}?t={{ jeton }}"
          json: { jeton: "{{ jeton }}", both: "<{{ chemin }}>", secret: "${secret:CRON}" }
          expect: { status: 200, contains: used }
        - name: formulaire
          post: "@RAW@/form"
          form: { jeton: "{{ jeton }}", plain: "a b&c=d", "clé": "${secret:CRON}" }
          expect: 200
"#;

/// What the raw server's captured token and path are.
const TOKEN: &str = "tok'en \"$x\" `y` \\ +/=& \u{e9}";
const PATH: &str = "a b/c?d#e%41+\u{e9}";

/// The commit of [`release`]: the same everywhere.
const COMMIT: &str = "b7c286efa6447bcb62393b0eb71a42817a28a4a3";

/// Answers that the sample service does not give, and a check of what is sent.
fn odd(asked: &raw::Asked) -> raw::Pieces {
    let json = |text: &str| raw::answer("200 OK", &[("content-type", "application/json")], text);
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let body = asked.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    match path {
        "/commit" => raw::answer("200 OK", &[], COMMIT),
        "/json" => json(
            r#"{"empty":"","nothing":null,"whole":12.0,"float":12.0,"thousand":1e3,"text":"a \"b\" z","lines":"first\nsecond",
                "list":[{"a key":1},{"a key":"x"}],"flag":true}"#,
        ),
        "/lines" => raw::answer("200 OK", &[], "one\ntwo\nthree\n$1.00 'quoted'\n"),
        "/secret"
            if percent_encoding::percent_decode_str(query).decode_utf8_lossy() == format!("key={CRON}") =>
        {
            raw::answer("200 OK", &[], "ok")
        }
        "/token" => {
            raw::answer("200 OK", &[("X-Path", PATH)], &serde_json::json!({ "token": TOKEN }).to_string())
        }
        "/use/a%20b%2Fc%3Fd%23e%2541%2B%C3%A9" => {
            let sent: serde_json::Value = serde_json::from_str(body).unwrap();
            let wanted = serde_json::json!({ "jeton": TOKEN, "both": format!("<{PATH}>"), "secret": CRON });
            assert_eq!(sent, wanted);
            // Which of `'()*!` are encoded is every encoder's own affair.
            let sent: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            assert_eq!(sent, [("t".to_owned(), TOKEN.to_owned())]);
            raw::answer("200 OK", &[], "used")
        }
        "/form" => {
            let mut sent: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            sent.sort();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(sent, [pair("cl\u{e9}", CRON), pair("jeton", TOKEN), pair("plain", "a b&c=d")]);
            raw::answer("200 OK", &[], "")
        }
        _ => raw::answer("404 Not Found", &[], ""),
    }
}

fn release() -> Repo {
    let repo = Repo::new();
    repo.commit("app", "1", "feat: première version");
    repo.annotated_tag("v1.0.0", "un");
    repo.commit("app", "2", "fix: l'élève voit \"tout\" pour $1 `ls` 'x'");
    repo.commit("app", "3", "feat: bilan gratuit");
    repo.annotated_tag("v1.1.0", "deux");
    assert_eq!(repo.revision("HEAD"), COMMIT);
    repo
}

fn sample(commit: String) -> Running {
    let user = |email: &str, password: &str, role| User {
        name: "Quelqu'un".to_owned(),
        email: format!("{email}@nexus.test"),
        password: password.to_owned(),
        role,
    };
    let users = vec![
        user("admin", ADMIN, Role::Admin),
        user("eleve", ELEVE, Role::Eleve),
        user("coach", COACH, Role::Coach),
    ];
    sample_with(Config { commit, users, delay: Duration::from_millis(250), ..Config::default() })
}

/// The gate in this repository.
fn run(config: &str, repo: &Repo, secrets: &[(&str, &str)]) -> Ended {
    let gate = Gate::run(config).args(["--tag", "v1.1.0"]).within(repo.path());
    secrets.iter().fold(gate, |gate, (name, value)| gate.env(name, value)).wait()
}

/// What was asked, without what is another one each time: ids, tokens, cookies' values.
fn asked(log: &[Logged]) -> BTreeSet<String> {
    let cookies = |logged: &Logged| {
        let names = logged.header("cookie").into_iter().flat_map(|line| line.split("; "));
        let mut names: Vec<_> =
            names.filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let plain = |text: &str| {
        let ids = regex::Regex::new("as_[0-9a-f]{12}|[0-9a-f]{32,}").unwrap();
        ids.replace_all(text, "ID").into_owned()
    };
    let header = |logged: &Logged, name: &str| {
        let value =
            logged.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        value.map(|value| plain(&value)).unwrap_or_default()
    };
    log.iter()
        .map(|logged| {
            let headers =
                ["content-type", "origin", "authorization", "x-gate", "x-plain", "x-trace", "x-from"];
            let headers: Vec<String> =
                headers.iter().map(|name| format!("{name}={}", header(logged, name))).collect();
            let path = plain(&logged.path);
            let body = match header(logged, "content-type").as_str() {
                "application/x-www-form-urlencoded" => {
                    let fields = url::form_urlencoded::parse(logged.body.as_bytes());
                    plain(&format!("{:?}", fields.collect::<Vec<_>>()))
                }
                _ => plain(logged.body.trim_end()),
            };
            format!(
                "{} {path}?{} {body}\n  {} cookies={}",
                logged.method,
                logged.query,
                headers.join(" "),
                cookies(logged)
            )
        })
        .collect()
}

/// The pieces that print something else than the record says, told for people.
pub(crate) fn different(pieces: &[Piece], printed: &Printed) -> String {
    assert_eq!(printed.pieces.len(), pieces.len());
    let steady = |lines: &[String]| lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let mut told = String::new();
    for (piece, seen) in pieces.iter().zip(&printed.pieces) {
        if !piece.prints.is_empty() && steady(seen) != steady(&piece.prints) {
            told.extend([format!("{}\n# → {:?}\nbash: {seen:?}\n\n", piece.lines.join("\n"), piece.prints)]);
        }
    }
    told
}

/// Commands that change something carry the mark, and no others. Returns how many do.
fn marked(pieces: &[Piece]) -> usize {
    for piece in pieces {
        // A login makes a session, and nothing else.
        let login = piece.commands().any(|line| line.contains("/api/auth/") || line.contains("/login"));
        let writes = piece.commands().any(|line| line.contains("--data") || line.contains("-X "));
        assert_eq!(piece.is_marked(), writes && !login, "{}", piece.lines.join("\n"));
    }
    pieces.iter().filter(|piece| piece.is_marked()).count()
}

#[test]
fn a_record_replays_in_bash() {
    let repo = release();
    let service = sample(repo.revision("v1.1.0^{commit}"));
    let raw = raw::serve(odd);
    let token = robot_token(&service);
    let secrets = [
        ("ADMIN_EMAIL", "admin@nexus.test"),
        ("ADMIN_PASSWORD", ADMIN),
        ("ELEVE_PASSWORD", ELEVE),
        ("COACH_PASSWORD", COACH),
        ("ROBOT_TOKEN", token.as_str()),
        ("FIREWALL", FIREWALL),
        ("SUBJECT", SUBJECT),
        ("CRON", CRON),
    ];
    let config = CONFIG.replace("@URL@", &service.url).replace("@RAW@", &raw);
    let before = service.log.all().len();
    let ended = run(&config, &repo, &secrets).ended_with(0);
    let by_gate = service.log.all();
    let record = ended.record();

    // From top to bottom into one terminal.
    let bash = Bash::new(&secrets);
    repo.git(&["clone", "--quiet", &repo.path().to_string_lossy(), &bash.work().to_string_lossy()]);
    let pieces: Vec<Piece> = blocks(&record).concat();
    let printed = bash.run(&pieces);
    assert_eq!((different(&pieces, &printed), printed.stderr.as_str()), (String::new(), ""));
    // Two cells of the matrix, submit and delete, two posts of the second workflow.
    assert_eq!(marked(&pieces), 6);

    // The same was asked: methods, paths, bodies, headers, and who asked.
    let gate = asked(&by_gate[before..]);
    let again = asked(&service.log.all()[by_gate.len()..]);
    let missing: Vec<_> = gate.difference(&again).collect();
    assert!(missing.is_empty(), "asked by the gate only: {missing:#?}\nby bash: {again:#?}");

    // A workflow alone, with the sessions that are there.
    let mut workflows = blocks(&record);
    workflows
        .retain(|pieces| pieces.iter().any(|piece| piece.lines[0].starts_with("# évaluation — soumettre")));
    assert_eq!(workflows.len(), 1);
    let alone = bash.run(&workflows[0]);
    assert_eq!((different(&workflows[0], &alone), alone.stderr.as_str()), (String::new(), ""));

    assert!(printed.arguments.iter().any(|argument| argument.ends_with("/api/auth/csrf")));
    for (name, value) in
        secrets.iter().chain(&[("captured", TOKEN)]).filter(|(name, _)| *name != "ADMIN_EMAIL")
    {
        let shown: Vec<_> = alone.arguments.iter().filter(|argument| argument.contains(value)).collect();
        assert!(shown.is_empty(), "{name} can be read in the process list: {shown:?}");
        assert!(!record.contains(value), "{name} is in the record");
    }
}

/// What was not as expected can be seen again, too.
#[test]
fn a_failure_replays_in_bash() {
    let repo = release();
    let service = sample("0".repeat(40));
    let raw = raw::serve(odd);
    let config = r#"
version: 1
language: en
limits: { rate: unlimited }
commit:
  expect_at:
    - { name: version, url: "@URL@/api/version", json: $.commit }
    - { name: no json, url: "@URL@/", json: $.commit }
smoke:
  base_url: "@URL@"
  pages:
    - { path: /nowhere, contains: [Bonjour, "two\nlines"], headers: { x-missing: { exists: true } } }
    - { path: /api/health, json: { $.status: down, $.deep.er: 1, $.status.er: { exists: false } } }
    - { path: "@RAW@/json", json: { $.empty: { length: { min: 1 } }, $.whole: 13, $.list: { equals: [] } } }
    - { path: "@RAW@/lines", matches: ["^two", "three$", "(?s)three.*one"], not_contains: "two\nthree" }
    - { path: /dashboard, status: 200, redirect: /elsewhere }
  sessions:
    admin:
      nextauth: { email: admin@nexus.test, password: "${secret:WRONG}" }
      expect: { role: ADMIN }
    coach: { basic: { user: coach@nexus.test, password: "${secret:COACH_PASSWORD}" }, whoami: /api/me, expect: { $.user.role: ADMIN } }
"#;
    let config = config.replace("@URL@", &service.url).replace("@RAW@", &raw);
    let secrets = [("WRONG", "not the password"), ("COACH_PASSWORD", COACH)];
    let ended = run(&config, &repo, &secrets).ended_with(1);
    let passed: Vec<_> = ended.ids().into_iter().filter(|id| ended.outcome(id) == "passed").collect();
    assert_eq!(passed, ["commit.tag", "commit.range"]);

    let bash = Bash::new(&secrets);
    repo.git(&["clone", "--quiet", &repo.path().to_string_lossy(), &bash.work().to_string_lossy()]);
    let pieces: Vec<Piece> = blocks(&ended.record()).concat();
    let printed = bash.run(&pieces);
    assert_eq!(different(&pieces, &printed), "", "{}", printed.stderr);
}

/// A token of the service's own, for the role that has nothing else.
fn robot_token(service: &Running) -> String {
    let body = serde_json::json!({ "email": "coach@nexus.test", "password": COACH }).to_string();
    let output = std::process::Command::new("curl")
        .args(["-sS", "-H", "Content-Type: application/json", "-H", &format!("Origin: {}", service.url)])
        .args(["-d", &body, &format!("{}/api/login", service.url)])
        .output()
        .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}
