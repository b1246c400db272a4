//! What goes into a forge and comes out of it: plain values, no behaviour of any forge.

pub use super::names::{
    BranchName, CommentId, CommitSha, PullNumber, RepoName, RepoPath, RunId, StatusContext, TagName,
};

/// Who somebody is to the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The login as the forge writes it; a GitHub App's ends with `[bot]`.
    pub login: String,
    /// The number that stays when the login changes; absent where the forge does not tell.
    pub id: Option<u64>,
    pub kind: AccountKind,
}

impl Account {
    /// Whether this is the account of that login. Logins differ by more than case or not at all; no two
    /// characters that look alike are taken for one another.
    pub fn is(&self, login: &str) -> bool {
        self.login.eq_ignore_ascii_case(login)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A person's, as far as the forge knows.
    User,
    /// A GitHub App, `github-actions[bot]` among them.
    Bot,
    /// Anything else: an organisation, a mannequin.
    Other,
}

/// A revision of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    DefaultBranch,
    Branch(BranchName),
    Commit(CommitSha),
}

/// A file that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAt {
    pub at: Revision,
    pub path: RepoPath,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// All of it. Bytes that are no UTF-8 are an error of the forge's, never replaced.
    pub text: String,
    pub blob: String,
}

/// What is asked in one go. What is left empty is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// The head of this branch, usually the base; the default branch's is always told.
    pub base: Option<BranchName>,
    /// Every branch of these names, with the pull requests that came from it.
    pub branches: Vec<BranchName>,
    /// Branches that begin like this, with their open pull requests: the records that await validation.
    pub open_under: Option<String>,
    /// What a branch has that a base has not: `(base, head)`, both existing.
    pub between: Option<(BranchName, BranchName)>,
    /// Names of the files in this folder on the base branch (the default branch where none is given).
    pub folder: Option<RepoPath>,
    pub files: Vec<FileAt>,
    /// This tag, peeled to its commit.
    pub tag: Option<TagName>,
    /// The latest status of each context on this commit.
    pub statuses_of: Option<CommitSha>,
    pub on_default: Option<CommitSha>,
}

/// What was found: each field answers the one of the same name in [`Inquiry`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    pub viewer: Option<Account>,
    /// The default branch and where it is; none in a repository without commits.
    pub default_branch: Option<(BranchName, CommitSha)>,
    /// Where the base branch is; none when it does not exist.
    pub base: Option<CommitSha>,
    /// In the order that they were asked in, one for each name.
    pub branches: Vec<GateBranch>,
    /// Open pull requests from branches under the prefix, newest first; 50 at most.
    pub open: Vec<PullSummary>,
    /// The commits of the head that the base has not, oldest first.
    pub between: Vec<RepoCommit>,
    /// Names of the folder's files, without its path.
    pub folder: Vec<String>,
    /// In the order that they were asked in; none for a file that is not there.
    pub files: Vec<Option<FileText>>,
    /// The tag, peeled; none when there is no such tag.
    pub tag: Option<PeeledTag>,
    /// One for each context, the latest.
    pub statuses: Vec<CommitStatus>,
    /// Whether the default branch has the commit; false when nobody knows such a commit.
    pub on_default: bool,
}

/// A tag and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeledTag {
    pub commit: CommitSha,
    /// Whether it is a tag with a maker of its own, not only a name for a commit.
    pub annotated: bool,
    /// The account that the forge sees behind an annotated tag's maker; a name and an address can be made up.
    pub tagger: Option<Account>,
}

/// A branch of a name that was asked for, whether it exists or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateBranch {
    pub name: BranchName,
    /// Where it is; none when it does not exist.
    pub head: Option<CommitSha>,
    /// Pull requests from it in this repository, newest first, of any state; the last few are enough.
    pub pulls: Vec<PullSummary>,
}

/// What publishing needs to know of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSummary {
    pub number: PullNumber,
    pub url: String,
    pub state: PullState,
    pub head_branch: BranchName,
    pub head: CommitSha,
    pub base: BranchName,
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
    /// Logins that were asked for a review and have not given one since.
    pub requested: Vec<String>,
    /// Logins that have given a review, of whatever kind.
    pub reviewed: Vec<String>,
    /// Paths of the first files that it changes; ten at most.
    pub files: Vec<RepoPath>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// It can still be merged.
    Open,
    /// It was closed without being merged.
    Closed,
    Merged,
}

