//! What a container keeps to itself is masked from the moment at which it was seen: it may turn up in an
//! answer of the application.

use super::judge::{is_undeclared, value_of};
use crate::config::ContainerConfig;
use crate::probe::docker::Container;
use crate::redact::Redactor;

/// Values shorter than this are not masked: they would blank innocent text.
const MIN_MASKED_BYTES: usize = 8;
/// Values that many variables have and that are words of the record, or of any text.
const ORDINARY: [&str; 8] = [
    "production",
    "development",
    "disabled",
    "localhost",
    "127.0.0.1",
    "postgres",
    "postgresql",
    "undefined",
];

/// Mask the variables that are only declared as present, and the passwords in URLs of all of them. Not what
/// stands in one of the `public` texts: the record without the service's own address would be of no use.
pub(super) fn mask(config: &ContainerConfig, container: &Container, public: &[&str], redactor: &Redactor) {
    let is_public = |value: &str| {
        let bare = value.trim_end_matches('/');
        ORDINARY.contains(&value) || public.iter().any(|text| text.contains(bare))
    };
    for variable in &config.variables {
        let value = value_of(container, &variable.name)
            .filter(|value| is_undeclared(&variable.wanted) && value.len() >= MIN_MASKED_BYTES);
        if let Some(value) = value.filter(|value| !is_public(value)) {
            redactor.mask(value);
        }
    }
    for value in container.environment.values() {
        if let Some(password) = password(value.expose()) {
            redactor.mask(&password);
        }
    }
}

fn password(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("://")?;
    let (credentials, _) = rest.rsplit_once('@')?;
    let (_, password) = credentials.split_once(':')?;
    (password.len() >= MIN_MASKED_BYTES).then(|| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn the_password_of_a_url_is_found() {
        assert_eq!(password("postgresql://u:p@ss@w0rd@db/x").as_deref(), Some("p@ss@w0rd"));
        assert_eq!(password("https://example.org"), None);
    }
}
