//! The forges of a run: where its record goes, and where what was deployed lives.

use std::path::Path;

use crate::cli::ProcessEnv;
use crate::config::{PublishingConfig, Records};
use crate::error::Error;
use crate::forge::error::{ForgeError, Why};
use crate::forge::github::{Addresses, ClientSettings, GitHub, code_token, token};
use crate::forge::local::Local;
use crate::forge::types::RepoName;
use crate::probe::git::Git;
use crate::redact::{Redactor, Secret};

/// A forge of each kind; `code` is none where it is the records' own.
#[derive(Debug)]
pub(crate) enum Forges {
    /// GitHub, or an own server of it.
    GitHub {
        records: Box<GitHub>,
        code: Option<Box<GitHub>>,
    },
    Local {
        records: Local,
        code: Option<Local>,
    },
}

/// Keep the tokens out of everything that is written, from the first moment.
pub(crate) fn mask_tokens(redactor: &Redactor, env: ProcessEnv<'_>) {
    for token in [token(env), code_token(env)].into_iter().flatten() {
        redactor.mask(token.expose());
    }
}

/// Open them. `repository` is what a flag said instead of the configuration.
pub(crate) async fn open(
    config: &PublishingConfig,
    repository: Option<&Records>,
    env: ProcessEnv<'_>,
    redactor: &Redactor,
) -> Result<Forges, Error> {
    match repository.unwrap_or(&config.repository) {
        Records::Local(path) => local(path).await,
        Records::Other(name) => github(Some(name), config, env, redactor).await,
        Records::Same => github(None, config, env, redactor).await,
    }
}

async fn local(path: &str) -> Result<Forges, Error> {
    let records = Local::open(Path::new(path)).await.map_err(|error| {
        explained(&error).hint(format!("`git init --bare {path}` makes one; or correct `publish.repository`"))
    })?;
    // What was deployed is here, where there is a repository at all.
    let code = Local::open(Path::new(".")).await.ok();
    Ok(Forges::Local { records, code })
}

async fn github(
    records: Option<&String>,
    config: &PublishingConfig,
    env: ProcessEnv<'_>,
    redactor: &Redactor,
) -> Result<Forges, Error> {
    let addresses = Addresses::read(env).map_err(Error::not_published)?;
    let Some(token) = token(env) else {
        return Err(explained(&ForgeError::new("talk to GitHub", Why::Auth, "there is no token")));
    };
    let code = match env("GITHUB_REPOSITORY").filter(|name| !name.is_empty()) {
        Some(name) => Some(name),
        None => origin(&addresses).await,
    };
    let Some(code) = code else {
        return Err(Error::not_published("it is not known which repository was deployed").hint(
            "set GITHUB_REPOSITORY to owner/name, or run in a clone whose `origin` is there; for a git \
             repository on this machine: --repository ./records.git",
        ));
    };
    let open = |name: &str, token: Secret| {
        let settings = ClientSettings {
            api: addresses.api.clone(),
            graphql: addresses.graphql.clone(),
            token,
            request: config.request,
            patience: config.patience,
        };
        GitHub::new(&settings, RepoName::new(name), addresses.server.clone(), redactor)
            .map(Box::new)
            .map_err(|error| explained(&error))
    };
    let other = records.filter(|name| !name.eq_ignore_ascii_case(&code));
    Ok(match other {
        None => Forges::GitHub { records: open(&code, token)?, code: None },
        Some(name) => {
            // The workflow's own token is the one that may set a status here; it may do nothing there.
            let code_token = code_token(env).unwrap_or_else(|| token.clone());
            Forges::GitHub { records: open(name, token)?, code: Some(open(&code, code_token)?) }
        }
    })
}

/// `owner/name` of the clone's `origin`, when that is on this very GitHub.
async fn origin(addresses: &Addresses) -> Option<String> {
    let origin = Git::new(".").origin().await?;
    let host = addresses.server.as_ref()?.host_str()?;
    repository_of(&origin, host)
}

/// `owner/name` of an address that git knows: `https://HOST/owner/name.git`, `git@HOST:owner/name.git`.
fn repository_of(address: &str, host: &str) -> Option<String> {
    let path = match url::Url::parse(address) {
        Ok(url) if url.host_str() == Some(host) => url.path().trim_start_matches('/').to_owned(),
        Ok(_) => return None,
        Err(_) => {
            let (server, path) = address.split_once(':')?;
            let server = server.rsplit_once('@').map_or(server, |(_, server)| server);
            (server == host).then(|| path.trim_start_matches('/').to_owned())?
        }
    };
    let name = path.trim_end_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    matches!(Records::parse(name), Ok(Records::Other(_))).then(|| name.to_owned())
}

pub(crate) fn explained(error: &ForgeError) -> Error {
    Error::not_published(error.to_string()).hint(error.remedy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_tells_its_repository() {
        for (address, expected) in [
            ("https://github.com/nexus/app.git", Some("nexus/app")),
            ("https://token@github.com/nexus/app", Some("nexus/app")),
            ("git@github.com:nexus/app.git", Some("nexus/app")),
            ("ssh://git@github.com/nexus/app.git", Some("nexus/app")),
            ("https://gitlab.com/nexus/app.git", None),
            ("git@evil.org:github.com/app.git", None),
            ("/srv/git/app.git", None),
            ("https://github.com/nexus", None),
        ] {
            assert_eq!(repository_of(address, "github.com").as_deref(), expected, "{address}");
        }
    }
}
