//! What a run is told: the configuration file or flags, the notes, and the defaults.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::cli::{ProcessEnv, Selection};
use crate::config::{self, Loaded, PublishingConfig};
use crate::error::Error;
use crate::model::Notes;
use crate::redact::Redactor;

/// Notes longer than this are no notes, in bytes.
const LONGEST_NOTES: u64 = 64 * 1024;

/// Load the configuration and hand its secrets to the scrubber.
pub(crate) fn load(selection: &Selection, redactor: &Redactor, env: ProcessEnv) -> Result<Loaded, Error> {
    let path = &selection.config;
    let name = path.display().to_string();
    let mut loaded = match read(path) {
        Ok(bytes) => {
            if !selection.pages.is_empty() {
                return Err(Error::usage(format!(
                    "--page is only for runs without a configuration file, and there is {name}"
                ))
                .hint("write the page into the file, or name another file with --config"));
            }
            config::load(&name, &bytes, &env)
                .map_err(|error| Error::configuration(&error.render(colour(env))))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound && selection.base_url.is_some() => {
            let base_url = selection.base_url.as_deref().unwrap_or_default();
            Loaded::from_flags(base_url, &selection.pages)
                .map_err(|error| Error::configuration(&error.render(colour(env))))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::usage(format!("there is no configuration file {name}"))
                .hint("name one with --config, or check pages without one: --base-url https://… --page /"));
        }
        Err(error) => {
            let error = Error::usage(format!("cannot read {name}: {error}"));
            return Err(error.hint("name a file that can be read with --config"));
        }
    };
    if let Some(base_url) = selection.base_url.as_deref().filter(|_| loaded.is_file()) {
        loaded
            .replace_base_url(base_url)
            .map_err(|error| Error::configuration(&error.render(colour(env))))?;
    }
    for (name, value) in &loaded.secrets {
        redactor.add(name, value);
    }
    Ok(loaded)
}

/// Read of the configuration what it says of publishing; without a file, it says nothing.
pub(crate) fn publishing(path: &Path, env: ProcessEnv) -> Result<PublishingConfig, Error> {
    let name = path.display().to_string();
    match read(path) {
        Ok(bytes) => config::load_publishing(&name, &bytes, &env)
            .map_err(|error| Error::configuration(&error.render(colour(env)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(PublishingConfig::default()),
        Err(error) => Err(Error::usage(format!("cannot read {name}: {error}"))
            .hint("name a file that can be read with --config")),
    }
}

/// A little more than the most that a configuration may have, so that a larger one is told from it without
/// being read whole.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = config::tree::MAX_BYTES as u64 + 1;
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn colour(env: ProcessEnv) -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal() && env("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The operator's notes from a file of at most 64 KiB; none without a file.
pub(crate) fn notes_file(path: Option<&Path>) -> Result<Option<Notes>, Error> {
    let Some(path) = path else { return Ok(None) };
    let name = path.display();
    let unreadable = |error| {
        Error::usage(format!("cannot read the notes {name}: {error}"))
            .hint("--notes takes a file of UTF-8 text")
    };
    let length = fs::metadata(path).map_err(unreadable)?;
    if length.len() > LONGEST_NOTES {
        let message = format!("the notes {name} have {} bytes; 64 KiB is the most", length.len());
        return Err(Error::usage(message).hint("keep the record short: link to the rest"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let source = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Some(Notes { source, text }))
}
