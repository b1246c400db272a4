//! Bad files, and what a person reads about them.

use super::*;

/// Every file with its problems, as a person reads them.
fn explain(files: &[&str]) -> String {
    let mut out = String::new();
    for file in files {
        let shown = match load("prod-gate.yml", file.as_bytes(), &env) {
            Ok(_) => panic!("this file is accepted:\n{file}"),
            Err(error) => error.render(false),
        };
        out.push_str(&shown);
        out.push_str("\n────────\n");
    }
    out
}

/// A file whose only fault is in `smoke`.
fn smoke(text: &str) -> String {
    format!("version: 1\nsmoke:\n  base_url: https://example.org\n{text}")
}

fn explain_smoke(parts: &[&str]) -> String {
    let files: Vec<String> = parts.iter().map(|part| smoke(part)).collect();
    explain(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn yaml_that_is_refused() {
    insta::assert_snapshot!(explain(&[
        "",
        "# only a comment\n",
        "---\n",
        "version: 1\n--- \nversion: 1\n",
        "version: 1\nsmoke:\n\tpages: [/]\n",
        "version: 1\nsmoke: [\n",
        "version: 1\nsmoke: { pages: [{ path: /, contains: ${env:SITE_HOST} }] }\n",
        "version: 1\ntitle: {{ name }}\n",
        "version: 1\ntitle: a: b\n",
        "version: 1\nversion: 1\ntitle: x\ntitle: y\n",
        "base: &base { path: / }\nversion: 1\nsmoke: { pages: [*base] }\n",
        "version: !!int 1\n",
        "version: 1\n[a]: b\n? { c: d }\n: e\n: f\n",
        "version: 99999999999999999999\n",
        "- version: 1\n",
        "just text\n",
    ]));
}

#[test]
fn bytes_that_are_refused() {
    let latin = load("prod-gate.yml", b"version: 1\ntitle: R\xE9ussite\n", &env).unwrap_err();
    insta::assert_snapshot!(latin.render(false));
    let large = load("prod-gate.yml", &vec![b' '; tree::MAX_BYTES + 1], &env).unwrap_err();
    insta::assert_snapshot!(large.render(false));
    let marked = format!("\u{FEFF}{MINIMAL}");
    assert!(load("prod-gate.yml", marked.as_bytes(), &env).is_ok());
}

#[test]
fn keys_and_kinds() {
    insta::assert_snapshot!(explain(&[
        "version: 2\n",
        "version: \"1\"\n",
        "title: x\n",
        "version: 1\npagse: [/]\nsmok: {}\nzebra: 1\n",
        "version: 1\ntitle: 5\nlanguage: de\ntimezone: []\nlimits: fast\nwarm_up:\nsmoke: { pages: / }\n",
        "version: 1\nlimits: { in_flight: many, retries: -1, rate: 5, check: 30, deadline: soon, body: 1mb }\n",
        "version: 1\nlimits: { in_flight: 99999999999, rate: 5/day, check: 5 minutes, deadline: 0s }\n",
        "version: 1\nlanguage:\ncommit: { expect_at: [] }\nsmoke: { sessions: {}, pages: [] }\n",
        "version: 1\ncommit: {}\n",
    ]));
}

#[test]
fn values_of_their_own_kind() {
    insta::assert_snapshot!(explain_smoke(&[
        "  pages: [{ path: /, matches: 'a(b', status: [200, 99, 2yy, ok], max_time: 2 }]\n",
        "  pages: [{ path: /, json: { $.a: { mathces: x }, $.b: [1], $.c: { matches: '[' }, $.d: { length: x } } }]\n",
        "  pagse: [/]\n",
        "  pages: [{ path: /, required: yes, show: [everything], as: 5, contains: '' }]\n",
        "  pages: [{ path: /, waive: { reason: x, owner: y, until: 2026-02-30 } }, { name: x }, 5, '']\n",
        "  workflows: [{ name: w, steps: [{ get: /, capture: { a: id, b: { json: $.a, header: b }, c: {} } }] }]\n",
        "  workflows: [{ name: w, steps: [{ post: '/{{ 1x }}', json: { a: '{{ b' } }] }]\n",
        "  pages: [{ path: /, contains: '${secret:ADMIN_PASSWORD}', json: { $.a: '{{ id }}' } }]\n",
        "  access: [{ get: /a, put: /b, anonymous: denied }, { anonymous: denied }, { get: /a }]\n",
        "  access: [{ get: /a, anonymous: denyed, requierd: false }]\n",
    ]));
}

#[test]
fn what_is_filled_in() {
    insta::assert_snapshot!(explain_smoke(&[
        "  headers: { a: '${secret:NOPE}', b: '${secret:EMPTY}', c: '${env:NOPE}', d: '${nope}' }\n  pages: [/]\n",
        "  headers: { a: '${secret:SMOKE_PIN}', b: '${secret:WITH_NEWLINE}' }\n  pages: [/]\n",
        "  headers: { a: '${{ secrets.TOKEN }}' }\n  pages: ['/${env:NOPE}', '/${env:NOPE}']\n",
    ]));
}

#[test]
fn commits_and_the_rest_of_the_top() {
    insta::assert_snapshot!(explain(&[
        "version: 1\n",
        "version: 1\nsmoke: { base_url: https://example.org }\n",
        "version: 1\ntimezone: Africa/Tuniss\nlimits: { in_flight: 0 }\nsecrets: { allow_short: [PIN] }\ncommit:\n  expect_at:\n    - name: x\n    - { url: https://a.org/, git: . }\n    - { git: ., json: $.a }\n    - { url: /api/version, json: $.a, header: x y }\n    - { url: https://u:p@a.org/v }\n    - { url: https://a.org/ }\n    - { url: https://a.org/ }\n",
    ]));
}

#[test]
fn migrations() {
    insta::assert_snapshot!(explain(&[
        "version: 1\nmigrations: {}\n",
        "version: 1\nmigrations: { tool: flyway, accept: [], container: [] }\n",
        "version: 1\nmigrations:\n  tool: prisma\n  dir: ../other/migrations\n  accept:\n    - { name: a/b, checksum: 1f0e, reason: \"x\\ny\" }\n    - { name: a, checksum: abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd, reason: x }\n    - { name: a, checksum: ABCDEFabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd, reason: x }\n  container:\n    - { host: prdo, container: app, dir: migrations }\n    - { host: prod, container: -app, dir: / }\n    - { host: prod, container: -app, dir: /app }\nhosts: { prod: { local: true } }\n",
    ]));
}

#[test]
fn loads() {
    let load = |text| {
        format!("version: 1\nhosts: {{ a: {{ local: true }} }}\nenvironment: {{ host: a, load: {text} }}\n")
    };
    let files = [
        "{ max: 0 }",
        "{ max: -1.5 }",
        "{ max: .nan }",
        "{ max: .inf }",
        "{ max: '4,0' }",
        "{ max: 4,0 }",
        "{ max: 4, over: 2m }",
        "{ over: 5m }",
        "4",
    ]
    .map(load);
    insta::assert_snapshot!(explain(&files.each_ref().map(String::as_str)));
}

#[test]
fn addresses_and_pages() {
    insta::assert_snapshot!(explain(&[
        "version: 1\nsmoke: { pages: [/, /a] }\n",
        "version: 1\nsmoke: { base_url: example.org, pages: [/] }\n",
        "version: 1\nsmoke: { base_url: https://a.org/?x=1, pages: [login, //b, 'ftp://x', '/a b', '/{{ id }}', 'https://'] }\n",
        "version: 1\nsmoke:\n  base_url: https://a.org\n  headers: { 'x y': a, z: \"a\\nb\" }\n  marker: {}\n  pages:\n    - /\n    - { path: /, name: \"a\\nb\" }\n    - /\n    - { path: /x, as: admn, json: { id: 1, '$.[': 2 }, headers: { 'a b': c }, redirect: there }\n  sessions: { admin: { bearer: '${secret:ROBOT_TOKEN}', whoami: /me, expect: { role: A } } }\n",
    ]));
}

#[test]
fn sessions_and_access() {
    insta::assert_snapshot!(explain_smoke(&[
        "  sessions:\n    anonymous: { nextauth: { a: b } }\n    a b: { nextauth: { a: b } }\n    json: { nextauth: { a: b } }\n    none: { whoami: /me }\n    two: { bearer: x, basic: { user: a, password: b }, whoami: /me, expect: { a: b } }\n    blind: { bearer: x, provider: y }\n    odd: { nextauth: { a: '{{ b }}' }, auth_path: api, expect: { 'a b': c, '$[': d } }\n    form: { form: { post: login, fields: { a: b }, token: { get: /, matches: abc, field: d } }, whoami: me, expect: { a: b } }\n",
        "  access:\n    - { get: /a, anonymous: denied, admn: 200 }\n    - { get: /b, anonymous: denied }\n    - { get: /a, anonymous: 200, json: {} }\n  sessions: { admin: { nextauth: { a: b } } }\n",
    ]));
}

#[test]
fn workflows() {
    insta::assert_snapshot!(explain_smoke(&[
        "  workflows:\n    - name: w\n      as: nobody\n      steps:\n        - get: '/{{ id }}'\n        - { name: a, get: /, json: {}, every: 2s, fail_on: { status: 5xx } }\n        - { name: a, post: /, json: {}, form: { x: y }, capture: { id: $.id, 1x: $.x, PATH: $.p } }\n        - { name: b, capture: { id: $.other } }\n        - { name: c, put: /, delete: '/{{ idd }}' }\n      finally:\n        - { delete: '/{{ id }}', within: 5s, fail_on: {}, json: { a: ['{{ nope }}'] } }\n    - name: w\n      steps: [{ post: /, headers: { a: '${secret:ROBOT_TOKEN}' }, capture: { ROBOT_TOKEN: { header: 'x y' } } }]\n",
    ]));
}

#[test]
fn databases_and_sql() {
    let sql = "
schema:
  sql:
    - { name: a, query: \"select :id, ':no'\", params: { idd: 1 }, expect: {} }
    - { name: a, query: delete from t, expect: { rows: 1 } }
    - { name: b, query: select 1; select 2, expect: { value: 1 }, every: 2s, show: [cells] }
    - { name: c, query: \"select '{{ id }}'\", expect: { value: 1 } }
    - { name: d, query: \"select '${secret:ROBOT_TOKEN}'\", expect: { value: 1 } }
    - { name: e, query: \"select :x\", params: { x: '{{ id }}' }, expect: { values: {} } }
";
    let steps = "
smoke:
  base_url: https://a.org
  workflows:
    - name: w
      steps:
        - { name: a, sql: select 1, get: / }
        - { name: b, sql: select 1, as: admin, json: {}, rows: 1, within: 3s, fail_on: { status: 5xx } }
        - { name: c, sql: \"select :idd, :id\", expect: { status: 200 }, capture: { id: $.id }, show: [body] }
        - { name: d, sql: update t set a = 1, expect: { rows: 1 } }
        - { name: e, sql: delete from t, write: true, rows: 0, expect: { rows: 1 } }
        - { name: f, get: /, params: { a: b }, rows: 1, write: true, show: [rows], expect: { value: 1 }, capture: { x: { column: y } } }
        - { name: g, get: /, capture: { x: { json: $.a, column: y } } }
      finally:
        - { name: h, sql: delete from t where id = :x, write: true }
        - { name: i, sql: drop table t, write: true, rows: 1 }
";
    insta::assert_snapshot!(explain(&[
        "version: 1\ndatabase: { url: '{{ id }}', via: { ssh: prod, container: -x }, ca: a, ca_file: b, write_url: 'postgresql://u:p@h/d' }\nhosts: { prd: { ssh: a } }\n",
        &format!("version: 1\ndatabase: {{ url: postgresql://u@h/d }}\n{sql}"),
        "version: 1\nschema:\n  sql:\n    - { name: a, query: \"select :id, ':no'\", params: { idd: x }, expect: {}, every: 2s }\n    - { name: a, query: delete from t, params: { x: '{{ id }}' }, expect: { rows: 1 } }\n",
        &format!("version: 1\ndatabase: {{ url: postgresql://u@h/d }}\n{steps}")
            .replace("params: { a: b }, ", "")
            .replace(", capture: { x: { json: $.a, column: y } }", ""),
    ]));
}

/// What cannot be decoded in one section hides nothing of the others, and nothing is said to be missing that may be
/// there.
#[test]
fn every_problem_is_told_at_once() {
    insta::assert_snapshot!(explain(&[
        "version: 1\nlimits: { rate: 5 }\nhosts: { prod: {} }\nenvironment: { host: prdo, disk: { path: x, max_used: 50% } }\nsmoke:\n  base_url: https://a.org\n  sessions: { admin: 5 }\n  pages: [login, { path: /, as: admn }]\n",
        "hosts: 5\ndatabase: { urll: x }\nmigrations: { tool: prisma, dir: ../x }\nenvironment: { host: prod, clock: 5 }\ncommit: { expect_at: [{ git: /app, host: prod }, { name: x }] }\n",
    ]));
}

#[test]
fn many_problems_are_counted_and_long_lines_are_not_shown() {
    let many = (0..60).map(|i| format!("k{i}: 1")).collect::<Vec<_>>().join("\n");
    let shown =
        load("prod-gate.yml", format!("version: 1\n{many}").as_bytes(), &env).unwrap_err().render(false);
    assert_eq!(shown.matches("error: unknown key").count(), 50);
    assert!(shown.ends_with("and 10 more\n\n60 problems in prod-gate.yml\n"), "{shown}");

    let long =
        format!("version: 1\nsmoke: {{ base_url: https://a.org, pages: [/{}, 5] }}\n", "x".repeat(5000));
    let shown = load("prod-gate.yml", long.as_bytes(), &env).unwrap_err().render(false);
    insta::assert_snapshot!(shown);
}

#[test]
fn colour_is_only_colour() {
    let error = load("prod-gate.yml", b"version: 1\npagse: 1\n", &env).unwrap_err();
    let (plain, colour) = (error.render(false), error.render(true));
    assert!(!plain.contains('\u{1b}') && colour.contains('\u{1b}'));
}

#[test]
fn no_control_character_of_the_file_reaches_the_terminal() {
    let file = "version: 1\n\"a\\e[31m\": \"\\e]0;x\\a\"\ntitle: [\"\u{202E}\", 5]\n";
    let shown = load("prod-gate.yml", file.as_bytes(), &env).unwrap_err().render(false);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
}

#[test]
fn no_value_of_a_secret_is_in_a_message() {
    let yaml = smoke(
        "  pages: ['${secret:ROBOT_TOKEN}x y', { path: '${secret:ROBOT_TOKEN}', status: '${secret:ROBOT_TOKEN}', max_time: '${secret:ROBOT_TOKEN}' }]\n",
    );
    let error = load("prod-gate.yml", yaml.as_bytes(), &env).unwrap_err();
    let all = format!("{error} {error:?}");
    assert!(!all.contains("the value of") && !all.contains('\u{F0000}'), "{all}");
}

#[test]
fn publishing_and_leads() {
    let file = |text: &str| format!("{MINIMAL}\n{text}");
    let files = [
        file("publish: { repository: records, base: '', labels: [], failing: often, identity: a b }\n"),
        file("publish: { repository: https://github.com/a/b, labels: [\"a\\nb\"] }\n"),
        file("lead: {}\n"),
        file(
            "lead: { reviewers: [Lead, lead, \"le\u{430}d\", nexus/leads, \"gate[bot]\"], separation: none }\n",
        ),
        file("lead: { reviewers: [lead, LEAD, \"gate[bot]\"], workflows: [prod-gate.yml] }\n"),
        file("publish: { source: ./records }\n"),
    ];
    insta::assert_snapshot!(explain(&files.iter().map(String::as_str).collect::<Vec<_>>()));
}
