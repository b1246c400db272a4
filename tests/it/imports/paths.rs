//! The paths of a file that lead to modules of this crate.

use crate::source::{Source, Token, tokens};

/// A path in a file that begins at one of our own modules.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// The whole path from the crate's root.
    pub(super) path: Vec<String>,
    /// The name that a `use` gives to it in the file; none for a path in the code.
    pub(super) name: Option<String>,
    /// Where it stands, from 1.
    pub(super) line: usize,
    /// Whether it stands in the file's own tests.
    pub(super) tests: bool,
}

impl Use {
    /// The top-level module that it leads to; empty for the crate's root itself.
    pub(super) fn to(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }
}

/// What is known while a file is read.
struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    found: Vec<Use>,
    /// Whether a `use` is being read.
    declares: bool,
    tests: bool,
}

/// Every path of a file that begins with `crate`, `super`, `self` or a module that the file declares.
pub(super) fn uses(source: &Source) -> Vec<Use> {
    let mut reader =
        Reader { tokens: tokens(&source.text), found: Vec::new(), declares: false, tests: false };
    let mut module: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let children: Vec<String> = (0..reader.tokens.len())
        .filter(|at| reader.text(*at) == "mod" && reader.text(at + 2) == ";")
        .map(|at| reader.text(at + 1).to_owned())
        .collect();
    // How many braces were open where each inline module began.
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < reader.tokens.len() {
        let word = reader.text(at).to_owned();
        let inside_path = at > 0 && reader.text(at - 1) == "::";
        let begins_path = !inside_path && reader.text(at + 1) == "::";
        match word.as_str() {
            "use" => reader.declares = true,
            ";" => reader.declares = false,
            "mod" if reader.text(at + 2) == "{" => {
                module.push(reader.text(at + 1).to_owned());
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
            "crate" | "super" | "prod_gate" | "self" if begins_path => {
                reader.tests = module.iter().any(|part| part == "tests");
                let base = match word.as_str() {
                    "super" => &module[..module.len().saturating_sub(1)],
                    "self" => &module[..],
                    _ => &[],
                };
                at = reader.follow(at + 2, base.to_vec());
                continue;
            }
            child if begins_path && inline.is_empty() && children.iter().any(|name| name == child) => {
                at = reader.follow(at, module.clone());
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    reader.found
}

impl<'a> Reader<'a> {
    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Follow a path whose part up to here is `path`, from the token after a `::`; returns where to go on.
    fn follow(&mut self, mut at: usize, mut path: Vec<String>) -> usize {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        match self.text(at) {
            "{" => {
                at += 1;
                while !matches!(self.text(at), "}" | "") {
                    at = self.follow(at, path.clone());
                    at = self.end_of_branch(at);
                    if self.text(at) == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "super" => drop(path.pop()),
            "self" => {}
            next => path.push(next.to_owned()),
        }
        let goes_on = self.text(at + 1) == "::";
        let is_name = |text: &str| text == "{" || text == "*" || text.starts_with(char::is_alphabetic);
        if goes_on && is_name(self.text(at + 2)) {
            return self.follow(at + 2, path);
        }
        let renamed = (self.text(at + 1) == "as").then(|| self.text(at + 2).to_owned());
        let name = renamed.or_else(|| path.last().cloned()).filter(|_| self.declares);
        self.found.push(Use { path, name, line, tests: self.tests });
        at + 1
    }

    /// Where the branch of a use tree ends: at its comma, or at the brace that closes the group.
    fn end_of_branch(&self, mut at: usize) -> usize {
        let mut open = 0;
        loop {
            match self.text(at) {
                "" => return at,
                "," | "}" if open == 0 => return at,
                "{" => open += 1,
                "}" => open -= 1,
                _ => {}
            }
            at += 1;
        }
    }
}

#[test]
fn every_spelling_of_an_import_is_seen() {
    let text = "use crate::model::Report;\nuse crate::{render::{a, b}, config as c};\n\
                fn f() -> crate::gate::G { super::super::probe::x(super::unit::y::<T>()) }\n\
                mod tests { use super::super::super::forge::z; use super::*; }\n\
                use super::super::{plan, runner::{self, R}};\nmod part;\nuse part::Part;\n// crate::cli\n";
    let source = Source { path: "src/checks/pages.rs".to_owned(), text: text.to_owned() };
    let seen: Vec<_> = uses(&source)
        .into_iter()
        .map(|found| {
            let shown =
                [found.path.join("::"), found.name.map_or_else(String::new, |name| format!(" as {name}"))];
            (shown.concat(), found.line, found.tests)
        })
        .collect();
    let expected = [
        ("model::Report as Report", 1, false),
        ("render::a as a", 2, false),
        ("render::b as b", 2, false),
        ("config as c", 2, false),
        ("gate::G", 3, false),
        ("probe::x", 3, false),
        ("checks::unit::y", 3, false),
        ("forge::z as z", 4, true),
        ("checks::pages::* as *", 4, true),
        ("plan as plan", 5, false),
        ("runner as runner", 5, false),
        ("runner::R as R", 5, false),
        ("checks::pages::part::Part as Part", 7, false),
    ];
    assert_eq!(seen, expected.map(|(path, line, tests)| (path.to_owned(), line, tests)));
}
