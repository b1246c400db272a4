//! The judges of section 7: pure comparisons of what a host said with what was declared.

use crate::checks::hosts::KnownHost;
use crate::checks::http::expect;
use crate::checks::http::judge::shown_text;
use crate::config::{
    ClockConfig, CommandConfig, ContainerConfig, DiskConfig, EnvironmentEntry, LoadConfig, LoadPeriod,
    Variable, VariableConfig,
};
use crate::model::{
    Cause, CauseCode, Command, Comparison, EnvironmentSubject, Evidence, Expected, Fact, FactName, Finding,
    Subject,
};
use crate::probe::docker::{Container, Image};
use crate::probe::host::facts::{ClockOffset, DiskUsage as Usage, clock_command, disk_command, load_command};
use crate::probe::host::{self, CommandOutput};
use crate::redact::{Redactor, Secret};
use crate::text::shell_quote;

/// An entry, its host, and the scrubber that cuts what is shown safely.
pub(super) struct EntryJudge<'a> {
    pub(super) entry: &'a EnvironmentEntry,
    pub(super) known: &'a KnownHost,
    pub(super) redactor: &'a Redactor,
}

/// The words of a command, in the container where it is to run there.
fn argv(config: &CommandConfig, known: &KnownHost) -> Vec<String> {
    match &config.inside {
        Some(container) => {
            known.docker().exec_command(container, &host::HostCommand::new(config.argv.iter().cloned()))
        }
        None => config.argv.clone(),
    }
}

