//! `${env:NAME}` and `${secret:NAME}` in the values of the tree.
//!
//! Done on parsed scalars, so that no value of the environment can change the file's structure. What
//! comes from the environment is never read again: neither `${` nor `{{` in it means anything. A
//! secret leaves only its name in the tree; its value goes into a list for the one who sends it.

use super::node::{Data, Node, Style};
use super::path::Path;
use super::problem::{Problem, nearest, quote};
use super::scalar;
use super::source::Span;
use crate::text::{LITERAL_BRACE, SECRET_END, SECRET_START};

/// The shortest secret that is masked without being asked for: a shorter one would mask innocent text.
pub(super) const SHORTEST_SECRET: usize = 8;

/// How much text may come from the environment in all, in bytes: one large variable can be named often.
const MOST_FILLED: usize = 4 << 20;
/// How many wrong holes of one text are named.
const MOST_WRONG: usize = 10;

/// Looks a variable of the environment up.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

#[derive(Default)]
pub(super) struct Found {
    /// The secrets used, by name, in the file's order.
    pub secrets: Vec<(String, String)>,
    /// What went wrong; the tree still can be decoded, to find the rest.
    pub problems: Vec<Problem>,
}

/// Fill the holes of every value in the tree.
pub(super) fn interpolate(root: &mut Node, env: Env) -> Found {
    let allow_short = texts(root.get("secrets").and_then(|secrets| secrets.get("allow_short")));
    let mut walk = Walk { env, allow_short, filled: 0, found: Found::default() };
    walk.node(root, &Path::root());
    walk.found
}

