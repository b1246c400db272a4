//! How a role logs in: NextAuth (v4 and v5), an HTML form, JSON, a token, a password.
//!
//! Each way gives a session, not yet proved, and the commands that do the same in bash. Whether the
//! session is good is judged by asking who it is, never by the login's own status.

use crate::checks::captures::{Captures, HoleValues};
use crate::checks::context::{Asking, Context, Session};
use crate::checks::http::answer::challenge;
use crate::checks::http::commands;
use crate::checks::http::expect;
use crate::config::{LoginMethod, SessionConfig, Smoke};
use crate::model::{Cause, CauseCode, Command};
use crate::probe::call::Call;
use crate::probe::curl::{self, CurlOutput, ShellAuth};
use crate::probe::http::Response;
use crate::probe::jar::Jar;
use crate::text::{CallBody, Lookup, Text, shell_quote};

/// A role's way in, worked out from the configuration.
#[derive(Debug, Clone)]
pub(crate) struct RoleLogin {
    /// The role, as it is written in file names and variables.
    pub(crate) slug: String,
    pub(crate) way: LoginCalls,
}

/// A way to log in.
#[derive(Debug, Clone)]
pub(crate) enum LoginCalls {
    /// Fetch a CSRF token, post the credentials with it; cookies are the session.
    NextAuth {
        csrf: Call,
        /// Where the credentials go; its form takes the token as the capture `csrf`.
        callback: Call,
    },
    /// Post a form; cookies are the session.
    Form {
        /// The page with a token and the pattern whose first group it is.
        token: Option<(Call, regex::Regex)>,
        /// Where the form goes; it takes the token as the capture `token`.
        post: Call,
    },
    /// Post JSON; cookies are the session, or a token in the answer is.
    Json {
        post: Call,
        /// Where the answer holds the token.
        bearer: Option<String>,
    },
    /// Nothing is posted: every request carries this token.
    Bearer(Text),
    /// Nothing is posted: every request carries this user and password.
    Basic(Text, Text),
}

pub(crate) struct Entered {
    /// The session, not yet proved.
    pub(crate) session: Session,
    pub(crate) commands: Vec<Command>,
    /// The service's own word for why it refused, where it gave one.
    pub(crate) refusal: Option<String>,
}

impl RoleLogin {
    /// The requests of a role's login.
    pub(crate) fn new(smoke: &Smoke, session: &SessionConfig) -> Self {
        let slug = session.role.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let way = match &session.login {
            LoginMethod::NextAuth { auth_path, provider, fields } => {
                nextauth(smoke, auth_path, provider, fields)
            }
            LoginMethod::Form { post, fields, token } => {
                let mut fields = fields.clone();
                let token = token.as_ref().map(|token| {
                    fields.push((token.field.clone(), Text::captured("token")));
                    (smoke.call("GET", &token.get), token.pattern.clone())
                });
                LoginCalls::Form { token, post: posted(smoke, post, CallBody::Form(fields)) }
            }
            LoginMethod::Json { post, body, bearer } => LoginCalls::Json {
                post: posted(smoke, post, CallBody::Json(body.clone())),
                bearer: bearer.as_ref().map(|path| path.as_str().to_owned()),
            },
            LoginMethod::Bearer(token) => LoginCalls::Bearer(token.clone()),
            LoginMethod::Basic { user, password } => LoginCalls::Basic(user.clone(), password.clone()),
        };
        Self { slug, way }
    }

