//! The top of the record: the verdict line and the facts of the run.

use super::RecordPage;
use crate::model::{Filter, Previous, PreviousFrom, Report};
use crate::render::md::{self, Md, code, inline};

/// The verdict, what it means, how many checks ended how.
pub(in crate::render) fn verdict(page: RecordPage) -> Md {
    let RecordPage { report, lang, t } = page;
    let word = report.verdict.word();
    let said = Md::own(format!(
        "**{}{} {}** (`{word}`). {} {}.",
        t.verdict,
        lang.colon(),
        lang.verdict(report.verdict),
        lang.meaning(report.verdict),
        lang.counts(&report.counts),
    ));
    let signal = report.run.interrupted.as_deref();
    let interrupted = signal.map(|signal| Md::own(format!("**{} {}.**", t.interrupted, code(signal))));
    md::join([said, interrupted.unwrap_or_default()], " ")
}

/// When the run started, for the facts and for the footer.
pub(super) fn moment(report: &Report) -> Md {
    let run = &report.run;
    Md::own(format!("{} ({})", inline(&run.local_time), inline(&run.timezone)))
}

/// The facts of the run; rows that have nothing to say are left out.
pub(super) fn table(page: RecordPage) -> Md {
    let RecordPage { report, lang, t } = page;
    let (run, deployment) = (&report.run, &report.deployment);
    let optional = |text: &Option<String>| text.as_deref().map(code).unwrap_or_default();
    let rows = [
        (t.tag, tag(page)),
        (t.commit, optional(&deployment.commit)),
        (t.started, moment(report)),
        (t.duration, Md::own(lang.duration(run.duration_ms))),
        (t.operator, operator(page)),
        (t.base_url, optional(&run.base_url)),
        (t.configuration, configuration(report)),
        (t.previous, previous(page)),
        (t.predecessors, predecessors(report)),
        (t.filter, run.filter.as_ref().map(|filter| chosen(page, filter)).unwrap_or_default()),
        (t.warm_up, warm_up(page)),
        (t.interrupted, optional(&run.interrupted)),
        (t.made_by, Md::own(format!("prod-gate {}", inline(&run.version)))),
    ];
    let rows: Vec<Vec<Md>> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![Md::own(name), value])
        .collect();
    md::table(&[t.fact, t.value], &rows)
}

fn tag(page: RecordPage) -> Md {
    let deployment = &page.report.deployment;
    let Some(tag) = &deployment.tag else { return Md::own(page.t.tag_unknown) };
    let tagger =
        deployment.tagger.as_deref().map(|who| Md::own(format!("({} {})", page.t.tagger, inline(who))));
    md::join([code(tag), tagger.unwrap_or_default()], " ")
}

fn operator(page: RecordPage) -> Md {
    let operator = &page.report.run.operator;
    let run = operator.run_url.as_deref().map(|url| md::link(page.t.run, url));
    md::join([inline(&operator.name), run.unwrap_or_default()], " — ")
}

fn configuration(report: &Report) -> Md {
    let Some(config) = &report.run.config else { return Md::default() };
    let blob = config.blob.as_deref().map(|blob| Md::own(format!("(blob {})", code(blob))));
    md::join([code(&config.path), blob.unwrap_or_default()], " ")
}

fn previous(page: RecordPage) -> Md {
    let t = page.t;
    let known = match &page.report.deployment.previous {
        Previous::NoBaseline => Md::own(t.previous_none),
        Previous::Unknown { why } => Md::own(format!("{} ({})", t.previous_unknown, code(why))),
        Previous::Commit { name, commit, from } => {
            let from = match from {
                PreviousFrom::Flag => Md::own(t.previous_flag),
                PreviousFrom::Record(path) => md::join([Md::own(t.previous_record), code(path)], " "),
                PreviousFrom::Tag => Md::own(t.previous_tag),
            };
            let commit = if name == commit { Md::default() } else { code(commit) };
            md::join([code(name), commit, Md::own(format!("({from})"))], " ")
        }
    };
    let rollback = if page.report.deployment.rollback { t.rollback } else { "" };
    let rollback = if rollback.is_empty() { Md::default() } else { Md::own(format!("**{rollback}**")) };
    md::join([known, rollback], "<br>")
}

fn predecessors(report: &Report) -> Md {
    let records = report.deployment.predecessors.iter();
    let lines = records.map(|record| {
        Md::own(format!("{} ({}) {}", code(&record.path), code(&record.branch), code(&record.digest)))
    });
    md::join(lines, "<br>")
}

fn chosen(page: RecordPage, filter: &Filter) -> Md {
    let patterns = |word: &str, patterns: &[String]| match patterns {
        [] => Md::default(),
        patterns => Md::own(format!("{word} {}", md::join(patterns.iter().map(|p| code(p)), ", "))),
    };
    let left_out = Md::own(page.lang.left_out(filter.left_out));
    md::join(
        [patterns(page.t.filter_only, &filter.only), patterns(page.t.filter_skip, &filter.skip), left_out],
        "<br>",
    )
}

fn warm_up(page: RecordPage) -> Md {
    let Some(warm_up) = &page.report.run.warm_up else { return Md::default() };
    let waited = Md::own(page.lang.duration(warm_up.waited_ms));
    let ready = if warm_up.ready { "" } else { page.t.warm_up_failed };
    md::join([waited, Md::own(ready)], " — ")
}
