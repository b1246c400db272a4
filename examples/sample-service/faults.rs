//! What can go wrong on demand.

use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers come so much later.
    Slow(Duration),
    /// This status instead of the answer.
    Status(u16),
    /// The right status with another body.
    WrongBody,
    /// The version endpoint names another commit.
    WrongCommit,
    /// The connection is closed without an answer.
    Drop,
    /// The connection is closed in the middle of the body.
    Cut,
    /// A redirect that leads to itself.
    RedirectLoop,
    /// A body that never ends.
    Endless,
    /// A firewall's 403 page, without any mark of the application.
    Firewall,
    /// Cloudflare's challenge page.
    Challenge,
    /// 429 with `Retry-After: 1`: so many times, or always.
    TooMany(Option<u32>),
    /// 503 with `Retry-After: 1`: so many times, or always.
    Unavailable(Option<u32>),
    /// A page with status 200 instead of the answer.
    Html,
    /// Logins look as if they worked, but there is no session.
    BrokenLogin,
    /// Assessments never complete.
    StuckPending,
}

/// A fault, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FaultSpec {
    /// What.
    pub(crate) fault: Fault,
    /// A path, or the beginning of paths with `*` at its end; everywhere without.
    pub(crate) path: Option<String>,
}

/// What `NAME[:N][=PATH]` can be, for `--help`.
pub(crate) const NAMES: &str = "slow[:MS], status:CODE, wrong-body, wrong-commit, drop, cut, \
     redirect-loop, endless, firewall, challenge, 429[:TIMES], 503[:TIMES], html, broken-login, \
     stuck-pending";

impl FromStr for FaultSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) if path.starts_with('/') => (name, Some(path.to_owned())),
            Some((_, path)) => return Err(format!("`{path}` is not a path: it begins with `/`")),
            None => (text, None),
        };
        let (name, number) = match name.split_once(':') {
            Some((name, number)) => {
                let number = number.parse::<u32>().map_err(|_| format!("`{number}` is not a number"))?;
                (name, Some(number))
            }
            None => (name, None),
        };
        let fault = match (name, number) {
            ("slow", ms) => Fault::Slow(Duration::from_millis(ms.unwrap_or(3000).into())),
            ("status", Some(code)) => match u16::try_from(code) {
                Ok(code @ 200..=599) => Fault::Status(code),
                _ => return Err(format!("{code} is not a status: 200 to 599")),
            },
            ("429", times) => Fault::TooMany(times),
            ("503", times) => Fault::Unavailable(times),
            ("wrong-body", None) => Fault::WrongBody,
            ("wrong-commit", None) => Fault::WrongCommit,
            ("drop", None) => Fault::Drop,
            ("cut", None) => Fault::Cut,
            ("redirect-loop", None) => Fault::RedirectLoop,
            ("endless", None) => Fault::Endless,
            ("firewall", None) => Fault::Firewall,
            ("challenge", None) => Fault::Challenge,
            ("html", None) => Fault::Html,
            ("broken-login", None) => Fault::BrokenLogin,
            ("stuck-pending", None) => Fault::StuckPending,
            _ => return Err(format!("no such fault; there are {NAMES}")),
        };
        Ok(Self { fault, path })
    }
}

impl FaultSpec {
    fn is_at(&self, path: &str) -> bool {
        match self.path.as_deref() {
            None => true,
            Some(own) => own.strip_suffix('*').map_or(own == path, |start| path.starts_with(start)),
        }
    }
}

/// Switches faults on and off while the service runs. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    active: Arc<Mutex<Vec<FaultSpec>>>,
}

impl Faults {
    /// With these switched on.
    pub(crate) fn new(active: Vec<FaultSpec>) -> Self {
        Self { active: Arc::new(Mutex::new(active)) }
    }

    /// Switch one on everywhere.
    pub(crate) fn everywhere(&self, fault: Fault) {
        self.lock().push(FaultSpec { fault, path: None });
    }

    /// Switch one on at a path, or at all that begin with it when it ends in `*`.
    pub(crate) fn at(&self, path: &str, fault: Fault) {
        self.lock().push(FaultSpec { fault, path: Some(path.to_owned()) });
    }

    /// Switch all off.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Whether this one is on at a path.
    pub(crate) fn has(&self, fault: &Fault, path: &str) -> bool {
        self.lock().iter().any(|spec| spec.fault == *fault && spec.is_at(path))
    }

    /// What goes wrong for one request; counts those that happen a number of times.
    pub(crate) fn for_request(&self, path: &str) -> Vec<Fault> {
        let mut active = self.lock();
        let mut out = Vec::new();
        for spec in active.iter_mut().filter(|spec| spec.is_at(path)) {
            match &mut spec.fault {
                Fault::TooMany(Some(0)) | Fault::Unavailable(Some(0)) => {}
                Fault::TooMany(Some(times)) | Fault::Unavailable(Some(times)) => {
                    *times -= 1;
                    out.push(spec.fault.clone());
                }
                fault => out.push(fault.clone()),
            }
        }
        out
    }

    fn lock(&self) -> MutexGuard<'_, Vec<FaultSpec>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