    /// What the way is called in the record.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.way {
            LoginCalls::NextAuth { .. } => "NextAuth",
            LoginCalls::Form { .. } => "form",
            LoginCalls::Json { .. } => "JSON",
            LoginCalls::Bearer(_) => "bearer",
            LoginCalls::Basic(..) => "basic",
        }
    }

    pub(crate) fn cookie_file(&self) -> String {
        format!("{}.cookies.txt", self.slug)
    }

    fn cookies(&self) -> Session {
        Session { shell: ShellAuth::Cookies(self.cookie_file()), ..Session::default() }
    }

    /// A new, empty cookie file that only its owner can read.
    fn fresh_cookie_file(&self) -> Command {
        commands::fresh_cookie_file(&self.cookie_file())
    }

    pub(crate) async fn enter(&self, cx: &Context) -> Result<Entered, Cause> {
        match &self.way {
            LoginCalls::NextAuth { csrf, callback } => self.enter_nextauth(cx, csrf, callback).await,
            LoginCalls::Form { token, post } => self.enter_form(cx, token.as_ref(), post).await,
            LoginCalls::Json { post, bearer } => self.enter_json(cx, post, bearer.as_deref()).await,
            LoginCalls::Bearer(token) => {
                let authorization = Text::literal("Bearer ").then(token);
                let shell = ShellAuth::Header(authorization.clone());
                let session = Session { jar: Jar::default(), authorization: Some(authorization), shell };
                Ok(Entered { session, commands: Vec::new(), refusal: None })
            }
            LoginCalls::Basic(user, password) => self.enter_basic(cx, user, password),
        }
    }

    async fn enter_nextauth(&self, cx: &Context, csrf: &Call, callback: &Call) -> Result<Entered, Cause> {
        let session = self.cookies();
        let mut captures = Captures::default();
        let answer = ask(cx, csrf, &session, &captures).await?;
        let token = answer
            .json()
            .and_then(|json| expect::select("$.csrfToken", &json))
            .map(|value| expect::plain(&value));
        let token = token.ok_or_else(|| {
            let detail = format!("{} answered {} without a csrfToken", csrf.url, answer.status);
            Cause::new(CauseCode::Login, detail)
        })?;
        cx.redactor.mask(&token);
        captures.put("csrf", token);
        let answer = ask(cx, callback, &session, &captures).await?;
        let keep = CurlOutput { body: None, print: None, keep_cookies: true, ..CurlOutput::default() };
        let fetch = curl::command(csrf, &session.shell, &keep);
        let post = curl::command(
            callback,
            &session.shell,
            &CurlOutput { keep_cookies: true, ..CurlOutput::default() },
        );
        let commands = vec![
            self.fresh_cookie_file(),
            Command::reads(format!("csrf=$({fetch} | jq -r .csrfToken)"), Vec::new()),
            Command::reads(post, vec![answer.status.to_string()]),
        ];
        Ok(Entered { session, commands, refusal: nextauth_refusal(&answer) })
    }

    async fn enter_form(
        &self,
        cx: &Context,
        token: Option<&(Call, regex::Regex)>,
        post: &Call,
    ) -> Result<Entered, Cause> {
        let session = self.cookies();
        let mut captures = Captures::default();
        let mut commands = vec![self.fresh_cookie_file()];
        if let Some((page, pattern)) = token {
            let answer = ask(cx, page, &session, &captures).await?;
            let text = answer.text();
            let found = pattern.captures(&text).and_then(|groups| groups.get(1));
            let found = found.ok_or_else(|| {
                Cause::new(
                    CauseCode::Login,
                    format!("{} answered {} without the token", page.url, answer.status),
                )
            })?;
            cx.redactor.mask(found.as_str());
            captures.put("token", found.as_str().to_owned());
            let keep = CurlOutput { body: None, print: None, keep_cookies: true, ..CurlOutput::default() };
            let fetch = curl::command(page, &session.shell, &keep);
            // As an argument: inside the program perl would read `@`, `$` and braces of the pattern as its own.
            let find = format!(
                "perl -0777 -ne 'BEGIN {{ $p = shift }} print $1 if /$p/' {}",
                shell_quote(pattern.as_str())
            );
            commands.push(Command::reads(format!("token=$({fetch} | {find})"), Vec::new()));
        }
        let answer = ask(cx, post, &session, &captures).await?;
        let output = CurlOutput { keep_cookies: true, ..CurlOutput::default() };
        let bash = curl::command(post, &session.shell, &output);
        commands.push(Command::reads(bash, vec![answer.status.to_string()]));
        Ok(Entered { session, commands, refusal: None })
    }

    async fn enter_json(&self, cx: &Context, post: &Call, bearer: Option<&str>) -> Result<Entered, Cause> {
        let mut session = self.cookies();
        let answer = ask(cx, post, &session, &Captures::default()).await?;
        let Some(path) = bearer else {
            let output = CurlOutput { keep_cookies: true, ..CurlOutput::default() };
            let bash = curl::command(post, &session.shell, &output);
            let commands =
                vec![self.fresh_cookie_file(), Command::reads(bash, vec![answer.status.to_string()])];
            return Ok(Entered { session, commands, refusal: None });
        };
        let token =
            answer.json().and_then(|json| expect::select(path, &json)).map(|value| expect::plain(&value));
        let token = token.ok_or_else(|| {
            Cause::new(CauseCode::Login, format!("{} answered {} without {path}", post.url, answer.status))
        })?;
        // Only the token may prove the role, in bash as here: not a cookie that came with it.
        session.jar = Jar::default();
        let name = format!("{}_token", self.slug);
        cx.redactor.add(&name, &token);
        let authorization = Text::before_secret("Bearer ", &name);
        session.shell = ShellAuth::Header(authorization.clone());
        session.authorization = Some(authorization);
        let mut command = commands::ask_json(post, &ShellAuth::Anonymous, path, None);
        command.bash = format!("{name}=$({})", command.bash);
        Ok(Entered { session, commands: vec![command], refusal: None })
    }

    fn enter_basic(&self, cx: &Context, user: &Text, password: &Text) -> Result<Entered, Cause> {
        use base64::Engine as _;
        let captures = Captures::default();
        let values = HoleValues { redactor: &cx.redactor, captures: &captures };
        let pair = user.clone().then(&Text::literal(":")).then(password);
        let pair = pair
            .expand(&values as &dyn Lookup)
            .map_err(|missing| Cause::new(CauseCode::Login, missing.to_string()))?;
        let name = format!("{}_basic", self.slug);
        cx.redactor.add(&name, &base64::engine::general_purpose::STANDARD.encode(pair));
        let authorization = Some(Text::before_secret("Basic ", &name));
        let shell = ShellAuth::Basic(user.clone(), password.clone());
        Ok(Entered {
            session: Session { jar: Jar::default(), authorization, shell },
            commands: Vec::new(),
            refusal: None,
        })
    }
}

