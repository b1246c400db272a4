//! Connections: where to, through what, encrypted how.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::config::{ChannelBinding, SslMode as ClientSslMode, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::either::Either;

use super::cause;
use super::settings::{DatabaseSettings, DatabaseVia, Link};
use super::tls::{self, CertificateProof};
use super::url::{Endpoint, SslMode};
use crate::model::{Cause, CauseCode};
use crate::probe::docker::Docker;
use crate::probe::host::Forward;

/// How long connecting may take unless the URL says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the reason for a connection that was cut on its way is waited for.
const REASON: Duration = Duration::from_millis(500);

/// What a connection is made of. A type of its own, not `dyn`: what connects has to be `Send`, and that cannot be
/// told of the library's futures over trait objects.
type Wire = Either<TcpStream, UnixStream>;

/// A connection; it is closed when this is dropped.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) link: Link,
    /// What leads to the server, where it is not reached directly.
    forward: Option<Forward>,
}

/// Why there is no connection.
enum ConnectError {
    Cause(Cause),
    Talk(tokio_postgres::Error),
}

impl ConnectError {
    /// Whether the server lets in only who comes with, or without, TLS.
    fn is_about_tls(&self) -> bool {
        match self {
            Self::Cause(_) => false,
            Self::Talk(error) => {
                error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
                    || error.to_string() == "error performing TLS handshake"
            }
        }
    }

    fn into_cause(self) -> Cause {
        match self {
            Self::Cause(cause) => cause,
            Self::Talk(error) => cause::of(&error, "", 0),
        }
    }
}

impl Connected {
    /// The cause of a query, or what happened on the way to the server where that is the reason.
    pub(super) async fn reason(&self, cause: Cause) -> Cause {
        reason(self.forward.as_ref(), cause).await
    }
}

