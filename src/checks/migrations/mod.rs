//! Section 3: the migrations, as the database's history and the deployed commit's folder tell of them.
//!
//! One unit: the folder, the history and the containers' folders are read once, side by side, for all checks.
//! Each check is about one kind of finding, so that each has its own weight: what may be right, such as a migration
//! that was marked as applied, is advisory.

pub mod checksum;
mod container;
mod evidence;
pub mod folder;
pub mod history;
mod judge;
#[cfg(test)]
mod tests;

use futures_util::future::{BoxFuture, join, join_all};

use super::context::Context;
use super::plan_input::PlanInput;
use super::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{CheckOptions, ContainerFolder, MigrationsConfig};
use crate::model::{
    Cause, CauseCode, Evidence, Family, Finding, MigrationsFamily, Outcome, Previous, SkipReason,
};
use evidence::FindingBuilder;
use folder::Folder;
use history::History;

/// The places of the checks in their unit.
const FOLDER_AT: usize = 0;
const HISTORY_AT: usize = 1;
const APPLIED_AT: usize = 2;
const CHECKSUMS_AT: usize = 3;
const KNOWN_AT: usize = 4;
// Then the one about those that were only marked.
const CONTAINERS_AT: usize = 6;

pub(super) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(config) = &input.config().migrations else { return Vec::new() };
    let check = |family: MigrationsFamily, id: String, title: &str, options: &CheckOptions| {
        let meta = input.meta(Family::Migrations(family), id, title);
        Planned::new(input.with_options(meta, options), Vec::new())
    };
    let one = |family: MigrationsFamily, title: &str, blocks: bool| {
        let required = config.options.required && blocks;
        check(family, name(family).to_owned(), title, &CheckOptions { required, ..config.options.clone() })
    };
    let mut checks = vec![
        one(MigrationsFamily::Folder, &config.dir, true),
        one(MigrationsFamily::History, history::TABLE, true),
        one(MigrationsFamily::Applied, "applied", true),
        one(MigrationsFamily::Checksums, "as they were applied", true),
        // Production that goes back keeps what the later release brought.
        one(MigrationsFamily::Known, "in the deployed commit", !input.rollback),
        // A database that was there before Prisma looks the same.
        one(MigrationsFamily::Marked, "really run", false),
    ];
    for at in &config.containers {
        let id = format!("{}.{}", name(MigrationsFamily::Containers), unique_name(config, at));
        let title = format!("{}:{}", at.container, at.dir);
        checks.push(check(MigrationsFamily::Containers, id, &title, &at.options));
    }
    vec![Unit::several(checks, Phase::Read, MigrationsProbe { config: config.clone() })]
}

fn name(family: MigrationsFamily) -> &'static str {
    Family::Migrations(family).name()
}

/// The container's name, with the host where two hosts have one of this name.
fn unique_name(config: &MigrationsConfig, at: &ContainerFolder) -> String {
    let mut all = config.containers.iter();
    if all.any(|other| other.container == at.container && other.host != at.host) {
        return format!("{}@{}", at.container, at.host.name());
    }
    at.container.clone()
}

struct MigrationsProbe {
    config: MigrationsConfig,
}

struct MigrationsObservation {
    folder: Result<Folder, Cause>,
    /// The migrations that this release adds; none where that is not known.
    added: Option<Vec<String>>,
    history: Result<History, Cause>,
    /// In the order of the configuration.
    containers: Vec<Result<Option<Folder>, Cause>>,
}

impl Probe for MigrationsProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let containers = self.config.containers.len();
            // Of what a filter left out nobody will read.
            let left_out = |index: usize| reporter.is_settled(index);
            let (no_folder, no_history) = (left_out(FOLDER_AT), left_out(HISTORY_AT));
            for index in 0..CONTAINERS_AT + containers {
                reporter.begin(index);
            }
            match cx.stop.race(Box::pin(self.observe(cx))).await {
                Ok(seen) => {
                    for (index, finding) in self.judge(&seen, cx, no_folder, no_history) {
                        reporter.end(index, finding);
                    }
                }
                Err(cause) => reporter.end_rest(|| Finding::errored(cause.clone(), Evidence::default())),
            }
        })
    }
}

