//! How each role logs in, and who it must be then.

use regex::Regex;

use crate::config::parser::{ANONYMOUS, Parser, Refused, given, texts};
use crate::config::path::Path;
use crate::config::problem::{Problem, listed, quote};
use crate::config::raw::smoke::{RawFormLogin, RawJsonLogin, RawSession};
use crate::config::types::{JsonPath, JsonText, Ordered, RESERVED, Template, Test};
use crate::model::Position;
use crate::text::Text;

/// Where NextAuth lives unless the file says otherwise.
const NEXTAUTH_PATH: &str = "/api/auth";
/// NextAuth's provider of logins by name and password.
const NEXTAUTH_PROVIDER: &str = "credentials";

/// A role, how it logs in, and who the service must say that it is.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    pub role: String,
    pub login: LoginMethod,
    pub whoami: Text,
    pub expect: Vec<(String, Test)>,
    /// Where the session stands; none without a file.
    pub position: Option<Position>,
}

/// How a role logs in.
#[derive(Debug, Clone)]
pub enum LoginMethod {
    /// By the credentials of NextAuth, v4 or v5.
    NextAuth {
        auth_path: String,
        provider: String,
        fields: Vec<(String, Text)>,
    },
    /// By an HTML form; cookies are the session.
    Form {
        post: Text,
        fields: Vec<(String, Text)>,
        token: Option<FormToken>,
    },
    /// By JSON; cookies are the session, or a token in the answer is.
    Json {
        post: Text,
        body: JsonText,
        bearer: Option<JsonPath>,
    },
    /// By a token that every request carries.
    Bearer(Text),
    Basic {
        user: Text,
        password: Text,
    },
}

/// A token in a page, to be sent with the form.
#[derive(Debug, Clone)]
pub struct FormToken {
    pub get: Text,
    /// Its first group is the token.
    pub pattern: Regex,
    pub field: String,
}

