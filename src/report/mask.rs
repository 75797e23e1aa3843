//! Replaces secrets in a stream of output, wherever the stream is cut.
//!
//! Invariant: the cuts do not change the result, and the mask holds back no more than the beginning of a secret.

use std::borrow::Cow;

use bytes::Bytes;

use super::printable::printable;
use crate::secret::{MASKED, Secret};

const MASK: &[u8] = MASKED.as_bytes();

/// Replaces secrets in a stream of output and in single texts.
#[derive(Default)]
pub struct Mask {
    /// The longest first: of two secrets that begin alike, the longer one is replaced.
    secrets: Vec<Secret>,
    /// The end of the output so far, if a secret may begin there.
    held: Vec<u8>,
}

impl Mask {
    /// Adds secrets to replace from now on. Every line of a secret with several lines counts as a secret of its own, and
    /// so does what a message shows in place of its control characters.
    pub fn add(&mut self, secrets: &[Secret]) {
        let lines = secrets.iter().flat_map(|secret| secret.expose().lines());
        let texts = lines.chain(secrets.iter().map(Secret::expose)).filter(|text| !text.is_empty());
        self.secrets.extend(texts.flat_map(|text| [Secret::new(text), Secret::new(printable(text))]));
        self.secrets.sort_by(|a, b| {
            let (a, b) = (a.expose(), b.expose());
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        self.secrets.dedup();
    }

    /// Masks the next piece of output and holds back its end if a secret may begin there. [`Mask::flush`] gives the
    /// rest.
    pub fn push(&mut self, piece: Bytes) -> Bytes {
        if self.secrets.is_empty() {
            return piece;
        }
        if self.held.is_empty() && !piece.iter().any(|byte| self.is_first_byte(*byte)) {
            return piece;
        }
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(&piece);
        let (out, rest) = self.replace(&bytes, Ending::Open);
        self.held = bytes.split_off(bytes.len().saturating_sub(rest));
        out.into()
    }

    /// Gives the output that was held back. Call it at the end of the output, and before other text follows it.
    pub fn flush(&mut self) -> Bytes {
        let held = std::mem::take(&mut self.held);
        self.replace(&held, Ending::Closed).0.into()
    }

    /// Masks a text that does not belong to the output.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.secrets.iter().all(|secret| !text.contains(secret.expose())) {
            return Cow::Borrowed(text);
        }
        let (bytes, _) = self.replace(text.as_bytes(), Ending::Closed);
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn is_first_byte(&self, byte: u8) -> bool {
        self.secrets.iter().any(|secret| secret.expose().as_bytes().first() == Some(&byte))
    }

    /// Gives the masked bytes, and how many bytes at the end it left out because a secret may begin there.
    fn replace(&self, bytes: &[u8], ending: Ending) -> (Vec<u8>, usize) {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, tail)) = rest.split_first() {
            let undecided = |secret: &[u8]| secret.len() > rest.len() && secret.starts_with(rest);
            if ending == Ending::Open && self.secrets.iter().any(|s| undecided(s.expose().as_bytes())) {
                break;
            }
            let found = self.secrets.iter().find_map(|secret| rest.strip_prefix(secret.expose().as_bytes()));
            rest = match found {
                Some(after) => {
                    out.extend_from_slice(MASK);
                    after
                }
                None => {
                    out.push(*first);
                    tail
                }
            };
        }
        (out, rest.len())
    }
}

/// Whether more output may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    Closed,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mask(secrets: &[&str]) -> Mask {
        let mut mask = Mask::default();
        mask.add(&secrets.iter().map(|text| Secret::new(*text)).collect::<Vec<_>>());
        mask
    }

    fn whole(secrets: &[&str], text: &str) -> String {
        mask(secrets).text(text).into_owned()
    }

    fn in_pieces(secrets: &[&str], pieces: &[&[u8]]) -> Vec<u8> {
        let mut mask = mask(secrets);
        let mut out = Vec::new();
        for piece in pieces {
            out.extend_from_slice(&mask.push(Bytes::copy_from_slice(piece)));
        }
        out.extend_from_slice(&mask.flush());
        out
    }

    #[test]
    fn of_overlapping_secrets_the_longest_is_replaced() {
        assert_eq!(whole(&["abc", "abcd", "x"], "1abcd2abc3x"), "1[MASKED]2[MASKED]3[MASKED]");
        assert_eq!(whole(&["", "aa"], "aaa"), "[MASKED]a");
        assert_eq!(whole(&["l1\nl2"], "l1\nl2 l2"), "[MASKED] [MASKED]");
        assert_eq!(whole(&[], "abc"), "abc");
    }

    #[test]
    fn a_secret_is_masked_as_a_message_shows_it() {
        let secret = "pass\x1b[0m\u{202e}word";
        assert_eq!(whole(&[secret], &format!("{secret}, {}", printable(secret))), "[MASKED], [MASKED]");
    }

    #[test]
    fn a_secret_in_two_pieces_is_replaced_and_a_mere_beginning_is_kept() {
        assert_eq!(in_pieces(&["secret"], &[b"a sec", b"ret b"]), b"a [MASKED] b");
        assert_eq!(in_pieces(&["secret"], &[b"a sec", b"ond"]), b"a second");
        assert_eq!(in_pieces(&["ab", "abcd"], &[b"abc", b"!"]), b"[MASKED]c!");
    }

    #[test]
    fn only_the_possible_beginning_of_a_secret_is_held_back() {
        let mut mask = mask(&["secret"]);
        assert_eq!(mask.push(Bytes::from_static(b"login: ")), "login: ");
        assert_eq!(mask.push(Bytes::from_static(b"its")), "it");
        assert_eq!(mask.flush(), "s");
    }

    proptest! {
        #[test]
        fn the_cuts_do_not_change_the_result(
            text in "[abc\n]{0,60}",
            secrets in proptest::collection::vec("[abc\n]{0,5}", 0..4),
            cuts in proptest::collection::vec(0_usize..60, 0..6),
        ) {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
            let expect = whole(&secrets, &text);
            prop_assert_eq!(String::from_utf8(in_pieces(&secrets, &pieces)).unwrap(), expect);
        }

        #[test]
        fn no_secret_remains(text in "[abcd]{0,60}", secrets in proptest::collection::vec("[abc]{1,5}", 1..4)) {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let masked = whole(&secrets, &text);
            for part in masked.split("[MASKED]") {
                prop_assert!(secrets.iter().all(|secret| !part.contains(secret)), "{masked}");
            }
        }
    }
}
