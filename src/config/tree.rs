//! The file as a tree that knows where each part stands.
//!
//! Strict on purpose: one document, no duplicate keys, no aliases and no tags, and limits on size,
//! depth and number, so that no file can make the gate slow or make it mean two things at once. The
//! parser's events are pulled one by one, so nesting costs no stack.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::node::{Data, Entry, Node, Style};
use super::path::Path;
use super::problem::{Problem, quote};
use super::scalar;
use super::source::{SourceFile, Span};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
pub const MAX_DEPTH: usize = 64;
/// The most values in one file.
pub const MAX_NODES: usize = 100_000;

/// The bytes of a file as text: not too large, UTF-8, not empty.
pub fn read(name: &str, bytes: &[u8]) -> Result<SourceFile, Problem> {
    if bytes.len() > MAX_BYTES {
        let problem =
            Problem::new(Path::root(), format!("the file is too large: more than {MAX_BYTES} bytes (1 MiB)"));
        return Err(problem.help("is this the right file?"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(error) => {
            let at = error.valid_up_to();
            let line = bytes[..at].split(|&byte| byte == b'\n').count();
            let problem = Problem::new(
                Path::root(),
                format!("the file is not UTF-8: byte {at} (0x{:02X}), on line {line}", bytes[at]),
            );
            Err(problem.help("save it as UTF-8"))
        }
    }
}

/// Parse a file. Problems that leave a tree come with it; without a tree they are the last word.
pub fn parse(file: &SourceFile) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(file.text());
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => {
                let bytes = file.byte_of_char(span.start.index())..file.byte_of_char(span.end.index());
                builder.event(event, file.span(bytes))
            }
            Err(error) => Err(yaml_problem(file, &error)),
        };
        if let Err(fatal) = step {
            builder.problems.push(fatal);
            return (None, builder.problems);
        }
    }
    let Builder { root, mut problems, .. } = builder;
    match root {
        Some(Node { data: Data::Null, .. }) | None if problems.is_empty() => {
            problems.push(Problem::new(Path::root(), "the file is empty").help(
                "begin with `version: 1`, and say what to check under `commit`, `smoke` or `environment`",
            ));
            (None, problems)
        }
        root => (root, problems),
    }
}

/// What the parser says, with advice for the mistakes that people make.
fn yaml_problem(file: &SourceFile, error: &ScanError) -> Problem {
    let at = file.byte_of_char(error.marker().index());
    let span = file.span(at..at + 1);
    let line = file.line(span.line);
    let before = file.line(span.line.saturating_sub(1));
    let indent = &line[..line.len() - line.trim_start().len()];
    if error.info() == "recursion limit exceeded" {
        return too_deep(span);
    }
    let help = if indent.contains('\t') {
        "indent with spaces: YAML does not allow tabs there"
    } else if [line, before].iter().any(|line| line.contains("${")) {
        "inside { } or [ ], put it in quotes: \"${secret:NAME}\""
    } else if line.contains("{{") {
        "put a text with {{ name }} in quotes"
    } else {
        "look for a bracket, a quote or the space after a `:` that is missing here or before"
    };
    Problem::new(Path::root(), format!("this is not YAML: {}", error.info())).at(span).help(help)
}

fn too_deep(span: Span) -> Problem {
    Problem::new(Path::root(), format!("nested too deeply: the limit is {MAX_DEPTH} levels")).at(span)
}

/// Collects events into the tree.
#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    problems: Vec<Problem>,
}

/// A collection whose end has not come yet.
struct Open {
    span: Span,
    items: Vec<Node>,
    mapping: Option<OpenMap>,
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    seen: HashMap<String, Span>,
    /// The key whose value is awaited; `Err` when the key was refused and the value is dropped.
    key: Option<Result<(String, Span), ()>>,
}

