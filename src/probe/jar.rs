//! A cookie jar that belongs to one role and tells the scrubber what it holds.

use std::sync::{Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use crate::redact::Redactor;

/// Values shorter than this are settings such as `theme=dark`, not sessions.
const MIN_COOKIE_BYTES: usize = 16;

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

    /// Whether curl can send these cookies from its file: it leaves out what is over 8,190 bytes.
    pub(crate) fn is_for_curl(&self, url: &Url) -> bool {
        self.header(url).is_none_or(|header| header.len() + "Cookie: ".len() <= 8_190)
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

    /// The names, sorted, of the cookies that a request to `url` would carry if it went by https: the
    /// service gave them with `Secure`. To `localhost` and loopback addresses they go by http too, as
    /// browsers and curl have it.
    pub(crate) fn withheld(&self, url: &Url) -> Vec<String> {
        let mut https = url.clone();
        if https.scheme() != "http" || https.set_scheme("https").is_err() {
            return Vec::new();
        }
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let sent: Vec<&str> = store.get_request_values(url).map(|(name, _)| name).collect();
        let all = store.get_request_values(&https).map(|(name, _)| name);
        let mut names: Vec<String> = all.filter(|name| !sent.contains(name)).map(str::to_owned).collect();
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
    if value.len() < MIN_COOKIE_BYTES || decoded.starts_with("http://") || decoded.starts_with("https://") {
        return;
    }
    redactor.mask(value);
    redactor.mask(&decoded);
    if let Some((token, hash)) = decoded.split_once('|') {
        redactor.mask(token);
        redactor.mask(hash);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn after_login(at: &str) -> (Option<String>, Vec<String>) {
        let (jar, url) = (Jar::default(), Url::parse(at).unwrap());
        let set = ["__Secure-session=abc; Path=/; HttpOnly; Secure", "theme=dark; Path=/"];
        jar.store(&url, set.into_iter(), &Redactor::new());
        let header = jar.header(&url).map(|header| {
            let mut pairs: Vec<&str> = header.split("; ").collect();
            pairs.sort_unstable();
            pairs.join("; ")
        });
        (header, jar.withheld(&url))
    }

    #[test]
    fn secure_cookies_go_to_https_and_to_this_machine() {
        let both = (Some("__Secure-session=abc; theme=dark".to_owned()), Vec::new());
        for url in
            ["https://example.org/", "http://127.0.0.1:3000/", "http://localhost:3000/", "http://[::1]:3000/"]
        {
            assert_eq!(after_login(url), both, "{url}");
        }
        let one = (Some("theme=dark".to_owned()), vec!["__Secure-session".to_owned()]);
        for url in ["http://172.18.0.3:3000/", "http://nexus-next-app:3000/"] {
            assert_eq!(after_login(url), one, "{url}");
        }
    }
}
