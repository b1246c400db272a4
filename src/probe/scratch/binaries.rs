//! PostgreSQL's own programs on this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::place::ScratchFolder;
use super::server::{HOLD, SETTINGS, Server, no_place};
use crate::model::{Cause, CauseCode};
use crate::probe::host::passed_on;

/// The folders in which packages put each major's programs; `*` is the major.
const FOLDERS: [&str; 6] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// The longest that a server of this machine may take to be ready.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// The programs of one major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    folder: PathBuf,
    major: u32,
    version: String,
}

impl Programs {
    pub(super) fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// Those of this major: in `folder`, else wherever they are looked for.
    pub(super) async fn find(major: u32, folder: Option<&Path>) -> Result<Self, Cause> {
        let folders = folder.map_or_else(folders, |folder| vec![folder.to_owned()]);
        let mut others = Vec::new();
        for folder in &folders {
            match Self::of(folder).await {
                Some(programs) if programs.major == major => return Ok(programs),
                Some(programs) => others.push(format!("{} ({})", programs.version, programs.folder())),
                None => {}
            }
        }
        let place = folder.map_or("on this machine".to_owned(), |folder| format!("in {}", folder.display()));
        if others.is_empty() {
            let detail = format!("no programs of PostgreSQL {major} {place}");
            return Err(Cause::new(CauseCode::ScratchMissing, detail));
        }
        let detail = format!("production runs PostgreSQL {major}; {place}: {}", others.join(", "));
        Err(Cause::new(CauseCode::ScratchMajor, detail))
    }

    async fn of(folder: &Path) -> Option<Self> {
        let program = folder.join("postgres");
        if !program.is_file() || !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(&program).arg("--version").stdin(Stdio::null()).output().await.ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
        let digits = version.chars().take_while(char::is_ascii_digit).count();
        Some(Self {
            folder: folder.to_owned(),
            major: version[..digits].parse().ok()?,
            version: version.to_owned(),
        })
    }

    /// Start a server in a folder of its own. Its socket is in that folder.
    pub(super) async fn start(&self) -> Result<(Server, PathBuf), Cause> {
        let place = ScratchFolder::make().await.map_err(|error| no_place(&error))?;
        let sockets = place.folder.clone();
        let mut process = Command::new("/bin/sh");
        process.args(["-c", HOLD, "prod-gate"]).arg(&place.folder).arg(&self.folder);
        for setting in SETTINGS {
            process.args(["-c", setting]);
        }
        process.arg("-c").arg(format!("unix_socket_directories={}", sockets.display()));
        process.args(["-c", "unix_socket_permissions=0700"]);
        process.env_clear().envs(passed_on()).env("LC_ALL", "C");
        if let Some((user, group)) = place.user {
            process.uid(user).gid(group);
        }
        // Whatever folder the gate was started in, the other user may not be allowed into it.
        process.current_dir(&place.folder);
        Ok((Server::start(process, place, &sockets, START_DEADLINE).await?, sockets))
    }
}

/// Where programs are looked for: first where the user says, then where packages put them.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    found.extend(FOLDERS.iter().flat_map(|pattern| expand(pattern)));
    found
}

/// The folders that a pattern with one `*` names, the latest first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return Vec::new() };
    let (parent, start) = before.rsplit_once('/').unwrap_or_default();
    let mut found: Vec<PathBuf> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(start));
            rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
        })
        .map(|entry| PathBuf::from(format!("{}{after}", entry.path().display())))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::expand;

    #[test]
    fn a_pattern_names_the_folders_of_majors_only() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["pg-15", "pg-9.6", "pg-common", "pg-", "other"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let base = folder.path().display();
        let found = expand(&format!("{base}/pg-*/bin"));
        assert_eq!(
            found,
            [format!("{base}/pg-9.6/bin").into(), std::path::PathBuf::from(format!("{base}/pg-15/bin"))]
        );
    }
}
