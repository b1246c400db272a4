//! Passwords in URLs: `scheme://user:password@host`. Nobody has to declare them to have them masked.

use std::borrow::Cow;

use super::MASK;

/// The text with the mask for the password of every URL; borrowed when there is none.
pub(super) fn without_passwords(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let Some(password) = password(&text[start..]) else { continue };
        let password = start + password.start..start + password.end;
        if password.start < copied || &text[password.clone()] == MASK {
            continue;
        }
        out.push_str(&text[copied..password.start]);
        out.push_str(MASK);
        copied = password.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where the password is in what follows `://`, if there is one.
fn password(rest: &str) -> Option<std::ops::Range<usize>> {
    let is_end =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '?' | '#' | '"' | '<' | '>' | '`');
    let authority = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    // A password may hold an `@` that nobody encoded.
    let at = authority.rfind('@')?;
    let colon = authority[..at].find(':')?;
    (colon + 1 < at).then_some(colon + 1..at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passwords_go() {
        let cases = [
            ("http://u:p@h/", "http://u:***@h/"),
            ("a postgresql://nexus:s3cr@t:x@db:5432/n, b", "a postgresql://nexus:***@db:5432/n, b"),
            ("http://:p@h http://u:q@h", "http://:***@h http://u:***@h"),
            ("http://u:***@h/", "http://u:***@h/"),
        ];
        for (text, clean) in cases {
            assert_eq!(without_passwords(text), clean);
        }
        for text in [
            "http://h:80/a@b",
            "http://h:80?a=b@c",
            "http://u@h/",
            "http://u:@h/",
            "x: y@z",
            "http://h:80\nu@h",
            "://",
        ] {
            assert!(matches!(without_passwords(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
