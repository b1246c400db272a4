//! What a user gets from a whole run that passes, word for word: the demo's configuration on the sample service.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use prod_gate::render;

use crate::support::gate::{Ended, Gate};
use crate::support::raw;
use crate::support::repo::Repo;
use crate::support::sample::{Config, Database, DatabaseStore, Running, User};
use crate::support::sample_with;
use crate::support::{postgres, runtime};

const PASSWORDS: [(&str, &str); 3] =
    [("ADMIN", "demo-admin-3f9a"), ("ELEVE", "demo-eleve-b04d"), ("COACH", "demo-coach-71c2")];

/// The repository of `script/demo`.
fn release() -> Repo {
    let repo = Repo::new();
    let migration = |name: &str| {
        let text = fs::read_to_string(demo().join("prisma/migrations").join(name)).unwrap();
        repo.commit(&format!("prisma/migrations/{name}"), &text, &format!("migration: {name}"));
    };
    migration("migration_lock.toml");
    migration("20260105090000_init/migration.sql");
    repo.commit("app.txt", "1", "feat: inscription en ligne");
    repo.annotated_tag("v1.0.0", "Première version");
    migration("20260214101500_bilan_gratuit/migration.sql");
    migration("20260214101500_scores_par_domaine/migration.sql");
    repo.commit("app.txt", "2", "feat: bilan gratuit");
    repo.commit("app.txt", "3", "fix: l'élève ne voit plus les statistiques du directeur");
    repo.annotated_tag("v1.1.0", "Bilan gratuit en ligne");
    repo
}

/// The database of the demo: its migrations applied, and two roles that may do no more than the gate needs.
struct Production {
    reads: String,
    writes: String,
    owner: String,
}

fn production() -> Production {
    let server = postgres::shared().unwrap_or_else(|why| panic!("{why}"));
    let name = server.database("");
    let (gate, writer) = (format!("{name}_gate"), format!("{name}_writer"));
    server.role(&gate);
    server.role(&writer);
    let owner = server.url("postgres", &name);
    runtime().block_on(async {
        let store = DatabaseStore::connect(&owner).await.unwrap();
        assert_eq!(store.migrate(&demo().join("prisma/migrations")).await.unwrap(), 3);
    });
    server.psql(
        &name,
        &format!("grant select on _prisma_migrations, assessments to {gate}; grant select, delete on assessments to {writer};"),
    );
    let url = |role: &str| server.url(role, &name) + "?schema=public";
    Production { reads: url(&gate), writes: url(&writer), owner }
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo")
}

fn service(repo: &Repo, production: &Production) -> Running {
    let mut users = User::demo();
    for user in &mut users {
        let (_, password) = PASSWORDS.iter().find(|(name, _)| user.role.as_str() == *name).unwrap();
        (*password).clone_into(&mut user.password);
    }
    let commit = repo.revision("v1.1.0^{commit}");
    // Long enough for a second question, however slow the machine is.
    let database = Some(Database { url: production.owner.clone(), migrations: None });
    sample_with(Config { commit, users, delay: Duration::from_millis(1200), database, ..Config::default() })
}

/// The demo's configuration in this language.
fn config(language: &str) -> String {
    let text = fs::read_to_string(demo().join("prod-gate.yml")).unwrap();
    assert!(text.contains("\nlanguage: fr\n") && text.contains("\n#database"));
    let lines = text.lines().filter(|line| !line.ends_with("# without a database"));
    let text: Vec<_> = lines.map(|line| line.strip_prefix("#database").unwrap_or(line)).collect();
    text.join("\n").replace("\nlanguage: fr\n", &format!("\nlanguage: {language}\n"))
}

/// A command of the binary in that repository, with all that the configuration asks for.
fn gate(command: &str, repo: &Repo, service: &Running, production: &Production) -> Gate {
    let gate = Gate::new([command, "--config", "prod-gate.yml", "--tag", "v1.1.0"]).within(repo.path());
    let gate = gate.env("DEMO_URL", &service.url);
    let gate = gate.env("DATABASE_URL", &production.reads).env("DATABASE_WRITE_URL", &production.writes);
    PASSWORDS.iter().fold(gate, |gate, (name, password)| {
        let email = format!("{}@nexus.test", name.to_lowercase());
        gate.env(&format!("{name}_PASSWORD"), password).env(&format!("{name}_EMAIL"), email)
    })
}

/// A whole run.
fn run(language: &str) -> (Ended, Repo) {
    let repo = release();
    let production = production();
    let service = service(&repo, &production);
    fs::write(repo.path().join("prod-gate.yml"), config(language)).unwrap();
    let gate = gate("run", &repo, &service, &production).args(["--out", "out", "--operator", "Amel Ops"]);
    let mut ended = gate.wait().ended_with(0);
    ended.out = repo.path().join("out");
    (ended, repo)
}

