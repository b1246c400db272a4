//! The JSON Schema: fresh, and of one mind with the decoder.

use super::*;

const COMMITTED: &str = "docs/prod-gate.schema.json";

#[test]
fn the_committed_schema_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let text = crate::config::schema::json_schema_text();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{COMMITTED} is out of date; update it with: UPDATE_SCHEMA=1 cargo test --lib the_committed_schema_is_fresh"
    );
}

/// The file as an editor's validator sees it.
fn as_json(yaml: &str) -> serde_json::Value {
    let file = source::SourceFile::new("prod-gate.yml", yaml);
    let (root, problems) = tree::parse(&file);
    assert_eq!(problems, []);
    node_as_json(&root.unwrap())
}

fn node_as_json(node: &Node) -> serde_json::Value {
    use node::Data;
    use serde_json::Value as Json;
    match &node.data {
        Data::Null => Json::Null,
        Data::Bool(value) => Json::from(*value),
        Data::Integer(value) => Json::from(*value),
        Data::Negative(value) => Json::from(*value),
        Data::Float(value) => Json::from(*value),
        Data::Text(text) => Json::from(text.as_str()),
        Data::List(items) => items.iter().map(node_as_json).collect(),
        Data::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), node_as_json(&entry.value))).collect()
        }
    }
}

#[test]
fn schema_and_decoder_accept_the_same() {
    let validator = jsonschema::validator_for(&crate::config::schema::json_schema()).unwrap();
    let from_env = "version: 1\nlimits: { in_flight: '${env:FOUR}', rate: '${env:RATE}' }\nsmoke: { pages: ['https://example.org/'] }";
    for yaml in [FULL, MINIMAL, from_env] {
        let errors: Vec<String> =
            validator.iter_errors(&as_json(yaml)).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(errors, [] as [String; 0]);
    }
}

#[test]
fn schema_and_decoder_refuse_the_same() {
    let validator = jsonschema::validator_for(&crate::config::schema::json_schema()).unwrap();
    for bad in [
        "smoke: { pages: [/] }",
        "version: 2",
        "version: 1\npagse: []",
        "version: 1\nsmoke:",
        "version: 1\ntitle: 5",
        "version: 1\nlanguage: de",
        "version: 1\nwarm_up: 5",
        "version: 1\nwarm_up: 5 minutes",
        "version: 1\nlimits: { in_flight: many }",
        "version: 1\nlimits: { in_flight: -1 }",
        "version: 1\nlimits: { rate: 5 }",
        "version: 1\nlimits: { body: 1mb }",
        "version: 1\nsmoke: { pages: [] }",
        "version: 1\nhosts: { a: { local: true } }\nenvironment: { host: a, load: { max: '4,0' } }",
        "version: 1\nhosts: { a: { local: true } }\nenvironment: { host: a, load: { max: 4, over: 2m } }",
        "version: 1\nhosts: { a: { local: true } }\nenvironment: { host: a, load: { over: 5m } }",
        "version: 1\nsmoke: { pages: [{ name: x }] }",
        "version: 1\nsmoke: { pages: [{ path: /, status: 99 }] }",
        "version: 1\nsmoke: { pages: [{ path: /, status: 2yy }] }",
        "version: 1\nsmoke: { pages: [{ path: /, max_time: 2 }] }",
        "version: 1\nsmoke: { pages: [{ path: /, required: yes }] }",
        "version: 1\nsmoke: { pages: [{ path: /, show: [everything] }] }",
        "version: 1\nsmoke: { pages: [{ path: /, json: { $.a: { mathces: x } } }] }",
        "version: 1\nsmoke: { pages: [{ path: /, json: { $.a: [1] } }] }",
        "version: 1\nsmoke: { pages: [{ path: /, json: {} }] }",
        "version: 1\nsmoke: { pages: [{ path: /, json: { $.a: { length: { mni: 1 } } } }] }",
        "version: 1\nsmoke: { pages: [{ path: /, waive: { reason: x, owner: y, until: tomorrow } }] }",
        "version: 1\nsmoke: { pages: [{ path: /, waive: { reason: x } }] }",
        "version: 1\nsmoke: { access: [{ anonymous: denied }] }",
        "version: 1\nsmoke: { access: [{ get: /a }] }",
        "version: 1\nsmoke: { access: [{ get: /a, put: /b, anonymous: denied }] }",
        "version: 1\nsmoke: { access: [{ get: /a, anonymous: refused }] }",
        "version: 1\nsmoke: { workflows: [{ name: x, steps: [] }] }",
        "version: 1\nsmoke: { workflows: [{ name: x, steps: [{ get: /, capture: { id: id } }] }] }",
        "version: 1\nsmoke: { workflows: [{ name: x, steps: [{ get: /, capture: { id: { jsno: $.a } } }] }] }",
        "version: 1\nsmoke: { sessions: { a: { ldap: {} } } }",
        "version: 1\ncommit: { expect_at: [{ url: 'https://x/', json: commit }] }",
        "version: 1\ncommit: {}",
    ] {
        assert!(!validator.is_valid(&as_json(bad)), "the schema accepts {bad}");
        // What the schema refuses must be refused by the decoder itself, not by what follows it.
        let file = source::SourceFile::new("prod-gate.yml", bad);
        let mut root = tree::parse(&file).0.unwrap();
        assert!(decode(&mut root).is_err(), "the decoder accepts {bad}");
    }
}
