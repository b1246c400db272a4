//! What the configuration file can say of section 1: where production shows its commit.

use macro_rules_attribute::apply;

use crate::config::types::{JsonPath, NonEmpty, Ordered, Plain, Template};

/// Section 1: which commit runs in production.
#[apply(raw)]
pub struct RawCommit {
    /// Where production shows its commit. Each place must show the tag's.
    pub expect_at: NonEmpty<RawSource>,
}

/// A place that shows a commit: `url` (with `json` or `header`, else the body itself), `git`, or a
/// `container` of a `host` (with `label`, or `file` and perhaps `json`).
#[apply(raw_check)]
pub struct RawSource {
    /// A name for the record. Default: the URL or the path.
    pub name: Option<Plain>,
    /// A URL that is asked with GET.
    pub url: Option<Template>,
    /// Where the commit stands in a JSON answer.
    pub json: Option<JsonPath>,
    /// The header of the answer that holds the commit.
    pub header: Option<Plain>,
    /// The host, by its name under `hosts`, for `git` and `container`.
    pub host: Option<Plain>,
    /// A git work tree, on the host or on this machine.
    pub git: Option<Plain>,
    /// A container of the host.
    pub container: Option<Plain>,
    /// The container's label that holds the commit.
    pub label: Option<Plain>,
    /// The file in the container that holds the commit, alone or where `json` says.
    pub file: Option<Plain>,
    /// Headers to send.
    pub headers: Option<Ordered<Template>>,
}
