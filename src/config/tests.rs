//! The configuration as a whole: good files load, and bad ones are explained.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod bad;
mod random;
mod schema;

use super::*;

pub(super) const FULL: &str = include_str!("../../examples/prod-gate.full.yml");
pub(super) const MINIMAL: &str = include_str!("../../examples/prod-gate.minimal.yml");

/// An environment that has what the examples need.
pub(super) fn env(name: &str) -> Option<String> {
    let value = match name {
        "SITE_HOST" => "www.example.org",
        "FOUR" => "4",
        "YES" => "true",
        "DIGITS" => "1234567",
        "SMOKE_PIN" => "1234",
        "EMPTY" => "",
        "WITH_NEWLINE" => "a long secret\n",
        "SSH_KNOWN_HOSTS" => "prod.example.org ssh-ed25519 AAAA",
        "SSH_KEY" | "FIREWALL_TOKEN" | "ADMIN_PASSWORD" | "MEMBER_PASSWORD" | "ROBOT_TOKEN"
        | "PROBE_PASSWORD" | "DATABASE_URL" | "DATABASE_WRITE_URL" => {
            return Some(format!("the value of {name}"));
        }
        _ => return None,
    };
    Some(value.to_owned())
}

pub(super) fn good(yaml: &str) -> Loaded {
    load("prod-gate.yml", yaml.as_bytes(), &env).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_examples_load() {
    let full = good(FULL);
    assert_eq!(full.secrets.len(), 9);
    let smoke = full.config.smoke.as_ref().unwrap();
    assert_eq!(smoke.base_url.as_ref().unwrap().as_literal(), Some("https://www.example.org"));
    assert_eq!(smoke.pages.len(), 5);
    let order: Vec<&str> = smoke.sessions.iter().map(|session| session.role.as_str()).collect();
    assert_eq!(order, ["admin", "member", "guest", "robot", "probe"]);
    assert_eq!(good(MINIMAL).config.smoke.unwrap().pages.len(), 3);
}

/// The full example uses every key that the schema knows.
#[test]
fn the_full_example_leaves_no_key_out() {
    let schema = super::schema::json_schema();
    let mut keys = Vec::new();
    collect_keys(&schema, &mut keys);
    assert!(keys.len() > 60, "{keys:?}");
    for key in keys {
        assert!(FULL.contains(&format!("{key}:")), "the full example does not show `{key}`");
    }
}

fn collect_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| collect_keys(value, keys));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

#[test]
fn positions_are_those_of_the_file() {
    let loaded = good(FULL);
    let root = Path::root();
    let tree = tree::parse(loaded.source.as_ref().unwrap()).0.unwrap();
    let at = |path: &Path| {
        let span = tree.locate(path, path::Target::Value);
        (span.line, span.column)
    };
    let find = |text: &str| {
        let line = FULL.lines().position(|line| line.contains(text)).unwrap();
        let column = FULL.lines().nth(line).unwrap().find(text).unwrap();
        (u32::try_from(line + 1).unwrap(), u32::try_from(column + 1).unwrap())
    };
    let pages = root.key("smoke").key("pages");
    assert_eq!(at(&pages.index(1)), find("path: /login"));
    let position = loaded.config.smoke.as_ref().unwrap().pages[1].options.position.as_ref().unwrap();
    assert_eq!((position.line, position.column), find("path: /login"));
    let (line, column) = find("max_time: 2s");
    assert_eq!(at(&pages.index(1).key("max_time")), (line, column + 10));
    assert_eq!(at(&root.key("smoke").key("access").index(1)), find("{ head: /api/admin/stats"));
    assert_eq!(at(&root.key("smoke").key("sessions").key("robot")), find("robot:"));
    // What is not there is reported at the nearest part around it.
    assert_eq!(at(&pages.index(1).key("json").key("$.a")), find("path: /login"));
}

#[test]
fn a_variable_alone_is_a_text_or_a_number_as_needed() {
    let yaml = "version: 1
title: ${env:DIGITS}
limits:
  in_flight: ${env:FOUR}
smoke:
  base_url: https://example.org
  pages:
    - path: /
      required: ${env:YES}
      status: ${env:DIGITS}
      json: { $.n: \"${env:FOUR}\" }
"
    .replace("status: ${env:DIGITS}", "status: 200");
    let config = good(&yaml).config;
    assert_eq!(config.title.as_deref(), Some("1234567"));
    assert_eq!(config.limits.in_flight, 4);
    let page = &config.smoke.unwrap().pages[0];
    assert!(page.options.required);
    let test = page.expect.json.as_ref().unwrap().get("$.n").unwrap();
    assert!(test.check(Some(&serde_json::json!("4"))) && !test.check(Some(&serde_json::json!(4))));
}

/// Validation reads the default branch's configuration in a job that knows no secret of it.
#[test]
fn publishing_is_read_without_the_rest() {
    let none = |_: &str| None;
    let config = load_publishing("prod-gate.yml", FULL.as_bytes(), &none).unwrap();
    assert_eq!(config.leads[0], "lead-login");
    assert_eq!(config.separation, SeparationRule::Recorded);
    assert_eq!(config.repository, Records::Same);
    let bad = "version: 1\nsmok: { what: ever }\nlead: { reviewers: [\"${secret:LEAD}\"] }\n";
    let error = load_publishing("prod-gate.yml", bad.as_bytes(), &none).unwrap_err();
    assert_eq!(error.problems.0.len(), 1, "{error}");
    assert!(error.to_string().contains("LEAD"), "{error}");
}

#[test]
fn flags_alone_are_enough() {
    let pages = ["/".to_owned(), "/{{x}}".to_owned()];
    let loaded = Loaded::from_flags("https://example.org", &pages).unwrap();
    let smoke = loaded.config.smoke.as_ref().unwrap();
    assert_eq!(smoke.pages[1].address.as_literal(), Some("/{{x}}"));
    assert_eq!(smoke.pages[1].options.position, None);

    let error = Loaded::from_flags("example.org", &["login".to_owned()]).unwrap_err();
    insta::assert_snapshot!(error.render(false));
    let error = Loaded::from_flags("https://example.org", &[]).unwrap_err();
    insta::assert_snapshot!(error.render(false));
}

#[test]
fn debug_output_has_no_secret() {
    let loaded = good(FULL);
    let printed = format!("{loaded:?}");
    assert!(printed.contains("ADMIN_PASSWORD") && !printed.contains("the value of"));
}

/// What stands at a span is what was read there.
#[test]
fn spans_are_exact() {
    fn walk(node: &Node, text: &str) -> usize {
        let at = |span: source::Span| &text[span.start..span.end];
        match &node.data {
            node::Data::Text(value) if node.style == node::Style::Plain => {
                assert_eq!(at(node.span), value);
                1
            }
            node::Data::List(items) => items.iter().map(|item| walk(item, text)).sum(),
            node::Data::Map(entries) => {
                let entry = |entry: &node::Entry| {
                    assert_eq!(at(entry.key_span).trim_matches('"'), entry.key);
                    1 + walk(&entry.value, text)
                };
                entries.iter().map(entry).sum()
            }
            _ => 1,
        }
    }
    for text in [FULL.to_owned(), FULL.replace('\n', "\r\n"), FULL.replace("Sample", "Échantillon 🚀")] {
        let file = source::SourceFile::new("f", text);
        let (root, problems) = tree::parse(&file);
        assert_eq!(problems, []);
        assert!(walk(&root.unwrap(), file.text()) > 200);
    }
}
