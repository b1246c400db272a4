//! What goes wrong on the way, and when.

use std::time::Duration;

use super::log::Asked;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This one is answered; from then on nobody listens and connections are refused, until
    /// [`super::GitHub::heal`].
    RefusedNext,
    /// The connection ends before anything was done.
    ResetBefore,
    /// It was done, and the connection ends without an answer.
    ResetAfter,
    /// Nothing is done and nothing comes back.
    HangBefore,
    /// It was done, and nothing comes back.
    HangAfter,
    /// Nothing was done, and this status comes back: 500, 502, 503.
    Status(u16),
    /// It was done, and this status comes back all the same.
    StatusAfter(u16),
    /// 429 with `Retry-After` of so many seconds: too much in too short a time. Nothing was done.
    TooMany(u32),
    /// 403 with `Retry-After` of so many seconds: the same in its other form. Nothing was done.
    Secondary(u32),
    /// 403: the requests of this hour are used up. Nothing was done.
    UsedUp,
    /// 403: the token may not. Nothing was done.
    Forbidden,
    /// It was done; half of the answer comes back.
    CutAnswer,
    /// It waits until [`super::GitHub::release`], then everything is as usual: for what happens in between.
    HoldBefore,
    /// It is done at once; its answer waits until [`super::GitHub::release`].
    HoldAfter,
}

impl Fault {
    /// Every kind that breaks something, with waits of no length.
    pub const ALL: &[Self] = &[
        Self::RefusedNext,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::HangBefore,
        Self::HangAfter,
        Self::Status(500),
        Self::Status(502),
        Self::StatusAfter(502),
        Self::TooMany(0),
        Self::Secondary(0),
        Self::UsedUp,
        Self::Forbidden,
        Self::CutAnswer,
    ];

    /// Whether what was asked is done in spite of it.
    pub fn done(self) -> bool {
        matches!(
            self,
            Self::RefusedNext
                | Self::ResetAfter
                | Self::HangAfter
                | Self::StatusAfter(_)
                | Self::CutAnswer
                | Self::HoldAfter
        )
    }
}

/// Which requests a fault is for.
type Wanted = Box<dyn Fn(&Asked) -> bool + Send + Sync>;

/// A fault and when it comes.
struct Planned {
    wanted: Wanted,
    /// So many that fit are let through first.
    skip: usize,
    /// So many then go wrong.
    times: usize,
    fault: Fault,
}

/// Everything that is to go wrong.
#[derive(Default)]
pub struct Plan {
    planned: Vec<Planned>,
    /// How long every answer takes at least.
    pub latency: Duration,
}

impl Plan {
    /// Of the requests that fit, let `skip` pass, then break the next `times`.
    pub fn add(
        &mut self,
        skip: usize,
        times: usize,
        fault: Fault,
        wanted: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    ) {
        self.planned.push(Planned { wanted: Box::new(wanted), skip, times, fault });
    }

    /// Nothing goes wrong any more.
    pub fn clear(&mut self) {
        self.planned.clear();
    }

    /// Whether all that was planned has happened.
    pub fn used_up(&self) -> bool {
        self.planned.iter().all(|planned| planned.times == 0)
    }

    /// What goes wrong with this request.
    pub fn next(&mut self, asked: &Asked) -> Option<Fault> {
        let mut found = None;
        for planned in &mut self.planned {
            if planned.times == 0 || !(planned.wanted)(asked) {
                continue;
            }
            if planned.skip > 0 {
                planned.skip -= 1;
            } else if found.is_none() {
                planned.times -= 1;
                found = Some(planned.fault);
            }
        }
        found
    }
}
