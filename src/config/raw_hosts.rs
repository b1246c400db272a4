//! What the configuration file can say of hosts, containers and the environment.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw::Waive;
use super::types::{
    NonEmpty, OneOrMany, Ordered, OutputShow, Pattern, Percent, Plain, Template, Test, Variable, Wait,
};

/// A machine where commands run: `ssh`, or `local: true`.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct HostAt {
    /// `user@host`, or a name of the user's own ssh configuration.
    #[deserr(default)]
    pub ssh: Option<Plain>,
    /// The port. Default: what ssh's configuration says, else 22.
    #[deserr(default)]
    pub port: Option<u16>,
    /// A private key, as a secret: `${secret:SSH_KEY}`. Without it: the agent, and the user's own keys.
    #[deserr(default)]
    pub identity: Option<Template>,
    /// The file of a private key.
    #[deserr(default)]
    pub identity_file: Option<Plain>,
    /// The host's public keys, as lines of a `known_hosts` file. Without it: the user's own file.
    #[deserr(default)]
    pub known_hosts: Option<Plain>,
    /// A file of the hosts' public keys.
    #[deserr(default)]
    pub known_hosts_file: Option<Plain>,
    /// Whether it is the machine that prod-gate runs on. Only where that is said: a runner is not
    /// production.
    #[deserr(default)]
    pub local: Option<bool>,
    /// The program that containers are asked with. Default: `docker`.
    #[deserr(default)]
    pub engine: Option<Engine>,
}

/// The program that containers are asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(rename_all = lowercase, error = Problems)]
#[schemars(rename_all = "lowercase")]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

/// Section 7: what runs on a host, and how it is set up.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    /// The host, by its name under `hosts`.
    pub host: Plain,
    /// A container that must be running; and healthy, if it has a health check.
    #[deserr(default)]
    pub container: Option<Plain>,
    /// How often it may have been restarted since it was created. Default: not judged.
    #[deserr(default)]
    pub max_restarts: Option<u32>,
    /// The image's digest on the host, `sha256:…` as `docker inspect --format '{{.Image}}'` prints it, or at least
    /// 7 of its hex digits.
    #[deserr(default)]
    pub image: Option<Plain>,
    /// Variables of the container: a value, `present`, `absent`, or a test.
    #[deserr(default)]
    pub variables: Option<Ordered<Variable>>,
    /// How full file systems may be.
    #[deserr(default)]
    pub disk: Option<OneOrMany<Disk>>,
    /// How far the host's clock may be from this machine's.
    #[deserr(default)]
    pub max_clock_skew: Option<Wait>,
    /// Commands whose status and output are judged. They must only read.
    #[deserr(default)]
    pub exec: Option<NonEmpty<Exec>>,
    /// Whether it blocks. Default: true.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}

/// How full a file system may be.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Disk {
    /// A path on it.
    pub path: Plain,
    /// The most that may be used, for example `85%`.
    pub max_used: Percent,
}

/// A command whose status and output are judged.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Exec {
    /// A name for the record and the id.
    pub name: Plain,
    /// The program and its arguments, each a text of its own. There is no shell in between.
    pub run: NonEmpty<Plain>,
    /// Run it inside the container instead of on the host. Default: false.
    #[deserr(default)]
    pub inside: Option<bool>,
    /// The exit status. Default: 0.
    #[deserr(default)]
    pub status: Option<u8>,
    /// What the output, without white space around it, must be.
    #[deserr(default)]
    pub output: Option<Test>,
    /// Text that the output contains.
    #[deserr(default)]
    pub contains: Option<OneOrMany<Plain>>,
    /// Text that the output does not contain.
    #[deserr(default)]
    pub not_contains: Option<OneOrMany<Plain>>,
    /// Regular expressions that match in the output.
    #[deserr(default)]
    pub matches: Option<OneOrMany<Pattern>>,
    /// The longest that it may take. Default: `limits.check`.
    #[deserr(default)]
    pub max_time: Option<Wait>,
    /// What the record may show: `output`.
    #[deserr(default)]
    pub show: Option<NonEmpty<OutputShow>>,
    /// Whether it blocks. Default: the entry's.
    #[deserr(default)]
    pub required: Option<bool>,
    /// A known failure.
    #[deserr(default)]
    pub waive: Option<Waive>,
}
