//! `report.json`: the report itself, for programs. `docs/report.md` describes it field by field.

use super::RenderError;
use crate::model::Report;
use crate::model::report::SCHEMA_VERSION;
use serde::Deserialize;

/// The report as indented JSON with a newline at its end.
pub fn json(report: &Report) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(report).map_err(RenderError::Json)?;
    text.push('\n');
    Ok(text)
}

/// The report back from such a text. A text of another schema version is refused by its number, before
/// its fields are looked at.
pub fn parse(text: &str) -> Result<Report, RenderError> {
    #[derive(Deserialize)]
    struct Head {
        schema_version: u64,
    }
    let head: Head = serde_json::from_str(text).map_err(RenderError::Json)?;
    if head.schema_version != u64::from(SCHEMA_VERSION) {
        return Err(RenderError::Version { found: head.schema_version, known: SCHEMA_VERSION });
    }
    serde_json::from_str(text).map_err(RenderError::Json)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
mod tests {
    use strum::VariantArray as _;

    use proptest::prelude::*;

    use super::*;
    use crate::model::CauseCode;
    use crate::render::{fixture, hostile};

    #[test]
    fn another_version_is_refused_by_name() {
        let text = json(&fixture::tiny()).unwrap().replace("\"schema_version\": 1", "\"schema_version\": 2");
        let error = parse(&text).unwrap_err().to_string();
        assert_eq!(error, "report.json has schema version 2, this build reads 1");
    }

    #[test]
    fn it_ends_with_one_newline() {
        let text = json(&fixture::mixed()).unwrap();
        assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    }

    /// Every key of an object in the value, however deep.
    fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    found.insert(key.clone());
                    keys(value, found);
                }
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_field_and_code_is_documented() {
        let docs = include_str!("../../docs/report.md");
        let mut report = fixture::mixed();
        report.run.filter = Some(crate::model::Filter::default());
        let mut found = std::collections::BTreeSet::new();
        keys(&serde_json::to_value(&report).unwrap(), &mut found);
        found.extend(CauseCode::VARIANTS.iter().copied().map(crate::render::plain::slug));
        let missing: Vec<_> = found.iter().filter(|name| !docs.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "not in docs/report.md: {missing:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_report_reads_back(report in hostile::reports()) {
            prop_assert_eq!(parse(&json(&report).unwrap()).unwrap(), report);
        }
    }
}
