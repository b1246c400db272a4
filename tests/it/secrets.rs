//! No secret shows, whatever the service does with it: random secrets through hostile answers, and nothing of
//! them in any file, log or message.

use std::fmt::Write as _;

use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::gate::{Ended, Gate};
use crate::support::raw::{self, Asked, Pieces, answer};

/// `limits.body` of these runs, in bytes.
const CAP: usize = 32_768;
/// How much of a body `show:` shows, in characters.
const SHOWN: usize = 20_000;
/// How many characters of a secret in a row are too many.
const WINDOW: usize = 8;

/// The secrets of one run.
#[derive(Debug, Clone)]
struct Secrets {
    /// In a header: any text on one line.
    header: String,
    /// In bodies: with line breaks, too.
    body: String,
    /// What a login gives.
    bearer: String,
    /// A cookie's value.
    cookie: String,
    /// A CSRF token.
    csrf: String,
    /// Captured with `secret: true`.
    captured: String,
    /// How far a body goes on after its cap, in bytes.
    over: usize,
}

impl Secrets {
    fn all(&self) -> [(&'static str, &str); 6] {
        [
            ("header", &self.header),
            ("body", &self.body),
            ("bearer", &self.bearer),
            ("cookie", &self.cookie),
            ("csrf", &self.csrf),
            ("captured", &self.captured),
        ]
    }
}

/// A secret of these pieces between random words, so that no part of it is innocent text.
fn secret(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![2 => "[a-zA-Z0-9]{5,9}", 3 => prop::sample::select(pieces).prop_map(str::to_owned)];
    ("[a-zA-Z0-9]{5,7}", prop::collection::vec(piece, 1..5), "[a-zA-Z0-9]{5,7}")
        .prop_map(|(begin, middle, end)| format!("{begin}{}{end}", middle.concat()))
}

const ON_A_LINE: &[&str] = &[
    "\"",
    "'",
    "\\",
    "\\\\",
    "$",
    "`",
    "%",
    "%41",
    "+",
    "&",
    "&amp;",
    "<b>",
    ">",
    "/",
    " ",
    "  ",
    ":",
    "::error::",
    "##[x]",
    "]]>",
    "-->",
    "|",
    "*_~",
    "[a](b)",
    "{{ x }}",
    "\u{e9}",
    "\u{20ac}",
    "\u{1F600}",
    "\u{202e}",
    "\u{200b}",
    "=",
    "@",
    "#",
    "?",
    "!",
];
const ANYWHERE: &[&str] = &[
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    "\"",
    "'",
    "\\",
    "\\n",
    "$",
    "`",
    "%0A",
    "+",
    "&",
    "<",
    ">",
    "/",
    " ",
    "\u{e9}",
    "\u{2028}",
    "```",
    "# \u{2192} ",
    "| ",
    "</pre>",
    "<!-- prod-gate:seal -->",
    "\u{7f}",
];
const IN_A_TOKEN: &[&str] = &["-", "_", ".", "~", "+", "/", "=", "%2F", "!", "*", "(", "|"];

fn secrets() -> impl Strategy<Value = Secrets> {
    let token = || secret(IN_A_TOKEN).prop_map(|token| format!("{token}{token}"));
    (secret(ON_A_LINE), secret(ANYWHERE), token(), token(), token(), secret(ON_A_LINE), 1..40_usize).prop_map(
        |(header, body, bearer, cookie, csrf, captured, over)| Secrets {
            header,
            body,
            bearer,
            cookie,
            csrf,
            captured,
            over,
        },
    )
}

/// The forms in which a service may give a text back, made without the product's own encoders.
fn forms(text: &str) -> Vec<String> {
    let upper = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let json = serde_json::to_string(text).unwrap();
    let ascii = json.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(out, "\\u{unit:04x}").unwrap());
        }
        out
    });
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = html.replace('"', "&quot;").replace('\'', "&#39;");
    let hex = text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    });
    let mut all =
        vec![text.to_owned(), upper.to_lowercase_hex(), upper, form, json, ascii, html, quoted, hex];
    for before in ["", "x", "xy"] {
        for after in ["", "z"] {
            let longer = format!("{before}{text}{after}");
            all.push(base64::engine::general_purpose::STANDARD.encode(&longer));
            all.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&longer));
        }
    }
    all
}

