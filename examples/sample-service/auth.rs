//! Who somebody is: NextAuth 4's endpoints as the real one answers (see `tests/nextauth/README.md`),
//! a JSON login for bearer tokens, an HTML form login, and basic credentials.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL};
use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::app::Asked;
use super::reply::{self, Reply};
use super::{hex, pages, random_hex};

/// As `encodeURIComponent`, near enough for what stands in these cookies.
const COOKIE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How long a session lasts: NextAuth's default.
const SESSION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The cookie of the form login.
const FORM_COOKIE: &str = "sid";

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The director.
    Admin,
    /// A student.
    Eleve,
    /// A teacher.
    Coach,
}

impl Role {
    /// As it stands in a session.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Eleve => "ELEVE",
            Self::Coach => "COACH",
        }
    }
}

/// Somebody who may log in.
#[derive(Clone)]
pub(crate) struct User {
    /// The full name.
    pub(crate) name: String,
    /// What they log in with.
    pub(crate) email: String,
    /// In plain: this is a demo.
    pub(crate) password: String,
    /// Their one role.
    pub(crate) role: Role,
}

impl User {
    /// One of each role, with passwords for the demo only.
    pub(crate) fn demo() -> Vec<Self> {
        let user = |name: &str, email: &str, password: &str, role| Self {
            name: name.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            role,
        };
        vec![
            user("Amira Admin", "admin@nexus.test", "demo-admin-password", Role::Admin),
            user("Elias Eleve", "eleve@nexus.test", "demo-eleve-password", Role::Eleve),
            user("Chiraz Coach", "coach@nexus.test", "demo-coach-password", Role::Coach),
        ]
    }
}

/// Users and everything that stands for them.
pub(crate) struct Auth {
    users: Vec<User>,
    /// The address that users see, without a slash at the end.
    base: String,
    /// Signs CSRF tokens.
    secret: String,
    /// Session, bearer and form tokens, and the user's place in `users`.
    tokens: Mutex<HashMap<String, usize>>,
}

/// A CSRF token, whether the request proved it, and the cookies to set.
struct Csrf {
    token: String,
    verified: bool,
    cookies: Vec<String>,
}

impl Auth {
    pub(crate) fn new(users: Vec<User>, base: String) -> Self {
        Self { users, base, secret: random_hex(32), tokens: Mutex::default() }
    }

    /// Who asks: by NextAuth's cookie, a bearer token, the form's cookie or basic credentials.
    pub(crate) fn who(&self, asked: &Asked) -> Option<&User> {
        let cookie = asked.cookie(&self.session_cookie()).or_else(|| asked.cookie(FORM_COOKIE));
        let header = asked.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        let basic = header.and_then(|value| value.strip_prefix("Basic ")).and_then(|credentials| {
            let plain = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
            let plain = String::from_utf8(plain).ok()?;
            let (email, password) = plain.split_once(':')?;
            self.check(email, password)
        });
        let number = [cookie, bearer].into_iter().flatten().find_map(|t| self.tokens().get(&t).copied());
        number.or(basic).and_then(|number| self.users.get(number))
    }

