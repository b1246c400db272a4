//! Files of a commit, byte for byte as git keeps them: never through `git archive` or a checkout, which change
//! bytes by attributes.

use super::{Git, said};
use crate::model::{Cause, CauseCode};

/// An entry of a tree, as `git ls-tree` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its path below the folder that was asked for.
    pub path: String,
    pub kind: EntryKind,
    /// The object's name, in hex.
    pub object: String,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file, executable or not.
    File,
    /// A symbolic link; the object holds where it leads.
    Link,
    /// Another repository's commit, of which this one has no files.
    Submodule,
    Folder,
}

impl EntryKind {
    fn of(mode: &str) -> Option<Self> {
        match mode {
            "120000" => Some(Self::Link),
            "160000" => Some(Self::Submodule),
            "040000" => Some(Self::Folder),
            _ => mode.starts_with("100").then_some(Self::File),
        }
    }
}

impl Git {
    /// See that this commit, named in full, is in the clone: where it is not, it is fetched from `origin` by
    /// its name. An error is that it is nowhere.
    pub(crate) async fn bring(&self, commit: &str) -> Result<(), Cause> {
        if self.commit(commit).await?.is_some() {
            return Ok(());
        }
        // No reference is written, and a clone that is whole stays whole.
        let fetch = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--quiet"];
        let output = self.run(&[&fetch[..], &["origin", commit]].concat()).await?;
        if output.ok && self.commit(commit).await?.is_some() {
            return Ok(());
        }
        let why = said(&output.stderr);
        let detail = format!("{commit} is not in this clone, and could not be fetched from origin: {why}");
        Err(Cause::new(CauseCode::NoCommit, detail))
    }

    /// What stands at this path, from the root of the commit's tree; none where nothing does.
    pub async fn entry(&self, commit: &str, path: &str) -> Result<Option<TreeEntry>, Cause> {
        let path = path.trim_end_matches('/');
        Ok(self.list(&["--full-tree", commit, "--", path]).await?.pop())
    }

    /// Everything in a folder and its folders, themselves included.
    pub async fn below(&self, folder: &TreeEntry) -> Result<Vec<TreeEntry>, Cause> {
        self.list(&["-r", "-t", "--full-tree", &folder.object]).await
    }

    async fn list(&self, arguments: &[&str]) -> Result<Vec<TreeEntry>, Cause> {
        let output = self.raw(&[&["ls-tree", "-z"], arguments].concat(), &[]).await?;
        if !output.ok {
            return Err(Cause::new(CauseCode::Git, format!("git ls-tree: {}", said(&output.stderr))));
        }
        entries(&output.stdout)
    }

    /// The bytes of these objects, in their order.
    pub async fn blobs(&self, objects: &[&str]) -> Result<Vec<Vec<u8>>, Cause> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let input = objects.join("\n") + "\n";
        let output = self.raw(&["cat-file", "--batch"], input.as_bytes()).await?;
        if !output.ok {
            return Err(Cause::new(CauseCode::Git, format!("git cat-file: {}", said(&output.stderr))));
        }
        let mut rest = output.stdout.as_slice();
        objects.iter().map(|object| blob(object, &mut rest)).collect()
    }
}

/// What `ls-tree -z` printed: mode, kind, object, a tab, the path, NUL.
fn entries(output: &[u8]) -> Result<Vec<TreeEntry>, Cause> {
    let strange = |line: &[u8], what: &str| {
        let detail = format!("git ls-tree: {}: {what}", String::from_utf8_lossy(line));
        Cause::new(CauseCode::Git, detail)
    };
    let lines = output.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let text = std::str::from_utf8(line).map_err(|_| strange(line, "the name is not UTF-8"))?;
            let entry = text.split_once('\t').and_then(|(about, path)| {
                let mut words = about.split_whitespace();
                let kind = EntryKind::of(words.next()?)?;
                let object = words.nth(1)?.to_owned();
                Some(TreeEntry { path: path.to_owned(), kind, object })
            });
            entry.ok_or_else(|| strange(line, "this is not an entry"))
        })
        .collect()
}

/// Take an object's bytes off what `cat-file --batch` printed: a line with its size, the bytes, a newline.
fn blob(object: &str, rest: &mut &[u8]) -> Result<Vec<u8>, Cause> {
    let taken = rest.iter().position(|byte| *byte == b'\n').and_then(|end| {
        let (head, after) = rest.split_at(end);
        let head = std::str::from_utf8(head).ok()?;
        let size: usize = head.strip_prefix(object)?.trim().strip_prefix("blob ")?.parse().ok()?;
        let body = after.get(1..=size)?;
        Some((body.to_vec(), after.get(size + 2..)?))
    });
    let Some((body, after)) = taken else {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        return Err(Cause::new(CauseCode::Git, format!("git cat-file {object}: {line}")));
    };
    *rest = after;
    Ok(body)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn entries_of_every_kind_are_told_apart() {
        let output =
            b"100644 blob aaaa\ta b/migration.sql\x00100755 blob aaab\trun\x00120000 blob aaac\tlink\x00\
                       160000 commit aaad\tother\x00040000 tree aaae\t2026\tx\n\x00";
        let kinds: Vec<_> =
            entries(output).unwrap().into_iter().map(|entry| (entry.path, entry.kind)).collect();
        let named = |path: &str, kind| (path.to_owned(), kind);
        assert_eq!(
            kinds,
            [
                named("a b/migration.sql", EntryKind::File),
                named("run", EntryKind::File),
                named("link", EntryKind::Link),
                named("other", EntryKind::Submodule),
                named("2026\tx\n", EntryKind::Folder),
            ]
        );
        assert!(entries(b"100644 blob aaaa\t\xff\x00").is_err());
    }

    #[test]
    fn objects_are_cut_where_they_end() {
        let mut rest: &[u8] = b"aa blob 3\n\n\n\n\nbb blob 0\n\ncc missing\n";
        assert_eq!(blob("aa", &mut rest).unwrap(), b"\n\n\n");
        assert_eq!(blob("bb", &mut rest).unwrap(), b"");
        assert!(blob("cc", &mut rest).unwrap_err().detail.ends_with("cc missing"));
        let mut short: &[u8] = b"aa blob 3\nab";
        assert!(blob("aa", &mut short).is_err());
    }
}