impl EntryJudge<'_> {
    pub(super) fn container(
        &self,
        config: &ContainerConfig,
        seen: &Result<Container, Cause>,
        image: Option<&Result<Image, Cause>>,
    ) -> Finding {
        let name = &config.name;
        let format = "{{.State.Status}}{{if .State.Health}} {{.State.Health.Status}}{{end}}";
        let container = match seen {
            Ok(container) => container,
            Err(cause) => {
                return Finding::errored(cause.clone(), self.commands(&self.inspect(format, name), None));
            }
        };
        let state = container.status.to_string();
        let health = container.health.map(|health| health.to_string());
        let said = health.as_ref().map_or_else(|| state.clone(), |health| format!("{state} {health}"));
        let mut evidence = self.commands(&self.inspect(format, name), Some(said));
        evidence.facts = vec![
            fact(FactName::Host, self.entry.host.name()),
            fact(FactName::Image, &container.image),
            fact(FactName::Digest, container.image_digest.as_ref().unwrap_or(&container.image_id)),
            fact(FactName::Restarts, &container.restarts.to_string()),
        ];
        let started = container.started.map(|at| fact(FactName::StartedAt, &at.to_string()));
        evidence.facts.extend(started);
        evidence.judged.push(equals(Subject::Environment(EnvironmentSubject::Container), "running", &state));
        evidence.judged.extend(
            health.map(|health| equals(Subject::Environment(EnvironmentSubject::Health), "healthy", &health)),
        );
        if let Some(most) = config.max_restarts {
            let restarts = container.restarts.to_string();
            let ask = self.inspect("{{.RestartCount}}", name);
            evidence.commands.push(self.command(&ask, Some(restarts.clone())));
            evidence.judged.push(Comparison {
                subject: Subject::Environment(EnvironmentSubject::Restarts),
                expected: Expected::AtMost(most.to_string()),
                actual: restarts,
                ok: container.restarts <= u64::from(most),
            });
        }
        match config.image.as_ref().zip(image) {
            Some((wanted, Ok(image))) => self.image(wanted, image, &mut evidence),
            Some((_, Err(cause))) => return Finding::errored(cause.clone(), evidence),
            None => {}
        }
        Finding::judged(evidence)
    }

    /// The image by its id or by a digest of a registry: whichever is named, it is the same image.
    fn image(&self, wanted: &str, image: &Image, evidence: &mut Evidence) {
        let bare = |digest: &str| digest.rsplit_once("sha256:").map_or(digest, |(_, bare)| bare).to_owned();
        let names: Vec<&String> = image.digests.iter().chain([&image.id]).collect();
        let found = names.iter().find(|name| bare(name).starts_with(&bare(wanted)));
        let format = "{{range .RepoDigests}}{{println .}}{{end}}{{.Id}}";
        let ask = [self.known.engine, "image", "inspect", "--format", format, &image.id].map(str::to_owned);
        evidence.commands.push(Command {
            prints: names.iter().map(ToString::to_string).collect(),
            ..self.command(&ask, None)
        });
        evidence.judged.push(Comparison {
            subject: Subject::Environment(EnvironmentSubject::Image),
            expected: Expected::Equals(wanted.to_owned()),
            ok: found.is_some(),
            actual: found.or(names.first()).map(ToString::to_string).unwrap_or_default(),
        });
    }

    pub(super) fn variable(
        &self,
        config: &ContainerConfig,
        variable: &VariableConfig,
        seen: &Result<Container, Cause>,
    ) -> Finding {
        let container = match seen {
            Ok(container) => container,
            Err(cause) => return Finding::errored(cause.clone(), Evidence::default()),
        };
        let name = &variable.name;
        let list =
            self.known.host.shell(&self.inspect("{{range .Config.Env}}{{println .}}{{end}}", &config.name));
        let value = value_of(container, name);
        let judged = |expected: Expected, actual: &str, ok: bool| Comparison {
            subject: Subject::Environment(EnvironmentSubject::Variable(name.clone())),
            expected,
            actual: actual.to_owned(),
            ok,
        };
        let count = usize::from(value.is_some()).to_string();
        let counts = format!("{list} | grep -c {}", shell_quote(&format!("^{name}=")));
        let mut evidence = Evidence::default();
        match &variable.wanted {
            Variable::Present => {
                evidence.commands.push(Command::reads(counts, vec![count]));
                let is_there = value.is_some_and(|value| !value.is_empty());
                evidence.judged.push(judged(Expected::Present, if is_there { "***" } else { "" }, is_there));
            }
            Variable::Absent => {
                evidence.commands.push(Command::reads(counts, vec![count]));
                let actual = if value.is_some() { "***" } else { "" };
                evidence.judged.push(judged(Expected::Absent, actual, value.is_none()));
            }
            Variable::Test(test) if test.names_no_value() => {
                evidence.commands.push(Command::reads(counts, vec![count]));
                let actual = if value.is_some() { "***" } else { "" };
                evidence.judged.extend(
                    test.matchers()
                        .iter()
                        .map(|matcher| judged(expect::expected(matcher), actual, matcher.check_text(value))),
                );
            }
            Variable::Test(test) => {
                let shown = value.map(without_credentials);
                // A value that holds a password is shown without it, so bash prints something else.
                let prints = shown.iter().filter(|shown| Some(shown.as_str()) == value).cloned().collect();
                let find = format!("{list} | sed -n {}", shell_quote(&format!("s/^{name}=//p")));
                evidence.commands.push(Command::reads(find, prints));
                evidence.judged.extend(test.matchers().iter().map(|matcher| {
                    judged(
                        expect::expected(matcher),
                        shown.as_deref().unwrap_or_default(),
                        matcher.check_text(value),
                    )
                }));
            }
        }
        Finding::judged(evidence)
    }

    pub(super) fn disk(&self, disk: &DiskConfig, seen: &Result<Usage, Cause>) -> Finding {
        let bash =
            format!("{} | awk 'NR == 2 {{ print $5 }}'", self.known.host.shell(&disk_command(&disk.path)));
        let usage = match seen {
            Ok(usage) => usage,
            Err(cause) => return Finding::errored(cause.clone(), one(Command::reads(bash, Vec::new()))),
        };
        let used = format!("{}%", usage.percent);
        let mut evidence = one(Command::reads(bash, vec![used.clone()]));
        evidence.facts.push(fact(FactName::Host, self.entry.host.name()));
        evidence.judged.push(Comparison {
            subject: Subject::Environment(EnvironmentSubject::Disk(disk.path.clone())),
            expected: Expected::AtMost(disk.max_used.to_string()),
            actual: used,
            ok: usage.percent <= disk.max_used.number(),
        });
        Finding::judged(evidence)
    }

    pub(super) fn load(&self, config: &LoadConfig, seen: &Result<[f64; 3], Cause>) -> Finding {
        let load = self.known.host.shell(&load_command());
        let column = average_of(config.over).0 + 1;
        let bash = format!("{load} | awk '{{ gsub(/[{{}}]/, \"\"); print ${column} }}'");
        let averages = match seen {
            Ok(averages) => averages,
            Err(cause) => return Finding::errored(cause.clone(), one(Command::reads(bash, Vec::new()))),
        };
        let compared = compare_load(config, averages);
        let mut evidence = one(Command::reads(bash, vec![compared.actual.clone()]));
        evidence.facts.push(fact(FactName::Host, self.entry.host.name()));
        evidence.judged.push(compared);
        Finding::judged(evidence)
    }

    pub(super) fn clock(&self, config: &ClockConfig, seen: &Result<ClockOffset, Cause>) -> Finding {
        let bash = format!("{}; date +%s.%N", self.known.host.shell(&clock_command()));
        let mut evidence = one(Command::reads(bash, Vec::new()));
        let clock = match seen {
            Ok(clock) => clock,
            Err(cause) => return Finding::errored(cause.clone(), evidence),
        };
        let most = config.max_skew.as_millis();
        // Only what is surely skew counts: asking takes time, and half of it is not known.
        let sure = (clock.ahead.abs() - clock.precision).max(0.0) * 1000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds, not negative"
        )]
        let actual = sure.round() as u64;
        evidence.judged.push(Comparison {
            subject: Subject::Environment(EnvironmentSubject::ClockSkew),
            expected: Expected::AtMost(most.to_string()),
            actual: actual.to_string(),
            ok: u128::from(actual) <= most,
        });
        Finding::judged(evidence)
    }

    pub(super) fn exec(&self, config: &CommandConfig, seen: &Result<CommandOutput, Cause>) -> Finding {
        let bash = format!("{}; echo \"exit $?\"", self.known.host.shell(&argv(config, self.known)));
        let output = match seen {
            Ok(output) => output,
            Err(cause) => return Finding::errored(cause.clone(), one(Command::reads(bash, Vec::new()))),
        };
        // What it prints is its own business unless `show:` asks, so it is not repeated beside the command.
        let mut evidence = one(Command::reads(bash, Vec::new()));
        evidence.facts.push(fact(FactName::Host, self.entry.host.name()));
        let status = output.status.map(|status| status.to_string()).unwrap_or_default();
        evidence.judged.push(Comparison {
            subject: Subject::Environment(EnvironmentSubject::ExitStatus),
            expected: Expected::Equals(config.status.to_string()),
            actual: status,
            ok: output.status == Some(config.status),
        });
        evidence.judged.extend(printed(config, output));
        if config.show {
            let shown = shown_text(("output", "text"), &output.text(), output.cut, self.redactor);
            evidence.shown.push(shown);
        }
        if output.cut && evidence.judged.iter().any(is_undecided_by_a_part) {
            let detail = format!("only the first {} bytes of the output were read", output.stdout.len());
            return Finding::errored(Cause::new(CauseCode::TooLarge, detail), evidence);
        }
        Finding::judged(evidence)
    }

    fn inspect(&self, format: &str, name: &str) -> Vec<String> {
        [self.known.engine, "inspect", "--format", format, name].map(str::to_owned).to_vec()
    }

    fn command(&self, argv: &[String], prints: Option<String>) -> Command {
        Command::reads(self.known.host.shell(argv), prints.into_iter().collect())
    }

    fn commands(&self, argv: &[String], prints: Option<String>) -> Evidence {
        one(self.command(argv, prints))
    }
}

