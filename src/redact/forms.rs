//! The forms in which a secret turns up in text: as it is, and as encoders write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{MIN_LINE_CHARS, MIN_SECRET_CHARS};

/// Shorter base64 says too little to tell a secret from innocent text.
const SHORTEST_BASE64: usize = 8;

/// RFC 3986's unreserved characters stay.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// JavaScript's `encodeURIComponent`.
const JS_COMPONENT: &AsciiSet = &COMPONENT.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// JavaScript's `encodeURI`.
const JS_URI: &AsciiSet = &JS_COMPONENT
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'#');
/// Python's `quote`.
const PYTHON: &AsciiSet = &COMPONENT.remove(b'/');
/// HTML forms: `*-._` and letters stay, and a space becomes `+`.
const FORM: &AsciiSet = &COMPONENT.add(b'~').remove(b'*');
/// The URL standard's sets, which the crate `url` and browsers use.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const SPECIAL_QUERY: &AsciiSet = &QUERY.add(b'\'');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');
const USERINFO: &AsciiSet =
    &PATH.add(b'/').add(b':').add(b';').add(b'=').add(b'@').add(b'[').add(b'\\').add(b']').add(b'|');

/// What XML writers do to the ends of lines, beside the entities below.
const LINE_ENDS: &[&[(char, &str)]] = &[
    &[],
    &[('\r', "&#13;")],
    &[('\r', "&#13;"), ('\n', "&#10;"), ('\t', "&#9;")],
    &[('\r', "&#xD;"), ('\n', "&#xA;"), ('\t', "&#x9;")],
];