impl Builder {
    fn event(&mut self, event: Event, span: Span) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::new(Path::root(), "a second document begins here")
                        .at(span)
                        .help("one file is one configuration; remove what follows `---`"));
                }
            }
            Event::Alias(_) => {
                let problem = Problem::new(self.here(), "aliases (`*name`) are not read")
                    .help("write the value out here");
                self.problems.push(problem.at(span));
                self.add(Node { span, data: Data::Null, style: Style::Plain }, None)?;
            }
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let node = self.scalar(&text, style, span);
                self.add(node, Some(&text))?;
            }
            Event::SequenceStart(_, tag) => self.open(span, None, tag.is_some())?,
            Event::MappingStart(_, tag) => self.open(span, Some(OpenMap::default()), tag.is_some())?,
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let (data, style) = if style == ScalarStyle::Plain {
            let data = scalar::resolve(text).unwrap_or_else(|message| {
                let problem = Problem::new(self.here(), message).help("put it in quotes to make it a text");
                self.problems.push(problem.at(span));
                Data::Text(text.to_owned())
            });
            (data, Style::Plain)
        } else {
            (Data::Text(text.to_owned()), Style::Quoted)
        };
        Node { span, data, style }
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let problem = Problem::new(self.here(), "tags (`!name`) are not read").help("remove the tag");
            self.problems.push(problem.at(span));
        }
    }

    fn open(&mut self, span: Span, mapping: Option<OpenMap>, tagged: bool) -> Result<(), Problem> {
        self.refuse_tag(tagged, span);
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.stack.push(Open { span, items: Vec::new(), mapping });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Problem> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let span = Span { end: end.end.max(open.span.end), ..open.span };
        let data = match open.mapping {
            Some(map) => Data::Map(map.entries),
            None => Data::List(open.items),
        };
        self.add(Node { span, data, style: Style::Plain }, None)
    }

    /// Put a finished node where it belongs. `text` is its source if it is a scalar.
    fn add(&mut self, node: Node, text: Option<&str>) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("too many values: the limit is {MAX_NODES}");
            return Err(Problem::new(Path::root(), message).at(node.span));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        let Some(map) = &mut open.mapping else {
            open.items.push(node);
            return Ok(());
        };
        match map.key.take() {
            Some(Ok((key, key_span))) => map.entries.push(Entry { key, key_span, value: node }),
            Some(Err(())) => {}
            None => match map.accept_key(&node, text) {
                Ok(key) => map.key = Some(Ok(key)),
                Err(problem) => {
                    map.key = Some(Err(()));
                    let path = self.here();
                    self.problems.extend(problem.map(|problem| Problem { path, ..problem }));
                }
            },
        }
        Ok(())
    }

    /// The path of the value that comes next.
    fn here(&self) -> Path {
        self.stack.iter().fold(Path::root(), |path, open| match &open.mapping {
            None => path.index(open.items.len()),
            Some(OpenMap { key: Some(Ok((key, _))), .. }) => path.key(key),
            Some(_) => path,
        })
    }
}

impl OpenMap {
    /// The key that a node is, or why it cannot be one (nothing if that has been said already).
    fn accept_key(&mut self, node: &Node, text: Option<&str>) -> Result<(String, Span), Option<Problem>> {
        let problem = |message: String| Problem::new(Path::root(), message).at(node.span);
        let Some(text) = text else {
            let said = node.data == Data::Null;
            let problem = || problem("a key must be a text, not a list or a mapping".to_owned());
            return Err((!said).then(|| problem().help("a text with {{ name }} in it needs quotes")));
        };
        if text.is_empty() {
            return Err(Some(problem("a key is missing before the `:`".to_owned())));
        }
        if let Some(first) = self.seen.get(text) {
            let message = format!(
                "the key {} is here twice: on line {} and on line {}",
                quote(text),
                first.line,
                node.span.line
            );
            return Err(Some(problem(message).help("keep one of the two")));
        }
        self.seen.insert(text.to_owned(), node.span);
        Ok((text.to_owned(), node.span))
    }
}
