//! The configuration: from the bytes of `prod-gate.yml` to a `Config` that can be trusted.
//!
//! `tree` reads the YAML and knows where everything stands, `interpolate` fills in what comes from
//! the environment, `raw` and `types` say what the file can hold, `sections` parse it into what it means.
//! Each step adds its problems to the same list; the reader gets all of them at once.

#[macro_use]
mod macros;

mod interpolate;
mod node;
mod parser;
pub mod path;
pub mod problem;
pub mod raw;
mod render;
mod scalar;
pub mod schema;
mod sections;
pub mod source;
pub mod tree;
pub mod types;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use deserr::Deserr;

pub use parser::ANONYMOUS;
pub use path::Path;
pub use problem::{Problem, Problems};
pub use raw::sql::RowsExpected;
pub use sections::*;
pub use types::*;

use node::Node;
use parser::{Parser, Refused};
use path::Target;
use raw::RawConfig;
use raw::smoke::{RawPage, RawPageBody, RawSmoke};
use source::SourceFile;

/// A configuration that can be run.
pub struct Loaded<T = Config> {
    pub config: T,
    /// The secrets that it uses, by name, with their values.
    pub secrets: Vec<(String, String)>,
    /// The file that it came from; nothing when it was given by flags.
    pub source: Option<SourceFile>,
    root: Option<Node>,
}

/// Why a configuration cannot be run.
#[derive(Debug, Clone)]
pub struct ConfigError {
    /// Everything that is wrong with it, in no particular order; never empty.
    pub problems: Problems,
    /// The file; nothing when it was given by flags.
    pub source: Option<SourceFile>,
}

