//! `schema.sql`: queries of section 4 whose rows are judged.

use futures_util::future::BoxFuture;

use super::judge::judge;
use super::production;
use crate::checks::captures::Captures;
use crate::checks::context::Context;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{Query, SqlQuery};
use crate::model::{Evidence, Family, Finding, SchemaFamily};

const FAMILY: Family = Family::Schema(SchemaFamily::Sql);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    input.config().schema.iter().flat_map(|schema| &schema.queries).map(|check| unit(input, check)).collect()
}

fn unit(input: &PlanInput, check: &SqlQuery) -> Unit {
    let meta = input.meta(FAMILY, format!("{}.{}", FAMILY.name(), check.name), &check.name);
    let meta = input.with_options(meta, &check.options);
    Unit::single(meta, Phase::Read, Vec::new(), QueryProbe { query: check.query.clone() })
}

struct QueryProbe {
    query: Query,
}

impl Probe for QueryProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            let finding = match production(cx) {
                Ok(production) => {
                    let seen = self.query.observe(cx, &Captures::default(), &cx.stop).await;
                    judge(&self.query, seen, production.database(), &cx.redactor)
                }
                Err(cause) => Finding::errored(cause, Evidence::default()),
            };
            reporter.end(0, finding);
        })
    }
}
