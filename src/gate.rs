//! The flow, on one page: config → plan → run → report → render → files → publish.

pub(crate) mod forges;
mod publishing;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use crate::checks::context::{Context, Sessions};
use crate::checks::database::Production;
use crate::checks::hosts::Hosts;
use crate::checks::plan_input::PlanInput;
use crate::checks::warm_up;
use crate::cli::{ProcessEnv, RunArgs, Selection};
use crate::config::{Loaded, Smoke};
use crate::error::{Error, Exit};
use crate::files::OutDir;
use crate::forge::actions;
use crate::model::report::ConfigFile;
use crate::model::{Cause, Event, Notes, Operator, Report, Run, Verdict, WarmUp};
use crate::plan::Plan;
use crate::probe::git::Git;
use crate::probe::http::{Http, HttpSettings, millis};
use crate::probe::stop::Stop;
use crate::probe::throttle::{self, Throttle};
use crate::progress::Console;
use crate::redact::Redactor;
use crate::release::{EarlierRecord, Release, ReleaseSelector, find_release};
use crate::{input, output, render, runner, signals};
use publishing::Publishing;
pub use publishing::publish;

/// `prod-gate run`: verify, write the results, say how it ended.
pub async fn run(args: RunArgs, redactor: Redactor, env: ProcessEnv<'_>) -> Result<Exit, Error> {
    let clock = StartTime::start();
    let runner = actions::ActionsContext::read(env);
    let in_actions = actions::detected(env);
    forges::mask_tokens(&redactor, env);
    let repository = publishing::repository(args.repository.as_deref())?;
    let loaded = input::load(&args.selection, &redactor, env)?;
    if in_actions {
        output::mask_secrets(&loaded, &redactor);
    }
    let notes = input::notes_file(args.notes.as_deref())?;
    let out = OutDir::prepare(&args.out)?;

    let stop = Stop::default();
    let (events, inbox) = mpsc::unbounded_channel();
    signals::survive_file_limits();
    signals::watch(stop.clone(), events.downgrade());
    let git = Git::new(".");
    let wanted = wanted(&args, &loaded, &runner, in_actions);
    let resolved = stop.race(find_release(&git, &wanted, &read_record)).await.map_err(|why| stopped(&why))?;
    if let Some(previous) = resolved.unknown_previous.as_ref() {
        return Err(Error::usage(format!(
            "--previous {previous}: there is no such revision in this repository"
        ))
        .hint("name a tag or a commit that the clone has; with fetch-depth: 0 it has all of them"));
    }
    let local = clock.now.to_zoned(loaded.config.timezone.clone());
    let plan = plan(&args.selection, &loaded, &resolved, local.date())?;
    let (filter, configured) = (plan.filter.clone(), plan.configured.clone());

    let console = tokio::spawn(Console::new(in_actions, redactor.clone(), env).follow(inbox));
    let cx = Arc::new(context(&loaded, &resolved, &redactor, stop.clone(), &clock)?);
    let warmed_up = warm_up(&loaded, &cx, &events).await;
    // What git is asked about the run itself takes its time beside the checks.
    let (checks, operator, config) = tokio::join!(
        runner::run(plan, Arc::clone(&cx), events, loaded.config.limits.deadline),
        operator(&args, &runner, &git),
        config_file(&loaded, &args.selection.config, &git),
    );
    let console =
        console.await.map_err(|error| Error::errored(format!("the console ended early: {error}")))?;

    let interrupted = signals::name(&stop);
    let run = Run {
        title: loaded.config.title.clone().unwrap_or_else(|| title(&loaded)),
        language: loaded.config.publishing.language.code().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: clock.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        local_time: local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        date: local.date().to_string(),
        timezone: local.time_zone().iana_name().unwrap_or("UTC").to_owned(),
        duration_ms: millis(clock.start.elapsed()),
        operator,
        config,
        base_url: base_url(&loaded),
        filter,
        warm_up: warmed_up,
        interrupted: interrupted.map(str::to_owned),
    };
    let notes =
        notes.or_else(|| resolved.tag_message.clone().map(|text| Notes { source: "tag".to_owned(), text }));
    let mut report = Report::new(run, resolved.deployment.clone(), configured, checks, notes);
    report.visit_text(&mut |text| redactor.scrub_in_place(text));

    let rendered = render::all(&report, &|text| redactor.scrub(text).into_owned())
        .map_err(|error| Error::errored(format!("the results could not be rendered: {error}")))?;
    let (written, not_written) = output::write(&out, &report, &rendered);
    console.close(&report, &written);
    let not_told =
        if in_actions { output::tell_runner(&runner, &report, &rendered, &written).err() } else { None };
    let publishing = Publishing {
        config: &loaded.config.publishing,
        repository: repository.as_ref(),
        out: &out,
        stop: &stop,
        redactor: &redactor,
        env,
        runner: in_actions.then_some(&runner),
    };
    let not_published = if args.publish { publishing.run(&report, &console).await.err() } else { None };
    ending(&report, stop.reason().as_ref(), not_written.or(not_told).or(not_published))
}

/// `prod-gate plan`: what would run, as text.
pub async fn show_plan(
    selection: &Selection,
    redactor: &Redactor,
    env: ProcessEnv<'_>,
) -> Result<String, Error> {
    let loaded = input::load(selection, redactor, env)?;
    let today = jiff::Timestamp::now().to_zoned(loaded.config.timezone.clone()).date();
    let resolved =
        Release { repository: Git::new(".").is_repository().await.unwrap_or_default(), ..Release::default() };
    let plan = plan(selection, &loaded, &resolved, today)?;
    Ok(redactor.scrub(&output::plan_text(&plan, base_url(&loaded).as_deref())).into_owned())
}

