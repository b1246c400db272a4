//! The lead's part is written, read and cleared; nothing above the seal moves, and nothing breaks out of it.

use proptest::prelude::*;

use super::{Below, Block, read, record, with_validation};
use crate::model::validation::VALIDATION_VERSION;
use crate::model::{Role, Separation, Validation};
use crate::render::{fixture, hostile, seal};

fn validation(digest: &str) -> Validation {
    Validation {
        version: VALIDATION_VERSION,
        lead: "lead-login".into(),
        review: 80,
        review_url: "https://github.com/nexus/site/pull/7#pullrequestreview-80".into(),
        at: "2026-11-22T13:04:05Z".into(),
        commit: "b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f80".into(),
        digest: digest.into(),
        run_url: "https://github.com/nexus/site/actions/runs/1234567".into(),
        separation: Separation::Separate,
        reason: None,
        vouched: true,
    }
}

fn below(text: &str) -> Below {
    read(text).unwrap().below.unwrap()
}

#[test]
fn a_validation_as_people_see_it() {
    for (language, reason) in [("fr", None), ("en", Some("known: #12, put right tomorrow"))] {
        let text = record(&fixture::passed(language)).unwrap();
        let mut validation = validation(&seal::digest(&text).unwrap());
        validation.reason = reason.map(str::to_owned);
        if reason.is_some() {
            validation.separation = Separation::Own(Role::Tagger);
            validation.vouched = false;
        }
        let written = with_validation(&text, Some(&validation)).unwrap();
        insta::assert_snapshot!(format!("below_{language}"), seal::split(&written).unwrap().1);
    }
}

#[test]
fn a_record_without_validation_is_read() {
    for report in [fixture::passed("fr"), fixture::passed("en"), fixture::mixed(), fixture::tiny()] {
        let text = record(&report).unwrap();
        let record = read(&text).unwrap();
        let below = record.below.unwrap();
        assert_eq!(below.block, Block::Absent);
        assert_eq!(below.digest, record.digest);
        assert_eq!(below.file, report.record_name());
        assert!(below.repeats(&record.header), "{below:?}");
    }
}

#[test]
fn a_footer_that_says_something_else_is_noticed() {
    let text = record(&fixture::passed("fr")).unwrap();
    let header = read(&text).unwrap().header;
    for (from, to) in [
        ("*Généré le 2026-11-22", "*Généré le 2026-11-21"),
        ("(Africa/Tunis)*  \n*Op", "(Africa/Tunis, en avance)*  \n*Op"),
        ("*Opérateur : amira-bs", "*Opérateur : somebody"),
    ] {
        let (above, old) = seal::split(&text).unwrap();
        let changed = format!("{above}{}", old.replace(from, to));
        assert_ne!(changed, text);
        assert!(!below(&changed).repeats(&header), "{to}");
    }
}

#[test]
fn what_the_gate_would_not_write_is_no_footer_or_no_validation() {
    let text = record(&fixture::passed("fr")).unwrap();
    let (above, bare) = seal::split(&text).unwrap();
    let with = |below: &str| read(&format!("{above}{below}")).unwrap().below;
    for broken in [
        bare.replace("\n---\n", "\n---\n\nValidé par tous.\n"),
        bare.replace("- [ ] Validé par Lead", "- [ ] Validé par Lead\n- [x] Validé par Lead"),
        bare.replace("prod-gate:seal -->", "prod-gate:seal --> Validé"),
        seal::SEAL.to_owned(),
    ] {
        assert_eq!(with(&broken), None, "{broken}");
        assert_eq!(with_validation(&format!("{above}{broken}"), None), None);
    }
    let sealed = with_validation(&text, Some(&validation("0"))).unwrap();
    let sealed = seal::split(&sealed).unwrap().1;
    for forged in [
        bare.replace("- [ ] Validé par Lead", "- [x] Validé par Lead — boss"),
        bare.replace("en attente*", "boss*"),
        format!("{bare}\n**Validé par boss.**\n"),
        sealed.replace("| Lead | lead-login |", "| Lead | boss |"),
        sealed.replace("\"lead\":\"lead-login\"", "\"lead\":\"boss\""),
        sealed.replace("\"version\":1", "\"version\":2"),
        sealed.replace("\"reason\":null", "\"reason\":null,\"more\":1"),
        format!("{sealed}\nmore\n"),
        sealed.replace('\n', "\r\n"),
    ] {
        assert_ne!(forged, sealed);
        assert_eq!(with(&forged).unwrap().block, Block::Broken, "{forged}");
        // There is a way back.
        assert_eq!(with_validation(&format!("{above}{forged}"), None).as_deref(), Some(text.as_str()));
    }
}

fn validations() -> impl Strategy<Value = Validation> {
    let separation = prop::sample::select(vec![
        Separation::Separate,
        Separation::TaggerUnknown,
        Separation::Own(Role::Actor),
        Separation::Own(Role::Operator),
    ]);
    let texts = prop::collection::vec(hostile::text(), 6);
    (texts, any::<u64>(), separation, prop::option::of(hostile::text())).prop_map(
        |(texts, review, separation, reason)| {
            let [lead, review_url, at, commit, digest, run_url] = texts.try_into().unwrap();
            Validation {
                version: VALIDATION_VERSION,
                lead,
                review,
                review_url,
                at,
                commit,
                digest,
                run_url,
                separation,
                reason,
                vouched: review % 2 == 0,
            }
        },
    )
}

fn prose(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("<!-- prod-gate:validation "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn only_what_is_below_the_seal_changes(report in hostile::reports(), one in validations(), two in validations()) {
        let text = record(&report).unwrap();
        let written = with_validation(&text, Some(&one)).unwrap();
        prop_assert_eq!(seal::split(&written).unwrap().0, seal::split(&text).unwrap().0);
        prop_assert_eq!(read(&written).unwrap().below.unwrap().block, Block::Present(Box::new(one.clone())));
        // Cleared, it is what it was; written again, what it would have been at once.
        prop_assert_eq!(with_validation(&written, None).unwrap(), text.clone());
        let again = with_validation(&written, Some(&two)).unwrap();
        prop_assert_eq!(with_validation(&text, Some(&two)).unwrap(), again);
        prop_assert_eq!(with_validation(&written, Some(&one)).unwrap(), written);
    }

    #[test]
    fn no_name_and_no_reason_breaks_out(one in validations()) {
        let text = record(&fixture::passed("fr")).unwrap();
        let written = with_validation(&text, Some(&one)).unwrap();
        let (_, below) = seal::split(&written).unwrap();
        let comments: Vec<&str> = below.lines().filter(|line| line.trim_start().starts_with("<!--")).collect();
        prop_assert_eq!(comments.len(), 2, "{}", below);
        prop_assert!(comments.iter().all(|line| line.matches("-->").count() == 1), "{}", below);
        prop_assert_eq!(below.lines().filter(|line| line.starts_with("- [")).count(), 1);
        prop_assert_eq!(below.lines().filter(|line| line.starts_with('*')).count(), 3);
        prop_assert_eq!(below.lines().filter(|line| line.starts_with('#')).count(), 0);
        for line in prose(below).map(super::tests::without_code) {
            prop_assert!(!line.contains("](https://evil") && !line.contains("<script"), "{}", line);
        }
        let rows: Vec<usize> =
            below.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect();
        prop_assert!(rows.iter().all(|cells| *cells == 3), "{}", below);
    }
}