/// A pull request as a validation sees it. The lists are complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    pub number: PullNumber,
    pub url: String,
    pub state: PullState,
    /// Who opened it; none for an account that is gone.
    pub author: Option<Account>,
    /// Whether its branch is in this very repository, not in a fork.
    pub same_repository: bool,
    pub head_branch: BranchName,
    pub head: CommitSha,
    pub base: BranchName,
    pub title: String,
    pub body: String,
    pub files: Vec<ChangedFile>,
    /// Every commit of it, oldest first.
    pub commits: Vec<RepoCommit>,
    /// Every review, oldest first; pending ones, which their authors have not sent, are left out.
    pub reviews: Vec<Review>,
    /// Comments of ours, oldest first.
    pub comments: Vec<Comment>,
    /// The latest status of each context on its head.
    pub statuses: Vec<CommitStatus>,
    /// Logins that are asked for a review.
    pub requested: Vec<String>,
    /// Who we are to the forge; none where it has no identities.
    pub viewer: Option<Account>,
    pub default_branch: BranchName,
}

/// A file that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    pub path: RepoPath,
    pub change: ChangeType,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeType {
    Added,
    Modified,
    Deleted,
    /// It was moved, copied, or given another mode.
    Other,
}

/// A commit with who made it, as far as the forge vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoCommit {
    pub sha: CommitSha,
    pub parents: usize,
    /// The account that the forge sees behind its author. Worth nothing unless `signed_by_forge`: an author's
    /// name and address can be made up, and a person's own valid signature says who committed, not who is
    /// written down as the author.
    pub author: Option<Account>,
    /// Whether the forge holds the signature for valid, whoever made it.
    pub verified: bool,
    /// Whether the forge itself signed it, validly, as it does for commits made through its API; the author is
    /// then the account that made the request.
    pub signed_by_forge: bool,
    /// The author's name as it stands in the commit, for messages only.
    pub author_name: String,
}

/// What somebody said of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: u64,
    /// Who; none for an account that is gone.
    pub author: Option<Account>,
    pub state: ReviewState,
    /// The commit that it was given for; none when the commit is gone.
    pub commit: Option<CommitSha>,
    pub body: String,
    /// Who changed its text last, where somebody did: it need not be its author.
    pub editor: Option<Account>,
    /// When, RFC 3339 in UTC.
    pub submitted_at: String,
    pub url: String,
    /// The commit whose push made the forge dismiss it; none when a person did, or nobody.
    pub dismissed_by: Option<CommitSha>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    Approved,
    ChangesRequested,
    /// Neither: it does not replace an earlier yes or no.
    Commented,
    /// It was taken back, by a person or by a push.
    Dismissed,
}

/// A comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    pub body: String,
    pub url: String,
}

/// What a commit's status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusState {
    Pending,
    Success,
    Failure,
    /// It could not be told.
    Error,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    pub context: StatusContext,
    pub state: StatusState,
    /// In a few words; a forge cuts it (GitHub after 140 characters).
    pub description: String,
    pub url: Option<String>,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRun {
    pub id: RunId,
    pub attempt: u32,
    pub repository: RepoName,
    pub head: CommitSha,
    /// The branch or tag that it ran for; a forge may not tell.
    pub head_branch: Option<String>,
    /// The workflow file, without the `@ref` that GitHub may add.
    pub path: RepoPath,
    /// What started it: `push`, `workflow_dispatch`.
    pub event: String,
    pub actor: Option<Account>,
    /// Who started the latest attempt.
    pub triggering_actor: Option<Account>,
    /// How it ended; none while it is under way.
    pub conclusion: Option<RunConclusion>,
    /// When its first attempt began, RFC 3339 in UTC.
    pub created_at: String,
    /// When it last changed, RFC 3339 in UTC.
    pub updated_at: String,
    pub url: String,
}

/// How a workflow run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunConclusion {
    Success,
    Failure,
    Cancelled,
    /// Anything else, in the forge's word.
    Other(String),
}

/// What became of a branch that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ensured {
    /// It is new, at the commit that was given.
    Created,
    Exists(CommitSha),
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    pub branch: BranchName,
    /// Where the branch must be.
    pub expected_head: CommitSha,
    /// The first line of its message.
    pub headline: String,
    pub body: String,
    /// What is written; other files stay.
    pub files: Vec<NewFile>,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    pub path: RepoPath,
    pub text: String,
}

/// A commit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub sha: CommitSha,
    /// Its page, where the forge has pages.
    pub url: Option<String>,
}

/// A pull request to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPull {
    pub head: BranchName,
    pub base: BranchName,
    pub text: PullText,
}

/// What a pull request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullText {
    pub title: String,
    /// Its text; a forge takes so much (GitHub 65,536 characters).
    pub body: String,
}