/// What went wrong on the way, in place of a connection that only looks closed.
async fn reason(forward: Option<&Forward>, cause: Cause) -> Cause {
    let Some(forward) = forward else { return cause };
    if !matches!(cause.code, CauseCode::Reset | CauseCode::Timeout | CauseCode::DatabaseProtocol) {
        return cause;
    }
    let until = tokio::time::Instant::now() + REASON;
    loop {
        match forward.failure() {
            Some(failure) => return failure,
            None if tokio::time::Instant::now() > until => return cause,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

pub(super) async fn connect(settings: &DatabaseSettings) -> Result<Connected, Cause> {
    let mode = settings.address.mode;
    let first = match mode {
        SslMode::Disable | SslMode::Allow => ClientSslMode::Disable,
        SslMode::Prefer => ClientSslMode::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => ClientSslMode::Require,
    };
    match (once(settings, first).await, mode) {
        (Err(failure), SslMode::Allow) if failure.is_about_tls() => {
            once(settings, ClientSslMode::Require).await.map_err(ConnectError::into_cause)
        }
        // As libpq does. Who must not be talked to in the clear says `require` or more.
        (Err(failure), SslMode::Prefer) if failure.is_about_tls() => {
            once(settings, ClientSslMode::Disable).await.map_err(|_| failure.into_cause())
        }
        (connected, _) => connected.map_err(ConnectError::into_cause),
    }
}

async fn once(settings: &DatabaseSettings, wanted: ClientSslMode) -> Result<Connected, ConnectError> {
    let longest = settings.address.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let late = || {
        let detail = format!("no connection within {} s", longest.as_secs_f32());
        ConnectError::Cause(Cause::new(CauseCode::Timeout, detail))
    };
    let forward = match &settings.via {
        Some(via) => Some(forward(settings, via).await.map_err(ConnectError::Cause)?),
        None => None,
    };
    let talk = async {
        let (wire, link) = dial(settings, forward.as_ref()).await.map_err(ConnectError::Cause)?;
        talk(settings, wanted, wire, link).await
    };
    let ended = tokio::select! {
        done = tokio::time::timeout(longest, talk) => done.unwrap_or_else(|_| Err(late())),
        failure = failed(forward.as_ref()) => Err(ConnectError::Cause(failure)),
    };
    match ended {
        Ok((client, link)) => Ok(Connected { client, link, forward }),
        Err(ConnectError::Talk(error)) if error.as_db_error().is_none() && forward.is_some() => {
            Err(ConnectError::Cause(reason(forward.as_ref(), cause::of(&error, "", 0)).await))
        }
        Err(failure) => Err(failure),
    }
}

/// Wait until the way to the server is known to be closed.
async fn failed(forward: Option<&Forward>) -> Cause {
    loop {
        if let Some(failure) = forward.and_then(Forward::failure) {
            return failure;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A way through the host. Each connection has its own, so that what goes wrong on it is its own.
async fn forward(settings: &DatabaseSettings, via: &DatabaseVia) -> Result<Forward, Cause> {
    let address = &settings.address;
    let target = match (&via.container, address.hostaddr, &address.place) {
        (Some(container), ..) => {
            Docker::with_program(via.host.clone(), via.docker.clone()).address(container).await?
        }
        (None, Some(hostaddr), _) => hostaddr.to_string(),
        (None, None, Endpoint::Host(name)) => name.clone(),
        (None, None, Endpoint::Socket(_)) => {
            return Err(Cause::new(CauseCode::Unreachable, "a socket cannot be reached through SSH"));
        }
    };
    via.host.forward(&target, address.port).await
}

async fn dial(settings: &DatabaseSettings, forward: Option<&Forward>) -> Result<(Wire, Link), Cause> {
    let address = &settings.address;
    match (forward, &address.place, address.hostaddr) {
        (Some(forward), ..) => {
            let wire = tcp(&[forward.address()]).await?;
            let inside = settings.via.as_ref().is_some_and(|via| via.host.is_remote());
            Ok((Either::Left(wire), if inside { Link::PlainSsh } else { plain(forward.address()) }))
        }
        (None, Endpoint::Socket(folder), None) => {
            let file = folder.join(format!(".s.PGSQL.{}", address.port));
            let wire = UnixStream::connect(file).await.map_err(|error| broken(&error))?;
            Ok((Either::Right(wire), Link::PlainLocal))
        }
        (None, _, Some(hostaddr)) => {
            let target = SocketAddr::new(hostaddr, address.port);
            Ok((Either::Left(tcp(&[target]).await?), plain(target)))
        }
        (None, Endpoint::Host(name), None) => {
            // The resolver's own words name the host, and a URL that is read wrongly has a piece of the
            // password there.
            let unknown = |_| Cause::new(CauseCode::Dns, "");
            let all: Vec<_> = lookup_host((name.as_str(), address.port)).await.map_err(unknown)?.collect();
            let wire = tcp(&all).await?;
            let peer = wire.peer_addr().map_err(|error| broken(&error))?;
            Ok((Either::Left(wire), plain(peer)))
        }
    }
}

/// Connect to the first that answers.
async fn tcp(addresses: &[SocketAddr]) -> Result<TcpStream, Cause> {
    let wire = TcpStream::connect(addresses).await.map_err(|error| broken(&error))?;
    // Small messages back and forth: waiting to fill packets would only slow them down.
    let _ = wire.set_nodelay(true);
    Ok(wire)
}

fn plain(address: SocketAddr) -> Link {
    if address.ip().is_loopback() { Link::PlainLocal } else { Link::Plain }
}

fn broken(error: &std::io::Error) -> Cause {
    let code = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => CauseCode::Unreachable,
        _ => crate::probe::classify::code_of_io(error).unwrap_or(CauseCode::Unreachable),
    };
    Cause::new(code, error.to_string())
}

/// TLS where it is wanted, and the login.
async fn talk(
    settings: &DatabaseSettings,
    wanted: ClientSslMode,
    wire: Wire,
    plain: Link,
) -> Result<(Client, Link), ConnectError> {
    let config = config(settings, wanted);
    // libpq never encrypts on a socket.
    if wanted == ClientSslMode::Disable || matches!(settings.address.place, Endpoint::Socket(_)) {
        let config = { config }.ssl_mode(ClientSslMode::Disable).clone();
        let (client, connection) = config.connect_raw(wire, NoTls).await.map_err(ConnectError::Talk)?;
        tokio::spawn(connection);
        return Ok((client, plain));
    }
    let tls::Handshake { config: client_config, proof } =
        tls::handshake(settings.address.mode, &settings.trusted).map_err(ConnectError::Cause)?;
    let mut maker = MakeRustlsConnect::new(client_config);
    let Ok(tls) = MakeTlsConnect::<Wire>::make_tls_connect(&mut maker, settings.address.name());
    let (client, connection) = config.connect_raw(wire, tls).await.map_err(ConnectError::Talk)?;
    tokio::spawn(connection);
    Ok((client, link(&proof, plain)))
}

fn config(settings: &DatabaseSettings, wanted: ClientSslMode) -> Config {
    let address = &settings.address;
    let mut config = Config::new();
    config.user(&address.user).dbname(&address.database).application_name("prod-gate").ssl_mode(wanted);
    // Only that there is one is looked at: the stream is ours.
    config.host(address.name());
    if let Some(password) = &address.password {
        config.password(password.expose());
    }
    if address.channel_binding {
        config.channel_binding(ChannelBinding::Require);
    }
    if address.direct_tls {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    config
}

/// What the handshake proved; none means that there was none.
fn link(proof: &CertificateProof, plain: Link) -> Link {
    match proof.get() {
        None => plain,
        Some(Ok(())) => Link::TlsVerified,
        Some(Err(error)) if tls::is_about_the_name(&error) => Link::TlsAuthority,
        Some(Err(_)) => Link::TlsUnverified,
    }
}
