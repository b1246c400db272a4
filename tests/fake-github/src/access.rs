//! Who may what: tokens, their permissions, and roles in a repository.

use super::refusal::Refusal;
use super::state::{Level, State, Token, TokenKind};

impl State {
    /// Whose request this is, by its `authorization` header. No header: nobody's, which is `None`.
    pub fn caller(&self, authorization: Option<&str>) -> Result<Option<Token>, Refusal> {
        let Some(header) = authorization else { return Ok(None) };
        let secret = header.split_once(' ').map_or(header, |(_, secret)| secret).trim();
        let known = self.tokens.iter().find(|token| token.secret == secret).cloned();
        known.map(Some).ok_or_else(|| Refusal::new(401, "UNAUTHORIZED", "Bad credentials"))
    }

    /// What somebody may in a repository, by role.
    pub fn role(&self, full: &str, login: &str) -> Result<Level, Refusal> {
        let repo = self.repo(full)?;
        let own = repo.owner.eq_ignore_ascii_case(login);
        let given = repo
            .collaborators
            .iter()
            .find(|(who, _)| who.eq_ignore_ascii_case(login))
            .map(|(_, level)| *level);
        let everybody = if repo.private { Level::None } else { Level::Read };
        Ok(if own { Level::Admin } else { given.unwrap_or(everybody) })
    }

    /// Refuse unless this token may do that. Without the right to look, there is nothing there.
    pub fn allow(&self, caller: &Token, full: &str, permission: &str, level: Level) -> Result<(), Refusal> {
        let repo = self.repo(full)?;
        if caller.kind == TokenKind::Personal {
            return match self.role(full, &caller.login)? {
                Level::None => Err(Refusal::not_found()),
                // Whoever may look may also talk: issues and pull requests are open to readers.
                role if role >= level || (level == Level::Write && talks(permission)) => Ok(()),
                _ if permission == "contents" => Err(Refusal::not_found()),
                _ => Err(Refusal::forbidden("Must have admin rights to Repository.")),
            };
        }
        let ours = caller.repository.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(full));
        let given = caller.permissions.get(permission).copied().unwrap_or(Level::None);
        // What a public repository shows, it shows to every token.
        let shown = if repo.private { Level::None } else { Level::Read };
        match (ours, given.max(shown)) {
            (false, _) if repo.private => Err(Refusal::not_found()),
            (false, _) if level == Level::Read => Ok(()),
            (true, given) if given >= level => Ok(()),
            _ => Err(Refusal::forbidden("Resource not accessible by integration")),
        }
    }

    /// The same where one of several permissions is enough.
    pub fn allow_any(
        &self,
        caller: &Token,
        full: &str,
        permissions: &[&str],
        level: Level,
    ) -> Result<(), Refusal> {
        let mut last = Ok(());
        for permission in permissions {
            last = self.allow(caller, full, permission, level);
            if last.is_ok() {
                break;
            }
        }
        last
    }
}

fn talks(permission: &str) -> bool {
    matches!(permission, "issues" | "pull-requests")
}
