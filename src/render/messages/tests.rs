//! Both languages are complete, differ, and the French keeps its typography.

use strum::VariantArray as _;

use super::{Lang, Part};
use crate::model::{
    CauseCode, ChecklistItem, Comparison, Counts, Expected, FactName, MigrationsFamily, MigrationsSubject,
    Outcome, Reason, Role, SchemaSubject, Section, Separation, SkipReason, Standing, Subject, Tick, Verdict,
};

fn plain(text: &str) -> String {
    text.to_owned()
}

/// Every phrase of a language with the name of what it stands for, in a fixed order.
fn phrases(lang: Lang) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |name: String, text: String| all.push((name, text));
    for section in Section::ALL {
        add(format!("{section:?}"), lang.section(section).to_owned());
    }
    for part in Part::ALL {
        add(format!("{part:?}"), lang.part(part).to_owned());
    }
    for item in ChecklistItem::ALL {
        add(format!("{item:?}"), lang.item(item).to_owned());
    }
    for tick in [Tick::NotConfigured, Tick::LeftOut, Tick::NotPassed] {
        add(format!("{tick:?}"), lang.tick(tick).to_owned());
    }
    for outcome in [Outcome::Passed, Outcome::Failed, Outcome::Errored, Outcome::Skipped, Outcome::Waived] {
        add(format!("{outcome:?}"), lang.outcome(outcome).to_owned());
    }
    for verdict in [Verdict::Passed, Verdict::Warned, Verdict::Failed, Verdict::Errored, Verdict::Partial] {
        add(format!("{verdict:?}"), lang.verdict(verdict).to_owned());
        add(format!("{verdict:?} meaning"), lang.meaning(verdict).to_owned());
    }
    for reason in [
        SkipReason::Prerequisite { check: "a".into() },
        SkipReason::EarlierStep { check: "a".into() },
        SkipReason::NothingToUndo,
    ] {
        add(format!("{reason:?}"), lang.skip(&reason, &plain));
    }
    add("skip remedy".into(), lang.skip_remedy().to_owned());
    for &code in CauseCode::ALL {
        add(format!("{code:?}"), lang.cause(code).to_owned());
        add(format!("{code:?} next"), lang.next(code).to_owned());
    }
    for subject in subjects() {
        add(format!("{subject:?}"), lang.subject(&subject, &plain));
        add(format!("{subject:?} remedy"), lang.remedy(&subject).to_owned());
    }
    for &family in MigrationsFamily::VARIANTS {
        add(format!("{family:?}"), lang.migrations_check(family).to_owned());
    }
    for (of, state) in [
        (MigrationsSubject::FailedMigration("x".into()), "failed"),
        (MigrationsSubject::FailedMigration("x".into()), "running"),
        (MigrationsSubject::PendingMigration("x".into()), "pending"),
        (MigrationsSubject::RolledBackMigration("x".into()), "rolled back"),
        (MigrationsSubject::MarkedMigration("x".into()), "marked as applied"),
    ] {
        add(state.to_owned(), lang.migration_state(&of, state).unwrap_or_default().to_owned());
    }
    for expected in expectations() {
        add(format!("{expected:?}"), lang.expected(&expected, &plain));
    }
    for fact in FACTS {
        add(format!("{fact:?}"), lang.fact(fact).to_owned());
    }
    if let Ok(serde_json::Value::Object(labels)) = serde_json::to_value(lang.labels()) {
        for (name, text) in labels {
            add(format!("label {name}"), text.as_str().unwrap_or_default().to_owned());
        }
    }
    if let Ok(serde_json::Value::Object(words)) = serde_json::to_value(lang.pull_request()) {
        for (name, text) in words {
            add(format!("pull request {name}"), text.as_str().unwrap_or_default().to_owned());
        }
    }
    for reason in Reason::samples("a") {
        add(format!("{reason:?}"), lang.reason(&reason, &plain));
        add(format!("{reason:?} next"), lang.reason_next(&reason).to_owned());
    }
    for separation in SEPARATIONS {
        add(format!("{separation:?}"), lang.separation(separation).to_owned());
    }
    for standing in [Standing::Validated, Standing::Pending, Standing::Refused] {
        add(format!("{standing:?}"), lang.standing(standing).to_owned());
    }
    add("not vouched".into(), lang.not_vouched().to_owned());
    add("validated next".into(), lang.validated_next().to_owned());
    add("validated".into(), lang.validated_by("a", Separation::Own(Role::Actor)));
    add(
        "counts".into(),
        lang.counts(&Counts { passed: 1, failed: 2, errored: 3, skipped: 4, waived: 5, warnings: 6 }),
    );
    all
}

const SEPARATIONS: [Separation; 6] = [
    Separation::Separate,
    Separation::Own(Role::Actor),
    Separation::Own(Role::TriggeringActor),
    Separation::Own(Role::Tagger),
    Separation::Own(Role::Operator),
    Separation::TaggerUnknown,
];

