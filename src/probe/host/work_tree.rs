//! A git work tree on a host: its commit, its branch, and what was changed since.

use super::facts::strange;
use super::{Host, HostCommand};
use crate::model::{Cause, CauseCode};

/// Paths that are named at most, of each kind.
const MAX_CHANGED_NAMES: usize = 20;

/// The state of a git work tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkTree {
    /// The commit that is checked out; none before the first one.
    pub commit: Option<String>,
    /// The branch; none where the commit was checked out by itself, as deployments do.
    pub branch: Option<String>,
    /// Files that git knows and that are not as in the commit.
    pub changed: ChangedFiles,
    /// Files that git does not know.
    pub untracked: ChangedFiles,
}

/// Files: how many, and the names of the first ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedFiles {
    /// How many there are, named or not.
    pub count: usize,
    pub names: Vec<String>,
}

impl ChangedFiles {
    fn push(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < MAX_CHANGED_NAMES {
            self.names.push(name.to_owned());
        }
    }
}

/// The command that tells of a work tree; see [`Host::work_tree`].
pub fn work_tree_command(folder: &str) -> Vec<String> {
    // Without optional locks git writes nothing, not even its cache.
    let words = ["git", "--no-optional-locks", "-C", folder, "status", "--porcelain=v2", "--branch", "-z"];
    words.map(str::to_owned).to_vec()
}

impl Host {
    pub async fn work_tree(&self, folder: &str) -> Result<WorkTree, Cause> {
        // A tree with a hundred thousand files of somebody's cache in it is dirty with less.
        let command = HostCommand::new(work_tree_command(folder)).plain().cap(4 << 20);
        let output = self.exec(&command).await?;
        if output.ok() {
            return parse(&output.text()).ok_or_else(|| strange("git", &output));
        }
        let said = output.said();
        if said.contains("dubious ownership") {
            let detail = format!("`git config --global --add safe.directory {folder}` on the host");
            return Err(Cause::new(CauseCode::GitOwnership, detail));
        }
        let last = said.lines().last().unwrap_or_default();
        Err(Cause::new(CauseCode::Git, format!("git -C {folder}: {last}")))
    }
}

/// What `git status --porcelain=v2 --branch -z` says; none where it is not that.
fn parse(text: &str) -> Option<WorkTree> {
    let mut tree = WorkTree::default();
    let mut oid = None;
    let mut entries = text.split('\0');
    while let Some(entry) = entries.next() {
        let Some((kind, rest)) = entry.split_once(' ') else { continue };
        match kind {
            "#" => match rest.split_once(' ') {
                Some(("branch.oid", commit)) => oid = Some(commit),
                Some(("branch.head", name)) => {
                    tree.branch = Some(name.to_owned()).filter(|name| name != "(detached)");
                }
                _ => {}
            },
            // The name comes after seven, eight or nine fields; a renamed file's old one is an entry of its own.
            "1" => tree.changed.push(rest.splitn(8, ' ').last()?),
            "2" => {
                tree.changed.push(rest.splitn(9, ' ').last()?);
                entries.next();
            }
            "u" => tree.changed.push(rest.splitn(10, ' ').last()?),
            "?" => tree.untracked.push(rest),
            _ => {}
        }
    }
    tree.commit = Some(oid?.to_owned()).filter(|commit| commit != "(initial)");
    Some(tree)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_is_counted() {
        let text = "# branch.oid 0123\0# branch.head (detached)\0\
                    1 .M N... 100644 100644 100644 aaaa bbbb src/a b.ts\0\
                    2 R. N... 100644 100644 100644 aaaa bbbb R100 new name\0? old name\0\
                    u UU N... 100644 100644 100644 100644 aaaa bbbb cccc both\0? .env.local\0";
        let tree = parse(text).unwrap();
        assert_eq!((tree.commit.as_deref(), tree.branch), (Some("0123"), None));
        assert_eq!(tree.changed.names, ["src/a b.ts", "new name", "both"]);
        assert_eq!((tree.untracked.count, tree.untracked.names), (1, vec![".env.local".to_owned()]));
        assert_eq!(parse("# branch.oid (initial)\0# branch.head main\0").unwrap().commit, None);
        assert_eq!(parse("On branch main\n"), None);
    }
}
