//! Section 7: the entries of the environment.

use super::super::parser::{Names, Parser};
use super::super::path::Path;
use super::super::problem::quote;
use super::super::raw::hosts::{RawEnvironment, RawExec};

/// Fewer hex digits of a digest than this say nothing.
const SHORTEST_DIGEST: usize = 7;

impl Parser<'_> {
    pub(super) fn environment(&mut self) {
        let Some(entries) = &self.raw.environment else { return };
        let base = Path::root().key("environment");
        let mut names = Names::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = base.index(index);
            self.environment_entry(entry, &path);
            let what = entry.container.as_ref().map_or_else(
                || entry.host.to_string(),
                |container| format!("{} on {}", container.as_str(), entry.host.as_str()),
            );
            self.unique(&mut names, &what, &path, "the entry for", "put both into one entry");
        }
    }

    fn environment_entry(&mut self, entry: &RawEnvironment, path: &Path) {
        self.known_host(&entry.host, &path.key("host"));
        self.waive(entry.waive.as_ref(), path);
        if let Some(container) = &entry.container {
            self.word(container, &path.key("container"), "a container's name");
        }
        for (key, given) in [
            ("variables", entry.variables.is_some()),
            ("max_restarts", entry.max_restarts.is_some()),
            ("image", entry.image.is_some()),
        ] {
            if given && entry.container.is_none() {
                self.problem(&path.key(key), format!("`{key}` is about a container: add `container`"));
            }
        }
        if let Some(image) = &entry.image {
            let digits = image.strip_prefix("sha256:").unwrap_or(image);
            let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hex || !(SHORTEST_DIGEST..=64).contains(&digits.len()) {
                self.problem_with_help(
                    &path.key("image"),
                    format!("{} is not the digest of an image", quote(image)),
                    "write `sha256:` and at least 7 of its hex digits, as `docker inspect --format '{{.Image}}'` \
                     prints them",
                );
            }
        }
        let anything = entry.container.is_some()
            || entry.disk.is_some()
            || entry.max_clock_skew.is_some()
            || entry.exec.is_some();
        if !anything {
            self.problem_with_help(
                path,
                "nothing is checked here",
                "add `container`, `disk`, `max_clock_skew` or `exec`",
            );
        }
        let mut disks = Names::new();
        for (index, disk) in entry.disk.iter().flatten().enumerate() {
            self.unique(
                &mut disks,
                &disk.path,
                &path.key("disk").index(index),
                "the disk",
                "keep one of them",
            );
            if !disk.path.starts_with('/') {
                self.problem(&path.key("disk"), format!("{} is not a whole path", quote(&disk.path)));
            }
        }
        let mut names = Names::new();
        for (index, exec) in entry.exec.iter().flatten().enumerate() {
            let here = path.key("exec").index(index);
            self.exec(exec, entry, &here);
            self.unique(&mut names, &exec.name, &here, "the command", "give one of them another `name`");
        }
    }

    fn exec(&mut self, exec: &RawExec, entry: &RawEnvironment, path: &Path) {
        self.one_line(&path.key("name"), Some(&exec.name));
        self.waive(exec.waive.as_ref(), path);
        if exec.inside == Some(true) && entry.container.is_none() {
            self.problem(&path.key("inside"), "there is no container to run it in: add `container`");
        }
    }
}
