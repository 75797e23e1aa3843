//! A text that is made of a file's text with some ranges replaced, such as interpolated inputs. Every byte maps back to
//! its position in the file.

use std::borrow::Cow;
use std::ops::Range;

use super::map::{FileId, Span};

/// A text to parse instead of a file's own.
#[derive(Debug, Clone)]
pub struct MappedText<'t> {
    file: FileId,
    text: Cow<'t, str>,
    /// In the order of the text. Each segment starts where the previous one ends.
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    /// The offset of its first byte in the text.
    start: usize,
    /// Its range in the file.
    original: Span,
    kind: SegmentKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SegmentKind {
    /// The bytes of the file.
    Copied,
    /// Other bytes in their place.
    Replaced,
}

impl<'t> MappedText<'t> {
    /// An unchanged part of a file. `text` is the text of the whole file.
    pub fn of_file(file: FileId, text: &'t str, part: Range<usize>) -> Self {
        let original = Span { file, start: part.start, end: part.end };
        let segments = vec![Segment { start: 0, original, kind: SegmentKind::Copied }];
        Self { file, text: Cow::Borrowed(text.get(part).unwrap_or_default()), segments }
    }

    /// An empty text, to which segments are added.
    pub fn empty(file: FileId) -> Self {
        Self { file, text: Cow::Borrowed(""), segments: Vec::new() }
    }

    /// Adds the `text` of the file at `original`.
    pub fn push_copy(&mut self, original: Span, text: &str) {
        self.push(original, text, SegmentKind::Copied);
    }

    /// Adds `text` in place of the file's text at `original`.
    pub fn push_replacement(&mut self, original: Span, text: &str) {
        self.push(original, text, SegmentKind::Replaced);
    }

    fn push(&mut self, original: Span, text: &str, kind: SegmentKind) {
        if text.is_empty() {
            return;
        }
        self.segments.push(Segment { start: self.text.len(), original, kind });
        self.text.to_mut().push_str(text);
    }

    /// The file that the text is made from.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The range in the file that a range of the text maps to. A range inside a replacement maps to the whole range that
    /// is replaced.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let first = self.segment(start).map_or(0, |segment| match segment.kind {
            SegmentKind::Copied => segment.original.start.saturating_add(start.saturating_sub(segment.start)),
            SegmentKind::Replaced => segment.original.start,
        });
        // The end is after the last byte, which may belong to the previous segment.
        let last = if end > start { end.saturating_sub(1) } else { end };
        let past = self.segment(last).map_or(0, |segment| match segment.kind {
            SegmentKind::Copied => segment.original.start.saturating_add(end.saturating_sub(segment.start)),
            SegmentKind::Replaced => segment.original.end,
        });
        Span { file: self.file, start: first, end: past.max(first) }
    }

    fn segment(&self, byte: usize) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.start <= byte);
        self.segments.get(after.saturating_sub(1))
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
    fn every_range_maps_back_to_the_file() {
        // "a: <NAME> b" in the file, at byte 10.
        let mut mapped = MappedText::empty(FILE);
        mapped.push_copy(span(10, 13), "a: ");
        mapped.push_replacement(span(13, 19), "something long");
        mapped.push_copy(span(19, 21), " b");
        assert_eq!(mapped.text(), "a: something long b");
        assert_eq!(mapped.span(0, 1), span(10, 11));
        assert_eq!(mapped.span(3, 17), span(13, 19));
        assert_eq!(mapped.span(5, 6), span(13, 19));
        assert_eq!(mapped.span(0, 19), span(10, 21));
        assert_eq!(mapped.span(18, 19), span(20, 21));
    }

    #[test]
    fn a_part_of_a_file_keeps_its_offset() {
        let mapped = MappedText::of_file(FILE, "head\n---\na: 1\n", 9..14);
        assert_eq!(mapped.text(), "a: 1\n");
        assert_eq!(mapped.span(3, 4), span(12, 13));
        assert_eq!(mapped.span(5, 5), span(14, 14));
    }
}
