//! The REST API: which paths there are, what each takes, what each answers.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::fill::fill;
use super::translate::{Translation, resolved};

/// What a request was found to be.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In lower case.
    pub method: String,
    /// `/repos/{owner}/{repo}/pulls/{pull_number}`.
    pub template: String,
    /// What stands in the place of each name, decoded.
    pub path: HashMap<String, String>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
}

impl Operation {
    /// A part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The description of the REST API.
pub struct OpenApi {
    document: Value,
    routes: Vec<Route>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation's path in pieces.
struct Route {
    method: String,
    template: String,
    pieces: Vec<Piece>,
}

enum Piece {
    /// These very letters.
    Fixed(String),
    /// One segment, by this name.
    One(String),
    /// One segment or several.
    Many(String),
}

/// Read once a process.
pub fn openapi() -> &'static OpenApi {
    static OPENAPI: LazyLock<OpenApi> = LazyLock::new(|| {
        let text = super::read("openapi/generated/api.github.com.json");
        let document = serde_json::from_str(&text).unwrap();
        OpenApi { routes: routes(&document), document, compiled: Mutex::default() }
    });
    &OPENAPI
}

fn routes(document: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            let many = |name: &str| {
                parameters(document, item, operation)
                    .any(|it| it["name"] == name && it.get("x-multi-segment") == Some(&json!(true)))
            };
            let piece = |text: &str| match text.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                None => Piece::Fixed(text.to_owned()),
                Some(name) if many(name) => Piece::Many(name.to_owned()),
                Some(name) => Piece::One(name.to_owned()),
            };
            let pieces = template.split('/').skip(1).map(piece).collect();
            routes.push(Route { method: method.to_owned(), template: template.clone(), pieces });
        }
    }
    routes
}

impl Route {
    fn fixed(&self) -> usize {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::Fixed(_))).count()
    }

    /// What stands in the place of each name, where the path fits.
    fn fits(&self, segments: &[&str]) -> Option<HashMap<String, String>> {
        let mut parts = HashMap::new();
        let mut at = 0;
        for (index, piece) in self.pieces.iter().enumerate() {
            let (name, take) = match piece {
                Piece::Fixed(text) if segments.get(at) == Some(&text.as_str()) => {
                    at += 1;
                    continue;
                }
                Piece::Fixed(_) => return None,
                Piece::One(name) => (name, 1),
                Piece::Many(name) => {
                    let left = self.pieces.len() - index - 1;
                    (name, segments.len().checked_sub(at + left)?)
                }
            };
            let value = segments.get(at..at + take).filter(|value| !value.is_empty())?.join("/");
            if value.is_empty() {
                return None;
            }
            parts.insert(name.clone(), percent_decode_str(&value).decode_utf8_lossy().into_owned());
            at += take;
        }
        (at == segments.len()).then_some(parts)
    }
}

fn parameters<'a>(
    document: &'a Value,
    item: &'a Value,
    operation: &'a Value,
) -> impl Iterator<Item = &'a Value> {
    let of = |from: &'a Value| from.get("parameters").and_then(Value::as_array).into_iter().flatten();
    of(item).chain(of(operation)).map(|parameter| resolved(document, parameter))
}

impl OpenApi {
    /// Which operation this is: method and path with query. An error where GitHub has no such path.
    pub fn operation(&self, method: &str, target: &str) -> Result<Operation, String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let method = method.to_ascii_lowercase();
        let fitting = self.routes.iter().filter(|route| route.method == method);
        let fitting = fitting.filter_map(|route| Some((route, route.fits(&segments)?)));
        let Some((route, path)) = fitting.max_by_key(|(route, _)| route.fixed()) else {
            return Err(format!("GitHub has no {} {path}", method.to_ascii_uppercase()));
        };
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Operation { method, template: route.template.clone(), path, query })
    }

    fn described(&self, operation: &Operation) -> &Value {
        &self.document["paths"][&operation.template][&operation.method]
    }

    /// What is wrong with a request.
    pub fn check_request(&self, operation: &Operation, body: Option<&Value>) -> Vec<String> {
        let described = self.described(operation);
        let item = &self.document["paths"][&operation.template];
        let mut wrong = Vec::new();
        let query = operation.query.iter().map(|(name, value)| (name, value));
        for (name, value) in operation.path.iter().chain(query) {
            let mut known =
                parameters(&self.document, item, described).filter(|it| it["name"] == json!(name));
            let Some(parameter) = known.next() else {
                wrong.push(format!("unknown parameter `{name}`"));
                continue;
            };
            let id = format!("{} {} {name}", operation.method, operation.template);
            let validator = self.validator(&id, &parameter["schema"], true);
            // In a path and in a query everything is text.
            let typed = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            if !validator.is_valid(&json!(value)) && !validator.is_valid(&typed) {
                wrong.push(format!("parameter `{name}` may not be `{value}`"));
            }
        }
        let request = described.get("requestBody").map(|it| resolved(&self.document, it));
        let schema = request.and_then(|it| it.pointer("/content/application~1json/schema"));
        let required = request.is_some_and(|it| it.get("required") == Some(&json!(true)));
        match (schema, body) {
            (Some(schema), Some(body)) => {
                let id = format!("{} {} body", operation.method, operation.template);
                wrong.extend(self.errors(&id, schema, body, true));
            }
            (Some(_), None) if required => wrong.push("the body is missing".to_owned()),
            (None, Some(_)) => wrong.push("it takes no body".to_owned()),
            _ => {}
        }
        wrong
    }

    /// Fill in what an answer lacks, and say what is wrong with it.
    pub fn check_answer(&self, operation: &Operation, status: u16, answer: &mut Value) -> Vec<String> {
        let responses = &self.described(operation)["responses"];
        let Some(response) = responses.get(status.to_string()) else {
            // Refusals of every kind are not all listed.
            return if status < 400 { vec![format!("it never answers {status}")] } else { Vec::new() };
        };
        let response = resolved(&self.document, response);
        let Some(schema) = response.pointer("/content/application~1json/schema") else {
            return if answer.is_null() || status >= 400 {
                Vec::new()
            } else {
                vec![format!("its {status} has no body")]
            };
        };
        if status < 400 {
            fill(&self.document, schema, answer);
        }
        let id = format!("{} {} {status}", operation.method, operation.template);
        // What GitHub says when it refuses has more than its description knows.
        self.errors(&id, schema, answer, status < 400)
    }

    fn errors(&self, id: &str, schema: &Value, value: &Value, strict: bool) -> Vec<String> {
        let validator = self.validator(id, schema, strict);
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, id: &str, schema: &Value, strict: bool) -> Arc<Validator> {
        let known = self.compiled.lock().unwrap().get(id).cloned();
        known.unwrap_or_else(|| {
            let whole = Translation::of(&self.document, schema, strict);
            let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
            let validator = Arc::new(validator);
            self.compiled.lock().unwrap().insert(id.to_owned(), Arc::clone(&validator));
            validator
        })
    }
}
