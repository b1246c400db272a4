//! Secrets: a type that does not print, and the scrubber that takes them out of text.
//!
//! A [`Redactor`] is the one place that knows the values. It is the vault (`value`, and
//! [`crate::text::Lookup`]) and the scrubber: whatever is added is masked in every form that
//! `forms` lists, from the next call on. What it cannot know is a form made of two encodings, or
//! one that is broken by line wrapping.

mod forms;
mod matcher;
mod urls;
mod writer;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use matcher::MASK;
use matcher::SecretMatcher;
pub use writer::{ScrubWriter, scrub_panics};

/// Shorter values would mask innocent text everywhere: they are kept, never masked.
pub(crate) const MIN_SECRET_CHARS: usize = 4;

/// A line of a multi-line secret is masked on its own from this length on, in characters.
pub(crate) const MIN_LINE_CHARS: usize = 8;

/// How much of a secret, in characters, `scrub_cut` still recognises at the end of a cut text.
const MIN_CUT_CHARS: usize = 4;

/// A value that does not print.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself; only where it is about to be sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The vault and the scrubber. Clones share one set of secrets; safe to use from any thread.
#[derive(Clone, Default)]
pub struct Redactor {
    state: Arc<RwLock<Vault>>,
}

#[derive(Default)]
struct Vault {
    /// By name; the last value given under a name is the one that is looked up.
    values: HashMap<String, Secret>,
    /// Every value ever added, older values of a name included.
    masked: BTreeSet<String>,
    forms: BTreeSet<String>,
    /// Built at the first scrub after an addition.
    matcher: Option<Arc<SecretMatcher>>,
}

impl Redactor {
    /// A redactor that knows no secrets yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keep `value` under `name` and mask it from now on.
    ///
    /// Values of fewer than `MIN_SECRET_CHARS` characters are kept for `value` but never masked; the
    /// configuration refuses them before. An older value of the same name stays masked.
    pub fn add(&self, name: &str, value: &str) {
        self.mask(value);
        self.write().values.insert(name.to_owned(), Secret::new(value));
    }

    /// Mask a value that nobody looks up by name: a session cookie, a captured token.
    pub fn mask(&self, value: &str) {
        // Polling adds the same cookie again and again; that must not rebuild the matcher. A value that is
        // known as a form of another one still has forms of its own.
        if self.read().masked.contains(value) {
            return;
        }
        let new = forms::of(value);
        let mut state = self.write();
        state.masked.insert(value.to_owned());
        let before = state.forms.len();
        state.forms.extend(new);
        if state.forms.len() != before {
            state.matcher = None;
        }
    }

    /// The value kept under `name`.
    pub fn value(&self, name: &str) -> Option<Secret> {
        self.read().values.get(name).cloned()
    }

    /// The text with [`MASK`] for every secret in it, and for the password of every URL, known or not;
    /// borrowed when there was none.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let clean = self.matcher().and_then(|matcher| matcher.mask(text.as_bytes(), None));
        with_urls_masked(clean, text)
    }

    /// As [`Self::scrub`], in the text itself.
    pub(crate) fn scrub_in_place(&self, text: &mut String) {
        if let Cow::Owned(clean) = self.scrub(text) {
            *text = clean;
        }
    }

    /// As `scrub`, for text that was cut at a cap: an end that could be the first part of a secret
    /// (4 characters or more) is masked too, so that half a secret does not stay.
    pub(crate) fn scrub_cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(matcher) = self.matcher() else { return with_urls_masked(None, text) };
        // A cut inside a character leaves replacement characters behind when it was decoded.
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        let tail = matcher
            .partial_tail(whole.as_bytes())
            .filter(|at| whole.get(*at..).is_some_and(|end| end.chars().count() >= MIN_CUT_CHARS));
        with_urls_masked(matcher.mask(text.as_bytes(), tail), text)
    }

    /// The matcher for what is known now; none without secrets.
    fn matcher(&self) -> Option<Arc<SecretMatcher>> {
        {
            let state = self.read();
            if state.forms.is_empty() {
                return None;
            }
            if let Some(matcher) = &state.matcher {
                return Some(Arc::clone(matcher));
            }
        }
        let mut state = self.write();
        let Vault { forms, matcher, .. } = &mut *state;
        Some(Arc::clone(matcher.get_or_insert_with(|| Arc::new(SecretMatcher::new(forms)))))
    }

    // A thread that panicked while it held the lock left complete values behind: every change is
    // one insertion. Going on is safer than a scrubber that panics.
    fn read(&self) -> RwLockReadGuard<'_, Vault> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vault> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl crate::text::Lookup for Redactor {
    fn secret(&self, name: &str) -> Option<String> {
        self.read().values.get(name).map(|secret| secret.0.clone())
    }

    fn capture(&self, _name: &str) -> Option<String> {
        None
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.read();
        f.debug_struct("Redactor").field("names", &state.values.len()).finish_non_exhaustive()
    }
}

/// `clean`, or `text` where there was nothing to clean, without the passwords of URLs.
fn with_urls_masked(clean: Option<Vec<u8>>, text: &str) -> Cow<'_, str> {
    let Some(clean) = clean else { return urls::without_passwords(text) };
    let clean = into_string(clean);
    match urls::without_passwords(&clean) {
        Cow::Owned(masked) => Cow::Owned(masked),
        Cow::Borrowed(_) => Cow::Owned(clean),
    }
}

/// What stays of a text when whole strings were taken out of it is still text.
fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
