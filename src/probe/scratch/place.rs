//! The folder of a throwaway server, whom it belongs to, and the ones that killed runs left behind.
//!
//! A folder is locked for as long as the gate that made it lives, however that ends. One that can be locked
//! belongs to nobody any more, and the next start removes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use tokio::process::Command;

/// How the folders' names begin.
pub(super) const FOLDER_PREFIX: &str = "prod-gate-scratch-";
const LOCK_FILE: &str = "lock";
/// A socket's path may have about 100 bytes.
const MAX_FOLDER_BYTES: usize = 50;
/// A folder without a lock is one that is being made, unless it is older than this.
const BEING_MADE: Duration = Duration::from_secs(60);
/// How long a server that was left behind may take to end.
const KILL_DEADLINE: Duration = Duration::from_secs(3);
/// Whom a server runs as when the gate is root, the first that there is: PostgreSQL refuses root.
const USERS: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// A folder of this gate's. It is not removed with this: whoever runs the server does that, after it has ended.
#[derive(Debug)]
pub(super) struct ScratchFolder {
    pub(super) folder: PathBuf,
    /// The user and group of the server, where it cannot be the gate's own.
    pub(super) user: Option<(u32, u32)>,
    _lock: File,
}

impl ScratchFolder {
    /// Make a folder, and remove those that were left behind.
    pub(super) async fn make() -> io::Result<Self> {
        let base = base();
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir_in(&base)?;
        let lock = File::create_new(folder.path().join(LOCK_FILE))?;
        lock.try_lock()?;
        // What the gate makes is its own: so it tells who the gate is.
        let me = fs::metadata(folder.path())?.uid();
        let user = if me == 0 { Some(other_user()?) } else { None };
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group))?;
        }
        sweep(&base, &[Some(me), user.map(|(user, _)| user)]).await;
        Ok(Self { folder: folder.keep(), user, _lock: lock })
    }

    /// Remove it, where nothing runs in it.
    pub(super) fn remove(&self) {
        // What stays is swept by the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where folders are made: the usual place, unless a socket's path would be too long there or it is root's alone.
fn base() -> PathBuf {
    let usual = std::env::temp_dir();
    let may = |folder: &Path, bits: u32| {
        fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & bits == bits)
    };
    // The other user has to get there, and to remove what was made there.
    let open = may(&usual, 0o3) && usual.ancestors().all(|folder| may(folder, 0o1));
    let mine = fs::metadata(&usual).is_ok_and(|about| about.uid() != 0);
    if usual.as_os_str().len() <= MAX_FOLDER_BYTES && (mine || open) { usual } else { PathBuf::from("/tmp") }
}

fn other_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &&str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    USERS.iter().find_map(find).ok_or_else(|| {
        io::Error::other("the server cannot run as root, and there is no user postgres or nobody")
    })
}

/// Remove the folders of these users that no gate holds any more, and end the servers in them.
async fn sweep(base: &Path, users: &[Option<u32>]) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        // Anybody may make a folder of this name in a place that all share.
        let ours = entry.metadata().is_ok_and(|about| about.is_dir() && users.contains(&Some(about.uid())));
        let folder = entry.path();
        if ours && entry.file_name().to_string_lossy().starts_with(FOLDER_PREFIX) && is_left_behind(&folder) {
            end_server(&folder).await;
            // What cannot be removed now is tried again by the next start.
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// Whether the gate that made this folder is gone. That holds for a folder that is not there, too.
pub(super) fn is_left_behind(folder: &Path) -> bool {
    match File::open(folder.join(LOCK_FILE)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = fs::metadata(folder).and_then(|about| about.modified());
            made.map_or(true, |made| SystemTime::now().duration_since(made).is_ok_and(|age| age > BEING_MADE))
        }
        Err(_) => false,
    }
}

/// End the server of a folder whose own watch is gone, too.
async fn end_server(folder: &Path) {
    let file = folder.join("data/postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else { return };
    let Some(pid) = text.lines().next().map(str::trim).filter(|pid| pid.parse::<u32>().is_ok()) else {
        return;
    };
    // The number may have been given to another process since.
    let Some(arguments) = printed(Command::new("ps").args(["-o", "args=", "-p", pid])).await else { return };
    if !arguments.contains(&*folder.to_string_lossy()) {
        return;
    }
    printed(Command::new("kill").args(["-QUIT", pid])).await;
    let ended = async {
        while file.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // One that does not end in time notices by itself that its files are gone.
    let _ = tokio::time::timeout(KILL_DEADLINE, ended).await;
}

async fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
