//! A cookie jar that belongs to one role and tells the scrubber what it holds.

use std::sync::{Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use crate::redact::Redactor;

/// Values shorter than this are settings such as `theme=dark`, not sessions.
const SHORTEST_SESSION: usize = 16;

/// The cookies of one role.
#[derive(Debug, Default)]
pub struct Jar {
    store: Mutex<CookieStore>,
}

impl Jar {
    /// The `Cookie` header for a request to `url`, if there are cookies for it.
    pub fn header(&self, url: &Url) -> Option<String> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> =
            store.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keep the cookies that an answer from `url` sets, and have their values masked from now on.
    pub fn store<'a>(&self, url: &Url, set_cookie: impl Iterator<Item = &'a str>, redactor: &Redactor) {
        let cookies: Vec<RawCookie<'static>> =
            set_cookie.filter_map(|line| RawCookie::parse(line.to_owned()).ok()).collect();
        for cookie in &cookies {
            mask(cookie.value(), redactor);
        }
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .store_response_cookies(cookies.into_iter(), url);
    }

    /// The names of the cookies it holds, sorted; for messages.
    pub fn names(&self) -> Vec<String> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = store.iter_any().map(|cookie| cookie.name().to_owned()).collect();
        names.sort();
        names
    }
}

/// Mask a cookie's value if it can be a session, a token or a part of one.
///
/// NextAuth's `callback-url` cookie holds the service's own address: masking that would blank every
/// URL of the record. NextAuth's CSRF cookie is `token|hash`, and the token alone is sent in forms.
fn mask(value: &str, redactor: &Redactor) {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
    if value.len() < SHORTEST_SESSION || decoded.starts_with("http://") || decoded.starts_with("https://") {
        return;
    }
    redactor.mask(value);
    redactor.mask(&decoded);
    if let Some((token, hash)) = decoded.split_once('|') {
        redactor.mask(token);
        redactor.mask(hash);
    }
}
