//! What breaks GitHub's contract is caught.

use serde_json::{Value, json};

use super::{ALL, Client, REPO, shop};

/// What a request breaks.
fn broken(method: &str, path: &str, body: Option<&Value>) -> String {
    let Some(github) = shop("contract") else { return String::new() };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let main = github.head(REPO, "main").unwrap();
    let _ = client.send(method, &path.replace("{main}", &main), body);
    github.take_violations().join("\n")
}

#[test]
fn requests_that_github_does_not_know_are_caught() {
    if fake_github::missing().is_some() {
        let _ = shop("requests_that_github_does_not_know_are_caught");
        return;
    }
    let status = format!("/repos/{REPO}/statuses/{{main}}");
    let cases = [
        ("POST", status.as_str(), Some(json!({ "state": "good" })), "\"good\" is not one of"),
        ("POST", &status, Some(json!({ "context": "x" })), "\"state\" is a required property"),
        ("POST", &status, Some(json!({ "state": "success", "colour": "red" })), "'colour'"),
        ("POST", &status, None, "the body is missing"),
        ("GET", "/repos/acme/shop/pulls?state=opened", None, "parameter `state` may not be `opened`"),
        ("GET", "/repos/acme/shop/pulls?heads=x", None, "unknown parameter `heads`"),
        ("GET", "/repos/acme/shop/pull/1", None, "GitHub has no GET"),
        ("GET", "/repos/acme/shop/pulls/one", None, "parameter `pull_number`"),
        ("DELETE", "/repos/acme/shop/pulls/1", None, "GitHub has no DELETE"),
        (
            "POST",
            "/repos/acme/shop/pulls",
            Some(json!({ "title": "t", "head": "a", "base": "main", "labels": [] })),
            "'labels'",
        ),
        ("POST", "/graphql", Some(json!({ "query": "{ viewer { nickname } }" })), "nickname"),
        (
            "POST",
            "/graphql",
            Some(json!({ "query": "query($n: Int!) { repository(owner: \"a\", name: \"b\") \
                         { pullRequest(number: $n) { id } } }", "variables": { "n": "one" } })),
            "variables",
        ),
        (
            "POST",
            "/graphql",
            Some(json!({ "query": "{ repository(owner: \"a\", name: \"b\") { refs(refPrefix: \"x\") \
                         { nodes { name } } } }" })),
            "You must provide a `first` or `last`",
        ),
        (
            "POST",
            "/graphql",
            Some(
                json!({ "query": "{ repository(owner: \"a\", name: \"b\") { refs(first: 101, refPrefix: \"x\") \
                         { totalCount } } }" }),
            ),
            "exceeds the `first` limit of 100",
        ),
        ("GET", "/repos/acme/shop/stargazers", None, "the fake GitHub does not serve"),
    ];
    for (method, path, body, expected) in cases {
        let said = broken(method, path, body.as_ref());
        assert!(said.contains(expected), "{method} {path}: {said:?} does not say {expected}");
    }
    assert_eq!(broken("POST", &status, Some(&json!({ "state": "success", "target_url": null }))), "");
}

#[test]
fn a_broken_contract_fails_the_test() {
    let Some(github) = shop("a_broken_contract_fails_the_test") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    client.get("/pull/1");
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || drop(github)));
    let said = *dropped.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("GitHub has no GET /repos/acme/shop/pull/1"), "{said}");
}

#[test]
fn payloads_are_what_github_sends() {
    let Some(github) = shop("payloads_are_what_github_sends") else { return };
    let (amira, karim) = (github.person("amira"), github.person("karim"));
    amira.push(REPO, "change", "a.md", "a\n");
    let number = amira.open_pull(REPO, "change", "main", "");
    let id = karim.review(REPO, number, fake_github::Verdict::Approved, "good");
    let event = github.review_event(REPO, number, id, "submitted");
    assert_eq!(
        (&event["review"]["state"], &event["pull_request"]["number"]),
        (&json!("approved"), &json!(1))
    );
    github.review_event(REPO, number, id, "edited");
    karim.dismiss(REPO, number, id);
    github.review_event(REPO, number, id, "dismissed");
    let tag = amira.tag(REPO, "v1.0.0", &github.head(REPO, "main").unwrap());
    let event = github.push_event(REPO, "refs/tags/v1.0.0", "amira");
    assert_eq!(event["after"], json!(tag));
    assert_eq!(event["head_commit"]["id"], json!(github.head(REPO, "main")));
}
