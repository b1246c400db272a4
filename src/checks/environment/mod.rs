//! Section 7: containers, their variables, disks, clocks and commands of the hosts.
//!
//! One unit for each entry of the configuration: the container is inspected once for all its checks and those
//! of section 1, and everything that is asked of the host is asked side by side.

mod judge;
mod mask;

use std::sync::Arc;

use futures_util::future::{BoxFuture, join, join_all};

use super::context::Context;
use super::hosts::KnownHost;
use super::plan_input::PlanInput;
use super::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{Environment, Exec, Path, Wait};
use crate::model::{Cause, CheckMeta, EnvironmentFamily, Family, Finding, Place};
use crate::probe::docker::{Container, Image};
use crate::probe::host::facts::{ClockOffset, DiskUsage as Usage};
use crate::probe::host::{CommandOutput, HostCommand};
use judge::EntryJudge;

pub(super) fn plan(input: &PlanInput) -> Vec<Unit> {
    let path = Path::root().key("environment");
    let file: Arc<str> = input.loaded.source.as_ref().map_or("", |source| source.text()).into();
    let entries = input.config().environment.iter().flatten().enumerate();
    entries.map(|(index, entry)| unit(input, (entry, &file), &path.index(index))).collect()
}

/// The parts of an entry that are checks, in the record's order.
enum EnvironmentCheck {
    Container,
    Variable(usize),
    Disk(usize),
    Clock,
    Exec(usize),
}

/// What an entry is about: its container, else its host.
fn bare_name(entry: &Environment) -> &str {
    entry.container.as_ref().map_or(entry.host.as_str(), |container| container.as_str())
}

/// The same, with the host where containers of two hosts have one name: ids are unique.
fn unique_name<'e>(mut all: impl Iterator<Item = &'e Environment>, entry: &Environment) -> String {
    let name = bare_name(entry);
    let is_other = |other: &Environment| other.host != entry.host || other.container != entry.container;
    if entry.container.is_some() && all.any(|other| is_other(other) && bare_name(other) == name) {
        return format!("{name}@{}", entry.host.as_str());
    }
    name.to_owned()
}

fn unit(input: &PlanInput, (entry, file): (&Environment, &Arc<str>), path: &Path) -> Unit {
    let whole = bare_name(entry);
    let at = &unique_name(input.config().environment.iter().flatten(), entry);
    let mut checks = Vec::new();
    let mut parts = Vec::new();
    let mut add =
        |part: EnvironmentCheck, family: EnvironmentFamily, name: &str, path: Path, exec: Option<&Exec>| {
            let family = Family::Environment(family);
            // What is about the whole place has no name of its own.
            let id = if name == whole {
                format!("{}.{at}", family.name())
            } else {
                format!("{}.{at}.{name}", family.name())
            };
            let required = exec.and_then(|exec| exec.required).or(entry.required);
            let waive = exec.and_then(|exec| exec.waive.as_ref()).or(entry.waive.as_ref());
            let meta = input.configured(input.meta(family, id, name), &path, required, waive);
            let row = entry.container.as_ref().map_or_else(
                || entry.host.to_string(),
                |container| format!("{} on {}", container.as_str(), entry.host.as_str()),
            );
            let place = Some(Place { row, column: name.to_owned() });
            checks.push(Planned::new(CheckMeta { place, ..meta }, Vec::new()));
            parts.push(part);
        };
    for (index, (name, _)) in entry.variables.iter().flatten().enumerate() {
        add(
            EnvironmentCheck::Variable(index),
            EnvironmentFamily::Variables,
            name,
            path.key("variables").key(name),
            None,
        );
    }
    if let Some(container) = &entry.container {
        add(
            EnvironmentCheck::Container,
            EnvironmentFamily::Containers,
            container,
            path.key("container"),
            None,
        );
    }
    for (index, disk) in entry.disk.iter().flatten().enumerate() {
        add(
            EnvironmentCheck::Disk(index),
            EnvironmentFamily::Disks,
            &disk.path,
            path.key("disk").index(index),
            None,
        );
    }
    if entry.max_clock_skew.is_some() {
        add(
            EnvironmentCheck::Clock,
            EnvironmentFamily::Clocks,
            &entry.host,
            path.key("max_clock_skew"),
            None,
        );
    }
    for (index, exec) in entry.exec.iter().flatten().enumerate() {
        add(
            EnvironmentCheck::Exec(index),
            EnvironmentFamily::Commands,
            &exec.name,
            path.key("exec").index(index),
            Some(exec),
        );
    }
    Unit::several(checks, Phase::Read, EntryProbe { entry: entry.clone(), parts, file: Arc::clone(file) })
}

