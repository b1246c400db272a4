//! What stands below the seal: the lead's line, the footer, the digest, and the validation once there is one.
//!
//! It is read strictly: whatever is not, byte for byte, what would be written for the same values is no
//! footer, and a validation whose words differ from its data is no validation.

use serde::Serialize;

use super::header::{self, RecordHeader, shield};
use crate::model::validation::VALIDATION_VERSION;
use crate::model::{ChecklistItem, Validation};
use crate::render::md::{self, Md, code, inline};
use crate::render::messages::{Labels, Lang};
use crate::render::{RenderError, fill, seal};

const BEGIN: &str = "<!-- prod-gate:validation ";
const END: &str = " -->";

/// The part below the seal. Its texts are markdown as it stands in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    pub(super) lang: Lang,
    /// When the run started, with the time zone.
    pub generated: String,
    pub operator: String,
    /// The digest that is written here, whatever stands above.
    pub digest: String,
    /// The file that the command for the digest names.
    pub file: String,
    pub block: Block,
}

/// The place of the validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Absent,
    /// A validation as the gate writes it. That it is true is for others to find out.
    Present(Box<Validation>),
    /// Something that the gate would not write.
    Broken,
}

#[derive(Serialize)]
struct BelowView<'a> {
    t: &'static Labels,
    seal: &'static str,
    mark: char,
    lead: &'static str,
    by: Md,
    colon: &'static str,
    generated: &'a str,
    operator: &'a str,
    validated_by: Md,
    digest: &'a str,
    command: String,
    block: Md,
}

impl Below {
    /// As it stands in the record, from the seal's line to the end.
    pub(super) fn render(&self) -> Result<String, RenderError> {
        let t = self.lang.labels();
        let validation = match &self.block {
            Block::Present(validation) => Some(validation.as_ref()),
            Block::Absent | Block::Broken => None,
        };
        let (mark, by, validated_by, block) = match validation {
            None => (' ', Md::default(), Md::own(t.awaiting), Md::default()),
            Some(validation) => {
                let when = self.when(&validation.at);
                let lead = inline(&validation.lead);
                let own = self.lang.own_mark(validation.separation);
                let by = Md::own(format!(" — {lead}, {when}{own}"));
                ('x', by, Md::own(format!("{lead}, {when}")), self.table(validation, &when))
            }
        };
        let view = BelowView {
            t,
            seal: seal::SEAL,
            mark,
            lead: self.lang.item(ChecklistItem::Lead),
            by,
            colon: colon(self.lang),
            generated: &self.generated,
            operator: &self.operator,
            validated_by,
            digest: &self.digest,
            command: seal::command(&self.file),
            block,
        };
        let text = fill("record", include_str!("../templates/below.md.j2"), view)?;
        // A text file ends with a newline.
        Ok(text.trim_end().to_owned() + "\n")
    }

    /// The validation for machines, then the same for people.
    fn table(&self, validation: &Validation, when: &Md) -> Md {
        let json = serde_json::to_string(validation).unwrap_or_default();
        let names = self.lang.validation_rows();
        let reason = validation.reason.as_deref().map(inline).unwrap_or_default();
        let values = [
            inline(&validation.lead),
            md::link(&validation.review.to_string(), &validation.review_url),
            when.clone(),
            code(&validation.commit),
            code(&validation.digest),
            if validation.run_url.is_empty() {
                Md::default()
            } else {
                md::link(self.lang.labels().run, &validation.run_url)
            },
            Md::own(self.lang.separation(validation.separation)),
            reason,
            if validation.vouched { Md::default() } else { Md::own(self.lang.not_vouched()) },
        ];
        let rows: Vec<Vec<Md>> = names
            .into_iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| vec![Md::own(name), value])
            .collect();
        let table = md::table(&[self.lang.validation(), ""], &rows);
        Md::own(format!("{BEGIN}{}{END}\n\n{table}", shield(&json)))
    }

    /// A time in UTC as the footer shows times: with the record's own offset.
    fn when(&self, at: &str) -> Md {
        let offset = self.generated.get(20..26).and_then(|offset| {
            let sample = format!("2000-01-01T00:00:00{offset}");
            jiff::fmt::temporal::Pieces::parse(&sample).ok()?.to_numeric_offset()
        });
        let shown = at.parse::<jiff::Timestamp>().ok().map(|at| {
            let zone = jiff::tz::TimeZone::fixed(offset.unwrap_or(jiff::tz::Offset::UTC));
            at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
        });
        inline(shown.as_deref().unwrap_or(at))
    }
}

