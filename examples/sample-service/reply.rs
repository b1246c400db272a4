//! Answers: JSON, HTML, redirects, and bodies that do not end well.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use hyper::{Response, StatusCode};
use serde_json::Value;

/// An answer of the service.
pub(crate) type Reply = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// A body that is all there.
pub(crate) fn whole(body: impl Into<Bytes>) -> UnsyncBoxBody<Bytes, io::Error> {
    Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// A body that breaks off after `body`.
pub(crate) fn cut(body: Bytes) -> UnsyncBoxBody<Bytes, io::Error> {
    let broken = stream::once(async {
        // What is not sent yet when the error comes is never sent.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(io::Error::other("cut on purpose"))
    });
    StreamBody::new(stream::iter([Ok(Frame::data(body))]).chain(broken)).boxed_unsync()
}

/// A body that never ends.
pub(crate) fn endless() -> UnsyncBoxBody<Bytes, io::Error> {
    let line = Bytes::from("and so on, and so on, and so on\n".repeat(512));
    StreamBody::new(stream::repeat(line).map(|piece| Ok(Frame::data(piece)))).boxed_unsync()
}

/// An answer with this status, type and body.
pub(crate) fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(whole(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &Value) -> Reply {
    typed(status, "application/json", body.to_string())
}

/// `{"error": …}`.
pub(crate) fn error(status: StatusCode, message: &str) -> Reply {
    json(status, &serde_json::json!({ "error": message }))
}

/// A page.
pub(crate) fn html(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    typed(status, "text/html; charset=utf-8", body)
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(whole(Bytes::new()));
    *reply.status_mut() = status;
    reply
}

/// A redirect.
pub(crate) fn redirect(status: StatusCode, to: &str) -> Reply {
    let mut reply = empty(status);
    header(&mut reply, LOCATION, to);
    reply
}

/// Set a header; a value that cannot be one is left out.
pub(crate) fn header(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// Add cookies, each as a whole `Set-Cookie` value.
pub(crate) fn with_cookies(mut reply: Reply, cookies: &[String]) -> Reply {
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            reply.headers_mut().append(SET_COOKIE, value);
        }
    }
    reply
}
