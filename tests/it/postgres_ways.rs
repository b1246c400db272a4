//! The ways to a database: directly, through SSH to a port of the host, to a container's address; and what a person
//! pastes to go the same way.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use prod_gate::model::{Cause, CauseCode as Code};
use prod_gate::probe::host::{Host, SshKey, SshSettings};
use prod_gate::probe::postgres::{Database, DatabaseSettings, DatabaseVia, Link, PsqlVariable, Trusted, url};
use prod_gate::text::Text;
use tempfile::TempDir;

use crate::postgres::{server, settings};
use crate::support::docker;
use crate::support::postgres::{PASSWORD, Postgres, Setup, encoded};
use crate::support::runtime;
use crate::support::skip::skip;
use crate::support::sshd::{self, Sshd, free_port};
use crate::support::tls::{Authority, Certificate};

/// What SQL injection would look like, and everything that a shell may stumble over.
const NASTY: &str = "x'; drop table t; -- \"$HOME\" `id` \\ %41 \u{e9} $(id) !";

/// A URL of which the password is the secret `DB_PASSWORD`, and one that is a secret itself.
fn settings_of(text: &str, url: &str) -> DatabaseSettings {
    let text = if text.is_empty() { Text::literal(url) } else { Text::before_secret("", text) };
    DatabaseSettings { address: url::parse(url).unwrap(), text, ..settings("postgresql://u@h") }
}

