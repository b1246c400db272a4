//! Values of publishing and validating: logins, and where records live.

use std::fmt;

use schemars::json_schema;

use super::super::problem::{Problems, quote};
use super::plain_text;

/// The longest login, in characters; GitHub's own limit is 39, and companies add a suffix of theirs.
const LONGEST_LOGIN: usize = 60;

/// A login. Logins are ASCII, so that none only looks like another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Login(String);

impl Login {
    /// Read a login, with or without `@`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let login = text.strip_prefix('@').unwrap_or(text);
        let (name, machine) = login.strip_suffix("[bot]").map_or((login, false), |name| (name, true));
        if name.contains('/') {
            return Err("it is a team's name; name its members one by one".to_owned());
        }
        if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c)) {
            return Err(format!("logins have no `{}`", odd.escape_default()));
        }
        if name.is_empty() || name.len() > LONGEST_LOGIN {
            return Err(format!("logins have 1 to {LONGEST_LOGIN} characters"));
        }
        Ok(Self(if machine { format!("{name}[bot]") } else { name.to_owned() }))
    }

    /// As it was written, without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an App's.
    pub fn is_machine(&self) -> bool {
        self.0.ends_with("[bot]")
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

decoded!(Login, |value, location| {
    let text = plain_text("a login", value, location)?;
    Self::parse(&text)
        .map_err(|message| Problems::here(location, format!("{} is not a login: {message}", quote(&text))))
});

described_inline!(Login, |_| json_schema!({
    "type": "string",
    "pattern": super::or_hole(r"@?[A-Za-z0-9_-]{1,60}(\[bot\])?"),
}));

/// The repository that records go to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Records {
    /// The one that was deployed.
    #[default]
    Same,
    /// Another one on the same forge: `owner/name`.
    Other(String),
    /// A git repository on this machine.
    Local(String),
}

impl Records {
    /// Read `same`, `owner/name`, or a path that begins with `.` or `/`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        const WHAT: &str = "write `same`, `owner/name`, or a path that begins with `.` or `/`";
        if text == "same" {
            return Ok(Self::Same);
        }
        if text.starts_with(['.', '/']) {
            return Ok(Self::Local(text.to_owned()));
        }
        let plain = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match text.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) => Ok(Self::Other(text.to_owned())),
            _ => Err(WHAT.to_owned()),
        }
    }
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("same"),
            Self::Other(name) | Self::Local(name) => f.write_str(name),
        }
    }
}

decoded!(Records, |value, location| {
    let text = plain_text("a repository", value, location)?;
    Self::parse(&text).map_err(|help| {
        Problems::here_with_help(location, format!("{} is not a repository", quote(&text)), help)
    })
});

described_inline!(Records, |_| json_schema!({
    "type": "string",
    "pattern": super::or_hole(r"same|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+|[./].*"),
    "examples": ["same", "owner/records", "./records.git"],
}));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_ascii_and_no_team() {
        for (text, expected) in [
            ("lead-login", Some("lead-login")),
            ("@Lead", Some("Lead")),
            ("lead_corp", Some("lead_corp")),
            ("nexus-gate[bot]", Some("nexus-gate[bot]")),
            ("nexus/leads", None),
            ("leаd", None), // a Cyrillic a
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(Login::parse(text).ok().as_ref().map(Login::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_repository_is_a_name_or_a_path() {
        for (text, expected) in [
            ("same", Some(Records::Same)),
            ("nexus/records", Some(Records::Other("nexus/records".to_owned()))),
            (".", Some(Records::Local(".".to_owned()))),
            ("/srv/records.git", Some(Records::Local("/srv/records.git".to_owned()))),
            ("records", None),
            ("a/b/c", None),
            ("a b/c", None),
            ("https://github.com/a/b", None),
        ] {
            assert_eq!(Records::parse(text).ok(), expected, "{text}");
        }
    }
}
