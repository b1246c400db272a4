//! The record: untouched, of this tag, under its own name, and not one that is there already.

use super::Facts;
use super::names::{file_name, stem};
use super::pull::tag_of;
use crate::model::{Reason, Verdict};
use crate::render::record::{Record, RecordHeader, read};

/// Everything that the record says of itself against itself, its branch and its tag.
pub(super) fn judge(facts: &Facts, record: &Record, path: &str) -> Result<(), Reason> {
    let Record { header, digest, below } = record;
    let below = below.as_ref().ok_or(Reason::BelowSeal)?;
    if below.digest != *digest {
        return Err(Reason::DigestDiffers);
    }
    if !below.repeats(header) {
        return Err(Reason::FooterDiffers);
    }
    if header.verdict == Verdict::Partial {
        return Err(Reason::Partial);
    }
    let branch = tag_of(&facts.pull, header.tag.as_deref());
    let (Some(tag), Some(branch)) = (header.tag.as_deref(), branch) else {
        let branch = facts.pull.head_branch.to_string();
        return Err(Reason::OtherTag { record: header.tag.clone(), branch });
    };
    if tag != branch.as_str() {
        return Err(Reason::OtherTag { record: Some(tag.to_owned()), branch: branch.to_string() });
    }
    let peeled = facts.tag.as_ref().ok_or_else(|| Reason::NoTag { tag: tag.to_owned() })?;
    let commit = header.commit.as_deref().unwrap_or_default();
    if peeled.commit.as_str() != commit {
        return Err(Reason::TagMoved { tag: tag.to_owned(), commit: peeled.commit.to_string() });
    }
    if !is_named(path, header) {
        return Err(Reason::NameDiffers { path: path.to_owned() });
    }
    let merged = facts.pull.state == crate::forge::types::PullState::Merged;
    let same = |text: &str| read(text).is_some_and(|other| other.digest == *digest);
    let there = facts.siblings.iter().find(|(other, text)| !(merged && other == path) && same(text));
    match there {
        Some((path, _)) => Err(Reason::Replayed { path: path.clone() }),
        None => Ok(()),
    }
}

/// Whether the file is the one that the record was written for: the path that it names, else the name that its
/// day and commit give. A rerun keeps the name of the first run, which may be of the day before.
fn is_named(path: &str, header: &RecordHeader) -> bool {
    let short = header.commit.as_deref().and_then(|commit| commit.get(..7)).unwrap_or_default();
    match (&header.path, stem(file_name(path))) {
        (_, None) => false,
        (Some(named), Some(stem)) => named == path && stem.ends_with(&format!("_{short}")),
        (None, Some(stem)) => {
            let date = header.local_time.get(..10).unwrap_or_default();
            stem == format!("PROD_DEPLOY_{date}_{short}")
        }
    }
}