/// Run bash, with `DATABASE_URL` and these programs first in its path.
fn bash(script: &str, url: &str, programs: &[(&str, String)]) -> String {
    let folder = TempDir::new().unwrap();
    for (name, text) in programs {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/bash\n{text}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    // What the process list shows of psql.
    let psql = folder.path().join("psql");
    if !psql.exists() {
        let seen = folder.path().join("seen").display().to_string();
        fs::write(&psql, format!("#!/bin/bash\nprintf '%s\\n' \"$@\" >>{seen}\nexec /usr/bin/psql \"$@\"\n"))
            .unwrap();
        fs::set_permissions(&psql, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .env("HOME", folder.path())
        .env("DATABASE_URL", url)
        .env("nasty", NASTY)
        .env("NASTY_SECRET", NASTY)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty(), "{said}\n{script}");
    let seen = fs::read_to_string(folder.path().join("seen")).unwrap_or_default();
    assert!(!seen.contains(PASSWORD) && !seen.contains(&encoded(PASSWORD)), "{seen}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_pasted_asks_the_same_directly() {
    let Some(server) = server("postgres_paste") else { return };
    let name = server.database("create schema app; create table app.t as select 7 as id, 'x;y' as said");
    server.psql("postgres", "create role gate_question login password 'what?a@b/c'");
    let (port, socket) = (server.port, server.socket().display().to_string());
    let raw =
        format!("postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/{name}?schema=public&connection_limit=1");
    for url in [
        server.url("postgres", &name),
        format!("{}?sslmode=prefer&pgbouncer=true", server.url("postgres", &name)),
        format!("{}?sslmode=disable&schema=app", server.url("postgres", &name)),
        raw,
        format!("postgresql://gate_question:what?a@b/c@127.0.0.1:{port}/{name}?schema=public"),
        format!("postgresql://gate_question:what%3fa@b/c@127.0.0.1:{port}/{name}"),
        format!("postgresql://postgres@x:1/{name}?host={}&port={port}", encoded(&socket)),
        format!("postgresql://postgres@{}:{port}/{name}", encoded(&socket)),
    ] {
        let database = Database::new(settings_of("DATABASE_URL", &url));
        let pasted = database.psql("select 7 as id, 'x;y' as said, null as nothing where true;");
        assert_eq!(bash(&pasted, &url, &[]), "id|said|nothing\n7|x;y|\n(1 row)\n", "{url}\n{pasted}");
        let asks = bash(&database.psql_with("select current_database();", &[], "-qAtX"), &url, &[]);
        assert_eq!(asks.trim(), name, "{url}");
    }
    // The schema of the URL, a line that looks like the end, and a URL that is no secret.
    let url = format!("{}?schema=app", server.url("postgres", &name));
    let database = Database::new(settings_of("DATABASE_URL", &url));
    assert_eq!(bash(&database.psql("select id from t /*\nSQL\n*/;"), &url, &[]), "id\n7\n(1 row)\n");
    let url = format!("postgresql://postgres@localhost:{port}/{name}?host={socket}");
    assert_eq!(
        bash(&Database::new(settings_of("", &url)).psql("select 1 as n;"), "", &[]),
        "n\n1\n(1 row)\n"
    );
}

fn variables() -> Vec<PsqlVariable> {
    let variable = |name: &str, value: Text, secret| PsqlVariable { name: name.to_owned(), value, secret };
    vec![
        variable("nasty", Text::captured("nasty"), false),
        variable("hidden", Text::before_secret("<", "NASTY_SECRET"), true),
        variable("fixed", Text::literal("it's"), false),
    ]
}

const ASKS: &str =
    "select :'nasty'::text = :'hidden'::text, '<' || :'nasty' = :'hidden', length(:'nasty'), :'fixed'::text;";

fn answers() -> String {
    format!("f|t|{}|it's\n", NASTY.chars().count())
}

#[test]
fn values_are_handed_to_psql_and_never_pasted() {
    let Some(server) = server("postgres_values") else { return };
    let name = server.database("create table t (id int)");
    let url = server.url("postgres", &name);
    let pasted = Database::new(settings_of("DATABASE_URL", &url)).psql_with(ASKS, &variables(), "-qAtX");
    assert_eq!(bash(&pasted, &url, &[]), answers(), "{pasted}");
    assert_eq!(server.psql(&name, "select count(*) from t"), "0");
}

fn ssh_of(sshd: &Sshd) -> (SshSettings, String) {
    let settings = SshSettings { identity: None, known_hosts: None, ..sshd.settings() };
    // What a person's own ssh knows.
    let known = sshd.known_host(sshd.port);
    let file = sshd.key_file().with_file_name("known");
    fs::write(&file, known.trim()).unwrap();
    let wrapper = format!(
        "exec /usr/bin/ssh -F none -o BatchMode=yes -o LogLevel=ERROR -o UserKnownHostsFile={} -i {} \"$@\"",
        file.display(),
        sshd.key_file().display()
    );
    let identity = Some(SshKey::File(sshd.key_file().display().to_string()));
    (SshSettings { identity, known_hosts: sshd.settings().known_hosts, ..settings }, wrapper)
}

#[test]
fn a_port_of_the_host_is_reached_through_ssh() {
    if let Some(why) = sshd::missing().or_else(crate::support::postgres::missing) {
        return skip("postgres_ssh", &why);
    }
    let authority = Authority::new();
    let (certificate, key) = authority.pem(Certificate::Good);
    let server = Postgres::with(&Setup { tls: Some((&certificate, &key)), ..Setup::default() });
    let name = server.database("create table t as select 7 as id");
    let sshd = Sshd::start();
    let (ssh, wrapper) = ssh_of(&sshd);
    let via = |host: Host| Some(DatabaseVia { host, docker: vec!["docker".to_owned()], container: None });
    let host = Host::ssh(ssh);
    let url = server.url("postgres", &name);
    let read = |settings: DatabaseSettings| {
        let database = Database::new(settings);
        runtime().block_on(async {
            let reading = database.read().await?;
            let rows = reading.rows("select id from t", &[]).await?;
            assert_eq!(rows.rows, [[Some("7".to_owned())]]);
            Ok::<_, Cause>(reading.link())
        })
    };
    let through = |url: &str| DatabaseSettings { via: via(host.clone()), ..settings_of("DATABASE_URL", url) };
    assert_eq!(read(through(&format!("{url}?sslmode=disable"))), Ok(Link::PlainSsh));
    // The name that TLS is for is the URL's, whatever the way.
    let ca = Trusted::Pem(fs::read_to_string(authority.file()).unwrap());
    let url_by_name = format!("{}?sslmode=verify-full", url.replace("127.0.0.1", "localhost"));
    let verified = DatabaseSettings { trusted: ca, ..through(&url_by_name) };
    assert_eq!(read(verified), Ok(Link::TlsVerified));
    // What goes wrong on the other side is told, not that a connection was closed.
    let nobody = url.replace(&server.port.to_string(), &free_port().to_string());
    let refused = read(through(&nobody)).unwrap_err();
    assert_eq!(refused.code, Code::Refused, "{}", refused.detail);
    let lost = url.replace("127.0.0.1", "nowhere.invalid");
    assert_eq!(read(through(&lost)).unwrap_err().code, Code::Dns);

    let pasted = Database::new(through(&format!("{url}?sslmode=require"))).psql("select id from t;");
    let pasted = pasted.replace("15432", &free_port().to_string()).replace("sleep 10", "sleep 1");
    assert_eq!(bash(&pasted, &url, &[("ssh", wrapper)]), "id\n7\n(1 row)\n", "{pasted}");
}

#[test]
fn a_container_s_address_is_looked_up() {
    let Some(server) = server("postgres_container") else { return };
    let engine = match docker::engine() {
        Ok(engine) if sshd::missing().is_none() => engine,
        Ok(_) => return skip("postgres_container", "sshd is missing"),
        Err(why) => return skip("postgres_container", &why),
    };
    let name = server.database("create table t as select 7 as id");
    let socket = server.socket().display().to_string();
    // The container has the machine's network and, in place of an image of PostgreSQL, the machine's psql.
    let mount = |path: &str| format!("{path}:{path}:ro");
    let mounts: Vec<String> = ["/usr", "/lib", "/lib64", "/etc"]
        .into_iter()
        .filter(|path| fs::metadata(path).is_ok())
        .map(mount)
        .collect();
    let mut options = vec!["--network", "host", "--volume"];
    let socket_mount = format!("{socket}:{socket}");
    let (host_variable, port_variable) = (format!("PGHOST={socket}"), format!("PGPORT={}", server.port));
    options.extend([
        &*socket_mount,
        "--env",
        &host_variable,
        "--env",
        &port_variable,
        "--env",
        "PATH=/usr/bin:/bin",
    ]);
    options.extend(mounts.iter().flat_map(|mount| ["--volume", mount.as_str()]));
    let container = engine.run(&options, &["sleep", "1000"]);
    let sshd = Sshd::configured(&engine.ssh_environment());
    let (ssh, wrapper) = ssh_of(&sshd);
    // The host and the password of the URL are the container's own affair.
    let url = server.url("postgres", &name).replace("127.0.0.1", "postgres-db");
    let mut docker = vec!["docker".to_owned()];
    let local = docker.iter().cloned().chain(["-H".to_owned(), engine.address().to_owned()]).collect();
    let local = if engine.address().is_empty() { docker.clone() } else { local };
    for (host, docker) in [(Host::ssh(ssh), std::mem::take(&mut docker)), (Host::local(), local)] {
        let remote = host.is_remote();
        let docker = if docker.is_empty() { vec!["docker".to_owned()] } else { docker };
        let via = DatabaseVia { host, docker, container: Some(container.id.clone()) };
        let settings = DatabaseSettings { via: Some(via.clone()), ..settings_of("DATABASE_URL", &url) };
        let database = Database::new(settings.clone());
        let (rows, link) = runtime().block_on(async {
            let reading = database.read().await.unwrap();
            (reading.rows("select id from t", &[]).await.unwrap(), reading.link())
        });
        assert_eq!(rows.rows, [[Some("7".to_owned())]]);
        assert_eq!(link, if remote { Link::PlainSsh } else { Link::PlainLocal });
        let nobody = DatabaseVia { container: Some("gate-nobody".to_owned()), ..via };
        let nobody = Database::new(DatabaseSettings { via: Some(nobody), ..settings });
        let missing = runtime().block_on(nobody.read()).err().unwrap();
        assert_eq!(missing.code, Code::NoContainer, "{}", missing.detail);

        let ssh = [("ssh", wrapper.clone())];
        assert_eq!(bash(&database.psql("select id from t;"), "", &ssh), "id\n7\n(1 row)\n");
        let pasted = database.psql_with(ASKS, &variables(), "-qAtX");
        assert_eq!(bash(&pasted, "", &ssh), answers(), "{pasted}");
    }
}
