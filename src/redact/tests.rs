//! The scrubber against encoders that other crates wrote, hostile text and every kind of cut.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose as base64_engine;
use proptest::prelude::*;

use super::*;

fn redactor(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::new();
    for (number, secret) in secrets.iter().enumerate() {
        redactor.add(&format!("S{number}"), secret);
    }
    redactor
}

#[test]
fn a_secret_does_not_print() {
    let secret = Secret::new("hunter22");
    assert_eq!(format!("{secret} {secret:?} {:#?}", Some(&secret)), "*** *** Some(\n    ***,\n)");
    assert_eq!(secret.expose(), "hunter22");
    let redactor = redactor(&["hunter22"]);
    assert!(!format!("{redactor:?}").contains("hunter22"));
}

#[test]
fn the_vault_gives_the_last_value_and_masks_the_older_ones() {
    let redactor = Redactor::new();
    redactor.add("TOKEN", "first-value");
    assert_eq!(redactor.scrub("first-value second-value"), "*** second-value");
    redactor.clone().add("TOKEN", "second-value");
    assert_eq!(redactor.value("TOKEN"), Some(Secret::new("second-value")));
    assert_eq!(redactor.value("OTHER"), None);
    assert_eq!(redactor.scrub("first-value second-value"), "*** ***");
    assert_eq!(crate::text::Lookup::secret(&redactor, "TOKEN").as_deref(), Some("second-value"));
}

#[test]
fn short_values_are_kept_but_not_masked() {
    let redactor = redactor(&["abc", ""]);
    assert_eq!(redactor.value("S0"), Some(Secret::new("abc")));
    assert!(matches!(redactor.scrub("abc"), Cow::Borrowed("abc")));
}

#[test]
fn secrets_that_overlap_in_a_text_leave_nothing() {
    let redactor = redactor(&["abcd1234", "1234zzzz", "aaaaaaaa"]);
    assert_eq!(redactor.scrub("-abcd1234zzzz-"), "-***-");
    assert_eq!(redactor.scrub("aaaaaaaaaaaa"), "***");
    assert_eq!(redactor.scrub("aaaaaaaab"), "***b");
}

#[test]
fn lines_of_a_key_are_masked_each() {
    let redactor =
        redactor(&["-----BEGIN KEY-----\nMIIEvgIBADAN\r\nshort\nBgkqhkiG9w0B\n-----END KEY-----\n"]);
    assert_eq!(redactor.scrub("got BgkqhkiG9w0B and MIIEvgIBADAN, short"), "got *** and ***, short");
}

#[test]
fn a_newline_at_the_end_does_not_hide_a_secret() {
    let redactor = redactor(&["s3cr3t\n"]);
    assert_eq!(redactor.scrub("is s3cr3t."), "is ***.");
}

#[test]
fn basic_credentials_are_found_inside_base64() {
    let redactor = redactor(&["correct horse"]);
    for user in ["a", "ab", "abc", "abcd"] {
        let header = base64_engine::STANDARD.encode(format!("{user}:correct horse"));
        let clean = redactor.scrub(&header).into_owned();
        assert!(clean.ends_with("***"), "{header} became {clean}");
        assert!(clean.len() <= 3 + header.len() / 2, "{header} became {clean}");
    }
}

#[test]
fn a_cut_text_does_not_keep_half_a_secret() {
    let redactor = redactor(&["correct horse", "pässwörd"]);
    assert_eq!(redactor.scrub_cut("is correct ho"), "is ***");
    assert_eq!(redactor.scrub_cut("is corr"), "is ***");
    assert_eq!(redactor.scrub_cut("is cor"), "is cor");
    assert_eq!(redactor.scrub_cut("is correct%20ho"), "is ***");
    assert_eq!(redactor.scrub_cut("correct horse, correct"), "***, ***");
    assert_eq!(redactor.scrub_cut("is päss\u{FFFD}"), "is ***");
    assert!(matches!(redactor.scrub_cut("nothing here"), Cow::Borrowed(_)));
}

