//! A text made of a part of a file, with pieces of it replaced, in which every byte still knows its place in the file.

use std::borrow::Cow;
use std::ops::Range;

use super::map::{FileId, Span};

/// A text to be read in place of a file's own.
#[derive(Debug, Clone)]
pub struct Derived<'t> {
    file: FileId,
    text: Cow<'t, str>,
    /// In the order of the text; each begins where the one before ends.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Its first byte in the text.
    start: usize,
    /// Where it comes from, in the file.
    original: Span,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Byte for byte what stands in the file.
    Copied,
    /// Something else in its place.
    Replaced,
}

impl<'t> Derived<'t> {
    /// A part of a file as it is. `text` is the file's.
    pub fn part(file: FileId, text: &'t str, part: Range<usize>) -> Self {
        let original = Span { file, start: part.start, end: part.end };
        let pieces = vec![Piece { start: 0, original, kind: Kind::Copied }];
        Self { file, text: Cow::Borrowed(text.get(part).unwrap_or_default()), pieces }
    }

    /// A text to be put together piece by piece.
    pub fn empty(file: FileId) -> Self {
        Self { file, text: Cow::Borrowed(""), pieces: Vec::new() }
    }

    /// Adds what stands in the file at `original`.
    pub fn copy(&mut self, original: Span, text: &str) {
        self.add(original, text, Kind::Copied);
    }

    /// Adds `text` in place of what stands in the file at `original`.
    pub fn replace(&mut self, original: Span, text: &str) {
        self.add(original, text, Kind::Replaced);
    }

    fn add(&mut self, original: Span, text: &str, kind: Kind) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece { start: self.text.len(), original, kind });
        self.text.to_mut().push_str(text);
    }

    /// The file.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the file a stretch of the text comes from. Inside of something replaced it is all of that.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let first = self.piece(start).map_or(0, |piece| match piece.kind {
            Kind::Copied => piece.original.start.saturating_add(start.saturating_sub(piece.start)),
            Kind::Replaced => piece.original.start,
        });
        // The end is one past the last byte, which may belong to the piece before.
        let last = if end > start { end.saturating_sub(1) } else { end };
        let past = self.piece(last).map_or(0, |piece| match piece.kind {
            Kind::Copied => piece.original.start.saturating_add(end.saturating_sub(piece.start)),
            Kind::Replaced => piece.original.end,
        });
        Span { file: self.file, start: first, end: past.max(first) }
    }

    fn piece(&self, byte: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= byte);
        self.pieces.get(after.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    fn span(start: usize, end: usize) -> Span {
        Span { file: FILE, start, end }
    }

    #[test]
    fn every_stretch_knows_where_it_comes_from() {
        // "a: <NAME> b" in the file, at byte 10.
        let mut derived = Derived::empty(FILE);
        derived.copy(span(10, 13), "a: ");
        derived.replace(span(13, 19), "something long");
        derived.copy(span(19, 21), " b");
        assert_eq!(derived.text(), "a: something long b");
        assert_eq!(derived.span(0, 1), span(10, 11));
        assert_eq!(derived.span(3, 17), span(13, 19));
        assert_eq!(derived.span(5, 6), span(13, 19));
        assert_eq!(derived.span(0, 19), span(10, 21));
        assert_eq!(derived.span(18, 19), span(20, 21));
    }

    #[test]
    fn a_part_of_a_file_is_that_far_in() {
        let derived = Derived::part(FILE, "head\n---\na: 1\n", 9..14);
        assert_eq!(derived.text(), "a: 1\n");
        assert_eq!(derived.span(3, 4), span(12, 13));
        assert_eq!(derived.span(5, 5), span(14, 14));
    }
}
