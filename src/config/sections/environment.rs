//! Section 7: what runs on the hosts, and how they are set up.

use std::time::Duration;

use super::{CheckOptions, HostId};
use crate::config::parser::{Names, Parser, Refused, given};
use crate::config::path::Path;
use crate::config::problem::quote;
pub use crate::config::raw::hosts::LoadPeriod;
use crate::config::raw::hosts::{RawEnvironment, RawExec};
use crate::config::types::{OneOrMany, Pattern, Percent, Plain, Test, Variable, Wait};

/// Fewer hex digits of a digest than this say nothing.
const SHORTEST_DIGEST: usize = 7;

/// A host, or a container of it, with what is judged there.
#[derive(Debug, Clone)]
pub struct EnvironmentEntry {
    pub host: HostId,
    pub container: Option<ContainerConfig>,
    /// File systems that must have room.
    pub disks: Vec<DiskConfig>,
    pub load: Option<LoadConfig>,
    /// The clock that must be right.
    pub clock: Option<ClockConfig>,
    /// Commands that must end and print as expected.
    pub commands: Vec<CommandConfig>,
}

/// A container that must be running.
#[derive(Debug, Clone)]
pub struct ContainerConfig {
    pub name: String,
    pub max_restarts: Option<u32>,
    pub image: Option<String>,
    pub variables: Vec<VariableConfig>,
    pub options: CheckOptions,
}

/// A variable of a container.
#[derive(Debug, Clone)]
pub struct VariableConfig {
    pub name: String,
    pub wanted: Variable,
    pub options: CheckOptions,
}

/// How full a file system may be.
#[derive(Debug, Clone)]
pub struct DiskConfig {
    pub path: String,
    pub max_used: Percent,
    pub options: CheckOptions,
}

/// How busy a host may be.
#[derive(Debug, Clone)]
pub struct LoadConfig {
    pub max: f64,
    pub over: LoadPeriod,
    pub options: CheckOptions,
}

/// How far a host's clock may be from this machine's.
#[derive(Debug, Clone)]
pub struct ClockConfig {
    pub max_skew: Duration,
    pub options: CheckOptions,
}

/// A command whose status and output are judged.
#[derive(Debug, Clone)]
pub struct CommandConfig {
    pub name: String,
    pub argv: Vec<String>,
    pub inside: Option<String>,
    pub status: i32,
    pub output: Option<Test>,
    pub contains: Option<OneOrMany<Plain>>,
    pub not_contains: Option<OneOrMany<Plain>>,
    pub matches: Option<OneOrMany<Pattern>>,
    pub max_time: Duration,
    pub show: bool,
    pub options: CheckOptions,
}

