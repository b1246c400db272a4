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
use super::unit::{Phase, Planned, Probe, Sink, Unit};
use crate::config::{Config, Migrations, Path, Schema};
use crate::model::{
    Command, Evidence, Fact, FactName, Family, Finding, SchemaFamily, SkipReason, Trouble, TroubleCode,
};
use crate::probe::catalogue::Catalogue;
use crate::probe::postgres::Database;
use baseline::Baseline;
use declared::DeclaredObject;
use describe::ORDER;
use drift::DriftInput;
use input::{JudgeInput, no_schema};
use observe::{MadeSchemas, ProductionReading, ReplayScope};

/// What a check is about, in the record's order.
enum SchemaCheck {
    Declared(DeclaredObject),
    Release,
    Drift,
}

pub(super) fn plan(input: &PlanInput) -> Vec<Unit> {
    let config = input.config();
    let Some(schema) = &config.schema else { return Vec::new() };
    let path = Path::root().key("schema");
    let (mut checks, mut parts) = (Vec::new(), Vec::new());
    let mut add = |part: SchemaCheck, family: SchemaFamily, more: &str, title: &str, path: &Path| {
        let family = Family::Schema(family);
        let id = format!("{}{more}", family.name());
        let meta = input.meta(family, id, title);
        let meta = input.configured(meta, path, schema.required, schema.waive.as_ref());
        checks.push(Planned::new(meta, Vec::new()));
        parts.push(part);
    };
    for (item, path) in DeclaredObject::all(schema, &path) {
        let (kind, title) = (item.kind().word(), item.title());
        let more = format!(".{}.{title}", kind.replace(' ', "_"));
        add(SchemaCheck::Declared(item), SchemaFamily::Declared, &more, &format!("{kind} {title}"), &path);
    }
    if schema.release == Some(true) {
        add(SchemaCheck::Release, SchemaFamily::Release, "", "release", &path.key("release"));
    }
    if schema.drift == Some(true) {
        add(SchemaCheck::Drift, SchemaFamily::Drift, "", "drift", &path.key("drift"));
    }
    let dir = config.migrations.as_ref().map_or(Migrations::DIR, Migrations::dir).to_owned();
    let probe = SchemaProbe { schema: schema.clone(), config: config.clone(), dir, parts };
    if checks.is_empty() { Vec::new() } else { vec![Unit::several(checks, Phase::Read, probe)] }
}

struct SchemaProbe {
    schema: Schema,
    config: Config,
    /// The migrations folder.
    dir: String,
    parts: Vec<SchemaCheck>,
}

/// What was seen.
struct SchemaObservation {
    /// Production's schema.
    production: Catalogue,
    /// What the migrations make.
    made: MadeSchemas,
}

impl Probe for SchemaProbe {
    fn run<'a>(&'a self, cx: &'a Context, sink: &'a Sink) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for index in 0..self.parts.len() {
                sink.begin(index);
            }
            if let Err(trouble) = cx.stop.race(self.observe(cx, sink)).await.and_then(|done| done) {
                sink.end_rest(|| Finding::errored(trouble.clone(), Evidence::default()));
            }
        })
    }
}

impl SchemaProbe {
    /// What a filter has left in.
    fn asked(&self, sink: &Sink) -> ReplayScope {
        let is_open = |wanted: fn(&SchemaCheck) -> bool| {
            self.parts.iter().enumerate().any(|(index, part)| wanted(part) && !sink.is_settled(index))
        };
        ReplayScope {
            release: is_open(|part| matches!(part, SchemaCheck::Release)),
            drift: is_open(|part| matches!(part, SchemaCheck::Drift)),
        }
    }

