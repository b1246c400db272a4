//! The database. What its URL says is read later, where it is used.

use super::super::path::Path;
use super::Check;

impl Check<'_> {
    pub(super) fn database(&mut self) {
        let Some(database) = &self.config.database else { return };
        let path = Path::root().key("database");
        for (key, url) in [("url", Some(&database.url)), ("write_url", database.write_url.as_ref())] {
            if let Some(url) = url {
                self.no_captures(&url.0, &path.key(key));
            }
        }
        if let Some(via) = &database.via {
            let path = path.key("via");
            self.known_host(&via.ssh, &path.key("ssh"));
            if let Some(container) = &via.container {
                self.word(container, &path.key("container"), "the container");
            }
        }
        if database.ca.is_some() && database.ca_file.is_some() {
            self.problem(&path.key("ca_file"), "a database has `ca` or `ca_file`, not both");
        }
        for (key, wait) in
            [("statement_timeout", database.statement_timeout), ("lock_timeout", database.lock_timeout)]
        {
            if wait.is_some_and(|wait| wait.duration().is_zero()) {
                self.problem_with_help(
                    &path.key(key),
                    "to PostgreSQL, no time means no limit",
                    "write 1ms or more",
                );
            }
        }
    }
}
