//! What the configuration file can say of the record's way to its readers, and of the lead.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::types::{Login, NonEmpty, Plain, Records};

/// Where the record goes.
#[derive(Debug, Clone, Default, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Publish {
    /// The repository that takes the record: `same`, another one as `owner/name`, or a git repository
    /// on this machine as a path that begins with `.` or `/`. Default: `same`.
    #[deserr(default)]
    pub repository: Option<Records>,
    /// The branch that the pull request goes into. Default: the repository's default branch.
    #[deserr(default)]
    pub base: Option<Plain>,
    /// Whether a record whose verdict is FAILED or ERRORED is published too. Default: true.
    #[deserr(default)]
    pub failing: Option<bool>,
    /// Labels for the pull request.
    #[deserr(default)]
    pub labels: Option<NonEmpty<Plain>>,
    /// The account that commits records, where it is not the token's own: an App's `name[bot]`.
    /// Default: the account of the token.
    #[deserr(default)]
    pub identity: Option<Login>,
    /// In the configuration of a repository that only holds records: the repository that is deployed, as
    /// `owner/name`. Its tags and workflow runs are what a validation looks at. Default: `same`.
    #[deserr(default)]
    pub source: Option<Records>,
}

/// Who validates a deployment, and how.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Lead {
    /// Logins of those who may validate; each is asked for a review.
    pub reviewers: NonEmpty<Login>,
    /// Whether a lead may validate a deployment of their own: `required` refuses it, `recorded` accepts
    /// it and says so in the record. Default: `required`.
    #[deserr(default)]
    pub separation: Option<Separation>,
    /// Whether a record whose verdict is FAILED or ERRORED can be validated, with a reason in the review.
    /// Default: false.
    #[deserr(default)]
    pub accept_failed: Option<bool>,
    /// The workflow files whose runs make records. Default: any file of the default branch that holds the
    /// word `prod-gate`.
    #[deserr(default)]
    pub workflows: Option<NonEmpty<Plain>>,
}

/// Whether a lead may validate a deployment of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(rename_all = lowercase, error = Problems)]
#[schemars(rename_all = "lowercase")]
pub enum Separation {
    /// No: somebody else has to.
    Required,
    /// Yes, and the record says that it was so.
    Recorded,
}