/// Ask a step of the login. A challenge page is no answer to it.
async fn ask(cx: &Context, call: &Call, session: &Session, captures: &Captures) -> Result<Response, Cause> {
    let answer = cx.ask(call, Asking { session, captures, stop: &cx.stop, on_turn: &|| {} }).await.0?;
    match challenge(&answer) {
        Some(sign) => Err(Cause::new(CauseCode::BotProtection, sign)),
        None => Ok(answer),
    }
}

fn nextauth(smoke: &Smoke, path: &str, provider: &str, fields: &[(String, Text)]) -> LoginCalls {
    let mut form = vec![("csrfToken".to_owned(), Text::captured("csrf"))];
    form.extend_from_slice(fields);
    // v4 answers in JSON when it is told so here; v5 when the header below asks.
    form.push(("json".to_owned(), Text::literal("true")));
    form.push(("callbackUrl".to_owned(), smoke.url(&Text::literal("/"))));
    let mut callback = smoke.call("POST", &Text::literal(format!("{path}/callback/{provider}")));
    callback.body = Some(CallBody::Form(form));
    callback.headers.push(("X-Auth-Return-Redirect".to_owned(), Text::literal("1")));
    LoginCalls::NextAuth {
        csrf: smoke.call("GET", &Text::literal(format!("{path}/csrf"))),
        callback: callback.like_browser(smoke.origin().as_deref()),
    }
}

fn posted(smoke: &Smoke, path: &Text, body: CallBody) -> Call {
    Call { body: Some(body), ..smoke.call("POST", path) }.like_browser(smoke.origin().as_deref())
}

/// What NextAuth refuses a login with: the `error` of the URL that it leads to, in JSON or as a redirect.
fn nextauth_refusal(answer: &Response) -> Option<String> {
    let url = answer.json().and_then(|json| Some(json.get("url")?.as_str()?.to_owned()));
    let url = url::Url::parse(&url.or_else(|| answer.header("location").map(str::to_owned))?).ok()?;
    let refusal = url.query_pairs().find_map(|(name, value)| match (name.as_ref(), value.as_ref()) {
        ("error", word) => Some(word.to_owned()),
        ("csrf", "true") => Some("csrf".to_owned()),
        _ => None,
    })?;
    // An exception puts its own message there, and that may tell anything.
    let is_word = refusal.len() <= 40 && refusal.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Some(if is_word { refusal } else { "error".to_owned() })
}