trait LowercaseHex {
    fn to_lowercase_hex(&self) -> String;
}

impl LowercaseHex for String {
    fn to_lowercase_hex(&self) -> String {
        let pieces = self.split('%').enumerate();
        let lower = pieces.map(|(nth, piece)| {
            if nth == 0 { piece.to_owned() } else { format!("%{}{}", piece[..2].to_lowercase(), &piece[2..]) }
        });
        lower.collect()
    }
}

/// So many bytes of text, in few characters.
fn wide(bytes: usize) -> String {
    "\u{20ac}".repeat(bytes / 3) + &"f".repeat(bytes % 3)
}

/// The service: gives back all it was given, and more.
fn hostile(secrets: &Secrets, asked: &Asked) -> Pieces {
    let (path, _) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let echo = |status: &str, text: &str| answer(status, &[("content-type", "text/html")], text);
    let json = |value: &serde_json::Value| {
        answer("200 OK", &[("content-type", "application/json")], &value.to_string())
    };
    let everything = |which: &[&str]| {
        let all = secrets.all();
        let all = all.iter().filter(|(name, _)| which.contains(name)).flat_map(|(_, secret)| forms(secret));
        all.collect::<Vec<_>>().join(" <br>\n")
    };
    let in_url = utf8_percent_encode(&secrets.header, NON_ALPHANUMERIC).to_string();
    match path {
        "/given" => echo("200 OK", &everything(&["header", "body"])),
        "/error" => echo("500 Oops", &everything(&["header", "body"])),
        // What a login gives is known when the first role asks, what is captured after that.
        "/sessions" => echo("200 OK", &everything(&["bearer", "cookie", "csrf"])),
        "/captured" => echo("200 OK", &everything(&["captured", "bearer"])),
        "/echo" => echo("200 OK", &format!("<pre>{}</pre>", asked.text)),
        // The end of the body is shown, and it ends in the middle of a secret.
        "/cut" => echo("200 OK", &format!("{}{} and more", wide(CAP - secrets.over), secrets.body)),
        "/cut-encoded" => echo("200 OK", &format!("{}{in_url} and more", wide(CAP - secrets.over))),
        "/cut-shown" => {
            echo("200 OK", &format!("{}{} and more", "f".repeat(SHOWN - secrets.over), secrets.header))
        }
        "/chunks" => {
            let mut pieces =
                vec![b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()];
            let text = format!("{}|{}", secrets.body, secrets.header);
            pieces.extend(
                text.as_bytes()
                    .chunks(3)
                    .map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()),
            );
            pieces.push(b"0\r\n\r\n".to_vec());
            pieces
        }
        "/headers" => answer(
            "200 OK",
            &[
                ("x-echo", &secrets.header),
                ("x-encoded", &in_url),
                ("content-type", &format!("text/{}", secrets.header)),
            ],
            "",
        ),
        "/cookie" => answer("200 OK", &[("set-cookie", &format!("sid={}; Path=/", secrets.cookie))], ""),
        "/json" => json(&serde_json::json!({
            "x": secrets.body, "deep": { "y": [secrets.header, secrets.body] },
            "far": format!("{}{}", "long text ".repeat(99), secrets.body),
            "near": format!("{}{}", "long text ".repeat(29), secrets.header),
        })),
        "/redirect" => answer("302 Found", &[("location", &format!("/landing?t={in_url}#{in_url}"))], ""),
        "/password" => {
            let location = format!(
                "http://somebody:{}@127.0.0.1:9/?{in_url}",
                utf8_percent_encode(UNKNOWN, NON_ALPHANUMERIC)
            );
            answer("302 Found", &[("location", &location)], "")
        }
        "/hop" => answer("302 Found", &[("location", &format!("/landing?{in_url}"))], ""),
        "/commit" => answer(
            "200 OK",
            &[("x-commit", &secrets.header)],
            &format!("{}{}", "c".repeat(80 - secrets.over), secrets.header),
        ),
        "/broken" => {
            vec![format!("HTTP/1.1 200 {}\r\nx y{}: z\r\n\r\n", secrets.header, secrets.header).into_bytes()]
        }
        "/login" => json(&serde_json::json!({ "token": secrets.bearer, "said": asked.text })),
        "/me" => json(&serde_json::json!({ "role": "MEMBER", "said": asked.text, "bearer": secrets.bearer })),
        "/api/auth/csrf" => answer(
            "200 OK",
            &[("set-cookie", &format!("next-auth.csrf-token={}%7C{}", secrets.csrf, secrets.cookie))],
            &serde_json::json!({ "csrfToken": secrets.csrf }).to_string(),
        ),
        "/api/auth/callback/credentials" => json(
            &serde_json::json!({ "url": format!("http://h/?error={}", secrets.csrf), "said": asked.text }),
        ),
        "/api/auth/session" => {
            json(&serde_json::json!({ "user": { "role": format!("{} {}", secrets.csrf, asked.text) } }))
        }
        "/token" => json(&serde_json::json!({ "token": secrets.captured })),
        _ => echo("404 Not Found", &asked.text),
    }
}

