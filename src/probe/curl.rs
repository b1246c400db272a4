//! A call written for bash: curl, and jq where JSON is read or has holes.
//!
//! Secrets stand as `${NAME}` and never on curl's command line, where other users of the machine could
//! read them: they go through `<(printf …)`, which no process list shows.

use url::Url;

use super::call::{Call, is_behind_host};
use crate::text::{CallBody, JsonText, Text, TextPart, shell_quote};

/// How a role proves who it is, in bash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ShellAuth {
    #[default]
    Anonymous,
    /// With the cookies in this file, which the login block wrote.
    Cookies(String),
    /// With more cookies than curl sends from a file by itself.
    ManyCookies(String),
    /// By the value of the `Authorization` header.
    Header(Text),
    /// By user and password, as HTTP's `Basic` has them.
    Basic(Text, Text),
}

/// Where curl puts what it gets, and what it prints.
#[derive(Debug, Clone)]
pub struct CurlOutput {
    /// The file for the body, `/dev/null` when nobody looks at it; the terminal without it.
    pub body: Option<&'static str>,
    pub headers: Option<&'static str>,
    /// curl's `--write-out` format, without its newline; nothing is printed without it.
    pub print: Option<String>,
    /// Whether cookies that the answer sets are kept in the role's cookie file.
    pub keep_cookies: bool,
    /// How captured values stand in the URL.
    pub holes: Holes,
}

/// What is to be known of the captured values in a URL, to write it for bash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holes {
    /// The names of those that must be percent-encoded first.
    pub encoded: Vec<String>,
    pub hidden: bool,
}

impl Default for CurlOutput {
    /// Prints the status and drops the body.
    fn default() -> Self {
        Self {
            body: Some("/dev/null"),
            headers: None,
            print: Some("%{http_code}".to_owned()),
            keep_cookies: false,
            holes: Holes::default(),
        }
    }
}

/// The curl command of `call`, on one line.
pub fn command(call: &Call, auth: &ShellAuth, output: &CurlOutput) -> String {
    let mut words = vec!["curl".to_owned(), "-sS".to_owned()];
    if call.follow {
        words.push(format!("-L --max-redirs {}", super::http::MAX_REDIRECTS));
    }
    if let Some(file) = output.body {
        words.push(format!("-o {}", shell_quote(file)));
    }
    if let Some(file) = output.headers {
        words.push(format!("-D {}", shell_quote(file)));
    }
    if let Some(print) = &output.print {
        words.push(format!("-w {}", shell_quote(&format!("{print}\\n"))));
    }
    words.extend(method(call));
    // As in what was sent: a header of the call's own comes before the role's.
    if !(matches!(auth, ShellAuth::Header(_) | ShellAuth::Basic(..)) && call.has_header("authorization")) {
        words.extend(auth_words(auth, output.keep_cookies));
    }
    // curl itself says that a form is one.
    let said = |name: &str| {
        matches!(call.body, Some(CallBody::Form(_))) && name.eq_ignore_ascii_case("content-type")
    };
    words
        .extend(call.headers.iter().filter(|(name, _)| !said(name)).map(|(name, value)| header(name, value)));
    words.extend(call.body.iter().map(body));
    words.push(url(&call.url, &output.holes));
    words.join(" ")
}

/// The URL as it was sent. Where a secret is in it, curl reads it from a file and not from its command line.
fn url(url: &Text, holes: &Holes) -> String {
    // What curl takes for a pattern would be another URL.
    let is_pattern = |text: &str| text.contains(['[', ']', '{', '}']);
    let text = match url.as_literal() {
        // A request has the URL in its normal form, and so must curl: it encodes nothing by itself.
        Some(literal) => Text::literal(Url::parse(literal).map_or_else(|_| literal.to_owned(), String::from)),
        None => url.clone(),
    };
    let hidden = holes.hidden || text.secrets().next().is_some();
    let pattern =
        hidden || text.parts().iter().any(|part| matches!(part, TextPart::Literal(text) if is_pattern(text)));
    let glob = if pattern { "-g " } else { "" };
    let word = text.shell_with(&|place, name| {
        let value = format!("${{{name}}}");
        let encoded = |filter: &str| format!("$(printf %s \"{value}\" | jq -sRr {filter})");
        match &text.parts()[place] {
            TextPart::Secret(_) if is_behind_host(&text.parts()[..place]) => {
                encoded("'@uri|gsub(\"%2F\";\"/\")'")
            }
            TextPart::Capture(_) if holes.encoded.iter().any(|encoded| encoded == name) => encoded("@uri"),
            _ => value,
        }
    });
    if hidden { format!("{glob}-K <(printf 'url = \"%s\"\\n' {word})") } else { format!("{glob}{word}") }
}

fn method(call: &Call) -> Option<String> {
    match (call.method, call.body.is_some()) {
        ("GET", false) | ("POST", true) => None,
        ("HEAD", _) => Some("-I".to_owned()),
        (method, _) => Some(format!("-X {method}")),
    }
}

