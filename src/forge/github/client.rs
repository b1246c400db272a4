//! Requests to GitHub: bounded in time, tried again only where that is safe.
//!
//! octocrab brings the addresses, the headers and the token; what it would do by itself is left out. Its
//! retry sends writes again, its GraphQL drops the type of an error and goes to the wrong address on an own
//! server, and its models take an answer that they cannot read for a write that failed.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use octocrab::{Octocrab, OctocrabBuilder};
use serde_json::Value;
use url::Url;

use super::super::error::{ForgeError, Why};
use super::response::{self, ApiResponse};
use crate::redact::{Redactor, Secret};

/// How often a read is tried again when the connection breaks or GitHub has trouble.
const RETRIES: u32 = 3;
/// How long to wait when GitHub limits requests and does not say how long; its documents ask for a minute.
const UNSAID_WAIT: Duration = Duration::from_secs(60);
/// The longest answer that is read, in bytes: pages of pull requests are far below it.
const MAX_BODY_BYTES: usize = 32 << 20;

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// The REST API: `https://api.github.com`, or `https://HOST/api/v3`.
    pub api: Url,
    /// The GraphQL API's own address.
    pub graphql: Url,
    pub token: Secret,
    /// The longest that one request may take.
    pub request: Duration,
    /// The longest wait, in all, for a GitHub that is busy or limits requests.
    pub patience: Duration,
}

#[derive(Debug)]
pub(super) struct Client {
    rest: Octocrab,
    graphql: Octocrab,
    graphql_route: String,
    request: Duration,
    patience: Mutex<Duration>,
    redactor: Redactor,
}

