//! The configuration: from the bytes of `prod-gate.yml` to a `Config` that can be trusted.
//!
//! `tree` reads the YAML and knows where everything stands, `interpolate` fills in what comes from
//! the environment, `raw` and `types` say what the file can hold, `validate` judges what needs
//! several keys. Each step adds its problems to the same list; the reader gets all of them at once.

mod interpolate;
pub mod path;
pub mod problem;
pub mod raw;
pub mod raw_commit;
pub mod raw_database;
pub mod raw_hosts;
pub mod raw_migrations;
pub mod raw_publish;
pub mod raw_schema;
pub mod raw_sql;
pub mod raw_workflows;
mod render;
mod scalar;
pub mod schema;
pub mod source;
mod step;
pub mod tree;
pub mod types;
mod validate;

#[cfg(test)]
mod tests;

use std::fmt;

use deserr::Deserr;

pub use path::Path;
pub use problem::{Problem, Problems};
pub use raw::*;
pub use raw_commit::*;
pub use raw_database::*;
pub use raw_hosts::*;
pub use raw_migrations::*;
pub use raw_publish::*;
pub use raw_schema::*;
pub use raw_sql::*;
pub use raw_workflows::*;
pub use types::*;
pub use validate::ANONYMOUS;

use problem::Target;
use source::SourceFile;
use tree::Node;

/// A configuration that can be run.
pub struct Loaded {
    /// What it says.
    pub config: Config,
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
    let source = tree::read(file_name, bytes).map_err(|problem| ConfigError {
        problems: problem.into(),
        source: Some(SourceFile::new(file_name, "")),
    })?;
    let (root, mut problems) = tree::parse(&source);
    let Some(mut root) = root else {
        return Err(ConfigError { problems: Problems(problems), source: Some(source) });
    };
    let found = interpolate::interpolate(&mut root, env);
    problems.extend(found.problems);
    let decoded = decode(&mut root);
    let (config, more) = match decoded {
        Ok(config) => {
            let more = validate::validate(&config, &found.secrets, Some(&root));
            (Some(config), more)
        }
        Err(more) => (None, more.0),
    };
    add(&mut problems, more, &root);
    match config {
        Some(config) if problems.is_empty() => {
            Ok(Loaded { config, secrets: found.secrets, source: Some(source), root: Some(root) })
        }
        _ => Err(ConfigError { problems: Problems(problems), source: Some(source) }),
    }
}

/// Read of a configuration only what publishing and validating need: it may be another commit's than the one
/// that is here, and the secrets of its checks need not be known.
pub fn load_publishing(
    file_name: &str,
    bytes: &[u8],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    const KEYS: [&str; 6] = ["version", "title", "language", "limits", "publish", "lead"];
    let error = |problems, source| ConfigError { problems, source: Some(source) };
    let source = tree::read(file_name, bytes)
        .map_err(|problem| error(problem.into(), SourceFile::new(file_name, "")))?;
    let (root, mut problems) = tree::parse(&source);
    let Some(mut root) = root else { return Err(error(Problems(problems), source)) };
    root.keep_keys(&KEYS);
    let found = interpolate::interpolate(&mut root, env);
    problems.extend(found.problems);
    let (config, more) = match decode(&mut root) {
        Ok(config) => {
            let more = validate::validate_publishing(&config, Some(&root));
            (Some(config), more)
        }
        Err(more) => (None, more.0),
    };
    add(&mut problems, more, &root);
    config.filter(|_| problems.is_empty()).ok_or_else(|| error(Problems(problems), source))
}

/// Decode the tree. A value that is nothing but `${env:NAME}` is a text; where a number is needed
/// instead, it is read as one and the tree is decoded again.
fn decode(root: &mut Node) -> Result<Config, Problems> {
    let first = Config::deserialize_from_value(
        deserr::IntoValue::into_value(root.clone()),
        deserr::ValuePointerRef::Origin,
    );
    let Err(problems) = first else { return first };
    let mut changed = false;
    for problem in &problems.0 {
        changed |= root.at_mut(&problem.path).is_some_and(interpolate::as_number);
    }
    if !changed {
        return Err(problems);
    }
    Config::deserialize_from_value(
        deserr::IntoValue::into_value(root.clone()),
        deserr::ValuePointerRef::Origin,
    )
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
        let page =
            |path: &String| Page(PageBody { path: Template::literal(path.as_str()), ..PageBody::default() });
        let config = Config {
            smoke: Some(Smoke {
                base_url: Some(Template::literal(base_url)),
                headers: None,
                marker: None,
                pages: NonEmpty::new(pages.iter().map(page).collect()),
                sessions: None,
                access: None,
                workflows: None,
            }),
            ..Config::default()
        };
        let mut problems = validate::validate(&config, &[], None);
        if problems.is_empty() {
            return Ok(Self { config, secrets: Vec::new(), source: None, root: None });
        }
        for problem in &mut problems {
            in_words_of_flags(problem, base_url, pages);
        }
        Err(ConfigError { problems: Problems(problems), source: None })
    }

    /// Whether it came from a file.
    pub fn is_file(&self) -> bool {
        self.source.is_some()
    }

    /// Use another address for the service, as `--base-url` asks; it must be as good as the file's.
    pub fn replace_base_url(&mut self, base_url: &str) -> Result<(), ConfigError> {
        let Some(smoke) = &mut self.config.smoke else { return Ok(()) };
        smoke.base_url = Some(Template::literal(base_url));
        let mut problems = validate::validate(&self.config, &self.secrets, self.root.as_ref());
        for problem in &mut problems {
            in_words_of_flags(problem, base_url, &[]);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { problems: Problems(problems), source: None })
        }
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
    problem.message = problem::clean(&format!("{}: {}", problem::quote(&flag), problem.message));
}

impl fmt::Debug for Loaded {
    /// Without the secrets' values.
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
