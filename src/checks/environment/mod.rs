//! Section 7: containers, their variables, disks, load, clocks and commands of the hosts.
//!
//! One unit for each entry of the configuration: the container is inspected once for all its checks and those
//! of section 1, and everything that is asked of the host is asked side by side.

mod judge;
mod mask;

use std::sync::Arc;

use futures_util::future::{BoxFuture, OptionFuture, join_all, join5};

use super::context::Context;
use super::hosts::KnownHost;
use super::plan_input::PlanInput;
use super::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{CheckOptions, CommandConfig, EnvironmentEntry};
use crate::model::{Cause, CheckMeta, EnvironmentFamily, Evidence, Family, Finding, Place};
use crate::probe::docker::{Container, Image};
use crate::probe::host::facts::{ClockOffset, DiskUsage as Usage};
use crate::probe::host::{CommandOutput, HostCommand};
use judge::EntryJudge;

pub(super) fn plan(input: &PlanInput) -> Vec<Unit> {
    let file: Arc<str> = input.loaded.source.as_ref().map_or("", |source| source.text()).into();
    input.config().environment.iter().map(|entry| unit(input, entry, &file)).collect()
}

/// What an entry is about: its container, else its host.
fn bare_name(entry: &EnvironmentEntry) -> &str {
    entry.container.as_ref().map_or(entry.host.name(), |container| &container.name)
}

/// The same, with the host where containers of two hosts have one name: ids are unique.
fn unique_name(all: &[EnvironmentEntry], entry: &EnvironmentEntry) -> String {
    let name = bare_name(entry);
    let is_other = |other: &&EnvironmentEntry| {
        other.host != entry.host || other.container.is_none() != entry.container.is_none()
    };
    if entry.container.is_some() && all.iter().filter(is_other).any(|other| bare_name(other) == name) {
        return format!("{name}@{}", entry.host.name());
    }
    name.to_owned()
}

fn unit(input: &PlanInput, entry: &EnvironmentEntry, file: &Arc<str>) -> Unit {
    let whole = bare_name(entry);
    let at = &unique_name(&input.config().environment, entry);
    let check = |family: EnvironmentFamily, name: &str, options: &CheckOptions| {
        let family = Family::Environment(family);
        // What is about the whole place has no name of its own.
        let id = if name == whole {
            format!("{}.{at}", family.name())
        } else {
            format!("{}.{at}.{name}", family.name())
        };
        let row = entry.container.as_ref().map_or_else(
            || entry.host.name().to_owned(),
            |container| format!("{} on {}", container.name, entry.host.name()),
        );
        let place = Some(Place { row, column: name.to_owned() });
        let meta = input.with_options(input.meta(family, id, name), options);
        Planned::new(CheckMeta { place, ..meta }, Vec::new())
    };
    let mut checks = Vec::new();
    if let Some(container) = &entry.container {
        for variable in &container.variables {
            checks.push(check(EnvironmentFamily::Variables, &variable.name, &variable.options));
        }
        checks.push(check(EnvironmentFamily::Containers, &container.name, &container.options));
    }
    for disk in &entry.disks {
        checks.push(check(EnvironmentFamily::Disks, &disk.path, &disk.options));
    }
    if let Some(load) = &entry.load {
        checks.push(check(EnvironmentFamily::Load, entry.host.name(), &load.options));
    }
    if let Some(clock) = &entry.clock {
        checks.push(check(EnvironmentFamily::Clocks, entry.host.name(), &clock.options));
    }
    for command in &entry.commands {
        checks.push(check(EnvironmentFamily::Commands, &command.name, &command.options));
    }
    let count = checks.len();
    Unit::several(checks, Phase::Read, EntryProbe { entry: entry.clone(), count, file: Arc::clone(file) })
}

struct EntryProbe {
    entry: EnvironmentEntry,
    count: usize,
    /// The configuration as it was written: whoever may read the record has seen it.
    file: Arc<str>,
}

/// A container, and its image where that is judged.
type SeenContainer = (Result<Container, Cause>, Option<Result<Image, Cause>>);

/// What was seen of an entry, each in the entry's order.
struct EntryObservation {
    container: Option<SeenContainer>,
    disks: Vec<Result<Usage, Cause>>,
    load: Option<Result<[f64; 3], Cause>>,
    clock: Option<Result<ClockOffset, Cause>>,
    outputs: Vec<Result<CommandOutput, Cause>>,
}

impl Probe for EntryProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for index in 0..self.count {
                reporter.begin(index);
            }
            let known = cx.hosts.get(&self.entry.host);
            match cx.stop.race(Box::pin(observe(&self.entry, known))).await {
                Ok(seen) => {
                    if let (Some(config), Some((Ok(container), _))) = (&self.entry.container, &seen.container)
                    {
                        let public = [&*self.file, cx.origin.as_deref().unwrap_or_default()];
                        mask::mask(config, container, &public, &cx.redactor);
                    }
                    for (index, finding) in self.judge(known, &seen, cx).into_iter().enumerate() {
                        reporter.end(index, finding);
                    }
                }
                Err(cause) => reporter.end_rest(|| Finding::errored(cause.clone(), Evidence::default())),
            }
        })
    }
}

impl EntryProbe {
    /// A finding for each check, in the plan's order.
    fn judge(&self, known: &KnownHost, seen: &EntryObservation, cx: &Context) -> Vec<Finding> {
        let entry = &self.entry;
        let at = EntryJudge { entry, known, redactor: &cx.redactor };
        let mut findings = Vec::new();
        if let Some((config, (container, image))) = entry.container.as_ref().zip(seen.container.as_ref()) {
            let variables = config.variables.iter();
            findings.extend(variables.map(|variable| at.variable(config, variable, container)));
            findings.push(at.container(config, container, image.as_ref()));
        }
        findings.extend(entry.disks.iter().zip(&seen.disks).map(|(disk, seen)| at.disk(disk, seen)));
        findings.extend(entry.load.iter().zip(&seen.load).map(|(load, seen)| at.load(load, seen)));
        findings.extend(entry.clock.iter().zip(&seen.clock).map(|(clock, seen)| at.clock(clock, seen)));
        findings
            .extend(entry.commands.iter().zip(&seen.outputs).map(|(command, seen)| at.exec(command, seen)));
        findings
    }
}

/// Ask the host everything at once.
async fn observe(entry: &EnvironmentEntry, known: &KnownHost) -> EntryObservation {
    let container = async {
        let config = entry.container.as_ref()?;
        let container = known.container(&config.name).await;
        let image = match (&container, &config.image) {
            (Ok(container), Some(_)) => Some(known.docker().image(&container.image_id).await),
            _ => None,
        };
        Some((container, image))
    };
    let disks = join_all(entry.disks.iter().map(|disk| known.host.disk(&disk.path)));
    let load = OptionFuture::from(entry.load.as_ref().map(|_| known.host.load()));
    let clock = OptionFuture::from(entry.clock.as_ref().map(|_| known.host.clock()));
    let commands = entry.commands.iter().map(|command| run(command, known));
    let (container, disks, load, clock, outputs) =
        join5(container, disks, load, clock, join_all(commands)).await;
    EntryObservation { container, disks, load, clock, outputs }
}

async fn run(config: &CommandConfig, known: &KnownHost) -> Result<CommandOutput, Cause> {
    let command = HostCommand::new(config.argv.iter().cloned()).deadline(config.max_time);
    match &config.inside {
        Some(container) => known.docker().exec(container, &command).await,
        None => known.host.exec(&command).await,
    }
}
