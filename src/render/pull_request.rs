//! The pull request: the lead's one screen. What the verdict is, what changed since the last deployment, what
//! is wrong, how to validate. Everything else is in the record.

use serde::{Deserialize, Serialize};

use super::clean;
use super::md::{self, Md, code, inline};
use super::messages::Lang;
use super::record::{RecordHeader, RecordPage, attention, facts, timeline};
use super::summary;
use crate::model::{FactName, Previous, Report, Section, Verdict};

/// GitHub takes 65,536 characters; what is added around must find room, and bytes are never fewer.
const LONGEST: usize = 60_000;
/// How many checks that did not pass are spelled out.
const MOST_WRONG: usize = 10;
/// How much of the page they may take, in bytes.
const LONGEST_WRONG: usize = 25_000;
/// How many names a list has; the rest is counted.
const MOST_NAMES: usize = 20;
/// How much of the page a list may take, in bytes.
const LONGEST_LIST: usize = 4_000;
/// The longest name that is shown whole, in characters.
const LONGEST_NAME: usize = 120;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

const BEGIN: &str = "<!-- prod-gate:pull ";
const END: &str = " -->";

/// What the page shows beside the report.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub digest: String,
    /// The record's page, where the forge has pages.
    pub record_url: Option<String>,
    pub before: Before,
    /// Logins of those who may validate.
    pub leads: Vec<String>,
    /// Whether who deployed may validate.
    pub own: bool,
    /// Whether a verdict that does not pass may be validated.
    pub accept_failed: bool,
    pub identities: bool,
}

/// The checks of the record before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Before {
    /// There is none.
    #[default]
    NoRecord,
    Unlisted,
    /// Ids, those that block and those that only warn.
    Checks {
        required: Vec<String>,
        /// Those that only warn.
        advisory: Vec<String>,
    },
}

impl From<&RecordHeader> for Before {
    fn from(header: &RecordHeader) -> Self {
        if header.checks.is_empty() && header.advisory.is_empty() {
            return Self::Unlisted;
        }
        Self::Checks { required: header.checks.clone(), advisory: header.advisory.clone() }
    }
}

/// What the page says of itself, for programs.
#[derive(Serialize, Deserialize)]
struct Mark {
    digest: String,
}

/// The digest of the record that a page belongs to.
pub fn digest_of(body: &str) -> Option<String> {
    let mark: Mark =
        serde_json::from_str(body.lines().next()?.strip_prefix(BEGIN)?.strip_suffix(END)?).ok()?;
    Some(mark.digest)
}

pub fn title(report: &Report) -> String {
    let deployment = &report.deployment;
    let release = deployment.tag.as_deref().unwrap_or_else(|| deployment.short_commit());
    let verdict = Lang::of(report).verdict(report.verdict);
    let text = format!("PROD DEPLOY {release} — {verdict} — {}", report.run.title);
    let line = clean::line(&text);
    clean::cut(line.trim(), LONGEST_TITLE).into_owned()
}

/// What the status says while the lead is waited for.
pub fn waiting(report: &Report) -> String {
    let lang = Lang::of(report);
    format!("{}{} {}", lang.verdict(report.verdict), lang.colon(), lang.pull_request().waiting)
}

pub fn body(report: &Report, asked: &Asked) -> String {
    let page = RecordPage::new(report);
    let words = page.lang.pull_request();
    let mark = serde_json::to_string(&Mark { digest: asked.digest.clone() }).unwrap_or_default();
    let wrong = wrong(page);
    let heading = |text: &str| Md::own(format!("### {text}"));
    let mut parts = vec![
        Md::own(format!("{BEGIN}{}{END}\n> {}", mark.replace("--", ""), facts::verdict(page))),
        about(page, asked),
    ];
    if !wrong.is_empty() {
        parts.extend([heading(page.t.attention), wrong]);
    }
    parts.extend([changes(page, asked), heading("Checklist"), checklist(page)]);
    let how = md::join([heading(words.how), how(page, asked)], "\n\n");
    let length: usize = parts.iter().map(|part| part.as_str().len()).sum();
    let timeline = timeline::gantt(page);
    if !timeline.is_empty() && length + how.as_str().len() + timeline.as_str().len() < LONGEST {
        parts.push(md::details(&Md::own(page.t.timeline), &timeline));
    }
    parts.push(how);
    md::join(parts, "\n\n").to_string() + "\n"
}