async fn inside(at: &ContainerFolder, cx: &Context) -> Result<Option<Folder>, Cause> {
    container::read(cx.hosts.get(&at.host), at).await
}

impl MigrationsProbe {
    async fn observe(&self, cx: &Context) -> MigrationsObservation {
        let containers = join_all(self.config.containers.iter().map(|at| inside(at, cx)));
        let history = async {
            match &cx.database {
                Some(production) => history::read(production.database()).await,
                None => Err(Cause::new(CauseCode::Internal, "there is no database")),
            }
        };
        let ((folder, added), (history, containers)) =
            join(join(self.folder(cx), self.added(cx)), join(history, containers)).await;
        let added = added.zip(folder.as_ref().ok()).map(|(before, folder)| {
            let names = folder.migrations.iter().map(|migration| migration.name.clone());
            names.filter(|name| !before.contains(name)).collect()
        });
        MigrationsObservation { folder, added, history, containers }
    }

    async fn folder(&self, cx: &Context) -> Result<Folder, Cause> {
        let commit = cx.release.commit()?;
        let dir = &self.config.dir;
        folder::at(&cx.git, commit, dir).await?.ok_or_else(|| {
            let detail = format!("there is no folder {dir} in {commit}");
            Cause::new(CauseCode::MigrationsFolder, detail)
        })
    }

    /// The migrations of the previous deployment, where it is known and this one goes forward from it.
    async fn added(&self, cx: &Context) -> Option<Vec<String>> {
        let Previous::Commit { commit, .. } = &cx.release.deployment.previous else { return None };
        if cx.release.deployment.rollback {
            return None;
        }
        // Only which rows of a table stay in sight depends on it.
        folder::names(&cx.git, commit, &self.config.dir).await.ok()
    }

    /// Each check's finding. What cannot be judged without the folder or the history is kept from running by their
    /// checks; where a filter left those out, it says itself what they would.
    fn judge(
        &self,
        seen: &MigrationsObservation,
        cx: &Context,
        no_folder: bool,
        no_history: bool,
    ) -> Vec<(usize, Finding)> {
        let shown = FindingBuilder::new(&self.config, cx);
        let folder_finding = match &seen.folder {
            Ok(folder) => shown.folder(folder, seen.added.as_deref()),
            Err(cause) => Finding::errored(cause.clone(), Evidence::default()),
        };
        let history_finding = match &seen.history {
            Ok(history) => shown.history(seen.folder.as_ref().ok(), history),
            Err(cause) => Finding::errored(cause.clone(), shown.asked_history()),
        };
        let instead = |finding: &Finding, left_out: bool, family: MigrationsFamily| {
            if left_out && finding.outcome != Outcome::Passed {
                return finding.clone();
            }
            Finding::skipped(SkipReason::Prerequisite { check: name(family).to_owned() })
        };
        let mut findings = Vec::new();
        let history = seen.history.as_ref().ok().filter(|history| history.is_there());
        for index in APPLIED_AT..CONTAINERS_AT {
            let finding = match (&seen.folder, history) {
                (Err(_), _) => instead(&folder_finding, no_folder, MigrationsFamily::Folder),
                (_, None) => instead(&history_finding, no_history, MigrationsFamily::History),
                (Ok(folder), Some(history)) => match index {
                    APPLIED_AT => shown.applied(folder, history),
                    CHECKSUMS_AT => shown.checksums(folder, history),
                    KNOWN_AT => shown.known(folder, history),
                    _ => shown.marked(folder, history),
                },
            };
            findings.push((index, finding));
        }
        for (index, (at, inside)) in self.config.containers.iter().zip(&seen.containers).enumerate() {
            let finding = match (&seen.folder, inside) {
                (Err(_), _) => instead(&folder_finding, no_folder, MigrationsFamily::Folder),
                (Ok(folder), Ok(inside)) => shown.container(at, folder, inside.as_ref()),
                (Ok(_), Err(cause)) => Finding::errored(cause.clone(), shown.asked_container(at)),
            };
            findings.push((CONTAINERS_AT + index, finding));
        }
        let first = [(FOLDER_AT, folder_finding), (HISTORY_AT, history_finding)];
        first.into_iter().chain(findings).collect()
    }
}
