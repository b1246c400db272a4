//! The GraphQL schema, which every document is held against.

use std::sync::LazyLock;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

/// Read once a process.
pub(crate) fn schema() -> &'static Valid<Schema> {
    static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
        let text = super::read("graphql-schema/schema.graphql");
        let schema = Schema::parse(text, "schema.graphql").unwrap_or_else(|broken| {
            // GitHub publishes a field twice now and then; the first of the two is kept.
            for error in broken.errors.iter() {
                let said = error.error.to_string();
                assert!(said.contains("duplicate definitions for the"), "{said}");
            }
            broken.partial
        });
        schema.validate().unwrap()
    });
    &SCHEMA
}

/// A document that GitHub would take; else why it would not.
pub(crate) fn document(text: &str) -> Result<Valid<ExecutableDocument>, String> {
    ExecutableDocument::parse_and_validate(schema(), text, "request.graphql")
        .map_err(|broken| format!("a GraphQL document that GitHub does not take: {}", broken.errors))
}