fn subjects() -> Vec<Subject> {
    vec![
        Subject::Status,
        Subject::Header("x".into()),
        Subject::Body,
        Subject::Json("$.x".into()),
        Subject::ResponseTime,
        Subject::Redirect,
        Subject::CertificateDays,
        Subject::Commit("x".into()),
        Subject::Identity("$.x".into()),
        Subject::WorkTree,
        Subject::Container,
        Subject::Health,
        Subject::Restarts,
        Subject::Image,
        Subject::Disk("/x".into()),
        Subject::ClockSkew,
        Subject::ExitStatus,
        Subject::Output,
        Subject::Rows,
        Subject::Columns,
        Subject::Column("x".into()),
        Subject::Value,
        Subject::ChangedRows,
        Subject::Login,
        Subject::Access,
        Subject::Tag,
    ]
    .into_iter()
    .chain(migrations().into_iter().map(Subject::Migrations))
    .chain([
        Subject::Schema(SchemaSubject::Schema("x".into())),
        Subject::Schema(SchemaSubject::SchemaObject("x".into())),
        Subject::Schema(SchemaSubject::ReleaseObjects),
        Subject::Schema(SchemaSubject::Drift),
    ])
    .collect()
}

fn migrations() -> Vec<MigrationsSubject> {
    vec![
        MigrationsSubject::LockProvider,
        MigrationsSubject::MigrationFiles,
        MigrationsSubject::MigrationFile("x".into()),
        MigrationsSubject::HistorySchema,
        MigrationsSubject::HistoryRows,
        MigrationsSubject::Migrations,
        MigrationsSubject::FailedMigration("x".into()),
        MigrationsSubject::PendingMigration("x".into()),
        MigrationsSubject::RolledBackMigration("x".into()),
        MigrationsSubject::EditedMigrations,
        MigrationsSubject::EditedMigration("x".into()),
        MigrationsSubject::UnknownMigrations,
        MigrationsSubject::UnknownMigration("x".into()),
        MigrationsSubject::MarkedMigrations,
        MigrationsSubject::MarkedMigration("x".into()),
        MigrationsSubject::ContainerMigrations,
        MigrationsSubject::ContainerMigration("x".into()),
    ]
}

fn expectations() -> Vec<Expected> {
    vec![
        Expected::Equals("1".into()),
        Expected::OneOf(vec!["1".into(), "2".into(), "3".into()]),
        Expected::Contains("1".into()),
        Expected::NotContains("1".into()),
        Expected::Matches("1".into()),
        Expected::AtMost("1".into()),
        Expected::AtLeast("1".into()),
        Expected::Length("2..3".into()),
        Expected::Present,
        Expected::Absent,
        Expected::Denied,
    ]
}

const FACTS: [FactName; 31] = [
    FactName::Url,
    FactName::Status,
    FactName::ContentType,
    FactName::Length,
    FactName::TimeMs,
    FactName::Polls,
    FactName::Redirects,
    FactName::CertificateEnds,
    FactName::User,
    FactName::Login,
    FactName::Commit,
    FactName::Tag,
    FactName::Tagger,
    FactName::Previous,
    FactName::Dirty,
    FactName::Leftover,
    FactName::Host,
    FactName::Image,
    FactName::Digest,
    FactName::StartedAt,
    FactName::Restarts,
    FactName::Branch,
    FactName::MigrationsDir,
    FactName::MigrationsFound,
    FactName::NewMigration,
    FactName::AcceptedMigration,
    FactName::MigrationError,
    FactName::Connection,
    FactName::Ignored,
    FactName::Rows,
    FactName::Transaction,
];

/// Words that both languages write alike.
const ALIKE: [&str; 16] = [
    "label variable",
    "Checklist", // the seed's own heading
    "Workflow",  // the part of section 5
    "Tag",
    "Json(\"$.x\")",
    "Schema(SchemaObject(\"x\"))",
    "label commands",
    "label commit",
    "label configuration",
    "label page",
    "label pages",
    "label session",
    "label sessions",
    "label source",
    "label tag",
    "label verdict",
];

#[test]
fn every_code_has_both_languages() {
    let (fr, en) = (phrases(Lang::Fr), phrases(Lang::En));
    assert_eq!(fr.len(), en.len());
    for ((name, fr), (_, en)) in fr.iter().zip(&en) {
        assert!(!fr.trim().is_empty() && !en.trim().is_empty(), "{name} is empty");
        assert!(fr != en || ALIKE.contains(&name.as_str()), "{name} is the same in both: {fr}");
    }
}

#[test]
fn the_languages_are_not_swapped() {
    for (name, en) in phrases(Lang::En) {
        assert!(en.chars().all(|c| c.is_ascii() || "—→".contains(c)), "{name}: {en}");
    }
}

#[test]
fn french_keeps_its_spaces_together() {
    // The seed's own line has a plain space, and so has the one that stands in its place.
    let seeds = ["label commits_included", "label commits_removed"];
    for (name, fr) in phrases(Lang::Fr) {
        for mark in [" :", " ;", " !", " ?", " »", "« "] {
            assert!(seeds.contains(&name.as_str()) || !fr.contains(mark), "{name}: {fr}");
        }
    }
}

#[test]
fn a_comparison_reads_as_a_phrase() {
    let judged = Comparison {
        subject: Subject::Status,
        expected: Expected::OneOf(vec!["401".into(), "403".into()]),
        actual: "500".into(),
        ok: false,
    };
    assert_eq!(Lang::Fr.judged(&judged, &plain), "statut\u{a0}: 500, attendu 401 ou 403");
    assert_eq!(Lang::En.judged(&judged, &plain), "status: 500, expected 401 or 403");
    let absent = Comparison { expected: Expected::Present, actual: String::new(), ..judged };
    assert_eq!(Lang::En.judged(&absent, &plain), "status: not there, must be there");
}
