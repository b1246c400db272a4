//! The commands that a person pastes into bash to see what the gate saw, and what they print then.

use serde_json::Value;

use super::exchange::{Exchange, Observation};
use super::expect;
use crate::config::{AnswerFailOn, AnswerValue, Capture, Polling};
use crate::model::{Command, Comparison, Expected, SmokeSubject, Subject};
use crate::probe::call::Call;
use crate::probe::curl::{self, CurlOutput, ShellAuth, jq_filter};
use crate::probe::http::Response;
use crate::text::shell_quote;

/// A longer value is not repeated as what a command prints, in bytes.
const LONGEST_PRINT: usize = 200;
/// Where the body goes when something in it is looked at.
pub(crate) const BODY: &str = "body.txt";
/// Where the headers go when one of them is captured.
pub(crate) const HEADERS: &str = "headers.txt";

/// The commands of one exchange, in the order in which they are pasted.
pub(crate) fn of_exchange(exchange: &Exchange, auth: &ShellAuth, seen: &Observation) -> Vec<Command> {
    let answer = seen.answer.as_ref().ok();
    let printed = Printed::of(exchange);
    let output = CurlOutput { holes: seen.holes.clone(), ..output(exchange, &printed, auth) };
    let asks = curl::command(&exchange.call, auth, &output);
    let prints = answer.map(|answer| printed.lines(answer)).unwrap_or_default();
    let document = answer.and_then(Response::json);
    let mut looks: Vec<Command> =
        seen.judged.iter().filter_map(|judged| look(judged, document.as_ref())).collect();
    // Two bounds of one value are seen with one look.
    looks.dedup();
    let bash = match &exchange.polling {
        Some(polling) if answer.is_some() && seen.polls > 1 => poll(&asks, &prints, &looks, polling),
        _ => asks,
    };
    let mut commands = vec![Command { bash, prints, writes: exchange.call.writes() }];
    commands.extend(looks);
    commands.extend(exchange.captures.iter().map(capture));
    if exchange.expect.max_time.is_some() && !exchange.call.writes() {
        let time = CurlOutput { print: Some("%{time_total}".to_owned()), ..CurlOutput::default() };
        commands.push(Command::reads(curl::command(&exchange.call, auth, &time), Vec::new()));
    }
    if exchange.expect.certificate_days.is_some() {
        commands.extend(answer.and_then(certificate));
    }
    commands
}

/// What curl prints beside the status: what is judged of the headers.
struct Printed {
    redirect: bool,
    headers: Vec<String>,
}

impl Printed {
    fn of(exchange: &Exchange) -> Self {
        let headers = exchange.expect.headers.iter().flatten();
        Self {
            redirect: exchange.redirect.is_some(),
            headers: headers.map(|(name, _)| name.to_ascii_lowercase()).collect(),
        }
    }

    fn format(&self, follow: bool) -> String {
        let mut format = "%{http_code}".to_owned();
        if self.redirect {
            format.push_str(if follow { "\\n%{url_effective}" } else { "\\n%{redirect_url}" });
        }
        for name in &self.headers {
            format.push_str("\\n%header{");
            format.push_str(name);
            format.push('}');
        }
        format
    }

    fn lines(&self, answer: &Response) -> Vec<String> {
        let mut lines = vec![answer.status.to_string()];
        if self.redirect {
            let target = if answer.hops.is_empty() { answer.location() } else { Some(answer.url.clone()) };
            lines.push(target.map(|url| url.to_string()).unwrap_or_default());
        }
        lines.extend(self.headers.iter().map(|name| answer.header(name).unwrap_or_default().to_owned()));
        lines
    }
}

fn output(exchange: &Exchange, printed: &Printed, auth: &ShellAuth) -> CurlOutput {
    let expect = &exchange.expect;
    let looks_at_body = expect.contains.is_some()
        || expect.not_contains.is_some()
        || expect.matches.is_some()
        || expect.json.is_some()
        || exchange.captures.iter().any(|capture| matches!(capture.from, AnswerValue::Json(_)));
    let looks_at_headers =
        exchange.captures.iter().any(|capture| matches!(capture.from, AnswerValue::Header(_)));
    CurlOutput {
        body: Some(if looks_at_body { BODY } else { "/dev/null" }),
        headers: looks_at_headers.then_some(HEADERS),
        print: Some(printed.format(exchange.call.follow)),
        // A step may be given a new session cookie that the next one needs.
        keep_cookies: exchange.keep_cookies && matches!(auth, ShellAuth::Cookies(_)),
        ..CurlOutput::default()
    }
}

/// The command that looks for one judged value in the saved body.
fn look(judged: &Comparison, document: Option<&Value>) -> Option<Command> {
    let found = || vec![judged.actual.clone()];
    match (&judged.subject, &judged.expected) {
        (Subject::Smoke(SmokeSubject::Body), Expected::Contains(text) | Expected::NotContains(text)) => {
            Some(Command::reads(contains(text), found()))
        }
        (Subject::Smoke(SmokeSubject::Body), Expected::Matches(pattern)) => {
            Some(Command::reads(matches(pattern), found()))
        }
        (Subject::Smoke(SmokeSubject::Json(path)), _) => Some(json(path, document)),
        _ => None,
    }
}

