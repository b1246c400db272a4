//! The text of the configuration file, and where in it something stands.

use std::ops::Range;

/// A stretch of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first byte, from 0.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    pub line: u32,
    /// The column of its first character, from 1, in characters.
    pub column: u32,
}

/// A file that was read: its name as given, and its text without a byte order mark.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: String,
    text: String,
    /// The byte at which each line begins.
    lines: Vec<usize>,
    /// The byte of every 64th character: the parser counts characters, we need bytes.
    chars: Vec<usize>,
}

/// How many characters apart the noted ones are.
const STRIDE: usize = 64;

impl SourceFile {
    /// Note where the lines of `text` begin.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let chars = text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect();
        Self { name: name.into(), text, lines, chars }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The span of these bytes; what lies beyond the end is cut.
    pub fn span(&self, bytes: Range<usize>) -> Span {
        let start = bytes.start.min(self.text.len());
        let line = self.line_of(start);
        let column = self.text.get(self.lines[line]..start).map_or(0, |before| before.chars().count());
        Span {
            start,
            end: bytes.end.clamp(start, self.text.len()),
            line: to_u32(line + 1),
            column: to_u32(column + 1),
        }
    }

    /// The byte of the character with this number, from 0.
    pub fn byte_of_char(&self, index: usize) -> usize {
        let Some(&near) = self.chars.get(index / STRIDE) else { return self.text.len() };
        self.text[near..].char_indices().nth(index % STRIDE).map_or(self.text.len(), |(at, _)| near + at)
    }

    /// The text of a line, from 1, without its end.
    pub fn line(&self, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        let start = self.lines.get(index).copied().unwrap_or(self.text.len());
        let end = self.lines.get(index + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// Where that line begins, in bytes.
    pub fn line_start(&self, line: u32) -> usize {
        self.lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(self.text.len())
    }

    fn line_of(&self, byte: usize) -> usize {
        self.lines.partition_point(|&start| start <= byte).saturating_sub(1)
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let file = SourceFile::new("f", "é: 1\nbb: é!\n");
        let at = file.text().find('!').unwrap_or_default();
        let span = file.span(at..at + 1);
        assert_eq!((span.line, span.column), (2, 6));
        assert_eq!(file.line(2), "bb: é!");
        assert_eq!(file.line(9), "");
    }

    #[test]
    fn characters_become_bytes_across_the_stride() {
        let text = "é".repeat(200);
        let file = SourceFile::new("f", text);
        for index in [0, 1, 63, 64, 65, 199] {
            assert_eq!(file.byte_of_char(index), index * 2);
        }
        assert_eq!(file.byte_of_char(5000), 400);
    }
}
