//! `smoke.pages`: pages that anybody, or a role, may see.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Site, needs};
use crate::checks::captures::Captures;
use crate::checks::context::{ANONYMOUS, Asking, Context};
use crate::checks::exchange::{Exchange, Polling};
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{PageBody, Path, StatusSet};
use crate::model::{Family, Place, SmokeFamily};

/// The pause between polls where the configuration names none.
pub const EVERY: Duration = Duration::from_secs(2);

const FAMILY: Family = Family::Smoke(SmokeFamily::Pages);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(site) = Site::of(input) else { return Vec::new() };
    let path = Path::root().key("smoke").key("pages");
    let pages = site.smoke.pages.iter().flatten();
    pages
        .enumerate()
        .map(|(index, page)| {
            let page = &page.0;
            let name = page_name(page);
            let meta = input.meta(FAMILY, format!("{}.{name}", FAMILY.name()), name);
            let meta = input.configured(meta, &path.index(index), page.required, page.waive.as_ref());
            let role = page.role.as_ref().map_or(ANONYMOUS, |role| role.as_str()).to_owned();
            let mut meta = meta;
            if role != ANONYMOUS {
                meta.place = Some(Place { row: meta.title.clone(), column: role.clone() });
            }
            let probe = PageProbe { exchange: exchange(&site, page), role: role.clone() };
            Unit::single(meta, Phase::Read, needs(&role), probe)
        })
        .collect()
}

/// What a page is called.
pub fn page_name(page: &PageBody) -> String {
    page.name.as_ref().map_or_else(|| page.path.to_string(), ToString::to_string)
}

fn exchange(site: &Site, page: &PageBody) -> Exchange {
    let mut call = site.call("GET", &page.path.0);
    call.follow = page.follow.unwrap_or_default();
    Exchange {
        call,
        expect: page.assertions(),
        redirect: page.redirect.as_ref().map(|target| site.url(&target.0)),
        default_status: StatusSet::of(200),
        polling: page.within.map(|within| Polling { within: within.duration(), every: EVERY, fail_on: None }),
        show: page.show.iter().flatten().cloned().collect(),
        keep_cookies: false,
        captures: Vec::new(),
    }
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
            reporter.end(0, self.exchange.judge(seen, &session, &cx.redactor));
        })
    }
}
