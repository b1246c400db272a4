//! Workflows: their steps in order, and the values that pass from one to the next.

use super::CheckOptions;
use super::steps::WorkflowStep;
use crate::config::interpolate::is_name;
use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::problem::{Problem, nearest, quote};
use crate::config::raw::workflows::{RawStep, RawWorkflow};
use crate::config::types::{CaptureSource, JsonText, NonEmpty, Ordered, Sql};
use crate::text::Text;

/// Variables that bash itself uses or protects: the record's commands assign captured values.
const SHELL_NAMES: [&str; 29] = [
    "_",
    "BASH",
    "BASHOPTS",
    "BASHPID",
    "CDPATH",
    "DIRSTACK",
    "ENV",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOME",
    "HOSTNAME",
    "IFS",
    "LANG",
    "LINENO",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "PATH",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELLOPTS",
    "UID",
    // Those that a record's own commands use.
    "_login",
    "_url",
    "_user",
];

/// What users do, step by step.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its name, part of its checks' ids.
    pub name: String,
    /// The steps, in order. When one does not pass, those after it are skipped.
    pub steps: Vec<WorkflowStep>,
    /// Steps that undo what the others did. They always run.
    pub finally: Vec<WorkflowStep>,
}

/// What the steps of a workflow share.
pub(super) struct WorkflowScope<'r> {
    /// The role of steps that name none.
    pub(super) role: Option<&'r str>,
    /// What stands beside each step's check, but for its place.
    pub(super) options: CheckOptions,
    /// The captured values that are secrets.
    pub(super) secret: Vec<String>,
    /// By the steps so far.
    captured: Names,
    /// By any step, in order.
    all: Vec<(String, Path)>,
}

impl Parser<'_> {
    pub(super) fn workflow(
        &mut self,
        raw: &RawWorkflow,
        path: &Path,
        names: &mut Names,
    ) -> Result<Workflow, Refused> {
        let name_path = path.key("name");
        self.one_line(&name_path, Some(&raw.name));
        let options = self.options(raw.required, raw.waive.as_ref(), path);
        self.unique(names, &raw.name, &name_path, "the workflow", "give one of them another name");
        let role = self.asker(raw.role.as_ref(), path);
        let lists = [("steps", Some(&raw.steps)), ("finally", raw.finally.as_ref())];
        let steps = || lists.into_iter().flat_map(|(key, steps)| numbered(steps, path.key(key)));
        let captures = || steps().flat_map(|(_, step)| step.capture.iter().flatten());
        let secret = captures().filter(|(_, from)| from.secret).map(|(name, _)| name.clone()).collect();
        let all = steps().flat_map(|(path, step)| captures_of(step, &path)).collect();
        let mut scope = WorkflowScope { role, options, secret, captured: Names::new(), all };
        let [steps, finally] = lists.map(|(key, steps)| {
            let mut names = Names::new();
            let mut index = 0;
            self.list(steps.into_iter().flatten(), &path.key(key), |parser, step, path| {
                index += 1;
                let parsed = parser.step(step, (index, key == "finally"), path, &scope, &mut names);
                parser.uses(step, path, &scope);
                parser.captured(step, path, &mut scope);
                parsed
            })
        });
        Ok(Workflow { name: raw.name.to_string(), steps: steps?, finally: finally? })
    }

    /// Every `{{ name }}`, and every `:name` of SQL that is no parameter, must have been captured before.
    fn uses(&mut self, step: &RawStep, path: &Path, scope: &WorkflowScope) {
        let braces = |name: &str| format!("`{{{{ {name} }}}}`");
        let colon = |name: &str| format!("`:{name}`");
        for (path, text) in texts(step, path) {
            for name in text.captures() {
                self.used(name, &path, scope, &braces);
            }
        }
        let params = |name: &str| step.params.as_ref().is_some_and(|params| params.get(name).is_some());
        for name in step.sql.iter().flat_map(Sql::names).filter(|name| !params(name)) {
            self.used(name, &path.key("sql"), scope, &colon);
        }
    }

    fn used(&mut self, name: &str, path: &Path, scope: &WorkflowScope, written: &dyn Fn(&str) -> String) {
        if scope.captured.contains_key(name) {
            return;
        }
        let later = scope.all.iter().find(|(later, _)| later == name);
        let (message, help) = if let Some((_, at)) = later {
            let message = format!("{} is used before it is captured{}", written(name), self.on_line(at));
            (message, "capture it in an earlier step".to_owned())
        } else {
            let near = nearest(name, scope.captured.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean {}?", written(near)),
                None => format!("add `capture: {{ {name}: $.… }}` to an earlier step"),
            };
            (format!("{} is captured by no step of this workflow", written(name)), help)
        };
        self.problems.push(Problem::new(path.clone(), message).help(help));
    }

    /// Take up what a step captures.
    fn captured(&mut self, step: &RawStep, path: &Path, scope: &mut WorkflowScope) {
        if let Some(given) = &step.capture {
            for (name, from) in given {
                if let CaptureSource::Header(header) = &from.source {
                    self.header_name(header, &path.key("capture").key(name).key("header"));
                }
            }
        }
        for (name, path) in captures_of(step, path) {
            let complain = |message: String| Problem::new(path.clone(), message).at_key();
            if !is_name(&name) {
                let message = format!("{} cannot be the name of a captured value", quote(&name));
                let help = "letters, digits and _ only, not beginning with a digit";
                self.problems.push(complain(message).help(help));
            } else if SHELL_NAMES.contains(&name.as_str()) || name.starts_with("BASH_") {
                let message =
                    format!("`{name}` is a variable of the shell, and the record's commands would change it");
                self.problems.push(complain(message).help("choose another name"));
            } else if self.secrets.iter().any(|(secret, _)| *secret == name) {
                let message = format!("`{name}` is the name of a secret already");
                self.problems.push(complain(message).help("choose another name"));
            } else if let Some(first) = scope.captured.get(&name) {
                let message = format!("`{name}` is captured already{}", self.on_line(first));
                self.problems.push(complain(message).help("choose another name"));
            }
            scope.captured.entry(name).or_insert(path);
        }
    }
}

fn numbered<'r>(
    steps: Option<&'r NonEmpty<RawStep>>,
    path: Path,
) -> impl Iterator<Item = (Path, &'r RawStep)> {
    steps.into_iter().flatten().enumerate().map(move |(index, step)| (path.index(index), step))
}

fn captures_of(step: &RawStep, path: &Path) -> Vec<(String, Path)> {
    let list = path.key("capture");
    let names = step.capture.iter().flat_map(Ordered::keys);
    names.map(|name| (name.to_owned(), list.key(name))).collect()
}

/// Every text of a step that may use captured values.
fn texts<'s>(step: &'s RawStep, path: &Path) -> Vec<(Path, &'s Text)> {
    let mut all: Vec<(Path, &Text)> =
        step.requests().map(|(key, _, text)| (path.key(key), &text.0)).collect();
    for (key, list) in [("headers", &step.headers), ("form", &step.form), ("params", &step.params)] {
        for (name, text) in list.iter().flatten() {
            all.push((path.key(key).key(name), &text.0));
        }
    }
    for text in step.json.iter().flat_map(JsonText::texts) {
        all.push((path.key("json"), text));
    }
    if let Some(to) = step.expect.as_ref().and_then(|expect| expect.0.redirect.as_ref()) {
        all.push((path.key("expect").key("redirect"), &to.0));
    }
    all
}
