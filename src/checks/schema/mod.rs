//! Section 4: the schema, as it is declared, as this release changes it, and as all migrations make it.
//!
//! One unit: production's catalogue is read once for all checks. The migrations are replayed in a throwaway server
//! while it is read.

mod baseline;
mod declared;
mod describe;
pub mod diff;
mod drift;
mod input;
mod observe;
mod release;
mod replays;
mod sql;
mod types;

use futures_util::future::{BoxFuture, join};

use super::context::Context;
use super::plan_input::PlanInput;
use super::unit::{Phase, Planned, Probe, Reporter, Unit};
use crate::config::{CheckOptions, DriftConfig, SchemaConfig};
use crate::model::{
    Cause, CauseCode, Command, Evidence, Fact, FactName, Family, Finding, SchemaFamily, SkipReason,
};
use crate::probe::catalogue::Catalogue;
use crate::probe::postgres::Database;
use baseline::Baseline;
use describe::ORDER;
use drift::DriftInput;
use input::{JudgeInput, no_schema};
use observe::{MadeSchemas, ProductionReading, ReplayScope};

pub(super) fn plan(input: &PlanInput) -> Vec<Unit> {
    let Some(schema) = &input.config().schema else { return Vec::new() };
    let check = |family: SchemaFamily, more: &str, title: &str, options: &CheckOptions| {
        let family = Family::Schema(family);
        let meta = input.meta(family, format!("{}{more}", family.name()), title);
        Planned::new(input.with_options(meta, options), Vec::new())
    };
    let declared = schema.declared.iter().map(|(item, options)| {
        let (kind, title) = (item.kind().word(), item.title());
        let more = format!(".{}.{title}", kind.replace(' ', "_"));
        check(SchemaFamily::Declared, &more, &format!("{kind} {title}"), options)
    });
    let release = schema.release.iter().map(|options| check(SchemaFamily::Release, "", "release", options));
    let drift = schema.drift.iter().map(|drift| check(SchemaFamily::Drift, "", "drift", &drift.options));
    let checks: Vec<Planned> = declared.chain(release).chain(drift).collect();
    let probe = SchemaProbe { schema: schema.clone() };
    if checks.is_empty() { Vec::new() } else { vec![Unit::several(checks, Phase::Read, probe)] }
}

/// One check for each item that is declared, then those of the release and of drift.
struct SchemaProbe {
    schema: SchemaConfig,
}

struct SchemaObservation {
    production: Catalogue,
    made: MadeSchemas,
}

impl Probe for SchemaProbe {
    fn run<'a>(&'a self, cx: &'a Context, reporter: &'a Reporter) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let replayed = self.release_at().into_iter().chain(self.drift_at().map(|(index, _)| index));
            for index in (0..self.schema.declared.len()).chain(replayed) {
                reporter.begin(index);
            }
            if let Err(cause) = cx.stop.race(self.observe(cx, reporter)).await.and_then(|done| done) {
                reporter.end_rest(|| Finding::errored(cause.clone(), Evidence::default()));
            }
        })
    }
}

impl SchemaProbe {
    fn release_at(&self) -> Option<usize> {
        self.schema.release.as_ref().map(|_| self.schema.declared.len())
    }

    /// The place of the check of drift, with what it ignores.
    fn drift_at(&self) -> Option<(usize, &DriftConfig)> {
        let before = self.schema.declared.len() + usize::from(self.schema.release.is_some());
        self.schema.drift.as_ref().map(|drift| (before, drift))
    }

    fn asked(&self, reporter: &Reporter) -> ReplayScope {
        ReplayScope {
            release: self.release_at().is_some_and(|index| !reporter.is_settled(index)),
            drift: self.drift_at().is_some_and(|(index, _)| !reporter.is_settled(index)),
        }
    }

    /// Ask and judge; what is declared is judged as soon as production was read. An error is that of every check
    /// that is left.
    async fn observe(&self, cx: &Context, reporter: &Reporter) -> Result<(), Cause> {
        let asked = self.asked(reporter);
        let at = observe::production(cx)?;
        let database = at.database();
        let begun = ProductionReading::begin(database, asked).await?;
        let production = self.production(&begun, database, reporter);
        let made = begun.made(at, &self.schema.migrations_dir, asked, cx);
        let (production, made) = join(production, made).await;
        let seen = SchemaObservation { production: production?, made };
        if let Some(index) = self.release_at() {
            reporter.end(index, judge_release(database, &seen, cx));
        }
        if let Some((index, drift)) = self.drift_at() {
            reporter.end(index, judge_drift(drift, database, &seen, cx));
        }
        Ok(())
    }

