//! Workflows: their steps, and the values that pass from one to the next.

use super::super::interpolate::is_name;
use super::super::parser::{Names, Parser};
use super::super::path::Path;
use super::super::problem::{Problem, Target, listed, nearest, quote};
use super::super::raw::workflows::{RawStep, RawWorkflow};
use super::super::types::{CaptureSource, JsonText, METHODS, Ordered, Sql};
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

/// The captures of one workflow.
struct Captures {
    /// By the steps so far.
    known: Names,
    /// By any step, in order.
    all: Vec<(String, Path)>,
}

impl Parser<'_> {
    pub(super) fn workflow(&mut self, workflow: &RawWorkflow, path: &Path, names: &mut Names) {
        self.one_line(&path.key("name"), Some(&workflow.name));
        self.waive(workflow.waive.as_ref(), path);
        self.unique(
            names,
            &workflow.name,
            &path.key("name"),
            "the workflow",
            "give one of them another name",
        );
        if let Some(role) = &workflow.role {
            self.role(role, &path.key("as"), Target::Value);
        }
        let steps = |key: &str, steps: &[RawStep]| {
            let list = path.key(key);
            (0..steps.len()).map(|i| list.index(i)).zip(steps.to_vec()).collect::<Vec<_>>()
        };
        let lists = [
            steps("steps", &workflow.steps),
            workflow.finally.as_ref().map(|finally| steps("finally", finally)).unwrap_or_default(),
        ];
        let mut captures = Captures {
            known: Names::new(),
            all: lists.iter().flatten().flat_map(|(path, step)| captures_of(step, path)).collect(),
        };
        for (list, undoes) in lists.iter().zip([false, true]) {
            let mut names = Names::new();
            for (index, (path, step)) in list.iter().enumerate() {
                self.step(step, (index, undoes), path, &mut names);
                self.uses(step, path, &captures);
                self.captured(step, path, &mut captures);
            }
        }
    }

    fn step(&mut self, step: &RawStep, (index, undoes): (usize, bool), path: &Path, names: &mut Names) {
        self.one_line(&path.key("name"), step.name.as_ref());
        if let Some(role) = &step.role {
            self.role(role, &path.key("as"), Target::Value);
        }
        let methods: Vec<_> = step.requests().map(|(key, _, path)| (key, path)).collect();
        let kind = match (methods.as_slice(), &step.sql) {
            ([], None) => {
                let keys: Vec<&str> = METHODS.iter().map(|(key, _)| *key).collect();
                let message = format!("a step needs one of {} with a path, or `sql`", listed(&keys));
                self.problem_with_help(path, message, "for example `get: /api/me`");
                None
            }
            ([], Some(_)) => Some("sql"),
            ([(method, address)], None) => {
                self.address(address, &path.key(method));
                Some(*method)
            }
            (more, sql) => {
                let keys: Vec<&str> =
                    more.iter().map(|(key, _)| *key).chain(sql.as_ref().map(|_| "sql")).collect();
                let message = format!("a step has one method; {} are here", listed(&keys));
                self.problem_with_help(path, message, "make one step for each");
                None
            }
        };
        if let Some(kind) = kind {
            // A step without a name is called after its place, so only given names can be the same.
            let name =
                step.name.as_ref().map_or_else(|| format!("{}-{kind}", index + 1), ToString::to_string);
            self.unique(
                names,
                &name,
                path,
                "the step",
                "give one of them a `name`: it is part of the check's id",
            );
        }
        if let Some(sql) = &step.sql {
            self.sql_step(step, sql, path, undoes);
        } else {
            self.only_for_sql(step, path);
            self.body(step, path, methods.first().map(|(method, _)| *method));
        }
        self.headers(step.headers.as_ref(), &path.key("headers"));
        if let Some(expect) = &step.expect {
            self.assertions(&expect.0.assertions(), &path.key("expect"));
        }
        self.polling(step, path);
    }

    fn polling(&mut self, step: &RawStep, path: &Path) {
        for (key, given) in [("every", step.every.is_some()), ("fail_on", step.fail_on.is_some())] {
            if given && step.within.is_none() {
                let message = format!("`{key}` only means something with `within`");
                let problem = Problem::new(path.key(key), message).help("add `within: 3m`, or remove it");
                self.problems.push(problem.at_key());
            }
        }
        if let Some(fail_on) = &step.fail_on {
            let path = path.key("fail_on");
            self.json_paths(fail_on.json.as_ref(), &path.key("json"));
            if fail_on.status.is_none() && fail_on.json.is_none() && fail_on.values.is_none() {
                let help = if step.sql.is_some() { "add `values`" } else { "add `status` or `json`" };
                self.problem_with_help(&path, "nothing would end the polling", help);
            }
        }
    }

    fn body(&mut self, step: &RawStep, path: &Path, method: Option<&str>) {
        if step.json.is_some() && step.form.is_some() {
            let problem = Problem::new(path.key("form"), "a step sends `json` or `form`, not both");
            self.problems.push(problem.at_key());
        }
        for (key, given) in [("json", step.json.is_some()), ("form", step.form.is_some())] {
            if let Some(method @ ("get" | "head")) = method.filter(|_| given) {
                let problem = Problem::new(path.key(key), format!("a {} has no body", method.to_uppercase()));
                self.problems
                    .push(problem.at_key().help("use `post`, or put it into the path: `?name=value`"));
            }
        }
    }

    /// Every `{{ name }}`, and every `:name` of SQL that is no parameter, must have been captured before.
    fn uses(&mut self, step: &RawStep, path: &Path, captures: &Captures) {
        let braces = |name: &str| format!("`{{{{ {name} }}}}`");
        let colon = |name: &str| format!("`:{name}`");
        for (path, text) in texts(step, path) {
            for name in text.captures() {
                self.used(name, &path, captures, &braces);
            }
        }
        let params = |name: &str| step.params.as_ref().is_some_and(|params| params.get(name).is_some());
        for name in step.sql.iter().flat_map(Sql::names).filter(|name| !params(name)) {
            self.used(name, &path.key("sql"), captures, &colon);
        }
    }

    fn used(&mut self, name: &str, path: &Path, captures: &Captures, written: &dyn Fn(&str) -> String) {
        if captures.known.contains_key(name) {
            return;
        }
        let later = captures.all.iter().find(|(later, _)| later == name);
        let (message, help) = if let Some((_, at)) = later {
            let message = format!("{} is used before it is captured{}", written(name), self.on_line(at));
            (message, "capture it in an earlier step".to_owned())
        } else {
            let near = nearest(name, captures.known.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean {}?", written(near)),
                None => format!("add `capture: {{ {name}: $.… }}` to an earlier step"),
            };
            (format!("{} is captured by no step of this workflow", written(name)), help)
        };
        self.problems.push(Problem::new(path.clone(), message).help(help));
    }

    /// Take up what a step captures.
    fn captured(&mut self, step: &RawStep, path: &Path, captures: &mut Captures) {
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
            } else if let Some(first) = captures.known.get(&name) {
                let message = format!("`{name}` is captured already{}", self.on_line(first));
                self.problems.push(complain(message).help("choose another name"));
            }
            captures.known.entry(name).or_insert(path);
        }
    }
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
