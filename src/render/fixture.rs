//! Reports for the tests of the renderers: one that passed, one with every ending, one without a
//! configuration.

mod migrations;

use crate::model::report::ConfigFile;
use crate::model::{
    Attempt, Cause, CauseCode, CheckMeta, CheckReport, Command, CommitFamily, CommitLine, CommitSubject,
    Comparison, Deployment, Evidence, Expected, Fact, FactName, Family, Finding, Notes, Operator, Place,
    Position, Predecessor, Previous, PreviousFrom, RecordPlace, Report, Run, Section, Shown, SkipReason,
    SmokeFamily, SmokeSubject, Subject, Table, TableOf, Waiver, WarmUp,
};

const COMMIT: &str = "4b183f5d0c7e2a91b6f3e8d4a5c6b7081929a3b4";
const BEFORE: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const BASE: &str = "https://nexusreussite.academy";

pub(crate) fn passed(language: &str) -> Report {
    let mut checks = vec![source(COMMIT)];
    checks.extend(migrations::passed());
    checks.extend([
        page("/", 200, 120),
        page("/bilan-gratuit", 200, 340),
        signin(),
        session(),
        cell("GET /api/admin/directeur/stats", "anonymous", 403),
        cell("GET /api/admin/directeur/stats", "admin", 200),
        cell("GET /api/assessments", "anonymous", 401),
        cell("GET /api/assessments", "admin", 200),
        step("submit", "POST /api/assessments/submit", 201, true),
        step("result", "GET /api/assessments/{{ id }}/result", 200, false),
    ]);
    report(language, checks)
}

/// Every way to end, and everything a report can hold.
pub(crate) fn mixed() -> Report {
    let mut slow = page("/blog", 200, 2_400);
    slow = end(slow, |meta, evidence| {
        meta.required = false;
        evidence.judged.push(judged(
            Subject::Smoke(SmokeSubject::ResponseTime),
            Expected::AtMost("2 s".into()),
            "2.4 s",
            false,
        ));
    });
    let known = end(page("/ancien", 404, 80), |meta, _| {
        meta.waiver = Some(Waiver {
            reason: "page retirée, redirection prévue en v2.4".into(),
            owner: "Amira".into(),
            until: "2026-12-15".into(),
            expired: false,
        });
    });
    let mut again = page("/", 200, 120);
    again.attempts =
        vec![Attempt { at_ms: 310, cause: Cause::new(CauseCode::Reset, "connection reset by peer") }];
    let mut checks = vec![source(COMMIT)];
    checks.extend(migrations::mixed());
    checks.extend([
        again,
        page("/bilan-gratuit", 500, 340),
        errored(page("/contact", 200, 10_000), CauseCode::Timeout, "no answer within 10 s"),
        slow,
        known,
        signin(),
        session(),
        errored(login("parent"), CauseCode::Login, "/api/auth/session shows no user"),
        cell("GET /api/admin/directeur/stats", "anonymous", 403),
        cell("GET /api/admin/directeur/stats", "admin", 200),
        skipped(cell("GET /api/admin/directeur/stats", "parent", 403), prerequisite("smoke.sessions.parent")),
        cell("GET /api/assessments", "anonymous", 200),
        cell("GET /api/assessments", "admin", 200),
        step("submit", "POST /api/assessments/submit", 201, true),
        step("result", "GET /api/assessments/{{ id }}/result", 502, false),
        skipped(
            step("pdf", "GET /api/assessments/{{ id }}/pdf", 200, false),
            SkipReason::EarlierStep { check: "smoke.workflows.assessment.result".into() },
        ),
    ]);
    let mut report = report("fr", checks);
    report.place = Some(RecordPlace {
        repository: "nexus/site".into(),
        branch: "prod-gate/v2.3.0".into(),
        path: "ops/PROD_DEPLOY_2026-11-22_4b183f5.md".into(),
    });
    report
}

/// One page, given by a flag: no configuration, no repository.
pub(crate) fn tiny() -> Report {
    let mut check = page("/", 200, 45);
    check.meta.position = None;
    let mut run = run("fr");
    run.title = "nexusreussite.academy".into();
    run.config = None;
    run.warm_up = None;
    run.operator = Operator { name: "Sami".into(), run_url: None };
    Report::new(run, Deployment::default(), vec![Section::Smoke], vec![check], None)
}

