//! From the client library's error to a kind of cause. Nothing of the URL stands in it: only what the server
//! or the network said.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition};

use crate::model::{Cause, CauseCode};
use crate::probe::classify;

/// The cause that an error tells of. `before` is how many characters of ours stood before the given SQL.
pub fn of(error: &Error, sql: &str, before: usize) -> Cause {
    if let Some(said) = error.as_db_error() {
        return Cause::new(code_of(said), told(said, sql, before));
    }
    let innermost = innermost(error);
    let code = if error.is_closed() { Some(CauseCode::Reset) } else { code_of_chain(error) };
    let code = code.unwrap_or_else(|| match (error.to_string().as_str(), innermost.as_str()) {
        (_, "server does not support TLS") => CauseCode::NoTls,
        (_, "password missing") => CauseCode::DatabasePassword,
        ("authentication error", _) => CauseCode::DatabaseLogin,
        ("error performing TLS handshake", _) => CauseCode::Tls,
        _ => CauseCode::DatabaseProtocol,
    });
    Cause::new(code, innermost)
}

fn code_of_chain(error: &Error) -> Option<CauseCode> {
    classify::chain(error).find_map(|error| {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(classify::code_of_tls(tls));
        }
        error.downcast_ref::<std::io::Error>().and_then(classify::code_of_io)
    })
}

fn innermost(error: &Error) -> String {
    let last = error.source().and_then(|source| classify::chain(source).last());
    last.map_or_else(|| error.to_string(), ToString::to_string)
}

/// The kind of what a server said, by its SQLSTATE: messages come in the server's language.
fn code_of(said: &DbError) -> CauseCode {
    match said.code().code() {
        "28P01" => CauseCode::DatabasePassword,
        "3D000" => CauseCode::NoDatabase,
        "42501" => CauseCode::DatabaseAccess,
        "25006" => CauseCode::QueryWrites,
        // A cursor, which reads only, over a statement that writes.
        "0A000" if said.message().contains("data-modifying") => CauseCode::QueryWrites,
        "57014" | "55P03" | "25P04" => CauseCode::QueryCancelled,
        "57P01" | "57P02" | "57P05" | "25P03" => CauseCode::Reset,
        "57P03" => CauseCode::DatabaseBusy,
        code if code.starts_with("28") => CauseCode::DatabaseLogin,
        code if code.starts_with("53") => CauseCode::DatabaseBusy,
        code if code.starts_with("08") => CauseCode::DatabaseProtocol,
        _ => CauseCode::Query,
    }
}

/// The message, its code and its place. Never the detail that may follow: it quotes rows.
fn told(said: &DbError, sql: &str, before: usize) -> String {
    let mut text = format!("{} (SQLSTATE {})", said.message(), said.code().code());
    if let Some(ErrorPosition::Original(at)) = said.position()
        && let Some(at) = (*at as usize).checked_sub(before + 1)
        && at <= sql.chars().count()
    {
        let (line, column) = place(sql, at);
        text = format!("{text}, line {line}, column {column}");
    }
    text
}

/// The line and the column, from 1, of the character that has so many before it.
fn place(sql: &str, at: usize) -> (usize, usize) {
    let before: Vec<char> = sql.chars().take(at).collect();
    let line = before.iter().filter(|c| **c == '\n').count() + 1;
    let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_count_lines_and_characters() {
        assert_eq!(place("select é\n from x", 0), (1, 1));
        assert_eq!(place("select é\n from x", 9), (2, 1));
        assert_eq!(place("select é\n from x", 11), (2, 3));
    }
}
