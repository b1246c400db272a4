//! The command line and the environment. Every flag has an environment variable, so that a workflow needs no shell quoting.

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

/// Where the configuration is looked for.
pub const DEFAULT_CONFIG: &str = ".github/prod-gate.yml";
/// Where the results go.
pub const DEFAULT_OUT: &str = "prod-gate-out";

const AFTER_HELP: &str = "\
Exit codes:
  0    passed (warnings and partial runs included)
  1    failed: production is not as expected
  2    the command line or the configuration is wrong; production was not touched
  3    errored: the gate could not tell
  4    verified, but a result could not be written or published where it was asked for
  130  interrupted (SIGINT)
  143  terminated (SIGTERM)";

/// The process's environment, as a function so that tests can give their own.
pub type ProcessEnv<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// Verifies a production deployment and writes its record.
#[derive(Debug, Parser)]
#[command(name = "prod-gate", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
    /// Tell more on standard error; twice tells everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Verify production and write the record, junit.xml, summary.md and report.json
    Run(RunArgs),
    /// Publish what an earlier run left on disk: its record on a branch, and a pull request
    Publish(PublishArgs),
    /// List what would run and what writes, without asking production anything
    Plan(PlanArgs),
    /// Bring a record's validation to what the reviews of its pull request now say
    Validate(ValidateArgs),
    /// Say yes or no to a record that lives in a plain git repository
    Review(ReviewArgs),
    /// Print the JSON Schema of the configuration file, for editors
    Schema,
}

/// What to verify.
#[derive(Debug, Clone, Args)]
pub struct Selection {
    /// The configuration file; without it, --base-url and --page are enough
    #[arg(long, env = "PROD_GATE_CONFIG", hide_env_values = true, value_name = "FILE", default_value = DEFAULT_CONFIG, value_parser = path())]
    pub config: PathBuf,
    /// The tag that was deployed; default: the tag of the workflow run, else a release tag at HEAD
    #[arg(long, env = "PROD_GATE_TAG", hide_env_values = true)]
    pub tag: Option<String>,
    /// The commit that was deployed, beside the tag (it must be the tag's) or instead of one
    #[arg(long, env = "PROD_GATE_COMMIT", hide_env_values = true, value_name = "SHA")]
    pub commit: Option<String>,
    /// The service's address, instead of the configuration's
    #[arg(long, env = "PROD_GATE_BASE_URL", hide_env_values = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// A page that must answer 200; only without a configuration file (repeatable)
    #[arg(
        long = "page",
        env = "PROD_GATE_PAGES",
        hide_env_values = true,
        value_name = "PATH",
        value_delimiter = '\n'
    )]
    pub pages: Vec<String>,
    /// Run only checks with these ids: an id, its beginning, or a pattern with * (repeatable)
    #[arg(long, env = "PROD_GATE_ONLY", hide_env_values = true, value_name = "ID", value_delimiter = '\n')]
    pub only: Vec<String>,
    /// Leave out checks with these ids (repeatable)
    #[arg(long, env = "PROD_GATE_SKIP", hide_env_values = true, value_name = "ID", value_delimiter = '\n')]
    pub skip: Vec<String>,
}

/// `prod-gate plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// What to verify.
    #[command(flatten)]
    pub selection: Selection,
}

/// `prod-gate run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// What to verify.
    #[command(flatten)]
    pub selection: Selection,
    /// The revision that was in production before; default: from the latest record, else the nearest tag
    #[arg(long, env = "PROD_GATE_PREVIOUS", hide_env_values = true, value_name = "REV")]
    pub previous: Option<String>,
    /// The folder for the results
    #[arg(long, env = "PROD_GATE_OUT", hide_env_values = true, value_name = "DIR", default_value = DEFAULT_OUT, value_parser = path())]
    pub out: PathBuf,
    /// A file with the operator's notes; default: the annotated tag's message
    #[arg(long, env = "PROD_GATE_NOTES", hide_env_values = true, value_name = "FILE", value_parser = path())]
    pub notes: Option<PathBuf>,
    /// Who runs this; default: the actor of the workflow run, else git's user
    #[arg(long, env = "PROD_GATE_OPERATOR", hide_env_values = true, value_name = "NAME")]
    pub operator: Option<String>,
    /// Put the record on a branch, open or update its pull request, and ask the leads
    #[arg(long, env = "PROD_GATE_PUBLISH", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub publish: bool,
    /// The repository that takes the record, instead of the configuration's: same, owner/name, or a path
    #[arg(long, env = "PROD_GATE_REPOSITORY", hide_env_values = true, value_name = "REPOSITORY")]
    pub repository: Option<String>,
}