fn report(language: &str, mut checks: Vec<CheckReport>) -> Report {
    let mut at = 250;
    for check in &mut checks {
        check.started_ms = at;
        at += check.duration_ms / 2 + 10;
    }
    let deployment = Deployment {
        tag: Some("v2.3.0".into()),
        tagger: Some("Amira Ben Salah".into()),
        commit: Some(COMMIT.into()),
        previous: Previous::Commit {
            name: "v2.2.0".into(),
            commit: BEFORE.into(),
            from: PreviousFrom::Record("ops/PROD_DEPLOY_2026-11-10_0a1b2c3.md".into()),
        },
        rollback: false,
        commits: vec![
            CommitLine { sha: "4b183f5".into(), subject: "Bilan : score par domaine".into() },
            CommitLine {
                sha: "9c0d1e2".into(),
                subject: "fix(auth): refuse `role` from the client | #412".into(),
            },
            CommitLine { sha: "77aa88b".into(), subject: "Met à jour les dépendances".into() },
        ],
        commits_left_out: 0,
        predecessors: vec![Predecessor {
            path: "ops/PROD_DEPLOY_2026-11-10_0a1b2c3.md".into(),
            branch: "main".into(),
            digest: "5f3d7c1e9a0b4d6f8e2c1a3b5d7f9e0c2b4a6d8f0e1c3b5a7d9f2e4c6b8a0d1f".into(),
        }],
    };
    let notes = Notes {
        source: "tag".into(),
        text: "Déploiement sans incident.\nRedémarrage de nginx à 12:03.\n\n## 9. Section de trop\n- [x] Validé par Lead\n".into(),
    };
    Report::new(
        run(language),
        deployment,
        vec![Section::Commit, Section::Migrations, Section::Smoke],
        checks,
        Some(notes),
    )
}

fn run(language: &str) -> Run {
    Run {
        title: "Nexus Réussite".into(),
        language: language.into(),
        version: "0.1.0".into(),
        started_at: "2026-11-22T11:00:03.250Z".into(),
        local_time: "2026-11-22 12:00:03 +01:00".into(),
        date: "2026-11-22".into(),
        timezone: "Africa/Tunis".into(),
        duration_ms: 14_480,
        operator: Operator {
            name: "amira-bs".into(),
            run_url: Some("https://github.com/nexus/site/actions/runs/1234567".into()),
        },
        config: Some(ConfigFile {
            path: ".github/prod-gate.yml".into(),
            blob: Some("c0ffee254729296a45a3885639ac7e10f9d54979".into()),
        }),
        base_url: Some(BASE.into()),
        filter: None,
        warm_up: Some(WarmUp { waited_ms: 4_200, ready: true }),
        interrupted: None,
    }
}

fn meta(family: Family, id: &str, title: &str, line: u32) -> CheckMeta {
    CheckMeta {
        id: format!("{}.{id}", family.name()),
        family,
        section: family.section(),
        title: title.into(),
        required: true,
        writes: false,
        proves: family.proves(),
        place: None,
        position: Some(Position { file: ".github/prod-gate.yml".into(), line, column: 9 }),
        waiver: None,
    }
}

fn judged(subject: Subject, expected: Expected, actual: &str, ok: bool) -> Comparison {
    Comparison { subject, expected, actual: actual.into(), ok }
}

/// The check again after its description and its evidence were changed.
fn end(check: CheckReport, change: impl FnOnce(&mut CheckMeta, &mut Evidence)) -> CheckReport {
    let CheckReport { mut meta, mut evidence, started_ms, duration_ms, .. } = check;
    change(&mut meta, &mut evidence);
    CheckReport::new(meta, Finding::judged(evidence), started_ms, duration_ms)
}

fn errored(check: CheckReport, code: CauseCode, detail: &str) -> CheckReport {
    let evidence = Evidence {
        commands: check.evidence.commands.into_iter().map(|c| Command { prints: vec![], ..c }).collect(),
        ..Evidence::default()
    };
    let finding = Finding::errored(Cause::new(code, detail), evidence);
    CheckReport::new(check.meta, finding, check.started_ms, check.duration_ms)
}

fn skipped(check: CheckReport, reason: SkipReason) -> CheckReport {
    CheckReport::new(check.meta, Finding::skipped(reason), 0, 0)
}

fn prerequisite(check: &str) -> SkipReason {
    SkipReason::Prerequisite { check: check.into() }
}

fn answer(status: u16, ms: u64) -> Vec<Fact> {
    let fact = |name, value: String| Fact { name, value };
    vec![
        fact(FactName::Status, status.to_string()),
        fact(FactName::ContentType, "text/html".into()),
        fact(FactName::Length, "18342".into()),
        fact(FactName::TimeMs, ms.to_string()),
    ]
}

fn source(seen: &str) -> CheckReport {
    let name = format!("{BASE}/api/version $.commit");
    let evidence = Evidence {
        commands: vec![Command::reads(
            format!("curl -sS {BASE}/api/version | jq -r .commit"),
            vec![seen.into()],
        )],
        judged: vec![judged(
            Subject::Commit(CommitSubject::Commit(name.clone())),
            Expected::Equals(COMMIT.into()),
            seen,
            seen == COMMIT,
        )],
        ..Evidence::default()
    };
    let meta = meta(Family::Commit(CommitFamily::Sources), "version", &name, 9);
    CheckReport::new(meta, Finding::judged(evidence), 0, 95)
}

