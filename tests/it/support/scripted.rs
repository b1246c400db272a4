//! A server that answers as a test tells it, request by request, and keeps what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::runtime;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// GET, POST.
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// Every header.
    pub(crate) headers: HeaderMap,
    /// How many requests for the same method and path came before it.
    pub(crate) nth: usize,
}

impl Asked {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// This status, these headers, this body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The same, so much later.
    After(Duration, Box<Reply>),
    /// Close the connection without an answer.
    Drop,
}

/// 200 and this text.
pub(crate) fn ok(body: &str) -> Reply {
    status(200, body)
}

/// This status and this text.
pub(crate) fn status(status: u16, body: &str) -> Reply {
    Reply::Answer(status, vec![("content-type", "text/html".to_owned())], body.to_owned())
}

/// 200 and this JSON.
pub(crate) fn json(body: &str) -> Reply {
    Reply::Answer(200, vec![("content-type", "application/json".to_owned())], body.to_owned())
}

/// A redirect.
pub(crate) fn redirect(to: &str) -> Reply {
    Reply::Answer(302, vec![("location", to.to_owned())], String::new())
}

impl Reply {
    /// With one more header.
    #[must_use]
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Answer(status, headers, body)
            }
            other => other,
        }
    }

    /// So much later.
    #[must_use]
    pub(crate) fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }
}

/// The server. It ends when this is dropped.
pub(crate) struct Scripted {
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

impl Scripted {
    /// Listen on the loopback and answer by the script.
    pub(crate) fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), script)
    }

    /// The same at this address.
    pub(crate) fn start_at(at: SocketAddr, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = runtime().block_on(TcpListener::bind(at)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let task = runtime().spawn(accept(listener, Arc::clone(&log), script));
        Self { url, log, task }
    }

    /// What was asked so far, in the order of arrival.
    pub(crate) fn all(&self) -> Vec<Asked> {
        lock(&self.log).clone()
    }

    /// What was asked of one path.
    pub(crate) fn of(&self, path: &str) -> Vec<Asked> {
        self.all().into_iter().filter(|asked| asked.path == path).collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(log: &Mutex<Vec<Asked>>) -> MutexGuard<'_, Vec<Asked>> {
    log.lock().unwrap()
}

async fn accept(listener: TcpListener, log: Arc<Mutex<Vec<Asked>>>, script: Arc<Script>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&log), Arc::clone(&script)));
    }
}

async fn converse(stream: TcpStream, log: Arc<Mutex<Vec<Asked>>>, script: Arc<Script>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let (log, script) = (Arc::clone(&log), Arc::clone(&script));
        async move { answer(request, &log, &*script).await }
    });
    // It fails where the script drops the connection, and where the client went away.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(
    request: Request<Incoming>,
    log: &Mutex<Vec<Asked>>,
    script: &Script,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let (parts, body) = request.into_parts();
    body.collect().await.map_err(|_| "the client went away")?;
    let mut asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        nth: 0,
    };
    {
        let mut log = lock(log);
        asked.nth = log.iter().filter(|a| a.method == asked.method && a.path == asked.path).count();
        log.push(asked.clone());
    }
    let mut reply = script(&asked);
    while let Reply::After(delay, then) = reply {
        tokio::time::sleep(delay).await;
        reply = *then;
    }
    let Reply::Answer(status, headers, body) = reply else { return Err("dropped on purpose") };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from(body))).unwrap())
}
