//! Waiting, before anything is judged, until the service answers and shows the expected commit.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::commit::source::observe;

use super::context::{Context, Session};
use crate::config::{CommitPlace, CommitSource, Config};
use crate::model::{Event, WarmUp};
use crate::probe::http::millis;
use crate::release::same_commit;
use crate::text::Text;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Wait up to `longest`. Whether the service was ready is told, never judged: the checks will say.
pub async fn wait(
    config: &Config,
    cx: &Context,
    longest: Duration,
    events: &UnboundedSender<Event>,
) -> WarmUp {
    let begun = Instant::now();
    // A short wait has several looks too.
    let pause = PAUSE.min(longest / 4);
    loop {
        let ready = match not_ready(config, cx).await {
            None => true,
            Some(seen) => {
                // Nobody listening is no reason not to wait.
                let _ = events.send(Event::WarmingUp { seen: cx.redactor.scrub(&seen).into_owned() });
                false
            }
        };
        let waited = begun.elapsed();
        let over = waited + pause >= longest;
        if ready || over || cx.stop.race(tokio::time::sleep(pause)).await.is_err() {
            return WarmUp { waited_ms: millis(waited), ready };
        }
    }
}

/// What is still missing; nothing when the service is ready.
async fn not_ready(config: &Config, cx: &Context) -> Option<String> {
    if let Some((smoke, base)) =
        config.smoke.as_ref().and_then(|smoke| Some((smoke, smoke.base_url.as_ref()?)))
    {
        let call = smoke.call("GET", &Text::literal("/"));
        match cx.ask_as(&call, &Session::default()).await.0 {
            Err(cause) => return Some(format!("{base}: {}", cause.detail)),
            Ok(answer) if answer.status >= 500 => return Some(format!("{base}: status {}", answer.status)),
            Ok(_) => {}
        }
    }
    let expected = cx.release.commit().ok()?;
    let by_url = |source: &&CommitSource| matches!(source.place, CommitPlace::Url { .. });
    for source in config.commit.iter().filter(by_url) {
        let shown = match observe(&source.place, cx).await.0 {
            Ok(shown) => shown.commit().unwrap_or("no commit").to_owned(),
            Err(cause) => return Some(format!("{}: {}", source.name, cause.detail)),
        };
        if !same_commit(&shown, expected) {
            return Some(format!("{} shows {shown}", source.name));
        }
    }
    None
}
