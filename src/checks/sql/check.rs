//! `schema.sql`: queries of section 4 whose rows are judged.

use futures_util::future::BoxFuture;

use super::{Question, Statement, polling, production};
use crate::checks::captures::Captures;
use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{Path, Schema, SqlCheck};
use crate::model::{Evidence, Family, Finding, SchemaFamily};

const FAMILY: Family = Family::Schema(SchemaFamily::Sql);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(schema) = input.config().schema.as_ref().map(|schema| &schema.raw) else { return Vec::new() };
    let path = Path::root().key("schema").key("sql");
    let checks = schema.sql.iter().flatten().enumerate();
    checks.map(|(index, check)| unit(input, (schema, check), &path.index(index))).collect()
}

fn unit(input: &PlanInput, (schema, check): (&Schema, &SqlCheck), path: &Path) -> Unit {
    let id = format!("{}.{}", FAMILY.name(), check.name);
    let meta = input.meta(FAMILY, id, check.name.to_string());
    let required = check.required.or(schema.required);
    let waive = check.waive.as_ref().or(schema.waive.as_ref());
    let meta = input.configured(meta, path, required, waive);
    let question = Question {
        statement: Statement::new(&check.query, check.params.as_ref(), &[]),
        expect: check.expect.clone(),
        polling: polling(check.within, check.every, None),
        show: check.show.is_some(),
        captures: Vec::new(),
    };
    Unit::single(meta, Phase::Read, Vec::new(), QueryProbe { question })
}

struct QueryProbe {
    question: Question,
}

impl Probe for QueryProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            let finding = match production(cx) {
                Ok(production) => {
                    let seen = self.question.observe(cx, &Captures::default(), &cx.stop).await;
                    self.question.judge(seen, production.database(), &cx.redactor)
                }
                Err(cause) => Finding::errored(cause, Evidence::default()),
            };
            reporter.end(0, finding);
        })
    }
}