    /// Production's schema; what is declared is judged at once.
    async fn production(
        &self,
        begun: &ProductionReading,
        database: &Database,
        reporter: &Reporter,
    ) -> Result<Catalogue, Cause> {
        let production = begun.catalogue(database.schema()).await?;
        self.judge_declared(database, &production, reporter);
        Ok(production)
    }

    fn judge_declared(&self, database: &Database, production: &Catalogue, reporter: &Reporter) {
        // One command for all of them stands with the first that is there.
        let mut command = self.command(database);
        for (index, (item, _)) in self.schema.declared.iter().enumerate() {
            let mut evidence = Evidence { judged: item.judge(production), ..Evidence::default() };
            evidence.judged.extend(no_schema(database, production));
            if !reporter.is_settled(index) {
                evidence.commands.extend(command.take());
            }
            reporter.end(index, Finding::judged(evidence));
        }
    }

    fn command(&self, database: &Database) -> Option<Command> {
        let names: Vec<_> = self.schema.declared.iter().map(|(item, _)| (item.kind(), item.name())).collect();
        let kinds = ORDER.iter().filter(|kind| names.iter().any(|(of, _)| of == *kind)).map(|kind| {
            let mine = names.iter().filter(|(of, _)| of == kind).map(|(_, name)| name.as_ref());
            // An index or key that is known by its columns alone is seen among all of them.
            (*kind, mine.collect::<Option<Vec<_>>>().unwrap_or_default())
        });
        sql::asking(database, kinds)
    }
}

fn judge_drift(drift: &DriftConfig, database: &Database, seen: &SchemaObservation, cx: &Context) -> Finding {
    let replayed = match &seen.made.replayed {
        Some(Ok(replayed)) => replayed,
        Some(Err(cause)) => return Finding::errored(cause.clone(), Evidence::default()),
        None => return lost(),
    };
    let view = view(database, seen, vec![replayed_fact(seen)]);
    let made = match &replayed.after {
        Ok(made) => made,
        Err(cause) => return Finding::errored(cause.clone(), view.evidence()),
    };
    if let Some(missing) = no_schema(database, view.production) {
        let mut evidence = view.evidence();
        evidence.judged.push(missing);
        return Finding::judged(evidence);
    }
    let left = match &replayed.before {
        Some(Ok(left)) if cx.release.deployment.rollback => Some(left),
        _ => None,
    };
    drift::judge(&view, &DriftInput { made, left, extensions: &replayed.extensions, ignore: &drift.ignore })
}
fn judge_release(database: &Database, seen: &SchemaObservation, cx: &Context) -> Finding {
    let rollback = cx.release.deployment.rollback;
    let (previous, before) = match &seen.made.baseline {
        Baseline::None => return Finding::skipped(SkipReason::NoBaseline),
        Baseline::Unknown(cause) => return Finding::errored(cause.clone(), Evidence::default()),
        Baseline::Known { name, migrations } => (name, migrations),
    };
    let after = &seen.made.migrations;
    let common = baseline::shared(before, after);
    let count = |name, count: usize| Fact { name, value: count.to_string() };
    let mut facts = vec![
        Fact { name: FactName::Previous, value: previous.clone() },
        count(FactName::MigrationsBrought, after.len() - common),
    ];
    if before.len() > common {
        facts.push(count(FactName::MigrationsTakenBack, before.len() - common));
    }
    if before == after {
        // Worked out without a replay: the same migrations make the same schema.
        return release::judge(
            &view(database, seen, facts),
            &Catalogue::default(),
            &Catalogue::default(),
            rollback,
        );
    }
    let replayed = match &seen.made.replayed {
        Some(Ok(replayed)) => replayed,
        Some(Err(cause)) => return Finding::errored(cause.clone(), Evidence::default()),
        None => return lost(),
    };
    facts.push(replayed_fact(seen));
    let view = view(database, seen, facts);
    if let Some(finding) = view.without_schema() {
        return finding;
    }
    match (&replayed.before, &replayed.after) {
        (Some(Ok(before)), Ok(after)) => release::judge(&view, before, after, rollback),
        (Some(Err(cause)), _) | (_, Err(cause)) => Finding::errored(cause.clone(), view.evidence()),
        (None, Ok(_)) => lost(),
    }
}

fn view<'a>(database: &'a Database, seen: &'a SchemaObservation, facts: Vec<Fact>) -> JudgeInput<'a> {
    let about = match &seen.made.replayed {
        Some(Ok(replayed)) => replayed.about.as_str(),
        _ => "",
    };
    JudgeInput { database, production: &seen.production, about, facts }
}

fn replayed_fact(seen: &SchemaObservation) -> Fact {
    Fact { name: FactName::Replayed, value: seen.made.migrations.len().to_string() }
}

fn lost() -> Finding {
    let cause = Cause::new(CauseCode::Internal, "the migrations were not replayed");
    Finding::errored(cause, Evidence::default())
}
