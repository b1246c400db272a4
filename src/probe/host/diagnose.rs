//! From what ssh says when it cannot connect to a kind of cause, with the way out where it is exact.

use super::settings::SshSettings;
use crate::model::{Cause, CauseCode};
use crate::text::shell_quote;

/// What ssh says, in the order in which it is looked for: a line about a key stands before the line about the
/// closed connection that follows from it.
const SIGNS: [(&str, CauseCode); 17] = [
    ("IDENTIFICATION HAS CHANGED", CauseCode::HostKeyChanged),
    ("REVOKED HOST KEY", CauseCode::HostKeyChanged),
    ("host key is known for", CauseCode::HostKeyUnknown),
    ("Host key verification failed", CauseCode::HostKeyUnknown),
    ("Permission denied (", CauseCode::SshAuth),
    ("Too many authentication failures", CauseCode::SshAuth),
    ("Could not resolve hostname", CauseCode::Dns),
    ("Connection refused", CauseCode::Refused),
    ("No route to host", CauseCode::Unreachable),
    ("Network is unreachable", CauseCode::Unreachable),
    ("timed out", CauseCode::Timeout),
    ("Bad owner or permissions", CauseCode::Ssh),
    ("Bad configuration option", CauseCode::Ssh),
    ("Connection closed", CauseCode::Reset),
    ("Connection reset", CauseCode::Reset),
    ("closed by remote host", CauseCode::Reset),
    ("ssh: not found", CauseCode::CommandMissing),
];

/// A key that cannot be read is told of in a line of its own, before the login that fails without it.
const MAX_SHOWN_LINES: usize = 3;

pub(super) fn diagnose(said: &str, settings: &SshSettings) -> Cause {
    let code = SIGNS.iter().find(|(sign, _)| said.contains(sign)).map_or(CauseCode::Ssh, |(_, code)| *code);
    let detail = match code {
        CauseCode::HostKeyChanged => changed(said, settings),
        CauseCode::HostKeyUnknown => unknown(said),
        CauseCode::CommandMissing => "ssh".to_owned(),
        _ => format!("ssh {}: {}", settings.destination, last(said)),
    };
    Cause::new(code, detail)
}

/// The last lines: before them may stand the banner that some hosts show.
fn last(said: &str) -> String {
    let lines = lines(said);
    lines[lines.len().saturating_sub(MAX_SHOWN_LINES)..].join("; ")
}

/// The lines that say something, without the frame around a warning.
fn lines(said: &str) -> Vec<&str> {
    said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('@')).collect()
}

fn changed(said: &str, settings: &SshSettings) -> String {
    let lines = lines(said);
    let find = |start: &str| lines.iter().find_map(|line| line.strip_prefix(start));
    // ssh names a host that does not stand at port 22 as known_hosts does: [name]:port.
    let host = find("Host key for ").and_then(|rest| rest.split_once(" has changed")).map(|(host, _)| host);
    let host = host.unwrap_or(&settings.destination);
    let offered =
        lines.iter().find(|line| line.starts_with("SHA256:")).map(|line| line.trim_end_matches('.'));
    let offered = offered.map_or(String::new(), |key| format!(" offers {key}, which"));
    let (kind, place) = find("Offending ").and_then(|rest| rest.split_once(" key in ")).unwrap_or_default();
    let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
    let (place, remove) = if settings.known_hosts.is_some() {
        (format!("line {line} of the known_hosts given to prod-gate"), "replace that line".to_owned())
    } else {
        let remove = format!("ssh-keygen -R {} -f {}", shell_quote(host), shell_quote(file));
        (format!("line {line} of {file}"), format!("{remove}, then add the new line"))
    };
    let key = kind.to_lowercase();
    format!(
        "{host}{offered} is not the {kind} key in {place}. Compare with `ssh-keygen -lf \
         /etc/ssh/ssh_host_{key}_key.pub` on the host itself; only if they are equal: {remove}"
    )
}

fn unknown(said: &str) -> String {
    let lines = lines(said);
    let first = lines.iter().find(|line| line.contains("host key is known for"));
    let host = first.and_then(|line| line.split_once(" is known for "));
    let host = host.and_then(|(_, rest)| rest.split_once(" and ")).map(|(host, _)| host);
    let Some(host) = host else { return last(said) };
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        Some((name, port)) => (name, format!("-p {port} ")),
        None => (host, String::new()),
    };
    format!(
        "{host} is in no known_hosts. `ssh-keyscan {port}{}` prints the lines to add, after comparing them with \
         `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host itself",
        shell_quote(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@\n\
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n\
        The fingerprint for the ED25519 key sent by the remote host is\nSHA256:abc/def.\n\
        Please contact your system administrator.\n\
        Add correct host key in /home/ci/.ssh/known_hosts to get rid of this message.\n\
        Offending ED25519 key in /home/ci/.ssh/known_hosts:7\n\
        Host key for [prod.example.org]:2222 has changed and you have requested strict checking.\n\
        Host key verification failed.\n";

    #[test]
    fn a_changed_key_comes_with_its_fingerprint_its_line_and_the_command() {
        let mut settings = SshSettings::new("prod.example.org");
        let cause = diagnose(CHANGED, &settings);
        assert_eq!(cause.code, CauseCode::HostKeyChanged);
        assert_eq!(
            cause.detail,
            "[prod.example.org]:2222 offers SHA256:abc/def, which is not the ED25519 key in line 7 of \
             /home/ci/.ssh/known_hosts. Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the \
             host itself; only if they are equal: ssh-keygen -R '[prod.example.org]:2222' -f \
             /home/ci/.ssh/known_hosts, then add the new line"
        );
        settings.known_hosts = Some(String::new());
        let cause = diagnose(CHANGED, &settings);
        assert!(cause.detail.contains("line 7 of the known_hosts given to prod-gate"), "{}", cause.detail);
        assert!(cause.detail.ends_with("replace that line"), "{}", cause.detail);
    }

    #[test]
    fn each_failure_has_its_kind() {
        let settings = SshSettings::new("deploy@prod");
        for (said, code) in [
            (
                "No ED25519 host key is known for prod and you have requested strict checking.\n\
                 Host key verification failed.",
                CauseCode::HostKeyUnknown,
            ),
            ("deploy@prod: Permission denied (publickey).", CauseCode::SshAuth),
            ("Received disconnect: 2: Too many authentication failures", CauseCode::SshAuth),
            ("ssh: Could not resolve hostname prod: Name or service not known", CauseCode::Dns),
            ("ssh: connect to host prod port 22: Connection refused", CauseCode::Refused),
            ("ssh: connect to host prod port 22: No route to host", CauseCode::Unreachable),
            ("Connection timed out during banner exchange", CauseCode::Timeout),
            ("kex_exchange_identification: Connection closed by remote host", CauseCode::Reset),
            ("Unable to negotiate with ::1: no matching host key type found", CauseCode::Ssh),
            ("prod-gate: 1: ssh: not found", CauseCode::CommandMissing),
        ] {
            assert_eq!(diagnose(said, &settings).code, code, "{said}");
        }
    }
}
