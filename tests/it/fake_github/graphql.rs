//! GraphQL: what is asked is answered, what is refused is refused with GitHub's words and kinds.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_github::Verdict;
use serde_json::{Value, json};

use super::{ALL, Client, REPO, shop};

pub(super) const COMMIT: &str = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) \
                      { commit { oid url signature { isValid wasSignedByGitHub signer { login } } } } }";

pub(super) fn input(branch: &str, head: &str, path: &str, text: &str) -> Value {
    json!({ "input": {
        "branch": { "repositoryNameWithOwner": REPO, "branchName": branch },
        "message": { "headline": "Record", "body": "of v1" },
        "expectedHeadOid": head,
        "fileChanges": { "additions": [{ "path": path, "contents": BASE64_STANDARD.encode(text) }] },
    } })
}

#[test]
fn a_commit_is_made_only_on_the_expected_head() {
    let Some(github) = shop("a_commit_is_made_only_on_the_expected_head") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let head = github.head(REPO, "main").unwrap();
    let made = client.graphql(COMMIT, &input("main", &head, "docs/r.md", "r\n"));
    let oid = github.head(REPO, "main").unwrap();
    let commit = &made["data"]["createCommitOnBranch"]["commit"];
    assert_eq!(commit["oid"], json!(oid));
    assert_eq!(commit["signature"]["wasSignedByGitHub"], json!(true));
    assert_eq!(github.file(REPO, "main", "docs/r.md").as_deref(), Some("r\n"));
    assert_eq!(github.file(REPO, "main", "docs/a.md").as_deref(), Some("a\n"));
    github.look(REPO, |_, state| {
        let commit = state.objects.commit(&oid).unwrap();
        assert_eq!((commit.message.as_str(), &commit.parents), ("Record\n\nof v1", &vec![head.clone()]));
        assert_eq!(commit.author.email, "41898282+github-actions[bot]@users.noreply.github.com");
    });

    let stale = client.graphql(COMMIT, &input("main", &head, "docs/r.md", "other\n"));
    assert_eq!(stale["data"]["createCommitOnBranch"], Value::Null);
    let error = &stale["errors"][0];
    assert_eq!(error["type"], json!("STALE_DATA"));
    assert_eq!(error["path"], json!(["createCommitOnBranch"]));
    let said = format!("Expected branch to point to \"{head}\" but it did not.  Pull and try again.");
    assert_eq!(error["message"], json!(said));
    assert_eq!(github.head(REPO, "main"), Some(oid.clone()));

    let missing = client.graphql(COMMIT, &input("none", &head, "r.md", "r\n"));
    assert_eq!(missing["errors"][0]["type"], json!("NOT_FOUND"));
    github.refuse_pushes(REPO, "main");
    let refused = client.graphql(COMMIT, &input("main", &oid, "docs/r.md", "r\n"));
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("rule violations"), "{refused}");
    let reads = Client::new(&github, github.actions_token(REPO, "contents: read"));
    let refused = reads.graphql(COMMIT, &input("main", &oid, "docs/r.md", "r\n"));
    assert_eq!(refused["errors"][0]["type"], json!("FORBIDDEN"));
}