    /// `/api/auth/…`. With `broken`, a login looks as if it worked but gives no session.
    pub(crate) fn nextauth(&self, asked: &Asked, action: &str, broken: bool) -> Reply {
        let fields = asked.fields();
        let csrf = self.csrf(asked, fields.get("csrfToken"));
        let wants_json = fields.get("json").is_some_and(|value| value == "true");
        let (mut status, mut cookies) = (StatusCode::OK, csrf.cookies);
        let url = match (&asked.method, action) {
            (&Method::GET, "csrf") => {
                let reply = reply::json(StatusCode::OK, &json!({ "csrfToken": csrf.token }));
                return private(reply::with_cookies(reply, &cookies));
            }
            (&Method::GET, "session") => return self.session(asked, cookies),
            (&Method::GET, "providers") => return self.providers(),
            (&Method::GET, "signin" | "error") => {
                let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
                return reply::redirect(StatusCode::FOUND, &format!("{}/auth/signin{query}", self.base));
            }
            (&Method::POST, _) if !csrf.verified => format!("{}/api/auth/signin?csrf=true", self.base),
            (&Method::POST, "callback/credentials") => match self.check_fields(&fields) {
                None => {
                    status = StatusCode::UNAUTHORIZED;
                    format!("{}/api/auth/error?error=CredentialsSignin&provider=credentials", self.base)
                }
                Some(user) => {
                    if !broken {
                        cookies.push(self.new_session(user));
                    }
                    self.callback_url(fields.get("callbackUrl"), &mut cookies)
                }
            },
            (&Method::POST, "signout") => {
                if let Some(token) = asked.cookie(&self.session_cookie()) {
                    self.tokens().remove(&token);
                }
                cookies.push(format!("{}=; Max-Age=0; {}", self.session_cookie(), self.attributes()));
                self.base.clone()
            }
            (method, _) => {
                let text = format!("Error: This action with HTTP {method} is not supported by NextAuth.js");
                return reply::typed(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text);
            }
        };
        let reply = if wants_json {
            reply::json(status, &json!({ "url": url }))
        } else {
            reply::redirect(StatusCode::FOUND, &url)
        };
        reply::with_cookies(reply, &cookies)
    }

    /// `POST /api/login` with `{email, password}`: `{token}`, and a cookie for those who want no token.
    pub(crate) fn bearer_login(&self, asked: &Asked, broken: bool) -> Reply {
        match self.check_fields(&asked.fields()) {
            None => reply::error(StatusCode::UNAUTHORIZED, "Invalid credentials"),
            Some(_) if broken => reply::json(StatusCode::OK, &json!({ "token": random_hex(24) })),
            Some(user) => {
                let reply = reply::json(StatusCode::OK, &json!({ "token": self.new_token(user) }));
                let cookie = format!("{FORM_COOKIE}={}; {}", self.new_token(user), self.attributes());
                reply::with_cookies(reply, &[cookie])
            }
        }
    }

    /// `/login`: the form, and what it sends. A wrong password shows the form again with status 200,
    /// as many applications do.
    pub(crate) fn form_login(&self, asked: &Asked, broken: bool) -> Reply {
        let form = |message: &str| {
            let token = random_hex(16);
            let cookie = format!("_csrf={token}.{}; {}", self.signed(&token), self.attributes());
            let page = reply::html(StatusCode::OK, pages::login_form(&token, message));
            reply::with_cookies(page, &[cookie])
        };
        if asked.method != Method::POST {
            return form("");
        }
        let fields = asked.fields();
        let proved = fields.get("_csrf").is_some_and(|token| {
            asked.cookie("_csrf").is_some_and(|cookie| cookie == format!("{token}.{}", self.signed(token)))
        });
        if !proved {
            return reply::html(StatusCode::FORBIDDEN, pages::page("403", "<p>Jeton CSRF invalide</p>"));
        }
        let Some(user) = self.check_fields(&fields) else { return form("Identifiants invalides") };
        let reply = reply::redirect(StatusCode::SEE_OTHER, "/dashboard");
        if broken {
            return reply;
        }
        let cookie = format!("{FORM_COOKIE}={}; {}", self.new_token(user), self.attributes());
        reply::with_cookies(reply, &[cookie])
    }

    fn session(&self, asked: &Asked, mut cookies: Vec<String>) -> Reply {
        let token = asked.cookie(&self.session_cookie());
        let number = token.as_ref().and_then(|token| self.tokens().get(token).copied());
        let body = if let Some((number, user)) = number.and_then(|n| Some((n, self.users.get(n)?))) {
            // NextAuth gives a new token each time; the old ones stay good.
            cookies.push(self.new_session(number));
            let expires = Timestamp::now() + SESSION;
            let user = json!({ "name": user.name, "email": user.email, "role": user.role.as_str() });
            json!({ "user": user, "expires": format!("{expires:.3}") })
        } else {
            if token.is_some() {
                cookies.push(format!("{}=; Max-Age=0; {}", self.session_cookie(), self.attributes()));
            }
            json!({})
        };
        private(reply::with_cookies(reply::json(StatusCode::OK, &body), &cookies))
    }

