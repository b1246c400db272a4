//! What a person pastes to ask the same with `psql`, by the way that we went. It holds no secret's value, and what
//! runs shows none in the list of processes.

use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Database;
use super::settings::{DatabaseSettings, DatabaseVia};
use super::url::{Endpoint, Roots, SslMode};
use crate::probe::host::words;
use crate::redact::Secret;
use crate::text::{Text, TextPart, escape_double_quoted, shell_quote, sql_identifier};

/// The local port of `ssh -L` in pasted commands.
const TUNNEL: u16 = 15432;

/// A value that SQL for psql names as `:'name'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsqlVariable {
    pub name: String,
    pub value: Text,
    /// Whether it must not stand on a command line.
    pub secret: bool,
}

impl Database {
    /// bash that runs this SQL and prints the columns' names, the rows, and how many there are.
    pub fn psql(&self, sql: &str) -> String {
        self.psql_with(&ended(sql), &[], "-qAX")
    }

    /// The same for SQL in which `:'name'` stands for these values, with other options.
    pub fn psql_with(&self, sql: &str, variables: &[PsqlVariable], options: &str) -> String {
        let settings = &*self.settings;
        let mut lines = String::new();
        if let Some(schema) = settings.address.schema.as_deref().filter(|schema| *schema != "public") {
            let _ = writeln!(lines, "set search_path to {};", sql_identifier(schema));
        }
        lines.push_str(sql.trim());
        // A line of its own that looks like the end would end it early.
        let mut end = "SQL".to_owned();
        while lines.lines().any(|line| line == end) {
            end.push('_');
        }
        let (secret, plain): (Vec<_>, Vec<_>) = variables.iter().partition(|variable| variable.secret);
        let call = PsqlCall { settings, plain: &plain, options };
        let (before, call) = match &settings.via {
            Some(via) if via.container.is_some() => (String::new(), call.in_container(via)),
            Some(via) if via.host.is_remote() => call.through_ssh(via),
            _ => call.direct(""),
        };
        if secret.is_empty() {
            return format!("{before}{call} <<'{end}'\n{lines}\n{end}");
        }
        let set: String = secret.iter().map(|variable| set(variable)).collect();
        format!("{before}{{ {set}cat; }} <<'{end}' | {call}\n{lines}\n{end}")
    }
}

/// A statement with the `;` that psql waits for.
pub fn ended(sql: &str) -> String {
    let sql = sql.trim().trim_end_matches(';');
    let comment = sql.lines().last().is_some_and(|line| line.contains("--"));
    format!("{sql}{};", if comment { "\n" } else { "" })
}

/// What hands a value over on standard input: as psql's `\set` reads it.
fn set(PsqlVariable { name, value, .. }: &PsqlVariable) -> String {
    let value = value.shell();
    format!(
        "printf \"\\\\\\\\set {name} '%s'\\\\n\" \"$(printf %s {value} | sed \"s/[\\\\\\\\']/\\\\\\\\&/g\")\"; "
    )
}

struct PsqlCall<'a> {
    settings: &'a DatabaseSettings,
    plain: &'a [&'a PsqlVariable],
    options: &'a str,
}

impl PsqlCall<'_> {
    fn assigned(&self) -> String {
        let one = |variable: &&PsqlVariable| format!(" -v {}={}", variable.name, variable.value.shell());
        self.plain.iter().map(one).collect()
    }

    /// With the URL itself, without the parameters that libpq refuses, and without the password, which everybody
    /// on the machine could read on a command line. What has to stand before, and the call.
    fn direct(&self, parameters: &str) -> (String, String) {
        let DatabaseSettings { address, text, .. } = self.settings;
        let mut before = match text.parts() {
            [TextPart::Secret(name)] => format!("_url=${{{name}#*://}}; "),
            _ => format!("_url={}; _url=${{_url#*://}}; ", text.shell()),
        };
        let mut environment = self.environment();
        let no_parameters = "_url=${_url%%\\?*}";
        let who = match address.written.as_ref().map(Secret::expose) {
            None => {
                before.push_str(no_parameters);
                ""
            }
            Some(written) => {
                // Not as it stands before a colon: what looks like a URL with a password is masked.
                let login = "_login=${_url%@*}; _url=${_url##*@}; _user=${_login%%:*}";
                let _ = if written.contains('?') {
                    write!(before, "{login}; {no_parameters}")
                } else {
                    write!(before, "{no_parameters}; {login}")
                };
                environment.push_str(
                    if address.password.as_ref().is_some_and(|one| one.expose() == written) {
                        "PGPASSWORD=${_login#*:} "
                    } else {
                        "PGPASSWORD=$(_login=${_login#*:}; printf %b \"${_login//%/\\\\x}\") "
                    },
                );
                "${_user}@"
            }
        };
        let given = address
            .given
            .iter()
            .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        let all: Vec<_> = given.chain((!parameters.is_empty()).then(|| parameters.to_owned())).collect();
        let all = if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) };
        let call = format!(
            "{environment}psql {}{} \"postgresql://{who}${{_url}}{all}\"",
            self.options,
            self.assigned()
        );
        (before + "\n", call)
    }

    /// libpq's variables for what is more than its default.
    fn environment(&self) -> String {
        let address = &self.settings.address;
        let mut text = String::new();
        if address.mode != SslMode::Prefer {
            let _ = write!(text, "PGSSLMODE={} ", address.mode.word());
        }
        if let Roots::File(file) = &address.roots {
            let _ = write!(text, "PGSSLROOTCERT={} ", shell_quote(&file.to_string_lossy()));
        }
        text
    }

    /// By the server's own program in its container, whose socket asks for no password.
    fn in_container(&self, via: &DatabaseVia) -> String {
        let address = &self.settings.address;
        let mut argv = via.docker.clone();
        argv.extend(["exec", "-i"].map(str::to_owned));
        argv.extend(via.container.clone());
        argv.extend(["psql", self.options, "-U", &address.user, "-d", &address.database].map(str::to_owned));
        if !via.host.is_remote() {
            return format!("{}{}", words(&argv), self.assigned());
        }
        if self.plain.is_empty() {
            return via.host.shell(&argv);
        }
        // The other side's shell reads the values once more.
        let quoted = self
            .plain
            .iter()
            .map(|PsqlVariable { name, value, .. }| format!(" -v {name}=$(printf %q {})", value.shell()));
        let command = format!("{}{}", escape_double_quoted(&words(&argv)), quoted.collect::<String>());
        format!("{} \"{command}\"", words(&via.host.login()))
    }

    /// Through a port that ssh keeps open as long as it is used.
    fn through_ssh(&self, via: &DatabaseVia) -> (String, String) {
        let address = &self.settings.address;
        let target = match (address.hostaddr, &address.place) {
            (Some(hostaddr), _) => hostaddr.to_string(),
            (None, Endpoint::Host(name)) => name.clone(),
            (None, Endpoint::Socket(_)) => String::new(),
        };
        let target = if target.contains(':') { format!("[{target}]") } else { target };
        let mut ssh = via.host.login();
        let options = ["-f", "-o", "ExitOnForwardFailure=yes", "-L"].map(str::to_owned);
        ssh.splice(1..1, options.into_iter().chain([format!("{TUNNEL}:{target}:{}", address.port)]));
        ssh.extend(["sleep", "10"].map(str::to_owned));
        let (before, call) = self.direct(&format!("hostaddr=127.0.0.1&port={TUNNEL}"));
        (format!("{}\n{before}", words(&ssh)), call)
    }
}