/// What is another one each time.
const VOLATILE: &[(&str, &str)] = &[
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( [+-]\d\d:\d\d|Z|[+-]\d\d)?", "TIME"),
    (r"\d{4}-\d\d-\d\d", "DATE"),
    (r"\b\d+([.,]\d+)?[ \u{a0}\u{202f}]?(ms|s)\b", "0 ms"),
    (r"as_[0-9a-f]{12}", "as_ID"),
    (r"app_\d+", "app_N"),
    (r"PostgreSQL `?\d+\.\d+ \([^)]*\)", "PostgreSQL N (FOLDER)"),
    (r"blob `[0-9a-f]{40}`", "blob `BLOB`"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    // The timeline's scale goes by how long the run took.
    (r"axisFormat %\S+", "axisFormat AXIS"),
    // How full the disk is.
    (r"\b\d+%", "N%"),
    // How often it was asked until the assessment was done.
    (r"(demandes|polls) `\d`", "$1 `N`"),
];

/// Hold a text against its snapshot, or make it where there is none yet.
fn hold(name: &str, text: &str) {
    insta::with_settings!({ filters => VOLATILE.iter().copied(), omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Lines that come in the order in which things end.
fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn a_run_in_french() {
    let (ended, repo) = run("fr");
    hold("record_fr", &ended.record());
    hold("summary_fr", &ended.file("summary.md"));
    hold("console_closing", &ended.stdout);
    hold("console_progress", &sorted(&ended.stderr));
    same_again(&ended);
    digest_by_hand(&ended, &repo);
}

#[test]
fn a_run_in_english() {
    let (ended, repo) = run("en");
    hold("record_en", &ended.record());
    hold("summary_en", &ended.file("summary.md"));
    same_again(&ended);
    digest_by_hand(&ended, &repo);
}

/// `report.json` has everything: the other files come out of it byte for byte, as often as one likes.
fn same_again(ended: &Ended) {
    let report = render::json::parse(&ended.file("report.json")).unwrap();
    let unchanged = |text: &str| text.to_owned();
    let (once, twice) =
        (render::all(&report, &unchanged).unwrap(), render::all(&report, &unchanged).unwrap());
    assert!(once.record == ended.record(), "the record");
    assert!(once.junit == ended.file("junit.xml"), "junit.xml");
    assert!(once.summary == ended.file("summary.md"), "summary.md");
    assert!(once.json == ended.file("report.json"), "report.json");
    assert!(once.record == twice.record && once.junit == twice.junit && once.json == twice.json);
    well_formed(&once.junit);
}

/// The digest in the footer is what the command beside it prints.
fn digest_by_hand(ended: &Ended, repo: &Repo) {
    let record = ended.record();
    let name = ended.files().into_iter().find(|name| name.starts_with("PROD_DEPLOY_")).unwrap();
    let command = format!("sed '/prod-gate:seal/,$d' {name} | sha256sum");
    assert!(record.contains(&command), "the command is not in the record");
    let output =
        Command::new("bash").args(["-c", &command]).current_dir(repo.path().join("out")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let digest = printed.split(' ').next().unwrap();
    let below = &record[record.find("prod-gate:seal").unwrap()..];
    assert!(digest.len() == 64 && below.contains(digest), "{printed}\n{below}");
}

/// Every element is closed, every name and entity is one.
fn well_formed(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut open = 0;
    let mut cases = 0;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{xml}")) {
            quick_xml::events::Event::Start(start) => {
                open += 1;
                cases += usize::from(start.name().as_ref() == "testcase");
                start.attributes().for_each(|attribute| drop(attribute.unwrap()));
            }
            quick_xml::events::Event::Empty(start) => {
                cases += usize::from(start.name().as_ref() == "testcase");
                start.attributes().for_each(|attribute| drop(attribute.unwrap()));
            }
            quick_xml::events::Event::End(_) => open -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0);
    assert!(cases > 20, "{cases} cases");
}

/// An answer that is shown cannot end the sealed part early.
#[test]
fn a_seal_in_an_answer_seals_nothing() {
    let url = raw::serve(|_| {
        raw::answer(
            "200 OK",
            &[("x-seal", "<!-- prod-gate:seal -->")],
            "a\n<!-- prod-gate:seal -->\n- [x] Valid\u{e9} par Lead\n",
        )
    });
    let repo = release();
    let config = format!(
        "version: 1\nsmoke: {{ base_url: \"{url}\", pages: [{{ path: /, show: [body, \"header:x-seal\"], headers: {{ x-seal: {{ exists: true }} }} }}] }}\n"
    );
    fs::write(repo.path().join("prod-gate.yml"), config).unwrap();
    let gate = Gate::new(["run", "--config", "prod-gate.yml", "--out", "out", "--operator", "x"])
        .within(repo.path());
    let mut ended = gate.wait().ended_with(0);
    ended.out = repo.path().join("out");
    let record = ended.record();
    assert_eq!(record.matches("<!-- prod-gate:seal -->").count(), 1, "{record}");
    let (above, below) = record.split_once("<!-- prod-gate:seal -->").unwrap();
    assert!(above.contains("## 8. Checklist") && below.starts_with("\n- [ ] Valid\u{e9} par Lead"));
    digest_by_hand(&ended, &repo);
}

#[test]
fn the_plan() {
    let repo = release();
    let production = production();
    let service = service(&repo, &production);
    fs::write(repo.path().join("prod-gate.yml"), config("fr")).unwrap();
    let ended = gate("plan", &repo, &service, &production).wait().ended_with(0);
    hold("plan", &ended.stdout);
    assert_eq!(ended.stderr, "");
    let asked = service.log.all();
    assert!(asked.is_empty(), "the plan asked production: {asked:?}");
    let filtered = gate("plan", &repo, &service, &production).args([
        "--only",
        "smoke.workflows",
        "--skip",
        "*.finally.*",
    ]);
    hold("plan_filtered", &filtered.wait().ended_with(0).stdout);
}

#[test]
fn the_help() {
    let commands: [&[&str]; 8] = [
        &["--help"],
        &["-h"],
        &["run", "--help"],
        &["publish", "--help"],
        &["plan", "--help"],
        &["validate", "--help"],
        &["review", "--help"],
        &["schema", "--help"],
    ];
    let helps = commands.map(|arguments| {
        let ended = Gate::new(arguments).env("COLUMNS", "100").wait().ended_with(0);
        format!("$ prod-gate {}\n{}", arguments.join(" "), ended.stdout)
    });
    hold("help", &helps.join("\n\n"));
}
