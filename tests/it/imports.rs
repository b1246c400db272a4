//! Who may import whom, held against every file under `src/`.
//!
//! The table is the rule; docs/architecture.md says why it is so.

use crate::source::{Source, Token, files, tokens};

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

/// A path in a file that begins at one of our own modules.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    /// The top-level module that it leads to; empty for the crate's root itself.
    to: String,
    /// Where it stands, from 1.
    line: usize,
}

/// Every path of a file that leaves its own module for a module of this crate.
fn uses(source: &Source) -> Vec<Use> {
    let tokens = tokens(&source.text);
    let mut module: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let mut found = Vec::new();
    // How many braces were open where each inline module began.
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].text;
        let inside_path = at > 0 && tokens[at - 1].text == "::";
        match word {
            "mod" if text(&tokens, at + 2) == "{" => {
                module.push(text(&tokens, at + 1).to_owned());
                inline.push(depth);
            }
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "crate" | "super" | "prod_gate" if !inside_path && text(&tokens, at + 1) == "::" => {
                let base = if word == "super" { &module[..module.len().saturating_sub(1)] } else { &[] };
                at = follow(&tokens, at + 2, base, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Follow a path from the token after its first `::`; returns where to go on.
fn follow(tokens: &[Token<'_>], mut at: usize, base: &[String], found: &mut Vec<Use>) -> usize {
    let line = tokens.get(at).map_or(0, |token| token.line);
    match text(tokens, at) {
        "{" => {
            at += 1;
            while !matches!(text(tokens, at), "}" | "") {
                at = follow(tokens, at, base, found);
                at = end_of_branch(tokens, at);
                if text(tokens, at) == "," {
                    at += 1;
                }
            }
            at + 1
        }
        "super" => {
            let above = &base[..base.len().saturating_sub(1)];
            if text(tokens, at + 1) == "::" { follow(tokens, at + 2, above, found) } else { at + 1 }
        }
        "self" if text(tokens, at + 1) == "::" => follow(tokens, at + 2, base, found),
        next => {
            // A name that follows `super::super` is already decided by what it is a part of.
            let to = base.first().map_or(next, String::as_str);
            found.push(Use { to: to.to_owned(), line });
            at + 1
        }
    }
}

/// Where the branch of a use tree ends: at its comma, or at the brace that closes the group.
fn end_of_branch(tokens: &[Token<'_>], mut at: usize) -> usize {
    let mut open = 0;
    loop {
        match text(tokens, at) {
            "" => return at,
            "," | "}" if open == 0 => return at,
            "{" => open += 1,
            "}" => open -= 1,
            _ => {}
        }
        at += 1;
    }
}

fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

/// What breaks the table in a file, as lines to print.
fn offences(source: &Source) -> Vec<String> {
    let module = source.module();
    let own = module.first().copied().unwrap_or(if source.path == "src/main.rs" { "main" } else { "lib" });
    let Some((_, allowed)) = RULES.iter().find(|(name, _)| *name == own) else {
        return vec![format!("{}: module `{own}` is not in the table of tests/it/imports.rs", source.path)];
    };
    let Some(allowed) = allowed else { return Vec::new() };
    uses(source)
        .into_iter()
        .filter(|found| found.to != own && !allowed.contains(&found.to.as_str()))
        .map(|found| format!("{}:{}: `{own}` may not use `{}`", source.path, found.line, found.to))
        .collect()
}

#[test]
fn modules_import_only_what_they_may() {
    let broken: Vec<_> = files("src").iter().flat_map(offences).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_spelling_of_an_import_is_seen() {
    let text = "use crate::model::Report;\nuse crate::{render::{a, b}, config as c};\n\
                fn f() -> crate::gate::G { super::super::probe::x(super::unit::y()) }\n\
                mod tests { use super::super::super::forge::z; use super::*; }\n\
                use super::super::{plan, runner::{self, R}};\n// crate::cli\n";
    let source = Source { path: "src/checks/pages.rs".to_owned(), text: text.to_owned() };
    let seen: Vec<_> = uses(&source).into_iter().map(|found| (found.to, found.line)).collect();
    let expected = [
        ("model", 1),
        ("render", 2),
        ("config", 2),
        ("gate", 3),
        ("probe", 3),
        ("checks", 3),
        ("forge", 4),
        ("checks", 4),
        ("plan", 5),
        ("runner", 5),
    ];
    assert_eq!(seen, expected.map(|(name, line)| (name.to_owned(), line)));
}

#[test]
fn a_forbidden_import_is_reported_with_its_line() {
    let text = "//! x\nuse crate::model::Report;\nuse crate::forge::Forge;\n".to_owned();
    let source = Source { path: "src/checks/commit/tag.rs".to_owned(), text };
    assert_eq!(offences(&source), ["src/checks/commit/tag.rs:3: `checks` may not use `forge`"]);
}