/// Which entity stands for which character, as frameworks do it; `&`, `<` come from `html`.
const ENTITIES: &[&[(char, &str)]] = &[
    &[],
    &[('>', "&gt;")],
    &[('>', "&gt;"), ('"', "&quot;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#039;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;"), ('/', "&#x2f;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;"), ('/', "&#x2F;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;"), ('`', "&#x60;"), ('=', "&#x3D;")],
    &[('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;"), ('/', "&#x2F;"), ('`', "&#x60;"), ('=', "&#x3D;")],
    &[('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;")],
    &[('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;"), ('+', "&#43;")],
];

/// Every form to mask; nothing for a value that is too short.
pub(super) fn of(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    // A value read from a file or a secret store often ends in a newline that is not part of it.
    // Files, forms and XML change line ends on the way.
    let unix = value.replace("\r\n", "\n");
    let wholes = [value, value.trim(), &unix, unix.trim(), &unix.replace('\n', "\r\n")];
    for whole in wholes.into_iter().collect::<BTreeSet<_>>() {
        if whole.chars().count() >= MIN_SECRET_CHARS {
            text_forms(whole, &mut forms);
            base64(whole.as_bytes(), &mut forms);
            hex(whole.as_bytes(), &mut forms);
        }
    }
    for line in value.split(['\n', '\r']) {
        if line.chars().count() >= MIN_LINE_CHARS {
            text_forms(line, &mut forms);
        }
    }
    // An encoder never makes a text much shorter, but a rule must not depend on that.
    forms.retain(|form| form.chars().count() >= MIN_SECRET_CHARS);
    forms
}

fn text_forms(text: &str, forms: &mut BTreeSet<String>) {
    forms.insert(text.to_owned());
    percent(text, forms);
    json(text, forms);
    shell(text, forms);
    for line_ends in LINE_ENDS {
        forms.extend(ENTITIES.iter().map(|entities| html(text, &[*line_ends, *entities].concat())));
    }
}

fn percent(text: &str, forms: &mut BTreeSet<String>) {
    for set in [
        NON_ALPHANUMERIC,
        COMPONENT,
        JS_COMPONENT,
        JS_URI,
        PYTHON,
        FORM,
        QUERY,
        SPECIAL_QUERY,
        PATH,
        USERINFO,
    ] {
        let upper = utf8_percent_encode(text, set).to_string();
        forms.insert(lower_hex(&upper));
        forms.insert(upper);
    }
    // With `+` for a space: HTML forms and Java, then Go and PHP.
    for set in [FORM, COMPONENT] {
        let words: Vec<String> = text.split(' ').map(|w| utf8_percent_encode(w, set).to_string()).collect();
        let upper = words.join("+");
        forms.insert(lower_hex(&upper));
        forms.insert(upper);
    }
}

/// The hex digits after each `%` in lower case.
fn lower_hex(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut hex_digits = 0;
    for c in encoded.chars() {
        out.push(if hex_digits > 0 { c.to_ascii_lowercase() } else { c });
        hex_digits = if c == '%' { 2 } else { usize::saturating_sub(hex_digits, 1) };
    }
    out
}

/// Standard and URL-safe, padded or not, alone or at any place inside a longer encoded text.
fn base64(bytes: &[u8], forms: &mut BTreeSet<String>) {
    for alphabet in [STANDARD, URL_SAFE] {
        let padded = GeneralPurpose::new(&alphabet, PAD);
        let bare = GeneralPurpose::new(&alphabet, NO_PAD);
        for before in 0..3 {
            let shifted = [&[0_u8; 2][..before], bytes].concat();
            // Characters that also hold bits of what comes before: they are not the secret's own.
            let skip = [0, 2, 3][before];
            let full = bare.encode(&shifted);
            // The last one holds bits of what comes after, unless the secret ends on a border.
            let stable = full.len() - usize::from(shifted.len() % 3 != 0);
            for form in [&full[skip..stable], &full[skip..], &padded.encode(&shifted)[skip..]] {
                if form.len() >= SHORTEST_BASE64 {
                    forms.insert(form.to_owned());
                }
            }
        }
    }
}

fn hex(bytes: &[u8], forms: &mut BTreeSet<String>) {
    let lower = bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    });
    forms.insert(lower.to_uppercase());
    forms.insert(lower);
}

/// Inside the quotes of a JSON string; the switches are habits of different encoders.
fn json(text: &str, forms: &mut BTreeSet<String>) {
    for bits in 0..32 {
        let habit = JsonHabit {
            slash: bits & 1 > 0,
            markup: bits & 2 > 0,
            ascii: bits & 4 > 0,
            delete: bits & 16 > 0,
            upper: bits & 8 > 0,
        };
        forms.insert(json_escaped(text, &habit));
    }
    // Rust's own `{:?}`, which logs are full of, is near to JSON but not the same.
    let debug = format!("{text:?}");
    forms.insert(debug[1..debug.len() - 1].to_owned());
}

/// What an encoder of JSON does beyond what it must.
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
struct JsonHabit {
    /// `/` becomes `\/`.
    slash: bool,
    /// `<>&'` and the two Unicode line ends become `\u00XX`.
    markup: bool,
    /// All that is not ASCII becomes `\uXXXX`.
    ascii: bool,
    /// And so does the one character of ASCII, besides those that must, that does not print.
    delete: bool,
    /// Its hex digits are in upper case.
    upper: bool,
}

fn json_escaped(text: &str, habit: &JsonHabit) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if habit.slash => out.push_str("\\/"),
            c if c < ' '
                || (habit.markup && matches!(c, '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}'))
                || (habit.ascii && !c.is_ascii())
                || (habit.delete && c == '\u{7f}') =>
            {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ =
                        if habit.upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// As shells quote: what stands between the quotes, so that text around it does not matter.
fn shell(text: &str, forms: &mut BTreeSet<String>) {
    if let Ok(quoted) = shlex::try_quote(text) {
        forms.insert(quoted.into_owned());
    }
    forms.insert(text.replace('\'', r"'\''"));
    forms.insert(text.replace('\'', r#"'"'"'"#));
    let backslash = |special: fn(char) -> bool| {
        text.chars().fold(String::new(), |mut out, c| {
            if special(c) {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    // Inside double quotes, with and without history expansion; and bash's `printf %q`.
    forms.insert(backslash(|c| matches!(c, '"' | '\\' | '$' | '`')));
    forms.insert(backslash(|c| matches!(c, '"' | '\\' | '$' | '`' | '!')));
    forms.insert(backslash(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:%+@=".contains(c)));
    // Inside `$'…'`.
    forms.insert(
        text.replace('\\', r"\\")
            .replace('\'', r"\'")
            .replace('\n', r"\n")
            .replace('\r', r"\r")
            .replace('\t', r"\t"),
    );
}

fn html(text: &str, entities: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, entities.iter().find(|(plain, _)| *plain == c)) {
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            (_, Some((_, entity))) => out.push_str(entity),
            (c, None) => out.push(c),
        }
    }
    out
}
