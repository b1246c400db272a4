//! Publishing after a run, or from what an earlier run left on disk.

use std::fs;
use std::path::{Path, PathBuf};

use super::forges::{self, Forges};
use super::{signals, stopped};
use crate::cli::{ProcessEnv, PublishArgs};
use crate::config::{PublishingConfig, Records, SeparationRule};
use crate::error::{Error, Exit};
use crate::files::OutDir;
use crate::forge::Forge;
use crate::forge::actions;
use crate::forge::types::BranchName;
use crate::model::{Report, Verdict};
use crate::output;
use crate::probe::stop::Stop;
use crate::progress::Console;
use crate::publish::{self, Job, PublishRules, Published};
use crate::redact::Redactor;
use crate::render::{self, seal};

/// Everything that publishing needs beside the report.
pub(super) struct Publishing<'a> {
    pub(super) config: &'a PublishingConfig,
    pub(super) repository: Option<&'a Records>,
    pub(super) out: &'a OutDir,
    pub(super) stop: &'a Stop,
    pub(super) redactor: &'a Redactor,
    pub(super) env: ProcessEnv<'a>,
    /// What the runner told us; none outside of Actions.
    pub(super) runner: Option<&'a actions::ActionsContext>,
}

pub(super) fn repository(flag: Option<&str>) -> Result<Option<Records>, Error> {
    let parse = |text: &str| {
        Records::parse(text)
            .map_err(|help| Error::usage(format!("--repository {text}: not a repository")).hint(help))
    };
    flag.map(parse).transpose()
}

/// `prod-gate publish`: publish what an earlier run left on disk.
pub async fn publish(args: &PublishArgs, redactor: &Redactor, env: ProcessEnv<'_>) -> Result<Exit, Error> {
    forges::mask_tokens(redactor, env);
    let repository = repository(args.repository.as_deref())?;
    let config = crate::input::publishing(&args.config, env)?;
    let report = read(&args.from, redactor)?;
    let out = OutDir::prepare(&args.from)?;
    let stop = Stop::default();
    let in_actions = actions::detected(env);
    let console = Console::new(in_actions, redactor.clone(), env);
    // Nobody follows events here; the watch holds its end weakly.
    let (events, _inbox) = tokio::sync::mpsc::unbounded_channel();
    signals::watch(stop.clone(), events.downgrade());
    let runner = in_actions.then(|| actions::ActionsContext::read(env));
    let publishing = Publishing {
        config: &config,
        repository: repository.as_ref(),
        out: &out,
        stop: &stop,
        redactor,
        env,
        runner: runner.as_ref(),
    };
    match publishing.run(&report, &console).await {
        Err(error) => Err(error),
        Ok(true) => Ok(Exit::Passed),
        Ok(false) => Err(Error::not_published("this run is not published").hint("the line above says why")),
    }
}

/// The report that a run left in this folder, if its record is still what it was.
fn read(folder: &Path, redactor: &Redactor) -> Result<Report, Error> {
    let path = folder.join("report.json");
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::usage(format!("{}: {error}", path.display()))
            .hint("--from names the folder that `prod-gate run --out` wrote to")
    };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&error))?;
    let report = render::json::parse(&text).map_err(|error| unreadable(&error))?;
    let record = folder.join(report.record_name());
    let there = fs::read_to_string(&record).map_err(|error| {
        Error::usage(format!("{}: {error}", record.display()))
            .hint("the record belongs beside report.json: publish the whole folder")
    })?;
    let scrub = |text: &str| redactor.scrub(text).into_owned();
    let made = render::record::record_with(&report, &scrub)
        .map_err(|error| Error::errored(format!("the record could not be rendered: {error}")))?;
    if seal::digest(&there) == seal::digest(&made) {
        return Ok(report);
    }
    let version = env!("CARGO_PKG_VERSION");
    let message = if report.run.version == version {
        format!("{} is not what report.json says", record.display())
    } else {
        format!("the results were written by prod-gate {}, this is {version}", report.run.version)
    };
    Err(Error::usage(message).hint("publish with the program that ran, and leave its files as they are"))
}

