//! Writes: each is sent, and when its answer is lost, it is looked whether it was done before it is sent again.

use std::future::Future;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{ForgeError, Why};
use super::GitHub;
use super::client::{ApiRequest, Sent};
use super::response::ApiResponse;

/// How often a write is sent at most: the first time, and again when it is certain that it was not done.
const MAX_SENDS: u32 = 3;
/// How often it is looked: GitHub's readers may be a moment behind its writers.
const LOOKS: u32 = 3;
/// How often a write to something that is new is sent while GitHub says that there is no such thing.
const TRIES_OF_NEW: u32 = 3;

pub(super) enum WriteOutcome<T> {
    Done(T),
    /// It may have been done; the text says what happened.
    Unclear(String),
}

/// Something that changes the forge.
pub(super) trait Write: Send + Sync {
    /// What is known when it was done.
    type Done: Send;

    fn doing(&self, github: &GitHub) -> String;

    fn send(
        &self,
        github: &GitHub,
    ) -> impl Future<Output = Result<WriteOutcome<Self::Done>, ForgeError>> + Send;

    /// Whether it was done: none when it was not.
    fn look(&self, github: &GitHub) -> impl Future<Output = Result<Option<Self::Done>, ForgeError>> + Send;
}

/// Do it once: `Ok` when it was done, by this request or by one whose answer was lost.
pub(super) async fn settle<W: Write>(github: &GitHub, write: &W) -> Result<W::Done, ForgeError> {
    let doing = write.doing(github);
    let mut last = String::new();
    for _ in 0..MAX_SENDS {
        match write.send(github).await? {
            WriteOutcome::Done(done) => return Ok(done),
            WriteOutcome::Unclear(said) => {
                tracing::info!("{doing}: {}; looking whether it was done", github.scrub(&said));
                last = said;
            }
        }
        for look in 1..=LOOKS {
            match write.look(github).await {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => {}
                Err(error) if error.is_conflict() => return Err(error),
                Err(error) => {
                    let said = format!("{last}; and then: {error}");
                    return Err(github.client.error(&doing, Why::Uncertain, &said));
                }
            }
            if !github.client.pause(look).await {
                return Err(github.client.error(&doing, Why::Uncertain, &last));
            }
        }
    }
    // It was looked after each time, and it was not done.
    Err(github.client.error(&doing, Why::Broken, &last))
}

/// Send to something that may be so new that GitHub does not find it everywhere yet. Not found is not done, so
/// it can be sent again.
pub(super) async fn send_to_new(
    github: &GitHub,
    doing: &str,
    call: ApiRequest<'_>,
) -> Result<Sent, ForgeError> {
    let mut tries = 0;
    loop {
        match github.client.write(doing, call).await {
            Err(error) if error.why == Why::NotFound || is_not_yet(&error) => {
                tries += 1;
                if tries == TRIES_OF_NEW || !github.client.pause(tries).await {
                    return Err(error);
                }
            }
            result => return result,
        }
    }
}

/// A pull request from a branch that is a moment old may be told that the branch is no branch.
fn is_not_yet(error: &ForgeError) -> bool {
    error.why == Why::Refused && error.said.contains("head invalid")
}

/// A write by REST whose answer is not needed, and how to see that it was done.
pub(super) struct RestWrite<'a, L> {
    pub(super) doing: String,
    pub(super) call: ApiRequest<'a>,
    /// Whether what `look` read shows that it was done.
    pub(super) look: L,
    pub(super) path: String,
}

impl<L: Fn(&Value) -> bool + Send + Sync> Write for RestWrite<'_, L> {
    type Done = ();

    fn doing(&self, _: &GitHub) -> String {
        self.doing.clone()
    }

    async fn send(&self, github: &GitHub) -> Result<WriteOutcome<()>, ForgeError> {
        Ok(match send_to_new(github, &self.doing, self.call).await? {
            Sent::Done(_) => WriteOutcome::Done(()),
            Sent::Unclear(said) => WriteOutcome::Unclear(said),
        })
    }

    async fn look(&self, github: &GitHub) -> Result<Option<()>, ForgeError> {
        let answer = github.client.read(&self.doing, ApiRequest::Get(&self.path)).await?;
        let value: Value = read_json(github, &self.doing, &answer)?;
        Ok((self.look)(&value).then_some(()))
    }
}

pub(super) fn read_json<T: for<'de> Deserialize<'de>>(
    github: &GitHub,
    doing: &str,
    answer: &ApiResponse,
) -> Result<T, ForgeError> {
    serde_json::from_str(&answer.body).map_err(|error| {
        github.client.error(doing, Why::Broken, &format!("an answer that cannot be read: {error}"))
    })
}

/// What a write answered; an answer that cannot be read leaves open whether it was done.
pub(super) fn done<T: for<'de> Deserialize<'de>>(sent: Sent) -> WriteOutcome<T> {
    match sent {
        Sent::Done(answer) => match serde_json::from_str(&answer.body) {
            Ok(value) => WriteOutcome::Done(value),
            Err(error) => WriteOutcome::Unclear(format!("an answer that cannot be read: {error}")),
        },
        Sent::Unclear(said) => WriteOutcome::Unclear(said),
    }
}

/// Whether two texts are the same to GitHub, which may write line ends its own way.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    a.lines().eq(b.lines())
}

/// The body of a request with one list of one name.
pub(super) fn one(key: &str, value: &str) -> Value {
    json!({ key: [value] })
}
