//! Workflows: their steps in order.

use super::captures::{WorkflowScope, captures_of};
use super::steps::WorkflowStep;
use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::raw::workflows::{RawStep, RawWorkflow};
use crate::config::types::NonEmpty;

/// What users do, step by step.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub name: String,
    pub steps: Vec<WorkflowStep>,
    pub finally: Vec<WorkflowStep>,
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
}

fn numbered<'r>(
    steps: Option<&'r NonEmpty<RawStep>>,
    path: Path,
) -> impl Iterator<Item = (Path, &'r RawStep)> {
    steps.into_iter().flatten().enumerate().map(move |(index, step)| (path.index(index), step))
}
