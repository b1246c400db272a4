//! The server: one request for one connection, so that a connection can be refused at any request.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use super::contract::openapi::{Operation, openapi};
use super::faults::{Fault, Plan};
use super::graph;
use super::log::{Asked, Logged};
use super::refusal::Refusal;
use super::rest::{self, Answer};
use super::state::State;

/// Where GraphQL is served.
pub const GRAPHQL: &str = "/graphql";

/// What a server and those who look at it share.
pub struct Shared {
    /// What GitHub knows.
    pub state: Mutex<State>,
    /// What is to go wrong.
    pub plan: Mutex<Plan>,
    /// What was asked.
    pub log: Mutex<Vec<Logged>>,
    /// What broke the published contract.
    pub violations: Mutex<Vec<String>>,
    /// Whether anybody listens.
    pub up: watch::Sender<bool>,
    /// Whether somebody listens by now.
    pub listening: watch::Sender<bool>,
    /// How many requests are held back, and whether they may go on.
    pub held: watch::Sender<(usize, bool)>,
    /// Below the paths of GitHub Enterprise Server: `/api/v3` and `/api/graphql`.
    pub enterprise: bool,
}

/// A port of our own, even while nobody listens on it.
pub fn reserve() -> (TcpSocket, SocketAddr) {
    let socket = socket(([127, 0, 0, 1], 0).into());
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Listen while the server is up, until the task is ended.
pub async fn serve(shared: Arc<Shared>, address: SocketAddr) {
    let mut up = shared.up.subscribe();
    loop {
        if up.wait_for(|up| *up).await.is_err() {
            return;
        }
        let listener = socket(address).listen(64).unwrap();
        shared.listening.send_replace(true);
        accept(&shared, &listener, &mut up).await;
        drop(listener);
        shared.listening.send_replace(false);
    }
}

async fn accept(shared: &Arc<Shared>, listener: &TcpListener, up: &mut watch::Receiver<bool>) {
    loop {
        tokio::select! {
            biased;
            _ = up.wait_for(|up| !*up) => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                tokio::spawn(converse(stream, Arc::clone(shared)));
            }
        }
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request: Request<Incoming>| answer(request, Arc::clone(&shared)));
    // It fails where the plan ends the connection, and where the client went away.
    let _ = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

/// What is sent back.
type Body = BoxBody<Bytes, Broken>;

/// What ends a connection without an answer.
type Broken = &'static str;

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Body>, Broken> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.map_err(|_| "the client went away")?.to_bytes();
    let target = shared.below_base(&parts.uri.to_string());
    let body = (!bytes.is_empty()).then(|| {
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            shared.violation(&format!("{} {target}: its body is no JSON: {error}", parts.method));
            Value::Null
        })
    });
    let mut asked = Asked { method: parts.method.to_string(), target, body, writes: false };
    asked.writes =
        if asked.target == GRAPHQL { graph::writes(asked.document()) } else { asked.method != "GET" };
    let (fault, latency) = {
        let mut plan = shared.plan.lock().unwrap();
        (plan.next(&asked), plan.latency)
    };
    let at = {
        let mut log = shared.log.lock().unwrap();
        let answer = Value::Null;
        log.push(Logged { asked: asked.clone(), fault, status: 0, answer, began, ended: None });
        log.len() - 1
    };
    tokio::time::sleep(latency).await;
    let answer = shared.respond(&asked, &parts.headers, fault).await?;
    {
        let mut log = shared.log.lock().unwrap();
        // It may have been forgotten meanwhile.
        if let Some(logged) = log.get_mut(at) {
            (logged.status, logged.answer, logged.ended) =
                (answer.status, answer.body.clone(), Some(Instant::now()));
        }
    }
    Ok(shared.response(&answer, fault == Some(Fault::CutAnswer)))
}

impl Shared {
    fn below_base(&self, target: &str) -> String {
        if !self.enterprise {
            return target.to_owned();
        }
        if target == "/api/graphql" {
            return GRAPHQL.to_owned();
        }
        target
            .strip_prefix("/api/v3")
            .filter(|rest| *rest != GRAPHQL)
            .map_or_else(|| format!("/outside-of-the-api{target}"), str::to_owned)
    }

    /// Write down what the contract does not allow.
    pub fn violation(&self, what: &str) {
        self.violations.lock().unwrap().push(what.to_owned());
    }

    /// Wait with a request until it may go on.
    async fn hold(&self) {
        self.held.send_modify(|(count, _)| *count += 1);
        let _ = self.held.subscribe().wait_for(|(_, may)| *may).await;
    }

    /// Begin to listen, or end; returns when it is so.
    pub async fn turn(&self, up: bool) {
        self.up.send_replace(up);
        let _ = self.listening.subscribe().wait_for(|listening| *listening == up).await;
    }

