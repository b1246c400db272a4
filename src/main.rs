//! Arguments, logging, the exit code. Everything else is in the library.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use prod_gate::cli::{Cli, CliCommand};
use prod_gate::error::{Error, Exit};
use prod_gate::redact::{Redactor, ScrubWriter, scrub_panics};
use prod_gate::{config, gate, validate};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let redactor = Redactor::new();
    scrub_panics(redactor.clone());
    log(cli.verbose, redactor.clone());
    match start(cli, &redactor) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Standard error may be closed; the exit code still tells.
            let title = if error.titled { "" } else { "error: " };
            let _ = writeln!(anstream::stderr(), "{title}{}", redactor.scrub(&error.to_string()));
            error.exit.into()
        }
    }
}

fn start(cli: Cli, redactor: &Redactor) -> Result<Exit, Error> {
    let env = |name: &str| std::env::var(name).ok();
    if matches!(cli.command, CliCommand::Schema) {
        return print(&config::schema::json_schema_text());
    }
    // Two providers of cryptography may be compiled in; which one is used is decided here. It fails only
    // where one has been chosen already, and then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Waiting is what it does; on one thread a thousand requests take less time than on two that wake each
    // other.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::errored(format!("no asynchronous runtime: {error}")))?;
    let exit = match cli.command {
        CliCommand::Run(args) => runtime.block_on(gate::run(args.without_empty(), redactor.clone(), &env)),
        CliCommand::Publish(args) => runtime.block_on(gate::publish(&args.without_empty(), redactor, &env)),
        CliCommand::Plan(args) => runtime
            .block_on(gate::show_plan(&args.selection.without_empty(), redactor, &env))
            .and_then(|text| print(&text)),
        CliCommand::Validate(args) => {
            runtime.block_on(validate::run(args, redactor.clone(), &env)).and_then(|text| print(&text))
        }
        CliCommand::Review(args) => runtime.block_on(validate::review(&args)).and_then(|text| print(&text)),
        CliCommand::Schema => Ok(Exit::Passed),
    };
    // What hangs must not keep the program from leaving.
    runtime.shutdown_background();
    exit
}

fn print(text: &str) -> Result<Exit, Error> {
    match anstream::stdout().write_all(text.as_bytes()) {
        // A reader such as `head` that has seen enough is no error.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::errored(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::Passed),
    }
}

/// Logs go to standard error, scrubbed; `PROD_GATE_LOG` overrides `-v` in tracing's own syntax.
fn log(verbose: u8, redactor: Redactor) {
    let default = match verbose {
        0 => "warn",
        1 => "prod_gate=debug,warn",
        _ => "trace",
    };
    let filter = std::env::var("PROD_GATE_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = tracing_subscriber::EnvFilter::try_new(filter.as_deref().unwrap_or(default))
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(move || ScrubWriter::new(redactor.clone(), std::io::stderr()))
        .init();
}
