//! Politeness: how many requests are under way and how often one begins, for each host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The limits that hold for each host on its own.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests under way at once.
    pub in_flight: usize,
    /// The time between the beginnings of two requests; zero means no limit.
    pub spacing: Duration,
}

/// Limits the requests to each host by itself.
#[derive(Debug)]
pub struct Throttle {
    limits: Limits,
    hosts: Mutex<HashMap<String, Arc<HostQueue>>>,
}

#[derive(Debug)]
struct HostQueue {
    in_flight: Arc<Semaphore>,
    next: Mutex<Option<Instant>>,
}

impl Throttle {
    pub fn new(limits: Limits) -> Self {
        Self { limits, hosts: Mutex::default() }
    }

    /// Wait for a turn with `host`. The turn ends when the permit is dropped.
    pub async fn turn(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        let gate = self.host(host);
        let permit = Arc::clone(&gate.in_flight).acquire_owned().await.ok();
        if let Some(at) = self.slot(&gate) {
            tokio::time::sleep_until(at).await;
        }
        permit
    }

    fn host(&self, host: &str) -> Arc<HostQueue> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = hosts.get(host) {
            return Arc::clone(gate);
        }
        let gate = Arc::new(HostQueue {
            in_flight: Arc::new(Semaphore::new(self.limits.in_flight)),
            next: Mutex::new(None),
        });
        hosts.insert(host.to_owned(), Arc::clone(&gate));
        gate
    }

    /// The moment this request may begin, and the booking of the one after it.
    fn slot(&self, gate: &HostQueue) -> Option<Instant> {
        if self.limits.spacing.is_zero() {
            return None;
        }
        let mut next = gate.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let at = next.map_or(now, |booked| booked.max(now));
        *next = Some(at + self.limits.spacing);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_are_spaced_and_hosts_do_not_wait_for_each_other() {
        let throttle = Throttle::new(Limits { in_flight: 8, spacing: Duration::from_millis(200) });
        let start = Instant::now();
        for _ in 0..5 {
            drop(throttle.turn("a").await);
        }
        assert_eq!(start.elapsed(), Duration::from_millis(800));
        drop(throttle.turn("b").await);
        assert_eq!(start.elapsed(), Duration::from_millis(800));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_limit_are_under_way() {
        let throttle = Throttle::new(Limits { in_flight: 2, spacing: Duration::ZERO });
        let _one = throttle.turn("a").await;
        let two = throttle.turn("a").await;
        let third = tokio::time::timeout(Duration::from_secs(1), throttle.turn("a")).await;
        assert!(third.is_err(), "a third request began beside two");
        drop(two);
        let third = tokio::time::timeout(Duration::from_secs(1), throttle.turn("a")).await;
        assert!(third.is_ok(), "the freed place was not given on");
    }
}
