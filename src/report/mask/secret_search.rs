//! Finds secrets in output: one automaton for all of them, so that the time does not grow with their number.
//!
//! Invariant: of the secrets that overlap, the one that begins first is found, and of those that begin together the
//! longest.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use crate::secret::Secret;

/// The total length of secrets up to which the automaton has a table of all transitions, which is the fastest kind and
/// takes up to 1 KiB for each byte of a secret, in every log of every job. Longer secrets get a kind that takes about 20.
const TABLE_SECRET_BYTES_MAX: usize = 2 << 10;

/// What a text has from some position on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretMatch {
    /// A secret, from one position to another.
    Secret { start: usize, end: usize },
    /// From this position to the end of the text, the beginning of a secret, which only the following text decides.
    Beginning { start: usize },
}

/// A set of secrets that is searched for.
#[derive(Debug)]
pub(super) struct SecretSearch {
    /// Sorted and unique, none of them empty.
    secrets: Vec<Secret>,
    automaton: AhoCorasick,
    /// Whether a secret begins with a byte.
    first_bytes: [bool; 256],
    longest: usize,
}

impl SecretSearch {
    /// A search for these texts, which are sorted, unique and not empty; `None` if an automaton cannot have so many.
    pub(super) fn new(secrets: Vec<Secret>) -> Option<Self> {
        let bytes: usize = secrets.iter().map(|secret| secret.expose().len()).sum();
        let kind = if bytes > TABLE_SECRET_BYTES_MAX {
            AhoCorasickKind::ContiguousNFA
        } else {
            AhoCorasickKind::DFA
        };
        let mut builder = AhoCorasick::builder();
        let builder = builder.match_kind(MatchKind::LeftmostLongest).kind(Some(kind));
        let automaton = builder.build(secrets.iter().map(Secret::expose)).ok()?;
        let mut first_bytes = [false; 256];
        for byte in secrets.iter().filter_map(|secret| secret.expose().bytes().next()) {
            if let Some(first) = first_bytes.get_mut(usize::from(byte)) {
                *first = true;
            }
        }
        let longest = secrets.iter().map(|secret| secret.expose().len()).max().unwrap_or_default();
        Some(Self { secrets, automaton, first_bytes, longest })
    }

    /// The secrets that are searched for.
    pub(super) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// The first secret from a position on, in a text that is complete.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<SecretMatch> {
        let found = self.automaton.find(Input::new(text).range(from.min(text.len())..))?;
        Some(SecretMatch::Secret { start: found.start(), end: found.end() })
    }

    /// The first secret or beginning of a secret from a position on, in a text that goes on.
    pub(super) fn find_in_open(&self, text: &[u8], from: usize) -> Option<SecretMatch> {
        // Text that was held back before begins like a secret: a comparison is faster than a second search.
        if let Some(start) = self.beginning(text, from, from) {
            return Some(SecretMatch::Beginning { start });
        }
        let found = self.find(text, from);
        let last = match found {
            Some(SecretMatch::Secret { start, .. }) => start,
            _ => text.len(),
        };
        self.beginning(text, from, last).map(|start| SecretMatch::Beginning { start }).or(found)
    }

    /// The first position between two others, both included, from which on the text is the beginning of a secret.
    fn beginning(&self, text: &[u8], first: usize, last: usize) -> Option<usize> {
        // A beginning is shorter than its secret.
        let first = first.max((text.len() + 1).saturating_sub(self.longest));
        (first..=last).find(|position| text.get(*position..).is_some_and(|rest| self.begins_secret(rest)))
    }

    /// Whether a secret is longer than the text and begins with it. In their order, such secrets follow the text itself.
    fn begins_secret(&self, text: &[u8]) -> bool {
        let Some(first) = text.first() else { return false };
        if self.first_bytes.get(usize::from(*first)) != Some(&true) {
            return false;
        }
        let place = self.secrets.partition_point(|secret| secret.expose().as_bytes() <= text);
        self.secrets.get(place).is_some_and(|secret| secret.expose().as_bytes().starts_with(text))
    }
}
