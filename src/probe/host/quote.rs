//! The one place where commands are written for a shell: for the host's, which may be any, and for the record.
//!
//! sshd hands a command to the user's login shell as one text, and that shell may be fish or tcsh. So the text
//! is `exec /bin/sh -c SCRIPT prod-gate … COMMAND`, made of characters that all of them read alike, and `SCRIPT`
//! decodes `COMMAND`. A local command goes through the same script, so that it is also ended in the same way.

use std::fmt::Write as _;

use crate::text::shell_quote;

/// What the script prints before the command runs; whatever stands before it is the login shell's own.
pub(super) const MARK: &str = "@prod-gate@";

/// The longest that a command may be once it is written for the wire, in bytes: Linux takes 128 KiB a word.
pub(super) const MAX_WIRE_BYTES: usize = 120 << 10;

/// Runs a command, and ends it when its input is closed: by a deadline, by a cut connection, or because
/// the gate itself is gone. Its arguments: the mark, the length of the input, the encoded command.
///
/// The first part of the pipeline passes the input on and leaves a watch behind, in the background, that reads
/// the rest: nothing, until it ends. The watch ends the whole process group, which sshd made for this command
/// (locally the gate does), gently and then not. When the command ended before, there is nobody left to end.
///
/// ssh itself exits with 255 when it fails, so a command that does says so with a second mark.
/// No newline, no `!` and no backslash may stand here: shells differ about those between quotes.
pub(super) const SCRIPT: &str = concat!(
    r#"exec 3<&0; n=$2; c=$(printf %b "$3"); echo "$1"; "#,
    r#"{ [ "$n" = 0 ] || head -c "$n" <&3; "#,
    r#"{ trap "" HUP INT TERM; cat <&3; kill -0 $$ && { kill -TERM 0; sleep 2; kill -KILL 0; }; } >/dev/null 2>&1 & }"#,
    r#" | { exec 3<&-; eval "$c"; }; "#,
    r#"s=$?; [ "$s" -ne 255 ] || echo "$1" >&2; exit "$s""#,
);

pub(super) fn script_arguments(argv: &[String], env: &[(String, String)], input: usize) -> [String; 3] {
    let mut command = String::new();
    for (name, value) in env {
        let _ = write!(command, "export {name}={}; ", shell_quote(value));
    }
    // A program's name may look like an assignment or a reserved word; after `exec` it is only a name.
    let _ = write!(command, "exec {}", words(argv));
    [MARK.to_owned(), input.to_string(), encode(&command)]
}

/// The whole text that sshd gets.
pub(super) fn wire(argv: &[String], env: &[(String, String)], input: usize) -> String {
    let mut wire = format!("exec /bin/sh -c {} prod-gate", any_shell(SCRIPT));
    for argument in script_arguments(argv, env, input) {
        wire.push(' ');
        wire.push_str(&any_shell(&argument));
    }
    wire
}

/// A command for bash, each word quoted where it needs it.
pub fn words(argv: &[String]) -> String {
    argv.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" ")
}

/// A word between single quotes that sh, bash, fish and tcsh read alike. A backslash stands outside the quotes:
/// fish takes it for an escape inside them.
fn any_shell(word: &str) -> String {
    let mut out = String::from("'");
    for c in word.chars() {
        match c {
            '\'' => out.push_str(r"'\''"),
            '\\' => out.push_str(r"'\\'"),
            _ => out.push(c),
        }
    }
    out + "'"
}

/// For `printf %b`: what shells do not read alike between quotes, as octal.
fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\' | b'!') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\0{byte:03o}");
        }
        out
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_script_holds_nothing_that_shells_read_differently() {
        assert!(!SCRIPT.contains(['\'', '\\', '!', '\n']), "{SCRIPT}");
    }

    #[test]
    fn a_plain_command_stays_readable_on_the_wire() {
        let argv = ["docker", "container", "inspect", "nexus-next-app"].map(str::to_owned);
        assert!(
            wire(&argv, &[], 0)
                .ends_with("' prod-gate '@prod-gate@' '0' 'exec docker container inspect nexus-next-app'")
        );
    }

    #[test]
    fn the_words_are_quoted_for_bash() {
        assert_eq!(words(&["a b".to_owned(), "it's".to_owned(), String::new()]), r"'a b' 'it'\''s' ''");
    }

    /// Through one more shell, as sshd runs it.
    fn through(shell: &[&str], argv: &[String]) -> Vec<u8> {
        let mut command = Command::new(shell[0]);
        command
            .args(&shell[1..])
            .arg("-c")
            .arg(wire(argv, &[], 0))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Without a group of its own the watch would end the test.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().unwrap();
        // Held to the end: a closed input ends the command.
        let held = child.stdin.take();
        let output = child.wait_with_output().unwrap().stdout;
        drop(held);
        output
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
        #[test]
        fn what_arrives_is_what_was_sent(words in proptest::collection::vec(r#"(-|--|)(\PC|[\n\t\r !\\'"$`*~#=^é€🚀]){0,12}"#, 0..6)) {
            let mut argv = vec!["printf".to_owned(), "%s\\0".to_owned(), "-".to_owned()];
            argv.extend(words);
            let mut expected = format!("{MARK}\n").into_bytes();
            expected.extend(argv[2..].iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()));
            for shell in [&["sh"][..], &["bash"]] {
                proptest::prop_assert_eq!(through(shell, &argv), expected.clone());
            }
        }
    }
}
