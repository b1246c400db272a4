//! Values that can be written short or long: pages, expectations, rows of the access matrix.

use deserr::{Deserr, IntoValue, Map, Value, ValueKind, ValuePointerRef};
use schemars::json_schema;

use super::answers::{RawExpect, RawExpectBody};
use super::smoke::{RawAccessRow, RawPage, RawPageBody};
use crate::config::problem::{Problem, Problems, listed, nearest};
use crate::config::types::{
    Cell, JsonText, METHODS, RESERVED, StatusSet, Template, Waive, is_nothing, wrong_kind,
};

decoded!(RawPage, |value, location| {
    match value {
        Value::String(_) if !is_nothing(&value) => {
            let path = Template::deserialize_from_value(value, location)?;
            Ok(Self(RawPageBody { path, ..RawPageBody::default() }))
        }
        Value::Map(_) => RawPageBody::deserialize_from_value(value, location).map(Self),
        other => Err(wrong_kind(other, &[ValueKind::String, ValueKind::Map], location)),
    }
});

described!(RawPage, |generator| {
    let path = generator.subschema_for::<Template>();
    let body = generator.subschema_for::<RawPageBody>();
    json_schema!({ "description": "A page: its path, or more about it.", "anyOf": [path, body] })
});

decoded!(RawExpect, |value, location| {
    match value {
        Value::Map(_) => RawExpectBody::deserialize_from_value(value, location).map(Self),
        value => {
            let status = StatusSet::deserialize_from_value(value, location)?;
            Ok(Self(RawExpectBody { status: Some(status), ..RawExpectBody::default() }))
        }
    }
});

described!(RawExpect, |generator| {
    let status = generator.subschema_for::<StatusSet>();
    let body = generator.subschema_for::<RawExpectBody>();
    json_schema!({ "description": "What is expected: a status, or more.", "anyOf": [status, body] })
});

/// An access row of which not all is known yet.
#[derive(Default)]
struct Partial {
    endpoint: Option<(&'static str, &'static str, Option<Template>)>,
    json: Option<JsonText>,
    cells: Vec<(String, Cell)>,
    roles: usize,
    required: Option<bool>,
    waive: Option<Waive>,
    problems: Problems,
}

impl Partial {
    fn keep<T>(&mut self, result: Result<T, Problems>) -> Option<T> {
        result.map_err(|more| self.problems.0.extend(more.0)).ok()
    }

    fn entry<V: IntoValue>(&mut self, key: &str, value: Value<V>, row: ValuePointerRef) {
        let here = row.push_key(key);
        if let Some((key, method)) = METHODS.iter().find(|(known, _)| *known == key) {
            if let Some((first, ..)) = self.endpoint {
                let message = format!("a row has one method; `{first}` and `{key}` are here");
                self.problems.push(Problem::new(here, message).at_key().help("make two rows of it"));
                return;
            }
            let path = self.keep(Template::deserialize_from_value(value, here));
            self.endpoint = Some((key, method, path));
            return;
        }
        match key {
            "json" => self.json = self.keep(JsonText::deserialize_from_value(value, here)),
            "required" => self.required = self.keep(bool::deserialize_from_value(value, here)),
            "waive" => self.waive = self.keep(Waive::deserialize_from_value(value, here)),
            role => {
                self.roles += 1;
                let cell =
                    Cell::deserialize_from_value(value, here).map_err(|problems| not_a_role(role, problems));
                if let Some(cell) = self.keep(cell) {
                    self.cells.push((role.to_owned(), cell));
                }
            }
        }
    }
}

/// A key that was read as a role because it is no other: say so if it looks misspelt.
fn not_a_role(role: &str, mut problems: Problems) -> Problems {
    if let Some(near) = nearest(role, RESERVED) {
        for problem in &mut problems.0 {
            problem.help = Some(format!("`{role}` is read as a role; did you mean `{near}`?"));
        }
    }
    problems
}

decoded!(RawAccessRow, |value, location| {
    let map = match value {
        Value::Map(map) => map,
        other => return Err(wrong_kind(other, &[ValueKind::Map], location)),
    };
    let mut row = Partial::default();
    for (key, value) in map.into_iter() {
        row.entry(&key, value.into_value(), location);
    }
    if row.endpoint.is_none() {
        let keys = METHODS.map(|(key, _)| key);
        let message = format!("the row has no endpoint: one of {} with a path", listed(&keys));
        row.problems.push(Problem::new(location, message).help("for example `get: /api/admin/stats`"));
    }
    if row.roles == 0 {
        let problem = Problem::new(location, "the row has no role");
        row.problems.push(problem.help("add a column, for example `anonymous: denied` or `admin: 200`"));
    }
    let Partial { endpoint, json, cells, required, waive, problems, .. } = row;
    match endpoint {
        Some((_, method, Some(path))) if problems.0.is_empty() => {
            Ok(Self { method, path, json, cells, required, waive })
        }
        _ => Err(problems),
    }
});

described!(RawAccessRow, |generator| {
    let path = generator.subschema_for::<Template>();
    let json = generator.subschema_for::<JsonText>();
    let waive = generator.subschema_for::<Waive>();
    let cell = generator.subschema_for::<Cell>();
    let endpoints: Vec<_> = METHODS.iter().map(|(key, _)| serde_json::json!({ "required": [key] })).collect();
    json_schema!({
        "description": "One endpoint; every key that is not listed here is a role.",
        "type": "object",
        "minProperties": 2,
        "properties": {
            "get": path, "head": path, "post": path, "put": path, "patch": path, "delete": path,
            "json": json,
            "required": { "description": "Whether it blocks. Default: true.", "type": "boolean" },
            "waive": waive,
        },
        "additionalProperties": cell,
        "oneOf": endpoints,
    })
});
