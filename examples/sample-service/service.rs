//! A small web application for the demo and the tests, made to look like the one that the gate was
//! written for: Next.js pages, NextAuth 4, role-protected endpoints, assessments that complete
//! later. Faults can be switched on while it runs.
//!
//! Tests include this file as a module (`#[path = "…/service.rs"] mod service;`), the program
//! `main.rs` does the same; the modules beside it belong to it:
//!
//! - `app`: routes, and the order of checks for each request
//! - `auth`: NextAuth's endpoints, the other logins, sessions
//! - `faults`: what can go wrong on demand
//! - `log`: what was asked, for tests to look at
//! - `pages`: the HTML
//! - `reply`: answers and their bodies
//! - `database`: assessments in PostgreSQL, with the migrations that it needs
//! - `store`: where assessments live; in memory unless there is a database

mod app;
mod auth;
mod database;
mod faults;
mod log;
mod pages;
mod reply;
mod store;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use app::App;
pub(crate) use auth::{Role, User};
pub(crate) use database::DatabaseStore;
pub(crate) use faults::{Fault, FaultSpec, Faults, NAMES as FAULT_NAMES};
pub(crate) use log::{Logged, RequestLog};
pub(crate) use store::MemoryStore;
use store::{Store, StoreError};

/// How the service is set up.
#[derive(Clone)]
pub(crate) struct Config {
    /// The port on the loopback; 0 for a free one.
    pub(crate) port: u16,
    /// What `/api/version` says.
    pub(crate) commit: String,
    /// What `/api/version` says, beside it.
    pub(crate) version: String,
    /// How long an assessment is pending.
    pub(crate) delay: Duration,
    /// Who may log in.
    pub(crate) users: Vec<User>,
    /// The certificate chain and the key, both PEM: then it speaks TLS only.
    pub(crate) tls: Option<(String, String)>,
    /// The address that users see, as `NEXTAUTH_URL`; the listening address without it.
    pub(crate) public_url: Option<String>,
    /// Where assessments are kept; in memory without it.
    pub(crate) database: Option<Database>,
    /// The faults to begin with.
    pub(crate) faults: Vec<FaultSpec>,
}

/// A PostgreSQL database on this machine.
#[derive(Clone)]
pub(crate) struct Database {
    /// Its URL, as Prisma writes it.
    pub(crate) url: String,
    /// A folder of migrations to be applied first.
    pub(crate) migrations: Option<PathBuf>,
}

impl Database {
    async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        let store = DatabaseStore::connect(&self.url).await?;
        if let Some(folder) = &self.migrations {
            store.migrate(folder).await?;
        }
        Ok(Arc::new(store))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            commit: "1f0e3dad99908345f7439f8ffabdffc4d2a1b6c7".to_owned(),
            version: "1.4.0".to_owned(),
            delay: Duration::from_millis(600),
            users: User::demo(),
            tls: None,
            public_url: None,
            database: None,
            faults: Vec::new(),
        }
    }
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The port is taken, or there is no loopback.
    #[error("cannot listen on the loopback: {0}")]
    Listen(#[from] io::Error),
    /// The PEM texts hold no certificate or key.
    #[error("cannot read the certificate or its key: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// They do not fit together.
    #[error("cannot use the certificate with its key: {0}")]
    Tls(#[from] rustls::Error),
    /// The database refuses, or a migration fails.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// The service, before it runs.
pub(crate) struct Service;

impl Service {
    /// Listen on the loopback and answer until it is stopped or dropped.
    pub(crate) async fn start(config: Config) -> Result<Running, StartError> {
        let tls = config.tls.as_ref().map(|(chain, key)| acceptor(chain, key)).transpose()?;
        let store = match &config.database {
            Some(database) => database.open().await?,
            None => Arc::new(MemoryStore::default()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let addr = listener.local_addr()?;
        let url = format!("{}://{addr}", if tls.is_some() { "https" } else { "http" });
        let faults = Faults::new(config.faults.clone());
        let log = RequestLog::default();
        let stop = CancellationToken::new();
        let app = App::new(config, url.clone(), faults.clone(), log.clone(), store);
        let task = tokio::spawn(accept(listener, tls, Arc::new(app), stop.clone()));
        Ok(Running { addr, url, faults, log, stop, task: Some(task) })
    }
}

/// The service while it runs.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    /// The same as `http://…` or `https://…`, without a slash at the end.
    pub(crate) url: String,
    /// Switches faults on and off.
    pub(crate) faults: Faults,
    /// What was asked so far.
    pub(crate) log: RequestLog,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Close the port and every connection at once.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // It only fails if it panicked, which the test or the program has seen then.
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn acceptor(chain: &str, key: &str) -> Result<TlsAcceptor, StartError> {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, app: Arc<App>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, mostly; they come back when connections end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (tls, app, stop) = (tls.clone(), Arc::clone(&app), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = greet(stream, tls, app) => {}
            }
        });
    }
}

async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, app: Arc<App>) {
    // Small answers are written in two parts; waiting for more would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, app).await,
        Some(tls) => {
            // A client that does not trust the certificate leaves here: that is its business.
            if let Ok(stream) = tls.accept(stream).await {
                converse(stream, app).await;
            }
        }
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, app: Arc<App>) {
    let answer = service_fn(move |request| {
        let app = Arc::clone(&app);
        async move { app.answer(request).await }
    });
    // An error here is a client that went away, or a fault that drops the connection.
    let _ =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
}

/// A random word of `bytes` bytes in lower-case hex.
fn random_hex(bytes: usize) -> String {
    let mut raw = vec![0_u8; bytes];
    // ring reads the system's generator, which does not fail once the machine is up; if it does,
    // all words are equal and logins fail visibly.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut raw);
    hex(&raw)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _: Result<(), _> = write!(out, "{byte:02x}");
        out
    })
}
