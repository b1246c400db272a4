//! SQL of the configuration: one statement, in which `:name` stands for a value that is bound.
//!
//! A value never becomes a part of the text. To tell `:name` from a cast (`::`), a string or a comment, the text is
//! cut as PostgreSQL cuts it; nothing else is understood of it.

use std::fmt;

use schemars::json_schema;

use super::super::problem::Problems;
use super::raw_text;
use crate::text::{LITERAL_BRACE, SECRET_START};

/// One statement with holes for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    pieces: Vec<Piece>,
}

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Text(String),
    /// The value of this name.
    Name(String),
}

/// What is wrong with a text, and what to do.
type Misread = (&'static str, &'static str);

const ONE: Misread = ("it holds more than one statement", "write one statement, without `;` inside");

impl Sql {
    /// Cut a statement.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        if text.contains('\0') {
            return Err(("it holds a NUL character".to_owned(), "remove it".to_owned()));
        }
        let mut cutter =
            Cutter { rest: text, before: None, pieces: Vec::new(), text: String::new(), ended: false };
        cutter.all().map_err(|(message, help)| (message.to_owned(), help.to_owned()))?;
        let mut pieces = cutter.pieces;
        if let Some(Piece::Text(last)) = pieces.last_mut() {
            last.truncate(last.trim_end().len());
        }
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        if pieces.is_empty() {
            return Err(("there is no statement in it".to_owned(), "for example `select 1`".to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The names of the values that it needs, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for piece in &self.pieces {
            if let Piece::Name(name) = piece
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// As PostgreSQL takes it, with `$1` for the first of `names`. Nothing changes its place, so that the places
    /// in the server's messages are right.
    pub fn numbered(&self) -> String {
        let names = self.names();
        self.with(&|name| {
            let place = names.iter().position(|other| *other == name).unwrap_or_default();
            format!("{:<1$}", format!("${}", place + 1), name.len() + 1)
        })
    }

    /// With what `value` gives for each name.
    pub fn with(&self, value: &dyn Fn(&str) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Name(name) => value(name),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Its first word, in lower case.
    pub fn verb(&self) -> String {
        let Some(Piece::Text(text)) = self.pieces.first() else { return String::new() };
        let mut rest = text.as_str();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
            match comment(rest) {
                Some(length) => rest = &rest[length..],
                None => break,
            }
        }
        rest.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    }

    /// Whether it is of a kind that reads. What such a statement does all the same is the server's to refuse.
    pub fn reads(&self) -> bool {
        matches!(self.verb().as_str(), "select" | "with" | "values" | "table")
    }

    /// Whether it is of a kind that changes rows.
    pub fn changes(&self) -> bool {
        matches!(self.verb().as_str(), "delete" | "update" | "insert" | "merge" | "with")
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with(&|name| format!(":{name}")))
    }
}

/// Cuts a text from left to right.
struct Cutter<'a> {
    rest: &'a str,
    /// The character before the rest.
    before: Option<char>,
    pieces: Vec<Piece>,
    text: String,
    /// Whether a `;` was there, after which nothing may follow.
    ended: bool,
}

impl Cutter<'_> {
    fn all(&mut self) -> Result<(), Misread> {
        while let Some(c) = self.rest.chars().next() {
            let length = match c {
                '\'' => string(self.rest, self.is_escaping())
                    .ok_or(("a string has no end", "close it with `'`"))?,
                '"' => string(self.rest, false).ok_or(("a quoted name has no end", "close it with `\"`"))?,
                '$' => self.dollar()?,
                '-' | '/' if comment(self.rest).is_some() => self.comment()?,
                ':' => match self.colon()? {
                    Some(_) if self.ended => return Err(ONE),
                    Some(name) => {
                        self.name(&name);
                        continue;
                    }
                    None if self.rest.starts_with("::") || self.rest.starts_with(":=") => 2,
                    None => 1,
                },
                ';' => {
                    self.ended = true;
                    self.rest = &self.rest[1..];
                    continue;
                }
                '\\' => {
                    return Err((
                        "`\\` cannot stand outside of a string",
                        "psql would take it for a command",
                    ));
                }
                c => c.len_utf8(),
            };
            self.take(length)?;
        }
        self.flush();
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<(), Misread> {
        let (token, rest) = self.rest.split_at(length);
        if self.ended && !token.trim().is_empty() && comment(token).is_none() {
            return Err(ONE);
        }
        self.before = token.chars().next_back();
        if !self.ended {
            self.text.push_str(token);
        }
        self.rest = rest;
        Ok(())
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        // White space at the very beginning means nothing.
        if !(text.is_empty() || self.pieces.is_empty() && text.trim().is_empty()) {
            self.pieces.push(Piece::Text(text));
        }
    }

    fn name(&mut self, name: &str) {
        self.flush();
        self.rest = &self.rest[1 + name.len()..];
        self.before = name.chars().next_back();
        self.pieces.push(Piece::Name(name.to_owned()));
    }

    /// Whether the quote that follows begins a string with escapes: an `E` of its own stands before it.
    fn is_escaping(&self) -> bool {
        let mut back = self.text.chars().rev();
        matches!(back.next(), Some('e' | 'E')) && !back.next().is_some_and(is_part_of_a_name)
    }

    /// A string between two tags, or something else that begins with `$`.
    fn dollar(&self) -> Result<usize, Misread> {
        if self.before.is_some_and(is_part_of_a_name) {
            return Ok(1);
        }
        let after = &self.rest[1..];
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(("values are not numbered here", "write `:name` in place of `$1`"));
        }
        let tag: usize =
            after.chars().take_while(|c| is_part_of_a_name(*c) && *c != '$').map(char::len_utf8).sum();
        if !after[tag..].starts_with('$') {
            return Ok(1);
        }
        let tag = &self.rest[..tag + 2];
        let end = self.rest[tag.len()..]
            .find(tag)
            .ok_or(("a string between `$` has no end", "close it with the same tag"))?;
        Ok(end + 2 * tag.len())
    }

    /// A name after a colon that is no cast and no part of a name or a number.
    fn colon(&self) -> Result<Option<String>, Misread> {
        let after = &self.rest[1..];
        if self.before == Some(':') || after.starts_with([':', '=']) {
            return Ok(None);
        }
        if after.starts_with(['\'', '"']) {
            return Err(("a value is named without quotes", "write `:name`"));
        }
        let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !after[name.len()..].starts_with(is_part_of_a_name);
        Ok(is_name.then_some(name))
    }

    fn comment(&self) -> Result<usize, Misread> {
        comment(self.rest)
            .filter(|length| *length <= self.rest.len())
            .ok_or(("a comment has no end", "close it with `*/`"))
    }
}