/// A password that the gate was never told.
const UNKNOWN: &str = "never told 7Qx9";

const CONFIG: &str = r#"
version: 1
language: @LANGUAGE@
limits: { rate: unlimited, in_flight: 8, body: 32KiB, retries: 0, check: 5s }
commit:
  expect_at:
    - { url: "@URL@/commit" }
    - { url: "@URL@/commit?", header: x-commit, headers: { x-key: "${secret:HEADER}" } }
    - { url: "@URL@/json", json: $.x }
smoke:
  base_url: "@URL@"
  headers: { x-key: "${secret:HEADER}" }
  pages:
    - { path: /given, show: [body], contains: nothing like it }
    - { path: /sessions, as: member, show: [body], contains: nothing like it }
    - { path: /error, show: [body], matches: "[^\\s\\S]" }
    - { path: /echo, show: [body] }
    - { path: "/echo?${secret:HEADER}", show: [body], name: a secret in the address }
    - { path: "/nowhere?a=${secret:HEADER}", show: [body] }
    - { path: /cut, show: [body], contains: nothing like it }
    - { path: /cut-encoded, show: [body] }
    - { path: /cut-shown, show: [body] }
    - { path: /chunks, show: [body] }
    - { path: /headers, show: ["header:x-echo", "header:x-encoded"], headers: { x-echo: other, x-encoded: { matches: "^no" }, content-type: text/html } }
    - { path: /cookie, show: ["header:set-cookie"], headers: { set-cookie: none } }
    - { path: /json, show: [body], json: { $.x: { contains: nope }, "$.deep.y": other, "$.deep.y[0]": 1, $.far: { max: 3 }, $.near: { matches: ^no } } }
    - { path: /redirect, redirect: /elsewhere, show: ["header:location"] }
    - { path: /password, redirect: /elsewhere, show: ["header:location"] }
    - { path: /hop, follow: true, redirect: /elsewhere, show: [body] }
    - { path: /broken, show: [body] }
  sessions:
    member:
      json: { post: /login, body: { password: "${secret:BODY}", again: "<${secret:HEADER}>" }, bearer: $.token }
      whoami: /me
      expect: { $.role: MEMBER }
    echo:
      form: { post: /cookie, fields: { password: "${secret:BODY}" } }
      whoami: /me
      expect: { $.said: nothing, $.bearer: { length: { max: 3 } } }
    basic: { basic: { user: me, password: "${secret:BODY}" }, whoami: /me, expect: { $.said: nothing } }
    nextauth:
      nextauth: { email: a@b.c, password: "${secret:BODY}" }
      expect: { role: ADMIN }
  access:
    - { get: /echo, anonymous: denied, member: 201 }
  workflows:
    - name: token
      as: member
      steps:
        - { name: take, get: /token, show: [body], capture: { token: { json: $.token, secret: true } } }
        - name: give
          post: "/echo?t={{ token }}"
          headers: { x-token: "{{ token }}" }
          json: { token: "{{ token }}", body: "${secret:BODY}" }
          expect: 404
          show: [body]
        - { name: see, get: /captured, show: [body] }
      finally:
        - { name: undo, delete: "/gone/{{ token }}", show: [body] }
