//! Git objects with the names that git gives them: blobs, trees, commits, annotated tags.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};

/// An object's name: 40 lower-case hex digits.
pub type Oid = String;

/// Who did something to git, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub at: i64,
}

impl Signature {
    fn line(&self) -> String {
        format!("{} <{}> {} +0000", self.name, self.email, self.at)
    }

    fn parse(line: &str) -> Self {
        let (who, when) = line.split_at(line.rfind('>').map_or(0, |at| at + 1));
        let (name, email) = who.split_once('<').unwrap_or((who, ""));
        let at = when.split_whitespace().next().and_then(|at| at.parse().ok()).unwrap_or(0);
        Self { name: name.trim().to_owned(), email: email.trim_end_matches('>').to_owned(), at }
    }
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `100644`, `100755`, `120000`, `40000`.
    pub mode: String,
    /// The name in its folder.
    pub name: String,
    /// The blob or tree.
    pub oid: Oid,
}

/// A commit, as far as anything here asks about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its files.
    pub tree: Oid,
    /// What it stands on.
    pub parents: Vec<Oid>,
    /// Who wrote it.
    pub author: Signature,
    /// Who made it.
    pub committer: Signature,
    /// The text of a signature, without the header's name.
    pub gpgsig: Option<String>,
    /// What it says.
    pub message: String,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What it names.
    pub object: Oid,
    /// The kind of that: `commit`, `tag`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub tagger: Signature,
    /// What it says.
    pub message: String,
}

/// Whatever git keeps.
#[derive(Debug, Clone)]
pub enum Object {
    /// Bytes.
    Blob(Vec<u8>),
    /// A folder, in git's order.
    Tree(Vec<Entry>),
    /// A commit.
    Commit(Commit),
    /// An annotated tag.
    Tag(Tag),
}

impl Object {
    /// What git calls the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Blob(_) => "blob",
            Self::Tree(_) => "tree",
            Self::Commit(_) => "commit",
            Self::Tag(_) => "tag",
        }
    }

    /// The bytes that git hashes, without the header.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Blob(bytes) => bytes.clone(),
            Self::Tree(entries) => entries
                .iter()
                .flat_map(|entry| {
                    let mut line = format!("{} {}\0", entry.mode, entry.name).into_bytes();
                    line.extend(unhex(&entry.oid));
                    line
                })
                .collect(),
            Self::Commit(commit) => {
                let parents: Vec<String> =
                    commit.parents.iter().map(|oid| format!("parent {oid}\n")).collect();
                let parents = parents.concat();
                let signed = commit.gpgsig.as_ref().map_or_else(String::new, |text| {
                    format!("gpgsig {}\n", text.trim_end().replace('\n', "\n "))
                });
                format!(
                    "tree {}\n{parents}author {}\ncommitter {}\n{signed}\n{}",
                    commit.tree,
                    commit.author.line(),
                    commit.committer.line(),
                    commit.message
                )
                .into_bytes()
            }
            Self::Tag(tag) => format!(
                "object {}\ntype {}\ntag {}\ntagger {}\n\n{}",
                tag.object,
                tag.kind,
                tag.name,
                tag.tagger.line(),
                tag.message
            )
            .into_bytes(),
        }
    }

    /// Read what git printed. Time zones and headers that nothing here asks about are lost, so the object is
    /// kept under the name that git has for it.
    pub fn parse(kind: &str, bytes: &[u8]) -> Self {
        match kind {
            "blob" => Self::Blob(bytes.to_vec()),
            "tree" => Self::Tree(tree_entries(bytes)),
            _ => {
                let text = String::from_utf8_lossy(bytes);
                let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
                let all = |key: &str| -> Vec<String> {
                    head.lines()
                        .filter_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
                        .map(str::to_owned)
                        .collect()
                };
                let one = |key: &str| all(key).first().cloned().unwrap_or_default();
                if kind == "commit" {
                    Self::Commit(Commit {
                        tree: one("tree"),
                        parents: all("parent"),
                        author: Signature::parse(&one("author")),
                        committer: Signature::parse(&one("committer")),
                        gpgsig: None,
                        message: message.to_owned(),
                    })
                } else {
                    Self::Tag(Tag {
                        object: one("object"),
                        kind: one("type"),
                        name: one("tag"),
                        tagger: Signature::parse(&one("tagger")),
                        message: message.to_owned(),
                    })
                }
            }
        }
    }
}

/// Every object of every repository, by name, as a forge shares them among forks.
#[derive(Debug, Default, Clone)]
pub struct Objects {
    kept: HashMap<Oid, Object>,
}

/// A file in a tree: its mode and its blob.
pub type Files = BTreeMap<String, (String, Oid)>;

impl Objects {
    /// Keep it; returns its name.
    pub fn put(&mut self, object: Object) -> Oid {
        let oid = name(object.kind(), &object.bytes());
        self.kept.insert(oid.clone(), object);
        oid
    }

    /// Keep what git has under this name.
    pub fn put_as(&mut self, oid: &str, object: Object) {
        self.kept.insert(oid.to_owned(), object);
    }

    /// The object of this name.
    pub fn get(&self, oid: &str) -> Option<&Object> {
        self.kept.get(oid)
    }

