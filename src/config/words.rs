//! How texts of the file stand in a message: quoted, listed, compared with what is known, without secrets.

use crate::text::{LITERAL_BRACE, SECRET_END, SECRET_START};

/// What an empty value (`key:`) is to the decoders. deserr takes a null for an absent option, and a
/// key without a value would pass unseen; as this text it is refused wherever null has no meaning.
/// A file cannot contain it: interpolation refuses the private characters.
pub(super) const NOTHING: &str = "\u{F0003}";

/// The known word that is nearest to a misspelt one, if any is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b`, `c`.
pub fn listed<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A text of the file inside a message: in backticks, on one line, not too long.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::from("`");
    for c in text.chars().take(LONGEST) {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out.push('`');
    out
}

/// A message without the marks that interpolation leaves in a text, and without passwords of URLs.
pub(super) fn clean(message: &str) -> String {
    let message = &without_passwords(message);
    if !message.contains([SECRET_START, SECRET_END, LITERAL_BRACE]) && !message.contains(NOTHING) {
        return message.to_owned();
    }
    let mut out = String::with_capacity(message.len());
    for c in message.chars() {
        match c {
            SECRET_START => out.push_str("${secret:"),
            SECRET_END => out.push('}'),
            LITERAL_BRACE => out.push('{'),
            c if NOTHING.starts_with(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// `https://user:password@host` as `https://…@host`.
fn without_passwords(message: &str) -> String {
    let mut pieces = message.split("://");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("://");
        let end = piece.find(['/', '?', '#', ' ', '`']).unwrap_or(piece.len());
        match piece[..end].rfind('@') {
            Some(at) => {
                out.push('…');
                out.push_str(&piece[at..]);
            }
            None => out.push_str(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        let known = ["pages", "sessions", "access"];
        assert_eq!(nearest("pagse", known), Some("pages"));
        assert_eq!(nearest("Sessions", known), Some("sessions"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn messages_carry_no_marks_and_no_control_characters() {
        let text = format!("{SECRET_START}TOKEN{SECRET_END} and {LITERAL_BRACE}");
        assert_eq!(clean(&text), "${secret:TOKEN} and {");
        let text = "`https://u:p@a.org/x@y` and https://b.org";
        assert_eq!(clean(text), "`https://…@a.org/x@y` and https://b.org");
        assert_eq!(quote("a\u{1b}[31m\nb"), "`a\\u{1b}[31m\\nb`");
        assert_eq!(quote(&"x".repeat(100)).chars().count(), 63);
    }
}
