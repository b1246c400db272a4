//! `prod-gate review`: what a lead says of a record in a plain git repository, which has no reviews of its own.

use std::path::Path;

use super::ValidateError;
use super::command::failed;
use crate::cli::{ReviewArgs, Says};
use crate::error::Error;
use crate::forge::local::Local;
use crate::forge::types::{PullNumber, ReviewState};

/// Put the review on the pull request, and say what it is worth.
pub async fn review(args: &ReviewArgs) -> Result<String, Error> {
    if !args.repository.starts_with(['.', '/']) {
        let message = format!("{} is not the path of a git repository", args.repository);
        return Err(Error::usage(message)
            .hint("on GitHub nobody reviews for somebody else: open the pull request there and review it"));
    }
    let failed = |error| failed(&ValidateError::reading(error));
    let forge = Local::open(Path::new(&args.repository)).await.map_err(failed)?;
    let state = match args.says {
        Says::Approve => ReviewState::Approved,
        Says::RequestChanges => ReviewState::ChangesRequested,
    };
    let number = PullNumber(args.pr);
    forge.review(number, &args.login, state, &args.reason).await.map_err(failed)?;
    let said = if state == ReviewState::Approved { "approved by" } else { "changes requested by" };
    Ok(format!(
        "pull request {number}: {said} {}; a git repository takes everybody at their word\n\
         next: prod-gate validate --pr {number} --repository {}\n",
        args.login, args.repository
    ))
}
