//! What every check may use: the client, the sessions, what is to be proved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::captures::{Captures, HoleValues};
use super::database::Production;
use super::hosts::Hosts;
use crate::model::Cause;
use crate::probe::call::{Call, Request};
use crate::probe::curl::ShellAuth;
use crate::probe::git::Git;
use crate::probe::http::{Http, OnTurn, Response, Tried};
use crate::probe::jar::Jar;
use crate::probe::stop::Stop;
use crate::redact::Redactor;
use crate::release::Release;
use crate::text::Text;

/// The role that has no session.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// Shared by all checks of a run.
pub struct Context {
    /// Sends HTTP requests, throttled and with retries.
    pub http: Http,
    /// Holds the secrets and takes them out of text.
    pub redactor: Redactor,
    pub sessions: Sessions,
    pub hosts: Hosts,
    pub database: Option<Production>,
    /// The repository that the run was started in.
    pub git: Git,
    /// The longest that one check may take.
    pub check_deadline: Duration,
    /// The release, its commit and what came before.
    pub release: Arc<Release>,
    /// The service's origin, sent with mutations.
    pub origin: Option<String>,
    /// Ends all work when the run is interrupted or out of time.
    pub stop: Stop,
    pub started: Instant,
    /// The run's start, in seconds since 1970.
    pub now: i64,
}

/// A role that has logged in.
#[derive(Debug, Default)]
pub struct Session {
    /// The cookies that the service has set.
    pub jar: Jar,
    /// The `Authorization` header, where that is how it proves itself.
    pub authorization: Option<Text>,
    /// How pasted commands prove the same session.
    pub shell: ShellAuth,
}

/// The sessions of the roles that have logged in.
#[derive(Debug, Default)]
pub struct Sessions {
    by_role: Mutex<HashMap<String, Arc<Session>>>,
}

impl Sessions {
    /// The role's session; a fresh one without anything for `anonymous` and for roles not logged in.
    pub fn of(&self, role: &str) -> Arc<Session> {
        let sessions = self.by_role.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(role).cloned().unwrap_or_default()
    }

    pub fn has(&self, role: &str) -> bool {
        self.by_role.lock().unwrap_or_else(PoisonError::into_inner).contains_key(role)
    }

    pub fn put(&self, role: &str, session: Session) {
        let mut sessions = self.by_role.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(role.to_owned(), Arc::new(session));
    }
}

/// As whom, with what, until when a call is sent.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Whose cookies and credentials are sent.
    pub session: &'a Session,
    /// Values for the call's holes.
    pub captures: &'a Captures,
    /// Ends the wait for an answer.
    pub stop: &'a Stop,
    /// Told that the call's turn has come.
    pub on_turn: OnTurn<'a>,
}

impl Context {
    /// Fill the holes of a call and send it.
    pub async fn ask(&self, call: &Call, asking: Asking<'_>) -> Tried<Response> {
        let Asking { session, captures, stop, on_turn } = asking;
        match self.prepare(call, session, captures) {
            Ok(request) => self.http.send(&request, Some(&session.jar), stop, on_turn).await,
            Err(cause) => (Err(cause), Vec::new()),
        }
    }

    /// Send a call as a role, with nothing captured.
    pub(crate) async fn ask_as(&self, call: &Call, session: &Session) -> Tried<Response> {
        let captures = Captures::default();
        self.ask(call, Asking { session, captures: &captures, stop: &self.stop, on_turn: &|| {} }).await
    }

    fn prepare(&self, call: &Call, session: &Session, captures: &Captures) -> Result<Request, Cause> {
        let values = HoleValues { redactor: &self.redactor, captures };
        let mut call = call.clone();
        if let Some(authorization) = &session.authorization
            && !call.has_header("authorization")
        {
            call.headers.push(("Authorization".to_owned(), authorization.clone()));
        }
        call.request(&values)
    }
}
