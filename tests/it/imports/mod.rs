//! Who may import whom, held against every file under `src/`.
//!
//! The table is the rule; docs/architecture.md says why it is so. `circles` refuses what the table cannot see: files
//! that import each other.

mod circles;
mod paths;

use crate::source::{Source, files};
use paths::uses;

/// A top-level module and the other ones that it may use. Without a list: anything.
const RULES: &[(&str, Option<&[&str]>)] = &[
    ("model", Some(&[])),
    ("text", Some(&["model"])),
    ("redact", Some(&["model", "text"])),
    ("error", Some(&["model", "text"])),
    ("config", Some(&["model", "redact", "text", "error"])),
    ("probe", Some(&["model", "redact", "text", "error"])),
    ("forge", Some(&["model", "redact", "text", "error"])),
    ("release", Some(&["model", "probe"])),
    ("checks", Some(&["model", "config", "probe", "redact", "release", "text"])),
    ("render", Some(&["model", "text"])),
    ("publish", Some(&["forge", "model", "redact", "render", "error"])),
    ("validation", Some(&["model", "render", "forge"])),
    ("plan", Some(&["config", "checks", "model", "redact"])),
    ("runner", Some(&["plan", "checks", "model", "redact", "probe"])),
    ("validate", Some(&["model", "config", "forge", "redact", "render", "validation", "error", "cli"])),
    ("files", Some(&["error", "model"])),
    // The flow itself, and what stands between it and the one who started it.
    ("gate", None),
    ("cli", None),
    ("input", None),
    ("output", None),
    ("progress", None),
    ("signals", None),
    ("main", None),
    ("lib", None),
];

/// What breaks the table in a file, as lines to print.
fn offences(source: &Source) -> Vec<String> {
    let module = source.module();
    let own = module.first().copied().unwrap_or(if source.path == "src/main.rs" { "main" } else { "lib" });
    let Some((_, allowed)) = RULES.iter().find(|(name, _)| *name == own) else {
        return vec![format!(
            "{}: module `{own}` is not in the table of tests/it/imports/mod.rs",
            source.path
        )];
    };
    let Some(allowed) = allowed else { return Vec::new() };
    uses(source)
        .into_iter()
        .filter(|found| found.to() != own && !allowed.contains(&found.to()))
        .map(|found| format!("{}:{}: `{own}` may not use `{}`", source.path, found.line, found.to()))
        .collect()
}

#[test]
fn modules_import_only_what_they_may() {
    let broken: Vec<_> = files("src").iter().flat_map(offences).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_forbidden_import_is_reported_with_its_line() {
    let text = "//! x\nuse crate::model::Report;\nuse crate::forge::Forge;\n".to_owned();
    let source = Source { path: "src/checks/commit/tag.rs".to_owned(), text };
    assert_eq!(offences(&source), ["src/checks/commit/tag.rs:3: `checks` may not use `forge`"]);
}
