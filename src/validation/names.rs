//! Names of records: `PROD_DEPLOY_<date>_<commit>.md`, with `_2` and so on before the dot for later ones of the same
//! day and commit.

pub fn is_record(name: &str) -> bool {
    stem(name).is_some()
}

/// The names in a folder that a copy of the record at `path` could have, `path` among them.
pub fn siblings<'a>(names: &'a [String], path: &str) -> Vec<&'a str> {
    let own = stem(file_name(path));
    names.iter().map(String::as_str).filter(|name| own.is_some() && stem(name) == own).collect()
}

/// The name without its number and its ending.
pub(super) fn stem(name: &str) -> Option<&str> {
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

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
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