fn contains(text: &str) -> String {
    if text.contains('\n') {
        // To grep, lines of a fixed text are texts of their own.
        matches(&regex::escape(text).replace('\n', "\\n"))
    } else {
        grep("-qF", text)
    }
}

/// The whole body at once (`-z`), as the judge looks at it, and not line by line.
fn matches(pattern: &str) -> String {
    // There `^` and `$` would stand for the borders of lines.
    let mode = if pattern.contains(['^', '$']) { "(?-m)" } else { "" };
    grep("-qzP", &format!("{mode}{pattern}"))
}

fn grep(how: &str, what: &str) -> String {
    format!("grep {how} -- {} {BODY} && echo found || echo 'not found'", shell_quote(what))
}

/// `jq` prints what the path selects; where jq cannot say the path, it prints the whole document, and
/// what it prints is left to the reader.
fn json(path: &str, document: Option<&Value>) -> Command {
    let selected = document.map(|document| expect::select(path, document));
    let filter = jq_filter(path).map(|filter| match &selected {
        // On its way to what is not there, jq may come through what has no fields.
        Some(None) if filter[1..].contains(['.', '[']) => format!("try {filter} catch null"),
        _ => filter,
    });
    match (filter, selected.map(Option::unwrap_or_default)) {
        // A wildcard prints a line for each value, and the judge saw them as one array.
        (Some(filter), Some(value))
            if !filter.contains("[]") && expect::plain(&value).len() <= LONGEST_PRINT =>
        {
            if is_steady(&value) {
                let bash = format!("jq -cr {} {BODY}", shell_quote(&filter));
                return Command::reads(bash, vec![expect::plain(&value)]);
            }
            let bash = format!("jq -c {} {BODY}", shell_quote(&format!("{filter} == {value}")));
            Command::reads(bash, vec!["true".to_owned()])
        }
        (filter, _) => {
            let filter = filter.unwrap_or_else(|| ".".to_owned());
            Command::reads(format!("jq -cr {} {BODY}  # {path}", shell_quote(&filter)), Vec::new())
        }
    }
}

/// Whether every version of jq prints this as it is: 12.0 is 12 to some, and large numbers lose digits.
fn is_steady(value: &Value) -> bool {
    /// JSON's numbers are exact up to here in every reader.
    const EXACT: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let whole = number.as_i64().is_some_and(|number| number.unsigned_abs() <= EXACT);
            whole
                || (text.contains('.')
                    && !text.ends_with(".0")
                    && !text.contains(['e', 'E'])
                    && text.len() < 16)
        }
        Value::Array(items) => items.iter().all(is_steady),
        Value::Object(fields) => fields.values().all(is_steady),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn poll(asks: &str, prints: &[String], looks: &[Command], polling: &Polling<AnswerFailOn>) -> String {
    let pause = polling.every.as_secs_f64();
    let times = (polling.within.as_secs_f64() / pause.max(0.1)).ceil().max(1.0);
    let mut holds = vec![format!("[ \"$seen\" = {} ]", shell_quote(&prints.join("\n")))];
    for look in looks.iter().filter(|look| look.prints.len() == 1) {
        holds.push(format!("[ \"$({})\" = {} ]", look.bash, shell_quote(&look.prints[0])));
    }
    format!(
        "for _ in $(seq {times}); do\n  seen=$({asks})\n  {} && break\n  sleep {pause}\ndone\necho \"$seen\"",
        holds.join(" && ")
    )
}

fn capture(capture: &Capture<AnswerValue>) -> Command {
    let value = match &capture.from {
        AnswerValue::Json(path) => {
            let filter = jq_filter(path.as_str()).unwrap_or_else(|| ".".to_owned());
            format!("jq -r {} {BODY}", shell_quote(&filter))
        }
        AnswerValue::Header(name) => {
            let pattern = shell_quote(&format!("^{name}:"));
            format!("grep -i {pattern} {HEADERS} | head -n 1 | cut -d' ' -f2- | tr -d '\\r'")
        }
    };
    Command::reads(format!("{}=$({value})", capture.name), Vec::new())
}

/// The end of the certificate, as openssl prints it.
fn certificate(answer: &Response) -> Option<Command> {
    let host = answer.url.host_str()?;
    let port = answer.url.port_or_known_default()?;
    let ends = jiff::Timestamp::from_second(answer.certificate_ends?).ok()?;
    let bash = format!(
        "openssl s_client -connect {host}:{port} -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -enddate"
    );
    Some(Command::reads(bash, vec![format!("notAfter={}", ends.strftime("%b %e %H:%M:%S %Y GMT"))]))
}

/// A new, empty cookie file that only its owner can read.
pub(crate) fn fresh_cookie_file(name: &str) -> Command {
    Command::reads(format!("install -m 600 /dev/null {}", shell_quote(name)), Vec::new())
}

/// A call and the JSON value that is looked at in its answer, as one pipe.
pub(crate) fn ask_json(call: &Call, auth: &ShellAuth, path: &str, actual: Option<&str>) -> Command {
    let asks = curl::command(call, auth, &CurlOutput { body: None, print: None, ..CurlOutput::default() });
    let filter = jq_filter(path).unwrap_or_else(|| ".".to_owned());
    Command::reads(
        format!("{asks} | jq -cr {}", shell_quote(&filter)),
        actual.map(str::to_owned).into_iter().collect(),
    )
}
