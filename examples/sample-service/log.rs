//! What was asked of the service, for tests to look at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::{HeaderMap, Method};

/// One request and how it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    /// When it arrived.
    pub(crate) at: Instant,
    /// GET, POST.
    pub(crate) method: Method,
    /// The path, without the query.
    pub(crate) path: String,
    /// What stands after `?`.
    pub(crate) query: String,
    /// As they came.
    pub(crate) headers: HeaderMap,
    /// As text.
    pub(crate) body: String,
    /// The answer's status; none while it is being answered, or when the connection was dropped.
    pub(crate) status: Option<u16>,
    /// How many requests were being answered when it arrived, itself included.
    pub(crate) in_flight: usize,
}

impl Logged {
    /// The value of a header, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// All requests so far, in the order of arrival. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestLog {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    all: Vec<Logged>,
    in_flight: usize,
}

impl RequestLog {
    /// A copy of what was logged.
    pub(crate) fn all(&self) -> Vec<Logged> {
        self.lock().all.clone()
    }

    /// Those for one path.
    pub(crate) fn of(&self, path: &str) -> Vec<Logged> {
        self.lock().all.iter().filter(|logged| logged.path == path).cloned().collect()
    }

    /// The most requests that were being answered at one time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.lock().all.iter().map(|logged| logged.in_flight).max().unwrap_or(0)
    }

    /// Note that a request arrived. Dropping the ticket notes that it is over.
    pub(crate) fn arrived(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: &str,
    ) -> Ticket {
        let mut inner = self.lock();
        inner.in_flight += 1;
        let logged = Logged {
            at: Instant::now(),
            method: method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.clone(),
            body: body.to_owned(),
            status: None,
            in_flight: inner.in_flight,
        };
        inner.all.push(logged);
        Ticket { log: self.clone(), number: inner.all.len() - 1 }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
pub(crate) struct Ticket {
    log: RequestLog,
    number: usize,
}

impl Ticket {
    /// Note the answer's status.
    pub(crate) fn answered(&self, status: u16) {
        if let Some(logged) = self.log.lock().all.get_mut(self.number) {
            logged.status = Some(status);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.log.lock().in_flight -= 1;
    }
}
