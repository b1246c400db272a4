//! What people see while it runs: a live line on a terminal, plain lines elsewhere, groups and
//! annotations under GitHub Actions. The only file that writes to the console, with `main`.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::files::Written;
use crate::forge::actions::{Annotation, Commands, Level, neutral};
use crate::model::{CheckReport, Event, Outcome, Report};
use crate::redact::Redactor;
use crate::render::{console, plain};

/// With more checks than this, a check that passed has no line of its own.
const MOST_LINES: usize = 200;
/// With that many, how often plain output tells how far it is.
const EVERY: usize = 100;

pub struct Console {
    /// Whether GitHub Actions reads the output.
    pub actions: bool,
    pub colour: bool,
    /// The scrubber for everything written.
    pub redactor: Redactor,
}

impl Console {
    /// A console for this environment; `NO_COLOR` is respected.
    pub fn new(actions: bool, redactor: Redactor, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let refused = env("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = !refused && (io::stderr().is_terminal() || actions);
        Self { actions, colour, redactor }
    }

    /// Follow the run until its last event, and hand back how GitHub's log is to go on.
    pub async fn follow(self, mut events: UnboundedReceiver<Event>) -> Self {
        let mut view = View::new(&self);
        while let Some(event) = events.recv().await {
            view.show(&event, &self);
        }
        view.bar.finish_and_clear();
        if self.actions {
            self.line("::endgroup::");
        }
        self
    }

    /// The last block, and under Actions the annotations.
    pub fn close(&self, report: &Report, files: &[Written]) {
        if self.actions {
            self.annotate(&report.checks);
        }
        let shown: Vec<(&str, String)> =
            files.iter().map(|file| (file.what, file.path.display().to_string())).collect();
        let shown: Vec<(&str, &str)> = shown.iter().map(|(what, path)| (*what, path.as_str())).collect();
        let text = console::closing(report, &shown, self.colour);
        let text = self.redactor.scrub(&text);
        // A closed pipe is no reason to fail: the results are on disk.
        let _ = if self.actions {
            write!(io::stdout(), "{}", neutral(&text))
        } else {
            write!(anstream::stdout(), "{text}")
        };
    }

    /// Something that everybody should read, on lines of its own.
    pub fn say(&self, text: &str) {
        let text = self.redactor.scrub(text);
        // A closed pipe is no reason to fail.
        let _ = if self.actions {
            writeln!(io::stdout(), "{}", neutral(&text))
        } else {
            writeln!(anstream::stdout(), "{text}")
        };
    }

    /// What was published, as pairs of what it is and where, and what could not be done.
    pub fn published(&self, lines: &[(&str, String)], warnings: &[String]) {
        let width = lines.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
        for (what, text) in lines {
            self.say(&format!("{what:<width$}  {}", plain::value(text)));
        }
        let mut commands = Commands::new(io::stdout(), self.redactor.clone());
        for warning in warnings {
            let warning = plain::value(warning);
            if self.actions {
                let annotation = Annotation { message: &warning, ..Annotation::default() };
                // The log is gone, or it is not.
                let _ = commands.annotation(Level::Warning, &annotation);
            } else {
                self.line(&format!("warning: {warning}"));
            }
        }
    }

    /// A line of progress: to the log under Actions, else to standard error.
    fn line(&self, text: &str) {
        let text = self.redactor.scrub(text);
        let _ = if self.actions {
            writeln!(io::stdout(), "{text}")
        } else {
            writeln!(anstream::stderr(), "{text}")
        };
    }

    fn annotate(&self, checks: &[CheckReport]) {
        let mut commands = Commands::new(io::stdout(), self.redactor.clone());
        for check in checks {
            let level = match check.outcome {
                _ if check.blocks() => Level::Error,
                Outcome::Waived => Level::Notice,
                _ if check.is_warning() => Level::Warning,
                _ => continue,
            };
            let message = plain::message(check);
            let position = check.meta.position.as_ref();
            let annotation = Annotation {
                title: &check.meta.id,
                message: &message,
                file: position.map(|position| position.file.as_str()),
                line: position.map(|position| position.line as usize),
                column: position.map(|position| position.column as usize),
            };
            // The log is gone, or it is not: the results are on disk.
            let _ = commands.annotation(level, &annotation);
        }
        let _ = commands.finish();
    }
}

struct View {
    bar: ProgressBar,
    total: usize,
    ended: usize,
    running: Vec<String>,
    last_seen: String,
}

impl View {
    fn new(console: &Console) -> Self {
        let live = !console.actions && io::stderr().is_terminal();
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, total: 0, ended: 0, running: Vec::new(), last_seen: String::new() }
    }

    fn show(&mut self, event: &Event, console: &Console) {
        match event {
            Event::RunStarted { total } => {
                self.total = *total;
                self.bar.set_length(*total as u64);
                self.bar.enable_steady_tick(std::time::Duration::from_millis(120));
                if console.actions {
                    console.line(&format!("::group::{total} checks"));
                }
            }
            Event::WarmingUp { seen } if *seen != self.last_seen => {
                self.last_seen.clone_from(seen);
                self.print(&format!("waiting for the service: {}", plain::value(seen)), console);
            }
            Event::WarmingUp { .. } => {}
            Event::CheckStarted { id } => {
                if !self.bar.is_hidden() {
                    self.running.push(id.clone());
                    self.bar.set_message(self.running.join(", "));
                }
            }
            Event::CheckFinished(check) => self.finished(check, console),
            Event::Interrupted { signal } => {
                self.print(&format!("{signal}: stopping; undoing what was begun"), console);
            }
        }
    }

    fn finished(&mut self, check: &CheckReport, console: &Console) {
        self.ended += 1;
        if !self.bar.is_hidden() {
            self.running.retain(|id| *id != check.meta.id);
            self.bar.set_position(self.ended as u64);
            self.bar.set_message(self.running.join(", "));
        }
        if self.total <= MOST_LINES || check.outcome != Outcome::Passed {
            self.print(&console::finished_line(check, console.colour), console);
        } else if self.bar.is_hidden() && self.ended.is_multiple_of(EVERY) {
            self.print(&format!("{} of {} checks", self.ended, self.total), console);
        }
    }

    /// A line above the live one.
    fn print(&self, text: &str, console: &Console) {
        if console.actions {
            console.line(&neutral(text));
        } else {
            self.bar.suspend(|| console.line(text));
        }
    }
}
