//! What the configuration file can say, key by key: a mirror of the file, which `sections` parses into what it
//! means.
//!
//! One description serves three readers: deserr decodes the file (all problems at once), schemars
//! prints the JSON Schema, and the parser reads the fields. The doc comment of a field is its help text
//! in editors. What needs more than one field is judged by the parser.

#[macro_use]
pub(super) mod answers;
pub(super) mod commit;
pub(super) mod database;
pub(super) mod hosts;
pub(super) mod migrations;
pub(super) mod publish;
pub(super) mod schema;
mod short;
pub(super) mod smoke;
pub(super) mod sql;
mod step;
pub(super) mod workflows;

use macro_rules_attribute::apply;

use super::types::{Language, NonEmpty, OneOrMany, Ordered, Plain, Rate, Size, Version, Wait};
use commit::RawCommit;
use database::RawDatabaseAt;
use hosts::{RawEnvironment, RawHostAt};
use migrations::RawMigrations;
use publish::{RawLead, RawPublish};
use schema::RawSchema;
use smoke::RawSmoke;

/// The configuration of prod-gate, `.github/prod-gate.yml`.
#[apply(raw)]
#[derive(Default)]
pub struct RawConfig {
    /// The version of this format: 1.
    pub version: Version,
    /// The project's name, in the record's heading.
    pub title: Option<Plain>,
    /// The record's language, `fr` (the default) or `en`.
    pub language: Option<Language>,
    /// The IANA time zone of the record's dates, for example `Africa/Tunis`. Default: `UTC`.
    pub timezone: Option<Plain>,
    /// Which tags are releases, as a glob. Default: `v*`.
    pub tags: Option<Plain>,
    /// How secrets are treated.
    pub secrets: Option<RawSecrets>,
    /// How gently production is asked, and how long anything may take.
    pub limits: Option<RawLimits>,
    /// Wait up to this long, before anything is judged, until the service answers and shows the
    /// expected commit.
    pub warm_up: Option<Wait>,
    /// Machines where commands run, by a name of your own.
    pub hosts: Option<Ordered<RawHostAt>>,
    /// Production's database.
    pub database: Option<RawDatabaseAt>,
    /// Section 1: which commit runs in production.
    pub commit: Option<RawCommit>,
    /// Section 3: the migrations of the deployed commit, and what the database's history says of them.
    pub migrations: Option<RawMigrations>,
    /// Section 4: the schema, as the migrations make it and as it is declared here.
    pub schema: Option<RawSchema>,
    /// Section 5: pages, sessions, access by role, workflows.
    pub smoke: Option<RawSmoke>,
    /// Section 7: containers, variables, disks and clocks of the hosts. One entry, or a list.
    pub environment: Option<OneOrMany<RawEnvironment>>,
    /// Where the record goes.
    pub publish: Option<RawPublish>,
    /// Who validates a deployment.
    pub lead: Option<RawLead>,
}

/// How secrets are treated.
#[apply(raw)]
#[derive(Default)]
pub struct RawSecrets {
    /// Names of secrets that may be shorter than 8 characters. Masking a short value also masks
    /// innocent text that happens to be the same.
    pub allow_short: Option<NonEmpty<Plain>>,
}

/// How gently production is asked, and how long anything may take.
#[apply(raw)]
#[derive(Default)]
pub struct RawLimits {
    /// Requests under way at once, for each host. Default: 4.
    pub in_flight: Option<u32>,
    /// Requests begun, for each host, for example `5/s` or `unlimited`. Default: `5/s`.
    pub rate: Option<Rate>,
    /// The longest that one check may take once it is its turn, tries and waits included; a check with
    /// `within` may take that much longer. Default: `30s`.
    pub check: Option<Wait>,
    /// The longest that the whole run may take. Default: `20m`.
    pub deadline: Option<Wait>,
    /// How much of an answer's body is read. Default: `1MiB`.
    pub body: Option<Size>,
    /// How often a read is tried again after the connection broke. Default: 2.
    pub retries: Option<u32>,
    /// The longest that one request to the forge may take, when the record is published. Default: `20s`.
    pub forge: Option<Wait>,
    /// The longest wait, in all, for a forge that is busy or limits requests. Default: `2m`.
    pub forge_wait: Option<Wait>,
}