fn one(command: Command) -> Evidence {
    Evidence { commands: vec![command], ..Evidence::default() }
}

fn fact(name: FactName, value: &str) -> Fact {
    Fact { name, value: value.to_owned() }
}

fn equals(subject: Subject, wanted: &str, actual: &str) -> Comparison {
    Comparison {
        subject,
        expected: Expected::Equals(wanted.to_owned()),
        actual: actual.to_owned(),
        ok: actual == wanted,
    }
}

/// Which of the three load averages is over this time, and the time as it is written.
fn average_of(period: LoadPeriod) -> (usize, &'static str) {
    match period {
        LoadPeriod::OneMinute => (0, "1m"),
        LoadPeriod::FiveMinutes => (1, "5m"),
        LoadPeriod::FifteenMinutes => (2, "15m"),
    }
}

fn compare_load(config: &LoadConfig, averages: &[f64; 3]) -> Comparison {
    let (column, over) = average_of(config.over);
    Comparison {
        subject: Subject::Environment(EnvironmentSubject::Load(over.to_owned())),
        expected: Expected::AtMost(config.max.to_string()),
        actual: format!("{:.2}", averages[column]),
        ok: averages[column] <= config.max,
    }
}

pub(super) fn value_of<'c>(container: &'c Container, name: &str) -> Option<&'c str> {
    container.environment.get(name).map(Secret::expose)
}

