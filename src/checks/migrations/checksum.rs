//! Checksums of migrations, as Prisma writes and compares them.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The length of a checksum that was written as it should be.
const WHOLE: usize = 64;

/// The SHA-256 of a `migration.sql`, in lower-case hex digits.
pub fn of(sql: &[u8]) -> String {
    padded(&Sha256::digest(sql))
}

/// Whether a `migration.sql` is the one that the history holds this checksum of: as it is, or with the other
/// kind of line endings, which git changes from system to system.
pub fn matches(sql: &[u8], stored: &str) -> bool {
    is(sql, stored)
        || is(&replaced(sql, b"\r\n", b"\n"), stored)
        // As Prisma does it: a CR that is there already is doubled.
        || is(&replaced(sql, b"\n", b"\r\n"), stored)
}

/// Whether two files are the same migration, whatever their line endings.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one == other || matches(one, &of(other)) || matches(other, &of(one))
}

fn is(sql: &[u8], stored: &str) -> bool {
    let digest = Sha256::digest(sql);
    // An older Prisma left away the first digit of a byte below 16.
    if !stored.is_empty() && stored.len() < WHOLE {
        unpadded(&digest) == stored
    } else {
        padded(&digest) == stored
    }
}

fn padded(digest: &[u8]) -> String {
    written(digest, |out, byte| write!(out, "{byte:02x}"))
}

fn unpadded(digest: &[u8]) -> String {
    written(digest, |out, byte| write!(out, "{byte:x}"))
}

fn written(digest: &[u8], byte: impl Fn(&mut String, u8) -> std::fmt::Result) -> String {
    digest.iter().fold(String::with_capacity(WHOLE), |mut out, one| {
        let _ = byte(&mut out, *one);
        out
    })
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(*first);
            rest = &rest[1..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &[u8] = b"CREATE TABLE a (id int);\nSELECT 1;\n";

    #[test]
    fn a_checksum_is_what_sha256sum_prints() {
        assert_eq!(of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn line_endings_are_no_edit_and_everything_else_is() {
        let windows = replaced(SQL, b"\n", b"\r\n");
        let stored = of(SQL);
        for (file, matching) in [
            (SQL.to_vec(), true),
            (windows.clone(), true),
            ([SQL, b"\n"].concat(), false),
            ([b"\xef\xbb\xbf", SQL].concat(), false),
            (SQL[..SQL.len() - 1].to_vec(), false),
            (SQL.to_ascii_lowercase(), false),
        ] {
            assert_eq!(matches(&file, &stored), matching, "{}", String::from_utf8_lossy(&file));
        }
        // Written on Windows, and checked out with LF.
        assert!(matches(SQL, &of(&windows)));
        assert!(same(SQL, &windows) && same(&windows, SQL) && !same(SQL, b"SELECT 2;\n"));
    }

    #[test]
    fn mixed_line_endings_follow_the_tool() {
        let mixed = b"a\r\nb\n";
        assert!(matches(mixed, &of(b"a\nb\n")));
        assert!(matches(mixed, &of(b"a\r\r\nb\r\n")));
        assert!(!matches(mixed, &of(b"a\r\nb\r\n")));
    }

    #[test]
    fn an_old_checksum_without_its_zeroes_is_compared_in_that_form() {
        // SHA-256 of `5`: ef2d127d…, with bytes below 16 in it.
        let sql = b"5";
        let stored = unpadded(&Sha256::digest(sql));
        assert!(stored.len() < WHOLE, "{stored}");
        assert!(matches(sql, &stored));
        assert!(!matches(b"6", &stored));
        assert!(!matches(sql, "") && !matches(sql, &of(sql)[1..]));
    }

    #[test]
    fn bytes_that_are_not_text_have_a_checksum_too() {
        assert!(matches(b"\xff\xfe\n", &of(b"\xff\xfe\n")));
    }
}
