//! The routes of the service, and what happens to each request on its way: it is logged, faults
//! come in between, mutations prove their origin, roles are checked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN, RETRY_AFTER, SERVER};
use hyper::{HeaderMap, Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::auth::{Auth, Role};
use super::reply::{self, Reply};
use super::store::{Assessment, Outcome, Store, StoreError};
use super::{Config, Fault, Faults, RequestLog, pages, random_hex};

/// Larger bodies are refused.
const LARGEST_BODY: usize = 64 * 1024;

const X_COMMIT: HeaderName = HeaderName::from_static("x-commit");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
const CF_MITIGATED: HeaderName = HeaderName::from_static("cf-mitigated");
const WWW_AUTHENTICATE: HeaderName = HeaderName::from_static("www-authenticate");

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
pub(crate) struct Dropped;

/// A request that was read.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    async fn read(request: Request<Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        // A body that is too long or breaks off is answered like an empty one: with a complaint.
        let body = Limited::new(body, LARGEST_BODY).collect().await;
        Self {
            // The server leaves the body of an answer to HEAD out by itself.
            method: if parts.method == Method::HEAD { Method::GET } else { parts.method },
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: body.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
        }
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The decoded value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let headers = self.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let (_, value) = headers
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(own, _)| *own == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// The fields of a form or of a JSON object; only its texts.
    pub(crate) fn fields(&self) -> HashMap<String, String> {
        if self.header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
            let Ok(Value::Object(fields)) = serde_json::from_slice(&self.body) else { return HashMap::new() };
            let texts = fields.into_iter().filter_map(|(name, value)| match value {
                Value::String(text) => Some((name, text)),
                _ => None,
            });
            return texts.collect();
        }
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// The application.
pub(crate) struct App {
    config: Config,
    url: String,
    auth: Auth,
    faults: Faults,
    log: RequestLog,
    store: Arc<dyn Store>,
}

impl App {
    /// `url`: where it listens, as `http://…` without a slash at the end.
    pub(crate) fn new(
        config: Config,
        url: String,
        faults: Faults,
        log: RequestLog,
        store: Arc<dyn Store>,
    ) -> Self {
        let base = config.public_url.clone().unwrap_or_else(|| url.clone());
        let auth = Auth::new(config.users.clone(), base);
        Self { config, url, auth, faults, log, store }
    }

    /// Answer one request, faults included.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Dropped> {
        let asked = Asked::read(request).await;
        let body = String::from_utf8_lossy(&asked.body);
        let ticket = self.log.arrived(&asked.method, &asked.path, &asked.query, &asked.headers, &body);
        let mut reply = self.with_faults(&asked).await?;
        // Where a server names itself, something before the application answered.
        if !reply.headers().contains_key(SERVER) {
            reply::header(&mut reply, X_POWERED_BY, "Next.js");
        }
        ticket.answered(reply.status().as_u16());
        Ok(reply)
    }

    async fn with_faults(&self, asked: &Asked) -> Result<Reply, Dropped> {
        let (mut wrong_body, mut cut) = (false, false);
        for fault in self.faults.for_request(&asked.path) {
            match fault {
                Fault::Slow(delay) => tokio::time::sleep(delay).await,
                Fault::WrongBody => wrong_body = true,
                Fault::Cut => cut = true,
                // The routes look at these themselves.
                Fault::WrongCommit | Fault::BrokenLogin | Fault::StuckPending => {}
                Fault::Drop => return Err(Dropped),
                instead => return Ok(reply_of(&instead, &asked.path)),
            }
        }
        let mut reply = self.route(asked).await;
        if wrong_body {
            *reply.body_mut() = reply::whole("<html><body>Maintenance en cours</body></html>");
        }
        if cut {
            let Ok(body) = reply.body_mut().collect().await else { return Err(Dropped) };
            let body = body.to_bytes();
            let half = body.slice(..body.len() / 2);
            *reply.body_mut() = reply::cut(half);
            reply::header(&mut reply, CONTENT_LENGTH, &body.len().max(1).to_string());
        }
        Ok(reply)
    }

    async fn route(&self, asked: &Asked) -> Reply {
        if let Some(action) = asked.path.strip_prefix("/api/auth/") {
            return self.auth.nextauth(asked, action, self.faults.has(&Fault::BrokenLogin, &asked.path));
        }
        if asked.path.starts_with("/api/") && asked.method != Method::GET && !self.is_own_origin(asked) {
            return reply::error(StatusCode::FORBIDDEN, "Invalid origin");
        }
        match (&asked.method, asked.path.as_str()) {
            (&Method::GET, "/api/version") => self.version(&asked.path),
            (&Method::GET, "/api/health") => reply::json(StatusCode::OK, &json!({ "status": "ok" })),
            (&Method::GET, "/api/me") => self.me(asked),
            (&Method::POST, "/api/login") => {
                self.auth.bearer_login(asked, self.faults.has(&Fault::BrokenLogin, &asked.path))
            }
            (&Method::GET | &Method::POST, "/login") => {
                self.auth.form_login(asked, self.faults.has(&Fault::BrokenLogin, &asked.path))
            }
            (&Method::GET, "/dashboard") => self.dashboard(asked),
            (&Method::GET, "/api/admin/directeur/stats") => {
                self.only(Role::Admin, asked, &json!({ "students": 128, "coaches": 9, "revenue": 41_250 }))
            }
            (&Method::GET, "/api/student/me") => {
                self.only(Role::Eleve, asked, &json!({ "level": "TERMINALE", "hours": 12 }))
            }
            (&Method::GET, "/api/coach/sessions") => {
                self.only(Role::Coach, asked, &json!({ "sessions": [{ "id": 1, "subject": "MATHS" }] }))
            }
            (method, path) if path.starts_with("/api/assessments/") => self.assessments(method, asked).await,
            (&Method::GET, path) if !path.starts_with("/api/") => match pages::public(path) {
                Some(page) => reply::html(StatusCode::OK, page),
                None => reply::html(StatusCode::NOT_FOUND, pages::not_found()),
            },
            _ => reply::error(StatusCode::NOT_FOUND, "Not found"),
        }
    }

    /// What a browser of this site sends, and a form on another site cannot.
    fn is_own_origin(&self, asked: &Asked) -> bool {
        let Some(origin) = asked.header(ORIGIN) else { return false };
        let scheme = self.url.split("://").next().unwrap_or("http");
        let by_host = asked.header(HOST).map(|host| format!("{scheme}://{host}"));
        Some(origin) == self.config.public_url.as_deref() || Some(origin) == by_host.as_deref()
    }

    fn version(&self, path: &str) -> Reply {
        let wrong = "0000000000000000000000000000000000000bad";
        let commit =
            if self.faults.has(&Fault::WrongCommit, path) { wrong } else { self.config.commit.as_str() };
        let body = json!({ "commit": commit, "version": self.config.version });
        let mut reply = reply::json(StatusCode::OK, &body);
        reply::header(&mut reply, X_COMMIT, commit);
        reply
    }

    fn me(&self, asked: &Asked) -> Reply {
        let Some(user) = self.auth.who(asked) else {
            let mut reply = reply::error(StatusCode::UNAUTHORIZED, "Unauthorized");
            reply::header(&mut reply, WWW_AUTHENTICATE, "Basic realm=\"sample\"");
            return reply;
        };
        let user = json!({ "name": user.name, "email": user.email, "role": user.role.as_str() });
        reply::json(StatusCode::OK, &json!({ "user": user }))
    }

    fn dashboard(&self, asked: &Asked) -> Reply {
        match self.auth.who(asked) {
            Some(user) => {
                reply::html(StatusCode::OK, pages::page("Tableau de bord", &format!("<p>{}</p>", user.name)))
            }
            None => reply::redirect(StatusCode::TEMPORARY_REDIRECT, "/auth/signin?callbackUrl=%2Fdashboard"),
        }
    }

    fn only(&self, role: Role, asked: &Asked, body: &Value) -> Reply {
        match self.auth.who(asked) {
            None => reply::error(StatusCode::UNAUTHORIZED, "Unauthorized"),
            Some(user) if user.role != role => reply::error(StatusCode::FORBIDDEN, "Forbidden"),
            Some(_) => reply::json(StatusCode::OK, body),
        }
    }

    async fn assessments(&self, method: &Method, asked: &Asked) -> Reply {
        let rest = asked.path.trim_start_matches("/api/assessments/");
        let result = match (method, rest.split_once('/').map_or((rest, ""), |parts| parts)) {
            (&Method::POST, ("submit", "")) => self.submit(asked).await,
            (&Method::GET, (id, "result")) => self.result(id, &asked.path).await,
            (&Method::DELETE, (id, "")) => self.store.delete(id).await.map(|was_there| {
                if was_there {
                    reply::empty(StatusCode::NO_CONTENT)
                } else {
                    reply::error(StatusCode::NOT_FOUND, "not found")
                }
            }),
            _ => Ok(reply::error(StatusCode::NOT_FOUND, "Not found")),
        };
        result.unwrap_or_else(|error| reply::error(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()))
    }

    async fn submit(&self, asked: &Asked) -> Result<Reply, StoreError> {
        let subject = asked.fields().remove("subject").filter(|subject| !subject.trim().is_empty());
        let Some(subject) = subject else {
            let body =
                json!({ "error": "validation", "issues": [{ "path": ["subject"], "message": "Required" }] });
            return Ok(reply::json(StatusCode::BAD_REQUEST, &body));
        };
        let id = format!("as_{}", random_hex(6));
        self.store.insert(Assessment { id: id.clone(), subject, outcome: None }).await?;
        tokio::spawn(grade_later(Arc::clone(&self.store), id.clone(), self.config.delay));
        Ok(reply::json(StatusCode::CREATED, &json!({ "assessmentId": id })))
    }

    async fn result(&self, id: &str, path: &str) -> Result<Reply, StoreError> {
        let stuck = self.faults.has(&Fault::StuckPending, path);
        let found = self.store.find(id).await?;
        Ok(match found.map(|assessment| (assessment.outcome.filter(|_| !stuck), assessment.subject)) {
            None => reply::error(StatusCode::NOT_FOUND, "not found"),
            // As the real application has it: pending is a 400.
            Some((None, _)) => reply::error(StatusCode::BAD_REQUEST, "pending"),
            Some((Some(outcome), subject)) => {
                let body = json!({ "status": "COMPLETED", "score": outcome.score, "subject": subject });
                reply::json(StatusCode::OK, &body)
            }
        })
    }
}