/// Whether the configuration does not say what the value is: then nobody is to see it.
pub(super) fn is_undeclared(variable: &Variable) -> bool {
    match variable {
        Variable::Present => true,
        Variable::Absent => false,
        Variable::Test(test) => test.names_no_value(),
    }
}

/// A URL without user and password; anything else as it is.
fn without_credentials(value: &str) -> String {
    match (value.split_once("://"), value.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => value.to_owned(),
    }
}

/// Whether the rest of an output that was not kept could change what was judged: only what was found in a part
/// of it is there for good.
fn is_undecided_by_a_part(judged: &Comparison) -> bool {
    let is_decided = match judged.expected {
        Expected::Contains(_) | Expected::Matches(_) => judged.ok,
        Expected::NotContains(_) => !judged.ok,
        _ => false,
    };
    judged.subject == Subject::Environment(EnvironmentSubject::Output) && !is_decided
}

/// What is expected of the output, besides the status.
fn printed(config: &CommandConfig, output: &CommandOutput) -> Vec<Comparison> {
    let text = output.text();
    let trimmed = text.trim();
    let mut judged = Vec::new();
    if let Some(test) = &config.output {
        judged.extend(test.matchers().iter().map(|matcher| Comparison {
            subject: Subject::Environment(EnvironmentSubject::Output),
            expected: expect::expected(matcher),
            actual: trimmed.to_owned(),
            ok: matcher.check_text(Some(trimmed)),
        }));
    }
    let parts = (config.contains.as_ref(), config.not_contains.as_ref(), config.matches.as_ref());
    judged.extend(expect::found(&Subject::Environment(EnvironmentSubject::Output), &text, parts));
    judged
}

#[cfg(test)]
mod tests {
    use super::{compare_load, without_credentials};
    use crate::config::{CheckOptions, LoadConfig, LoadPeriod};

    #[test]
    fn a_load_is_compared_over_the_time_that_was_asked_for() {
        let averages = [4.01, 4.0, 0.0];
        for (over, actual, ok) in [
            (LoadPeriod::OneMinute, "4.01", false),
            (LoadPeriod::FiveMinutes, "4.00", true),
            (LoadPeriod::FifteenMinutes, "0.00", true),
        ] {
            let compared =
                compare_load(&LoadConfig { max: 4.0, over, options: CheckOptions::default() }, &averages);
            assert_eq!((compared.actual.as_str(), compared.ok), (actual, ok), "{compared:?}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_credentials() {
        for (value, shown) in [
            (
                "postgresql://nexus:s3cret-pw@postgres-db:5432/nexus_prod",
                "postgresql://***@postgres-db:5432/nexus_prod",
            ),
            ("postgresql://u:p@ss@w0rd@db/x", "postgresql://***@db/x"),
            ("https://nexusreussite.academy", "https://nexusreussite.academy"),
            ("production", "production"),
            ("a@b.example", "a@b.example"),
        ] {
            assert_eq!(without_credentials(value), shown);
        }
    }
}
