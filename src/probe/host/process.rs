//! One process that runs the script: its input is written, its output read within bounds, its end waited for.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command as Process;

use super::quote::MARK;

/// How much of the end of the error output is kept, in bytes: messages that matter come last.
const ERROR_OUTPUT: usize = 64 << 10;
/// How much of what a login shell prints by itself is kept, in bytes.
const NOISE: usize = 8 << 10;

/// Takes the output as it comes.
pub(super) type Take<'a> = dyn FnMut(&[u8]) + Send + 'a;

pub(super) struct Ended {
    /// Its exit status; none when a signal ended it.
    pub(super) status: Option<i32>,
    /// Whether the script ran at all.
    pub(super) began: bool,
    /// What was printed before the script began.
    pub(super) noise: Vec<u8>,
    /// The end of its error output.
    pub(super) stderr: Vec<u8>,
    pub(super) took: Duration,
}

impl Ended {
    /// Take the second mark off the error output: the command itself ended as ssh does when it fails.
    pub(super) fn take_second_mark(&mut self) -> bool {
        let mark = format!("{MARK}\n");
        let marked = self.stderr.ends_with(mark.as_bytes());
        if marked {
            self.stderr.truncate(self.stderr.len() - mark.len());
        }
        marked
    }
}

/// Run it. When this is dropped the input is closed, and with that the script ends the command.
pub(super) async fn run(mut process: Process, input: &[u8], take: &mut Take<'_>) -> io::Result<Ended> {
    let start = Instant::now();
    // A group of its own: Ctrl-C is for the gate, which then says what is to be ended.
    process.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = process.spawn()?;
    let mut stdin = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(stdin) = &mut stdin {
            // A command need not read its input; that it did not is no failure of ours.
            let _ = stdin.write_all(input).await;
        }
    };
    let mut after = AfterMark::default();
    let read = async {
        let Some(mut stdout) = stdout else { return Ok(()) };
        drain(&mut stdout, |chunk| after.push(chunk, take)).await
    };
    let mut end = Tail::default();
    let read_errors = async {
        let Some(mut stderr) = stderr else { return Ok(()) };
        drain(&mut stderr, |chunk| end.push(chunk)).await
    };
    let ((), output, errors) = tokio::join!(write, read, read_errors);
    output.and(errors)?;
    let status = child.wait().await?;
    // Only now: the script would take the closed input for a wish to end the command.
    drop(stdin);
    let AfterMark { began, noise } = after;
    Ok(Ended { status: status.code(), began, noise, stderr: end.0, took: start.elapsed() })
}

async fn drain(from: &mut (impl AsyncRead + Unpin), mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer).await? {
            0 => return Ok(()),
            read => take(&buffer[..read]),
        }
    }
}

/// Passes on what comes after the mark.
#[derive(Default)]
struct AfterMark {
    began: bool,
    noise: Vec<u8>,
}

impl AfterMark {
    fn push(&mut self, chunk: &[u8], take: &mut Take<'_>) {
        if self.began {
            return take(chunk);
        }
        self.noise.extend_from_slice(chunk);
        let mark = format!("{MARK}\n");
        if let Some(at) = self.noise.windows(mark.len()).position(|window| window == mark.as_bytes()) {
            self.began = true;
            let rest = self.noise.split_off(at);
            take(&rest[mark.len()..]);
        } else {
            keep_end(&mut self.noise, NOISE);
        }
    }
}

/// The end of what was pushed.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn push(&mut self, chunk: &[u8]) {
        self.0.extend_from_slice(chunk);
        keep_end(&mut self.0, ERROR_OUTPUT);
    }
}

fn keep_end(bytes: &mut Vec<u8>, most: usize) {
    let over = bytes.len().saturating_sub(most);
    bytes.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_the_mark_is_output_however_it_is_cut() {
        let whole = format!("Welcome!\nto the host{MARK}\nresult {MARK}\n");
        for size in 1..whole.len() {
            let (mut after, mut out) = (AfterMark::default(), Vec::new());
            for chunk in whole.as_bytes().chunks(size) {
                after.push(chunk, &mut |bytes| out.extend_from_slice(bytes));
            }
            assert_eq!(String::from_utf8_lossy(&out), format!("result {MARK}\n"), "in pieces of {size}");
            assert!(after.began);
            assert_eq!(String::from_utf8_lossy(&after.noise), "Welcome!\nto the host");
        }
    }

    #[test]
    fn an_end_stays_short() {
        let mut tail = Tail::default();
        for _ in 0..100 {
            tail.push(&[b'x'; 10_000]);
        }
        tail.push(b"the end");
        assert_eq!(tail.0.len(), ERROR_OUTPUT);
        assert!(tail.0.ends_with(b"xthe end"));
    }
}
