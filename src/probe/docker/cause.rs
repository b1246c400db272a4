//! From what docker or podman says when it fails to a kind of cause.

use crate::model::{Cause, CauseCode};
use crate::probe::host::CommandOutput;

/// What is said, in lower case: the words differ in it from version to version.
const SIGNS: [(&str, CauseCode); 17] = [
    ("permission denied while trying to connect", CauseCode::DockerAccess),
    ("sudo: a password is required", CauseCode::DockerAccess),
    ("sudo: a terminal is required", CauseCode::DockerAccess),
    ("is not allowed to execute", CauseCode::DockerAccess),
    ("cannot connect to the docker daemon", CauseCode::Docker),
    ("failed to connect to the docker api", CauseCode::Docker),
    ("error during connect", CauseCode::Docker),
    ("cannot connect to podman", CauseCode::Docker),
    ("no such container", CauseCode::NoContainer),
    ("no container with name or id", CauseCode::NoContainer),
    (" is not running", CauseCode::ContainerState),
    (" is restarting, wait", CauseCode::ContainerState),
    // A command was to begin when the container had just ended.
    ("unable to upgrade to tcp, received 409", CauseCode::ContainerState),
    (" is paused", CauseCode::ContainerState),
    ("container state improper", CauseCode::ContainerState),
    ("error response from daemon:", CauseCode::Docker),
    ("sudo: docker: command not found", CauseCode::CommandMissing),
];

/// With what a line begins that docker, podman or sudo wrote, and not a command in a container.
const SPEAKERS: [&str; 10] = [
    "error:",
    "error response from daemon:",
    "error during connect",
    "cannot connect to the docker daemon",
    "failed to connect to the docker api",
    "permission denied while trying to connect",
    "got permission denied while trying to connect",
    "unable to upgrade to tcp, received",
    "sudo:",
    "sorry, user",
];

/// The cause that a failed call tells of; none when it succeeded, or when what failed is something else.
pub(super) fn cause_of(output: &CommandOutput) -> Option<Cause> {
    // In a pipeline docker may fail and the last program succeed: only an error that is said counts then.
    let said = output.said();
    let line = said.lines().map(str::trim).find(|line| {
        let line = line.to_lowercase();
        SPEAKERS.iter().any(|speaker| line.starts_with(speaker))
    })?;
    let lower = line.to_lowercase();
    let (_, code) = SIGNS.iter().find(|(sign, _)| lower.contains(sign))?;
    Some(Cause::new(*code, line))
}

/// Whether the program that was to be run in a container is not there.
pub(super) fn program_missing(output: &CommandOutput) -> bool {
    // Older engines say it on the output.
    let said = output.said() + &output.text();
    matches!(output.status, Some(126 | 127))
        && (said.contains("executable file") && said.contains("not found in $PATH")
            || said.contains("unable to start container process")
                && said.contains("no such file or directory"))
}

pub(super) fn no_container(name: &str) -> Cause {
    Cause::new(CauseCode::NoContainer, name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use super::*;

    fn output(status: i32, said: &str) -> CommandOutput {
        CommandOutput {
            status: Some(status),
            stdout: Vec::new(),
            stderr: said.as_bytes().to_vec(),
            cut: false,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn each_failure_has_its_kind() {
        use CauseCode::{ContainerState, Docker, DockerAccess, NoContainer};
        for (said, code) in [
            ("Error response from daemon: No such container: nope", NoContainer),
            ("Error: No such container: nope", NoContainer),
            ("Error: no container with name or ID \"nope\" found: no such container", NoContainer),
            ("Error response from daemon: Container e2ac is not running", ContainerState),
            ("Error response from daemon: container e2ac is not running", ContainerState),
            (
                "Error response from daemon: Container ac is restarting, wait until the container is running",
                ContainerState,
            ),
            (
                "Error response from daemon: Container p is paused, unpause the container before exec",
                ContainerState,
            ),
            (
                "Error: can only create exec sessions on running containers: container state improper",
                ContainerState,
            ),
            ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", Docker),
            (
                "WARNING: Error loading config file: open /root/.docker/config.json: permission denied\n\
                 permission denied while trying to connect to the Docker daemon socket at unix:///x",
                DockerAccess,
            ),
            ("Error response from daemon: something new", Docker),
        ] {
            assert_eq!(cause_of(&output(1, said)).unwrap().code, code, "{said}");
        }
        // What a command in a container says of its own world is its answer.
        assert_eq!(cause_of(&output(1, "psql: the server is not running")), None);
        assert_eq!(cause_of(&output(1, "")), None);
    }

    #[test]
    fn a_missing_program_in_a_container_is_known_by_its_status_as_well() {
        let said = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": \
                    executable file not found in $PATH: unknown";
        assert!(program_missing(&output(126, said)));
        let said = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/x\": stat /x: \
                    no such file or directory: unknown";
        assert!(program_missing(&output(127, said)));
        assert!(!program_missing(&output(1, said)));
        assert!(!program_missing(&output(127, "sh: x: not found")));
    }
}
