//! A record's commands, taken out of it and run again as a person would: pasted into one bash, block by block.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What stands before a line that a command printed.
const PRINTED: &str = "# →";

/// A few lines of a `bash` block that are run together, and what the record says they print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The lines, comments included.
    pub(crate) lines: Vec<String>,
    /// What they print.
    pub(crate) prints: Vec<String>,
}

impl Piece {
    /// The lines without comments.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str).filter(|line| !line.starts_with('#'))
    }

    /// Whether the record says that they write.
    pub(crate) fn is_marked(&self) -> bool {
        self.lines.iter().any(|line| line == "# écrit en production" || line == "# writes in production")
    }
}

/// The `bash` blocks of a record, each as its pieces.
pub(crate) fn blocks(record: &str) -> Vec<Vec<Piece>> {
    let mut blocks = Vec::new();
    let mut lines = record.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) =
            line.strip_suffix("bash").filter(|fence| fence.len() > 2 && fence.bytes().all(|b| b == b'`'))
        {
            blocks.push(pieces(lines.by_ref().take_while(|line| *line != fence)));
        }
    }
    blocks
}

/// A piece ends with what it prints, at an empty line, or before a command that measures time: what that
/// prints is another number each time.
fn pieces<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Piece> {
    let new = || Piece { lines: Vec::new(), prints: Vec::new() };
    let mut done = Vec::new();
    let mut piece = new();
    for line in lines {
        if let Some(printed) = line.strip_prefix(PRINTED) {
            piece.prints.push(printed.trim_start_matches(' ').to_owned());
            continue;
        }
        if line.is_empty() || !piece.prints.is_empty() || line.contains("%{time_total}") {
            done.push(std::mem::replace(&mut piece, new()));
        }
        if !line.is_empty() {
            piece.lines.push(line.to_owned());
        }
    }
    done.push(piece);
    done.retain(|piece| !piece.lines.is_empty());
    done
}

/// A folder to run commands in, and a bash whose programs write down what they are called with.
pub(crate) struct Bash {
    folder: TempDir,
    /// What it finds in its environment, beside `PATH` and `HOME`.
    env: Vec<(String, String)>,
}

/// What a script printed.
pub(crate) struct Printed {
    /// For each piece, the lines on standard output.
    pub(crate) pieces: Vec<Vec<String>>,
    /// Standard error.
    pub(crate) stderr: String,
    /// All arguments of all programs that were called, one each.
    pub(crate) arguments: Vec<String>,
}

impl Bash {
    /// In an empty folder with these secrets in its environment.
    pub(crate) fn new(env: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["bin", "work", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let bash = Self {
            folder,
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        for tool in [
            "curl", "jq", "git", "awk", "grep", "perl", "openssl", "base64", "head", "cut", "tr", "seq",
            "sleep", "install", "psql", "sed",
        ] {
            bash.watch(tool);
        }
        bash
    }

    /// The folder that commands run in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Put a program of the same name first in the path, which notes its arguments and becomes the real one.
    fn watch(&self, tool: &str) {
        let Some(real) = find(tool) else { panic!("{tool} is missing; run script/bootstrap") };
        let log = self.folder.path().join("arguments");
        let script = format!(
            "#!/bin/bash\nprintf '%s\\0' \"$0\" \"$@\" >>'{}'\nexec '{}' \"$@\"\n",
            log.display(),
            real.display()
        );
        let path = self.folder.path().join("bin").join(tool);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Run these pieces in one bash, in order.
    pub(crate) fn run<'p>(&self, pieces: impl IntoIterator<Item = &'p Piece>) -> Printed {
        const END: &str = "---- end of a piece ----";
        let mut script = String::new();
        for piece in pieces {
            script.extend(piece.lines.iter().flat_map(|line| [line.as_str(), "\n"]));
            script.extend(["echo '", END, "'\n"]);
        }
        let path = std::env::var("PATH").unwrap();
        let bin = self.folder.path().join("bin");
        let file = self.folder.path().join("script.sh");
        fs::write(&file, script).unwrap();
        let output = Command::new("bash")
            .arg(&file)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", self.folder.path().join("home"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut printed: Vec<Vec<String>> = vec![Vec::new()];
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            // What was printed last may have no line end of its own.
            let (line, ends) = line.strip_suffix(END).map_or((line, false), |line| (line, true));
            if let Some(last) = printed.last_mut().filter(|_| !line.is_empty() || !ends) {
                last.push(line.to_owned());
            }
            if ends {
                printed.push(Vec::new());
            }
        }
        printed.pop();
        let log = fs::read(self.folder.path().join("arguments")).unwrap_or_default();
        Printed {
            pieces: printed,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            arguments: log.split(|b| *b == 0).map(|a| String::from_utf8_lossy(a).into_owned()).collect(),
        }
    }
}

/// Where a program is.
fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[test]
fn a_block_is_cut_into_what_prints() {
    let record = "x\n````bash\n# a\necho 1\n# → 1\necho 2\n# → 2\n# → 3\n\ny=$(true)\necho 4\n````\n```bash\nls\n```\n";
    let piece = |lines: &[&str], prints: &[&str]| Piece {
        lines: lines.iter().map(ToString::to_string).collect(),
        prints: prints.iter().map(ToString::to_string).collect(),
    };
    let expected = vec![
        vec![
            piece(&["# a", "echo 1"], &["1"]),
            piece(&["echo 2"], &["2", "3"]),
            piece(&["y=$(true)", "echo 4"], &[]),
        ],
        vec![piece(&["ls"], &[])],
    ];
    assert_eq!(blocks(record), expected);
}
