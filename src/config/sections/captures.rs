//! Values that pass from one step of a workflow to the next.

use super::CheckOptions;
use crate::config::interpolate::is_name;
use crate::config::parser::{Names, Parser};
use crate::config::path::Path;
use crate::config::problem::{Problem, nearest, quote};
use crate::config::raw::workflows::RawStep;
use crate::config::types::{CaptureSource, JsonText, Ordered, Sql};
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

/// What the steps of a workflow share.
pub(super) struct WorkflowScope<'r> {
    pub(super) role: Option<&'r str>,
    /// What stands beside each step's check, but for its place.
    pub(super) options: CheckOptions,
    pub(super) secret: Vec<String>,
    /// By the steps so far.
    pub(super) captured: Names,
    /// By any step, in order.
    pub(super) all: Vec<(String, Path)>,
}

impl Parser<'_> {
    /// Every `{{ name }}`, and every `:name` of SQL that is no parameter, must have been captured before.
    pub(super) fn uses(&mut self, step: &RawStep, path: &Path, scope: &WorkflowScope) {
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

    pub(super) fn captured(&mut self, step: &RawStep, path: &Path, scope: &mut WorkflowScope) {
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

pub(super) fn captures_of(step: &RawStep, path: &Path) -> Vec<(String, Path)> {
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
