//! The record: the seed's markdown form, filled from the report.
//!
//! What stands above the seal is rendered first, scrubbed once more, and hashed; the part below names
//! that digest and is the lead's.

pub(super) mod attention;
mod below;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says what broke by breaking")]
mod below_tests;
pub(super) mod cells;
mod commands;
mod deployed;
mod details;
mod environment;
pub(super) mod facts;
mod header;
mod migrations;
mod schema;
mod section;
mod smoke;
mod tables;
#[cfg(test)]
pub(super) mod tests;
pub(super) mod timeline;

pub use below::{Below, Block, Record, read, with_validation};
pub use header::{RecordHeader, parse_header};

use strum::VariantArray as _;

use serde::Serialize;

use super::md::{self, Md};
use super::messages::{Labels, Lang};
use super::{RenderError, fill, seal};
use crate::model::{ChecklistItem, Report, Section};

/// What every part of the record needs.
#[derive(Clone, Copy)]
pub(super) struct RecordPage<'a> {
    pub(super) report: &'a Report,
    pub(super) lang: Lang,
    pub(super) t: &'static Labels,
}

impl<'a> RecordPage<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let lang = Lang::of(report);
        Self { report, lang, t: lang.labels() }
    }
}

/// What the template shows above the seal.
#[derive(Serialize)]
struct RecordView {
    t: &'static Labels,
    date: Md,
    title: Md,
    header: Md,
    verdict: Md,
    facts: Md,
    attention: Md,
    timeline: Md,
    sections: Vec<SectionView>,
    notes: Md,
    notes_source: Md,
    checklist_heading: &'static str,
    checklist: Vec<Md>,
}

/// A section between two rules.
#[derive(Serialize)]
struct SectionView {
    number: u8,
    heading: &'static str,
    body: Md,
}

pub fn record(report: &Report) -> Result<String, RenderError> {
    record_with(report, &str::to_owned)
}

/// The record of this report, with `scrub` applied to the rendered text before it is hashed.
///
/// Texts were scrubbed when they were captured; this second time finds a secret that only came about
/// by rendering. `scrub` gets the part above the seal, then the part below it.
pub fn record_with(report: &Report, scrub: &dyn Fn(&str) -> String) -> Result<String, RenderError> {
    let page = RecordPage::new(report);
    let above = fill("record", include_str!("../templates/record.md.j2"), view(page))?;
    let above = seal::neutralise(&scrub(&above));
    let below = Below {
        lang: page.lang,
        generated: facts::moment(report).to_string(),
        operator: md::inline(&report.run.operator.name).to_string(),
        digest: seal::hex(&above),
        file: report.record_name(),
        block: Block::Absent,
    };
    // Scrubbed in its values, so that what is read again later is written in the same way.
    let below = Below { generated: scrub(&below.generated), operator: scrub(&below.operator), ..below };
    Ok(above + &below.render()?)
}

fn view(page: RecordPage) -> RecordView {
    let RecordPage { report, lang, t } = page;
    let sections = Section::VARIANTS
        .iter()
        .copied()
        .filter(|&section| section != Section::Checklist)
        .map(|section| SectionView {
            number: section.number(),
            heading: lang.section(section),
            body: section::body(page, section),
        })
        .collect();
    let notes = report.notes.as_ref();
    RecordView {
        t,
        date: md::inline(&report.run.date),
        title: md::inline(&report.run.title),
        header: header::line(report),
        verdict: facts::verdict(page),
        facts: facts::table(page),
        attention: attention::list(page),
        timeline: timeline::gantt(page),
        sections,
        notes: notes.map(|notes| md::quote(&notes.text)).unwrap_or_default(),
        notes_source: notes.map(|notes| notes_source(t, &notes.source)).unwrap_or_default(),
        checklist_heading: lang.section(Section::Checklist),
        checklist: checklist(page),
    }
}

fn notes_source(t: &Labels, source: &str) -> Md {
    if source == "tag" {
        Md::own(format!("*{}*", t.notes_of_tag))
    } else {
        Md::own(format!("*{}* {}", t.notes_of_file, md::code(source)))
    }
}

/// The lines above the seal: all but the lead's.
fn checklist(page: RecordPage) -> Vec<Md> {
    let lines = page.report.checklist.iter().filter(|line| line.item != ChecklistItem::Lead);
    lines.map(|line| page.checklist_line(line)).collect()
}