    /// Ask and judge; what is declared is judged as soon as production was read. An error is that of every check
    /// that is left.
    async fn observe(&self, cx: &Context, sink: &Sink) -> Result<(), Trouble> {
        let asked = self.asked(sink);
        let database = observe::database(cx)?;
        let begun = ProductionReading::begin(database, asked).await?;
        let production = self.production(&begun, database, sink);
        let (production, made) = join(production, begun.made(&self.config, &self.dir, asked, cx)).await;
        let seen = SchemaObservation { production: production?, made };
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                SchemaCheck::Declared(_) => {}
                SchemaCheck::Release => sink.end(index, judge_release(database, &seen, cx)),
                SchemaCheck::Drift => sink.end(index, self.judge_drift(database, &seen, cx)),
            }
        }
        Ok(())
    }

    /// Production's schema; what is declared is judged at once.
    async fn production(
        &self,
        begun: &ProductionReading,
        database: &Database,
        sink: &Sink,
    ) -> Result<Catalogue, Trouble> {
        let production = begun.catalogue(database.schema()).await?;
        self.judge_declared(database, &production, sink);
        Ok(production)
    }

    fn judge_declared(&self, database: &Database, production: &Catalogue, sink: &Sink) {
        // One command for all of them stands with the first that is there.
        let mut command = self.command(database);
        for (index, part) in self.parts.iter().enumerate() {
            let SchemaCheck::Declared(item) = part else { continue };
            let mut evidence = Evidence { judged: item.judge(production), ..Evidence::default() };
            evidence.judged.extend(no_schema(database, production));
            if !sink.is_settled(index) {
                evidence.commands.extend(command.take());
            }
            sink.end(index, Finding::judged(evidence));
        }
    }

    fn command(&self, database: &Database) -> Option<Command> {
        let items = || {
            self.parts.iter().filter_map(|part| match part {
                SchemaCheck::Declared(item) => Some(item),
                SchemaCheck::Release | SchemaCheck::Drift => None,
            })
        };
        let names: Vec<_> = items().map(|item| (item.kind(), item.name())).collect();
        let kinds = ORDER.iter().filter(|kind| names.iter().any(|(of, _)| of == *kind)).map(|kind| {
            let mine = names.iter().filter(|(of, _)| of == kind).map(|(_, name)| name.as_ref());
            // An index or key that is known by its columns alone is seen among all of them.
            (*kind, mine.collect::<Option<Vec<_>>>().unwrap_or_default())
        });
        sql::asking(database, kinds)
    }

    fn judge_drift(&self, database: &Database, seen: &SchemaObservation, cx: &Context) -> Finding {
        let replayed = match &seen.made.replayed {
            Some(Ok(replayed)) => replayed,
            Some(Err(trouble)) => return Finding::errored(trouble.clone(), Evidence::default()),
            None => return lost(),
        };
        let view = view(database, seen, vec![replayed_fact(seen)]);
        let made = match &replayed.after {
            Ok(made) => made,
            Err(trouble) => return Finding::errored(trouble.clone(), view.evidence()),
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
        let ignore = self.schema.ignore.as_deref().unwrap_or_default();
        drift::judge(&view, &DriftInput { made, left, extensions: &replayed.extensions, ignore })
    }
}

fn judge_release(database: &Database, seen: &SchemaObservation, cx: &Context) -> Finding {
    let rollback = cx.release.deployment.rollback;
    let (previous, before) = match &seen.made.baseline {
        Baseline::None => return Finding::skipped(SkipReason::NoBaseline),
        Baseline::Unknown(trouble) => return Finding::errored(trouble.clone(), Evidence::default()),
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
        Some(Err(trouble)) => return Finding::errored(trouble.clone(), Evidence::default()),
        None => return lost(),
    };
    facts.push(replayed_fact(seen));
    let view = view(database, seen, facts);
    if let Some(missing) = no_schema(database, view.production) {
        let mut evidence = view.evidence();
        evidence.judged.push(missing);
        return Finding::judged(evidence);
    }
    match (&replayed.before, &replayed.after) {
        (Some(Ok(before)), Ok(after)) => release::judge(&view, before, after, rollback),
        (Some(Err(trouble)), _) | (_, Err(trouble)) => Finding::errored(trouble.clone(), view.evidence()),
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
    let trouble = Trouble::new(TroubleCode::Internal, "the migrations were not replayed");
    Finding::errored(trouble, Evidence::default())
}
