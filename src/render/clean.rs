//! Text from outside made harmless before any format sees it: terminal sequences, control and
//! invisible characters, foreign line ends.

use std::borrow::Cow;

/// What stands where a character was that must not be printed.
const REPLACEMENT: char = '\u{FFFD}';

/// The text on one line: every line end and tab becomes a space.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    clean(text, |c| is_line_end(c) || matches!(c, '\n' | '\t'))
}

/// The text with its lines kept; they end with `\n` only. What only some readers take for a line end
/// goes: the words behind it must not begin a line of their own.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    clean(text, |_| false)
}

/// The first `max` characters of the text, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
    }
}

/// The text without what must not be printed; `folded` characters become spaces.
fn clean(text: &str, folded: impl Fn(char) -> bool) -> Cow<'_, str> {
    let harmless = |c: char| !folded(c) && !is_line_end(c) && !is_hidden(c);
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let text = anstream::adapter::strip_str(text).to_string().replace("\r\n", "\n");
    let cleaned = text
        .chars()
        .map(|c| match c {
            c if folded(c) => ' ',
            c if is_line_end(c) || is_hidden(c) => REPLACEMENT,
            c => c,
        })
        .collect();
    Cow::Owned(cleaned)
}

/// Line ends that some readers know and others do not.
fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that nobody sees but a program obeys: controls, text direction, zero width, tags, and
/// the two that XML forbids. The joiners U+200C and U+200D stay, since scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
        || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("a\r\nb\u{2028}c\td"), "a b c d");
        assert_eq!(line("plain é ✅"), "plain é ✅");
    }

    #[test]
    fn terminal_sequences_and_hidden_characters_go() {
        assert_eq!(lines("\u{1b}[31mred\u{1b}[0m\n\u{202e}x\0"), "red\n\u{fffd}x");
    }

    #[test]
    fn a_cut_counts_characters() {
        assert_eq!(cut("été", 3), "été");
        assert_eq!(cut("étés", 3), "été…");
    }
}
