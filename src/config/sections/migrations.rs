//! The migrations: the folder's path, what is accepted, the containers.

use super::super::parser::{Names, Parser};
use super::super::path::Path;
use super::super::problem::quote;
use super::super::raw::migrations::{RawAcceptedMigration, RawMigrations, RawMigrationsAt};

/// The hex digits of a SHA-256.
const DIGITS: usize = 64;

impl Parser<'_> {
    pub(super) fn migrations(&mut self) {
        let Some(migrations) = &self.raw.migrations else { return };
        let path = Path::root().key("migrations");
        self.waive(migrations.waive.as_ref(), &path);
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            self.problem_with_help(
                &path,
                "the migrations' history is in the database",
                "add `database` with its `url`, such as `${secret:DATABASE_URL}`",
            );
        }
        self.migrations_folder(migrations, &path.key("dir"));
        let mut names = Names::new();
        for (index, accepted) in migrations.accepted().iter().enumerate() {
            let here = path.key("accept").index(index);
            self.accepted(accepted, &here);
            let what = format!("{} {}", accepted.name.as_str(), accepted.checksum.to_ascii_lowercase());
            self.unique(&mut names, &what, &here, "the accepted migration", "keep one of them");
        }
        let mut names = Names::new();
        for (index, at) in migrations.containers().iter().enumerate() {
            let here = path.key("container").index(index);
            self.migrations_at(at, &here);
            let what = format!("{} on {}", at.container.as_str(), at.host.as_str());
            self.unique(&mut names, &what, &here, "the folder in", "keep one of them");
        }
    }

    fn migrations_folder(&mut self, migrations: &RawMigrations, path: &Path) {
        let dir = migrations.dir();
        self.one_line(path, migrations.dir.as_ref());
        if dir.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            self.problem_with_help(
                path,
                format!("{} is not a folder of the repository", quote(dir)),
                "write it from the root of the repository, for example `prisma/migrations`",
            );
        }
    }

    fn accepted(&mut self, accepted: &RawAcceptedMigration, path: &Path) {
        self.one_line(&path.key("name"), Some(&accepted.name));
        self.one_line(&path.key("reason"), Some(&accepted.reason));
        if accepted.name.contains('/') {
            self.problem(&path.key("name"), "it is the name of a migration's folder, not a path");
        }
        let checksum = &accepted.checksum;
        if checksum.len() != DIGITS || !checksum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.problem_with_help(
                &path.key("checksum"),
                format!("{} is not a SHA-256", quote(checksum)),
                "write the 64 hex digits that `sha256sum` prints of its migration.sql",
            );
        }
    }

    fn migrations_at(&mut self, at: &RawMigrationsAt, path: &Path) {
        self.known_host(&at.host, &path.key("host"));
        self.word(&at.container, &path.key("container"), "a container's name");
        self.one_line(&path.key("dir"), Some(&at.dir));
        if !at.dir.starts_with('/') || at.dir.trim_matches('/').is_empty() {
            self.problem(
                &path.key("dir"),
                format!("{} is not the whole path of a folder in a container", quote(&at.dir)),
            );
        }
    }
}