fn is_part_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The length of the string that begins here, its quotes included.
fn string(text: &str, escapes: bool) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// The length of the comment that begins here, if one does; of one without an end more than there is.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    Some(text.len() + 1)
}

decoded!(Sql, |value, location| {
    let text = raw_text("an SQL statement", value, location)?;
    let here = |message: &str, help: &str| Problems::here_with_help(location, message.to_owned(), help);
    if text.contains(SECRET_START) {
        return Err(here(
            "a secret cannot be a part of SQL: it is shown in the record",
            "write `:name`, and `params: { name: \"${secret:…}\" }`",
        ));
    }
    if super::has_capture(&text) {
        return Err(here(
            "a captured value is bound, never pasted into SQL",
            "write `:name` in place of `{{ name }}`",
        ));
    }
    Self::parse(&text.replace(LITERAL_BRACE, "{")).map_err(|(message, help)| here(&message, &help))
});

described!(Sql, |_| json_schema!({
    "type": "string",
    "minLength": 1,
    "description": "One SQL statement; `:name` stands for a value that is bound.",
    "examples": ["select status from orders where id = :id"],
}));

#[cfg(test)]
#[expect(clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::Sql;

    #[test]
    fn names_are_told_from_all_that_looks_like_them() {
        for (text, numbered, names) in [
            ("select 1", "select 1", &[][..]),
            ("select * from t where id = :id;", "select * from t where id = $1", &["id"]),
            (":a,:b, :a::int", "$1,$2, $1::int", &["a", "b"]),
            (
                "select a::text, ':no', \":no\", 'it''s :no'",
                "select a::text, ':no', \":no\", 'it''s :no'",
                &[],
            ),
            ("select E'a\\':no' || :yes", "select E'a\\':no' || $1", &["yes"]),
            ("select 'a\\' || :yes", "select 'a\\' || $1", &["yes"]),
            ("select like'\\' || :yes", "select like'\\' || $1", &["yes"]),
            (
                "select $$ :no $$, $x$ $$ :no $x$, a$b, :yes",
                "select $$ :no $$, $x$ $$ :no $x$, a$b, $1",
                &["yes"],
            ),
            ("select 1 -- :no\n, :yes", "select 1 -- :no\n, $1", &["yes"]),
            (
                "select /* :no /* :no */ :no */ :yes ; -- the end",
                "select /* :no /* :no */ :no */ $1",
                &["yes"],
            ),
            ("select a[1:2], a[1 : n], :n", "select a[1:2], a[1 : n], $1", &["n"]),
            ("call f(x := :x, y => :é)", "call f(x := $1, y => :é)", &["x"]),
            ("select \"a\"\":no\", :été", "select \"a\"\":no\", :été", &[]),
        ] {
            let sql = match Sql::parse(text) {
                Ok(sql) => sql,
                Err(wrong) => panic!("{text}: {wrong:?}"),
            };
            let tight = |text: &str| text.replace(' ', "");
            assert_eq!((tight(&sql.numbered()), sql.names().as_slice()), (tight(numbered), names), "{text}");
            assert!(sql.numbered().len() <= text.len(), "{text}");
        }
    }

    #[test]
    fn what_is_no_single_statement_is_refused() {
        for (text, expected) in [
            ("", "no statement"),
            (" \n ", "no statement"),
            ("select 1; select 2", "more than one"),
            ("select 1;; delete from t", "more than one"),
            ("select 'abc", "has no end"),
            ("select \"abc", "has no end"),
            ("select $a$ abc $b$", "has no end"),
            ("select 1 /* abc /* */", "has no end"),
            ("select $1", "not numbered"),
            ("select :'id'", "without quotes"),
            ("select 1 \\! rm -rf /", "outside of a string"),
            ("select '\0'", "NUL"),
        ] {
            let Err((message, _)) = Sql::parse(text) else { panic!("{text} was taken") };
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn the_first_word_tells_what_it_does() {
        let kind = |text: &str| Sql::parse(text).map(|sql| (sql.verb(), sql.reads(), sql.changes()));
        assert_eq!(kind("SELECT 1"), Ok(("select".to_owned(), true, false)));
        assert_eq!(kind(" -- a\n /* b */ ((With x"), Ok(("with".to_owned(), true, true)));
        assert_eq!(kind("delete\nfrom t"), Ok(("delete".to_owned(), false, true)));
        assert_eq!(kind("drop table t"), Ok(("drop".to_owned(), false, false)));
        assert_eq!(kind(":id"), Ok((String::new(), false, false)));
    }

    proptest! {
        /// Whatever it is given, it gives back or refuses; and it never takes a second statement.
        #[test]
        fn nothing_is_lost(text in "[a:1;'\"$e/*\\- \n_]{0,20}") {
            if let Ok(sql) = Sql::parse(&text) {
                let whole = sql.to_string();
                prop_assert!(text.trim_start_matches(';').trim_start().starts_with(whole.trim_start()), "{:?} became {:?}", text, whole);
                let again = Sql::parse(&whole);
                prop_assert_eq!(again.as_ref(), Ok(&sql));
            }
        }
    }
}
