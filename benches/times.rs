//! What the rounds took.

use std::time::Duration;

/// Times in milliseconds, one a round.
#[derive(Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Keep one.
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// The middle one, the least and the most.
    pub(crate) fn figures(&self) -> (f64, f64, f64) {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        (f64::midpoint(at(last / 2), at(sorted.len() / 2)), at(0), at(last))
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.figures().0
    }

    /// The middle one with the least and the most, for the page.
    pub(crate) fn range(&self) -> String {
        let (median, least, most) = self.figures();
        format!("{median:.1} ms ({least:.1} – {most:.1})")
    }
}