/// A text that outside can make as long as it likes.
fn short(text: &str) -> std::borrow::Cow<'_, str> {
    clean::cut(text, LONGEST_NAME)
}

fn about(page: RecordPage, asked: &Asked) -> Md {
    let RecordPage { report, t, .. } = page;
    let (run, deployment) = (&report.run, &report.deployment);
    let record = report.record_name();
    let record = short(&record);
    let link = match asked.record_url.as_deref() {
        Some(url) => md::link(code(&record).as_str(), url),
        None => code(&record),
    };
    let optional = |text: &Option<String>| text.as_deref().map(|text| code(&short(text))).unwrap_or_default();
    let operator = [
        inline(&short(&run.operator.name)),
        run.operator.run_url.as_deref().map(|url| md::link(t.run, url)).unwrap_or_default(),
    ];
    let rows = [
        (t.tag, optional(&deployment.tag)),
        (t.commit, optional(&deployment.commit)),
        (
            t.started,
            Md::own(format!("{} ({})", inline(&short(&run.local_time)), inline(&short(&run.timezone)))),
        ),
        (t.operator, md::join(operator, " — ")),
        (t.base_url, optional(&run.base_url)),
        (page.lang.pull_request().record, link),
    ];
    let rows: Vec<Vec<Md>> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![Md::own(name), value])
        .collect();
    md::table(&[t.fact, t.value], &rows)
}

/// What did not pass, the worst first, with what to do and the command that shows it.
fn wrong(page: RecordPage) -> Md {
    let all = attention::ordered(&page.report.checks);
    let mut shown = Vec::new();
    let mut length = 0;
    for check in all.iter().take(MOST_WRONG) {
        let item = summary::item(page, check);
        if length + item.as_str().len() > LONGEST_WRONG {
            break;
        }
        length += item.as_str().len();
        shown.push(item);
    }
    if let Some(more) = all.len().checked_sub(shown.len()).filter(|more| *more > 0) {
        shown.push(Md::own(format!("*{}*", page.lang.and_more(more as u64))));
    }
    md::join(shown, "\n\n")
}

/// Checks that went, commits and migrations that came.
fn changes(page: RecordPage, asked: &Asked) -> Md {
    let words = page.lang.pull_request();
    let deployment = &page.report.deployment;
    let title = match &deployment.previous {
        Previous::Commit { name, .. } => format!("### {} {}", words.changed_since, code(&short(name))),
        Previous::NoBaseline | Previous::Unknown { .. } => format!("### {}", words.changes),
    };
    let rollback = if deployment.rollback { format!("**{}**", page.t.rollback) } else { String::new() };
    let commits: Vec<String> = deployment
        .commits
        .iter()
        .map(|commit| format!("{} — {}", code(&short(&commit.sha)), inline(&short(&commit.subject))))
        .collect();
    let commits_title = if deployment.rollback { page.t.commits_removed } else { page.t.commits_included };
    let commits_title = commits_title.trim_end_matches([':', '\u{a0}', ' ']);
    let left_out = deployment.commits_left_out;
    let migrations: Vec<String> =
        migrations(page.report).iter().map(|name| code(&short(name)).to_string()).collect();
    let mut parts = vec![Md::own(title), Md::own(rollback)];
    parts.extend(checks(page, asked));
    parts.push(listed(page, words.migrations, &migrations, 0));
    parts.push(listed(page, commits_title, &commits, left_out));
    md::join(parts, "\n\n")
}

/// The migrations that this release adds, as section 3 found them.
fn migrations(report: &Report) -> Vec<&str> {
    let facts = report.section(Section::Migrations).flat_map(|check| &check.evidence.facts);
    let mut names: Vec<&str> =
        facts.filter(|fact| fact.name == FactName::NewMigration).map(|fact| fact.value.as_str()).collect();
    names.dedup();
    names
}

