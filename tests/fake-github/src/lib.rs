//! GitHub as far as publishing and validating go: a model of its state, served over HTTP on the loopback to the
//! real client.
//!
//! Git's objects have git's own names, refs move as git moves them, and what GitHub refuses is refused in its
//! words. Every request and every answer is held against GitHub's published descriptions; whatever breaks them
//! fails the test when the [`GitHub`] is dropped. `people` is how a test acts as somebody, `faults` what goes
//! wrong on purpose, `log` what was asked.
//!
//! It is a crate of its own: tests and benchmarks import it, and it is compiled once for all of them.

mod access;
mod branches;
pub mod contract;
pub mod faults;
mod graph;
mod lag;
pub mod log;
pub mod objects;
mod people;
mod pulls;
mod refusal;
mod rest;
mod server;
pub mod state;
pub mod world;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use faults::{Fault, Plan};
use log::{Asked, Logged};
use server::Shared;
use state::State;

pub use contract::missing;
pub use people::Person;
pub use state::{Level, Verdict};

/// Where its pages would be. Nothing is served there.
pub const PAGES: &str = "https://github.test";

/// A GitHub of a test's own. It ends with this, and then fails the test if the contract was broken.
pub struct GitHub {
    /// The base of the REST API, as `GITHUB_API_URL` says it.
    pub url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    /// Holds the port while nobody listens.
    _reserved: TcpSocket,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    &RUNTIME
}

impl GitHub {
    /// An empty one, in the shape of github.com.
    pub fn start() -> Self {
        Self::start_as(false)
    }

    /// An empty one, in the shape of a GitHub Enterprise Server: REST below `/api/v3`, GraphQL at
    /// `/api/graphql`.
    pub fn enterprise() -> Self {
        Self::start_as(true)
    }

    fn start_as(enterprise: bool) -> Self {
        contract::load();
        let _inside = runtime().enter();
        let (reserved, address) = server::reserve();
        let base = if enterprise { "/api/v3" } else { "" };
        let url = format!("http://{address}{base}");
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(url.clone())),
            plan: Mutex::default(),
            log: Mutex::default(),
            violations: Mutex::default(),
            up: watch::Sender::new(false),
            listening: watch::Sender::new(false),
            held: watch::Sender::new((0, false)),
            enterprise,
        });
        let task = runtime().spawn(server::serve(Arc::clone(&shared), address));
        let github = Self { url, shared, task, _reserved: reserved };
        github.heal();
        github
    }

    /// Where GraphQL is, as `GITHUB_GRAPHQL_URL` says it.
    pub fn graphql_url(&self) -> String {
        self.url.strip_suffix("/v3").unwrap_or(&self.url).to_owned() + "/graphql"
    }

    /// What it knows, to look at or to change by hand.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.shared.plan.lock().unwrap()
    }

    /// Break the request of this number, counted from 0 and from now, whatever it is.
    pub fn break_request(&self, number: usize, fault: Fault) {
        self.plan().add(number, 1, fault, |_| true);
    }

    /// Of the requests that fit, let `skip` pass, then break the next `times`.
    pub fn break_those(
        &self,
        skip: usize,
        times: usize,
        fault: Fault,
        wanted: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    ) {
        self.plan().add(skip, times, fault, wanted);
    }

    /// Whether everything that was to go wrong has gone wrong.
    pub fn broke_all(&self) -> bool {
        self.plan().used_up()
    }

    /// Let what [`Fault::HoldBefore`] and [`Fault::HoldAfter`] hold back go on, and whatever they hold later.
    pub fn release(&self) {
        self.shared.held.send_modify(|(_, may)| *may = true);
    }

    /// How many requests were held back so far.
    pub fn held(&self) -> usize {
        self.shared.held.borrow().0
    }

    /// Nobody listens from now on: connections are refused.
    pub fn go_down(&self) {
        self.wait(self.shared.turn(false));
    }

    /// Nothing goes wrong any more, and somebody listens.
    pub fn heal(&self) {
        self.plan().clear();
        self.wait(self.shared.turn(true));
    }

    /// Everything that it knows, to begin again from there.
    pub fn snapshot(&self) -> State {
        self.state().clone()
    }

    /// Begin again from there: nothing was asked, nothing goes wrong, nothing is held back.
    pub fn restore(&self, from: &State) {
        *self.state() = from.clone();
        self.heal();
        self.clear_log();
        self.shared.held.send_replace((0, false));
    }

    /// Works inside a runtime and outside of one.
    #[expect(clippy::unused_self, reason = "reads as a method of what it waits for")]
    fn wait(&self, what: impl Future<Output = ()> + Send) {
        std::thread::scope(|scope| {
            scope.spawn(|| runtime().block_on(what));
        });
    }

    /// Every answer takes at least so long.
    pub fn set_latency(&self, latency: Duration) {
        self.plan().latency = latency;
    }

    /// From now on, so many requests that ask for a new branch or pull request do not see it.
    pub fn set_lag(&self, reads: u32) {
        self.state().lag.set(reads);
    }

    /// What was asked so far, in the order of arrival.
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log.lock().unwrap().clone()
    }

    /// Forget what was asked so far.
    pub fn clear_log(&self) {
        self.shared.log.lock().unwrap().clear();
    }

    /// How many requests came one after the other, each sent when the one before it was answered.
    pub fn depth(&self) -> usize {
        log::depth(&self.log())
    }

    /// What broke the contract so far; it is then forgiven.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.violations.lock().unwrap())
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.task.abort();
        if std::thread::panicking() {
            return;
        }
        let mut broken = self.take_violations();
        broken.dedup();
        broken.truncate(20);
        assert!(broken.is_empty(), "this breaks GitHub's contract:\n{}", broken.join("\n"));
    }
}