    /// The commit of this name.
    pub fn commit(&self, oid: &str) -> Option<&Commit> {
        match self.get(oid)? {
            Object::Commit(commit) => Some(commit),
            _ => None,
        }
    }

    /// A blob's bytes.
    pub fn blob(&self, oid: &str) -> Option<&[u8]> {
        match self.get(oid)? {
            Object::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The entries of a tree.
    pub fn tree(&self, oid: &str) -> Option<&[Entry]> {
        match self.get(oid)? {
            Object::Tree(entries) => Some(entries),
            _ => None,
        }
    }

    /// The whole name that this abbreviation stands for, where there is one only.
    pub fn whole(&self, prefix: &str) -> Option<Oid> {
        let mut found = self.kept.keys().filter(|oid| oid.starts_with(prefix));
        let first = found.next()?.clone();
        found.next().is_none().then_some(first)
    }

    /// Follow annotated tags to what they name in the end.
    pub fn peel(&self, oid: &str) -> Oid {
        let mut at = oid.to_owned();
        while let Some(Object::Tag(tag)) = self.get(&at) {
            at.clone_from(&tag.object);
        }
        at
    }

    /// Every file below a tree, by path.
    pub fn files(&self, tree: &str) -> Files {
        let mut found = Files::new();
        let mut open = vec![(String::new(), tree.to_owned())];
        while let Some((folder, oid)) = open.pop() {
            for entry in self.tree(&oid).unwrap_or_default() {
                let path = format!("{folder}{}", entry.name);
                if entry.mode == "40000" {
                    open.push((format!("{path}/"), entry.oid.clone()));
                } else {
                    found.insert(path, (entry.mode.clone(), entry.oid.clone()));
                }
            }
        }
        found
    }

    /// Every file of a commit, by path.
    pub fn files_of(&self, commit: &str) -> Files {
        self.commit(commit).map(|commit| self.files(&commit.tree)).unwrap_or_default()
    }

    /// Keep the trees that hold these files; returns the root's name.
    pub fn put_files(&mut self, files: &Files) -> Oid {
        let mut entries: Vec<Entry> = Vec::new();
        let mut folders: BTreeMap<&str, Files> = BTreeMap::new();
        for (path, (mode, oid)) in files {
            if let Some((folder, rest)) = path.split_once('/') {
                folders.entry(folder).or_default().insert(rest.to_owned(), (mode.clone(), oid.clone()));
            } else {
                entries.push(Entry { mode: mode.clone(), name: path.clone(), oid: oid.clone() });
            }
        }
        for (folder, files) in folders {
            let oid = self.put_files(&files);
            entries.push(Entry { mode: "40000".to_owned(), name: folder.to_owned(), oid });
        }
        self.put_tree(entries)
    }

    /// Keep one folder, in git's order: by bytes, a folder's name as if it ended with a slash.
    pub fn put_tree(&mut self, mut entries: Vec<Entry>) -> Oid {
        let key = |entry: &Entry| {
            let slash = if entry.mode == "40000" { "/" } else { "" };
            format!("{}{slash}", entry.name).into_bytes()
        };
        entries.sort_by_key(key);
        self.put(Object::Tree(entries))
    }

    /// The entry at a path of a tree, folders included.
    pub fn entry(&self, tree: &str, path: &str) -> Option<Entry> {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let found = self.tree(tree)?.iter().find(|entry| entry.name == name)?;
        rest.map_or_else(|| Some(found.clone()), |rest| self.entry(&found.oid, rest))
    }

    /// A commit and everything that it stands on, newest first by generation.
    pub fn history(&self, commit: &str) -> Vec<Oid> {
        let mut seen = HashSet::new();
        let mut open = VecDeque::from([commit.to_owned()]);
        let mut found = Vec::new();
        while let Some(oid) = open.pop_front() {
            if seen.insert(oid.clone())
                && let Some(commit) = self.commit(&oid)
            {
                open.extend(commit.parents.iter().cloned());
                found.push(oid);
            }
        }
        found
    }

    /// Whether the first stands on the second, or is it.
    pub fn stands_on(&self, commit: &str, on: &str) -> bool {
        self.history(commit).iter().any(|oid| oid == on)
    }

    /// The nearest commit that both stand on.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<Oid> {
        let others: HashSet<Oid> = self.history(other).into_iter().collect();
        self.history(one).into_iter().find(|oid| others.contains(oid))
    }

    /// What `head` has that `base` has not, oldest first.
    pub fn between(&self, base: &str, head: &str) -> Vec<Oid> {
        let old: HashSet<Oid> = self.history(base).into_iter().collect();
        let mut new: Vec<Oid> = self.history(head).into_iter().filter(|oid| !old.contains(oid)).collect();
        new.reverse();
        new
    }
}

/// The name that git gives to this content.
fn name(kind: &str, bytes: &[u8]) -> Oid {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", bytes.len()));
    hash.update(bytes);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> Oid {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(oid: &str) -> Vec<u8> {
    (0..oid.len() / 2).map(|at| u8::from_str_radix(&oid[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

fn tree_entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let (mode, name) = head.split_once(' ').unwrap();
        let oid = hex(&bytes[end + 1..end + 21]);
        entries.push(Entry { mode: mode.to_owned(), name: name.to_owned(), oid });
        bytes = &bytes[end + 21..];
    }
    entries
}
