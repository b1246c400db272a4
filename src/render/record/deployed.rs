//! Section 1: the commit, each source that shows it, the commits since the previous deployment.

use super::RecordPage;
use super::cells::value;
use super::commands::Titles;
use crate::model::{CheckReport, CommitSubject, Comparison, Outcome, Previous, Section, Subject};
use crate::render::md::{self, Md, code, inline};
use crate::text::shell_quote;

/// A longer list of commits is folded.
const OPEN_COMMITS: usize = 20;

pub(super) fn body(page: RecordPage) -> Md {
    let checks: Vec<_> = page.report.section(Section::Commit).collect();
    let proof = if checks.is_empty() {
        page.nothing(Section::Commit)
    } else {
        md::join(
            [
                sources(page, &checks),
                page.block(checks.iter().copied(), Titles::Hidden),
                page.details(&checks),
            ],
            "\n\n",
        )
    };
    md::join([head(page), proof, commits(page)], "\n\n")
}

fn head(page: RecordPage) -> Md {
    let deployment = &page.report.deployment;
    let Some(commit) = &deployment.commit else { return Md::own(page.t.no_commit) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    let revision = match &deployment.tag {
        // Bash leaves such a word alone; quotes would only make it harder to read.
        Some(tag) if tag.chars().all(plain) => format!("{tag}^{{commit}}"),
        Some(tag) => shell_quote(&format!("{tag}^{{commit}}")),
        None => "HEAD".to_owned(),
    };
    // One line each, whatever a tag's name holds.
    let line = |text: &str| crate::render::clean::line(text).into_owned();
    md::fence("", &format!("$ git rev-parse {}\n{}", line(&revision), line(commit)))
}

/// One row for each place that shows a commit, and one for each check that compares something else. The
/// tag and the commits between stand above and below the table when they are as expected.
fn sources(page: RecordPage, checks: &[&CheckReport]) -> Md {
    let t = page.t;
    let mut rows = Vec::new();
    for &check in checks {
        let commits: Vec<(&str, &Comparison)> = check
            .evidence
            .judged
            .iter()
            .filter_map(|judged| match &judged.subject {
                Subject::Commit(CommitSubject::Commit(source)) => Some((source.as_str(), judged)),
                _ => None,
            })
            .collect();
        if commits.is_empty() && (check.outcome != Outcome::Passed || !check.evidence.judged.is_empty()) {
            rows.push((check, vec![code(&check.meta.title), page.finding(check), page.outcome(check)]));
        }
        for (source, judged) in commits {
            let found =
                if judged.ok { Md::own(page.lang.actual(judged, &value)) } else { page.finding(check) };
            rows.push((check, vec![code(source), found, page.outcome(check)]));
        }
    }
    if rows.is_empty() {
        return Md::default();
    }
    page.table(&[t.source, t.actual, t.result], rows)
}

/// The commits that came, or that a rollback took back.
fn commits(page: RecordPage) -> Md {
    let RecordPage { report, lang, t } = page;
    let deployment = &report.deployment;
    if deployment.commit.is_none() {
        return Md::default();
    }
    let title = if deployment.rollback { t.commits_removed } else { t.commits_included };
    match &deployment.previous {
        Previous::NoBaseline => return Md::own(format!("{title} {}.", t.previous_none)),
        Previous::Unknown { .. } => return Md::own(format!("{title} {}.", t.commits_unknown)),
        Previous::Commit { .. } if deployment.commits.is_empty() => {
            return Md::own(format!("{title} {}.", t.commits_none));
        }
        Previous::Commit { .. } => {}
    }
    let mut lines: Vec<Md> = deployment
        .commits
        .iter()
        .map(|commit| Md::own(format!("- {} — {}", code(&commit.sha), inline(&commit.subject))))
        .collect();
    if deployment.commits_left_out > 0 {
        lines.push(Md::own(format!("- {}", lang.and_more(deployment.commits_left_out))));
    }
    let rest = lines.split_off(lines.len().min(OPEN_COMMITS));
    let open = md::join([Md::own(title), md::join(lines, "\n")], "\n");
    if rest.is_empty() {
        return open;
    }
    let folded = md::details(&Md::own(lang.and_more(rest.len() as u64)), &md::join(rest, "\n"));
    md::join([open, folded], "\n\n")
}
