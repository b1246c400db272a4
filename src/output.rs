//! Where the results go: files, the runner's files, and the text of the plan.

use strum::VariantArray as _;

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::config::Loaded;
use crate::error::Error;
use crate::files::{OutDir, Output, Written};
use crate::forge::actions::{self, ActionsError, Commands};
use crate::model::{CheckMeta, Report, Section};
use crate::plan::{Plan, PlanError};
use crate::publish::Published;
use crate::redact::Redactor;
use crate::render::Rendered;

pub fn write(out: &OutDir, report: &Report, rendered: &Rendered) -> (Vec<Written>, Option<Error>) {
    let record = report.record_name();
    out.write(&[
        Output { what: "record", name: &record, text: &rendered.record },
        Output { what: "junit", name: "junit.xml", text: &rendered.junit },
        Output { what: "summary", name: "summary.md", text: &rendered.summary },
        Output { what: "report", name: "report.json", text: &rendered.json },
    ])
}

/// Write the pull request's text, for whoever has to open it by hand.
pub fn write_pull_request(out: &OutDir, body: &str) -> (Vec<Written>, Option<Error>) {
    out.write(&[Output { what: "pull request", name: "pull_request.md", text: body }])
}

/// Have the runner mask the secrets in everything that any later step prints.
pub fn mask_secrets(loaded: &Loaded, redactor: &Redactor) {
    let mut commands = Commands::new(io::stdout(), redactor.clone());
    for (_, value) in &loaded.secrets {
        // Our own scrubber masks them whether or not the runner hears of it.
        let _ = commands.mask(value);
    }
}

/// Give the runner the job summary and the step's outputs.
pub fn tell_runner(
    runner: &actions::ActionsContext,
    report: &Report,
    rendered: &Rendered,
    written: &[Written],
) -> Result<(), Error> {
    let explain = |error: ActionsError| Error::not_published(error.to_string()).hint(error.hint());
    if let Some(path) = &runner.summary {
        actions::append_summary(path, &rendered.summary).map_err(explain)?;
    }
    let Some(path) = &runner.output else { return Ok(()) };
    let mut outputs: Vec<(&str, String)> =
        written.iter().map(|file| (file.what, file.path.display().to_string())).collect();
    outputs.push(("verdict", report.verdict.word().to_owned()));
    let counts = &report.counts;
    for (name, count) in [
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("skipped", counts.skipped),
        ("waived", counts.waived),
        ("warnings", counts.warnings),
    ] {
        outputs.push((name, count.to_string()));
    }
    let outputs: Vec<(&str, &str)> = outputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    actions::write_outputs(path, &outputs).map_err(explain)
}

/// Give the runner what was published: outputs, and a line of the job summary.
pub fn tell_published(
    runner: &actions::ActionsContext,
    published: &Published,
    record: &Path,
) -> Result<(), Error> {
    let explain = |error: ActionsError| Error::not_published(error.to_string()).hint(error.hint());
    let place = &published.place;
    let (number, url) = match &published.pull {
        Some((number, url)) => (number.to_string(), url.clone()),
        None => (String::new(), String::new()),
    };
    if let (Some(path), false) = (&runner.summary, url.is_empty()) {
        actions::append_summary(path, &format!("\nPull request: <{url}>\n")).map_err(explain)?;
    }
    let Some(path) = &runner.output else { return Ok(()) };
    let record = record.display().to_string();
    let outputs = [
        // The record may have another name than before it was published.
        ("record", record.as_str()),
        ("record_path", &place.path),
        ("branch", &place.branch),
        ("pull_request", &number),
        ("pull_request_url", &url),
    ];
    actions::write_outputs(path, &outputs).map_err(explain)
}

pub fn plan_error(error: &PlanError) -> Error {
    let hint = match error {
        PlanError::Empty => {
            "configure `commit`, `smoke` or `environment`, or give --base-url and --page".to_owned()
        }
        PlanError::NoMatch { nearest: Some(id), .. } => {
            format!("did you mean {id}? `prod-gate plan` lists every id")
        }
        PlanError::NoMatch { nearest: None, .. } | PlanError::NothingLeft => {
            "`prod-gate plan` lists every id".to_owned()
        }
    };
    Error::usage(error.to_string()).hint(hint)
}

/// The plan for people: what is asked, each check with what it is, then what writes.
pub fn plan_text(plan: &Plan, base_url: Option<&str>) -> String {
    let mut out = base_url.map(|url| format!("{url}\n\n")).unwrap_or_default();
    let checks: Vec<&CheckMeta> = plan.checks().collect();
    for &section in Section::VARIANTS {
        let mut mine = checks.iter().filter(|check| check.section == section).peekable();
        if mine.peek().is_some() {
            let _ = writeln!(out, "§{} {}", section.number(), section.slug());
        }
        for check in mine {
            let _ = writeln!(out, "  {}{}", check.id, marks(check));
        }
    }
    let writes = checks.iter().filter(|check| check.writes).count();
    let _ = writeln!(
        out,
        "\n{} check{}; {}",
        checks.len(),
        if checks.len() == 1 { "" } else { "s" },
        match writes {
            0 => "nothing writes to production".to_owned(),
            1 => "1 writes to production".to_owned(),
            many => format!("{many} write to production, one at a time, after all others"),
        }
    );
    if let Some(filter) = &plan.filter {
        let _ =
            writeln!(out, "a filter leaves out {}: such a run is PARTIAL and is no proof", filter.left_out);
    }
    out
}

fn marks(check: &CheckMeta) -> String {
    let mut marks = Vec::new();
    if check.writes {
        marks.push("writes".to_owned());
    }
    if !check.required {
        marks.push("advisory".to_owned());
    }
    if let Some(waiver) = &check.waiver {
        let state = if waiver.expired { "waiver ended" } else { "waived until" };
        marks.push(format!("{state} {}", waiver.until));
    }
    if marks.is_empty() { String::new() } else { format!("  [{}]", marks.join(", ")) }
}
