//! The JSON Schema of the configuration, for editors.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::raw::RawConfig;

/// Names the schema; it is not an address.
const ID: &str = "urn:prod-gate:configuration:1";

pub fn json_schema() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.transforms.push(Box::new(RecursiveTransform(settle_properties)));
    settings.transforms.push(Box::new(RecursiveTransform(settle_reference)));
    let mut schema = settings.into_generator().into_root_schema_for::<RawConfig>();
    if let Some(Value::Object(all)) = schema.get_mut("$defs") {
        *all = std::mem::take(all).into_iter().map(|(name, defined)| (plain_name(&name), defined)).collect();
    }
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("title".to_owned(), "prod-gate.yml".into());
    schema.to_value()
}

/// The same as text, as it is committed and printed.
pub fn json_schema_text() -> String {
    format!("{:#}\n", json_schema())
}

/// A type's name to readers, who do not know that there is another one for what it means.
fn plain_name(name: &str) -> String {
    name.strip_prefix("Raw").unwrap_or(name).to_owned()
}

fn settle_reference(schema: &mut Schema) {
    if let Some(Value::String(address)) = schema.get_mut("$ref")
        && let Some(name) = address.strip_prefix("#/$defs/")
    {
        *address = format!("#/$defs/{}", plain_name(name));
    }
}

/// The properties of a mapping as the decoder reads them: an option is a key that may be absent, not
/// one that may be null; and a number or a truth value may come from the environment.
fn settle_properties(schema: &mut Schema) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        if let Some(Value::Array(types)) = property.get_mut("type")
            && types.len() == 2
            && types[1] == "null"
        {
            let kept = types[0].take();
            property.insert("type".to_owned(), kept);
        }
        if let Some(Value::Array(options)) = property.get("anyOf")
            && let [Value::Object(only), null] = options.as_slice()
            && *null == json!({ "type": "null" })
        {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
        if let Some(kind @ ("integer" | "boolean")) = property.get("type").and_then(Value::as_str) {
            let kinds = json!([kind, "string"]);
            property.insert("type".to_owned(), kinds);
            property.insert("pattern".to_owned(), r"^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$".into());
        }
    }
}
