//! Both languages are complete, differ, and the French keeps its typography.

use std::collections::HashSet;

use strum::{EnumCount as _, IntoEnumIterator as _, VariantArray as _};

use super::{Lang, SmokePart};
use crate::model::validation::SeparationDiscriminants;
use crate::model::{
    CauseCode, ChecklistItem, CommitSubject, Comparison, Counts, EnvironmentSubject, Expected, FactName,
    MigrationsFamily, MigrationsSubject, Outcome, Reason, Role, SchemaSubject, Section, Separation,
    SkipReason, SmokeSubject, SqlSubject, Standing, Subject, Tick, Verdict,
};

fn plain(text: &str) -> String {
    text.to_owned()
}

/// Every phrase of a language with the name of what it stands for, in a fixed order.
fn phrases(lang: Lang) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |name: String, text: String| all.push((name, text));
    for &section in Section::VARIANTS {
        add(format!("{section:?}"), lang.section(section).to_owned());
    }
    for &part in SmokePart::VARIANTS {
        add(format!("{part:?}"), lang.part(part).to_owned());
    }
    for &item in ChecklistItem::VARIANTS {
        add(format!("{item:?}"), lang.item(item).to_owned());
    }
    for &tick in Tick::VARIANTS.iter().filter(|tick| !matches!(tick, Tick::Ticked | Tick::AwaitsLead)) {
        add(format!("{tick:?}"), lang.tick(tick).to_owned());
    }
    for &outcome in Outcome::VARIANTS {
        add(format!("{outcome:?}"), lang.outcome(outcome).to_owned());
    }
    for &verdict in Verdict::VARIANTS {
        add(format!("{verdict:?}"), lang.verdict(verdict).to_owned());
        add(format!("{verdict:?} meaning"), lang.meaning(verdict).to_owned());
    }
    for reason in SkipReason::iter() {
        add(format!("{reason:?}"), lang.skip(&reason, &plain));
    }
    add("skip remedy".into(), lang.skip_remedy().to_owned());
    for &code in CauseCode::VARIANTS {
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
    for expected in Expected::iter() {
        add(format!("{expected:?}"), lang.expected(&expected, &plain));
    }
    for &fact in FactName::VARIANTS {
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
    for separation in separations() {
        add(format!("{separation:?}"), lang.separation(separation).to_owned());
    }
    for &standing in Standing::VARIANTS {
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

fn separations() -> impl Iterator<Item = Separation> {
    let of = |kind| match kind {
        SeparationDiscriminants::Separate => vec![Separation::Separate],
        SeparationDiscriminants::Own => Role::VARIANTS.iter().copied().map(Separation::Own).collect(),
        SeparationDiscriminants::TaggerUnknown => vec![Separation::TaggerUnknown],
    };
    SeparationDiscriminants::VARIANTS.iter().copied().flat_map(of)
}

fn subjects() -> impl Iterator<Item = Subject> {
    let commit = CommitSubject::iter().map(Subject::Commit);
    let migrations = MigrationsSubject::iter().map(Subject::Migrations);
    let schema = SchemaSubject::iter().map(Subject::Schema);
    let sql = SqlSubject::iter().map(Subject::Sql);
    let smoke = SmokeSubject::iter().map(Subject::Smoke);
    let environment = EnvironmentSubject::iter().map(Subject::Environment);
    let all = commit.chain(migrations).chain(schema).chain(sql).chain(smoke).chain(environment);
    all.map(|mut subject| {
        subject.name_mut().into_iter().for_each(|name| "x".clone_into(name));
        subject
    })
}

#[test]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn a_subject_is_read_back_as_what_was_written() {
    let all: Vec<Subject> = subjects().collect();
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Subject>>(&json).unwrap(), all);
}

#[test]
fn the_samples_of_reasons_are_all() {
    let kinds: HashSet<_> = Reason::samples("a").iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), Reason::COUNT);
}

/// Words that both languages write alike.
const ALIKE: [&str; 18] = [
    "label variable",
    "Checklist", // the seed's own heading
    "Workflow",  // the part of section 5
    "Commit(Tag)",
    "Tag",
    "Smoke(Json(\"x\"))",
    "Environment(Variable(\"x\"))",
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
        subject: Subject::Smoke(SmokeSubject::Status),
        expected: Expected::OneOf(vec!["401".into(), "403".into()]),
        actual: "500".into(),
        ok: false,
    };
    assert_eq!(Lang::Fr.judged(&judged, &plain), "statut\u{a0}: 500, attendu 401 ou 403");
    assert_eq!(Lang::En.judged(&judged, &plain), "status: 500, expected 401 or 403");
    let absent = Comparison { expected: Expected::Present, actual: String::new(), ..judged };
    assert_eq!(Lang::En.judged(&absent, &plain), "status: not there, must be there");
}
