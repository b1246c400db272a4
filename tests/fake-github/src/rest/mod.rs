//! The REST API over the state: one function for each operation that is served.

mod git;
pub use git::github;
mod issues;
mod pulls;
mod repos;
pub mod view;

use serde_json::{Value, json};

use super::contract::openapi::Operation;
use super::refusal::Refusal;
use super::state::{Level, State, Token, TokenKind};

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP's status.
    pub status: u16,
    /// JSON; null for no body.
    pub body: Value,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// What the fake itself cannot do: tests that need it fail.
    pub violations: Vec<String>,
}

impl Answer {
    /// This status without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, body: Value::Null, headers: Vec::new(), violations: Vec::new() }
    }

    /// This status and this body.
    pub fn new(status: u16, body: Value) -> Self {
        Self { body, ..Self::empty(status) }
    }

    /// No, as REST says it.
    pub fn refused(refusal: &Refusal) -> Self {
        Self { headers: refusal.headers.clone(), ..Self::new(refusal.status, refusal.body()) }
    }
}

type Result<T = Answer> = std::result::Result<T, Refusal>;

/// A request on its way through the routes.
struct Call<'a> {
    operation: &'a Operation,
    body: &'a Value,
    caller: Token,
    /// `owner/name`, where the path names a repository.
    full: String,
}

impl Call<'_> {
    fn part(&self, name: &str) -> &str {
        self.operation.part(name)
    }

    fn number(&self, name: &str) -> u64 {
        self.part(name).parse().unwrap_or(0)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let list = self.body.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The page of a list that is asked for.
    fn page(&self, mut all: Vec<Value>) -> Answer {
        let (items, headers) = self.cut(&mut all);
        Answer { headers, ..Answer::new(200, Value::Array(items)) }
    }

    fn cut(&self, all: &mut Vec<Value>) -> (Vec<Value>, Vec<(&'static str, String)>) {
        let number = |name: &str, otherwise: usize| {
            self.operation.query(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        let (size, page) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
        let rest = all.split_off(all.len().min((page - 1) * size));
        let more = rest.len() > size;
        let items = rest.into_iter().take(size).collect();
        let mut headers = Vec::new();
        if more {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in self.operation.query.iter().filter(|(key, _)| key != "page") {
                query.append_pair(key, value);
            }
            query.append_pair("page", &(page + 1).to_string());
            headers.push(("link", format!("<{{base}}{}?{}>; rel=\"next\"", self.path(), query.finish())));
        }
        (items, headers)
    }

    fn path(&self) -> String {
        let mut path = self.operation.template.clone();
        for (name, value) in &self.operation.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }
}

/// Answer a request.
pub fn handle(
    state: &mut State,
    caller: Option<&Token>,
    operation: &Operation,
    body: Option<&Value>,
) -> Answer {
    let Some(caller) = caller else {
        return Answer::refused(&Refusal::new(401, "UNAUTHORIZED", "Requires authentication"));
    };
    let full = format!("{}/{}", operation.part("owner"), operation.part("repo"));
    let full = state.repo(&full).map_or(full, super::state::Repo::full);
    let null = Value::Null;
    let call = Call { operation, body: body.unwrap_or(&null), caller: caller.clone(), full };
    let key = (operation.method.as_str(), operation.template.as_str());
    let found = account(state, &call, key)
        .or_else(|| repos::route(state, &call, key))
        .or_else(|| git::route(state, &call, key))
        .or_else(|| pulls::route(state, &call, key))
        .or_else(|| issues::route(state, &call, key));
    let mut answer = match found {
        Some(Ok(answer)) => answer,
        Some(Err(refusal)) => Answer::refused(&refusal),
        None => {
            let violations = vec![format!("the fake GitHub does not serve {} {}", key.0, key.1)];
            Answer {
                violations,
                ..Answer::refused(&Refusal::new(501, "NOT_BUILT", "not served by the fake"))
            }
        }
    };
    for (_, value) in &mut answer.headers {
        *value = value.replace("{base}", &state.url);
    }
    answer
}

type Key<'a> = (&'a str, &'a str);

fn account(state: &mut State, call: &Call<'_>, key: Key<'_>) -> Option<Result> {
    Some(match key {
        ("get", "/user") if call.caller.kind != TokenKind::Personal => {
            Err(Refusal::forbidden("Resource not accessible by integration"))
        }
        ("get", "/user") => Ok(Answer::new(200, view::account(state, &call.caller.login))),
        ("get", "/users/{username}") => match state.user(call.part("username")) {
            Some(user) => Ok(Answer::new(200, view::account(state, &user.login.clone()))),
            None => Err(Refusal::not_found()),
        },
        ("get", "/rate_limit") => {
            let core = json!({ "limit": 5000, "remaining": state.remaining, "reset": 0, "used": 0 });
            Ok(Answer::new(200, json!({ "resources": { "core": core, "search": core }, "rate": core })))
        }
        _ => return None,
    })
}

/// Refuse unless the caller may.
fn allow(state: &State, call: &Call<'_>, permission: &str, level: Level) -> Result<()> {
    state.allow(&call.caller, &call.full, permission, level)
}