/// A place to write to that outlives its writer.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[test]
fn the_writer_holds_what_is_not_decided_and_no_more() {
    let out = Shared::default();
    let mut writer = ScrubWriter::new(redactor(&["alpha\nbeta gamma"]), out.clone());
    writer.write_all(b"one\ntwo").unwrap();
    assert_eq!(out.text(), "one\n");
    writer.flush().unwrap();
    assert_eq!(out.text(), "one\ntwo");
    writer.write_all(b" alpha\n").unwrap();
    assert_eq!(out.text(), "one\ntwo ");
    writer.write_all(b"beta gam").unwrap();
    writer.flush().unwrap();
    assert_eq!(out.text(), "one\ntwo ");
    writer.write_all(b"ma!").unwrap();
    drop(writer);
    assert_eq!(out.text(), "one\ntwo ***!");
}

#[test]
fn an_endless_line_is_not_held_for_ever() {
    let out = Shared::default();
    let mut writer = ScrubWriter::new(redactor(&["secret-value"]), out.clone());
    for _ in 0..20_000 {
        writer.write_all(b"sec secret-value ").unwrap();
    }
    assert!(out.text().len() > 100_000);
    drop(writer);
    assert_eq!(out.text(), "sec *** ".repeat(20_000));
}

#[test]
fn tracing_writes_through_it() {
    let (redactor, out) = (redactor(&["it's \"secret\""]), Shared::default());
    let target = out.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || ScrubWriter::new(redactor.clone(), target.clone()))
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(target: "test", value = "it's \"secret\"", "plain it's \"secret\"");
        tracing::info!(target: "test", "second");
    });
    let text = out.text();
    assert!(text.contains("plain *** value=") && !text.contains("secret"), "{text}");
    assert!(text.contains("second\n"), "{text}");
}

/// A secret as encoders that are not ours write it.
fn encoded(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let json = serde_json::to_string(secret).unwrap();
    let json = &json[1..json.len() - 1];
    let form: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let component = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
    let component = component.to_string();
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut all = vec![
        secret.to_owned(),
        secret.trim().to_owned(),
        json.to_owned(),
        json.replace('/', "\\/"),
        json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027"),
        component.replace("%2D", "-").replace("%2E", ".").replace("%5F", "_").replace("%7E", "~"),
        form.clone(),
        form.replace('+', "%20"),
        shlex::try_quote(secret).unwrap().into_owned(),
        format!("'{}'", secret.replace('\'', "'\\''")),
        format!("{secret:?}"),
        quick_xml::escape::escape(secret).into_owned(),
        quick_xml::escape::partial_escape(secret).into_owned(),
        quick_xml::escape::minimal_escape(secret).into_owned(),
        minijinja::HtmlEscape(secret).to_string(),
        minijinja::HtmlEscape(secret).to_string().replace("&#x27;", "&#39;").replace("&#x2f;", "/"),
        hex.to_uppercase(),
        hex,
    ];
    for engine in [base64_engine::STANDARD, base64_engine::URL_SAFE] {
        all.push(engine.encode(bytes));
        all.push(engine.encode(bytes).trim_end_matches('=').to_owned());
    }
    if let Ok(mut url) = url::Url::parse("http://user@host/") {
        url.set_password(Some(secret)).unwrap();
        all.push(url.password().unwrap_or_default().to_owned());
    }
    // Base64 of very short secrets is not looked for, see `forms`.
    all.retain(|form| form.chars().count() >= 8);
    all.push(secret.to_owned());
    all
}

/// Whether any run of base64 characters in `text` decodes to something with `secret` in it.
fn base64_holds(text: &str, secret: &str) -> bool {
    let lenient = base64_engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let engine = base64_engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    let standard = text.replace('-', "+").replace('_', "/");
    standard.split(|c: char| !(c.is_ascii_alphanumeric() || "+/".contains(c))).any(|run| {
        (0..4.min(run.len())).any(|from| {
            let run = &run[from..];
            // A single character at the end holds no byte.
            let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
            engine
                .decode(run)
                .is_ok_and(|bytes| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
        })
    })
}

/// No `*`, which the mask itself would bring back, and no NUL, which no shell can quote.
fn secret() -> impl Strategy<Value = String> {
    let wild =
        proptest::string::string_regex("[a-zA-Z0-9 \n\r\t+/=&%$`'\"\\\\<>:;@#?!~é中😀-]{4,40}").unwrap();
    let plain = proptest::string::string_regex("[a-zA-Z0-9_-]{8,32}").unwrap();
    prop_oneof![wild, plain].prop_filter("long enough", |text| text.trim().chars().count() >= 4)
}

fn noise() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-zA-Z0-9 \n%+/=&\\\\\"'{}<>é中-]{0,24}").unwrap()
}

