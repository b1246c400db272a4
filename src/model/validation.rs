//! A lead's validation of a record, and why there is none.

use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumDiscriminants, VariantArray};

use super::outcome::Verdict;

/// The version of the validation that a record keeps. It grows when a field changes its meaning or goes away.
pub const VALIDATION_VERSION: u32 = 1;

/// A validation as the record keeps it: who, which review, and what exactly was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// [`VALIDATION_VERSION`].
    pub version: u32,
    /// The lead's login, as the forge writes it.
    pub lead: String,
    pub review: u64,
    pub review_url: String,
    /// When the review was given, RFC 3339 in UTC.
    pub at: String,
    /// The commit that was reviewed, in full.
    pub commit: String,
    /// The digest of the record's sealed part, lower-case hex SHA-256.
    pub digest: String,
    /// The page of the workflow run whose record this is.
    pub run_url: String,
    /// Whether the lead is somebody else than who deployed.
    pub separation: Separation,
    /// Why a record that does not pass is validated all the same, in the lead's words.
    pub reason: Option<String>,
    /// Whether the forge vouches for who approved. Where it does not, everybody is taken at their word.
    pub vouched: bool,
}

/// Whether the one who validates is somebody else than the one who deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumDiscriminants)]
#[strum_discriminants(derive(VariantArray), doc = "The kinds of separation.")]
#[serde(rename_all = "snake_case")]
pub enum Separation {
    Separate,
    /// The same person, who took this part in the deployment.
    Own(Role),
    /// The one who made the tag has no account that the forge knows.
    TaggerUnknown,
}

/// A part in the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Caused the event that started the run.
    Actor,
    /// Started this attempt of the run.
    TriggeringActor,
    Tagger,
    Operator,
}

/// Where a record's validation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Standing {
    /// A lead approved exactly this.
    Validated,
    /// Somebody still has to do something, and nothing is wrong.
    Pending,
    Refused,
}

/// Why a record is not validated.
#[derive(Debug, Clone, PartialEq, Eq, EnumCount)]
pub enum Reason {
    /// The pull request comes from another repository.
    Fork,
    /// The pull request's branch is not one of the gate's.
    OtherBranch {
        branch: String,
    },
    /// The pull request goes to another branch than records do.
    OtherBase {
        base: String,
        expected: String,
    },
    /// The difference is not one record alone.
    NotOneFile {
        files: u64,
    },
    /// The one file is not a record in the folder of records.
    NotARecord {
        path: String,
    },
    /// The file is there already, or was renamed or deleted.
    NotAdded {
        path: String,
    },
    /// A commit of the branch is not the gate's.
    ForeignCommit {
        /// The commit, in full.
        commit: String,
        /// Whose it is, as far as the forge knows.
        author: Option<String>,
    },
    /// A commit that bears the gate's name is not verified as the gate's are.
    Unverified {
        /// The commit, in full.
        commit: String,
    },
    /// The file is no record that this version reads.
    Unreadable,
    /// What stands above the seal is not what the digest was taken of.
    DigestDiffers,
    /// What stands below the seal is not what the gate writes there.
    BelowSeal,
    /// The footer does not repeat what stands above the seal.
    FooterDiffers,
    /// The file's name does not have the record's date and commit.
    NameDiffers {
        path: String,
    },
    /// A filter left checks out: no record of a deployment.
    Partial,
    /// The record is of another tag than the branch.
    OtherTag {
        record: Option<String>,
        branch: String,
    },
    NoTag {
        tag: String,
    },
    /// The tag points at another commit than the record verified.
    TagMoved {
        tag: String,
        commit: String,
    },
    /// The same record is on the base branch already.
    Replayed {
        path: String,
    },
    /// The record names no workflow run.
    NoRun,
    /// The record names a run of another repository or server.
    RunElsewhere,
    /// There is no such run in this repository.
    RunUnknown {
        run: u64,
    },
    RunUnfinished {
        run: u64,
    },
    /// The run was not started by a tag or by hand.
    RunEvent {
        run: u64,
        event: String,
    },
    /// The run was started for another tag or branch.
    RunRef {
        run: u64,
        found: Option<String>,
    },
    RunCommit {
        run: u64,
        commit: String,
    },
    RunWorkflow {
        run: u64,
        path: String,
    },
    /// The run ended otherwise than the record says.
    RunConclusion {
        run: u64,
        conclusion: String,
        verdict: Verdict,
    },
    /// The run was started by hand, and not with a commit of the default branch.
    RunBranch {
        run: u64,
    },
    /// The record's time is not within the run's.
    RunTime {
        run: u64,
    },
    /// The default branch's configuration cannot be read.
    Configuration,
    /// The default branch's configuration names no lead.
    NoLeads,
    NoReview,
    NotALead {
        who: String,
    },
    Bot {
        who: String,
    },
    /// The lead approved another content.
    OtherContent {
        who: String,
        /// The commit that they approved; nothing when the forge does not say.
        commit: Option<String>,
    },
    ChangesRequested {
        who: String,
    },
    /// The lead's approval was taken back.
    Dismissed {
        who: String,
    },
    /// The forge dismissed the approval because of the commit that wrote it into the record.
    AskAgain {
        who: String,
        /// Whether the record still holds the validation.
        written: bool,
    },
    /// The lead deployed it, and the configuration asks for somebody else.
    OwnDeployment {
        who: String,
        role: Role,
    },
    /// Who made the tag is not known, and the configuration asks for somebody else than them.
    TaggerUnknown,
    /// The record does not pass, and the configuration does not let such records be validated.
    NotAccepted {
        verdict: Verdict,
    },
    /// The record does not pass, and the review gives no reason for accepting it.
    NoReasonGiven {
        who: String,
        verdict: Verdict,
    },
    /// The validation could not be written into the record.
    NotWritten,
    /// The pull request is closed: the record can no longer be changed.
    Closed {
        merged: bool,
    },
}

