//! Every string of the report in one walk, so that the scrubber can miss none.
//!
//! Each type is taken apart without `..`: a new field does not compile until it has been decided here.

use super::check::{Attempt, CheckMeta, CheckReport, Finding, Place, Position, Waiver};
use super::deployment::{CommitLine, Deployment, Predecessor, Previous, PreviousFrom};
use super::evidence::{Command, Comparison, Evidence, Expected, Fact, Shown, Table};
use super::outcome::{Cause, SkipReason};
use super::report::{ConfigFile, Filter, Notes, Operator, RecordPlace, Report, Run};

/// What is done to each string.
pub type Visitor<'a> = dyn FnMut(&mut String) + 'a;

impl Report {
    /// Hand every string of the report to `f`.
    pub fn visit_text(&mut self, f: &mut Visitor) {
        let Self {
            schema_version: _,
            verdict: _,
            counts: _,
            run,
            deployment,
            configured: _,
            checks,
            checklist: _,
            notes,
            place,
        } = self;
        run.visit_text(f);
        deployment.visit_text(f);
        for check in checks {
            check.visit_text(f);
        }
        if let Some(Notes { source, text }) = notes {
            f(source);
            f(text);
        }
        if let Some(RecordPlace { repository, branch, path }) = place {
            f(repository);
            f(branch);
            f(path);
        }
    }
}

impl CheckReport {
    /// Hand every string of the check to `f`.
    pub fn visit_text(&mut self, f: &mut Visitor) {
        let Self { meta, outcome: _, cause, skip, evidence, attempts, started_ms: _, duration_ms: _ } = self;
        meta.visit_text(f);
        visit_ending(cause, skip, attempts, f);
        evidence.visit_text(f);
    }
}

impl Finding {
    /// Hand every string of the finding to `f`.
    pub fn visit_text(&mut self, f: &mut Visitor) {
        let Self { outcome: _, cause, skip, evidence, attempts } = self;
        visit_ending(cause, skip, attempts, f);
        evidence.visit_text(f);
    }
}

fn visit_ending(
    cause: &mut Option<Cause>,
    skip: &mut Option<SkipReason>,
    attempts: &mut [Attempt],
    f: &mut Visitor,
) {
    if let Some(Cause { code: _, detail }) = cause {
        f(detail);
    }
    match skip {
        Some(SkipReason::Prerequisite { check } | SkipReason::EarlierStep { check }) => f(check),
        Some(SkipReason::NothingToUndo | SkipReason::NoBaseline) | None => {}
    }
    for Attempt { at_ms: _, cause: Cause { code: _, detail } } in attempts {
        f(detail);
    }
}

impl CheckMeta {
    fn visit_text(&mut self, f: &mut Visitor) {
        let Self {
            id,
            family: _,
            section: _,
            title,
            required: _,
            writes: _,
            proves: _,
            place,
            position,
            waiver,
        } = self;
        f(id);
        f(title);
        if let Some(Place { row, column }) = place {
            f(row);
            f(column);
        }
        if let Some(Position { file, line: _, column: _ }) = position {
            f(file);
        }
        if let Some(Waiver { reason, owner, until, expired: _ }) = waiver {
            f(reason);
            f(owner);
            f(until);
        }
    }
}

impl Evidence {
    /// Hand every string of the evidence to `f`.
    pub fn visit_text(&mut self, f: &mut Visitor) {
        let Self { commands, facts, judged, tables, shown } = self;
        for Command { bash, prints, writes: _ } in commands {
            f(bash);
            prints.iter_mut().for_each(&mut *f);
        }
        for Fact { name: _, value } in facts {
            f(value);
        }
        for Comparison { subject, expected, actual, ok: _ } in judged {
            subject.name_mut().into_iter().for_each(&mut *f);
            expected.visit_text(f);
            f(actual);
        }
        for Table { of: _, head, rows, left_out: _ } in tables {
            head.iter_mut().for_each(&mut *f);
            rows.iter_mut().flatten().flatten().for_each(&mut *f);
        }
        for Shown { name, language, text, cut: _ } in shown {
            f(name);
            f(language);
            f(text);
        }
    }
}

impl Expected {
    fn visit_text(&mut self, f: &mut Visitor) {
        match self {
            Self::Equals(text)
            | Self::Contains(text)
            | Self::NotContains(text)
            | Self::Matches(text)
            | Self::AtMost(text)
            | Self::Length(text)
            | Self::AtLeast(text) => f(text),
            Self::OneOf(texts) => texts.iter_mut().for_each(f),
            Self::Present | Self::Absent | Self::Denied => {}
        }
    }
}

impl Run {
    fn visit_text(&mut self, f: &mut Visitor) {
        let Self {
            title,
            language,
            version,
            started_at,
            local_time,
            date,
            timezone,
            duration_ms: _,
            operator: Operator { name, run_url },
            config,
            base_url,
            filter,
            warm_up: _,
            interrupted,
        } = self;
        for text in [title, language, version, started_at, local_time, date, timezone, name] {
            f(text);
        }
        for text in [run_url, base_url, interrupted].into_iter().flatten() {
            f(text);
        }
        if let Some(ConfigFile { path, blob }) = config {
            f(path);
            blob.iter_mut().for_each(&mut *f);
        }
        if let Some(Filter { only, skip, left_out: _, items_left_out: _ }) = filter {
            only.iter_mut().chain(skip).for_each(f);
        }
    }
}

impl Deployment {
    fn visit_text(&mut self, f: &mut Visitor) {
        let Self { tag, tagger, commit, previous, rollback: _, commits, commits_left_out: _, predecessors } =
            self;
        for text in [tag, tagger, commit].into_iter().flatten() {
            f(text);
        }
        match previous {
            Previous::NoBaseline => {}
            Previous::Unknown { why } => f(why),
            Previous::Commit { name, commit, from } => {
                f(name);
                f(commit);
                match from {
                    PreviousFrom::Record(path) => f(path),
                    PreviousFrom::Flag | PreviousFrom::Tag => {}
                }
            }
        }
        for CommitLine { sha, subject } in commits {
            f(sha);
            f(subject);
        }
        for Predecessor { path, branch, digest } in predecessors {
            f(path);
            f(branch);
            f(digest);
        }
    }
}
