//! What the checks of section 3 show: the commands that a person can paste, and what was judged.

use super::folder::{Folder, is_plain};
use super::history::{self, Fate, History};
use super::{container, judge};
use crate::checks::context::Context;
use crate::config::{ContainerFolder, MigrationsConfig};
use crate::model::{
    Cause, CauseCode, Command, Comparison, Evidence, Fact, FactName, Finding, MigrationsSubject, Subject,
    Table, TableOf,
};
use crate::probe::postgres::Database;
use crate::text::shell_quote;

/// Makes findings for one run.
pub(super) struct FindingBuilder<'a> {
    config: &'a MigrationsConfig,
    cx: &'a Context,
    commit: &'a str,
}

impl<'a> FindingBuilder<'a> {
    pub(super) fn new(config: &'a MigrationsConfig, cx: &'a Context) -> Self {
        Self { config, cx, commit: cx.release.deployment.commit.as_deref().unwrap_or("HEAD") }
    }

    fn database(&self) -> Option<&Database> {
        self.cx.database.as_ref().map(crate::checks::database::Production::database)
    }

    fn psql(&self, sql: &str, prints: Vec<String>) -> Option<Command> {
        self.database().map(|database| Command::reads(database.psql(sql), prints))
    }

    /// Something of the commit's migrations folder, as git names it.
    fn path(&self, below: &str) -> String {
        shell_quote(&format!("{}:{}{below}", self.commit, self.config.dir))
    }

    pub(super) fn folder(&self, folder: &Folder, added: Option<&[String]>) -> Finding {
        let names: Vec<String> = folder.migrations.iter().map(|migration| migration.name.clone()).collect();
        let list = format!("git ls-tree -d --name-only {}", self.path(""));
        // git writes other names in a way of its own.
        let prints = if names.iter().all(|name| is_plain(name)) { names.clone() } else { Vec::new() };
        let fact = |name, value: &str| Fact { name, value: value.to_owned() };
        let mut facts = vec![
            fact(FactName::MigrationsDir, &self.config.dir),
            fact(FactName::MigrationsFound, &names.len().to_string()),
        ];
        facts.extend(added.into_iter().flatten().map(|name| fact(FactName::NewMigration, name)));
        let commands = vec![Command::reads(list, prints)];
        Finding::judged(Evidence { commands, facts, judged: judge::folder(folder), ..Evidence::default() })
    }

    pub(super) fn asked_history(&self) -> Evidence {
        Evidence {
            commands: self.psql(history::WHERE, Vec::new()).into_iter().collect(),
            ..Evidence::default()
        }
    }

    pub(super) fn history(&self, folder: Option<&Folder>, history: &History) -> Finding {
        let rows: Vec<_> = history.found_in.iter().map(|schema| vec![schema.clone()]).collect();
        let none = Folder::default();
        let commands = self.psql(history::WHERE, printed(&["schemaname"], &rows)).into_iter().collect();
        let judged = judge::history(folder.unwrap_or(&none), history);
        Finding::judged(Evidence { commands, judged, ..Evidence::default() })
    }

    pub(super) fn applied(&self, folder: &Folder, history: &History) -> Finding {
        let (judged, running) = judge::applied(folder, history);
        let evidence = Evidence {
            commands: self.psql(history::SHOWN, printed_history(history)).into_iter().collect(),
            facts: judge::errors(history),
            judged,
            tables: vec![applied_table(history)],
            ..Evidence::default()
        };
        if running {
            let detail = "the lock that `prisma migrate deploy` takes (72707369) is held";
            return Finding::errored(Cause::new(CauseCode::MigrationsRunning, detail), evidence);
        }
        Finding::judged(evidence)
    }

    pub(super) fn checksums(&self, folder: &Folder, history: &History) -> Finding {
        let (judged, facts) = judge::checksums(folder, history, &self.config.accepted);
        let compared: Vec<(&str, &Comparison)> = judged.iter().filter_map(edited).collect();
        let list = |names: &str| {
            format!(
                "SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND \
                 rolled_back_at IS NULL{names} ORDER BY migration_name;"
            )
        };
        let mut commands = Vec::new();
        if compared.is_empty() {
            commands.extend(self.psql(&list(""), Vec::new()));
        } else {
            let names: Vec<_> =
                compared.iter().map(|(name, _)| format!("'{}'", name.replace('\'', "''"))).collect();
            let rows: Vec<_> = compared
                .iter()
                .map(|(name, judged)| vec![(*name).to_owned(), judged.actual.clone()])
                .collect();
            let names = format!(" AND migration_name IN ({})", names.join(", "));
            commands.extend(self.psql(&list(&names), printed(&["migration_name", "checksum"], &rows)));
        }
        for (name, judged) in &compared {
            let crate::model::Expected::Equals(sum) = &judged.expected else { continue };
            let file = self.path(&format!("/{name}/migration.sql"));
            let bash = format!("git cat-file blob {file} | sha256sum");
            commands.push(Command::reads(bash, vec![format!("{sum}  -")]));
        }
        Finding::judged(Evidence { commands, facts, judged, ..Evidence::default() })
    }