impl Parser<'_> {
    pub(super) fn session(
        &mut self,
        role: &str,
        raw: &RawSession,
        path: &Path,
    ) -> Result<SessionConfig, Refused> {
        self.session_name(role, path);
        let login = self.login(raw, path);
        let whoami = raw.whoami.as_ref().map(|whoami| self.login_address(whoami, &path.key("whoami")));
        let own = match &login {
            Ok(LoginMethod::NextAuth { auth_path, .. }) => {
                Some(Text::literal(format!("{auth_path}/session")))
            }
            _ => None,
        };
        let whoami = match whoami.or(own) {
            Some(whoami) if raw.nextauth.is_some() || raw.expect.is_some() => Ok(whoami),
            _ => match &login {
                Err(refused) if raw.nextauth.is_some() || ways(raw).is_empty() => Err(*refused),
                _ => Err(self.unproved(raw, path)),
            },
        };
        let prefix = if raw.nextauth.is_some() { "$.user" } else { "$" };
        let expect = self.identity(raw.expect.as_ref(), prefix, &path.key("expect"));
        let position = self.position(path);
        Ok(SessionConfig { role: role.to_owned(), login: login?, whoami: whoami?, expect, position })
    }

    fn session_name(&mut self, name: &str, path: &Path) {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let message = if name == ANONYMOUS {
            "`anonymous` always exists and has no session".to_owned()
        } else if RESERVED.contains(&name) {
            format!("a session cannot be called `{name}`: that is a key of access rows")
        } else if !good {
            format!("{} cannot be the name of a session: letters, digits, `_` and `-` only", quote(name))
        } else {
            return;
        };
        self.refuse(Problem::new(path, message).help("choose another name").at_key());
    }

    fn login(&mut self, raw: &RawSession, path: &Path) -> Result<LoginMethod, Refused> {
        let mut methods = Vec::new();
        methods.extend(raw.nextauth.as_ref().map(|fields| self.nextauth(fields, raw, path)));
        methods.extend(raw.form.as_ref().map(|form| self.form(form, &path.key("form"))));
        methods.extend(raw.json.as_ref().map(|json| self.json(json, &path.key("json"))));
        methods.extend(raw.bearer.as_ref().map(|token| {
            let bearer = self.login_text(token, &path.key("bearer"));
            self.header_value(token, &path.key("bearer"));
            LoginMethod::Bearer(bearer)
        }));
        methods.extend(raw.basic.as_ref().map(|basic| {
            let path = path.key("basic");
            let user = self.login_text(&basic.user, &path.key("user"));
            LoginMethod::Basic { user, password: self.login_text(&basic.password, &path.key("password")) }
        }));
        if let Some(auth_path) = raw.auth_path.as_ref().filter(|path| !path.starts_with('/')) {
            let help = format!("did you mean {}?", quote(&format!("/{auth_path}")));
            self.problem_with_help(&path.key("auth_path"), "a path begins with `/`", help);
        }
        if raw.nextauth.is_none() {
            for key in given!(raw; provider, auth_path) {
                self.refuse(Problem::new(path.key(key), format!("`{key}` belongs to `nextauth`")).at_key());
            }
        }
        match (methods.pop(), methods.is_empty()) {
            (Some(method), true) => Ok(method),
            (None, _) => {
                let help = "add one of `nextauth`, `form`, `json`, `bearer`, `basic`";
                Err(self.refuse(Problem::new(path, "the session does not say how to log in").help(help)))
            }
            (Some(_), false) => {
                let message = format!("a session logs in one way; {} are here", listed(&ways(raw)));
                Err(self.refuse(Problem::new(path, message).help("make one session for each")))
            }
        }
    }

    fn nextauth(&mut self, fields: &Ordered<Template>, raw: &RawSession, path: &Path) -> LoginMethod {
        self.needs_base.get_or_insert_with(|| path.clone());
        let auth_path = raw.auth_path.as_ref().map_or(NEXTAUTH_PATH, |path| path.as_str());
        let provider = raw.provider.as_ref().map_or(NEXTAUTH_PROVIDER, |name| name.as_str());
        LoginMethod::NextAuth {
            auth_path: auth_path.trim_end_matches('/').to_owned(),
            provider: provider.to_owned(),
            fields: self.login_fields(fields, &path.key("nextauth")),
        }
    }

    fn form(&mut self, raw: &RawFormLogin, path: &Path) -> LoginMethod {
        let post = self.login_address(&raw.post, &path.key("post"));
        let fields = self.login_fields(&raw.fields, &path.key("fields"));
        let token = raw.token.as_ref().map(|token| {
            let path = path.key("token");
            if token.matches.regex().captures_len() < 2 {
                self.problem_with_help(
                    &path.key("matches"),
                    "the regular expression has no group: which part is the token?",
                    "put the token's part in parentheses, for example `name=\"csrf\" value=\"([^\"]+)\"`",
                );
            }
            let get = self.login_address(&token.get, &path.key("get"));
            FormToken { get, pattern: token.matches.regex().clone(), field: token.field.to_string() }
        });
        LoginMethod::Form { post, fields, token }
    }

    fn json(&mut self, raw: &RawJsonLogin, path: &Path) -> LoginMethod {
        for text in raw.body.texts() {
            self.no_captures(text, &path.key("body"));
        }
        let post = self.login_address(&raw.post, &path.key("post"));
        LoginMethod::Json { post, body: raw.body.clone(), bearer: raw.bearer.clone() }
    }

    fn login_address(&mut self, address: &Template, path: &Path) -> Text {
        self.address(address, path);
        self.login_text(address, path)
    }

    fn login_text(&mut self, text: &Template, path: &Path) -> Text {
        self.no_captures(text, path);
        text.0.clone()
    }

    fn login_fields(&mut self, fields: &Ordered<Template>, path: &Path) -> Vec<(String, Text)> {
        let fields = texts(Some(fields));
        self.no_captures_in(fields.iter().map(|(key, text)| (key.as_str(), text)), path);
        fields
    }

    fn unproved(&mut self, raw: &RawSession, path: &Path) -> Refused {
        let missing: Vec<&str> = [("whoami", raw.whoami.is_none()), ("expect", raw.expect.is_none())]
            .iter()
            .filter(|(_, missing)| *missing)
            .map(|(key, _)| *key)
            .collect();
        let message = format!("the login could not be proved; missing: {}", listed(&missing));
        let help =
            "add `whoami: /api/me` (a path that says who is logged in) and `expect: { $.role: ADMIN }`";
        self.refuse(Problem::new(path, message).help(help))
    }

    /// What is expected of the one who is logged in: a JSONPath stays one, a plain name is looked up at `prefix`.
    fn identity(&mut self, given: Option<&Ordered<Test>>, prefix: &str, path: &Path) -> Vec<(String, Test)> {
        let Some(given) = given else { return vec![(prefix.to_owned(), Test::exists())] };
        let mut expect = Vec::new();
        for (key, test) in given {
            if key.starts_with('$') {
                self.json_path(key, &path.key(key));
                expect.push((key.clone(), test.clone()));
                continue;
            }
            if key.contains(char::is_whitespace) {
                let message = "expected a name such as `role`, or a JSONPath";
                self.refuse(Problem::new(path.key(key), message).at_key());
            }
            expect.push((format!("{prefix}.{key}"), test.clone()));
        }
        expect
    }
}

/// The keys that say how to log in.
fn ways(raw: &RawSession) -> Vec<&'static str> {
    given!(raw; nextauth, form, json, bearer, basic).collect()
}
