//! From the schemas of `OpenAPI` 3.0 to those that a validator of JSON Schema 2020-12 reads.

use serde_json::{Map, Value, json};

/// Keys whose values stay as they are.
const KEPT: &[&str] = &[
    "type",
    "enum",
    "required",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "format",
    "const",
    "uniqueItems",
];

/// What is collected on the way.
pub struct Translation<'a> {
    /// The document that references lead into.
    pub document: &'a Value,
    defs: Map<String, Value>,
    /// Whether objects have no other properties than those that are named.
    strict: bool,
}

impl<'a> Translation<'a> {
    /// A schema of this document, whole in itself. `strict`: where it names properties, no others are allowed.
    pub fn of(document: &'a Value, schema: &Value, strict: bool) -> Value {
        let mut translation = Self { document, defs: Map::new(), strict };
        let mut whole = translation.schema(schema, true);
        whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        whole["$defs"] = Value::Object(translation.defs);
        whole
    }

    /// `alone`: this describes a whole value, not a part of one as the members of `allOf` do.
    fn schema(&mut self, schema: &Value, alone: bool) -> Value {
        let Some(schema) = schema.as_object() else { return json!({}) };
        let mut out = Map::new();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            out.insert("$ref".to_owned(), json!(self.reference(reference)));
        }
        for (key, value) in schema {
            let new = match key.as_str() {
                kept if KEPT.contains(&kept) => value.clone(),
                "properties" => self.each(value),
                "items" => self.schema(value, true),
                "additionalProperties" if value.is_object() => self.schema(value, true),
                "additionalProperties" => value.clone(),
                // Several of GitHub's alternatives often fit at once.
                "allOf" | "anyOf" | "oneOf" => {
                    let members = value.as_array().into_iter().flatten();
                    Value::Array(members.map(|member| self.schema(member, false)).collect())
                }
                _ => continue,
            };
            let key = if key == "oneOf" && !schema.contains_key("anyOf") { "anyOf" } else { key };
            out.insert(key.to_owned(), new);
        }
        if self.strict && alone && closed(self.document, &Value::Object(schema.clone())) == Some(true) {
            out.insert("unevaluatedProperties".to_owned(), json!(false));
        }
        if schema.get("nullable") == Some(&json!(true)) { nullable(&out) } else { Value::Object(out) }
    }

    fn each(&mut self, properties: &Value) -> Value {
        let properties = properties.as_object().into_iter().flatten();
        properties.map(|(name, schema)| (name.clone(), self.schema(schema, true))).collect()
    }

    /// Where a reference leads now, with what it leads to taken along.
    fn reference(&mut self, reference: &str) -> String {
        let name = reference.rsplit('/').next().unwrap_or(reference).to_owned();
        if !self.defs.contains_key(&name) {
            self.defs.insert(name.clone(), json!({}));
            let schema = self.schema(follow(self.document, reference), false);
            self.defs.insert(name.clone(), schema);
        }
        format!("#/$defs/{name}")
    }
}

fn nullable(schema: &Map<String, Value>) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// What a local reference leads to.
pub fn follow<'a>(document: &'a Value, reference: &str) -> &'a Value {
    // Not `pointer`, which copies every word.
    let mut words = reference.trim_start_matches("#/").split('/');
    let found = words.try_fold(document, |at, word| at.get(word));
    found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// The same schema, or the one that it refers to.
pub fn resolved<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(Value::String(reference)) = schema.get("$ref") {
        schema = follow(document, reference);
    }
    schema
}

/// Whether a schema says which properties there are: none where it speaks of no object at all.
fn closed(document: &Value, schema: &Value) -> Option<bool> {
    let schema = match schema.get("$ref") {
        Some(Value::String(reference)) => resolved(document, follow(document, reference)),
        _ => schema,
    };
    if schema.get("additionalProperties").is_some() {
        return Some(false);
    }
    let mut said = schema.get("properties").map(|_| true);
    for key in ["allOf", "anyOf", "oneOf"] {
        for member in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            said = match (said, closed(document, member)) {
                (Some(one), Some(other)) => Some(one && other),
                (one, other) => one.or(other),
            };
        }
    }
    said.or_else(|| (schema.get("type") == Some(&json!("object"))).then_some(false))
}