#[test]
fn everything_of_a_pull_request_in_one_question() {
    let Some(github) = shop("everything_of_a_pull_request_in_one_question") else { return };
    let (amira, karim) = (github.person("amira"), github.person("karim"));
    amira.push(REPO, "gate/v1", "docs/a.md", "b\n");
    let head = amira.edit_on_the_web(REPO, "gate/v1", "new.md", "n\n");
    let number = amira.open_pull(REPO, "gate/v1", "main", "the body");
    let id = karim.review(REPO, number, Verdict::Approved, "good");
    karim.comment(REPO, number, "a comment");
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let query = "query($owner: String!, $name: String!, $number: Int!) {
        viewer { login databaseId }
        repository(owner: $owner, name: $name) {
            defaultBranchRef { name target { oid } }
            file: object(expression: \"HEAD:docs/a.md\") { ... on Blob { text isBinary } }
            branches: refs(refPrefix: \"refs/heads/gate/\", first: 10) { nodes { name } }
            pullRequest(number: $number) {
                state author { __typename login } headRefOid isCrossRepository body
                files(first: 100) { nodes { path changeType } pageInfo { hasNextPage } }
                commits(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { commit {
                    oid message author { name user { login } } signature { isValid } } } }
                reviews(last: 10) { nodes { fullDatabaseId state author { login } commit { oid } submittedAt } }
                comments(first: 10) { edges { node { body viewerDidAuthor } } }
            }
        }
    }";
    let answer = client.graphql(query, &json!({ "owner": "acme", "name": "shop", "number": number }));
    assert_eq!(answer.get("errors"), None, "{answer}");
    let data = &answer["data"];
    assert_eq!(data["viewer"]["login"], json!("github-actions[bot]"));
    let repository = &data["repository"];
    assert_eq!(repository["file"], json!({ "text": "a\n", "isBinary": false }));
    assert_eq!(repository["branches"]["nodes"], json!([{ "name": "v1" }]));
    let pull = &repository["pullRequest"];
    assert_eq!(pull["author"], json!({ "__typename": "User", "login": "amira" }));
    assert_eq!(pull["headRefOid"], json!(head));
    assert_eq!(
        pull["files"]["nodes"],
        json!([
            { "path": "docs/a.md", "changeType": "MODIFIED" },
            { "path": "new.md", "changeType": "ADDED" },
        ])
    );
    let commits = &pull["commits"];
    assert_eq!((&commits["totalCount"], &commits["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
    assert_eq!(commits["nodes"][0]["commit"]["signature"], Value::Null);
    assert_eq!(pull["reviews"]["nodes"][0]["fullDatabaseId"], json!(id.to_string()));
    assert_eq!(pull["reviews"]["nodes"][0]["commit"]["oid"], json!(head));
    assert_eq!(
        pull["comments"]["edges"][0]["node"],
        json!({ "body": "a comment", "viewerDidAuthor": false })
    );

    let missing = client.graphql(query, &json!({ "owner": "acme", "name": "shop", "number": 7 }));
    assert_eq!(missing["data"]["repository"]["pullRequest"], Value::Null);
    let error = &missing["errors"][0];
    assert_eq!(error["message"], json!("Could not resolve to a PullRequest with the number of 7."));
    assert_eq!(error["path"], json!(["repository", "pullRequest"]));
}

#[test]
fn a_bot_has_one_name_here_and_another_there() {
    let Some(github) = shop("a_bot_has_one_name_here_and_another_there") else { return };
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    github.person("amira").push(REPO, "gate", "a.md", "a\n");
    let opened = client.post("/pulls", &json!({ "title": "t", "head": "gate", "base": "main" })).1;
    assert_eq!(opened["user"]["login"], json!("github-actions[bot]"));
    let query = "{ repository(owner: \"acme\", name: \"shop\") { pullRequest(number: 1) { author \
                 { __typename login } } } }";
    let author = client.graphql(query, &Value::Null)["data"]["repository"]["pullRequest"]["author"].clone();
    assert_eq!(author, json!({ "__typename": "Bot", "login": "github-actions" }));
}

#[test]
fn who_changed_and_who_took_back_a_review() {
    let Some(github) = shop("who_changed_and_who_took_back_a_review") else { return };
    github.dismiss_stale_approvals(REPO, "main");
    let (amira, karim) = (github.person("amira"), github.person("karim"));
    amira.push(REPO, "gate", "a.md", "a\n");
    let number = amira.open_pull(REPO, "gate", "main", "");
    let one = karim.review(REPO, number, Verdict::Approved, "good");
    amira.edit_review(REPO, number, one, "better");
    let push = amira.push(REPO, "gate", "a.md", "b\n");
    let two = karim.review(REPO, number, Verdict::ChangesRequested, "bad");
    karim.dismiss(REPO, number, two);
    let client = Client::new(&github, github.actions_token(REPO, ALL));
    let query = "{ repository(owner: \"acme\", name: \"shop\") { pullRequest(number: 1) {
        reviews(first: 9) { nodes { state body editor { login } } }
        timelineItems(last: 9, itemTypes: [REVIEW_DISMISSED_EVENT]) { nodes { ... on ReviewDismissedEvent {
            actor { login } previousReviewState review { fullDatabaseId } pullRequestCommit { commit { oid } } } } }
    } } }";
    let pull = client.graphql(query, &Value::Null)["data"]["repository"]["pullRequest"].clone();
    assert_eq!(
        pull["reviews"]["nodes"],
        json!([
            { "state": "DISMISSED", "body": "better", "editor": { "login": "amira" } },
            { "state": "DISMISSED", "body": "bad", "editor": null },
        ])
    );
    assert_eq!(
        pull["timelineItems"]["nodes"],
        json!([
            { "actor": null, "previousReviewState": "APPROVED", "review": { "fullDatabaseId": one.to_string() },
              "pullRequestCommit": { "commit": { "oid": push } } },
            { "actor": { "login": "karim" }, "previousReviewState": "CHANGES_REQUESTED",
              "review": { "fullDatabaseId": two.to_string() }, "pullRequestCommit": null },
        ])
    );
}