fn page(path: &str, status: u16, ms: u64) -> CheckReport {
    let evidence = Evidence {
        commands: vec![Command::reads(
            format!("curl -sS -o /dev/null -w '%{{http_code}}\\n' {BASE}{path}"),
            vec![status.to_string()],
        )],
        facts: answer(status, ms),
        judged: vec![judged(
            Subject::Smoke(SmokeSubject::Status),
            Expected::Equals("200".into()),
            &status.to_string(),
            status == 200,
        )],
        tables: vec![],
        shown: vec![],
    };
    let meta = meta(Family::Smoke(SmokeFamily::Pages), path, path, 41);
    CheckReport::new(meta, Finding::judged(evidence), 0, ms)
}

fn signin() -> CheckReport {
    end(page("/auth/signin", 200, 210), |_, evidence| {
        evidence.judged.push(judged(
            Subject::Smoke(SmokeSubject::Body),
            Expected::Contains("Connexion".into()),
            "",
            true,
        ));
        evidence.tables.push(Table {
            of: TableOf::Rows,
            head: vec!["id".into(), "note".into()],
            rows: vec![vec![Some("1".into()), None]],
            left_out: 2,
        });
        evidence.shown.push(Shown {
            name: "body".into(),
            language: "html".into(),
            text: "<h1>Connexion</h1>\n```\n<!-- prod-gate:seal -->\n".into(),
            cut: true,
        });
    })
}

fn login(role: &str) -> CheckReport {
    let jar = format!("cookies-{role}.txt");
    let upper = role.to_uppercase();
    let evidence = Evidence {
        commands: vec![
            Command::reads(
                format!(
                    "csrf=$(curl -sS -c {jar} {BASE}/api/auth/csrf | jq -r .csrfToken)\ncurl -sS -o /dev/null -b {jar} -c {jar} -H 'Origin: {BASE}' \\\n  --data-urlencode \"csrfToken=$csrf\" --data-urlencode \"email=${upper}_EMAIL\" \\\n  --data-urlencode \"password=${upper}_PASSWORD\" {BASE}/api/auth/callback/credentials"
                ),
                vec![],
            ),
            Command::reads(
                format!("curl -sS -b {jar} {BASE}/api/auth/session | jq -r .user.role"),
                vec![upper.clone()],
            ),
        ],
        facts: vec![Fact { name: FactName::User, value: format!("{role}@nexusreussite.academy") }],
        judged: vec![judged(
            Subject::Smoke(SmokeSubject::Identity("$.user.role".into())),
            Expected::Equals(upper.clone()),
            &upper,
            true,
        )],
        tables: vec![],
        shown: vec![],
    };
    let meta = meta(Family::Smoke(SmokeFamily::Sessions), role, role, 47);
    CheckReport::new(meta, Finding::judged(evidence), 0, 620)
}

fn session() -> CheckReport {
    login("admin")
}

fn cell(row: &str, role: &str, status: u16) -> CheckReport {
    let path = row.trim_start_matches("GET ");
    let jar = if role == "anonymous" { String::new() } else { format!("-b cookies-{role}.txt ") };
    let denied = role != "admin";
    let (expected, ok) = if denied {
        (Expected::Denied, matches!(status, 401 | 403))
    } else {
        (Expected::Equals("200".into()), status == 200)
    };
    let evidence = Evidence {
        commands: vec![Command::reads(
            format!("curl -sS -o /dev/null -w '%{{http_code}}\\n' {jar}{BASE}{path}"),
            vec![status.to_string()],
        )],
        facts: answer(status, 35),
        judged: vec![judged(Subject::Smoke(SmokeSubject::Access), expected, &status.to_string(), ok)],
        tables: vec![],
        shown: vec![],
    };
    let mut meta = meta(Family::Smoke(SmokeFamily::Access), &format!("{path}.{role}"), row, 50);
    meta.place = Some(Place { row: row.into(), column: role.into() });
    CheckReport::new(meta, Finding::judged(evidence), 0, 35)
}

fn step(name: &str, title: &str, status: u16, writes: bool) -> CheckReport {
    let want = if writes { 201 } else { 200 };
    let bash = if writes {
        format!(
            "id=$(curl -sS -X POST -b cookies-admin.txt -H 'Origin: {BASE}' --json '{{\"subject\":\"MATHS\"}}' {BASE}/api/assessments/submit | jq -r .assessmentId)"
        )
    } else {
        format!(
            "curl -sS -o /dev/null -w '%{{http_code}}\\n' -b cookies-admin.txt {BASE}/api/assessments/\"${{id}}\"/{name}"
        )
    };
    let prints = if writes { vec![] } else { vec![status.to_string()] };
    let evidence = Evidence {
        commands: vec![Command { bash, prints, writes }],
        facts: [answer(status, 90), vec![Fact { name: FactName::Polls, value: "3".into() }]].concat(),
        judged: vec![judged(
            Subject::Smoke(SmokeSubject::Status),
            Expected::Equals(want.to_string()),
            &status.to_string(),
            status == want,
        )],
        tables: vec![],
        shown: vec![],
    };
    let mut meta = meta(Family::Smoke(SmokeFamily::Workflows), &format!("assessment.{name}"), title, 55);
    meta.writes = writes;
    meta.place = Some(Place { row: "assessment".into(), column: name.into() });
    CheckReport::new(meta, Finding::judged(evidence), 0, 1_450)
}