/// `prod-gate publish`.
#[derive(Debug, Clone, Args)]
pub struct PublishArgs {
    /// The folder that a run wrote its results to
    #[arg(long, env = "PROD_GATE_OUT", hide_env_values = true, value_name = "DIR", default_value = DEFAULT_OUT, value_parser = path())]
    pub from: PathBuf,
    /// The configuration file, for what it says of publishing and of the leads
    #[arg(long, env = "PROD_GATE_CONFIG", hide_env_values = true, value_name = "FILE", default_value = DEFAULT_CONFIG, value_parser = path())]
    pub config: PathBuf,
    /// The repository that takes the record, instead of the configuration's: same, owner/name, or a path
    #[arg(long, env = "PROD_GATE_REPOSITORY", hide_env_values = true, value_name = "REPOSITORY")]
    pub repository: Option<String>,
}

/// `prod-gate validate`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::doc_markdown, reason = "the help is no markdown")]
pub struct ValidateArgs {
    /// The number of the pull request; default: the one of the event in GITHUB_EVENT_PATH
    #[arg(long, env = "PROD_GATE_PR", hide_env_values = true, value_name = "N")]
    pub pr: Option<String>,
    /// The repository of the pull request: owner/name, or the path of a git repository that begins with . or /;
    /// default: GITHUB_REPOSITORY
    #[arg(long, env = "PROD_GATE_REPOSITORY", hide_env_values = true, value_name = "REPOSITORY")]
    pub repository: Option<String>,
    /// The configuration's path on the default branch, which is the one that counts
    #[arg(long, env = "PROD_GATE_CONFIG", hide_env_values = true, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    pub config: String,
}

/// `prod-gate review`.
#[derive(Debug, Clone, Args)]
pub struct ReviewArgs {
    /// approve or request-changes
    #[arg(value_enum, hide_possible_values = true)]
    pub says: Says,
    /// The number of the pull request
    #[arg(long, env = "PROD_GATE_PR", hide_env_values = true, value_name = "N")]
    pub pr: u64,
    /// The path of the git repository; it begins with . or /
    #[arg(long, env = "PROD_GATE_REPOSITORY", hide_env_values = true, value_name = "PATH")]
    pub repository: String,
    /// Who says it: a git repository takes everybody at their word
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: String,
    /// Why; a record that did not pass is validated only with a reason
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub reason: String,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Says {
    /// Yes
    Approve,
    /// No
    RequestChanges,
}

/// A path that may be empty, which clap's own parser refuses: `without_empty` takes care of it.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

impl Selection {
    /// The same with empty values left out: a workflow input that is not set arrives as an empty variable.
    #[must_use]
    pub fn without_empty(self) -> Self {
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let list = |texts: Vec<String>| texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
        let config = if self.config.as_os_str().is_empty() { DEFAULT_CONFIG.into() } else { self.config };
        Self {
            config,
            tag: some(self.tag),
            commit: some(self.commit),
            base_url: some(self.base_url),
            pages: list(self.pages),
            only: list(self.only),
            skip: list(self.skip),
        }
    }
}

impl RunArgs {
    /// The same with empty values left out.
    #[must_use]
    pub fn without_empty(self) -> Self {
        let path = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        Self {
            selection: self.selection.without_empty(),
            previous: self.previous.filter(|text| !text.trim().is_empty()),
            out: if self.out.as_os_str().is_empty() { DEFAULT_OUT.into() } else { self.out },
            notes: path(self.notes),
            operator: self.operator.filter(|text| !text.trim().is_empty()),
            publish: self.publish,
            repository: self.repository.filter(|text| !text.trim().is_empty()),
        }
    }
}

impl PublishArgs {
    /// The same with empty values left out.
    #[must_use]
    pub fn without_empty(self) -> Self {
        let or =
            |path: PathBuf, default: &str| if path.as_os_str().is_empty() { default.into() } else { path };
        Self {
            from: or(self.from, DEFAULT_OUT),
            config: or(self.config, DEFAULT_CONFIG),
            repository: self.repository.filter(|text| !text.trim().is_empty()),
        }
    }
}