fn auth_words(auth: &ShellAuth, keep: bool) -> Option<String> {
    match auth {
        ShellAuth::Anonymous => None,
        ShellAuth::Cookies(file) if keep => {
            let file = shell_quote(file);
            Some(format!("-b {file} -c {file}"))
        }
        ShellAuth::Cookies(file) => Some(format!("-b {}", shell_quote(file))),
        ShellAuth::ManyCookies(file) => {
            let print = r#"NF == 7 { printf "%s%s=%s", n++ ? "; " : "Cookie: ", $6, $7 } END { print "" }"#;
            Some(format!("-H @<(awk -F'\\t' '{print}' {})", shell_quote(file)))
        }
        ShellAuth::Header(value) => Some(header("Authorization", value)),
        ShellAuth::Basic(user, password) => {
            let pair = user.clone().then(&Text::literal(":")).then(password);
            Some(format!(
                "-H @<(printf 'Authorization: Basic %s\\n' \"$(printf %s {} | base64 | tr -d '\\n')\")",
                pair.shell()
            ))
        }
    }
}

fn header(name: &str, value: &Text) -> String {
    let line = Text::literal(format!("{name}: ")).then(value);
    if line.secrets().next().is_some() || line.captures().next().is_some() {
        format!("-H @<(printf '%s\\n' {})", line.shell())
    } else {
        format!("-H {}", line.shell())
    }
}

fn body(body: &CallBody) -> String {
    match body {
        CallBody::Json(json) => match json.as_plain() {
            Some(value) => format!("--data-binary {}", shell_quote(&value.to_string())),
            None => format!("--data-binary @<({})", jq_build(json)),
        },
        CallBody::Form(fields) => fields
            .iter()
            .map(|(name, value)| match value.as_literal() {
                Some(text) => format!("--data-urlencode {}", shell_quote(&format!("{}={text}", field(name)))),
                None => {
                    format!("--data-urlencode {}@<(printf %s {})", shell_quote(&field(name)), value.shell())
                }
            })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// A field's name, which curl does not encode.
fn field(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

/// A jq command that builds this JSON from its environment, which holds the secrets and is given what was
/// captured: its arguments could be read by other users of the machine.
fn jq_build(json: &JsonText) -> String {
    let mut captures: Vec<&str> = json.texts().iter().flat_map(|text| text.captures()).collect();
    captures.sort_unstable();
    captures.dedup();
    let mut words: Vec<String> = captures.iter().map(|name| format!("{name}=\"${{{name}}}\"")).collect();
    words.extend(["jq -cn".to_owned(), shell_quote(&jq_value(json))]);
    words.join(" ")
}

fn jq_value(json: &JsonText) -> String {
    match json {
        JsonText::Null => "null".to_owned(),
        JsonText::Bool(value) => value.to_string(),
        JsonText::Number(number) => number.to_string(),
        JsonText::Text(text) => jq_text(text),
        JsonText::List(items) => {
            format!("[{}]", items.iter().map(jq_value).collect::<Vec<_>>().join(","))
        }
        JsonText::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}:{}", json_string(key), jq_value(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
    }
}

fn jq_text(text: &Text) -> String {
    let parts: Vec<String> = text
        .parts()
        .iter()
        .map(|part| match part {
            TextPart::Literal(literal) => json_string(literal),
            TextPart::Secret(name) | TextPart::Capture(name) => format!("env.{name}"),
        })
        .collect();
    match parts.as_slice() {
        [] => "\"\"".to_owned(),
        [one] => one.clone(),
        many => format!("({})", many.join("+")),
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The jq filter that selects what this JSONPath selects, where jq can say it: names, indexes and
/// wildcards. Filters, slices and `..` have no safe translation here.
pub(crate) fn jq_filter(path: &str) -> Option<String> {
    let mut rest = path.strip_prefix('$')?;
    let mut out = String::new();
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix('[') {
            Some(inner) => bracket(inner)?,
            None => dotted(rest.strip_prefix('.')?)?,
        };
        if out.is_empty() && step.starts_with('[') {
            out.push('.');
        }
        out.push_str(&step);
        rest = after;
    }
    Some(if out.is_empty() { ".".to_owned() } else { out })
}

/// What stands in `[…]`, and what comes after it.
fn bracket(inner: &str) -> Option<(String, &str)> {
    if let Some(quote) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (name, after) = inner[1..].split_once(quote)?;
        let after = after.strip_prefix(']')?;
        return (!name.contains('\\')).then(|| (format!("[{}]", json_string(name)), after));
    }
    let (index, after) = inner.split_once(']')?;
    match index.trim() {
        "*" => Some(("[]".to_owned(), after)),
        number => number.parse::<i64>().ok().map(|number| (format!("[{number}]"), after)),
    }
}

/// What stands after a dot, and what comes after it.
fn dotted(rest: &str) -> Option<(String, &str)> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let is_identifier = name
        .chars()
        .enumerate()
        .all(|(i, c)| c == '_' || c.is_ascii_alphabetic() || (i > 0 && c.is_ascii_digit()));
    match name {
        "" => None,
        "*" => Some(("[]".to_owned(), after)),
        name if is_identifier => Some((format!(".{name}"), after)),
        name => Some((format!("[{}]", json_string(name)), after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_paths_have_a_jq_filter_and_others_none() {
        let cases = [
            ("$", Some(".")),
            ("$.a.b", Some(".a.b")),
            ("$[0]", Some(".[0]")),
            ("$.a[0]['c d']", Some(".a[0][\"c d\"]")),
            ("$.items[*].id", Some(".items[].id")),
            ("$.été", Some(".[\"été\"]")),
            ("$..a", None),
            ("$.a[?@.b]", None),
            ("$[1:2]", None),
        ];
        for (path, filter) in cases {
            assert_eq!(jq_filter(path).as_deref(), filter, "{path}");
        }
    }
}
