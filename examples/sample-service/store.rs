//! Where assessments live. The trait is what a database has to offer; here it is memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

/// An assessment that somebody submitted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assessment {
    /// `as_` and 12 hex digits.
    pub(crate) id: String,
    /// What it is about, such as `MATHS`.
    pub(crate) subject: String,
    /// None while it is pending.
    pub(crate) outcome: Option<Outcome>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// 0 to 20.
    pub(crate) score: f64,
}

/// Why the store did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store does not answer: {0}")]
pub(crate) struct StoreError(pub(crate) String);

/// What a store answers: a future, since a database takes its time.
pub(crate) type Stored<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Keeps assessments.
pub(crate) trait Store: Send + Sync {
    /// Keep a new one.
    fn insert(&self, assessment: Assessment) -> Stored<'_, ()>;
    /// The one with this id.
    fn find<'a>(&'a self, id: &'a str) -> Stored<'a, Option<Assessment>>;
    /// It is no longer pending. Nothing happens if it was deleted meanwhile.
    fn complete<'a>(&'a self, id: &'a str, outcome: Outcome) -> Stored<'a, ()>;
    /// Remove it; whether it was there.
    fn delete<'a>(&'a self, id: &'a str) -> Stored<'a, bool>;
}

/// In memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    by_id: Mutex<HashMap<String, Assessment>>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Assessment>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn insert(&self, assessment: Assessment) -> Stored<'_, ()> {
        Box::pin(async move {
            self.lock().insert(assessment.id.clone(), assessment);
            Ok(())
        })
    }

    fn find<'a>(&'a self, id: &'a str) -> Stored<'a, Option<Assessment>> {
        Box::pin(async move { Ok(self.lock().get(id).cloned()) })
    }

    fn complete<'a>(&'a self, id: &'a str, outcome: Outcome) -> Stored<'a, ()> {
        Box::pin(async move {
            if let Some(assessment) = self.lock().get_mut(id) {
                assessment.outcome = Some(outcome);
            }
            Ok(())
        })
    }

    fn delete<'a>(&'a self, id: &'a str) -> Stored<'a, bool> {
        Box::pin(async move { Ok(self.lock().remove(id).is_some()) })
    }
}
