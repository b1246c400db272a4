//! The database. What its URL says is read later, where it is used.

use super::super::parser::Parser;
use super::super::path::Path;

impl Parser<'_> {
    pub(super) fn database(&mut self) {
        let Some(database) = &self.raw.database else { return };
        let path = Path::root().key("database");
        for (key, url) in [("url", Some(&database.url)), ("write_url", database.write_url.as_ref())] {
            if let Some(url) = url {
                self.no_captures(&url.0, &path.key(key));
                if url.secrets().next().is_none() && url.as_literal().is_some_and(has_password) {
                    self.problem_with_help(
                        &path.key(key),
                        "a URL with a password must be a secret",
                        "write `\"${secret:DATABASE_URL}\"`, or `${secret:…}` in place of the password",
                    );
                }
            }
        }
        if let Some(via) = &database.via {
            let path = path.key("via");
            self.known_host(&via.ssh, &path.key("ssh"));
            if let Some(container) = &via.container {
                self.word(container, &path.key("container"), "the container");
            }
        }
        if let Some(scratch) = &database.scratch {
            self.scratch(scratch, &path.key("scratch"));
        }
        if database.ca.is_some() && database.ca_file.is_some() {
            self.problem(&path.key("ca_file"), "a database has `ca` or `ca_file`, not both");
        }
    }
}

/// Whether something stands before the host that may be a password.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once('@')
        .is_some_and(|(who, _)| who.split_once(':').is_some_and(|(_, password)| !password.is_empty()))
        || rest.contains("password=")
}
