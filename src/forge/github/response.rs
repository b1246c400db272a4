//! A response of GitHub's, and what it means where it is no success.

use std::time::Duration;

use serde_json::Value;

use super::super::error::{Permission, Why};

#[derive(Debug, Clone)]
pub(super) struct ApiResponse {
    pub(super) status: u16,
    pub(super) body: String,
    /// How long GitHub wants to be left alone, where its headers say so.
    pub(super) wait: Option<Duration>,
    /// Whether its headers say that no request is left.
    pub(super) exhausted: bool,
}

/// Whether the answer says "later": it was not carried out.
pub(super) fn is_limited(answer: &ApiResponse) -> bool {
    match answer.status {
        429 => true,
        403 => {
            answer.exhausted
                || answer.wait.is_some()
                || answer.body.contains("secondary rate limit")
                || answer.body.contains("API rate limit exceeded")
        }
        // GraphQL answers 200 to everything that it could read.
        200 => answer.exhausted && answer.body.contains("\"RATE_LIMITED\""),
        _ => false,
    }
}

/// GitHub's own words, on one line: the message, and those of its details.
pub(super) fn said(answer: &ApiResponse) -> String {
    let status = format!("HTTP {}", answer.status);
    let Ok(json) = serde_json::from_str::<Value>(&answer.body) else { return status };
    let mut words = vec![status];
    words.extend(json["message"].as_str().map(one_line));
    for detail in json["errors"].as_array().into_iter().flatten().take(5) {
        match detail {
            Value::String(text) => words.push(one_line(text)),
            detail => {
                let text = |key: &str| detail[key].as_str().map(one_line);
                words.extend(
                    text("message").or_else(|| Some(format!("{} {}", text("field")?, text("code")?))),
                );
            }
        }
    }
    words.join(": ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an answer that is neither a success nor GitHub's own fault means.
pub(super) fn why(answer: &ApiResponse, writes: bool, path: &str) -> Why {
    let text = answer.body.as_str();
    match answer.status {
        401 => Why::Auth,
        403 if text.contains("not permitted to create or approve pull requests") => {
            Why::Permission(Permission::ActionsMayOpenPulls)
        }
        403 | 422 if text.contains("rule violations") || text.contains("protected branch") => {
            Why::Permission(Permission::ProtectedBranch)
        }
        403 if text.contains("not accessible by")
            || text.contains("Must have admin")
            || text.contains("scope") =>
        {
            Why::Permission(permission(path, writes))
        }
        403 => Why::Permission(permission(path, writes)),
        404 => Why::NotFound,
        _ => Why::Refused,
    }
}

fn permission(path: &str, writes: bool) -> Permission {
    let is = |part: &str| path.contains(part);
    if is("/actions/") {
        Permission::Actions
    } else if is("/statuses") {
        Permission::Statuses
    } else if is("/pulls") || is("/issues") {
        if writes { Permission::PullRequests } else { Permission::ReadPullRequests }
    } else if writes && !is("/graphql") {
        Permission::Contents
    } else {
        Permission::ReadContents
    }
}

/// What an error inside a GraphQL answer means, by its type and its words.
pub(super) fn graphql_why(kind: &str, message: &str, fallback: Permission) -> Why {
    match kind {
        "STALE_DATA" => Why::Conflict { head: None },
        "NOT_FOUND" => Why::NotFound,
        "RATE_LIMITED" | "RATE_LIMIT" => Why::RateLimited { retry_after: None },
        _ if message.contains("rule violations") || message.contains("rotected branch") => {
            Why::Permission(Permission::ProtectedBranch)
        }
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Why::Permission(fallback),
        _ if message.contains("not accessible by") => Why::Permission(fallback),
        _ => Why::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> ApiResponse {
        ApiResponse { status, body: body.to_owned(), wait: None, exhausted: false }
    }

    #[test]
    fn githubs_texts_are_recognised() {
        let cases = [
            (401, "Bad credentials", "/repos/a/b/pulls", Why::Auth),
            (
                403,
                "GitHub Actions is not permitted to create or approve pull requests.",
                "/repos/a/b/pulls",
                Why::Permission(Permission::ActionsMayOpenPulls),
            ),
            (
                403,
                "Resource not accessible by integration",
                "/repos/a/b/statuses/1",
                Why::Permission(Permission::Statuses),
            ),
            (
                403,
                "Resource not accessible by integration",
                "/repos/a/b/git/refs",
                Why::Permission(Permission::Contents),
            ),
            (
                422,
                "Repository rule violations found: Cannot create ref due to creations being restricted.",
                "/repos/a/b/git/refs",
                Why::Permission(Permission::ProtectedBranch),
            ),
            (404, "Not Found", "/repos/a/b/git/refs", Why::NotFound),
            (422, "Review cannot be requested from pull request author.", "/repos/a/b/pulls/1", Why::Refused),
        ];
        for (status, message, path, expected) in cases {
            let body = serde_json::json!({ "message": message }).to_string();
            assert_eq!(why(&answer(status, &body), true, path), expected, "{message}");
        }
    }

    #[test]
    fn details_are_told() {
        let body = r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for a:b."},{"field":"head","code":"invalid"},"odd\nwords"]}"#;
        let expected =
            "HTTP 422: Validation Failed: A pull request already exists for a:b.: head invalid: odd words";
        assert_eq!(said(&answer(422, body)), expected);
        assert_eq!(said(&answer(502, "<html>")), "HTTP 502");
    }

    #[test]
    fn a_limit_is_no_refusal() {
        assert!(is_limited(&answer(429, "")));
        assert!(is_limited(&answer(403, "You have exceeded a secondary rate limit.")));
        assert!(!is_limited(&answer(403, "Resource not accessible by integration")));
        assert!(!is_limited(&answer(200, "\"RATE_LIMITED\" in a record's text")));
        let exhausted =
            ApiResponse { exhausted: true, ..answer(200, r#"{"errors":[{"type":"RATE_LIMITED"}]}"#) };
        assert!(is_limited(&exhausted));
    }
}
