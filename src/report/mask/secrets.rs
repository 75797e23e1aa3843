//! Replaces secrets in a stream of output, wherever the stream is cut.

use bytes::Bytes;

use super::MASK;
use super::secret_search::{SecretMatch, SecretSearch};
use crate::secret::Secret;

/// Replaces secrets, and holds back no more than the beginning of one.
#[derive(Debug, Default)]
pub(super) struct SecretMask {
    search: Search,
    /// The end of the output so far, if a secret may begin there.
    held: Vec<u8>,
}

/// What is searched for.
#[derive(Debug, Default)]
enum Search {
    /// There is no secret.
    #[default]
    Nothing,
    Secrets(Box<SecretSearch>),
    /// There are too many secrets to search for, so that all text counts as one.
    Everything,
}

/// Whether more output may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    Closed,
}

impl SecretMask {
    /// Adds secrets, none of them empty.
    pub(super) fn add(&mut self, new: impl IntoIterator<Item = Secret>) {
        let mut secrets = match &self.search {
            Search::Nothing => Vec::new(),
            Search::Secrets(search) => search.secrets().to_vec(),
            Search::Everything => return,
        };
        let known = secrets.len();
        secrets.extend(new);
        secrets.sort_by(|a, b| a.expose().cmp(b.expose()));
        secrets.dedup();
        if secrets.len() > known {
            self.search = SecretSearch::new(secrets)
                .map_or(Search::Everything, |search| Search::Secrets(Box::new(search)));
        }
    }

    /// Masks the next piece of output.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        let search = match &self.search {
            Search::Nothing => return piece,
            Search::Secrets(search) => search,
            Search::Everything => return Bytes::from_static(MASK),
        };
        if self.held.is_empty() && search.find_in_open(&piece, 0).is_none() {
            return piece;
        }
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(&piece);
        let (masked, held) = replaced(search, &text, Ending::Open);
        self.held = text.split_off(held);
        masked.into()
    }

    /// Gives the output that was held back.
    pub(super) fn flush(&mut self) -> Bytes {
        let held = std::mem::take(&mut self.held);
        self.whole(&held).map_or_else(|| held.into(), Bytes::from)
    }

    /// Masks a text that is no part of the output; `None` if nothing is replaced.
    pub(super) fn whole(&self, text: &[u8]) -> Option<Vec<u8>> {
        match &self.search {
            Search::Nothing => None,
            Search::Secrets(search) => {
                search.find(text, 0)?;
                Some(replaced(search, text, Ending::Closed).0)
            }
            Search::Everything => Some(MASK.to_vec()),
        }
    }
}

/// The masked text, and the position from which on nothing is decided.
fn replaced(search: &SecretSearch, text: &[u8], ending: Ending) -> (Vec<u8>, usize) {
    let mut masked = Vec::with_capacity(text.len());
    let mut position = 0;
    loop {
        let found = match ending {
            Ending::Open => search.find_in_open(text, position),
            Ending::Closed => search.find(text, position),
        };
        let (plain_end, next) = match found {
            Some(SecretMatch::Secret { start, end }) => (start, Some(end)),
            Some(SecretMatch::Beginning { start }) => (start, None),
            None => (text.len(), None),
        };
        masked.extend_from_slice(text.get(position..plain_end).unwrap_or_default());
        let Some(end) = next else { return (masked, plain_end) };
        masked.extend_from_slice(MASK);
        position = end;
    }
}
