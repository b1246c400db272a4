//! `smoke.access`: the whole matrix of roles and endpoints, one unit a row.
//!
//! A denial proves something only when it is the application's own. It counts beside a positive control
//! (a role that is meant to be let in was, at the same endpoint in the same run) or with the application's
//! marker in the answer. A firewall's 403 is neither.

use futures_util::future::{BoxFuture, join_all};

use super::needs;
use crate::checks::captures::Captures;
use crate::checks::context::{ANONYMOUS, Asking, Context, Session};
use crate::checks::http::answer::{challenge, facts};
use crate::checks::http::expect;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{AccessCell, AccessRow, Cell, Marker, Smoke};
use crate::model::{
    Attempt, Cause, CauseCode, Command, Comparison, Evidence, Expected, Family, Finding, Place, SmokeFamily,
    SmokeSubject, Subject,
};
use crate::probe::call::Call;
use crate::probe::curl::{self, CurlOutput, ShellAuth};
use crate::probe::http::Response;
use crate::text::CallBody;

const FAMILY: Family = Family::Smoke(SmokeFamily::Access);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(smoke) = &input.config().smoke else { return Vec::new() };
    smoke.access.iter().map(|row| unit(input, smoke, row)).collect()
}

fn unit(input: &PlanInput, smoke: &Smoke, row: &AccessRow) -> Unit {
    let endpoint = format!("{} {}", row.method, row.address);
    let mut call = smoke.call(row.method, &row.address);
    call.body = row.json.clone().map(CallBody::Json);
    let call = call.like_browser(smoke.origin().as_deref());
    let checks = row.cells.iter().map(|cell| {
        let id = format!("{}.{endpoint}.{}", FAMILY.name(), cell.role);
        let meta = input.meta(FAMILY, id, format!("{endpoint} ({})", cell.role));
        let mut meta = input.with_options(meta, &cell.options);
        meta.writes = call.writes();
        meta.place = Some(Place { row: endpoint.clone(), column: cell.role.clone() });
        Planned::new(meta, needs(&cell.role))
    });
    let phase = if call.writes() { Phase::Write } else { Phase::Read };
    let checks = checks.collect();
    let marker = smoke.marker.clone();
    Unit::several(checks, phase, RowProbe { call, cells: row.cells.clone(), marker })
}

struct RowProbe {
    call: Call,
    cells: Vec<AccessCell>,
    marker: Option<Marker>,
}

struct RoleAnswer {
    answer: Result<Response, Cause>,
    attempts: Vec<Attempt>,
    shell: ShellAuth,
}

impl Probe for RowProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let seen = if self.call.writes() {
                let mut seen = Vec::new();
                for index in 0..self.cells.len() {
                    seen.push(self.observe(index, cx, reporter).await);
                }
                seen
            } else {
                join_all((0..self.cells.len()).map(|index| self.observe(index, cx, reporter))).await
            };
            for (index, finding) in self.judge(&seen).into_iter().enumerate() {
                reporter.end(index, finding);
            }
        })
    }
}

impl RowProbe {
    /// Ask as one role; a role that could not log in is not asked at all.
    async fn observe(&self, index: usize, cx: &Context, reporter: &Reporter) -> Option<RoleAnswer> {
        let role = self.cells.get(index)?.role.as_str();
        if role != ANONYMOUS && !cx.sessions.has(role) {
            return None;
        }
        let session = if role == ANONYMOUS { Session::default().into() } else { cx.sessions.of(role) };
        let captures = Captures::default();
        let on_turn = || reporter.begin(index);
        let asking = Asking { session: &session, captures: &captures, stop: &cx.stop, on_turn: &on_turn };
        let (answer, attempts) = cx.ask(&self.call, asking).await;
        Some(RoleAnswer { answer, attempts, shell: session.shell.clone() })
    }

    /// Every cell's finding, in order. A cell that was not asked has been settled before.
    fn judge(&self, seen: &[Option<RoleAnswer>]) -> Vec<Finding> {
        let control = self.cells.iter().zip(seen).any(|(cell, seen)| {
            let answer = seen.as_ref().and_then(|seen| seen.answer.as_ref().ok());
            answer.is_some_and(|answer| is_control(&cell.expected, answer))
        });
        self.cells
            .iter()
            .zip(seen)
            .map(|(cell, seen)| match seen {
                Some(seen) => self.judge_cell(&cell.expected, seen, control),
                None => Finding::errored(Cause::new(CauseCode::Login, "not logged in"), Evidence::default()),
            })
            .collect()
    }

    fn judge_cell(&self, cell: &Cell, seen: &RoleAnswer, control: bool) -> Finding {
        let prints = seen.answer.as_ref().map(|answer| vec![answer.status.to_string()]).unwrap_or_default();
        let bash = curl::command(&self.call, &seen.shell, &CurlOutput::default());
        let mut evidence = Evidence {
            commands: vec![Command { bash, prints, writes: self.call.writes() }],
            ..Evidence::default()
        };
        let answer = match &seen.answer {
            Ok(answer) => answer,
            Err(cause) => return tried(Finding::errored(cause.clone(), evidence), seen),
        };
        evidence.facts = facts(answer);
        let (expected, ok) = match cell {
            Cell::Denied => (Expected::Denied, is_denial(answer.status)),
            Cell::Status(set) => (expect::expected_status(set), set.contains(answer.status)),
        };
        evidence.judged.push(Comparison {
            subject: Subject::Smoke(SmokeSubject::Access),
            expected,
            actual: answer.status.to_string(),
            ok,
        });
        let own = control || self.marker.as_ref().is_some_and(|marker| is_marked(marker, answer));
        let finding = if let Some(sign) = challenge(answer) {
            Finding::errored(Cause::new(CauseCode::BotProtection, sign), evidence)
        } else if ok && denies(cell) && !own {
            let detail = format!("no role got 2xx at {} {} in this run", self.call.method, self.call.url);
            Finding::errored(Cause::new(CauseCode::NoControl, detail), evidence)
        } else {
            Finding::judged(evidence)
        };
        tried(finding, seen)
    }
}

fn tried(finding: Finding, seen: &RoleAnswer) -> Finding {
    Finding { attempts: seen.attempts.clone(), ..finding }
}

fn is_denial(status: u16) -> bool {
    matches!(status, 401 | 403)
}

/// Whether a cell asks for a denial, in that word or by its statuses.
fn denies(cell: &Cell) -> bool {
    match cell {
        Cell::Denied => true,
        Cell::Status(set) => !(100..600).any(|status| set.contains(status) && !is_denial(status)),
    }
}

fn is_control(cell: &Cell, answer: &Response) -> bool {
    let Cell::Status(set) = cell else { return false };
    (200..300).contains(&answer.status) && set.contains(answer.status) && challenge(answer).is_none()
}

fn is_marked(marker: &Marker, answer: &Response) -> bool {
    let headers = marker
        .headers
        .iter()
        .flatten()
        .all(|(name, test)| test.check_text(answer.header(&name.to_ascii_lowercase())));
    let text = answer.text();
    headers && marker.contains.iter().flatten().all(|wanted| text.contains(wanted.as_str()))
}
