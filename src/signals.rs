//! SIGINT and SIGTERM: stop, undo, write what there is, and be gone within seven seconds.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::WeakUnboundedSender;

use crate::error::Exit;
use crate::model::{Cause, CauseCode, Event};
use crate::probe::stop::Stop;

/// After the first signal the program leaves by itself within this time, whatever hangs.
const LEAVE: Duration = Duration::from_millis(6_500);

const SIGINT: &str = "SIGINT";
const SIGTERM: &str = "SIGTERM";

/// SIGXFSZ, by its number on Linux and macOS.
const FILE_TOO_LARGE: i32 = 25;

/// Have a limit on the size of files fail the write instead of ending the program: then what was seen can
/// still be told.
pub(crate) fn survive_file_limits() {
    // Once tokio has taken a signal over, it is never given back. Where that fails, the limit ends us.
    let _ = signal(SignalKind::from_raw(FILE_TOO_LARGE));
}

/// Watch for signals until the program ends. The first asks for the stop, the second ends at once. The
/// events are held weakly, so that the console sees the run's end although this watch goes on.
pub(crate) fn watch(stop: Stop, events: WeakUnboundedSender<Event>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::warn!("signals cannot be watched: an interruption will leave no record");
        return;
    };
    tokio::spawn(async move {
        let first = tokio::select! {
            _ = interrupt.recv() => SIGINT,
            _ = terminate.recv() => SIGTERM,
        };
        stop.request(CauseCode::Interrupted, first);
        if let Some(events) = events.upgrade() {
            // The run may have ended in this very moment.
            let _ = events.send(Event::Interrupted { signal: first.to_owned() });
        }
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = tokio::time::sleep(LEAVE) => {}
        }
        leave(code(first));
    });
}

/// The signal that the stop was asked by, if it was one.
pub(crate) fn name(stop: &Stop) -> Option<&'static str> {
    let why = stop.reason()?;
    [SIGINT, SIGTERM].into_iter().find(|name| why.code == CauseCode::Interrupted && why.detail == *name)
}

/// How the program ends when it was stopped for this reason; none when no signal stopped it.
pub(crate) fn exit(why: &Cause) -> Option<Exit> {
    (why.code == CauseCode::Interrupted).then(|| code(&why.detail))
}

fn code(signal: &str) -> Exit {
    if signal == SIGTERM { Exit::Terminated } else { Exit::Interrupted }
}

#[expect(clippy::exit, reason = "something hangs: returning would wait for it")]
fn leave(exit: Exit) -> ! {
    std::process::exit(i32::from(exit.code()))
}
