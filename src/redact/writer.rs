//! A writer for logs that masks secrets, also those that are cut by the borders of two writes.

use std::io::{self, Write as _};

use super::Redactor;
use super::matcher::mask_spans;

/// A line longer than this is written in pieces; what could be a secret's beginning still waits.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Scrubs what is written to it and hands it on line by line.
///
/// The last line is held until it is complete, and so are lines that could be the beginning of a
/// secret with newlines in it. `flush` hands on all but what could still become a secret; dropping
/// the writer hands on the rest. The output is the same however the input was cut into writes.
///
/// For `tracing_subscriber` give it as a closure, which is a `MakeWriter`:
///
/// ```
/// use prod_gate::redact::{Redactor, ScrubWriter};
/// let redactor = Redactor::new();
/// let clone = redactor.clone();
/// let subscriber = tracing_subscriber::fmt()
///     .with_writer(move || ScrubWriter::new(clone.clone(), std::io::stderr()))
///     .finish();
/// # drop(subscriber);
/// ```
pub struct ScrubWriter<W: io::Write> {
    redactor: Redactor,
    inner: W,
    held: Vec<u8>,
    /// So many bytes at the start of `held` belong to a mask that was already written.
    covered: usize,
}

/// Have panics told through `redactor`: a panic is a defect of ours, and its message may hold what was being
/// worked on.
pub fn scrub_panics(redactor: Redactor) {
    std::panic::set_hook(Box::new(move |info| {
        let text = format!("prod-gate: a defect, please report it: {info}");
        // Standard error may be closed; there is nobody else to tell.
        let _ = writeln!(io::stderr(), "{}", redactor.scrub(&text));
    }));
}

impl<W: io::Write> ScrubWriter<W> {
    /// Scrub with `redactor` (secrets added later count too) and write to `inner`.
    pub fn new(redactor: Redactor, inner: W) -> Self {
        Self { redactor, inner, held: Vec::new(), covered: 0 }
    }

    /// Scrub and hand on the lines that are complete.
    fn settle_lines(&mut self) -> io::Result<()> {
        let Some(newline) = self.held.iter().rposition(|byte| *byte == b'\n') else {
            return self.settle_long_line();
        };
        let undecided = self.redactor.matcher().and_then(|m| m.partial_multiline_tail(&self.held));
        self.hand_on((newline + 1).min(undecided.unwrap_or(usize::MAX)))?;
        self.settle_long_line()
    }

    fn settle_long_line(&mut self) -> io::Result<()> {
        if self.held.len() > MAX_LINE_BYTES { self.settle_decided() } else { Ok(()) }
    }

    /// Hand on all that cannot become a secret any more.
    fn settle_decided(&mut self) -> io::Result<()> {
        let undecided = self.redactor.matcher().and_then(|m| m.partial_tail(&self.held));
        self.hand_on(undecided.unwrap_or(self.held.len()))
    }

    /// Scrub and write the first `cut` bytes of what is held. A secret that reaches over the cut is
    /// masked now, and its rest is remembered as covered.
    fn hand_on(&mut self, cut: usize) -> io::Result<()> {
        if cut == 0 {
            return Ok(());
        }
        let spans = self.redactor.matcher().map(|m| m.spans(&self.held)).unwrap_or_default();
        let mut clean = Vec::with_capacity(cut);
        self.covered = mask_spans(&self.held, &spans, cut, self.covered, &mut clean);
        self.held.drain(..cut);
        self.inner.write_all(&clean)
    }
}

impl<W: io::Write> io::Write for ScrubWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if bytes.contains(&b'\n') || self.held.len() > MAX_LINE_BYTES {
            self.settle_lines()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.settle_decided()?;
        self.inner.flush()
    }
}

impl<W: io::Write> Drop for ScrubWriter<W> {
    fn drop(&mut self) {
        // Nobody is left to be told of a log that cannot be written.
        let _ = self.hand_on(self.held.len());
        let _ = self.inner.flush();
    }
}