/// The seed's own footer, where French has a plain space too.
fn colon(lang: Lang) -> &'static str {
    lang.pick(" :", ":")
}

/// Read what stands below the seal, from the seal's line on; nothing when the gate would not write it so.
fn parse(below: &str) -> Option<Below> {
    [Lang::Fr, Lang::En].into_iter().find_map(|lang| parse_in(lang, below))
}

fn parse_in(lang: Lang, below: &str) -> Option<Below> {
    let t = lang.labels();
    let colon = colon(lang);
    let mut lines = below.lines().skip(2);
    let between = |line: Option<&str>, begin: &str, end: &str| {
        Some(line?.strip_prefix(begin)?.strip_suffix(end)?.to_owned())
    };
    // The rule and the empty lines around it; rendering again shows whether they are there.
    let generated = between(lines.nth(3), &format!("*{} ", t.generated), "*  ")?;
    let operator = between(lines.next(), &format!("*{}{colon} ", t.operator), "*  ")?;
    let sub = between(lines.nth(2), &format!("<sub>{}{colon} `", t.digest), "`)</sub>")?;
    let (digest, command) = sub.split_once("` (`")?;
    let file = seal::file_of(command)?;
    let bare = Below { lang, generated, operator, digest: digest.to_owned(), file, block: Block::Absent };
    let rendered = bare.render().ok()?;
    if rendered == below {
        return Some(bare);
    }
    let json = lines.find_map(|line| line.strip_prefix(BEGIN)?.strip_suffix(END));
    let validation: Option<Validation> = json.and_then(|json| serde_json::from_str(json).ok());
    let validation = validation.filter(|validation| validation.version == VALIDATION_VERSION);
    let sealed = validation
        .map(|validation| Below { block: Block::Present(Box::new(validation)), ..bare.clone() })
        .filter(|sealed| sealed.render().is_ok_and(|rendered| rendered == below));
    // What stands around a broken block must still be ours, or there is nothing to go back to.
    let ours = |(at, ours): (usize, &str)| matches!(at, 1 | 7) || below.lines().nth(at) == Some(ours);
    let framed = rendered.lines().enumerate().all(ours);
    sealed.or_else(|| framed.then_some(Below { block: Block::Broken, ..bare }))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it says of itself above the seal.
    pub header: RecordHeader,
    /// The digest of its sealed part, computed.
    pub digest: String,
    /// What stands below the seal; nothing when it is not what the gate writes there.
    pub below: Option<Below>,
}

/// Read a record; nothing when it has no header that this version knows, or no seal.
pub fn read(record: &str) -> Option<Record> {
    let (above, below) = seal::split(record)?;
    Some(Record { header: header::parse_header(above)?, digest: seal::hex(above), below: parse(below) })
}

/// The record with this in the place of its validation; nothing above the seal changes. Nothing when
/// what stands below the seal is not the gate's.
pub fn with_validation(record: &str, validation: Option<&Validation>) -> Option<String> {
    let (above, below) = seal::split(record)?;
    let block = validation.map_or(Block::Absent, |validation| Block::Present(Box::new(validation.clone())));
    let below = Below { block, ..parse(below)? };
    Some(above.to_owned() + &below.render().ok()?)
}

impl Below {
    pub fn repeats(&self, header: &RecordHeader) -> bool {
        let zone = |c: char| c.is_ascii_alphanumeric() || "_+-/".contains(c);
        let generated = self
            .generated
            .strip_prefix(inline(&header.local_time).as_str())
            .and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
        generated.is_some_and(|name| name.chars().all(zone))
            && self.operator == inline(&header.operator).as_str()
    }
}
