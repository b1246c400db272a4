//! Markdown that outside text cannot break out of.
//!
//! Templates and sections only put [`Md`] values together, and a text becomes one through the functions
//! below: prose is escaped, identifiers become code, blocks get a fence that their text cannot close.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::clean;

/// A piece of markdown that is safe where it was made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Md(String);

impl Md {
    /// Words of our own, which hold markdown on purpose, and pieces put together from safe ones.
    pub(crate) fn own(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Md {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Pieces with something between them; empty ones are left out.
pub(crate) fn join(pieces: impl IntoIterator<Item = Md>, between: &str) -> Md {
    let pieces: Vec<String> =
        pieces.into_iter().filter(|piece| !piece.is_empty()).map(|piece| piece.0).collect();
    Md(pieces.join(between))
}

/// Prose within a line or a table's cell.
pub(crate) fn inline(text: &str) -> Md {
    let text = clean::line(text);
    let chars: Vec<char> = text.trim().chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut out = String::with_capacity(text.len());
    for (i, &c) in chars.iter().enumerate() {
        let before = if i == 0 { ' ' } else { at(i - 1) };
        match c {
            '<' => out.push_str("&lt;"),
            // As an entity, because a backslash before a pipe means different things to different readers.
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '[' | ']' | '>' | '~' | '$' | '&' => out.extend(['\\', c]),
            '_' if !(before.is_alphanumeric() && at(i + 1).is_alphanumeric()) => out.push_str("\\_"),
            // GitHub makes links of bare addresses, and mail addresses of what looks like one.
            ':' if at(i + 1) == '/' && at(i + 2) == '/' => out.push_str("\\:"),
            '.' if before.eq_ignore_ascii_case(&'w') => out.push_str("\\."),
            _ => out.push(c),
        }
    }
    Md(out)
}

/// Prose that stands at the beginning of a line, where `#`, `-` or `1.` would mean something.
pub(crate) fn at_line_start(text: &str) -> Md {
    let indent: String = text.chars().take_while(|c| matches!(c, ' ' | '\t')).map(|_| '\u{a0}').collect();
    let escaped = inline(text).0;
    let digits = escaped.chars().take_while(char::is_ascii_digit).count();
    let marker = escaped[digits..].starts_with(['.', ')']) && digits > 0;
    Md(match escaped.chars().next() {
        Some('#' | '-' | '+' | '=' | ':') => format!("{indent}\\{escaped}"),
        _ if marker => format!("{indent}{}\\{}", &escaped[..digits], &escaped[digits..]),
        _ => format!("{indent}{escaped}"),
    })
}

/// An identifier or a value as code, within a line or a table's cell.
pub(crate) fn code(text: &str) -> Md {
    let text = clean::line(text);
    if text.trim().is_empty() {
        return Md("` `".to_owned());
    }
    // A pipe ends a table's cell even inside backticks, so such a text is written in entities.
    if text.contains(['|', '`']) {
        return Md(format!("<code>{}</code>", entities(&text)));
    }
    let pad = if text.starts_with(' ') && text.ends_with(' ') { " " } else { "" };
    Md(format!("`{pad}{text}{pad}`"))
}

/// A text inside an HTML block of our own, such as `<summary>`.
pub(crate) fn html(text: &str) -> Md {
    Md(entities(&clean::line(text)))
}

/// A link with our own words, when the address is plain; else the address as code.
pub(crate) fn link(words: &str, url: &str) -> Md {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!&+,;=%".contains(c);
    if (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain) {
        Md(format!("[{words}](<{url}>)"))
    } else {
        join([Md(words.to_owned()), code(url)], " ")
    }
}

/// A fenced block whose text cannot close it.
pub(crate) fn fence(language: &str, text: &str) -> Md {
    let language: String =
        language.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+')).take(20).collect();
    let text = clean::lines(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let text = text.trim_end_matches('\n');
    Md(format!("{fence}{language}\n{text}\n{fence}"))
}

/// A quotation, line by line; what the text would do as markdown is taken from it.
pub(crate) fn quote(text: &str) -> Md {
    let text = clean::lines(text);
    let mut out = String::new();
    let mut lines = text.trim_end().lines().map(at_line_start).peekable();
    while let Some(line) = lines.next() {
        let more = lines.peek().is_some_and(|next| !next.as_str().trim().is_empty());
        let _ = match line.as_str().trim() {
            "" => writeln!(out, ">"),
            // A hard break keeps the writer's lines.
            _ if more => writeln!(out, "> {line}<br>"),
            _ => writeln!(out, "> {line}"),
        };
    }
    Md(out.trim_end().to_owned())
}

pub(crate) fn item(head: &Md, under: &[Md]) -> Md {
    let under = under.iter().map(|line| Md(format!("  - {line}")));
    join(std::iter::once(Md(format!("- {head}"))).chain(under), "\n")
}

/// A table. Every row has as many cells as the head.
pub(crate) fn table(head: &[&str], rows: &[Vec<Md>]) -> Md {
    let mut out = format!("| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        out.push_str("\n|");
        for i in 0..head.len() {
            let cell = row.get(i).map_or("", Md::as_str);
            let _ = write!(out, " {} |", if cell.is_empty() { "—" } else { cell });
        }
    }
    Md(out)
}

/// Something folded away under a line that says what it is.
pub(crate) fn details(summary: &Md, body: &Md) -> Md {
    Md(format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Every ASCII punctuation character as an entity: no reader of markdown or HTML acts on those.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match c {
            '-' | '.' | ',' | '/' | '(' | ')' | '=' | '?' | '%' => write!(out, "{c}"),
            c if c.is_ascii_punctuation() => write!(out, "&#{};", u32::from(c)),
            c => write!(out, "{c}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_loses_its_markdown() {
        assert_eq!(inline("a_b *c* _d_ [x](y)").as_str(), "a_b \\*c\\* \\_d\\_ \\[x\\](y)");
        assert_eq!(inline("<!-- x | y").as_str(), "&lt;!-- x &#124; y");
        assert_eq!(
            inline("https://evil.example www.evil.example").as_str(),
            "https\\://evil.example www\\.evil.example"
        );
    }

    #[test]
    fn a_line_cannot_begin_a_block() {
        assert_eq!(at_line_start("## 9. Forged").as_str(), "\\## 9. Forged");
        assert_eq!(at_line_start("- [x] done").as_str(), "\\- \\[x\\] done");
        assert_eq!(at_line_start("12. x").as_str(), "12\\. x");
        assert_eq!(at_line_start("    indented").as_str(), "\u{a0}\u{a0}\u{a0}\u{a0}indented");
    }

    #[test]
    fn code_keeps_pipes_and_backticks_out_of_the_table() {
        assert_eq!(code("/bilan").as_str(), "`/bilan`");
        assert_eq!(code("a\\|b").as_str(), "<code>a&#92;&#124;b</code>");
        assert_eq!(code("a`b\nc").as_str(), "<code>a&#96;b c</code>");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("json", "a\n````\nb\n").as_str(), "`````json\na\n````\nb\n`````");
        assert_eq!(fence("x y`z", "a").as_str(), "```xyz\na\n```");
    }

    #[test]
    fn only_plain_addresses_become_links() {
        assert_eq!(link("run", "https://e.org/1").as_str(), "[run](<https://e.org/1>)");
        assert_eq!(link("run", "javascript:alert(1)").as_str(), "run `javascript:alert(1)`");
        assert_eq!(link("run", "https://e.org/>) [x](y").as_str(), "run `https://e.org/>) [x](y`");
    }

    #[test]
    fn a_quotation_keeps_its_lines() {
        assert_eq!(quote("one\ntwo\n\n# three\n").as_str(), "> one<br>\n> two\n>\n> \\# three");
    }
}