struct EntryProbe {
    entry: Environment,
    parts: Vec<EnvironmentCheck>,
    /// The configuration as it was written: whoever may read the record has seen it.
    file: Arc<str>,
}

/// What was seen of an entry.
struct EntryObservation {
    container: Option<Result<Container, Cause>>,
    image: Option<Result<Image, Cause>>,
    disks: Vec<Result<Usage, Cause>>,
    clock: Option<Result<ClockOffset, Cause>>,
    outputs: Vec<Result<CommandOutput, Cause>>,
}

impl Probe for EntryProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for index in 0..self.parts.len() {
                reporter.begin(index);
            }
            let findings = match cx.hosts.named(&self.entry.host) {
                Ok(known) => match cx.stop.race(observe(&self.entry, known, cx)).await {
                    Ok(seen) => {
                        if let Some(Ok(container)) = &seen.container {
                            let public = [&*self.file, cx.origin.as_deref().unwrap_or_default()];
                            mask::mask(&self.entry, container, &public, &cx.redactor);
                        }
                        self.judge(known, &seen, cx)
                    }
                    Err(cause) => self.all_errored(&cause),
                },
                Err(cause) => self.all_errored(&cause),
            };
            for (index, finding) in findings.into_iter().enumerate() {
                reporter.end(index, finding);
            }
        })
    }
}

impl EntryProbe {
    fn judge(&self, known: &KnownHost, seen: &EntryObservation, cx: &Context) -> Vec<Finding> {
        let at = EntryJudge { entry: &self.entry, known, redactor: &cx.redactor };
        self.parts
            .iter()
            .map(|part| match part {
                EnvironmentCheck::Container => at.container(seen.container.as_ref(), seen.image.as_ref()),
                EnvironmentCheck::Variable(index) => at.variable(*index, seen.container.as_ref()),
                EnvironmentCheck::Disk(index) => at.disk(*index, seen.disks.get(*index)),
                EnvironmentCheck::Clock => at.clock(seen.clock.as_ref()),
                EnvironmentCheck::Exec(index) => at.exec(*index, seen.outputs.get(*index)),
            })
            .collect()
    }

    fn all_errored(&self, cause: &Cause) -> Vec<Finding> {
        let errored = |_| Finding::errored(cause.clone(), crate::model::Evidence::default());
        self.parts.iter().map(errored).collect()
    }
}

/// Ask the host everything at once.
async fn observe(entry: &Environment, known: &KnownHost, cx: &Context) -> EntryObservation {
    let container = async {
        let Some(name) = &entry.container else { return (None, None) };
        let container = known.container(name).await;
        let image = match (&container, &entry.image) {
            (Ok(container), Some(_)) => Some(known.docker().image(&container.image_id).await),
            _ => None,
        };
        (Some(container), image)
    };
    let disks = join_all(entry.disk.iter().flatten().map(|disk| known.host.disk(&disk.path)));
    let clock = async {
        match entry.max_clock_skew {
            Some(_) => Some(known.host.clock().await),
            None => None,
        }
    };
    let commands = entry.exec.iter().flatten().map(|exec| run(exec, entry, known, cx));
    let (((container, image), disks), (clock, outputs)) =
        join(join(container, disks), join(clock, join_all(commands))).await;
    EntryObservation { container, image, disks, clock, outputs }
}

async fn run(
    exec: &Exec,
    entry: &Environment,
    known: &KnownHost,
    cx: &Context,
) -> Result<CommandOutput, Cause> {
    let deadline = exec.max_time.map_or(cx.check_deadline, Wait::duration);
    let command = HostCommand::new(exec.run.iter().map(ToString::to_string)).deadline(deadline);
    match entry.container.as_ref().filter(|_| exec.inside == Some(true)) {
        Some(container) => known.docker().exec(container, &command).await,
        None => known.host.exec(&command).await,
    }
}
