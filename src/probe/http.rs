//! Requests to production: sent politely, bounded in time and size, retried only where that is safe.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use url::Url;

use super::call::Request;
use super::classify::request_error;
use super::jar::Jar;
use super::stop::Stop;
use super::throttle::Throttle;
use crate::model::{Attempt, Cause, CauseCode};
use crate::redact::Redactor;

/// How many redirects are followed.
pub(crate) const MAX_REDIRECTS: usize = 10;
/// How often 429 and 503 are obeyed before the check errs.
const MAX_BUSY_RETRIES: u32 = 2;

#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The longest that one check may take once it is its turn, tries and waits included.
    pub check: Duration,
    /// How much of a body is read, in bytes.
    pub body: usize,
    /// How often a read is tried again after the connection broke.
    pub retries: u32,
}

/// The HTTP client of a run.
#[derive(Debug, Clone)]
pub struct Http {
    /// For plain HTTP: it trusts no certificate, and so need not read the system's.
    plain: reqwest::Client,
    /// For HTTPS, made at the first need.
    secure: Arc<OnceLock<Result<reqwest::Client, Cause>>>,
    settings: HttpSettings,
    throttle: Arc<Throttle>,
    redactor: Redactor,
    started: Instant,
}

/// An HTTP response that was read to its end or to the cap.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    /// Headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether there was more of it than the cap.
    pub cut: bool,
    /// From the request to the last byte.
    pub took: Duration,
    /// The URL that answered, after redirects.
    pub url: Url,
    /// The URLs that redirected before it, when redirects were followed.
    pub hops: Vec<Url>,
    /// When the certificate ends, in seconds since 1970; for HTTPS.
    pub certificate_ends: Option<i64>,
    /// Whether following stopped because there were too many redirects.
    pub endless_redirects: bool,
}

impl Response {
    /// The first header of this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON; none where it is not.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Where it redirects to, made absolute.
    pub fn location(&self) -> Option<Url> {
        self.header("location").and_then(|location| self.url.join(location).ok())
    }

    fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308) && self.location().is_some()
    }
}

/// How long a check may still take. The clock starts at the first look at it.
struct Patience<'a> {
    longest: Duration,
    since: Option<Instant>,
    on_turn: OnTurn<'a>,
}

impl Patience<'_> {
    fn left(&mut self) -> Duration {
        let since = *self.since.get_or_insert_with(|| {
            (self.on_turn)();
            Instant::now()
        });
        self.longest.saturating_sub(since.elapsed())
    }
}

/// Told that a request's first turn has come.
pub type OnTurn<'a> = &'a (dyn Fn() + Send + Sync);

/// A result with the tries that failed before it.
pub type Tried<T> = (Result<T, Cause>, Vec<Attempt>);

impl Http {
    /// A client with these settings. Times of attempts count from `started`.
    pub fn new(
        settings: HttpSettings,
        throttle: Throttle,
        redactor: Redactor,
        started: Instant,
    ) -> Result<Self, Cause> {
        let plain = client(reqwest::Client::builder().tls_certs_only([]))?;
        let secure = Arc::default();
        Ok(Self { plain, secure, settings, throttle: Arc::new(throttle), redactor, started })
    }

    /// The client for this URL. Reading the system's certificates takes longer than a dozen requests.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, Cause> {
        if url.scheme() != "https" {
            return Ok(&self.plain);
        }
        let make = || client(reqwest::Client::builder().tls_info(true));
        self.secure.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// The scrubber that sessions add to.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Send, retry reads when the connection breaks, obey 429 and 503 with `Retry-After`.
    ///
    /// A write is sent again only after 429, which says that it was not taken.
    ///
    /// `on_turn` is called when the request's first turn has come: waiting for it is no part of the check.
    pub async fn send(
        &self,
        request: &Request,
        jar: Option<&Jar>,
        stop: &Stop,
        on_turn: OnTurn<'_>,
    ) -> Tried<Response> {
        let mut attempts = Vec::new();
        let patience = Patience { longest: self.settings.check, since: None, on_turn };
        let result = self.try_hard(request, jar, stop, patience, &mut attempts).await;
        (result, attempts)
    }

    async fn try_hard(
        &self,
        request: &Request,
        jar: Option<&Jar>,
        stop: &Stop,
        mut patience: Patience<'_>,
        attempts: &mut Vec<Attempt>,
    ) -> Result<Response, Cause> {
        let reads = matches!(request.method, "GET" | "HEAD");
        let mut broken = 0;
        let mut busy = 0;
        loop {
            let at_ms = millis(self.started.elapsed());
            let pause = match stop.race(self.follow(request, jar, &mut patience)).await? {
                Ok(answer) => match busy_for(&answer) {
                    None => return Ok(answer),
                    Some((cause, wait)) => {
                        let may_repeat = reads || answer.status == 429;
                        if !may_repeat || busy == MAX_BUSY_RETRIES || wait >= patience.left() {
                            return Err(cause);
                        }
                        busy += 1;
                        attempts.push(Attempt { at_ms, cause });
                        wait
                    }
                },
                Err(cause) => {
                    if !reads || broken == self.settings.retries || !is_passing(cause.code) {
                        return Err(cause);
                    }
                    broken += 1;
                    attempts.push(Attempt { at_ms, cause });
                    backoff(broken, at_ms)
                }
            };
            stop.race(tokio::time::sleep(pause.min(patience.left()))).await?;
        }
    }

