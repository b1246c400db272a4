//! What was asked and answered, in the order of arrival.

use std::time::Instant;

use serde_json::Value;

use super::faults::Fault;

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// GET, POST.
    pub method: String,
    /// The path with its query, below the base of the API.
    pub target: String,
    /// Its body, when there is one.
    pub body: Option<Value>,
    /// Whether it is meant to change something.
    pub writes: bool,
}

impl Asked {
    /// GraphQL's document; empty for a request to REST.
    pub fn document(&self) -> &str {
        let body = self.body.as_ref().filter(|_| self.target == super::server::GRAPHQL);
        body.and_then(|body| body["query"].as_str()).unwrap_or_default()
    }

    /// The request in a line, for messages.
    pub fn line(&self) -> String {
        let document: Vec<&str> = self.document().split_whitespace().take(6).collect();
        format!("{} {} {}", self.method, self.target, document.join(" ")).trim_end().to_owned()
    }
}

/// A request with what became of it.
#[derive(Debug, Clone)]
pub struct Logged {
    /// What was asked.
    pub asked: Asked,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
    /// The status that was answered; 0 for none.
    pub status: u16,
    /// The body that was answered.
    pub answer: Value,
    /// When it had arrived.
    pub began: Instant,
    /// When its answer was on the way; none while it is not.
    pub ended: Option<Instant>,
}

/// How many requests came one after the other: the longest chain in which each was sent after the one before it
/// was answered.
pub fn depth(log: &[Logged]) -> usize {
    let mut spans: Vec<(Instant, Instant)> =
        log.iter().filter_map(|logged| Some((logged.began, logged.ended?))).collect();
    spans.sort_by_key(|(_, ended)| *ended);
    let mut last: Option<Instant> = None;
    let mut count = 0;
    for (began, ended) in spans {
        if last.is_none_or(|last| began >= last) {
            count += 1;
            last = Some(ended);
        }
    }
    count
}
