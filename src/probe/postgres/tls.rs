//! TLS as libpq's `sslmode` means it. The certificate is always verified; the modes differ in what may be wrong
//! with it, and what was wrong is told.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::url::SslMode;
use crate::model::{Cause, CauseCode};

/// The authorities that may have issued the server's certificate.
#[derive(Debug, Clone)]
pub enum Trusted {
    /// The system's, read when they are needed.
    System,
    Pem(String),
}

/// A configuration for one handshake, and where it leaves what it found.
pub(super) struct Handshake {
    pub(super) config: ClientConfig,
    /// Filled in by the handshake.
    pub(super) proof: CertificateProof,
}

/// What a certificate proved, once the handshake is over.
#[derive(Debug, Clone, Default)]
pub(super) struct CertificateProof(Arc<Mutex<Option<Result<(), Error>>>>);

impl CertificateProof {
    /// Nothing wrong with it, or what; none when there was no handshake.
    pub(super) fn get(&self) -> Option<Result<(), Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, found: Result<(), Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }
}

/// What is needed for a handshake in this mode.
pub(super) fn handshake(mode: SslMode, trusted: &Trusted) -> Result<Handshake, Cause> {
    let certificates = certificates(trusted)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = if roots.is_empty() {
        None
    } else {
        let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        Some(built.build().map_err(|error| Cause::new(CauseCode::Tls, error.to_string()))?)
    };
    let proof = CertificateProof::default();
    let verifier = Verifier {
        inner,
        known: certificates,
        schemes: provider.signature_verification_algorithms,
        mode,
        proof: proof.clone(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Cause::new(CauseCode::Tls, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Handshake { config, proof })
}

fn certificates(trusted: &Trusted) -> Result<Vec<CertificateDer<'static>>, Cause> {
    match trusted {
        // What cannot be read is missing, and a certificate that needs it is not verified.
        Trusted::System => Ok(rustls_native_certs::load_native_certs().certs),
        Trusted::Pem(pem) => {
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            match read {
                Ok(certificates) if !certificates.is_empty() => Ok(certificates),
                Ok(_) => Err(Cause::new(CauseCode::File, "the authority's file holds no certificate")),
                Err(error) => Err(Cause::new(CauseCode::File, format!("the authority's file: {error}"))),
            }
        }
    }
}

/// Verifies as always, notes what it found, and lets pass what the mode lets pass.
#[derive(Debug)]
struct Verifier {
    inner: Option<Arc<WebPkiServerVerifier>>,
    known: Vec<CertificateDer<'static>>,
    schemes: rustls::crypto::WebPkiSupportedAlgorithms,
    mode: SslMode,
    proof: CertificateProof,
}

impl Verifier {
    fn verify(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        // A server's own self-signed certificate that is known as such is often an authority too, which webpki
        // never takes for a server's.
        if self.known.iter().any(|known| known.as_ref() == own.as_ref()) {
            is_valid_at(own, now)?;
            return verify_server_name(&ParsedCertificate::try_from(own)?, name);
        }
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let inner = self.inner.as_ref().ok_or(unknown)?;
        inner.verify_server_cert(own, others, name, &[], now).map(drop)
    }
}

fn is_valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let bad = Error::InvalidCertificate;
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| bad(CertificateError::BadEncoding))?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = parsed.validity();
    if now < validity.not_before.timestamp() {
        Err(bad(CertificateError::NotValidYet))
    } else if now > validity.not_after.timestamp() {
        Err(bad(CertificateError::Expired))
    } else {
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = self.verify(own, others, name, now);
        self.proof.set(found.clone());
        match (found, self.mode) {
            (Err(error), SslMode::VerifyFull) => Err(error),
            (Err(error), SslMode::VerifyCa) if !is_about_the_name(&error) => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.supported_schemes()
    }
}

/// Whether a certificate is from a known authority and only for another name.
pub(super) fn is_about_the_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}