/// Read a node that is nothing but `${env:NAME}` as a number or a truth value, if its text is one.
/// Says whether that changed anything.
pub(super) fn as_number(node: &mut Node) -> bool {
    let Data::Text(text) = &node.data else { return false };
    if node.style != Style::WholeEnv {
        return false;
    }
    match scalar::resolve(text) {
        Ok(data @ (Data::Bool(_) | Data::Integer(_) | Data::Negative(_) | Data::Float(_))) => {
            node.data = data;
            true
        }
        _ => false,
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.data) {
        Some(Data::List(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        Some(Data::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

struct Walk<'a> {
    env: Env<'a>,
    allow_short: Vec<String>,
    /// How much text came from the environment so far, in bytes.
    filled: usize,
    found: Found,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node, path: &Path) {
        match &mut node.data {
            Data::Text(text) => {
                if text.contains(is_mark) {
                    self.problem(
                        path,
                        node.span,
                        "the text holds a character that is reserved (U+F0000 to U+F0003)",
                    );
                    text.retain(|c| !is_mark(c));
                }
                if text.contains("${") {
                    let (filled, whole) = self.fill(text, path, node.span);
                    *text = filled;
                    if whole && node.style == Style::Plain {
                        node.style = Style::WholeEnv;
                    }
                }
            }
            Data::List(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    self.node(item, &path.index(i));
                }
            }
            Data::Map(entries) => {
                for entry in entries {
                    let path = path.key(&entry.key);
                    if entry.key.contains("${env:") || entry.key.contains("${secret:") {
                        self.problem(&path, entry.key_span, "nothing is filled in in a key, only in values");
                    }
                    if entry.key.contains(is_mark) {
                        self.problem(&path, entry.key_span, "the key holds a reserved character");
                        entry.key.retain(|c| !is_mark(c));
                    }
                    self.node(&mut entry.value, &path);
                }
            }
            Data::Null | Data::Bool(_) | Data::Integer(_) | Data::Negative(_) | Data::Float(_) => {}
        }
    }

    /// The text with its holes filled, and whether it is one `${env:NAME}` and nothing else. What
    /// cannot be filled stays as it is written.
    fn fill(&mut self, text: &str, path: &Path, span: Span) -> (String, bool) {
        let mut out = String::with_capacity(text.len());
        let mut whole = false;
        let mut rest = text;
        let mut wrong_holes = 0;
        while let Some(at) = rest.find("${").filter(|_| wrong_holes < MOST_WRONG) {
            if let Some(before) = rest[..at].strip_suffix('$') {
                out.push_str(before);
                out.push('$');
                out.push(LITERAL_BRACE);
                rest = &rest[at + 2..];
                continue;
            }
            out.push_str(&rest[..at]);
            let hole = rest[at..].find('}').map(|end| &rest[at..=at + end]);
            let filled = match hole {
                Some(hole) => self.hole(hole),
                None => Err(Wrong::new("`${` without `}`").help("write `$${` for a literal `${`")),
            };
            let hole = hole.unwrap_or("${");
            match filled {
                Ok(Filled::Env(value)) => {
                    whole = hole == text;
                    out.push_str(&literal(&value));
                }
                Ok(Filled::Secret(name)) => {
                    out.extend([SECRET_START.to_string(), name, SECRET_END.to_string()]);
                }
                Err(wrong) => {
                    let problem = Problem::new(path.clone(), wrong.message).maybe_help(wrong.help);
                    self.found.problems.push(problem.at(span));
                    // Without its end a hole has no other after it either.
                    let hole = if hole == "${" { &rest[at..] } else { hole };
                    out.push_str(&literal(hole));
                    rest = &rest[at + hole.len()..];
                    wrong_holes += 1;
                    continue;
                }
            }
            rest = &rest[at + hole.len()..];
        }
        out.push_str(rest);
        (out, whole)
    }

    fn hole(&mut self, hole: &str) -> Result<Filled, Wrong> {
        let inner = hole.strip_prefix("${").unwrap_or(hole);
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        if inner.starts_with('{') || hole.starts_with("${{") {
            return Err(Wrong::new("expressions of GitHub (`${{ … }}`) are not read in this file").help(
                "pass the value as a variable in the workflow, and write ${env:NAME} or ${secret:NAME}",
            ));
        }
        let (kind, name) = inner.split_once(':').unwrap_or(("", inner));
        if !is_name(name) {
            let message = format!("{} is not a hole that can be filled", quote(hole));
            return Err(Wrong::new(message).help(
                "write ${env:NAME} or ${secret:NAME}, the name from letters, digits and _; `$${` is a literal `${`",
            ));
        }
        match kind {
            "env" => self.env_value(name).map(Filled::Env),
            "secret" => self.secret(name).map(|()| Filled::Secret(name.to_owned())),
            other => {
                let near = nearest(other, ["env", "secret"]);
                let help = match near {
                    Some(near) => format!("did you mean ${{{near}:{name}}}?"),
                    None => {
                        format!("write ${{env:{name}}}, ${{secret:{name}}}, or `$${{` for a literal `${{`")
                    }
                };
                Err(Wrong::new(format!("{} is not a hole that can be filled", quote(hole))).help(help))
            }
        }
    }

    fn env_value(&mut self, name: &str) -> Result<String, Wrong> {
        let value = (self.env)(name).ok_or_else(|| {
            let upper = name.to_uppercase();
            let help = if upper != name && (self.env)(&upper).is_some() {
                format!("did you mean ${{env:{upper}}}?")
            } else {
                format!("pass it in the workflow: `env: {name}: ${{{{ vars.{name} }}}}`")
            };
            Wrong::new(format!("the variable `{name}` is not defined")).help(help)
        })?;
        if value.contains(is_mark) {
            return Err(Wrong::new(format!(
                "the variable `{name}` holds a character that is reserved (U+F0000 to U+F0003)"
            )));
        }
        self.filled = self.filled.saturating_add(value.len());
        if self.filled > MOST_FILLED {
            return Err(Wrong::new(format!(
                "too much text comes from variables: the limit is {MOST_FILLED} bytes"
            )));
        }
        Ok(value)
    }

    fn secret(&mut self, name: &str) -> Result<(), Wrong> {
        if self.found.secrets.iter().any(|(known, _)| known == name) {
            return Ok(());
        }
        let pass = || format!("pass it in the workflow: `env: {name}: ${{{{ secrets.{name} }}}}`");
        let value = match (self.env)(name) {
            None => return Err(Wrong::new(format!("the secret `{name}` is not defined")).help(pass())),
            Some(value) if value.is_empty() => {
                let message =
                    format!("the secret `{name}` is empty; GitHub makes a secret that does not exist empty");
                return Err(Wrong::new(message).help(pass()));
            }
            Some(value) => value,
        };
        let short = value.chars().count() < SHORTEST_SECRET;
        self.found.secrets.push((name.to_owned(), value));
        if short && !self.allow_short.iter().any(|allowed| allowed == name) {
            let message = format!("the secret `{name}` is shorter than {SHORTEST_SECRET} characters");
            return Err(Wrong::new(message).help(format!(
                "use a longer one, or list it in `secrets.allow_short: [{name}]`; masking it will mask innocent text"
            )));
        }
        Ok(())
    }

    fn problem(&mut self, path: &Path, span: Span, message: &str) {
        self.found.problems.push(Problem::new(path.clone(), message).at(span));
    }
}

enum Filled {
    Env(String),
    Secret(String),
}

struct Wrong {
    message: String,
    help: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn literal(value: &str) -> String {
    value.replace('{', &LITERAL_BRACE.to_string())
}

fn is_mark(c: char) -> bool {
    ('\u{F0000}'..='\u{F0003}').contains(&c)
}

/// Whether this can be the name of a shell variable.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
    use super::super::source::SourceFile;
    use super::super::tree;
    use super::*;
    use crate::text::{Text, TextPart};

    fn env(name: &str) -> Option<String> {
        let value = match name {
            "HOST" => "example.org",
            "FOUR" => "4",
            "NESTED" => "${secret:TOKEN} {{ id }}",
            "TOKEN" => "correct horse battery",
            "SHORT" => "abc",
            "EMPTY" => "",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn run(yaml: &str) -> (Node, Found) {
        let file = SourceFile::new("f.yml", yaml);
        let mut root = tree::parse(&file).0.unwrap();
        let found = interpolate(&mut root, &env);
        (root, found)
    }

    fn value(yaml: &str) -> Text {
        let (root, found) = run(yaml);
        assert_eq!(found.problems, []);
        let Data::Text(text) = &root.get("a").unwrap().data else { panic!("not a text") };
        Text::parse(text).unwrap()
    }

    fn message(yaml: &str) -> String {
        let (_, found) = run(yaml);
        let [problem] = found.problems.as_slice() else { panic!("{:?}", found.problems) };
        format!("{} / {}", problem.message, problem.help.as_deref().unwrap_or("-"))
    }

    #[test]
    fn fills_values_and_leaves_only_names_of_secrets() {
        assert_eq!(value("a: https://${env:HOST}/x").as_literal(), Some("https://example.org/x"));
        let text = value("a: \"Bearer ${secret:TOKEN}\"");
        assert_eq!(text.parts(), [TextPart::Literal("Bearer ".into()), TextPart::Secret("TOKEN".into())]);
        let (_, found) = run("a: ${secret:TOKEN}\nb: ${secret:TOKEN}");
        assert_eq!(found.secrets, [("TOKEN".to_owned(), "correct horse battery".to_owned())]);
    }

    #[test]
    fn what_comes_from_the_environment_or_is_escaped_is_literal() {
        assert_eq!(value("a: ${env:NESTED}").as_literal(), Some("${secret:TOKEN} {{ id }}"));
        assert_eq!(value("a: x{${env:NESTED}").as_literal(), Some("x{${secret:TOKEN} {{ id }}"));
        assert_eq!(value("a: $${env:HOST} $$${env:HOST}").as_literal(), Some("${env:HOST} $${env:HOST}"));
        assert_eq!(value("a: '$${{ x }}'").as_literal(), Some("${{ x }}"));
        assert_eq!(value("a: $5 and $HOME").as_literal(), Some("$5 and $HOME"));
    }

    #[test]
    fn a_whole_plain_hole_can_become_a_number() {
        let (mut root, _) = run("a: ${env:FOUR}\nb: \"${env:FOUR}\"\nc: x${env:FOUR}\nd: ${env:HOST}");
        let mut read = |key: &str| {
            let node = root.at_mut(&Path::root().key(key)).unwrap();
            as_number(node).then(|| node.data.clone())
        };
        assert_eq!(read("a"), Some(Data::Integer(4)));
        assert_eq!([read("b"), read("c"), read("d")], [None, None, None]);
    }

    #[test]
    fn complains_with_the_way_out() {
        for (yaml, expected) in [
            (
                "a: ${env:NOPE}",
                "the variable `NOPE` is not defined / pass it in the workflow: `env: NOPE: ${{ vars.NOPE }}`",
            ),
            ("a: ${env:host}", "the variable `host` is not defined / did you mean ${env:HOST}?"),
            (
                "a: ${secret:NOPE}",
                "the secret `NOPE` is not defined / pass it in the workflow: `env: NOPE: ${{ secrets.NOPE }}`",
            ),
            (
                "a: ${secrets:NOPE}",
                "`${secrets:NOPE}` is not a hole that can be filled / did you mean ${secret:NOPE}?",
            ),
            (
                "a: ${NOPE}",
                "`${NOPE}` is not a hole that can be filled / write ${env:NOPE}, ${secret:NOPE}, or `$${` for a literal `${`",
            ),
            ("a: x${", "`${` without `}` / write `$${` for a literal `${`"),
            (
                "a: \"\u{F0000}x\u{F0001}\"",
                "the text holds a character that is reserved (U+F0000 to U+F0003) / -",
            ),
            ("${env:HOST}: 1", "nothing is filled in in a key, only in values / -"),
        ] {
            assert_eq!(message(yaml), expected, "{yaml}");
        }
        assert!(message("a: ${secret:EMPTY}").starts_with("the secret `EMPTY` is empty"));
        assert!(message("a: ${secret:SHORT}").starts_with("the secret `SHORT` is shorter than 8"));
        assert!(message("a: ${{ secrets.X }}").starts_with("expressions of GitHub"));
        let (_, found) = run("secrets: { allow_short: [SHORT] }\na: ${secret:SHORT}");
        assert_eq!(found.problems, []);
    }
}