/// The run's start: the only time that a clock is read for the record.
struct StartTime {
    start: Instant,
    now: jiff::Timestamp,
}

impl StartTime {
    fn start() -> Self {
        Self { start: Instant::now(), now: jiff::Timestamp::now() }
    }
}

fn wanted(
    args: &RunArgs,
    loaded: &Loaded,
    runner: &actions::ActionsContext,
    in_actions: bool,
) -> ReleaseSelector {
    let run_tag = runner.ref_name.clone().filter(|_| in_actions && runner.ref_type.as_deref() == Some("tag"));
    // On a tag's own run the runner also says which commit it started with: they must agree.
    let run_commit = runner.sha.clone().filter(|_| run_tag.is_some() && args.selection.tag.is_none());
    ReleaseSelector {
        tag: args.selection.tag.clone().or(run_tag),
        commit: args.selection.commit.clone().or(run_commit),
        previous: args.previous.clone(),
        tags: loaded.config.tags.clone(),
        fresh_tag: in_actions,
    }
}

fn read_record(text: &str) -> Option<EarlierRecord> {
    let header = render::record::parse_header(text)?;
    let digest = render::seal::digest(text)?;
    Some(EarlierRecord { commit: header.commit?, tag: header.tag, started_at: header.started_at, digest })
}

fn plan(
    selection: &Selection,
    loaded: &Loaded,
    resolved: &Release,
    today: jiff::civil::Date,
) -> Result<Plan, Error> {
    let release = resolved
        .deployment
        .tag
        .clone()
        .or_else(|| selection.tag.clone())
        .or_else(|| selection.commit.clone());
    // A commit that is not known has to be told, wherever it comes from.
    let unknown = selection.commit.is_some() && resolved.no_commit.is_some();
    let in_question = resolved.deployment.tag.is_some() || selection.tag.is_some() || unknown;
    let input = PlanInput {
        loaded,
        today,
        repository: resolved.repository,
        release,
        in_question,
        rollback: resolved.deployment.rollback,
    };
    Plan::new(&input, &selection.only, &selection.skip).map_err(|error| output::plan_error(&error))
}

fn context(
    loaded: &Loaded,
    resolved: &Release,
    redactor: &Redactor,
    stop: Stop,
    clock: &StartTime,
) -> Result<Context, Error> {
    let limits = loaded.config.limits;
    let hosts = Hosts::new(&loaded.config, redactor).map_err(|cause| {
        Error::usage(cause.detail).hint("a path from where prod-gate runs; `~` is not read")
    })?;
    let database = loaded.config.database.as_ref().map(|config| Production::new(config, &hosts, redactor));
    let database = database.transpose().map_err(|cause| {
        Error::usage(cause.detail).hint("docs/database.md says what a URL may hold; it is never shown")
    })?;
    let settings = HttpSettings { check: limits.check, body: limits.body, retries: limits.retries };
    let throttle = Throttle::new(throttle::Limits { in_flight: limits.in_flight, spacing: limits.spacing });
    let http = Http::new(settings, throttle, redactor.clone(), clock.start)
        .map_err(|cause| Error::errored(cause.detail))?;
    Ok(Context {
        http,
        redactor: redactor.clone(),
        sessions: Sessions::default(),
        hosts,
        database,
        git: Git::new("."),
        check_deadline: limits.check,
        release: Arc::new(resolved.clone()),
        origin: loaded.config.smoke.as_ref().and_then(Smoke::origin),
        stop,
        started: clock.start,
        now: clock.now.as_second(),
    })
}

async fn warm_up(loaded: &Loaded, cx: &Context, events: &mpsc::UnboundedSender<Event>) -> Option<WarmUp> {
    let longest = loaded.config.warm_up?;
    Some(warm_up::wait(&loaded.config, cx, longest, events).await)
}

async fn operator(args: &RunArgs, runner: &actions::ActionsContext, git: &Git) -> Operator {
    let name = match args
        .operator
        .clone()
        .or_else(|| runner.triggering_actor.clone())
        .or_else(|| runner.actor.clone())
    {
        Some(name) => name,
        None => git.user().await.unwrap_or_else(|| "unknown".to_owned()),
    };
    Operator { name, run_url: runner.url() }
}

async fn config_file(loaded: &Loaded, path: &Path, git: &Git) -> Option<ConfigFile> {
    if !loaded.is_file() {
        return None;
    }
    Some(ConfigFile { path: path.display().to_string(), blob: git.blob(path).await })
}

fn base_url(loaded: &Loaded) -> Option<String> {
    loaded.config.smoke.as_ref()?.base_url.as_ref().map(ToString::to_string)
}

/// Without a title of its own a record is called after the host that it is about.
fn title(loaded: &Loaded) -> String {
    let url = base_url(loaded).and_then(|url| url::Url::parse(&url).ok());
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "production".to_owned())
}

fn stopped(why: &Cause) -> Error {
    Error {
        exit: signals::exit(why).unwrap_or(Exit::Errored),
        ..Error::errored("stopped before anything was checked")
    }
}

/// How the program ends: an interruption first, then the verdict, then what could not be written.
fn ending(report: &Report, why: Option<&Cause>, not_written: Option<Error>) -> Result<Exit, Error> {
    if let Some(exit) = why.and_then(signals::exit) {
        return Ok(exit);
    }
    let exit = match report.verdict {
        Verdict::Passed | Verdict::Warned | Verdict::Partial => Exit::Passed,
        Verdict::Failed => Exit::Failed,
        Verdict::Errored => Exit::Errored,
    };
    match not_written {
        Some(error) => Err(Error { exit: if exit == Exit::Passed { error.exit } else { exit }, ..error }),
        None => Ok(exit),
    }
}
