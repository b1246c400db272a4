//! GitHub's published descriptions of itself, which every request and every answer is held against.
//!
//! They come from npm (`tests/contract`, installed by `script/bootstrap`) and are read once a process; a
//! schema is compiled when it is first used, with only what it refers to.

pub mod fill;
pub mod graphql;
pub mod openapi;
pub mod translate;
pub mod webhooks;

use std::path::PathBuf;

/// Why the descriptions cannot be read here, if they cannot.
pub fn missing() -> Option<String> {
    let parts = ["openapi", "graphql-schema", "webhooks-schemas"];
    let gone = parts.into_iter().find(|part| !folder().join(part).is_dir())?;
    Some(format!("tests/contract/node_modules/@octokit/{gone} is missing; run script/bootstrap"))
}

/// Read all of them now, which takes half a second the first time: a client with a short patience does not
/// wait for it then.
pub fn load() {
    std::thread::scope(|scope| {
        scope.spawn(openapi::openapi);
        scope.spawn(graphql::schema);
    });
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../contract/node_modules/@octokit")
}

/// The text of a file below `@octokit`.
fn read(path: &str) -> String {
    let file = folder().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
