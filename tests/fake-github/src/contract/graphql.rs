//! The GraphQL schema, which every document is held against.

use std::sync::{Arc, LazyLock, Mutex};

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema};

/// Read once a process.
pub fn schema() -> &'static Valid<Schema> {
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

/// Which types have an interface, made once.
pub fn implementers() -> &'static HashMap<Name, Implementers> {
    static IMPLEMENTERS: LazyLock<HashMap<Name, Implementers>> =
        LazyLock::new(|| schema().implementers_map());
    &IMPLEMENTERS
}

/// A document that GitHub would take; else why it would not. The same text is looked at once.
pub fn document(text: &str) -> Document {
    static KNOWN: LazyLock<Mutex<HashMap<String, Document>>> = LazyLock::new(Mutex::default);
    let known = KNOWN.lock().unwrap().get(text).cloned();
    known.unwrap_or_else(|| {
        let document = ExecutableDocument::parse_and_validate(schema(), text, "request.graphql")
            .map(Arc::new)
            .map_err(|broken| format!("a GraphQL document that GitHub does not take: {}", broken.errors));
        KNOWN.lock().unwrap().insert(text.to_owned(), document.clone());
        document
    })
}

type Document = Result<Arc<Valid<ExecutableDocument>>, String>;
