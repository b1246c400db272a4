//! From a client library's error to a kind of cause.

use std::error::Error as StdError;
use std::io;

use crate::model::{Cause, CauseCode};

/// The cause that a failed request tells of. The detail never holds the URL: the caller knows it,
/// and it may carry a secret.
pub(crate) fn request_error(error: reqwest::Error) -> Cause {
    let error = error.without_url();
    let code = if error.is_timeout() {
        CauseCode::Timeout
    } else {
        chain(&error).find_map(code_of).unwrap_or(CauseCode::Protocol)
    };
    Cause::new(code, innermost(&error))
}

pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        // An io::Error made from another error shows it through get_ref, not always through source.
        next = this
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref())
            .map(|inner| inner as &(dyn StdError + 'static))
            .or_else(|| this.source());
        Some(this)
    })
}

fn code_of(error: &(dyn StdError + 'static)) -> Option<CauseCode> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(code_of_tls(tls));
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return code_of_io(io);
    }
    // hyper-util's resolver error has no public type; its text is the only sign.
    let text = error.to_string();
    if text.contains("dns error") || text.contains("failed to lookup address") {
        return Some(CauseCode::Dns);
    }
    if text.contains("connection closed before message completed") || text.contains("unexpected EOF") {
        return Some(CauseCode::Reset);
    }
    None
}

pub(crate) fn code_of_io(error: &io::Error) -> Option<CauseCode> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(CauseCode::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(CauseCode::Reset),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(CauseCode::Unreachable)
        }
        io::ErrorKind::TimedOut => Some(CauseCode::Timeout),
        _ => None,
    }
}

pub(crate) fn code_of_tls(error: &rustls::Error) -> CauseCode {
    use rustls::{CertificateError as Certificate, Error as Tls};
    match error {
        Tls::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => CauseCode::CertificateExpired,
        Tls::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => CauseCode::CertificateName,
        // webpki gives a self-signed certificate that says it is an authority a code of its own.
        Tls::InvalidCertificate(Certificate::UnknownIssuer | Certificate::Other(_)) => {
            CauseCode::CertificateUnknownIssuer
        }
        _ => CauseCode::Tls,
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}
