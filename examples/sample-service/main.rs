//! The sample service as a program: `cargo run --example sample-service -- --help`.

#[expect(dead_code, unused_imports, reason = "the tests use more of it than the program does")]
#[path = "service.rs"]
mod service;

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use service::{Config, Database, FaultSpec, Role, Service, User};
use tokio::signal::unix::{SignalKind, signal};

/// A small web application to try prod-gate on: pages, logins, roles, a workflow, and faults.
#[derive(Parser)]
#[command(name = "sample-service")]
struct Arguments {
    /// The port on the loopback; 0 for a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The commit that /api/version names.
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
    /// The version that /api/version names.
    #[arg(long)]
    version_name: Option<String>,
    /// How long an assessment is pending, in milliseconds.
    #[arg(long, default_value_t = 600)]
    delay_ms: u64,
    #[arg(long, value_name = "NAME[:N][=PATH]", help = format!("What goes wrong, and where; repeatable: {}", service::FAULT_NAMES))]
    fault: Vec<FaultSpec>,
    /// A PostgreSQL database on this machine; without it assessments are kept in memory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// A folder of migrations, applied before anything is answered.
    #[arg(long, requires = "database_url", value_name = "DIR")]
    migrate: Option<PathBuf>,
    /// Apply the migrations and end.
    #[arg(long, requires = "migrate")]
    migrate_only: bool,
    /// The address that users see, if it is not the listening one.
    #[arg(long, env = "NEXTAUTH_URL", value_name = "URL")]
    public_url: Option<String>,
    /// A PEM file with the certificate chain: it then speaks TLS only.
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// A PEM file with its key.
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    credentials: Credentials,
}

/// Who may log in; demo credentials by default.
#[derive(clap::Args)]
struct Credentials {
    #[arg(long, env = "ADMIN_EMAIL", default_value = "admin@nexus.test")]
    admin_email: String,
    #[arg(long, env = "ADMIN_PASSWORD", default_value = "demo-admin-password", hide_env_values = true)]
    admin_password: String,
    #[arg(long, env = "ELEVE_EMAIL", default_value = "eleve@nexus.test")]
    eleve_email: String,
    #[arg(long, env = "ELEVE_PASSWORD", default_value = "demo-eleve-password", hide_env_values = true)]
    eleve_password: String,
    #[arg(long, env = "COACH_EMAIL", default_value = "coach@nexus.test")]
    coach_email: String,
    #[arg(long, env = "COACH_PASSWORD", default_value = "demo-coach-password", hide_env_values = true)]
    coach_password: String,
}

impl Credentials {
    fn users(self) -> Vec<User> {
        let user = |name: &str, email, password, role| User { name: name.to_owned(), email, password, role };
        vec![
            user("Amira Admin", self.admin_email, self.admin_password, Role::Admin),
            user("Elias Eleve", self.eleve_email, self.eleve_password, Role::Eleve),
            user("Chiraz Coach", self.coach_email, self.coach_password, Role::Coach),
        ]
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let defaults = Config::default();
    let tls = match (arguments.tls_cert, arguments.tls_key) {
        (Some(chain), Some(key)) => Some((std::fs::read_to_string(chain)?, std::fs::read_to_string(key)?)),
        _ => None,
    };
    let running = Service::start(Config {
        port: arguments.port,
        commit: arguments.commit.unwrap_or(defaults.commit),
        version: arguments.version_name.unwrap_or(defaults.version),
        delay: Duration::from_millis(arguments.delay_ms),
        users: arguments.credentials.users(),
        tls,
        public_url: arguments.public_url.map(|url| url.trim_end_matches('/').to_owned()),
        database: arguments.database_url.map(|url| Database { url, migrations: arguments.migrate }),
        faults: arguments.fault,
    })
    .await?;
    if arguments.migrate_only {
        running.stop().await;
        return Ok(());
    }
    // Whoever started it reads this line to learn the port.
    writeln!(std::io::stdout(), "listening on {}", running.url)?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    running.stop().await;
    Ok(())
}
