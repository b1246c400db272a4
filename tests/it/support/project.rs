//! A project with Prisma's migrations: its repository, and a database that they were run in.

use serde_json::Value;

use super::gate::{Ended, Gate};
use super::postgres::{self, Postgres};
use super::repo::Repo;
use super::skip::skip;

/// Where its migrations are.
pub(crate) const DIR: &str = "prisma/migrations";

/// A migration: its folder's name and its statements.
pub(crate) type Migration<'a> = (&'a str, &'a str);

/// A project.
pub(crate) struct Project {
    /// The server of its database.
    pub(crate) server: &'static Postgres,
    /// Its repository.
    pub(crate) repo: Repo,
    /// Its database.
    pub(crate) database: String,
}

impl Project {
    /// One with these releases, tagged `v1.0.0`, `v1.1.0` and so on, all of whose migrations were run. None where
    /// there is no server here: then the test is skipped.
    pub(crate) fn new(test: &str, releases: &[&[Migration]]) -> Option<Self> {
        let server = match postgres::shared() {
            Ok(server) => server,
            Err(why) => {
                skip(test, &why);
                return None;
            }
        };
        let repo = Repo::new();
        repo.commit(&format!("{DIR}/migration_lock.toml"), "provider = \"postgresql\"\n", "first");
        let history = "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY)";
        let project = Self { server, repo, database: server.database(history) };
        for (number, release) in releases.iter().enumerate() {
            for migration in *release {
                project.add(migration);
                project.psql(migration.1);
            }
            project.repo.tag(&format!("v1.{number}.0"));
        }
        Some(project)
    }

    /// Commit a migration without running it.
    pub(crate) fn add(&self, (name, sql): &Migration) {
        self.repo.commit(&format!("{DIR}/{name}/migration.sql"), sql, name);
    }

    /// Run SQL in its database.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.database, sql)
    }

    /// The configuration with these lines under `schema`, and its migrations replayed in a server from binaries.
    pub(crate) fn config(schema: &str) -> String {
        Self::config_with("{ binaries: auto }", schema)
    }

    /// The same with another server.
    pub(crate) fn config_with(scratch: &str, schema: &str) -> String {
        format!(
            "version: 1\nlanguage: en\nhosts: {{ here: {{ local: true }} }}\ndatabase:\n  url: ${{secret:DATABASE_URL}}\n  \
             scratch: {scratch}\nschema: {schema}\n"
        )
    }

    /// A run for a tag with this configuration, as `postgres`.
    pub(crate) fn gate(&self, tag: &str, config: &str) -> Gate {
        Gate::run(config)
            .within(self.repo.path())
            .args(["--tag", tag, "--only", "schema"])
            .env("DATABASE_URL", self.server.url("postgres", &self.database))
    }

    /// The end of such a run.
    pub(crate) fn run(&self, tag: &str, schema: &str) -> Ended {
        self.gate(tag, &Self::config(schema)).wait()
    }
}

/// The rows of a check's tables of one kind, each as its cells by the columns' names.
pub(crate) fn rows(ended: &Ended, id: &str, of: &str) -> Vec<Value> {
    let check = ended.check(id);
    let tables = check["evidence"]["tables"].as_array().unwrap();
    let mine = tables.iter().filter(|table| table["of"] == of);
    mine.flat_map(|table| {
        let head = table["head"].as_array().unwrap().clone();
        table["rows"].as_array().unwrap().iter().map(move |row| {
            let cells = head.iter().zip(row.as_array().unwrap());
            Value::Object(
                cells.map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone())).collect(),
            )
        })
    })
    .collect()
}

/// What a check's tables tell of objects: `added column users.email: proven`, in no particular order.
pub(crate) fn told(ended: &Ended, id: &str) -> Vec<String> {
    let check = ended.check(id);
    let kinds = check["evidence"]["tables"].as_array().unwrap().iter().map(|table| table["of"].clone());
    let mut all = Vec::new();
    for of in kinds {
        let of = of.as_str().unwrap().to_owned();
        for row in rows(ended, id, &of) {
            let text = |name: &str| row[name].as_str().map(str::to_owned);
            let change = text("change").or_else(|| text("difference")).unwrap();
            let own = row
                .as_object()
                .unwrap()
                .iter()
                .find(|(key, _)| key.ends_with("_name") && *key != "table_name");
            let own = own.map(|(_, value)| value.as_str().unwrap().to_owned());
            let name = match (text("table_name"), own) {
                (Some(table), Some(own)) => format!("{table}.{own}"),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => String::new(),
            };
            let state = text("in_production").map(|state| format!(": {state}")).unwrap_or_default();
            all.push(format!("{change} {of} {name}{state}"));
        }
    }
    all
}

/// The objects that a check finds not as expected.
pub(crate) fn failed(ended: &Ended, id: &str) -> Vec<String> {
    let check = ended.check(id);
    let judged = check["evidence"]["judged"].as_array().unwrap();
    let wrong = judged.iter().filter(|judged| judged["ok"] == false);
    wrong.filter_map(|judged| judged["subject"]["name"].as_str().map(str::to_owned)).collect()
}
