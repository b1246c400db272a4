//! Commands on the machine that the gate runs on.

use std::ffi::OsString;

use tokio::process::Command as Process;

use super::command::HostCommand;
use super::quote::{SCRIPT, script_arguments};

/// What a command gets of the gate's environment. The rest may hold the gate's secrets, which are no business of
/// production's commands; over SSH they would not be there either.
const PASSED_ON: [&str; 16] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
];

/// The process of this command. It is not killed when it is dropped: its closed input ends it, and all that it
/// started with it.
pub(super) fn process(command: &HostCommand) -> Process {
    let input = command.input.as_ref().map_or(0, Vec::len);
    let mut process = Process::new("/bin/sh");
    process
        .args(["-c", SCRIPT, "prod-gate"])
        .args(script_arguments(&command.argv, &command.env, input))
        .env_clear()
        .envs(passed_on());
    process
}

/// The variables of the gate's environment that its processes get.
pub(in crate::probe) fn passed_on() -> impl Iterator<Item = (&'static str, OsString)> {
    PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}