/// What became of the checks of the record before: what is gone, or no longer blocks, comes first, and loudly.
fn checks(page: RecordPage, asked: &Asked) -> Vec<Md> {
    let words = page.lang.pull_request();
    let (required, advisory) = match &asked.before {
        Before::NoRecord => return vec![Md::own(words.no_record)],
        Before::Unlisted => return vec![Md::own(words.before_unlisted)],
        Before::Checks { required, advisory } => (required, advisory),
    };
    let now = |id: &str| page.report.checks.iter().find(|check| check.meta.id == id);
    let all = || required.iter().chain(advisory);
    let names =
        |ids: Vec<&String>| -> Vec<String> { ids.iter().map(|id| code(&short(id)).to_string()).collect() };
    let removed = names(all().filter(|id| now(id).is_none()).collect());
    let weakened =
        names(required.iter().filter(|id| now(id).is_some_and(|check| !check.meta.required)).collect());
    let known: std::collections::HashSet<&str> = all().map(String::as_str).collect();
    let ids = page.report.checks.iter().map(|check| &check.meta.id);
    let added = names(ids.filter(|id| !known.contains(id.as_str())).collect());
    if removed.is_empty() && weakened.is_empty() && added.is_empty() {
        return vec![Md::own(words.as_before)];
    }
    let mut parts = Vec::new();
    for (title, names) in [(words.checks_removed, removed), (words.checks_weakened, weakened)] {
        let list = listed(page, title, &names, 0);
        if !list.is_empty() {
            // Every line of it stands in the warning.
            let quoted: Vec<String> = list.as_str().lines().map(|line| format!("> {line}")).collect();
            parts.push(Md::own(format!("> [!WARNING]\n{}", quoted.join("\n"))));
        }
    }
    parts.push(listed(page, words.checks_added, &added, 0));
    parts
}

fn listed(page: RecordPage, title: &str, items: &[String], left_out: u64) -> Md {
    if items.is_empty() {
        return Md::default();
    }
    let all = items.len() as u64 + left_out;
    let mut lines: Vec<String> = first(items).iter().map(|item| format!("- {item}")).collect();
    let more = all - lines.len() as u64;
    if more > 0 {
        lines.push(format!("- {}", page.lang.and_more(more)));
    }
    Md::own(format!("**{title}{} {all}**\n{}", page.lang.colon(), lines.join("\n")))
}

/// As many as a list takes; at least one.
fn first(items: &[String]) -> &[String] {
    let mut length = 0;
    let fits = items.iter().take(MOST_NAMES).take_while(|item| {
        length += item.len();
        length <= LONGEST_LIST
    });
    &items[..fits.count().max(1).min(items.len())]
}

fn checklist(page: RecordPage) -> Md {
    md::join(page.report.checklist.iter().map(|line| page.checklist_line(line)), "\n")
}