impl Publishing<'_> {
    /// Publish, and notify of it. `false` when this run is none that is published.
    pub(super) async fn run(&self, report: &Report, console: &Console) -> Result<bool, Error> {
        if let Some(why) = self.not_this(report) {
            console.say(&format!("not published: {why}"));
            return Ok(false);
        }
        let published = match self.stop.race(Box::pin(self.publish(report))).await {
            Err(why) => return Err(stopped(&why)),
            Ok(published) => published?,
        };
        self.notify(&published, console)?;
        match published.problem {
            None => Ok(true),
            Some(error) => Err(error),
        }
    }

    /// Why a run is no record of a deployment.
    fn not_this(&self, report: &Report) -> Option<&'static str> {
        match report.verdict {
            _ if report.run.interrupted.is_some() => Some("the run was interrupted"),
            Verdict::Partial => Some("a filter was used, so it proves only a part"),
            Verdict::Failed | Verdict::Errored if !self.config.failing => {
                Some("the verdict does not pass, and `publish.failing` is false")
            }
            _ => None,
        }
    }

    async fn publish(&self, report: &Report) -> Result<Published, Error> {
        let forges = forges::open(self.config, self.repository, self.env, self.redactor).await?;
        match &forges {
            Forges::GitHub { records, code } => {
                self.with(&**records, code.as_deref().unwrap_or(records), report).await
            }
            Forges::Local { records, code } => {
                self.with(records, code.as_ref().unwrap_or(records), report).await
            }
        }
    }

    async fn with<F: Forge>(&self, records: &F, code: &F, report: &Report) -> Result<Published, Error> {
        let rules = rules(self.config);
        let before = report.record_name();
        let keep = |report: &Report, rendered: &render::Rendered, body: &str| {
            // The first copy is there already; where this fails, what is published is on the forge.
            if let (_, Some(error)) = output::write(self.out, report, rendered) {
                tracing::warn!("{error}");
            }
            if let (_, Some(error)) = output::write_pull_request(self.out, body) {
                tracing::warn!("{error}");
            }
            if report.record_name() != before {
                self.out.remove(&before);
            }
        };
        let job = Job { records, code, rules: &rules, redactor: self.redactor, keep: &keep };
        publish::publish(&job, report).await
    }

    /// To the console, and under Actions to the runner.
    fn notify(&self, published: &Published, console: &Console) -> Result<(), Error> {
        console.published(&lines(published), &published.warnings);
        match self.runner {
            Some(runner) => output::tell_published(runner, published, &self.record_file(published)),
            None => Ok(()),
        }
    }

    fn record_file(&self, published: &Published) -> PathBuf {
        let name = published.place.path.rsplit('/').next().unwrap_or_default();
        self.out.file(name)
    }
}

/// What was done, as pairs of what it is and where.
fn lines(published: &Published) -> Vec<(&'static str, String)> {
    let place = &published.place;
    let did = match published.did {
        publish::Did::Opened => "new",
        publish::Did::Updated => "updated",
        publish::Did::Nothing => "as it was",
        publish::Did::Superseded => "replaced meanwhile by another run of this release",
    };
    let mut lines =
        vec![("published", format!("{} on {} in {} ({did})", place.path, place.branch, place.repository))];
    if let Some((number, url)) = &published.pull {
        lines.push(("pull request", format!("{number}  {url}")));
    }
    lines
}

fn rules(config: &PublishingConfig) -> PublishRules {
    PublishRules {
        base: config.base.as_deref().map(BranchName::new),
        labels: config.labels.clone(),
        leads: config.leads.clone(),
        own: config.separation == SeparationRule::Recorded,
        accept_failed: config.accept_failed,
        identity: config.identity.clone(),
    }
}
