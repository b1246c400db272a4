//! How GitHub says no, in its own words.

use serde_json::{Value, json};

/// A request that was refused: nothing was changed.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// REST's status.
    pub status: u16,
    /// GraphQL's word for it.
    pub kind: &'static str,
    /// What it says.
    pub message: String,
    /// REST's details.
    pub errors: Vec<Value>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// This status, this word of GraphQL's, this message.
    pub fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// There is no such thing, or it is not shown to this token.
    pub fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Not Found")
    }

    /// The token may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "FORBIDDEN", message)
    }

    /// 422 with nothing but this message.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "UNPROCESSABLE", message)
    }

    /// 422 with details.
    pub fn invalid(errors: Vec<Value>) -> Self {
        Self { errors, ..Self::unprocessable("Validation Failed") }
    }

    /// 422: one field is wrong.
    pub fn field(resource: &str, field: &str, code: &str) -> Self {
        Self::invalid(vec![json!({ "resource": resource, "field": field, "code": code })])
    }

    /// 422: one rule is broken.
    pub fn custom(resource: &str, message: &str) -> Self {
        Self::invalid(vec![json!({ "resource": resource, "code": "custom", "message": message })])
    }

    /// 422: a text is too long.
    pub fn too_long(resource: &str, field: &str, most: usize) -> Self {
        let message = format!("{field} is too long (maximum is {most} characters)");
        Self::invalid(vec![
            json!({ "resource": resource, "code": "custom", "field": field, "message": message }),
        ])
    }

    /// Too much in too short a time, as it is told for a burst.
    pub fn secondary(status: u16, retry_after: u32) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try \
                       again. If you reach out to GitHub Support for help, please include the request ID \
                       0000:0000:0000.";
        Self {
            headers: vec![("retry-after", retry_after.to_string())],
            ..Self::new(status, "RATE_LIMITED", message)
        }
    }

    /// The body that REST answers with.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors.clone());
        }
        body
    }

    /// Everything that it says, in a line, as GraphQL does.
    pub fn text(&self) -> String {
        let details: Vec<&str> = self
            .errors
            .iter()
            .filter_map(|error| error.get("message").and_then(Value::as_str).or_else(|| error.as_str()))
            .collect();
        if details.is_empty() { self.message.clone() } else { details.join(", ") }
    }
}
