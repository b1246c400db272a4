//! The results on disk: each file written whole or not at all, and none lost when the folder fails.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The folder for the results.
#[derive(Debug, Clone)]
pub struct OutDir {
    path: PathBuf,
}

/// A result and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub what: &'static str,
    pub path: PathBuf,
}

/// A result to be written.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    pub what: &'static str,
    pub name: &'a str,
    pub text: &'a str,
}

impl OutDir {
    /// Make sure that the folder can be written to, before production is asked anything.
    pub fn prepare(path: &Path) -> Result<Self, Error> {
        let probe = fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path));
        probe.map_err(|error| {
            Error::usage(format!("cannot write to the folder {}: {error}", path.display()))
                .hint("give another one with --out, or make it writable; production was not touched")
        })?;
        Ok(Self { path: path.to_owned() })
    }

    /// Write all of them. Where the folder fails, what is left goes to the system's folder for temporary
    /// files, and the error says where.
    pub fn write(&self, outputs: &[Output]) -> (Vec<Written>, Option<Error>) {
        let mut written = Vec::new();
        let mut failed: Option<io::Error> = None;
        let mut rescue = None;
        for output in outputs {
            match write_whole(&self.path, output) {
                Ok(path) => written.push(Written { what: output.what, path }),
                Err(error) => {
                    failed.get_or_insert(error);
                    let folder = rescue.get_or_insert_with(rescue_folder);
                    let saved = folder.as_ref().ok().and_then(|folder| write_whole(folder, output).ok());
                    written.extend(saved.map(|path| Written { what: output.what, path }));
                }
            }
        }
        let error = failed.map(|error| self.explain(&error, outputs.len() - written.len(), rescue));
        (written, error)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Remove a file that another one has taken the place of; it may be gone already.
    pub fn remove(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.path.join(name))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("{name} could not be removed from {}: {error}", self.path.display());
        }
    }

    fn explain(&self, error: &io::Error, lost: usize, rescue: Option<io::Result<PathBuf>>) -> Error {
        let message = format!("the results could not be written to {}: {error}", self.path.display());
        match rescue {
            Some(Ok(folder)) if lost == 0 => {
                Error::not_published(message).hint(format!("they were saved in {} instead", folder.display()))
            }
            _ => Error::not_published(format!("{message}; {lost} could not be saved anywhere"))
                .hint("free some space and run again; the verdict above holds"),
        }
    }
}

/// A folder of its own, kept after the program ends.
fn rescue_folder() -> io::Result<PathBuf> {
    tempfile::Builder::new().prefix("prod-gate-").tempdir().map(tempfile::TempDir::keep)
}

/// Write beside the target, then rename: a reader sees the old file or the new one, never a half.
fn write_whole(folder: &Path, output: &Output) -> io::Result<PathBuf> {
    let path = folder.join(output.name);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".prod-gate-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any other file: what it holds is meant to be committed.
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(output.text.as_bytes())?;
    file.as_file().sync_data()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn output<'a>(name: &'a str, text: &'a str) -> Output<'a> {
        Output { what: "record", name, text }
    }

    #[test]
    fn an_old_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutDir::prepare(&folder.path().join("a/b")).unwrap();
        for text in ["old", "new"] {
            let (written, error) = out.write(&[output("x.md", text)]);
            assert_eq!((written.len(), error), (1, None));
        }
        let names: Vec<_> =
            fs::read_dir(&out.path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["x.md"]);
        assert_eq!(fs::read_to_string(out.path.join("x.md")).unwrap(), "new");
    }

    #[test]
    fn what_the_folder_refuses_is_saved_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutDir::prepare(folder.path()).unwrap();
        fs::create_dir(folder.path().join("x.md")).unwrap();
        let (written, error) = out.write(&[output("x.md", "evidence"), output("y.md", "more")]);
        let error = error.unwrap();
        assert_eq!(error.exit.code(), 4);
        assert_eq!(written.len(), 2);
        assert_eq!(fs::read_to_string(&written[0].path).unwrap(), "evidence");
        assert!(error.hint.unwrap().contains(written[0].path.parent().unwrap().to_str().unwrap()));
        fs::remove_dir_all(written[0].path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_file_in_the_folders_place_is_refused_before_anything_runs() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = OutDir::prepare(file.path()).unwrap_err();
        assert_eq!(error.exit.code(), 2);
    }
}