/// The work that the real application gives to a language model.
async fn grade_later(store: Arc<dyn Store>, id: String, delay: Duration) {
    tokio::time::sleep(delay).await;
    // If the store does not answer, the assessment stays pending, and whoever waits sees that.
    let _ = store.complete(&id, Outcome { score: 14.5 }).await;
}

/// The answer of a fault that comes instead of the application's.
fn reply_of(fault: &Fault, path: &str) -> Reply {
    match fault {
        Fault::Status(code) => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            reply::error(status, status.canonical_reason().unwrap_or("Error"))
        }
        Fault::RedirectLoop => reply::redirect(StatusCode::FOUND, path),
        Fault::Endless => {
            let mut reply = reply::html(StatusCode::OK, "");
            *reply.body_mut() = reply::endless();
            reply
        }
        Fault::Firewall => before_the_app(reply::html(StatusCode::FORBIDDEN, pages::FIREWALL), "BigIP"),
        Fault::Challenge => {
            let mut reply =
                before_the_app(reply::html(StatusCode::FORBIDDEN, pages::CHALLENGE), "cloudflare");
            reply::header(&mut reply, CF_MITIGATED, "challenge");
            reply
        }
        Fault::TooMany(_) => wait_a_second(reply::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests")),
        Fault::Unavailable(_) => wait_a_second(reply::error(StatusCode::SERVICE_UNAVAILABLE, "Unavailable")),
        _ => reply::html(StatusCode::OK, pages::page("Nexus Réussite", "<p>Une page.</p>")),
    }
}

fn before_the_app(mut reply: Reply, server: &str) -> Reply {
    reply::header(&mut reply, SERVER, server);
    reply
}

fn wait_a_second(mut reply: Reply) -> Reply {
    reply::header(&mut reply, RETRY_AFTER, "1");
    reply
}
