//! Where the code lives and the work is reviewed: the forge, and the runner that it starts us on.
//!
//! [`Forge`] is what publishing and validating ask of a forge, in their own words; `github` and `local` are
//! the two that exist. A forge speaks for one repository: records that live in a repository of their own
//! have a forge of their own. `types` are the values that go in and come out, `error` is what can go wrong,
//! each with its remedy. `actions` is the GitHub Actions runner as seen from inside a step; nothing in it
//! talks to the network.

pub mod actions;
pub mod error;
pub mod github;
pub mod local;
pub mod names;
pub mod types;

use std::future::Future;

pub use error::{ForgeError, Permission, Why};
pub use types::{
    Account, AccountKind, Answers, BranchName, ChangeType, ChangedFile, Comment, CommentId, CommitSha,
    CommitStatus, Committed, Ensured, FileAt, FileText, GateBranch, Inquiry, NewCommit, NewFile, NewPull,
    PeeledTag, PullNumber, PullRequest, PullState, PullSummary, PullText, RepoCommit, RepoName, RepoPath,
    Review, ReviewState, Revision, RunConclusion, RunId, StatusContext, StatusState, TagName, WorkflowRun,
};

/// What is asked of a forge. Reads are tried again where that may help. A write is never sent again blindly:
/// when its answer is lost, the forge is asked whether it happened; `Ok` means that it did, and
/// [`Why::Uncertain`] that not even that could be found out.
pub trait Forge: Send + Sync {
    fn repository(&self) -> &RepoName;

    /// Whether it vouches for who did what. Where it does not, anybody's word is as good as another's, and a
    /// validation has to say so.
    fn vouches(&self) -> bool;

    /// Who we are to the forge, as far as it is known; a forge without identities knows nobody.
    /// Answers and pull requests carry it too; this asks for it alone.
    fn viewer(&self) -> impl Future<Output = Result<Option<Account>, ForgeError>> + Send;

    /// Everything that is asked, in one request where the forge can: heads, gate branches with their pull
    /// requests, the commits between two revisions, files' texts, tags peeled, statuses.
    fn ask(&self, inquiry: &Inquiry) -> impl Future<Output = Result<Answers, ForgeError>> + Send;

    /// A pull request with everything that a validation looks at, lists complete.
    /// [`Why::NotFound`] when there is none of this number.
    fn pull_request(
        &self,
        number: PullNumber,
    ) -> impl Future<Output = Result<PullRequest, ForgeError>> + Send;

    /// A workflow run; none when the repository has no such run.
    fn workflow_run(&self, id: RunId)
    -> impl Future<Output = Result<Option<WorkflowRun>, ForgeError>> + Send;

    /// Make the branch at this commit unless it exists; an existing one is left where it is.
    fn ensure_branch(
        &self,
        branch: &BranchName,
        at: &CommitSha,
    ) -> impl Future<Output = Result<Ensured, ForgeError>> + Send;

    /// Commit files on top of the expected head, signed by the forge where it signs.
    /// [`Why::Conflict`] when the branch is elsewhere: nothing was written then.
    fn commit(&self, commit: &NewCommit) -> impl Future<Output = Result<Committed, ForgeError>> + Send;

    /// Open a pull request; when there is an open one for this head and base, that one is returned as it is.
    fn open_pull(&self, pull: &NewPull) -> impl Future<Output = Result<PullSummary, ForgeError>> + Send;

    /// Give an open pull request another title and body.
    fn update_pull(
        &self,
        number: PullNumber,
        text: &PullText,
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// Put labels on a pull request; the others stay.
    fn label(
        &self,
        number: PullNumber,
        labels: &[String],
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    fn request_review(
        &self,
        number: PullNumber,
        login: &str,
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    fn set_status(
        &self,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// Write a comment on a pull request.
    fn comment(
        &self,
        number: PullNumber,
        body: &str,
    ) -> impl Future<Output = Result<Comment, ForgeError>> + Send;

    /// Replace the text of a comment of ours.
    fn edit_comment(&self, id: CommentId, body: &str) -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// The page of a file on a branch; none without pages.
    fn file_url(&self, branch: &BranchName, path: &RepoPath) -> Option<String>;

    /// The page where a person opens this pull request by hand, its title filled in; none without pages.
    fn compare_url(&self, pull: &NewPull) -> Option<String>;
}
