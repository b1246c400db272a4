//! No two parts of a folder import each other, at any depth.
//!
//! The parts of a folder are its files and its folders, a folder with all that is in it; the parts of `src` are the
//! top-level modules. Where the imports of parts lead back to where they began, none of them can be read, tested or
//! moved alone: that is a circle, and it is refused.
//!
//! A file and the `mod.rs` above it are no circle: `mod.rs` ties its files together, and holds what they share. What
//! it only re-exports counts as an import of the file that has it. Tests may import what they like.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::uses;
use crate::source::{Source, files};

/// Circles that stay: the folder, two parts of it, and why.
const EXCEPTIONS: &[(&str, [&str; 2], &str)] = &[];

/// An import from one part of a folder into another, where it was first seen: the file and the line.
type Imports = BTreeMap<(String, String), String>;

/// The imports between the parts of each folder; `src` itself is the folder without a name.
fn imports(sources: &[Source]) -> BTreeMap<String, Imports> {
    let modules: BTreeSet<Vec<&str>> = sources.iter().map(Source::module).collect();
    let names = names(sources);
    let mut found: BTreeMap<String, Imports> = BTreeMap::new();
    for source in sources {
        let from = source.module();
        if from.is_empty() || from.contains(&"tests") {
            continue;
        }
        for used in uses(source).into_iter().filter(|used| !used.tests) {
            let path = defined(&names, used.path);
            let mut to: Vec<&str> = path.iter().map(String::as_str).collect();
            while !to.is_empty() && !modules.contains(&to) {
                to.pop();
            }
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) {
                let edges = found.entry(from[..shared].join("/")).or_default();
                let at = || format!("{}:{}", source.path, used.line);
                edges.entry(((*a).to_owned(), (*b).to_owned())).or_insert_with(at);
            }
        }
    }
    found
}

/// What each module imports under which name.
type Names = BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>;

fn names(sources: &[Source]) -> Names {
    let of = |source: &Source| {
        let named = uses(source).into_iter().filter_map(|used| Some((used.name?, used.path)));
        (source.module().into_iter().map(str::to_owned).collect(), named.collect())
    };
    sources.iter().map(of).collect()
}

/// The path by which a thing is defined, for one by which it is imported.
fn defined(names: &Names, mut path: Vec<String>) -> Vec<String> {
    // Each step follows one import; imports do not go in circles where the program compiles.
    for _ in 0..8 {
        let next = (1..path.len()).find_map(|at| {
            let there = names.get(&path[..at])?.get(&path[at])?;
            let next = [there.as_slice(), &path[at + 1..]].concat();
            (next != path).then_some(next)
        });
        let Some(next) = next else { break };
        path = next;
    }
    path
}

/// The parts that can be reached from this one.
fn reached<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        let further = imports.keys().filter(|(a, _)| a == next).map(|(_, b)| b.as_str());
        for part in further.filter(|part| found.insert(part)).collect::<Vec<_>>() {
            open.push(part);
        }
    }
    found
}

/// The imports that are part of a circle, by folder.
fn circles(mut all: BTreeMap<String, Imports>) -> BTreeMap<String, Imports> {
    for imports in all.values_mut() {
        let whole = imports.clone();
        imports.retain(|(a, b), _| reached(&whole, b).contains(a.as_str()));
    }
    all.retain(|_, imports| !imports.is_empty());
    all
}

#[test]
fn no_parts_of_a_folder_import_each_other() {
    let mut all = imports(&files("src"));
    let mut wrong = Vec::new();
    for (folder, [a, b], why) in EXCEPTIONS {
        let known = |(from, to): &(String, String)| [from, to] == [a, b] || [from, to] == [b, a];
        let imports = all.entry((*folder).to_owned()).or_default();
        let before = imports.len();
        imports.retain(|edge, _| !known(edge));
        if before - imports.len() != 2 {
            wrong.push(format!("{folder}: {a} and {b} are an exception ({why}), and no circle"));
        }
    }
    for (folder, imports) in circles(all) {
        let edges = imports.into_iter().map(|((a, b), at)| format!("  {a} imports {b} at {at}"));
        wrong.push(format!("src/{folder}: a circle\n{}", edges.collect::<Vec<_>>().join("\n")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_with_its_lines_and_a_parent_is_none() {
    let file = |path: &str, text: &str| Source { path: format!("src/{path}"), text: text.to_owned() };
    let sources = [
        file("a/mod.rs", "mod one;\nmod two;\nmod deep;\nuse one::One;\npub use two::Two;\n"),
        file("a/one.rs", "use super::Shared;\nuse super::Two;\n"),
        file("a/two.rs", "mod tests { use super::super::deep::x; }\nfn f() { super::one::g() }\n"),
        file("a/deep/mod.rs", "mod x;\n"),
        file("a/deep/x.rs", "use crate::a::one::One;\nuse crate::b;\n"),
        file("b.rs", "use crate::c::C;\n"),
        file("c.rs", "\nuse crate::a::deep;\n"),
    ];
    let found: Vec<_> = circles(imports(&sources))
        .into_iter()
        .flat_map(|(folder, imports)| {
            imports.into_iter().map(move |((a, b), at)| format!("{folder}: {a} {b} {at}"))
        })
        .collect();
    assert_eq!(
        found,
        [
            ": a b src/a/deep/x.rs:2",
            ": b c src/b.rs:1",
            ": c a src/c.rs:2",
            "a: one two src/a/one.rs:2",
            "a: two one src/a/two.rs:2"
        ]
    );
}
