//! Where GitHub is and how we may use it, as the environment says.

use url::Url;

use crate::redact::Secret;

const PUBLIC_API: &str = "https://api.github.com";

/// The addresses of a GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The REST API's, from `GITHUB_API_URL`.
    pub api: Url,
    /// The GraphQL API's, from `GITHUB_GRAPHQL_URL`.
    pub graphql: Url,
    /// The pages that people look at, from `GITHUB_SERVER_URL`.
    pub server: Option<Url>,
}

impl Addresses {
    /// As the environment says; `github.com` where it says nothing. The error is one line.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let url = |name: &str| {
            let text = env(name).filter(|text| !text.trim().is_empty());
            text.map(|text| {
                Url::parse(text.trim()).map_err(|error| format!("{name} is not an address: {error}"))
            })
            .transpose()
        };
        let api = match url("GITHUB_API_URL")? {
            Some(api) => api,
            None => Url::parse(PUBLIC_API).map_err(|error| error.to_string())?,
        };
        let graphql = match url("GITHUB_GRAPHQL_URL")? {
            Some(graphql) => graphql,
            None => graphql_of(&api),
        };
        let server = url("GITHUB_SERVER_URL")?.or_else(|| server_of(&api));
        Ok(Self { api, graphql, server })
    }
}

/// An own server has its REST API at `/api/v3`, and GraphQL beside that at `/api/graphql`.
fn graphql_of(api: &Url) -> Url {
    let mut graphql = api.clone();
    let path = api.path().trim_end_matches('/');
    let path = path.strip_suffix("/v3").unwrap_or(path);
    graphql.set_path(&format!("{path}/graphql"));
    graphql
}

/// `https://HOST` for `https://HOST/api/v3`, and `https://NAME` for `https://api.NAME`.
fn server_of(api: &Url) -> Option<Url> {
    let mut server = api.clone();
    if let Some(host) = api.host_str()?.strip_prefix("api.") {
        server.set_host(Some(host)).ok()?;
    }
    server.set_path("");
    Some(server)
}

/// The token for records: `PROD_GATE_TOKEN`, else `GITHUB_TOKEN`.
pub fn token(env: impl Fn(&str) -> Option<String>) -> Option<Secret> {
    given(&env, "PROD_GATE_TOKEN").or_else(|| given(&env, "GITHUB_TOKEN"))
}

/// The token for what was deployed, where records have a repository of their own: `GITHUB_TOKEN`, else
/// `PROD_GATE_TOKEN`.
pub fn code_token(env: impl Fn(&str) -> Option<String>) -> Option<Secret> {
    given(&env, "GITHUB_TOKEN").or_else(|| given(&env, "PROD_GATE_TOKEN"))
}

fn given(env: impl Fn(&str) -> Option<String>, name: &str) -> Option<Secret> {
    env(name).map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()).map(Secret::new)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read(api: &str) -> (String, String, String) {
        let found = Addresses::read(|name| (name == "GITHUB_API_URL").then(|| api.to_owned())).unwrap();
        (found.api.into(), found.graphql.into(), found.server.unwrap().into())
    }

    #[test]
    fn each_github_has_its_own_addresses() {
        let expected = |api: &str, graphql: &str, server: &str| (api.into(), graphql.into(), server.into());
        assert_eq!(
            read(""),
            expected("https://api.github.com/", "https://api.github.com/graphql", "https://github.com/")
        );
        assert_eq!(
            read("https://git.example.org/api/v3"),
            expected(
                "https://git.example.org/api/v3",
                "https://git.example.org/api/graphql",
                "https://git.example.org/"
            )
        );
        assert_eq!(
            read("https://api.nexus.ghe.com/"),
            expected(
                "https://api.nexus.ghe.com/",
                "https://api.nexus.ghe.com/graphql",
                "https://nexus.ghe.com/"
            )
        );
        assert!(Addresses::read(|_| Some("nowhere".to_owned())).unwrap_err().contains("GITHUB_API_URL"));
    }
}
