//! Replaces what follows certain texts, such as the rest of a token after its prefix.
//!
//! Nothing is held back: the text that announces a value is shown, so only the value itself must not appear.

use bytes::Bytes;

use super::MASK;

/// A text that announces a secret value.
pub(super) trait Announcement {
    /// The length of the longest announcement.
    const BYTES_MAX: usize;

    /// The position after the first announcement in a text.
    fn end_of_first(&self, text: &[u8]) -> Option<usize>;

    /// How many bytes at the end of a text may be the beginning of an announcement.
    fn beginning_at_end(&self, text: &[u8]) -> usize;

    /// Whether a byte belongs to the value.
    fn continues_value(&self, byte: u8) -> bool;

    /// How a value without a byte appears.
    fn empty_value(&self) -> EmptyValue;
}

/// How a value without a byte appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmptyValue {
    /// As a masked one.
    Masked,
    /// As it is.
    Empty,
}

/// Replaces values in a stream of output, wherever the stream is cut.
#[derive(Debug)]
pub(super) struct ValueMask<A> {
    announcement: A,
    place: ValueState,
    /// The end of the text so far, if an announcement may begin there. It is given already.
    beginning: Vec<u8>,
}

/// Where in the text the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueState {
    /// Not to a value.
    Text,
    /// To a value, of which no byte has come.
    ValueStart,
    /// To a value that is replaced already.
    Value,
}

impl<A: Announcement> ValueMask<A> {
    pub(super) fn new(announcement: A) -> Self {
        Self { announcement, place: ValueState::Text, beginning: Vec::new() }
    }

    /// Whether a text announces a value.
    pub(super) fn announces(&self, text: &[u8]) -> bool {
        self.announcement.end_of_first(text).is_some()
    }

    /// Masks the next piece of output.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        if self.place == ValueState::Text && self.beginning.is_empty() && !self.announces(&piece) {
            self.keep_beginning(&piece);
            return piece;
        }
        let mut masked = Vec::with_capacity(piece.len());
        let mut rest = &*piece;
        while !rest.is_empty() {
            rest = match self.place {
                ValueState::Text => self.text(rest, &mut masked),
                ValueState::ValueStart | ValueState::Value => self.value(rest, &mut masked),
            };
        }
        masked.into()
    }

    /// Ends a value: what follows is a text of its own.
    pub(super) fn end(&mut self) {
        self.place = ValueState::Text;
        self.beginning.clear();
    }

    /// Gives the text up to the end of the first announcement, and returns what follows it.
    fn text<'t>(&mut self, text: &'t [u8], masked: &mut Vec<u8>) -> &'t [u8] {
        let given = self.beginning.len();
        let end = if given == 0 {
            self.announcement.end_of_first(text)
        } else {
            let joined = [&*self.beginning, text].concat();
            self.announcement.end_of_first(&joined).map(|end| end.saturating_sub(given))
        };
        let Some((before, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
            masked.extend_from_slice(text);
            self.keep_beginning(text);
            return &[];
        };
        masked.extend_from_slice(before);
        self.beginning.clear();
        self.place = ValueState::ValueStart;
        if self.announcement.empty_value() == EmptyValue::Masked {
            masked.extend_from_slice(MASK);
            self.place = ValueState::Value;
        }
        rest
    }

    /// Leaves out the bytes of the value, and returns what follows it.
    fn value<'t>(&mut self, text: &'t [u8], masked: &mut Vec<u8>) -> &'t [u8] {
        let end = text.iter().position(|byte| !self.announcement.continues_value(*byte));
        let (value, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]));
        if self.place == ValueState::ValueStart && !value.is_empty() {
            masked.extend_from_slice(MASK);
            self.place = ValueState::Value;
        }
        if end.is_some() {
            self.place = ValueState::Text;
        }
        rest
    }

    /// Keeps the end of a text without an announcement, if one may begin there.
    fn keep_beginning(&mut self, text: &[u8]) {
        let end = text.len().saturating_sub(A::BYTES_MAX);
        self.beginning.extend_from_slice(text.get(end..).unwrap_or_default());
        let length = self.announcement.beginning_at_end(&self.beginning);
        self.beginning.drain(..self.beginning.len().saturating_sub(length));
    }
}
