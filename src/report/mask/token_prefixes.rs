//! Tokens that GitLab Runner masks by their prefix, whoever has defined them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::value_mask::{Announcement, EmptyValue};
use crate::secret::MaskedTokens;

/// The prefix of a personal access token, which every job has masked.
const PERSONAL_ACCESS: &str = "glpat-";

/// GitLab Runner's list of the other tokens that GitLab gives out, and the cookie of its sessions.
const OTHERS: [&str; 13] = [
    "gloas-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glrtr-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "glsoat-",
    "glffct-",
    "_gitlab_session=",
    "gltok-",
];

/// `None` cannot occur with these few prefixes.
static ALL: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::LeftmostFirst).build(OTHERS.iter().chain([&PERSONAL_ACCESS])).ok()
});

/// The prefix of a token.
#[derive(Debug)]
pub(super) struct TokenPrefix(pub(super) MaskedTokens);

impl Announcement for TokenPrefix {
    const BYTES_MAX: usize = 16;

    fn end_of_first(&self, text: &[u8]) -> Option<usize> {
        match self.0 {
            MaskedTokens::All => ALL.as_ref()?.find(text).map(|found| found.end()),
            MaskedTokens::PersonalAccess => memchr::memmem::find(text, PERSONAL_ACCESS.as_bytes())
                .map(|start| start + PERSONAL_ACCESS.len()),
        }
    }

    fn beginning_at_end(&self, text: &[u8]) -> usize {
        let others: &[&str] = match self.0 {
            MaskedTokens::All => &OTHERS,
            MaskedTokens::PersonalAccess => &[],
        };
        let begins = |end: &[u8]| {
            others.iter().chain([&PERSONAL_ACCESS]).any(|prefix| prefix.as_bytes().starts_with(end))
        };
        let first = text.len().saturating_sub(Self::BYTES_MAX - 1);
        let beginning = (first..text.len()).find(|start| text.get(*start..).is_some_and(begins));
        beginning.map_or(0, |start| text.len() - start)
    }

    fn continues_value(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'=')
    }

    fn empty_value(&self) -> EmptyValue {
        EmptyValue::Empty
    }
}