    /// Send and, where asked, follow redirects. What carries credentials stays with its host.
    async fn follow(
        &self,
        request: &Request,
        jar: Option<&Jar>,
        patience: &mut Patience<'_>,
    ) -> Result<Response, Cause> {
        let begun = Instant::now();
        let mut current = request.clone();
        let mut hops = Vec::new();
        loop {
            let mut answer = self.once(&current, jar, patience).await?;
            let next = if request.follow && answer.is_redirect() { answer.location() } else { None };
            let Some(next) = next else {
                answer.hops = hops;
                answer.took = if answer.hops.is_empty() { answer.took } else { begun.elapsed() };
                return Ok(answer);
            };
            if hops.len() == MAX_REDIRECTS {
                answer.hops = hops;
                answer.endless_redirects = true;
                return Ok(answer);
            }
            current = redirected(&current, answer.status, next);
            hops.push(answer.url);
        }
    }

    async fn once(
        &self,
        request: &Request,
        jar: Option<&Jar>,
        patience: &mut Patience<'_>,
    ) -> Result<Response, Cause> {
        let _turn = self.throttle.turn(&host_key(&request.url)).await;
        // Waiting for a turn is politeness, not slowness of production: time counts from here.
        let left = patience.left();
        tokio::time::timeout(left, self.exchange(request, jar)).await.unwrap_or_else(|_| {
            let longest = self.settings.check.as_secs_f64();
            Err(Cause::new(CauseCode::Timeout, format!("no complete answer within {longest} s")))
        })
    }

    async fn exchange(&self, request: &Request, jar: Option<&Jar>) -> Result<Response, Cause> {
        let begun = Instant::now();
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| Cause::new(CauseCode::Internal, error.to_string()))?;
        let mut builder = self.client(&request.url)?.request(method, request.url.clone());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(cookies) = jar.and_then(|jar| jar.header(&request.url)) {
            builder = builder.header(reqwest::header::COOKIE, cookies);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await.map_err(request_error)?;
        tracing::debug!(method = request.method, url = %request.url, status = response.status().as_u16(), "answered");
        let certificate_ends = certificate_end(&response);
        let status = response.status().as_u16();
        let headers = lower_headers(response.headers());
        if let Some(jar) = jar {
            let set =
                headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
            jar.store(&request.url, set, &self.redactor);
        }
        let (body, cut) = self.body(response).await?;
        Ok(Response {
            status,
            headers,
            body,
            cut,
            took: begun.elapsed(),
            url: request.url.clone(),
            hops: Vec::new(),
            certificate_ends,
            endless_redirects: false,
        })
    }

    async fn body(&self, response: reqwest::Response) -> Result<(Vec<u8>, bool), Cause> {
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(request_error)?;
            let room = self.settings.body - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Ok((body, true));
            }
        }
        Ok((body, false))
    }
}

fn client(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Cause> {
    builder
        .user_agent(concat!("prod-gate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| {
            let said = format!(
                "no HTTP client: {error}; are the system's certificates (ca-certificates) installed?"
            );
            Cause::new(CauseCode::Tls, said)
        })
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn lower_headers(headers: &reqwest::header::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

fn certificate_end(response: &reqwest::Response) -> Option<i64> {
    let der = response.extensions().get::<reqwest::tls::TlsInfo>()?.peer_certificate()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

fn host_key(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// The request that a redirect asks for. POST becomes GET as browsers do it; headers that the
/// configuration gave (they may be credentials) go no further than their own origin.
fn redirected(request: &Request, status: u16, next: Url) -> Request {
    let keeps_method = matches!(status, 307 | 308) || matches!(request.method, "GET" | "HEAD");
    let same_origin = request.url.origin() == next.origin();
    Request {
        method: if keeps_method { request.method } else { "GET" },
        headers: if same_origin { request.headers.clone() } else { Vec::new() },
        body: if keeps_method && same_origin { request.body.clone() } else { None },
        follow: request.follow,
        url: next,
    }
}

/// Causes that often pass by themselves.
fn is_passing(code: CauseCode) -> bool {
    matches!(code, CauseCode::Refused | CauseCode::Reset | CauseCode::Unreachable | CauseCode::Dns)
}

/// 200 ms, 400 ms, 800 ms … with up to half as much again, so that many clients do not come back at once.
fn backoff(tries: u32, seed: u64) -> Duration {
    let base = 200_u64 << tries.saturating_sub(1).min(6);
    let jitter = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (base / 2);
    Duration::from_millis(base + jitter)
}

/// Whether the answer says "later", what to call it, and how long to wait.
fn busy_for(answer: &Response) -> Option<(Cause, Duration)> {
    let after = answer.header("retry-after");
    let code = match (answer.status, after) {
        (429, _) => CauseCode::RateLimited,
        (503, Some(_)) => CauseCode::Unavailable,
        _ => return None,
    };
    let wait = after.map_or(Duration::from_secs(1), retry_after);
    let said = after.map_or(String::new(), |after| format!(", Retry-After: {after}"));
    Some((Cause::new(code, format!("HTTP {}{said}", answer.status)), wait))
}

/// Seconds, or the time until a date.
fn retry_after(value: &str) -> Duration {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Duration::from_secs(seconds);
    }
    let until = jiff::fmt::rfc2822::parse(value.trim()).map(|at| at.timestamp());
    until.map_or(Duration::from_secs(1), |at| {
        Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or(Duration::ZERO)
    })
}
