//! What GitHub sends by itself when something happens.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::fill::fill;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&super::read("webhooks-schemas/schema.json")).unwrap());

/// Fill in what a payload lacks, and say what is wrong with it. `name` is the schema's:
/// `pull_request_review$submitted`, `push$event`.
pub fn check(name: &str, payload: &mut Value) -> Vec<String> {
    let mut schema = DOCUMENT["definitions"][name].clone();
    assert!(schema.is_object(), "webhooks have no {name}");
    fill(&DOCUMENT, &schema, payload);
    schema["definitions"] = DOCUMENT["definitions"].clone();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema");
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(payload).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
