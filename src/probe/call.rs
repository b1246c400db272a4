//! A request as the configuration describes it, with holes for secrets and captured values.
//!
//! The same description is sent by `http` and written for bash by `curl`, so that what the record
//! shows is what was done.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::model::{Cause, CauseCode};
use crate::text::{CallBody, Lookup, Missing, Text, TextPart};

/// What may stand in a path or a query as it is: RFC 3986's unreserved characters.
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const UNRESERVED_AND_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');

/// A request whose URL, headers and body may have holes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method in capitals, such as `GET`.
    pub method: &'static str,
    pub url: Text,
    /// Headers, in the order in which they are sent.
    pub headers: Vec<(String, Text)>,
    pub body: Option<CallBody>,
    /// Whether redirects are followed, ten at most.
    pub follow: bool,
}

impl CallBody {
    /// The media type, for `Content-Type`.
    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    fn expand(&self, lookup: &dyn Lookup) -> Result<String, Missing> {
        match self {
            Self::Json(json) => Ok(json.expand(lookup)?.to_string()),
            Self::Form(fields) => {
                let mut out = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    out.append_pair(name, &value.expand(lookup)?);
                }
                Ok(out.finish())
            }
        }
    }
}

/// A request as it is sent. It holds secrets, so it can be neither printed nor compared.
#[derive(Clone)]
pub struct Request {
    /// The method in capitals, such as `GET`.
    pub method: &'static str,
    pub url: Url,
    /// Headers; `Cookie` is added when it is sent.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// Whether redirects are followed, ten at most.
    pub follow: bool,
}

impl Call {
    /// A GET without headers that follows no redirect.
    pub fn get(url: Text) -> Self {
        Self { method: "GET", url, headers: Vec::new(), body: None, follow: false }
    }

    /// Whether it can change something: anything but GET and HEAD.
    pub fn writes(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }

    /// Send `Origin` and the body's media type as a browser does, unless they are given.
    #[must_use]
    pub(crate) fn like_browser(mut self, origin: Option<&str>) -> Self {
        if let Some(body) = &self.body
            && !self.has_header("content-type")
        {
            self.headers.push(("Content-Type".to_owned(), Text::literal(body.content_type())));
        }
        if let Some(origin) = origin
            && self.writes()
            && !self.has_header("origin")
        {
            self.headers.push(("Origin".to_owned(), Text::literal(origin)));
        }
        self
    }

    /// Whether a header of this name is among those to send.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(name))
    }

    /// The request with every hole filled. Captured values are percent-encoded where they stand in the
    /// URL: they come from an answer, and must not be able to change the path.
    pub fn request(&self, lookup: &dyn Lookup) -> Result<Request, Cause> {
        let url = expand_url(&self.url, lookup).map_err(|hole| missing(&hole))?;
        let url = Url::parse(&url)
            .map_err(|error| Cause::new(CauseCode::Protocol, format!("{}: {error}", self.url)))?;
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            headers.push((name.clone(), value.expand(lookup).map_err(|hole| missing(&hole))?));
        }
        let body =
            self.body.as_ref().map(|body| body.expand(lookup)).transpose().map_err(|hole| missing(&hole))?;
        Ok(Request { method: self.method, url, headers, body, follow: self.follow })
    }
}

/// Whether a hole after these parts of a URL stands behind the host, in the path or the query.
pub(crate) fn is_behind_host(before: &[TextPart]) -> bool {
    let literal = |part: &TextPart| match part {
        TextPart::Literal(text) => text.clone(),
        TextPart::Secret(_) | TextPart::Capture(_) => "hole".to_owned(),
    };
    let before: String = before.iter().map(literal).collect();
    before.split_once("://").map_or(before.as_str(), |(_, rest)| rest).contains(['/', '?'])
}

/// The URL with captures percent-encoded, and secrets behind the host: a `#` or `&` in a value must not end
/// it early. Only the slashes of a secret stay: it may be a piece of a path.
fn expand_url(url: &Text, lookup: &dyn Lookup) -> Result<String, Missing> {
    let mut out = String::new();
    for (place, part) in url.parts().iter().enumerate() {
        match part {
            TextPart::Literal(text) => out.push_str(text),
            TextPart::Secret(name) => {
                let value = lookup.secret(name).ok_or_else(|| Missing::Secret(name.clone()))?;
                if is_behind_host(&url.parts()[..place]) {
                    out.extend(utf8_percent_encode(&value, UNRESERVED_AND_SLASH));
                } else {
                    out.push_str(&value);
                }
            }
            TextPart::Capture(name) => {
                let value = lookup.capture(name).ok_or_else(|| Missing::Capture(name.clone()))?;
                out.extend(utf8_percent_encode(&value, UNRESERVED));
            }
        }
    }
    Ok(out)
}

fn missing(missing: &Missing) -> Cause {
    Cause::new(CauseCode::Capture, missing.to_string())
}
