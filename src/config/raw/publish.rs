//! What the configuration file can say of the record's way to its readers, and of the lead.

use macro_rules_attribute::apply;

use crate::config::types::{Login, NonEmpty, Plain, Records, SeparationRule};

/// Where the record goes.
#[apply(raw)]
#[derive(Default)]
pub struct RawPublish {
    /// The repository that takes the record: `same`, another one as `owner/name`, or a git repository
    /// on this machine as a path that begins with `.` or `/`. Default: `same`.
    pub repository: Option<Records>,
    /// The branch that the pull request goes into. Default: the repository's default branch.
    pub base: Option<Plain>,
    /// Whether a record whose verdict is FAILED or ERRORED is published too. Default: true.
    pub failing: Option<bool>,
    /// Labels for the pull request.
    pub labels: Option<NonEmpty<Plain>>,
    /// The account that commits records, where it is not the token's own: an App's `name[bot]`.
    /// Default: the account of the token.
    pub identity: Option<Login>,
    /// In the configuration of a repository that only holds records: the repository that is deployed, as
    /// `owner/name`. Its tags and workflow runs are what a validation looks at. Default: `same`.
    pub source: Option<Records>,
}

/// Who validates a deployment, and how.
#[apply(raw)]
pub struct RawLead {
    /// Logins of those who may validate; each is asked for a review.
    pub reviewers: NonEmpty<Login>,
    /// Whether a lead may validate a deployment of their own: `required` refuses it, `recorded` accepts
    /// it and says so in the record. Default: `required`.
    pub separation: Option<SeparationRule>,
    /// Whether a record whose verdict is FAILED or ERRORED can be validated, with a reason in the review.
    /// Default: false.
    pub accept_failed: Option<bool>,
    /// The workflow files whose runs make records. Default: any file of the default branch that holds the
    /// word `prod-gate`.
    pub workflows: Option<NonEmpty<Plain>>,
}
