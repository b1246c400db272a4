//! From the configuration to an ordered plan: what will run, what writes, what a filter leaves out.

use wildmatch::WildMatch;

use crate::checks;
use crate::checks::plan_input::PlanInput;
use crate::checks::unit::Unit;
use crate::model::{CheckMeta, ChecklistItem, Filter, Section};

/// What will run, in the order of the record.
pub struct Plan {
    pub units: Vec<Unit>,
    /// What a filter chose, where one was given.
    pub filter: Option<Filter>,
    /// Sections for which something is configured, whatever the filter left in.
    pub configured: Vec<Section>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("there is nothing to check")]
    Empty,
    /// A pattern of `--only` or `--skip` matches no check.
    #[error("{flag} {pattern} matches no check")]
    NoMatch {
        flag: &'static str,
        pattern: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
    /// Together the patterns leave nothing.
    #[error("--only and --skip leave no check to run")]
    NothingLeft,
}

impl Plan {
    /// The plan of this configuration; `only` and `skip` choose among its checks.
    pub fn new(input: &PlanInput, only: &[String], skip: &[String]) -> Result<Self, PlanError> {
        let units = checks::units(input);
        if units.is_empty() {
            return Err(PlanError::Empty);
        }
        let mut configured: Vec<Section> =
            units.iter().flat_map(|unit| &unit.checks).map(|check| check.meta.section).collect();
        configured.sort_unstable();
        configured.dedup();
        let mut plan = Self { units, filter: None, configured };
        if !only.is_empty() || !skip.is_empty() {
            plan.select(only, skip)?;
        }
        Ok(plan)
    }

    /// The checks that will run, in order.
    pub fn checks(&self) -> impl Iterator<Item = &CheckMeta> {
        self.units
            .iter()
            .flat_map(|unit| &unit.checks)
            .filter(|check| check.selected)
            .map(|check| &check.meta)
    }

    fn select(&mut self, only: &[String], skip: &[String]) -> Result<(), PlanError> {
        let ids: Vec<String> =
            self.units.iter().flat_map(|unit| &unit.checks).map(|check| check.meta.id.clone()).collect();
        for (flag, patterns) in [("--only", only), ("--skip", skip)] {
            if let Some(pattern) = patterns.iter().find(|pattern| !ids.iter().any(|id| matches(pattern, id)))
            {
                return Err(PlanError::NoMatch {
                    flag,
                    pattern: pattern.clone(),
                    nearest: nearest(pattern, &ids),
                });
            }
        }
        let any = |patterns: &[String], id: &str| patterns.iter().any(|pattern| matches(pattern, id));
        let chosen = |id: &str| (only.is_empty() || any(only, id)) && !any(skip, id);
        let mut kept: Vec<String> = ids.iter().filter(|id| chosen(id)).cloned().collect();
        if kept.is_empty() {
            return Err(PlanError::NothingLeft);
        }
        self.add_needed(&mut kept);
        let mut filter = Filter { only: only.to_vec(), skip: skip.to_vec(), ..Filter::default() };
        for unit in &mut self.units {
            for check in &mut unit.checks {
                check.selected = kept.contains(&check.meta.id);
                if !check.selected {
                    filter.left_out += 1;
                    filter.items_left_out.extend(check.meta.proves);
                }
            }
        }
        dedup(&mut filter.items_left_out);
        self.units.retain(|unit| unit.checks.iter().any(|check| check.selected));
        self.filter = Some(filter);
        Ok(())
    }

    /// What is kept needs what its unit needs: an admin's page needs the admin's login, and that a role is
    /// denied counts only beside one that is let in.
    fn add_needed(&self, kept: &mut Vec<String>) {
        for unit in &self.units {
            if unit.checks.iter().any(|check| kept.contains(&check.meta.id)) {
                if unit.whole {
                    kept.extend(unit.checks.iter().map(|check| check.meta.id.clone()));
                }
                kept.extend(unit.checks.iter().flat_map(|check| check.needs.iter().cloned()));
            }
        }
    }
}

fn dedup(items: &mut Vec<ChecklistItem>) {
    let mut seen = Vec::new();
    items.retain(|item| {
        !seen.contains(item) && {
            seen.push(*item);
            true
        }
    });
}

/// A pattern chooses an id when it is the id, a beginning of it up to a dot, or matches it with `*` and `?`.
fn matches(pattern: &str, id: &str) -> bool {
    id == pattern
        || id.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('.'))
        || (pattern.contains(['*', '?']) && WildMatch::new(pattern).matches(id))
}

fn nearest(pattern: &str, ids: &[String]) -> Option<String> {
    ids.iter()
        .map(|id| (strsim::jaro_winkler(pattern, id), id))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id.clone())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashSet;

    use super::{Plan, PlanInput, matches};
    use crate::model::Family;

    #[test]
    fn the_full_example_has_a_check_of_every_family() {
        let example = include_bytes!("../examples/prod-gate.full.yml");
        let env = |_: &str| Some("www.example.org".to_owned());
        let loaded = crate::config::load("prod-gate.full.yml", example, &env).unwrap();
        let input = PlanInput {
            loaded: &loaded,
            today: jiff::civil::date(2026, 2, 14),
            repository: true,
            release: None,
            in_question: true,
            rollback: false,
        };
        let plan = Plan::new(&input, &[], &[]).unwrap();
        let planned: HashSet<Family> = plan.checks().map(|check| check.family).collect();
        for family in Family::all() {
            assert!(planned.contains(&family), "{} has no check", family.name());
        }
    }

    #[test]
    fn patterns_choose_whole_ids_beginnings_and_globs() {
        for (pattern, id, chosen) in [
            ("smoke", "smoke.pages./", true),
            ("smoke.pages", "smoke.pages./a", true),
            ("smoke.pages./a", "smoke.pages./a", true),
            ("smoke.pages./a", "smoke.pages./ab", false),
            ("smoke.page", "smoke.pages./a", false),
            ("smoke.access.*.admin", "smoke.access.GET /x.admin", true),
            ("*", "commit.tag", true),
        ] {
            assert_eq!(matches(pattern, id), chosen, "{pattern} on {id}");
        }
    }
}
