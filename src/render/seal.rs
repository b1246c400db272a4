//! The seal: what stands above it is bound by a digest, what stands below it is the lead's.
//!
//! The digest is the SHA-256 of all bytes before the first line that holds the mark, so that anyone can
//! compute it: `sed '/prod-gate:seal/,$d' FILE | sha256sum`.

use sha2::{Digest as _, Sha256};

/// The mark. Text above the seal never holds it; see [`neutralise`].
const MARK: &str = "prod-gate:seal";

const PIPE: &str = "| sha256sum";

pub const SEAL: &str = "<!-- prod-gate:seal -->";

/// The command that computes the digest of the record `file`, for people.
pub fn command(file: &str) -> String {
    // A record's name is plain; anything else in it would need quotes and has no place here.
    let file: String = file.chars().filter(|c| c.is_ascii_alphanumeric() || "._-/".contains(*c)).collect();
    format!("{} {file} {PIPE}", sed())
}

pub(super) fn file_of(command: &str) -> Option<String> {
    let file = command.strip_prefix(&sed())?.strip_prefix(' ')?.strip_suffix(PIPE)?.strip_suffix(' ')?;
    Some(file.to_owned())
}

fn sed() -> String {
    format!("sed '/{MARK}/,$d'")
}

/// The text without the mark, to be put above the seal: whoever wrote the mark there, it is no seal.
pub(crate) fn neutralise(text: &str) -> String {
    text.replace(MARK, "prod-gate seal")
}

/// What stands before the seal's line, and the rest from that line on; nothing when there is no seal.
pub fn split(record: &str) -> Option<(&str, &str)> {
    let mark = record.find(MARK)?;
    let line = record[..mark].rfind('\n').map_or(0, |at| at + 1);
    Some(record.split_at(line))
}

/// The digest of the record's sealed part, lower-case hex; nothing when there is no seal.
pub fn digest(record: &str) -> Option<String> {
    split(record).map(|(above, _)| hex(above))
}

/// The digest of a text that is still to be sealed.
pub(crate) fn hex(above: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(above.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What `sed` and `sha256sum` say about the text.
    fn by_hand(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("record.md"), text).unwrap();
        let output =
            Command::new("sh").arg("-c").arg(command("record.md")).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
    }

    #[test]
    fn no_seal_no_digest() {
        assert_eq!(digest("# PROD DEPLOY\n"), None);
    }

    #[test]
    fn nothing_below_changes_the_digest() {
        let one = digest(&format!("a\n{SEAL}\n- [ ] x\n"));
        assert_eq!(one, digest(&format!("a\n{SEAL}\n- [x] y\n")));
        assert_ne!(one, digest(&format!("b\n{SEAL}\n- [ ] x\n")));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_digest_is_what_sed_and_sha256sum_say(above in "([^\\x00]|\n){0,40}") {
            let text = format!("{}\n{SEAL}\nbelow\n", neutralise(&above));
            prop_assert_eq!(digest(&text), Some(by_hand(&text)));
        }
    }
}