/// A text with all forms of the secrets in it, between noise.
fn hostile() -> impl Strategy<Value = (Vec<String>, String)> {
    (prop::collection::vec(secret(), 1..4), prop::collection::vec(noise(), 40)).prop_map(
        |(secrets, noise)| {
            let mut text = String::new();
            let mut noise = noise.iter().cycle();
            for secret in &secrets {
                for form in encoded(secret) {
                    text.push_str(&form);
                    text.push_str(noise.next().unwrap());
                }
            }
            (secrets, text)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_form_remains((secrets, text) in hostile()) {
        let redactor = redactor(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
        let clean = redactor.scrub(&text);
        for secret in &secrets {
            for form in encoded(secret) {
                prop_assert!(!clean.contains(&form), "{form:?} of {secret:?} remains in {clean:?}");
            }
        }
    }

    #[test]
    fn nothing_remains_inside_longer_base64(secret in secret(), before in ".{0,7}", after in ".{0,7}", url_safe: bool) {
        prop_assume!(secret.len() >= 8);
        let engine = if url_safe { base64_engine::URL_SAFE_NO_PAD } else { base64_engine::STANDARD_NO_PAD };
        let text = engine.encode(format!("{before}{secret}{after}"));
        prop_assert!(base64_holds(&text, &secret), "the test sees nothing itself");
        let redactor = redactor(&[&secret]);
        let clean = redactor.scrub(&text);
        prop_assert!(clean.contains(MASK));
        prop_assert!(!base64_holds(&clean, &secret), "{clean}");
    }

    #[test]
    fn the_writer_masks_the_same_at_any_borders(
        (secrets, text) in hostile(),
        borders in prop::collection::vec((1_usize..60, prop::bool::weighted(0.1)), 1..60),
    ) {
        let redactor = redactor(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
        let out = Shared::default();
        let mut writer = ScrubWriter::new(redactor.clone(), out.clone());
        let (mut rest, mut borders) = (text.as_bytes(), borders.iter().cycle());
        while !rest.is_empty() {
            let (length, flush) = borders.next().unwrap();
            let (piece, after) = rest.split_at((*length).min(rest.len()));
            writer.write_all(piece).unwrap();
            if *flush {
                writer.flush().unwrap();
            }
            rest = after;
        }
        drop(writer);
        prop_assert_eq!(out.text(), redactor.scrub(&text));
    }

    #[test]
    fn half_a_secret_does_not_stay_after_a_cut(secret in secret(), at in 0_usize..200) {
        let redactor = redactor(&[&secret]);
        for form in encoded(&secret) {
            let length = form.chars().count();
            // One more than the 4 that are recognised: a form may begin with a quote.
            let cut: String = form.chars().take(5 + at % length.saturating_sub(4).max(1)).collect();
            let clean = redactor.scrub_cut(&cut);
            prop_assert!(!clean.contains(&cut), "{clean:?} keeps {cut:?} of {form:?}");
        }
    }

    #[test]
    fn innocent_text_is_not_touched(secret in "[A-Z]{4,30}", text in "[a-z .,:\n]{0,200}") {
        let redactor = redactor(&[&secret]);
        prop_assert!(matches!(redactor.scrub(&text), Cow::Borrowed(_)));
        prop_assert!(matches!(redactor.scrub_cut(&text), Cow::Borrowed(_)));
        let out = Shared::default();
        ScrubWriter::new(redactor, out.clone()).write_all(text.as_bytes()).unwrap();
        prop_assert_eq!(out.text(), text);
    }
}

#[test]
fn a_form_of_one_secret_is_masked_as_a_secret_of_its_own() {
    let redactor = Redactor::new();
    redactor.mask("slash/slash");
    redactor.mask("slash%2Fslash");
    assert_eq!(redactor.scrub("slash%252Fslash"), MASK);
}

/// Python's `json.dumps` escapes what is not ASCII and leaves DEL, which is ASCII, as it is.
#[test]
fn a_secret_with_del_is_masked_as_encoders_of_json_write_it() {
    let redactor = Redactor::new();
    redactor.add("KEY", "4M2Y2sé\u{7f}yFKx8");
    for written in ["4M2Y2s\\u00e9\u{7f}yFKx8", "4M2Y2s\\u00E9\\u007FyFKx8", "4M2Y2sé\\u007fyFKx8"] {
        assert_eq!(redactor.scrub(written), MASK, "{written}");
    }
}