"#;

fn run(secrets: &Secrets, language: &str) -> Ended {
    let url = {
        let secrets = secrets.clone();
        raw::serve(move |asked| hostile(&secrets, asked))
    };
    let config = CONFIG.replace("@URL@", &url).replace("@LANGUAGE@", language);
    Gate::run(&config).args(["-vv"]).env("HEADER", &secrets.header).env("BODY", &secrets.body).wait()
}

/// Everything that a run leaves behind, by name.
fn left_behind(ended: &Ended) -> Vec<(String, String)> {
    let files = ended.files().into_iter().map(|name| (name.clone(), ended.file(&name)));
    let said = [("stdout", &ended.stdout), ("stderr", &ended.stderr)];
    files.chain(said.map(|(name, text)| (name.to_owned(), text.clone()))).collect()
}

/// A text as its readers may see it: as it is, and with each kind of escape undone.
fn views(text: &str) -> Vec<String> {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#10;", "\n"),
        ("&#13;", "\r"),
        ("&amp;", "&"),
    ];
    let html = entities.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let markdown = html.replace("\\\\", "\u{0}").replace('\\', "").replace('\u{0}', "\\");
    let percent = percent_decode_str(text).decode_utf8_lossy().into_owned();
    let form = percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut all = vec![html, markdown, percent, form, text.to_owned()];
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        let mut strings = Vec::new();
        walk(&json, &mut strings);
        all.push(strings.join("\n"));
    }
    all
}

fn walk(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, out)),
        serde_json::Value::Object(fields) => fields.iter().for_each(|(key, item)| {
            out.push(key.clone());
            walk(item, out);
        }),
        _ => {}
    }
}

/// Pieces of every form of every secret, and what each is a piece of.
fn pieces(secrets: &Secrets) -> Vec<(String, String)> {
    let mut pieces = vec![("7Qx9".to_owned(), "the password of a URL".to_owned())];
    let innocent: Vec<String> = ON_A_LINE.iter().chain(ANYWHERE).flat_map(|piece| forms(piece)).collect();
    for (which, secret) in secrets.all() {
        for (nth, form) in forms(secret).iter().enumerate() {
            // Base64's ends hold bits of what stands beside it, JSON has quotes.
            let form = if nth > 8 { &form[4..form.len() - 4] } else { form.trim_matches('"') };
            let chars: Vec<char> = form.chars().collect();
            let windows = chars.windows(WINDOW).map(|piece| piece.iter().collect::<String>());
            // What a secret was put together from may stand anywhere.
            let windows = windows.filter(|piece| !innocent.iter().any(|text| text.contains(piece)));
            pieces.extend(windows.map(|piece| (piece, format!("{which} (form {nth})"))));
        }
    }
    pieces
}

