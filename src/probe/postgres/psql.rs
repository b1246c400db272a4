//! What a person pastes to ask the same with `psql`, by the way that we went. It holds no secret's value.

use super::url::{Roots, SslMode};
use super::{Database, Settings, Via, identifier};
use crate::probe::host::words;
use crate::text::{Part, shell_quote};

impl Database {
    /// bash that runs this SQL.
    pub fn psql(&self, sql: &str) -> String {
        self.psql_with(sql, &[])
    }

    /// The same for SQL in which `:'name'` stands for variables of the shell: each with bash that gives its value.
    pub fn psql_with(&self, sql: &str, variables: &[(String, String)]) -> String {
        let settings = &*self.settings;
        let mut lines = String::new();
        if let Some(schema) = &settings.address.schema
            && schema != "public"
        {
            lines.push_str(&format!("set search_path to {};\n", identifier(schema)));
        }
        lines.push_str(sql.trim().trim_end_matches(';'));
        lines.push(';');
        let call = match &settings.via {
            Some(via) if via.container.is_some() => in_container(settings, via, variables),
            Some(via) => through_ssh(settings, via, variables),
            None => direct(settings, variables),
        };
        // A line of its own that looks like the end would end it early.
        let mut end = "SQL".to_owned();
        while lines.lines().any(|line| line == end) {
            end.push('_');
        }
        format!("{call} <<'{end}'\n{lines}\n{end}")
    }
}

fn assigned(variables: &[(String, String)]) -> String {
    variables.iter().map(|(name, value)| format!(" -v {name}={value}")).collect()
}

/// With the URL itself, without the parameters that libpq refuses.
fn direct(settings: &Settings, variables: &[(String, String)]) -> String {
    let (before, url) = url(settings, "");
    format!("{before}{}psql -qX{} {url}", tls(settings), assigned(variables))
}

/// By the server's own program in its container, whose socket asks for no password.
fn in_container(settings: &Settings, via: &Via, variables: &[(String, String)]) -> String {
    let address = &settings.address;
    let mut argv = via.docker.clone();
    argv.extend(["exec", "-i"].map(str::to_owned));
    argv.extend(via.container.clone());
    argv.extend(["psql", "-qX", "-U", &address.user, "-d", &address.database].map(str::to_owned));
    if !via.host.is_remote() {
        return format!("{}{}", words(&argv), assigned(variables));
    }
    if variables.is_empty() {
        return via.host.shell(&argv);
    }
    // The other side's shell reads the values once more.
    let quoted = variables.iter().map(|(name, value)| format!(" -v {name}=$(printf %q {value})"));
    let command = words(&argv);
    let command = format!("{}{}", escape(&command), quoted.collect::<String>());
    format!("{} \"{command}\"", words(&via.host.login()))
}

/// Through a port that ssh keeps open as long as it is used.
fn through_ssh(settings: &Settings, via: &Via, variables: &[(String, String)]) -> String {
    if !via.host.is_remote() {
        return direct(settings, variables);
    }
    let address = &settings.address;
    let target = address.hostaddr.map_or_else(|| address.name().to_owned(), |address| address.to_string());
    let forward = ["-o", "ExitOnForwardFailure=yes", "-f", "-L"].map(str::to_owned).to_vec();
    let tunnel = format!("15432:{target}:{}", address.port);
    let login = via.host.login();
    let (program, rest) = login.split_first().map_or(("ssh", &[][..]), |(first, rest)| (first, rest));
    let ssh: Vec<String> = std::iter::once(program.to_owned())
        .chain(forward)
        .chain([tunnel])
        .chain(rest.iter().cloned())
        .chain(["sleep", "10"].map(str::to_owned))
        .collect();
    let (before, url) = url(settings, "hostaddr=127.0.0.1&port=15432");
    format!("{} &&\n{before}{}psql -qX{} {url}", words(&ssh), tls(settings), assigned(variables))
}

/// What has to be said before, and the URL as a word for bash, without its parameters, with these instead.
fn url(settings: &Settings, parameters: &str) -> (String, String) {
    let (mut before, name) = match settings.text.parts() {
        [Part::Secret(name)] => (String::new(), name.clone()),
        _ => (format!("url={}; ", settings.text.shell()), "url".to_owned()),
    };
    let more = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
    if !is_special(settings) {
        return (before, format!("\"${{{name}%%\\?*}}{more}\""));
    }
    // A password that libpq would take for something else goes by a variable of its own.
    before.push_str(&format!("rest=${{{name}#*://}}; host=${{rest##*@}}; "));
    before.push_str("rest=${rest%@*}; export PGPASSWORD=${rest#*:}; ");
    (before, format!("\"postgresql://${{rest%%:*}}@${{host%%\\?*}}{more}\""))
}

/// Whether the password is written in a way that libpq, or the word for bash, would read differently.
fn is_special(settings: &Settings) -> bool {
    let address = &settings.address;
    let written = address.password_as_written.as_ref().or(address.password.as_ref());
    let encoded = address.password_as_written.is_some();
    written.is_some_and(|written| {
        written.expose().contains(['@', '/', '?']) || (!encoded && written.expose().contains('%'))
    })
}

/// libpq's variables for what is more than its default.
fn tls(settings: &Settings) -> String {
    let mut text = String::new();
    if settings.address.mode != SslMode::Prefer {
        text.push_str(&format!("PGSSLMODE={} ", settings.address.mode.word()));
    }
    if let Roots::File(file) = &settings.address.roots {
        text.push_str(&format!("PGSSLROOTCERT={} ", shell_quote(&file.to_string_lossy())));
    }
    text
}

/// For a place between double quotes.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