/// A method and, where it has one, a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum ApiRequest<'a> {
    Get(&'a str),
    Post(&'a str, &'a Value),
    Patch(&'a str, &'a Value),
    Graphql(&'a Value),
}

#[derive(Debug)]
enum Nothing {
    /// Nobody was reached, so nothing was sent.
    Unreachable(String),
    /// It was sent, and the answer is lost.
    Lost(String),
    Late,
}

/// What a write led to, when it is not known to have been refused.
#[derive(Debug)]
pub(super) enum Sent {
    Done(ApiResponse),
    /// It may have been done.
    Unclear(String),
}

impl Client {
    /// A client for these addresses. It must be made inside the runtime.
    pub(super) fn new(settings: &ClientSettings, redactor: &Redactor) -> Result<Self, ForgeError> {
        let fail = |said: String| ForgeError::new("talk to GitHub", Why::Unreachable, said);
        let token = settings.token.expose();
        redactor.mask(token);
        // octocrab makes a header of it and panics where it cannot be one.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let said = "the token is empty or holds characters that no token has";
            return Err(ForgeError::new("talk to GitHub", Why::Auth, said));
        }
        for url in [&settings.api, &settings.graphql] {
            if url.scheme() != "https" && !is_here(url) {
                let said = format!("{url} is not https, and the token would be sent in the clear");
                return Err(fail(said));
            }
        }
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("prod-gate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.request / 2)
            // The token would follow to wherever the answer points, and a write would become a read.
            .redirect(reqwest::redirect::Policy::none());
        if settings.api.scheme() == "http" && settings.graphql.scheme() == "http" {
            // No certificates are needed, and reading the system's takes longer than all requests.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| fail(chain(&error)))?;
        let octocrab = |base: &str| {
            OctocrabBuilder::new()
                .personal_token(token.to_owned())
                .base_uri(base)
                .and_then(|builder| builder.build_with_reqwest(http.clone()))
                .map_err(|error| fail(chain(&error)))
        };
        let graphql = settings.graphql.as_str();
        let (graphql, route) = graphql.rsplit_once('/').unwrap_or((graphql, ""));
        Ok(Self {
            rest: octocrab(settings.api.as_str().trim_end_matches('/'))?,
            graphql: octocrab(graphql)?,
            graphql_route: format!("/{route}"),
            request: settings.request,
            patience: Mutex::new(settings.patience),
            redactor: redactor.clone(),
        })
    }

    /// Ask, and ask again while that may help. `Err` is what an answer that is not a success means.
    pub(super) async fn read(&self, doing: &str, call: ApiRequest<'_>) -> Result<ApiResponse, ForgeError> {
        let mut tries = 0;
        loop {
            let failed = match self.once(call).await {
                Ok(answer) if response::is_limited(&answer) => {
                    self.wait_for_turn(doing, &answer).await?;
                    continue;
                }
                Ok(answer) if answer.status >= 500 => (Why::Broken, response::said(&answer)),
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => return Err(self.refusal(doing, call, &answer)),
                Err(Nothing::Unreachable(said)) => (Why::Unreachable, said),
                Err(Nothing::Lost(said)) => (Why::Broken, said),
                Err(Nothing::Late) => (Why::Timeout, format!("within {} s", self.request.as_secs_f64())),
            };
            tries += 1;
            if tries > RETRIES || !self.pause(tries).await {
                let (why, said) = failed;
                return Err(self.error(doing, why, &said));
            }
        }
    }

    /// Send a write. It is sent again only when it is known that nothing was done: nobody was reached, or
    /// GitHub said that it was too much.
    pub(super) async fn write(&self, doing: &str, call: ApiRequest<'_>) -> Result<Sent, ForgeError> {
        let mut tries = 0;
        loop {
            match self.once(call).await {
                Ok(answer) if response::is_limited(&answer) => self.wait_for_turn(doing, &answer).await?,
                Ok(answer) if answer.status >= 500 => return Ok(Sent::Unclear(response::said(&answer))),
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(Sent::Done(answer)),
                Ok(answer) => return Err(self.refusal(doing, call, &answer)),
                Err(Nothing::Unreachable(said)) => {
                    tries += 1;
                    if tries > RETRIES || !self.pause(tries).await {
                        return Err(self.error(doing, Why::Unreachable, &said));
                    }
                }
                Err(Nothing::Lost(said)) => return Ok(Sent::Unclear(said)),
                Err(Nothing::Late) => {
                    return Ok(Sent::Unclear(format!("no answer within {} s", self.request.as_secs_f64())));
                }
            }
        }
    }

    /// An error with GitHub's words, scrubbed.
    pub(super) fn error(&self, doing: &str, why: Why, said: &str) -> ForgeError {
        ForgeError::new(doing, why, self.redactor.scrub(said).into_owned())
    }

    /// Wait a little, longer each time; false when the patience is at its end.
    pub(super) async fn pause(&self, tries: u32) -> bool {
        let base = 200_u64 << tries.saturating_sub(1).min(5);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        // Two runs that were turned away together should not come back together.
        let pause = Duration::from_millis(base + u64::from(nanos) % (base / 2));
        self.spend(pause) && {
            tokio::time::sleep(pause).await;
            true
        }
    }

    /// Wait as long as GitHub asks, if the patience lasts.
    pub(super) async fn wait_for_turn(&self, doing: &str, answer: &ApiResponse) -> Result<(), ForgeError> {
        let wait = answer.wait.unwrap_or(UNSAID_WAIT);
        if !self.spend(wait) {
            let why = Why::RateLimited { retry_after: answer.wait };
            return Err(self.error(doing, why, &response::said(answer)));
        }
        tracing::warn!("GitHub limits requests: waiting {} s", wait.as_secs_f64());
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn spend(&self, wait: Duration) -> bool {
        // A thread that panicked left a whole number behind.
        let mut left = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = left.checked_sub(wait);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }

    fn refusal(&self, doing: &str, call: ApiRequest<'_>, answer: &ApiResponse) -> ForgeError {
        let writes = !matches!(call, ApiRequest::Get(_));
        self.error(doing, response::why(answer, writes, path(call)), &response::said(answer))
    }

    async fn once(&self, call: ApiRequest<'_>) -> Result<ApiResponse, Nothing> {
        let exchange = async {
            let response = match call {
                ApiRequest::Get(path) => self.rest._get(path).await,
                ApiRequest::Post(path, body) => self.rest._post(path, Some(body)).await,
                ApiRequest::Patch(path, body) => self.rest._patch(path, Some(body)).await,
                ApiRequest::Graphql(body) => {
                    self.graphql._post(self.graphql_route.as_str(), Some(body)).await
                }
            };
            let response = response.map_err(|error| nothing(&error))?;
            let status = response.status().as_u16();
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let exhausted = header("x-ratelimit-remaining") == Some("0");
            let wait = wait(header("retry-after"), header("x-ratelimit-reset").filter(|_| exhausted));
            let body =
                self.rest.body_to_string(response).await.map_err(|error| Nothing::Lost(chain(&error)))?;
            if body.len() > MAX_BODY_BYTES {
                return Err(Nothing::Lost(format!("an answer of {} bytes", body.len())));
            }
            tracing::debug!(path = path(call), status, "GitHub answered");
            Ok(ApiResponse { status, body, wait, exhausted })
        };
        tokio::time::timeout(self.request, exchange).await.unwrap_or(Err(Nothing::Late))
    }
}

/// The path of a call, for messages and to know which permission it needs.
fn path(call: ApiRequest<'_>) -> &str {
    match call {
        ApiRequest::Get(path) | ApiRequest::Post(path, _) | ApiRequest::Patch(path, _) => path,
        ApiRequest::Graphql(_) => "/graphql",
    }
}

/// Whether an address is this machine's, where nobody listens in.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// How long headers ask to wait: seconds, or the moment when requests are allowed again.
fn wait(retry_after: Option<&str>, reset: Option<&str>) -> Option<Duration> {
    if let Some(seconds) = retry_after.and_then(|text| text.trim().parse().ok()) {
        return Some(Duration::from_secs(seconds));
    }
    let reset = Duration::from_secs(reset?.trim().parse().ok()?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    // Its clock and ours may differ a little.
    Some(reset.saturating_sub(now) + Duration::from_secs(1))
}

/// What became of a request that has no answer: only where the connection could not be made it is certain that
/// nothing was sent.
fn nothing(error: &octocrab::Error) -> Nothing {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<reqwest::Error>()
            && error.is_connect()
        {
            return Nothing::Unreachable(chain(error));
        }
        cause = inner.source();
    }
    Nothing::Lost(chain(error))
}

/// An error with its causes, none told twice; octocrab's own words hold a backtrace.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim().to_owned();
        if told.iter().all(|before| !before.contains(&first)) {
            told.push(first);
        }
        next = error.source();
    }
    told.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_how_long_to_wait() {
        assert_eq!(wait(Some("7"), None), Some(Duration::from_secs(7)));
        assert_eq!(wait(None, None), None);
        assert_eq!(wait(Some("soon"), None), None);
        assert_eq!(wait(None, Some("0")), Some(Duration::from_secs(1)));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let later = (now + 30).to_string();
        assert!(wait(None, Some(&later)).is_some_and(|wait| wait > Duration::from_secs(28)));
    }
}
