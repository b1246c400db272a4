//! Where in a text of SQL each statement begins: servers do not always say where they stopped.

/// The line, from 1, of the character at `position`, which counts from 1.
pub(super) fn line_of(sql: &str, position: u32) -> usize {
    let before = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(1);
    sql.chars().take(before).filter(|c| *c == '\n').count() + 1
}

/// The line on which the statement after `done` others begins; none where that cannot be told.
pub(super) fn line_of_statement(sql: &str, done: usize) -> Option<usize> {
    // Semicolons within such a body end no statement, and where it ends only a parser knows.
    if sql.to_ascii_lowercase().contains("begin atomic") {
        return None;
    }
    let start = starts(sql).into_iter().nth(done)?;
    Some(sql[..start].matches('\n').count() + 1)
}

/// Where each statement begins, in bytes; empty ones are none.
fn starts(sql: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut inside = false;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = match c {
            _ if c.is_whitespace() => c.len_utf8(),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            ';' if depth == 0 => {
                inside = false;
                1
            }
            _ => {
                if !inside {
                    starts.push(at);
                    inside = true;
                }
                match c {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                word(sql, at, c)
            }
        };
        at += length.max(1);
    }
    starts
}

/// The length of what begins here: a quoted text, a name, or one character.
fn word(sql: &str, at: usize, c: char) -> usize {
    let rest = &sql[at..];
    match c {
        '\'' => quoted(rest, '\'', false),
        '"' => quoted(rest, '"', false),
        '$' => dollar(rest).unwrap_or(1),
        'e' | 'E' if rest[1..].starts_with('\'') => 1 + quoted(&rest[1..], '\'', true),
        // A dollar in a name begins no text.
        _ if c.is_alphabetic() || c == '_' => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
        _ => c.len_utf8(),
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a quoted text. A doubled quote is read as the end of one text and the begin of another.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at + 1;
        }
        if escapes && c == '\\' {
            chars.next();
        }
    }
    text.len()
}

/// The length of `$tag$ … $tag$`; none where none begins.
fn dollar(text: &str) -> Option<usize> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[..end];
    let inner = &tag[1..end - 1];
    if inner.starts_with(|c: char| c.is_ascii_digit())
        || !inner.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        return None;
    }
    Some(text[end..].find(tag).map_or(text.len(), |at| end + at + tag.len()))
}

/// The length of a comment; one may stand in another.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_begin_where_they_begin() {
        let sql = "-- one; not yet\n\nCREATE TABLE a (x text DEFAULT ';', \"y;\" int);\n/* two; /* in; */ here; */\n\
                   DO $$ BEGIN\n  PERFORM 1; END $$;;\nSELECT E'it\\'s; ', $tag$ ; $$ ; $tag$, 'it''s; ';\n\
                   CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c);\nLAST";
        let lines: Vec<_> = (0..6).map(|done| line_of_statement(sql, done)).collect();
        assert_eq!(lines, [Some(3), Some(5), Some(7), Some(8), Some(9), None]);
        assert_eq!(line_of_statement("SELECT 1;\nSELECT a$b$ ; SELECT 2", 2), Some(2));
        assert_eq!(line_of_statement("create function f() begin atomic select 1; end; x", 1), None);
    }

    #[test]
    fn a_position_counts_characters() {
        assert_eq!(line_of("é\né\nx", 5), 3);
        assert_eq!(line_of("é\né\nx", 1), 1);
        assert_eq!(line_of("", 9), 1);
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        for sql in ["'", "\"a", "$$", "$a$ x", "/* /*", "--", "e'\\", "(", "$", "é$", "*/"] {
            let _ = starts(sql);
        }
    }
}