/// Where something of a secret shows: the first place in each file.
fn leaks(secrets: &Secrets, left: &[(String, String)]) -> Vec<String> {
    let pieces = pieces(secrets);
    let search = aho_corasick::AhoCorasick::new(pieces.iter().map(|(piece, _)| piece)).unwrap();
    let mut found = Vec::new();
    for (name, text) in left {
        for view in views(text) {
            if let Some(hit) = search.find(&view) {
                let (piece, which) = &pieces[hit.pattern()];
                let line = view[..hit.start()].lines().last().unwrap_or_default();
                let line: String = line.chars().skip(line.chars().count().saturating_sub(150)).collect();
                found.push(format!("{which} in {name}: {piece:?} after {line:?}"));
                break;
            }
        }
    }
    found
}

#[test]
fn nothing_of_a_secret_shows() {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 6,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..ProptestConfig::default()
    });
    let mut languages = ["fr", "en"].into_iter().cycle();
    let language = std::cell::RefCell::new(&mut languages);
    let outcome = runner.run(&secrets(), |secrets| {
        let ended = run(&secrets, language.borrow_mut().next().unwrap());
        prop_assert!(matches!(ended.code, 1 | 3), "{}\n{}", ended.code, ended.stderr);
        prop_assert_eq!(ended.files().len(), 4);
        let left = left_behind(&ended);
        let found = leaks(&secrets, &left);
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
        // What is not secret is still there: the run showed what it was asked to show.
        prop_assert!(ended.record().contains("***") && ended.record().contains("smoke.pages./given"));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Before the first check: what is wrong with the configuration is told without the values in it.
#[test]
fn a_wrong_configuration_shows_no_secret() {
    let secret = "s3cr\u{e9}t &\"x\" with a\nline break";
    let cases = [
        ("smoke: { base_url: \"${secret:KEY}\", pages: [/] }", &[][..]),
        ("smoke: { base_url: \"https://${secret:KEY}\", pages: [/] }", &[]),
        (
            "smoke: { base_url: \"https://h/?a=${secret:KEY}\", pages: [/], headers: { x-key: \"${secret:KEY}\" } }",
            &[],
        ),
        ("smoke: { base_url: \"https://h\", pages: [\"${secret:KEY}\"], nonsense: \"${secret:KEY}\" }", &[]),
        ("title: \"${secret:KEY}\"\nlimits: { rate: \"${secret:KEY}\" }", &[]),
        ("smoke: { pages: [/] }", &["--base-url", "https://me:s3cr\u{e9}t@h"]),
        ("smoke: { base_url: \"https://me:s3cr\u{e9}t@h\", pages: [/] }", &[]),
    ];
    for (config, arguments) in cases {
        let config = format!("version: 1\nlimits: {{ retries: 0, check: 1s }}\n{config}\n").replacen(
            "limits: { retries: 0, check: 1s }\ntitle",
            "title",
            1,
        );
        let ended = Gate::run(&config).args(["-vv"]).args(arguments).env("KEY", secret).wait();
        assert_ne!(ended.code, 0, "{config}");
        for (name, text) in left_behind(&ended) {
            let found = views(&text).iter().any(|view| view.contains("s3cr") || view.contains("line break"));
            // A header that cannot be sent is told in these words.
            let own = text.contains("holds a line break");
            assert!(!found || (own && !text.contains("s3cr")), "{name} after\n{config}\n{text}");
        }
    }
}

/// A panic is a defect, and even then nothing shows. The test runs itself again to see what is printed.
#[test]
fn a_panic_shows_no_secret() {
    if let Ok(secret) = std::env::var("PANIC_WITH") {
        let redactor = prod_gate::redact::Redactor::new();
        redactor.add("PANIC_WITH", &secret);
        prod_gate::redact::scrub_panics(redactor);
        panic!("while sending {secret:?} to https://me:other@h");
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["secrets::a_panic_shows_no_secret", "--exact", "--nocapture"])
        .env("PANIC_WITH", "top \"secret\"\nvalue")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("prod-gate: a defect, please report it:"), "{said}");
    assert!(said.contains("while sending \"***\" to https://me:***@h"), "{said}");
}
