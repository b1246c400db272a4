//! GitHub's rules, with its own words.

use fake_github::Verdict;
use serde_json::json;

use super::{ALL, Client, REPO, said, shop};

#[test]
fn refs_move_as_in_git() {
    let Some(github) = shop("refs_move_as_in_git") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let main = github.head(REPO, "main").unwrap();
    let made = client.post("/git/refs", &json!({ "ref": "refs/heads/gate/v1", "sha": main }));
    assert_eq!((made.0, &made.1["object"]["sha"]), (201, &json!(main)));
    let again = client.post("/git/refs", &json!({ "ref": "refs/heads/gate/v1", "sha": main }));
    assert_eq!(said(&again), "422 Reference already exists");
    let nowhere = client.post("/git/refs", &json!({ "ref": "refs/heads/x", "sha": "0".repeat(40) }));
    assert_eq!(said(&nowhere), "422 Object does not exist");
    let inside = client.post("/git/refs", &json!({ "ref": "refs/heads/gate", "sha": main }));
    assert_eq!(inside.0, 422);

    let newer = github.person("amira").push(REPO, "main", "b.md", "b\n");
    let other = github.person("amira").push(REPO, "gate/v1", "c.md", "c\n");
    let sideways = client.patch("/git/refs/heads/gate/v1", &json!({ "sha": newer }));
    assert_eq!(said(&sideways), "422 Update is not a fast forward");
    assert_eq!(client.get("/git/ref/heads/gate/v1").1["object"]["sha"], json!(other));
    assert_eq!(client.get("/git/ref/heads/none").0, 404);
    let forced = client.patch("/git/refs/heads/gate/v1", &json!({ "sha": newer, "force": true }));
    assert_eq!(forced.0, 200);
    let found = client.get("/git/matching-refs/heads/gate/").1;
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[test]
fn one_pull_request_for_a_branch() {
    let Some(github) = shop("one_pull_request_for_a_branch") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let new = |head: &str, base: &str| json!({ "title": "t", "head": head, "base": base, "body": "b" });
    assert_eq!(said(&client.post("/pulls", &new("gate", "main"))), "422 Validation Failed head invalid");
    client.post("/git/refs", &json!({ "ref": "refs/heads/gate", "sha": github.head(REPO, "main") }));
    assert_eq!(
        said(&client.post("/pulls", &new("gate", "main"))),
        "422 Validation Failed No commits between main and gate"
    );
    github.person("amira").push(REPO, "gate", "record.md", "r\n");
    assert_eq!(said(&client.post("/pulls", &new("gate", "none"))), "422 Validation Failed base invalid");
    let made = client.post("/pulls", &new("gate", "main"));
    assert_eq!((made.0, &made.1["user"]["login"]), (201, &json!("github-actions[bot]")));
    let twin = client.post("/pulls", &new("gate", "main"));
    assert_eq!(said(&twin), "422 Validation Failed A pull request already exists for acme:gate.");
    let found = client.get("/pulls?head=acme:gate&state=open").1;
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(client.get("/pulls?head=acme:other&state=open").1, json!([]));
    let files = client.get("/pulls/1/files").1;
    assert_eq!((&files[0]["filename"], &files[0]["status"]), (&json!("record.md"), &json!("added")));
    let long = client.patch("/pulls/1", &json!({ "body": "x".repeat(65_537) }));
    assert_eq!(said(&long), "422 Validation Failed body is too long (maximum is 65536 characters)");
    assert_eq!(client.patch("/pulls/1", &json!({ "body": "é".repeat(65_536) })).0, 200);
}

#[test]
fn reviews_are_for_others() {
    let Some(github) = shop("reviews_are_for_others") else { return };
    let amira = github.person("amira");
    amira.push(REPO, "change", "a.md", "a\n");
    let number = amira.open_pull(REPO, "change", "main", "");
    let client = Client::new(&github, github.personal_token("amira"));
    let ask = |who: &str| client.post("/pulls/1/requested_reviewers", &json!({ "reviewers": [who] }));
    assert_eq!(said(&ask("amira")), "422 Review cannot be requested from pull request author.");
    assert_eq!(
        said(&ask("nobody")),
        "422 Reviews may only be requested from collaborators. One or more of the users or teams you \
         specified is not a collaborator of the acme/shop repository."
    );
    assert_eq!(ask("Karim").1["requested_reviewers"][0]["login"], json!("karim"));
    let own = client.post("/pulls/1/reviews", &json!({ "event": "APPROVE" }));
    assert_eq!(said(&own), "422 Unprocessable Entity Can not approve your own pull request");
    let id = github.person("karim").review(REPO, number, Verdict::Approved, "good");
    let seen = client.get("/pulls/1/reviews").1;
    assert_eq!((&seen[0]["id"], &seen[0]["state"]), (&json!(id), &json!("APPROVED")));
    assert_eq!(seen[0]["commit_id"], json!(github.head(REPO, "change")));
    assert_eq!(client.get("/pulls/1").1["requested_reviewers"], json!([]));
}

#[test]
fn a_push_takes_approvals_back_where_the_rules_say_so() {
    let Some(github) = shop("a_push_takes_approvals_back_where_the_rules_say_so") else { return };
    github.dismiss_stale_approvals(REPO, "main");
    let (amira, karim) = (github.person("amira"), github.person("karim"));
    amira.push(REPO, "change", "a.md", "a\n");
    let number = amira.open_pull(REPO, "change", "main", "");
    karim.review(REPO, number, Verdict::Approved, "");
    let verdict = || github.look(REPO, |repo, _| repo.pulls[0].reviews[0].verdict);
    amira.push(REPO, "main", "elsewhere.md", "x\n");
    assert_eq!(verdict(), Verdict::Approved);
    amira.push(REPO, "change", "a.md", "b\n");
    assert_eq!(verdict(), Verdict::Dismissed);
}

#[test]
fn approvals_may_be_taken_back_a_little_later() {
    let Some(github) = shop("approvals_may_be_taken_back_a_little_later") else { return };
    github.dismiss_stale_approvals_after(REPO, "main", 2);
    let (amira, karim) = (github.person("amira"), github.person("karim"));
    let head = amira.push(REPO, "change", "a.md", "a\n");
    let number = amira.open_pull(REPO, "change", "main", "");
    karim.review(REPO, number, Verdict::Approved, "");
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let input = super::graphql::input("change", &head, "a.md", "b\n");
    client.graphql(super::graphql::COMMIT, &input);
    let seen: Vec<_> = (0..3).map(|_| client.get("/pulls/1/reviews").1[0]["state"].clone()).collect();
    assert_eq!(seen, ["APPROVED", "APPROVED", "DISMISSED"]);
}

#[test]
fn a_token_may_what_it_may() {
    let Some(github) = shop("a_token_may_what_it_may") else { return };
    let main = github.head(REPO, "main").unwrap();
    let bad = Client::new(&github, "ghs_made_up".to_owned());
    assert_eq!(said(&bad.get("")), "401 Bad credentials");
    let reads = Client::new(&github, github.actions_token(REPO, "contents: read"));
    let no = "403 Resource not accessible by integration";
    assert_eq!(said(&reads.post("/git/refs", &json!({ "ref": "refs/heads/x", "sha": main }))), no);
    assert_eq!(said(&reads.post(&format!("/statuses/{main}"), &json!({ "state": "success" }))), no);
    assert_eq!(said(&reads.send("GET", "/user", None).unwrap()), no);
    let stranger = Client::new(&github, github.personal_token("stranger"));
    assert_eq!(stranger.get("/git/ref/heads/main").0, 200);
    assert_eq!(stranger.post("/git/refs", &json!({ "ref": "refs/heads/x", "sha": main })).0, 404);
    github.settings(REPO, |repo| repo.private = true);
    assert_eq!(said(&stranger.get("")), "404 Not Found");
    assert_eq!(said(&reads.get("/pulls")), no);

    github.settings(REPO, |repo| repo.actions_open_pulls = false);
    github.person("amira").push(REPO, "gate", "record.md", "r\n");
    let writes = Client::new(&github, github.actions_token(REPO, ALL));
    let opened = writes.post("/pulls", &json!({ "title": "t", "head": "gate", "base": "main" }));
    assert_eq!(said(&opened), "403 GitHub Actions is not permitted to create or approve pull requests.");
}

#[test]
fn statuses_labels_and_comments() {
    let Some(github) = shop("statuses_labels_and_comments") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let main = github.head(REPO, "main").unwrap();
    let set = |state: &str, text: &str| {
        let body = json!({ "state": state, "context": "gate", "description": text });
        client.post(&format!("/statuses/{main}"), &body)
    };
    assert_eq!(set("pending", "waits").0, 201);
    assert_eq!(set("success", "done").0, 201);
    assert_eq!(
        said(&set("success", &"x".repeat(141))),
        "422 Validation Failed description is too long (maximum is 140 characters)"
    );
    let all = client.get(&format!("/commits/{main}/statuses")).1;
    assert_eq!((all.as_array().unwrap().len(), &all[0]["state"]), (2, &json!("success")));
    let combined = client.get(&format!("/commits/{main}/status")).1;
    assert_eq!((&combined["state"], &combined["total_count"]), (&json!("success"), &json!(1)));

    let amira = github.person("amira");
    amira.push(REPO, "change", "a.md", "a\n");
    amira.open_pull(REPO, "change", "main", "");
    assert_eq!(
        client.post("/issues/1/labels", &json!({ "labels": ["deploy"] })).1[0]["name"],
        json!("deploy")
    );
    let id = client.post("/issues/1/comments", &json!({ "body": "one" })).1["id"].clone();
    assert_eq!(client.patch(&format!("/issues/comments/{id}"), &json!({ "body": "two" })).0, 200);
    for at in 0..40 {
        amira.comment(REPO, 1, &format!("{at}"));
    }
    assert_eq!(client.get("/issues/1/comments?per_page=30").1.as_array().unwrap().len(), 30);
    assert_eq!(client.get("/issues/1/comments?per_page=30&page=2").1.as_array().unwrap().len(), 11);
}

#[test]
fn what_is_new_is_not_seen_at_once() {
    let Some(github) = shop("what_is_new_is_not_seen_at_once") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    github.set_lag(2);
    client.post("/git/refs", &json!({ "ref": "refs/heads/gate", "sha": github.head(REPO, "main") }));
    let seen: Vec<u16> = (0..3).map(|_| client.get("/git/ref/heads/gate").0).collect();
    assert_eq!(seen, [404, 404, 200]);
}

#[test]
fn merging_and_deleting_end_a_pull_request() {
    let Some(github) = shop("merging_and_deleting_end_a_pull_request") else { return };
    let amira = github.person("amira");
    for branch in ["one", "two"] {
        amira.push(REPO, branch, &format!("{branch}.md"), "x\n");
        amira.open_pull(REPO, branch, "main", "");
    }
    let merged = amira.merge(REPO, 1);
    assert_eq!(github.head(REPO, "main"), Some(merged));
    assert_eq!(github.file(REPO, "main", "one.md").as_deref(), Some("x\n"));
    amira.delete_branch(REPO, "two");
    github.look(REPO, |repo, _| {
        assert!(repo.pulls[0].merged.is_some() && !repo.pulls[0].open);
        assert!(repo.pulls[1].merged.is_none() && !repo.pulls[1].open);
    });
}
