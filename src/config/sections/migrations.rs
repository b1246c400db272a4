//! Section 3: the migrations' folder, what is accepted, the containers.

use super::{CheckOptions, HostId};
use crate::config::parser::{Names, Parser, Refused};
use crate::config::path::Path;
use crate::config::problem::quote;
use crate::config::raw::migrations::{RawAcceptedMigration, RawMigrationsAt};

/// Where Prisma keeps migrations unless it is told otherwise.
const PRISMA_DIR: &str = "prisma/migrations";
/// The hex digits of a SHA-256.
const DIGITS: usize = 64;

/// The migrations of the deployed commit.
#[derive(Debug, Clone)]
pub struct MigrationsConfig {
    pub dir: String,
    /// Those that are known not to be as they were applied.
    pub accepted: Vec<AcceptedMigration>,
    pub containers: Vec<ContainerFolder>,
    pub options: CheckOptions,
}

/// A migration that is right as it is now.
#[derive(Debug, Clone)]
pub struct AcceptedMigration {
    pub name: String,
    pub checksum: String,
    pub reason: String,
}

/// A migrations folder in a container.
#[derive(Debug, Clone)]
pub struct ContainerFolder {
    pub host: HostId,
    pub container: String,
    pub dir: String,
    pub options: CheckOptions,
}

impl Parser<'_> {
    /// The migrations folder, from the root of the repository.
    pub(super) fn migrations_dir(&self) -> String {
        let dir = self.raw.migrations.as_ref().and_then(|migrations| migrations.dir.as_ref());
        dir.map_or(PRISMA_DIR, |dir| dir.trim_end_matches('/')).to_owned()
    }

    pub(super) fn migrations(&mut self) -> Result<Option<MigrationsConfig>, Refused> {
        let Some(raw) = &self.raw.migrations else { return Ok(None) };
        let path = Path::root().key("migrations");
        let options = self.options(raw.required, raw.waive.as_ref(), &path);
        if self.raw.database.is_none() && !self.is_unknown(&Path::root().key("database")) {
            self.problem_with_help(
                &path,
                "the migrations' history is in the database",
                "add `database` with its `url`, such as `${secret:DATABASE_URL}`",
            );
        }
        let dir = self.migrations_dir();
        self.one_line(&path.key("dir"), raw.dir.as_ref());
        if dir.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            self.problem_with_help(
                &path.key("dir"),
                format!("{} is not a folder of the repository", quote(&dir)),
                "write it from the root of the repository, for example `prisma/migrations`",
            );
        }
        let mut names = Names::new();
        let accepted = self.list(raw.accept.iter().flatten(), &path.key("accept"), |parser, raw, path| {
            let accepted = parser.accepted(raw, path);
            let what = format!("{} {}", accepted.name, accepted.checksum);
            parser.unique(&mut names, &what, path, "the accepted migration", "keep one of them");
            Ok(accepted)
        });
        let mut names = Names::new();
        let containers =
            self.list(raw.container.iter().flatten(), &path.key("container"), |parser, raw, path| {
                let folder = parser.container_folder(raw, path, &options);
                let what = format!("{} on {}", raw.container.as_str(), raw.host.as_str());
                parser.unique(&mut names, &what, path, "the folder in", "keep one of them");
                folder
            });
        Ok(Some(MigrationsConfig { dir, accepted: accepted?, containers: containers?, options }))
    }

    fn accepted(&mut self, raw: &RawAcceptedMigration, path: &Path) -> AcceptedMigration {
        self.one_line(&path.key("name"), Some(&raw.name));
        self.one_line(&path.key("reason"), Some(&raw.reason));
        if raw.name.contains('/') {
            self.problem(&path.key("name"), "it is the name of a migration's folder, not a path");
        }
        let checksum = raw.checksum.to_ascii_lowercase();
        if checksum.len() != DIGITS || !checksum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.problem_with_help(
                &path.key("checksum"),
                format!("{} is not a SHA-256", quote(&raw.checksum)),
                "write the 64 hex digits that `sha256sum` prints of its migration.sql",
            );
        }
        AcceptedMigration { name: raw.name.to_string(), checksum, reason: raw.reason.to_string() }
    }

    fn container_folder(
        &mut self,
        raw: &RawMigrationsAt,
        path: &Path,
        options: &CheckOptions,
    ) -> Result<ContainerFolder, Refused> {
        self.word(&raw.container, &path.key("container"), "a container's name");
        self.one_line(&path.key("dir"), Some(&raw.dir));
        if !raw.dir.starts_with('/') || raw.dir.trim_matches('/').is_empty() {
            let message = format!("{} is not the whole path of a folder in a container", quote(&raw.dir));
            self.problem(&path.key("dir"), message);
        }
        Ok(ContainerFolder {
            host: self.known_host(&raw.host, &path.key("host"))?,
            container: raw.container.to_string(),
            dir: raw.dir.to_string(),
            options: self.moved(options, path),
        })
    }
}