impl Parser<'_> {
    /// `longest` is what a check may take.
    pub(super) fn environment(&mut self, longest: Duration) -> Result<Vec<EnvironmentEntry>, Refused> {
        let mut names = Names::new();
        let entries = self.raw.environment.iter().flatten();
        self.list(entries, &Path::root().key("environment"), |parser, raw, path| {
            let what = raw.container.as_ref().map_or_else(
                || raw.host.to_string(),
                |container| format!("{} on {}", container.as_str(), raw.host.as_str()),
            );
            parser.unique(&mut names, &what, path, "the entry for", "put both into one entry");
            parser.environment_entry(raw, longest, path)
        })
    }

    fn environment_entry(
        &mut self,
        raw: &RawEnvironment,
        longest: Duration,
        path: &Path,
    ) -> Result<EnvironmentEntry, Refused> {
        let host = self.known_host(&raw.host, &path.key("host"));
        let options = self.options(raw.required, raw.waive.as_ref(), path);
        if raw.container.is_none() {
            for key in given!(raw; variables, max_restarts, image) {
                self.problem(&path.key(key), format!("`{key}` is about a container: add `container`"));
            }
        }
        if given!(raw; container, disk, load, max_clock_skew, exec).next().is_none() {
            let help = "add `container`, `disk`, `load`, `max_clock_skew` or `exec`";
            self.problem_with_help(path, "nothing is checked here", help);
        }
        if let Some(image) = &raw.image {
            self.digest(image, &path.key("image"));
        }
        let container = raw.container.as_ref().map(|name| self.container(raw, name, &options, path));
        let mut names = Names::new();
        let disks = self.list(raw.disk.iter().flatten(), &path.key("disk"), |parser, disk, here| {
            parser.unique(&mut names, &disk.path, here, "the disk", "keep one of them");
            if !disk.path.starts_with('/') {
                parser.problem(&path.key("disk"), format!("{} is not a whole path", quote(&disk.path)));
            }
            let options = parser.moved(&options, here);
            Ok(DiskConfig { path: disk.path.to_string(), max_used: disk.max_used, options })
        });
        let mut names = Names::new();
        let commands = self.list(raw.exec.iter().flatten(), &path.key("exec"), |parser, exec, path| {
            let help = "give one of them another `name`";
            parser.unique(&mut names, &exec.name, path, "the command", help);
            Ok(parser.command(exec, raw.container.as_ref(), longest, &options, path))
        });
        let load = raw.load.as_ref().map(|load| {
            let path = path.key("load");
            if !(load.max.is_finite() && load.max > 0.0) {
                self.problem(&path.key("max"), "the largest load is a number above 0");
            }
            let over = load.over.unwrap_or(LoadPeriod::FiveMinutes);
            LoadConfig { max: load.max, over, options: self.moved(&options, &path) }
        });
        let clock = raw.max_clock_skew.map(|skew| ClockConfig {
            max_skew: skew.duration(),
            options: self.moved(&options, &path.key("max_clock_skew")),
        });
        Ok(EnvironmentEntry { host: host?, container, disks: disks?, load, clock, commands: commands? })
    }

    fn container(
        &mut self,
        raw: &RawEnvironment,
        name: &Plain,
        options: &CheckOptions,
        path: &Path,
    ) -> ContainerConfig {
        self.word(name, &path.key("container"), "a container's name");
        let variables = path.key("variables");
        let variable = |(name, wanted): &(String, Variable)| VariableConfig {
            name: name.clone(),
            wanted: wanted.clone(),
            options: self.moved(options, &variables.key(name)),
        };
        ContainerConfig {
            name: name.to_string(),
            max_restarts: raw.max_restarts,
            image: raw.image.as_ref().map(ToString::to_string),
            variables: raw.variables.iter().flatten().map(variable).collect(),
            options: self.moved(options, &path.key("container")),
        }
    }

    fn digest(&mut self, image: &Plain, path: &Path) {
        let digits = image.strip_prefix("sha256:").unwrap_or(image);
        let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !hex || !(SHORTEST_DIGEST..=64).contains(&digits.len()) {
            self.problem_with_help(
                path,
                format!("{} is not the digest of an image", quote(image)),
                "write `sha256:` and at least 7 of its hex digits, as `docker inspect --format '{{.Image}}'` \
                 prints them",
            );
        }
    }

    fn command(
        &mut self,
        raw: &RawExec,
        container: Option<&Plain>,
        longest: Duration,
        options: &CheckOptions,
        path: &Path,
    ) -> CommandConfig {
        self.one_line(&path.key("name"), Some(&raw.name));
        let inside = raw.inside == Some(true);
        if inside && container.is_none() {
            self.problem(&path.key("inside"), "there is no container to run it in: add `container`");
        }
        CommandConfig {
            name: raw.name.to_string(),
            argv: raw.run.iter().map(ToString::to_string).collect(),
            inside: container.filter(|_| inside).map(ToString::to_string),
            status: raw.status.unwrap_or_default().into(),
            output: raw.output.clone(),
            contains: raw.contains.clone(),
            not_contains: raw.not_contains.clone(),
            matches: raw.matches.clone(),
            max_time: raw.max_time.map_or(longest, Wait::duration),
            show: raw.show.is_some(),
            options: self.options_in(options, raw.required, raw.waive.as_ref(), path),
        }
    }
}