    fn providers(&self) -> Reply {
        let url = |action: &str| format!("{}/api/auth/{action}/credentials", self.base);
        let credentials = json!({
            "id": "credentials", "name": "Credentials", "type": "credentials",
            "signinUrl": url("signin"), "callbackUrl": url("callback"),
        });
        reply::json(StatusCode::OK, &json!({ "credentials": credentials }))
    }

    /// The double-submit token: kept if the cookie is one of ours, else new with its cookies.
    fn csrf(&self, asked: &Asked, given: Option<&String>) -> Csrf {
        let name = format!("{}next-auth.csrf-token", if self.secure() { "__Host-" } else { "" });
        if let Some(cookie) = asked.cookie(&name)
            && let Some((token, hash)) = cookie.split_once('|')
            && hash == self.signed(token)
        {
            let verified = given.is_some_and(|given| given == token);
            return Csrf { verified, token: token.to_owned(), cookies: Vec::new() };
        }
        let token = random_hex(32);
        let value = format!("{token}|{}", self.signed(&token));
        let value = utf8_percent_encode(&value, COOKIE);
        let cookies =
            vec![format!("{name}={value}; {}", self.attributes()), self.callback_cookie(&self.base)];
        Csrf { token, verified: false, cookies }
    }

    /// Where to go after the login: only within this application.
    fn callback_url(&self, wanted: Option<&String>, cookies: &mut Vec<String>) -> String {
        let wanted = wanted.map_or("", String::as_str);
        // `/…` and `BASE/…` are this application's, `//…` and all else are not.
        let path = wanted.strip_prefix(&self.base).unwrap_or(wanted);
        if !path.starts_with('/') || path.starts_with("//") {
            return self.base.clone();
        }
        let url = format!("{}{path}", self.base);
        cookies.push(self.callback_cookie(&url));
        url
    }

    fn callback_cookie(&self, url: &str) -> String {
        let prefix = if self.secure() { "__Secure-" } else { "" };
        let url = utf8_percent_encode(url, COOKIE);
        format!("{prefix}next-auth.callback-url={url}; {}", self.attributes())
    }

    fn session_cookie(&self) -> String {
        format!("{}next-auth.session-token", if self.secure() { "__Secure-" } else { "" })
    }

    /// A `Set-Cookie` with a new session of this user.
    fn new_session(&self, user: usize) -> String {
        let expires = (Timestamp::now() + SESSION).strftime("%a, %d %b %Y %H:%M:%S GMT");
        format!(
            "{}={}; Expires={expires}; {}",
            self.session_cookie(),
            self.new_token(user),
            self.attributes()
        )
    }

    fn new_token(&self, user: usize) -> String {
        // As long as a real session's, and beginning like one.
        let token = format!("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..{}", random_hex(96));
        self.tokens().insert(token.clone(), user);
        token
    }

    fn attributes(&self) -> &'static str {
        if self.secure() {
            "Path=/; HttpOnly; Secure; SameSite=Lax"
        } else {
            "Path=/; HttpOnly; SameSite=Lax"
        }
    }

    fn secure(&self) -> bool {
        self.base.starts_with("https:")
    }

    fn signed(&self, token: &str) -> String {
        hex(&Sha256::digest(format!("{token}{}", self.secret)))
    }

    fn check_fields(&self, fields: &HashMap<String, String>) -> Option<usize> {
        self.check(fields.get("email")?, fields.get("password")?)
    }

    fn check(&self, email: &str, password: &str) -> Option<usize> {
        self.users.iter().position(|user| user.email == email && user.password == password)
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn private(mut reply: Reply) -> Reply {
    reply::header(&mut reply, CACHE_CONTROL, "private, no-cache, no-store");
    reply
}
