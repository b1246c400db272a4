//! `smoke.sessions`: each role logs in, and the service says that it is who it should be.

use futures_util::future::BoxFuture;

use super::login::{Entered, RoleLogin};
use super::session_check;
use crate::checks::context::Context;
use crate::checks::http::answer::{challenge, facts};
use crate::checks::http::commands;
use crate::checks::http::expect;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::{Phase, Probe, Reporter, Unit};
use crate::config::{SessionConfig, Test};
use crate::model::{
    Cause, CauseCode, CheckMeta, Comparison, Evidence, Expected, Fact, FactName, Family, Finding,
    SmokeFamily, SmokeSubject, Subject,
};
use crate::probe::call::Call;
use crate::probe::curl::ShellAuth;
use crate::probe::http::Response;

const FAMILY: Family = Family::Smoke(SmokeFamily::Sessions);

pub(in crate::checks) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(smoke) = &input.config().smoke else { return Vec::new() };
    let unit = |session: &SessionConfig| {
        let role = session.role.clone();
        let meta = input.meta(FAMILY, session_check(&role), &role);
        let meta = CheckMeta { position: session.position.clone(), ..meta };
        let (login, who) = (RoleLogin::new(smoke, session), smoke.call("GET", &session.whoami));
        let probe = SessionProbe { role, login, who, expect: session.expect.clone() };
        Unit::single(meta, Phase::Login, Vec::new(), probe)
    };
    smoke.sessions.iter().map(unit).collect()
}

struct SessionProbe {
    role: String,
    login: RoleLogin,
    who: Call,
    expect: Vec<(String, Test)>,
}

impl Probe for SessionProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            reporter.begin(0);
            let mut evidence = Evidence::default();
            evidence.facts.push(Fact { name: FactName::Login, value: self.login.kind().to_owned() });
            let mut entered = match self.login.enter(cx).await {
                Ok(entered) => entered,
                Err(cause) => return reporter.end(0, Finding::errored(cause, evidence)),
            };
            evidence.commands = std::mem::take(&mut entered.commands);
            let (answer, attempts) = cx.ask_as(&self.who, &entered.session).await;
            let finding = match answer {
                Ok(answer) => {
                    if let ShellAuth::Cookies(file) = &entered.session.shell
                        && !entered.session.jar.is_for_curl(&answer.url)
                    {
                        entered.session.shell = ShellAuth::ManyCookies(file.clone());
                    }
                    self.judge(&answer, &entered, evidence)
                }
                Err(cause) => Finding::errored(cause, evidence),
            };
            // The session is there for others before they are told that it is.
            if finding.outcome == crate::model::Outcome::Passed {
                cx.sessions.put(&self.role, entered.session);
            }
            reporter.end(0, Finding { attempts, ..finding });
        })
    }
}

impl SessionProbe {
    fn judge(&self, answer: &Response, entered: &Entered, mut evidence: Evidence) -> Finding {
        let shell = &entered.session.shell;
        evidence.facts.extend(facts(answer));
        if let Some(sign) = challenge(answer) {
            return Finding::errored(Cause::new(CauseCode::BotProtection, sign), evidence);
        }
        let document = answer.json();
        for (path, test) in &self.expect {
            let subject = Subject::Smoke(SmokeSubject::Identity(path.clone()));
            let selected = document.as_ref().and_then(|document| expect::select(path, document));
            let mut judged = expect::value(&subject, test, selected.as_ref());
            if test.is_only_exists() {
                // That there is a user is judged; who it is, is nobody's business.
                hide(&mut judged);
                evidence.commands.push(commands::ask_json(&self.who, shell, path, None));
            } else {
                let actual = selected.as_ref().map_or_else(|| "null".to_owned(), expect::plain);
                evidence.commands.push(commands::ask_json(
                    &self.who,
                    shell,
                    path,
                    document.as_ref().map(|_| actual.as_str()),
                ));
            }
            evidence.judged.extend(judged);
        }
        if answer.status != 200 {
            evidence.judged.insert(
                0,
                Comparison {
                    subject: Subject::Smoke(SmokeSubject::Status),
                    expected: Expected::Equals("200".to_owned()),
                    actual: answer.status.to_string(),
                    ok: false,
                },
            );
        }
        if evidence.judged.iter().all(|judged| judged.ok) {
            return Finding::judged(evidence);
        }
        // Why the service does not know who it is.
        let withheld = entered.session.jar.withheld(&answer.url);
        if !withheld.is_empty() {
            let detail = format!(
                "{} is not sent by plain http: the service asks for https (Secure); use its https address",
                withheld.join(", ")
            );
            return Finding::errored(Cause::new(CauseCode::Login, detail), evidence);
        }
        evidence.judged.extend(entered.refusal.iter().map(|refusal| Comparison {
            subject: Subject::Smoke(SmokeSubject::Login),
            expected: Expected::Absent,
            actual: refusal.clone(),
            ok: false,
        }));
        Finding::judged(evidence)
    }
}

fn hide(judged: &mut [Comparison]) {
    for judged in judged.iter_mut().filter(|judged| !judged.actual.is_empty()) {
        "present".clone_into(&mut judged.actual);
    }
}
