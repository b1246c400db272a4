//! A quick HTTP/1.1 service on loopback with 1,000 distinct pages and a latency.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Broken;
use crate::pages::PAGES;

/// The argument that makes this program serve and nothing else.
pub(crate) const WORD: &str = "serve";

/// The service, as a process of its own; it ends with this.
pub(crate) struct Service {
    child: Child,
    /// Its address, `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Service {
    /// Start one that waits so long, in milliseconds, before each answer.
    pub(crate) fn start(latency: u64) -> Result<Self, Broken> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([WORD, &latency.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the service has no output")?;
        let mut service = Self { child, url: String::new() };
        BufReader::new(stdout).read_line(&mut service.url)?;
        service.url.truncate(service.url.trim_end().len());
        if service.url.is_empty() { Err("the service did not start".into()) } else { Ok(service) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about it here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of page number `index`.
pub(crate) fn path(index: usize) -> String {
    format!("/pages/{index:04}")
}

/// Serve until killed; the first line printed is the address.
pub(crate) fn serve(latency: u64) -> Result<(), Broken> {
    let pages: Arc<Vec<Bytes>> = Arc::new((0..PAGES).map(|index| Bytes::from(text(index))).collect());
    // One thread: what is measured runs on the other cores.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "http://{}", listener.local_addr()?)?;
        stdout.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let pages = Arc::clone(&pages);
            let service = service_fn(move |request| answer(Arc::clone(&pages), request, latency));
            // A client that leaves early is its own business.
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    })
}

async fn answer(
    pages: Arc<Vec<Bytes>>,
    request: Request<Incoming>,
    latency: u64,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if latency > 0 {
        // The kernel's timer is exact to a tenth of a millisecond; tokio's rounds up to the next whole one,
        // which twenty waves of requests would add up.
        let pause = move || std::thread::sleep(Duration::from_millis(latency));
        // It fails only when the runtime is ending: then nobody waits for the answer.
        let _ = tokio::task::spawn_blocking(pause).await;
    }
    let index = request.uri().path().strip_prefix("/pages/").and_then(|index| index.parse::<usize>().ok());
    let page = index.and_then(|index| pages.get(index).cloned());
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(Full::new(page.unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("text/html; charset=utf-8"),
    );
    Ok(response)
}

/// About 2 KiB of HTML, another for each page.
fn text(index: usize) -> String {
    let line = format!("<p>What stands on page {index} stands on no other page.</p>\n");
    format!("<!doctype html>\n<title>Page {index}</title>\n<h1>Page {index}</h1>\n{}", line.repeat(32))
}
