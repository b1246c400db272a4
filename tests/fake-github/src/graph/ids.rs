//! Node ids: what a thing is called among all things.

use super::super::state::{Comment, Pull, Repo, Review, User};

/// An account's.
pub fn account(user: &User) -> String {
    format!("U_{}", user.id)
}

/// A repository's.
pub fn repo(repo: &Repo) -> String {
    format!("R_{}", repo.id)
}

/// A git object's.
pub fn object(oid: &str) -> String {
    format!("O_{oid}")
}

/// A pull request's.
pub fn pull(pull: &Pull) -> String {
    format!("PR_{}", pull.id)
}

/// A review's.
pub fn review(review: &Review) -> String {
    format!("PRR_{}", review.id)
}

/// A comment's.
pub fn comment(comment: &Comment) -> String {
    format!("IC_{}", comment.id)
}