fn how(page: RecordPage, asked: &Asked) -> Md {
    let words = page.lang.pull_request();
    let colon = page.lang.colon();
    let file = page.report.record_name();
    let file = short(&file);
    let record =
        asked.record_url.as_deref().map_or_else(|| code(&file), |url| md::link(code(&file).as_str(), url));
    let who = if asked.leads.is_empty() {
        words.no_leads.to_owned()
    } else {
        let leads: Vec<String> =
            asked.leads.iter().map(|lead| format!("@{}", inline(&short(lead)))).collect();
        let own = if asked.own { words.accepted_own } else { words.refused_own };
        format!("{}{colon} {}. {own}", words.leads, first(&leads).join(", "))
    };
    let failed = match page.report.verdict {
        Verdict::Passed | Verdict::Warned | Verdict::Partial => "",
        Verdict::Failed | Verdict::Errored if asked.accept_failed => words.failed_accepted,
        Verdict::Failed | Verdict::Errored => words.failed_refused,
    };
    let steps = [format!("1. {}{colon} {record}.", words.read), format!("2. {}", words.approve)];
    let identities = if asked.identities { words.second } else { words.no_identities };
    let digest =
        format!("{}{colon} {} ({})", page.t.digest, code(&asked.digest), code(&super::seal::command(&file)));
    let parts = [steps.join("\n"), who, failed.to_owned(), words.bound.to_owned(), identities.to_owned()];
    let parts = parts.into_iter().map(Md::own);
    md::join(parts.chain([Md::own(format!("<sub>{digest}</sub>"))]), "\n\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::record::tests::without_code;
    use crate::render::{fixture, hostile};

    fn asked() -> Asked {
        let ids = |checks: &[&str]| checks.iter().map(|id| (*id).to_owned()).collect();
        Asked {
            digest: "5f3d7c1e9a0b4d6f8e2c1a3b5d7f9e0c2b4a6d8f0e1c3b5a7d9f2e4c6b8a0d1f".to_owned(),
            record_url: Some("https://github.com/nexus/site/blob/prod-gate/v2.3.0/ops/x.md".to_owned()),
            before: Before::Checks {
                required: ids(&["smoke.pages./", "smoke.pages./blog", "smoke.pages./tarifs"]),
                advisory: ids(&["smoke.pages./old"]),
            },
            leads: vec!["lead-login".to_owned()],
            own: false,
            accept_failed: false,
            identities: true,
        }
    }

    #[test]
    fn the_leads_one_screen() {
        insta::assert_snapshot!("pull_request_mixed_fr", body(&fixture::mixed(), &asked()));
        let mut passed = fixture::passed("en");
        passed.deployment.rollback = true;
        let local = Asked { identities: false, record_url: None, own: true, ..asked() };
        insta::assert_snapshot!("pull_request_passed_en", body(&passed, &local));
        let first = Asked { before: Before::NoRecord, leads: Vec::new(), accept_failed: true, ..asked() };
        insta::assert_snapshot!("pull_request_tiny", body(&fixture::tiny(), &first));
        assert_eq!(title(&fixture::mixed()), "PROD DEPLOY v2.3.0 — NON CONFORME — Nexus Réussite");
    }

    #[test]
    fn it_knows_its_record() {
        let text = body(&fixture::tiny(), &asked());
        assert_eq!(digest_of(&text), Some(asked().digest));
        assert_eq!(digest_of(&text.replace('\n', "\r\n")), Some(asked().digest));
        assert_eq!(digest_of(&format!("x\n{text}")), None);
    }

    #[test]
    fn a_thousand_of_everything_stays_under_the_limit() {
        let mut report = fixture::mixed();
        for check in &mut report.checks {
            check.meta.id = "é".repeat(5_000);
            for judged in &mut check.evidence.judged {
                judged.actual = "😀".repeat(20_000);
            }
        }
        report.run.operator.name = "x".repeat(100_000);
        report.run.title = "|".repeat(100_000);
        for commit in &mut report.deployment.commits {
            commit.subject = "*".repeat(100_000);
        }
        let failed = report.checks[2].clone();
        report.checks.extend(std::iter::repeat_n(failed, 1_000));
        let commit = report.deployment.commits[0].clone();
        report.deployment.commits.extend(std::iter::repeat_n(commit, 1_000));
        let ids: Vec<String> = (0..1_000).map(|i| format!("{i}{}", "`|".repeat(1_000))).collect();
        let before = Before::Checks { required: ids.clone(), advisory: ids };
        let leads = vec!["l".repeat(1_000); 1_000];
        let text = body(&report, &Asked { before, leads, ..asked() });
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(title(&report).chars().count() <= LONGEST_TITLE + 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_text_forges_nothing(report in hostile::reports(), name in hostile::text()) {
            let before = Before::Checks { required: vec![name.clone()], advisory: vec![name.clone()] };
            let text = body(&report, &Asked { before, leads: vec![name], ..asked() });
            prop_assert!(text.len() < 65_536);
            prop_assert_eq!(digest_of(&text), Some(asked().digest));
            let lines = hostile::outside_fences(&text);
            // The marks of the gate stand where the gate puts them, and nowhere else.
            let lines: Vec<String> = lines.into_iter().map(without_code).collect();
            prop_assert_eq!(lines.iter().filter(|line| line.contains("<!--")).count(), 1);
            prop_assert!(!lines.iter().any(|line| line.contains("<script>")), "{}", text);
            let ticked = lines.iter().filter(|line| line.starts_with("- [x]")).count();
            let expected = report.checklist.iter().filter(|line| line.tick == crate::model::Tick::Ticked).count();
            prop_assert_eq!(ticked, expected);
            let headings = lines.iter().filter(|line| line.starts_with('#')).count();
            prop_assert!(headings <= 4, "{}", text);
            prop_assert!(!title(&report).contains('\n'));
        }
    }

    #[test]
    fn the_previous_records_own_list_is_compared() {
        let header = RecordHeader::from(&fixture::mixed());
        let before = Before::from(&header);
        let text = body(&fixture::mixed(), &Asked { before, ..asked() });
        assert!(text.contains(Lang::Fr.pull_request().as_before), "{text}");
        let unlisted = RecordHeader { checks: Vec::new(), advisory: Vec::new(), ..header };
        assert_eq!(Before::from(&unlisted), Before::Unlisted);
        let mut unblocked = fixture::mixed();
        unblocked.checks[2].meta.required = false;
        let text = body(
            &unblocked,
            &Asked { before: Before::from(&RecordHeader::from(&fixture::mixed())), ..asked() },
        );
        assert!(text.contains(Lang::Fr.pull_request().checks_weakened), "{text}");
        digest_of(&text).unwrap();
    }
}
