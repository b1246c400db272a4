//! `smoke.pages`: pages that anybody, or a role, may see.

use futures_util::future::BoxFuture;

use super::needs;
use crate::checks::captures::Captures;
use crate::checks::context::{ANONYMOUS, Asking, Context};
use crate::checks::http::exchange::Exchange;
use crate::checks::http::judge::judge;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{PageConfig, Smoke};
use crate::model::{Family, Place, SmokeFamily};

const FAMILY: Family = Family::Smoke(SmokeFamily::Pages);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(smoke) = &input.config().smoke else { return Vec::new() };
    smoke.pages.iter().map(|page| unit(input, smoke, page)).collect()
}

fn unit(input: &PlanInput, smoke: &Smoke, page: &PageConfig) -> Unit {
    let meta = input.meta(FAMILY, format!("{}.{}", FAMILY.name(), page.name), &page.name);
    let mut meta = input.with_options(meta, &page.options);
    if page.role != ANONYMOUS {
        meta.place = Some(Place { row: page.name.clone(), column: page.role.clone() });
    }
    let mut call = smoke.call("GET", &page.address);
    call.follow = page.expect.follow;
    let exchange = Exchange {
        call,
        redirect: page.expect.redirect.as_ref().map(|target| smoke.url(target)),
        expect: page.expect.clone(),
        polling: page.polling.clone(),
        show: page.show.clone(),
        keep_cookies: false,
        captures: Vec::new(),
    };
    let probe = PageProbe { exchange, role: page.role.clone() };
    Unit::single(meta, Phase::Read, needs(&page.role), probe)
}

struct PageProbe {
    exchange: Exchange,
    role: String,
}

impl Probe for PageProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let session = cx.sessions.of(&self.role);
            let captures = Captures::default();
            let on_turn = || reporter.begin(0);
            let asking = Asking { session: &session, captures: &captures, stop: &cx.stop, on_turn: &on_turn };
            let seen = self.exchange.observe(cx, asking).await;
            reporter.end(0, judge(&self.exchange, seen, &session, &cx.redactor));
        })
    }
}
