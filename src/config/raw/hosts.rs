//! What the configuration file can say of hosts, containers and the environment.

use macro_rules_attribute::apply;

use crate::config::types::{
    ContainerEngine, NonEmpty, OneOrMany, Ordered, OutputShow, Pattern, Percent, Plain, Template, Test,
    Variable, Wait, Waive,
};

/// A machine where commands run: `ssh`, or `local: true`.
#[apply(raw)]
pub struct RawHostAt {
    /// `user@host`, or a name of the user's own ssh configuration.
    pub ssh: Option<Plain>,
    /// The port. Default: what ssh's configuration says, else 22.
    pub port: Option<u16>,
    /// A private key, as a secret: `${secret:SSH_KEY}`. Without it: the agent, and the user's own keys.
    pub identity: Option<Template>,
    /// The file of a private key.
    pub identity_file: Option<Plain>,
    /// The host's public keys, as lines of a `known_hosts` file. Without it: the user's own file.
    pub known_hosts: Option<Plain>,
    /// A file of the hosts' public keys.
    pub known_hosts_file: Option<Plain>,
    /// Whether it is the machine that prod-gate runs on. Only where that is said: a runner is not
    /// production.
    pub local: Option<bool>,
    /// The program that containers are asked with. Default: `docker`.
    pub engine: Option<ContainerEngine>,
}

/// Section 7: what runs on a host, and how it is set up.
#[apply(raw_check)]
pub struct RawEnvironment {
    /// The host, by its name under `hosts`.
    pub host: Plain,
    /// A container that must be running; and healthy, if it has a health check.
    pub container: Option<Plain>,
    /// How often it may have been restarted since it was created. Default: not judged.
    pub max_restarts: Option<u32>,
    /// The image's digest on the host, `sha256:…` as `docker inspect --format '{{.Image}}'` prints it, or at least
    /// 7 of its hex digits.
    pub image: Option<Plain>,
    /// Variables of the container: a value, `present`, `absent`, or a test.
    pub variables: Option<Ordered<Variable>>,
    /// How full file systems may be.
    pub disk: Option<OneOrMany<RawDisk>>,
    /// How busy the host may be.
    pub load: Option<RawLoad>,
    /// How far the host's clock may be from this machine's.
    pub max_clock_skew: Option<Wait>,
    /// Commands whose status and output are judged. They must only read.
    pub exec: Option<NonEmpty<RawExec>>,
}

/// How full a file system may be.
#[apply(raw)]
pub struct RawDisk {
    /// A path on it.
    pub path: Plain,
    /// The most that may be used, for example `85%`.
    pub max_used: Percent,
}

/// How busy a host may be.
#[apply(raw)]
pub struct RawLoad {
    /// The largest load average: how many processes run or wait on average. As many as the host has cores keep all of
    /// them busy. More than 0.
    pub max: f64,
    /// The time that the average is over: `1m`, `5m` or `15m`. Default: `5m`.
    pub over: Option<LoadPeriod>,
}

/// A time over which hosts keep the average of their load.
#[apply(choice)]
pub enum LoadPeriod {
    /// The last minute.
    #[deserr(rename = "1m")]
    #[schemars(rename = "1m")]
    OneMinute,
    /// The last 5 minutes.
    #[deserr(rename = "5m")]
    #[schemars(rename = "5m")]
    FiveMinutes,
    /// The last 15 minutes.
    #[deserr(rename = "15m")]
    #[schemars(rename = "15m")]
    FifteenMinutes,
}

/// A command whose status and output are judged.
#[apply(raw)]
pub struct RawExec {
    /// A name for the record and the id.
    pub name: Plain,
    /// The program and its arguments, each a text of its own. There is no shell in between.
    pub run: NonEmpty<Plain>,
    /// Run it inside the container instead of on the host. Default: false.
    pub inside: Option<bool>,
    /// The exit status. Default: 0.
    pub status: Option<u8>,
    /// What the output, without white space around it, must be.
    pub output: Option<Test>,
    /// Text that the output contains.
    pub contains: Option<OneOrMany<Plain>>,
    /// Text that the output does not contain.
    pub not_contains: Option<OneOrMany<Plain>>,
    /// Regular expressions that match in the output.
    pub matches: Option<OneOrMany<Pattern>>,
    /// The longest that it may take. Default: `limits.check`.
    pub max_time: Option<Wait>,
    /// What the record may show: `output`.
    pub show: Option<NonEmpty<OutputShow>>,
    /// Whether it blocks. Default: the entry's.
    pub required: Option<bool>,
    /// A known failure.
    pub waive: Option<Waive>,
}