/// Read a configuration. `file_name` is for messages; `env` looks a variable up.
pub fn load(
    file_name: &str,
    bytes: &[u8],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, ConfigError> {
    read(file_name, bytes, env, None, |parser| parser.config())
}

/// Read of a configuration only what publishing and validating need: it may be another commit's than the one
/// that is here, and the secrets of its checks need not be known.
pub fn load_publishing(
    file_name: &str,
    bytes: &[u8],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<PublishingConfig, ConfigError> {
    const KEYS: [&str; 6] = ["version", "title", "language", "limits", "publish", "lead"];
    read(file_name, bytes, env, Some(&KEYS), |parser| parser.publishing()).map(|read| read.config)
}

/// Read what `parse` asks for; with `keys`, nothing but these is looked at.
fn read<T>(
    file_name: &str,
    bytes: &[u8],
    env: &dyn Fn(&str) -> Option<String>,
    keys: Option<&[&str]>,
    parse: fn(&mut Parser) -> Result<T, Refused>,
) -> Result<Loaded<T>, ConfigError> {
    let error = |problems, source| ConfigError { problems, source: Some(source) };
    let source = tree::read(file_name, bytes)
        .map_err(|problem| error(problem.into(), SourceFile::new(file_name, "")))?;
    let (root, mut problems) = tree::parse(&source);
    let Some(mut root) = root else { return Err(error(Problems(problems), source)) };
    if let Some(keys) = keys {
        root.keep_keys(keys);
    }
    let found = interpolate::interpolate(&mut root, env);
    problems.extend(found.problems);
    let (raw, unknown) = match decode(&mut root) {
        Ok(raw) => (Some(raw), Vec::new()),
        Err(more) => {
            let unknown = more.0.iter().filter_map(|problem| part(&problem.path)).collect();
            add(&mut problems, more.0, &root);
            (decode_rest(&root, &unknown), unknown.into_iter().collect())
        }
    };
    let parsed = raw.map(|raw| {
        let mut parser = Parser::new(&raw, &found.secrets, Some((file_name, &root)), &unknown);
        let parsed = parse(&mut parser);
        parser.finish(parsed)
    });
    match parsed {
        Some(Ok(config)) if problems.is_empty() => {
            Ok(Loaded { config, secrets: found.secrets, source: Some(source), root: Some(root) })
        }
        parsed => {
            add(&mut problems, parsed.and_then(Result::err).unwrap_or_default(), &root);
            Err(error(Problems(problems), source))
        }
    }
}

/// Decode the tree. A value that is nothing but `${env:NAME}` is a text; where a number is needed
/// instead, it is read as one and the tree is decoded again.
fn decode(root: &mut Node) -> Result<RawConfig, Problems> {
    let first = decode_once(root.clone());
    let Err(problems) = first else { return first };
    let mut changed = false;
    for problem in &problems.0 {
        changed |= root.at_mut(&problem.path).is_some_and(interpolate::as_number);
    }
    if changed { decode_once(root.clone()) } else { Err(problems) }
}

fn decode_once(root: Node) -> Result<RawConfig, Problems> {
    RawConfig::deserialize_from_value(deserr::IntoValue::into_value(root), deserr::ValuePointerRef::Origin)
}

/// Decode what can be: so that the problems of the other parts are told as well.
fn decode_rest(root: &Node, unknown: &HashSet<Path>) -> Option<RawConfig> {
    let mut rest = root.clone();
    // Where the version is another one, nothing is known of the rest.
    rest.set_default("version", node::Data::Integer(1));
    rest.remove_parts(unknown);
    decode(&mut rest).ok()
}

/// The part of the file that cannot be decoded when this place cannot: a section, or a part of `smoke`.
fn part(path: &Path) -> Option<Path> {
    match path.steps() {
        [path::Step::Key(section), path::Step::Key(part), ..] if section == "smoke" => {
            Some(Path::root().key(section).key(part))
        }
        [path::Step::Key(section), ..] => Some(Path::root().key(section)),
        _ => None,
    }
}

/// Add later problems with their places, but none about a value that is known to be wrong already.
fn add(problems: &mut Vec<Problem>, more: Vec<Problem>, root: &Node) {
    let known: Vec<_> = problems.iter().map(|problem| problem.span).collect();
    for mut problem in more {
        problem.span = problem.span.or_else(|| Some(root.locate(&problem.path, problem.target)));
        if !known.contains(&problem.span) {
            problems.push(problem);
        }
    }
}

impl Loaded {
    /// A configuration without a file: the service's address and pages that must answer 200. The
    /// flags are taken as they are, nothing is filled in.
    pub fn from_flags(base_url: &str, pages: &[String]) -> Result<Self, ConfigError> {
        let page = |path: &String| {
            RawPage(RawPageBody { path: Template::literal(path.as_str()), ..RawPageBody::default() })
        };
        let raw = RawConfig {
            smoke: Some(RawSmoke {
                base_url: Some(Template::literal(base_url)),
                pages: NonEmpty::new(pages.iter().map(page).collect()),
                ..RawSmoke::default()
            }),
            ..RawConfig::default()
        };
        let mut parser = Parser::new(&raw, &[], None, &[]);
        let parsed = parser.config();
        let mut problems = match parser.finish(parsed) {
            Ok(config) => return Ok(Self { config, secrets: Vec::new(), source: None, root: None }),
            Err(problems) => problems,
        };
        for problem in &mut problems {
            in_words_of_flags(problem, base_url, pages);
        }
        Err(ConfigError { problems: Problems(problems), source: None })
    }

    pub fn is_file(&self) -> bool {
        self.source.is_some()
    }

    /// Use another address for the service, as `--base-url` asks; it must be as good as the file's.
    pub fn replace_base_url(&mut self, base_url: &str) -> Result<(), ConfigError> {
        let Some(smoke) = &mut self.config.smoke else { return Ok(()) };
        let base = Template::literal(base_url);
        let raw = RawConfig::default();
        let mut parser = Parser::new(&raw, &[], None, &[]);
        parser.base_url(&base, &Path::root().key("smoke").key("base_url"));
        let mut problems = parser.problems;
        for problem in &mut problems {
            in_words_of_flags(problem, base_url, &[]);
        }
        if !problems.is_empty() {
            return Err(ConfigError { problems: Problems(problems), source: None });
        }
        smoke.base_url = Some(base);
        Ok(())
    }

    /// Where something stands in the file, or the nearest part around it that is there. Nothing when
    /// there is no file.
    pub fn position(&self, path: &Path) -> Option<crate::model::Position> {
        let span = self.root.as_ref()?.locate(path, Target::Value);
        let file = self.source.as_ref()?.name().to_owned();
        Some(crate::model::Position { file, line: span.line, column: span.column })
    }
}

/// Name the flag instead of the key.
fn in_words_of_flags(problem: &mut Problem, base_url: &str, pages: &[String]) {
    use path::Step;
    let flag = match problem.path.steps() {
        [Step::Key(_), Step::Key(key), ..] if key == "base_url" => format!("--base-url {base_url}"),
        [Step::Key(_), Step::Key(_), Step::Index(i), ..] => {
            format!("--page {}", pages.get(*i).map_or("", String::as_str))
        }
        _ => {
            problem.help = Some("add `--page /`, or a configuration file".to_owned());
            return;
        }
    };
    problem.message = words::clean(&format!("{}: {}", words::quote(&flag), problem.message));
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.secrets.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Loaded")
            .field("config", &self.config)
            .field("secrets", &names)
            .finish_non_exhaustive()
    }
}

impl ConfigError {
    /// Every problem with its place and line, and how many there are.
    pub fn render(&self, colour: bool) -> String {
        render::render(&self.problems.0, self.source.as_ref(), colour)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for ConfigError {}
