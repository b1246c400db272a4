//! What the documents and examples show is what the program takes.

use std::fs;

use crate::source::root;
use crate::support::gate::Gate;

/// Everything that the examples take from the environment.
const VARIABLES: &[&str] = &[
    "SITE_HOST",
    "DEMO_URL",
    "FIREWALL_TOKEN",
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "COACH_EMAIL",
    "COACH_PASSWORD",
    "ELEVE_EMAIL",
    "ELEVE_PASSWORD",
    "MEMBER_PASSWORD",
    "SMOKE_PIN",
    "GUEST_PIN",
    "ROBOT_TOKEN",
    "PROBE_PASSWORD",
    "SSH_KEY",
    "SSH_KNOWN_HOSTS",
    "DATABASE_URL",
    "DATABASE_WRITE_URL",
];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The fenced blocks of a document in this language.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let text = read(path);
    let fence = format!("```{language}\n");
    let starts = text.split(fence.as_str()).skip(1);
    starts.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The ids that `plan` lists for a configuration; panics where it is refused.
fn planned(what: &str, config: &str) -> Vec<String> {
    let gate = Gate::plan(config);
    let gate = VARIABLES.iter().fold(gate, |gate, name| {
        let value = if *name == "DEMO_URL" { "http://127.0.0.1:1" } else { "example-value.org" };
        gate.env(name, value)
    });
    let ended = gate.wait();
    assert_eq!(ended.code, 0, "{what}: {}\n{config}", ended.stderr);
    ended.stdout.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

#[test]
fn the_examples_are_valid() {
    for path in
        ["examples/prod-gate.minimal.yml", "examples/prod-gate.full.yml", "examples/demo/prod-gate.yml"]
    {
        let ids = planned(path, &read(path));
        assert!(ids.iter().any(|id| id.starts_with("smoke.pages./")), "{path}: {ids:?}");
    }
}

#[test]
fn the_configurations_of_the_readme_are_valid() {
    let configs: Vec<_> = blocks("README.md", "yaml");
    assert_eq!(configs.len(), 2);
    for config in configs {
        planned("README.md", &config);
    }
}

#[test]
fn the_pieces_of_the_configuration_guide_make_one_valid_file() {
    let blocks = blocks("docs/configuration.md", "yaml");
    let (smoke, rest): (Vec<_>, Vec<_>) = blocks.iter().partition(|block| block.starts_with("  "));
    let rest: String = rest.into_iter().map(String::as_str).collect();
    let smoke: String = smoke.into_iter().map(String::as_str).collect();
    let ids = planned(
        "docs/configuration.md",
        &format!(
            "version: 1\n{rest}smoke:\n  base_url: https://example.org\n  marker: {{ contains: app }}\n{smoke}"
        ),
    );
    for family in ["commit.sources", "smoke.pages", "smoke.sessions", "smoke.access", "smoke.workflows"] {
        assert!(ids.iter().any(|id| id.starts_with(family)), "nothing of {family} among {ids:?}");
    }
}

#[test]
fn the_configurations_of_the_other_guides_are_valid() {
    // Each shows a piece.
    let database = blocks("docs/database.md", "yaml");
    let [base, schema, smoke] = database.as_slice() else { panic!("{database:?}") };
    let smoke = smoke.replace("smoke:\n", "smoke:\n  base_url: https://example.org\n");
    let ids = planned("docs/database.md", &format!("version: 1\n{base}{schema}{smoke}"));
    for id in ["schema.sql.subjects", "smoke.workflows.assessment.stored"] {
        assert!(ids.iter().any(|known| known.contains(id)), "{ids:?}");
    }
    for config in blocks("docs/migrations-and-schema.md", "yaml") {
        planned("docs/migrations-and-schema.md", &format!("version: 1\n{config}"));
    }
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    for (folder, path) in [
        ("", "README.md"),
        ("", "CONTRIBUTING.md"),
        ("", "CHANGELOG.md"),
        ("docs/", "docs/configuration.md"),
        ("docs/", "docs/architecture.md"),
        ("docs/", "docs/hosts.md"),
        ("docs/", "docs/report.md"),
        ("docs/", "docs/database.md"),
        ("docs/", "docs/migrations-and-schema.md"),
    ] {
        let text = read(path);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let file = target.split('#').next().unwrap_or_default();
            assert!(root().join(folder).join(file).exists(), "{path} links to {target}");
        }
    }
}
