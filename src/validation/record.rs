//! The record: untouched, of this tag, under its own name, and not one that is there already.

use super::{Facts, tag_of};
use crate::model::{Reason, Verdict};
use crate::render::record::{Record, RecordHeader, read};

/// Whether this is the name of a record's file: `PROD_DEPLOY_<date>_<commit>.md`, with `_2` and so on before
/// the dot for later ones of the same day and commit.
pub fn is_record(name: &str) -> bool {
    stem(name).is_some()
}

/// The names in a folder that a copy of the record at `path` could have, `path` among them.
pub fn siblings<'a>(names: &'a [String], path: &str) -> Vec<&'a str> {
    let own = stem(file_name(path));
    names.iter().map(String::as_str).filter(|name| own.is_some() && stem(name) == own).collect()
}

/// The name without its number and its ending.
fn stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".md")?;
    let rest = stem.strip_prefix("PROD_DEPLOY_")?;
    let (date, rest) = rest.split_once('_')?;
    let (commit, number) = rest.split_once('_').map_or((rest, None), |(commit, n)| (commit, Some(n)));
    let digits = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
                b'9' => byte.is_ascii_digit(),
                wanted => byte == wanted,
            })
    };
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let plain = digits(date, "9999-99-99") && commit.len() == 7 && commit.chars().all(hex);
    (plain && number.is_none_or(is_again)).then(|| &stem[..stem.len() - number.map_or(0, |n| n.len() + 1)])
}

/// Whether this numbers a second or later deployment.
pub(super) fn is_again(number: &str) -> bool {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    digits && number.parse::<u32>().is_ok_and(|number| number > 1)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_records_name_has_one_form() {
        for (name, expected) in [
            ("PROD_DEPLOY_2026-11-22_4b183f5.md", Some("PROD_DEPLOY_2026-11-22_4b183f5")),
            ("PROD_DEPLOY_2026-11-22_4b183f5_2.md", Some("PROD_DEPLOY_2026-11-22_4b183f5")),
            ("PROD_DEPLOY_2026-11-22_4b183f5_1.md", None),
            ("PROD_DEPLOY_2026-11-22_4b183f5_02.md", None),
            ("PROD_DEPLOY_2026-11-22_4b183f5_+2.md", None),
            ("PROD_DEPLOY_2026-11-22_4B183F5.md", None),
            ("PROD_DEPLOY_2026-11-22_nocommit.md", None),
            ("PROD_DEPLOY_2026-11-22_4b183f5.md.txt", None),
            ("sub/PROD_DEPLOY_2026-11-22_4b183f5.md", None),
            ("README.md", None),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