    /// Do what is asked, or what the plan says.
    async fn respond(
        &self,
        asked: &Asked,
        headers: &HeaderMap,
        fault: Option<Fault>,
    ) -> Result<Answer, Broken> {
        let answer = match fault {
            None => return Ok(self.handle(asked, headers)),
            Some(Fault::HoldBefore) => {
                self.hold().await;
                return Ok(self.handle(asked, headers));
            }
            Some(fault) if fault.done() => self.handle(asked, headers),
            Some(_) => {
                drop(self.check(asked));
                Answer::empty(502)
            }
        };
        match fault {
            Some(Fault::RefusedNext) => {
                self.turn(false).await;
                Ok(answer)
            }
            Some(Fault::ResetBefore | Fault::ResetAfter) => Err("reset on purpose"),
            Some(Fault::HangBefore | Fault::HangAfter) => {
                pending::<Infallible>().await;
                Err("never")
            }
            Some(Fault::Status(status) | Fault::StatusAfter(status)) => Ok(Answer::server_error(status)),
            Some(Fault::TooMany(after)) => Ok(Answer::refused(&Refusal::secondary(429, after))),
            Some(Fault::Secondary(after)) => Ok(Answer::refused(&Refusal::secondary(403, after))),
            Some(Fault::Forbidden) => {
                Ok(Answer::refused(&Refusal::forbidden("Resource not accessible by integration")))
            }
            Some(Fault::UsedUp) => Ok(Answer::used_up()),
            Some(Fault::HoldAfter) => {
                self.hold().await;
                Ok(answer)
            }
            Some(Fault::CutAnswer | Fault::HoldBefore) | None => Ok(answer),
        }
    }

    /// Hold a request against the contract, whether it is answered or not; which operation it is, unless it goes to
    /// GraphQL or nowhere.
    fn check(&self, asked: &Asked) -> Option<Operation> {
        if asked.target == GRAPHQL {
            self.violations.lock().unwrap().extend(graph::check(asked).err());
            return None;
        }
        let operation = openapi().operation(&asked.method, &asked.target);
        let operation = operation.map_err(|wrong| self.violation(&wrong)).ok()?;
        for wrong in openapi().check_request(&operation, asked.body.as_ref()) {
            self.violation(&format!("{} {}: {wrong}", asked.method, asked.target));
        }
        Some(operation)
    }

    fn handle(&self, asked: &Asked, headers: &HeaderMap) -> Answer {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if header("user-agent").is_none() {
            self.violation(&format!("{}: no User-Agent, GitHub answers 403", asked.line()));
        }
        let operation = self.check(asked);
        let mut answer = self.work(asked, operation.as_ref(), header("authorization"));
        for wrong in std::mem::take(&mut answer.violations) {
            self.violation(&format!("{}: {wrong}", asked.line()));
        }
        if let Some(operation) = operation {
            for wrong in openapi().check_answer(&operation, answer.status, &mut answer.body) {
                self.violation(&format!("the answer {} to {}: {wrong}", answer.status, asked.line()));
            }
        }
        answer
    }

    /// Do what is asked.
    fn work(&self, asked: &Asked, operation: Option<&Operation>, authorization: Option<&str>) -> Answer {
        let mut state = self.state.lock().unwrap();
        state.remaining = state.remaining.saturating_sub(1);
        let mut answer = match (state.caller(authorization), operation) {
            (Err(refusal), _) => Answer::refused(&refusal),
            (Ok(caller), Some(operation)) => {
                rest::handle(&mut state, caller.as_ref(), operation, asked.body.as_ref())
            }
            (Ok(caller), None) if asked.target == GRAPHQL => {
                graph::execute(&mut state, caller.as_ref(), asked)
            }
            (Ok(_), None) => Answer::refused(&Refusal::not_found()),
        };
        state.lag.answered();
        state.dismiss_doomed(1).unwrap();
        answer.headers.push(("x-ratelimit-remaining", state.remaining.to_string()));
        answer
    }

    fn response(&self, answer: &Answer, cut: bool) -> Response<Body> {
        let text = if answer.body.is_null() { String::new() } else { answer.body.to_string() };
        let mut response = Response::builder()
            .status(answer.status)
            .header("content-type", "application/json; charset=utf-8")
            .header("x-github-request-id", "FACE:0000:0000:0000")
            .header("x-ratelimit-limit", "5000")
            .header("x-ratelimit-resource", "core");
        if self.enterprise {
            response = response.header("x-github-enterprise-version", "3.19.0");
        }
        for (name, value) in &answer.headers {
            response = response.header(*name, value);
        }
        if !cut {
            return response.body(Full::from(text).map_err(|never| match never {}).boxed()).unwrap();
        }
        let half = Frame::data(Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]));
        let pieces = futures_util::stream::iter([Ok(half), Err("cut on purpose")]);
        response.body(StreamBody::new(pieces).boxed()).unwrap()
    }
}

impl Answer {
    fn server_error(status: u16) -> Self {
        let message = if status == 502 { "Server Error" } else { "Internal Server Error" };
        Self { status, body: json!({ "message": message }), ..Self::empty(status) }
    }

    fn used_up() -> Self {
        let refusal = Refusal::new(403, "RATE_LIMITED", "API rate limit exceeded for installation ID 1234.");
        let mut answer = Self::refused(&refusal);
        answer.headers.push(("x-ratelimit-remaining", "0".to_owned()));
        answer.headers.push(("x-ratelimit-reset", "1771059600".to_owned()));
        answer
    }
}