    pub(super) fn known(&self, folder: &Folder, history: &History) -> Finding {
        let judged = judge::known(folder, history);
        let unknown = judged.iter().filter_map(|judged| match &judged.subject {
            Subject::Migrations(MigrationsSubject::UnknownMigration(name)) => {
                Some(shell_quote(&format!("{}/{name}", self.config.dir)))
            }
            _ => None,
        });
        let unknown: Vec<_> = unknown.collect();
        let mut commands = Vec::new();
        if !unknown.is_empty() {
            // Which commits know them.
            let bash = format!("git log --all --format='%h %D %s' -- {}", unknown.join(" "));
            commands.push(Command::reads(bash, Vec::new()));
        }
        Finding::judged(Evidence { commands, judged, ..Evidence::default() })
    }

    pub(super) fn marked(&self, folder: &Folder, history: &History) -> Finding {
        let (judged, facts) = judge::marked(folder, history, &self.config.accepted);
        let sql = "SELECT migration_name, started_at, finished_at FROM _prisma_migrations WHERE \
                   rolled_back_at IS NULL AND applied_steps_count = 0 AND started_at = finished_at ORDER BY started_at;";
        let commands = self.psql(sql, Vec::new()).into_iter().collect();
        Finding::judged(Evidence { commands, facts, judged, ..Evidence::default() })
    }

    pub(super) fn asked_container(&self, at: &ContainerFolder) -> Evidence {
        let command = Command::reads(container::command(self.cx.hosts.get(&at.host), at), Vec::new());
        let host = Fact { name: FactName::Host, value: at.host.name().to_owned() };
        Evidence { commands: vec![command], facts: vec![host], ..Evidence::default() }
    }

    pub(super) fn container(
        &self,
        at: &ContainerFolder,
        folder: &Folder,
        inside: Option<&Folder>,
    ) -> Finding {
        let judged = judge::container(folder, inside);
        let mut evidence = Evidence { judged, ..self.asked_container(at) };
        if let (Some(command), Some(inside)) = (evidence.commands.first_mut(), inside) {
            command.prints = container::printed(inside);
        }
        Finding::judged(evidence)
    }
}

/// The migration whose checksum was compared.
fn edited(judged: &Comparison) -> Option<(&str, &Comparison)> {
    match &judged.subject {
        Subject::Migrations(MigrationsSubject::EditedMigration(name)) => Some((name, judged)),
        _ => None,
    }
}

/// The migrations that are applied, in the order in which they were.
fn applied_table(history: &History) -> Table {
    let fates = history.fates();
    let mut rows: Vec<_> = fates
        .values()
        .filter_map(|fate| match fate {
            Fate::Applied(row) => Some(*row),
            Fate::Unfinished(_) | Fate::RolledBack => None,
        })
        .collect();
    rows.sort_by_key(|row| row.place);
    Table {
        of: TableOf::Migrations,
        head: vec!["migration_name".to_owned(), "finished_at".to_owned()],
        rows: rows.into_iter().map(|row| vec![Some(row.name.clone()), row.finished_at.clone()]).collect(),
        left_out: 0,
    }
}

/// What `psql` prints of the history.
fn printed_history(history: &History) -> Vec<String> {
    let mut rows: Vec<_> = history.rows.iter().collect();
    rows.sort_by_key(|row| row.place);
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| vec![row.name.clone(), row.finished_at.clone().unwrap_or_default()])
        .collect();
    printed(&["migration_name", "finished_at"], &rows)
}

/// Rows of text as `psql` prints them when it is told not to align them.
fn printed(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let count = format!("({} row{})", rows.len(), if rows.len() == 1 { "" } else { "s" });
    let rows = rows.iter().map(|row| row.join("|"));
    std::iter::once(head.join("|")).chain(rows).chain([count]).collect()
}
