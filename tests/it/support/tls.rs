//! Certificates good and bad, and a server that shows them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Nothing: for `localhost`, from the authority in [`Authority::file`], until 2100.
    Good,
    /// It ended in 2020.
    Expired,
    /// It is from nobody but itself.
    SelfSigned,
    /// It is for `other.example.org`.
    WrongName,
}

/// An authority of the tests' own.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    /// A new authority, its certificate in a file.
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority of the tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// The authority's certificate as PEM, for `SSL_CERT_FILE`.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate and its key as PEM.
    pub(crate) fn pem(&self, kind: Certificate) -> (String, String) {
        let (certificate, key) = self.make(kind);
        (certificate.pem(), key.serialize_pem())
    }

    fn issue(&self, kind: Certificate) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let (certificate, key) = self.make(kind);
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        (certificate.der().clone(), PrivateKeyDer::from(key))
    }

    fn make(&self, kind: Certificate) -> (rcgen::Certificate, KeyPair) {
        let name = if kind == Certificate::WrongName { "other.example.org" } else { "localhost" };
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(if kind == Certificate::Expired { 2020 } else { 2100 }, 1, 1);
        let key = KeyPair::generate().unwrap();
        let made = match kind {
            Certificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        (made.unwrap(), key)
    }

    /// Serve one small page at every path, with such a certificate, until the runtime ends.
    pub(crate) async fn serve(&self, kind: Certificate) -> SocketAddr {
        let (certificate, key) = self.issue(kind);
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that refuses the certificate ends the handshake: that is the test.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut buffer = [0; 4096];
                    if matches!(stream.read(&mut buffer).await, Ok(1..)) {
                        let page = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";
                        let _ = stream.write_all(page.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                });
            }
        });
        address
    }
}

/// curl stands for any client that verifies: the certificates must be bad in the way that they say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_certificate_is_refused_for_its_own_reason() {
    let authority = Authority::new();
    let cases = [
        (Certificate::Good, ""),
        (Certificate::Expired, "expired"),
        (Certificate::SelfSigned, "self-signed"),
        (Certificate::WrongName, "name"),
    ];
    for (kind, reason) in cases {
        let address = authority.serve(kind).await;
        let output = tokio::process::Command::new("curl")
            .args(["--silent", "--show-error", "--noproxy", "*", "--cacert"])
            .arg(authority.file())
            .arg(format!("https://localhost:{}/", address.port()))
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), kind == Certificate::Good, "{kind:?}: {said}");
        assert!(said.contains(reason), "{kind:?}: {said}");
    }
}
