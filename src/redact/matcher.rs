//! Finds the forms of secrets in bytes: all of them, also where they overlap.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// A fixed set of forms, ready for searching.
pub(super) struct SecretMatcher {
    /// `None` when it could not be built (more than 2^31 states); then everything is masked.
    automaton: Option<AhoCorasick>,
    all: Prefixes,
    /// Those that contain a newline: they alone can go on after the end of a line.
    multiline: Prefixes,
}

/// A match, as a range of bytes.
pub(super) type SecretSpan = (usize, usize);

impl SecretMatcher {
    pub(super) fn new(forms: &BTreeSet<String>) -> Self {
        Self {
            // The standard kind, not leftmost-longest: of two secrets that overlap in a text the
            // leftmost search would leave the second one's end standing.
            // Not a DFA, which the crate would choose for few patterns: the forms of one private key
            // would make it tens of megabytes.
            automaton: AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(forms).ok(),
            all: Prefixes::new(forms.iter()),
            multiline: Prefixes::new(forms.iter().filter(|form| form.contains('\n'))),
        }
    }

    /// Every match, by its start; overlapping ones each on their own.
    pub(super) fn spans(&self, text: &[u8]) -> Vec<SecretSpan> {
        let Some(automaton) = &self.automaton else { return vec![(0, text.len())] };
        // The plain search is the one with a prefilter, and nearly every text has no secret.
        if !automaton.is_match(text) {
            return Vec::new();
        }
        let mut spans: Vec<SecretSpan> =
            automaton.find_overlapping_iter(text).map(|found| (found.start(), found.end())).collect();
        spans.sort_unstable();
        spans
    }

    /// The text with the mask for each match, and for all from `tail` on; `None` if nothing changes.
    pub(super) fn mask(&self, text: &[u8], tail: Option<usize>) -> Option<Vec<u8>> {
        let mut spans = self.spans(text);
        if let Some(at) = tail {
            spans.push((at, text.len()));
            spans.sort_unstable();
        }
        if spans.is_empty() {
            return None;
        }
        let mut clean = Vec::with_capacity(text.len());
        mask_spans(text, &spans, text.len(), 0, &mut clean);
        Some(clean)
    }

    /// Where the longest end of `text` begins that is the beginning of a form, but not all of it.
    pub(super) fn partial_tail(&self, text: &[u8]) -> Option<usize> {
        self.all.partial_tail(text)
    }

    /// The same for forms with a newline in them.
    pub(super) fn partial_multiline_tail(&self, text: &[u8]) -> Option<usize> {
        self.multiline.partial_tail(text)
    }
}

/// Append `text[..cut]` to `out`, masked. The first `covered` bytes belong to a mask that was
/// written before. Returns how many bytes after `cut` belong to the mask written last.
pub(super) fn mask_spans(
    text: &[u8],
    spans: &[SecretSpan],
    cut: usize,
    covered: usize,
    out: &mut Vec<u8>,
) -> usize {
    let mut masked_to = covered;
    for &(start, end) in spans.iter().take_while(|(start, _)| *start < cut) {
        if start < masked_to {
            masked_to = masked_to.max(end);
        } else {
            out.extend_from_slice(&text[masked_to..start]);
            out.extend_from_slice(MASK.as_bytes());
            masked_to = end;
        }
    }
    if masked_to < cut {
        out.extend_from_slice(&text[masked_to..cut]);
        masked_to = cut;
    }
    masked_to - cut
}

/// Forms in byte order, to ask whether a piece of text is the beginning of one.
struct Prefixes {
    sorted: Vec<Box<[u8]>>,
    longest: usize,
    /// The bytes that a form can begin with: most places of a text are ruled out by this alone.
    first: [bool; 256],
}

impl Prefixes {
    /// `forms` come in byte order.
    fn new<'a>(forms: impl Iterator<Item = &'a String>) -> Self {
        let sorted: Vec<Box<[u8]>> = forms.map(|form| form.as_bytes().into()).collect();
        let mut first = [false; 256];
        for form in &sorted {
            first[usize::from(form[0])] = true;
        }
        Self { longest: sorted.iter().map(|form| form.len()).max().unwrap_or(0), first, sorted }
    }

    fn partial_tail(&self, text: &[u8]) -> Option<usize> {
        if self.sorted.is_empty() {
            return None;
        }
        let from = (text.len() + 1).saturating_sub(self.longest);
        (from..text.len()).find(|at| self.first[usize::from(text[*at])] && self.begins_longer(&text[*at..]))
    }

    /// Whether some form begins with `piece` and goes on after it.
    fn begins_longer(&self, piece: &[u8]) -> bool {
        let at = self.sorted.partition_point(|form| form.as_ref() <= piece);
        self.sorted.get(at).is_some_and(|form| form.starts_with(piece))
    }
}
