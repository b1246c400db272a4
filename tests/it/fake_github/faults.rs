//! What goes wrong on purpose goes wrong as planned.

use std::time::Duration;

use fake_github::faults::Fault;
use serde_json::json;

use super::{ALL, Client, REPO, shop};

#[test]
fn each_fault_breaks_its_request_and_is_done_or_not() {
    let Some(github) = shop("each_fault_breaks_its_request_and_is_done_or_not") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let main = github.head(REPO, "main").unwrap();
    for (at, fault) in Fault::ALL.iter().enumerate() {
        let name = format!("refs/heads/b{at}");
        let body = json!({ "ref": name, "sha": main });
        github.break_request(1, *fault);
        assert_eq!(client.get("/git/ref/heads/main").0, 200);
        let mut sender = Client::new(&github, client.token.clone());
        if matches!(fault, Fault::HangBefore | Fault::HangAfter) {
            sender.patience = Duration::from_millis(500);
        }
        let sent = sender.send("POST", &format!("/repos/{REPO}/git/refs"), Some(&body));
        let status = sent.map_or(0, |(status, _)| status);
        let expected = match fault {
            Fault::RefusedNext => 201,
            Fault::Status(status) | Fault::StatusAfter(status) => *status,
            Fault::TooMany(_) => 429,
            Fault::Secondary(_) | Fault::UsedUp | Fault::Forbidden => 403,
            _ => 0,
        };
        assert_eq!(status, expected, "{fault:?}");
        let seen = github.head(REPO, &format!("b{at}"));
        assert_eq!(seen.is_some(), fault.done(), "{fault:?}");
        assert!(github.broke_all());
        if *fault == Fault::RefusedNext {
            let refused = client.send("GET", "/rate_limit", None).unwrap_err();
            assert!(refused.is_connect(), "{refused:?}");
            github.heal();
        }
        assert_eq!(client.get("/git/ref/heads/main").0, 200, "{fault:?}");
    }
}

#[test]
fn limits_say_how_long_to_wait() {
    let Some(github) = shop("limits_say_how_long_to_wait") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    github.break_those(0, 1, Fault::TooMany(7), |asked| asked.target == "/rate_limit");
    assert_eq!(client.get("/git/ref/heads/main").0, 200);
    let (status, body) = client.send("GET", "/rate_limit", None).unwrap();
    assert_eq!(status, 429);
    assert!(body["message"].as_str().unwrap().starts_with("You have exceeded a secondary rate limit"));
}

#[test]
fn requests_side_by_side_count_once() {
    let Some(github) = shop("requests_side_by_side_count_once") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    github.set_latency(Duration::from_millis(150));
    for _ in 0..2 {
        client.get("/git/ref/heads/main");
    }
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| client.get("/git/ref/heads/main"));
        }
    });
    assert_eq!((github.log().len(), github.depth()), (5, 3));
}

#[test]
fn an_own_server_has_its_own_paths() {
    if let Some(github) = shop("an_own_server_has_its_own_paths") {
        drop(github);
    } else {
        return;
    }
    let github = fake_github::GitHub::enterprise();
    github.repository(REPO, &[("a", "a\n")]);
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    assert!(github.url.ends_with("/api/v3"));
    assert_eq!(client.get("").0, 200);
    let answer = client.graphql("{ viewer { login } }", &json!({}));
    assert_eq!(answer["data"]["viewer"]["login"], json!("github-actions[bot]"));
}