impl Reason {
    /// Whether the record waits or is refused.
    pub fn standing(&self) -> Standing {
        match self {
            Self::RunUnfinished { .. }
            | Self::NoReview
            | Self::NotALead { .. }
            | Self::Bot { .. }
            | Self::OtherContent { .. }
            | Self::Dismissed { .. }
            | Self::AskAgain { .. }
            | Self::NoReasonGiven { .. }
            | Self::NotWritten => Standing::Pending,
            _ => Standing::Refused,
        }
    }

    /// Every reason, with this text for what comes from outside; for tests of what is written of them.
    #[cfg(test)]
    pub(crate) fn samples(text: &str) -> Vec<Self> {
        let text = || text.to_owned();
        vec![
            Self::Fork,
            Self::OtherBranch { branch: text() },
            Self::OtherBase { base: text(), expected: text() },
            Self::NotOneFile { files: 1_234_567_890 },
            Self::NotARecord { path: text() },
            Self::NotAdded { path: text() },
            Self::ForeignCommit { commit: text(), author: Some(text()) },
            Self::Unverified { commit: text() },
            Self::Unreadable,
            Self::DigestDiffers,
            Self::BelowSeal,
            Self::FooterDiffers,
            Self::NameDiffers { path: text() },
            Self::Partial,
            Self::OtherTag { record: Some(text()), branch: text() },
            Self::NoTag { tag: text() },
            Self::TagMoved { tag: text(), commit: text() },
            Self::Replayed { path: text() },
            Self::NoRun,
            Self::RunElsewhere,
            Self::RunUnknown { run: 1_234_567_890 },
            Self::RunUnfinished { run: 1_234_567_890 },
            Self::RunEvent { run: 1_234_567_890, event: text() },
            Self::RunRef { run: 1_234_567_890, found: Some(text()) },
            Self::RunCommit { run: 1_234_567_890, commit: text() },
            Self::RunWorkflow { run: 1_234_567_890, path: text() },
            Self::RunConclusion { run: 1_234_567_890, conclusion: text(), verdict: Verdict::Errored },
            Self::RunBranch { run: 1_234_567_890 },
            Self::RunTime { run: 1_234_567_890 },
            Self::Configuration,
            Self::NoLeads,
            Self::NoReview,
            Self::NotALead { who: text() },
            Self::Bot { who: text() },
            Self::OtherContent { who: text(), commit: Some(text()) },
            Self::ChangesRequested { who: text() },
            Self::Dismissed { who: text() },
            Self::AskAgain { who: text(), written: true },
            Self::OwnDeployment { who: text(), role: Role::Actor },
            Self::TaggerUnknown,
            Self::NotAccepted { verdict: Verdict::Errored },
            Self::NoReasonGiven { who: text(), verdict: Verdict::Errored },
            Self::NotWritten,
            Self::Closed { merged: true },
            Self::Closed { merged: false },
        ]
    }
}
