//! An answer has many fields that nothing here asks about: what is required and missing is filled in.

use serde_json::{Value, json};

use super::translate::resolved;

/// Add what the schema requires and the value lacks, all the way down.
pub fn fill(document: &Value, schema: &Value, value: &mut Value) {
    let schema = resolved(document, schema);
    for member in members(schema, "allOf") {
        fill(document, member, value);
    }
    if let Some(member) = alternative(document, schema, value) {
        fill(document, member, value);
    }
    if let (Some(items), Value::Array(values)) = (schema.get("items"), &mut *value) {
        for value in values {
            fill(document, items, value);
        }
    }
    let Value::Object(object) = value else { return };
    let properties = schema.get("properties").and_then(Value::as_object);
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if object.contains_key(name) {
            continue;
        }
        if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
            object.insert(name.to_owned(), made_up(document, schema));
        }
    }
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(value) = object.get_mut(name) {
            fill(document, schema, value);
        }
    }
}

/// A value that fits, and that nobody takes for a real one.
fn made_up(document: &Value, schema: &Value) -> Value {
    let nullable = schema.get("nullable") == Some(&json!(true));
    let schema = resolved(document, schema);
    if nullable || schema.get("nullable") == Some(&json!(true)) {
        return Value::Null;
    }
    if let Some(first) = members(schema, "enum").next() {
        return first.clone();
    }
    let kinds = schema.get("type").and_then(Value::as_array);
    if kinds.is_some_and(|kinds| kinds.contains(&json!("null"))) {
        return Value::Null;
    }
    let mut value = match schema.get("type").and_then(Value::as_str) {
        Some("string") => match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => json!("2001-01-01T00:00:00Z"),
            Some("uri" | "uri-template") => json!("https://not-told.invalid/"),
            _ => json!("not told"),
        },
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        Some("null") => Value::Null,
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => {
            let mut open = members(schema, "oneOf").chain(members(schema, "anyOf"));
            let one =
                open.clone().find(|one| one.get("type") == Some(&json!("null"))).or_else(|| open.next());
            return one.map_or(json!({}), |schema| made_up(document, schema));
        }
    };
    fill(document, schema, &mut value);
    value
}

fn members<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + Clone {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The first alternative that has all properties of an object.
fn alternative<'a>(document: &'a Value, schema: &'a Value, value: &Value) -> Option<&'a Value> {
    let object = value.as_object()?;
    let mut open = members(schema, "oneOf").chain(members(schema, "anyOf"));
    open.find(|member| {
        let member = resolved(document, member);
        let known = member.get("properties").and_then(Value::as_object);
        known.is_some_and(|known| object.keys().all(|key| known.contains_key(key)))
    })
}
