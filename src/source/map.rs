//! Where a piece of text stands: files, and spans inside them.
//!
//! Invariant: a [`Span`] is only made by the loader, so it always lies inside the file that it names. Asked about
//! a place that does not exist, the map answers with the nearest one that does; it never panics.

/// The files that a pipeline is read from: names and texts, addressed by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// One file of the pipeline's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) usize);

/// A stretch of one file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value with the place where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What is written.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// A place as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    text: String,
    /// The byte at which each line starts; the first is 0, so there is always one.
    line_starts: Vec<usize>,
}

impl SourceMap {
    /// A map without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name that messages show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts =
            std::iter::once(0).chain(after_breaks.map(|(index, _)| index.saturating_add(1))).collect();
        self.files.push(SourceFile { name: name.into(), text, line_starts });
        FileId(self.files.len().saturating_sub(1))
    }

    /// The name a file was added under.
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &file.name)
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &file.text)
    }

    /// The text that a span covers.
    pub fn snippet(&self, span: Span) -> &str {
        self.text(span.file).get(span.start..span.end).unwrap_or("")
    }

    /// Line and column of a byte of a file. Past the end of the text it is the end of the text.
    pub fn location(&self, file: FileId, byte: usize) -> Location {
        let Some(file) = self.files.get(file.0) else { return Location { line: 1, column: 1 } };
        let byte = floor_char_boundary(&file.text, byte);
        let line = file.line_starts.partition_point(|start| *start <= byte).max(1);
        let line_start = file.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = file.text.get(line_start..byte).unwrap_or("");
        Location { line, column: before.chars().count().saturating_add(1) }
    }

    /// The text of a line, counted from 1, without its line break; empty when there is no such line.
    pub fn line_text(&self, file: FileId, line: usize) -> &str {
        let (start, end) = self.line_bounds(file, line);
        self.text(file).get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// First byte of a line, counted from 1, and one past its line break.
    pub(crate) fn line_bounds(&self, file: FileId, line: usize) -> (usize, usize) {
        let Some(file) = self.files.get(file.0) else { return (0, 0) };
        let start = file.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(file.text.len());
        (start, file.line_starts.get(line).copied().unwrap_or(file.text.len()))
    }
}

/// From character indices of a text, which the YAML scanner counts in, to bytes.
///
/// It remembers one byte offset in every [`STRIDE`] characters, so that the 1 MiB file costs 128 KiB and not 8 MiB.
#[derive(Debug)]
pub(crate) struct CharOffsets<'text> {
    text: &'text str,
    /// `None` where every character is a byte.
    checkpoints: Option<Vec<usize>>,
}

/// Characters between two remembered offsets.
const STRIDE: usize = 64;

impl<'text> CharOffsets<'text> {
    pub(crate) fn new(text: &'text str) -> Self {
        let checkpoints = || text.char_indices().step_by(STRIDE).map(|(byte, _)| byte).collect();
        Self { text, checkpoints: (!text.is_ascii()).then(checkpoints) }
    }

    /// The byte at which the character with this index starts; the length of the text past its end.
    pub(crate) fn byte(&self, char_index: usize) -> usize {
        let Some(checkpoints) = &self.checkpoints else { return char_index.min(self.text.len()) };
        let Some(start) = checkpoints.get(char_index / STRIDE).copied() else { return self.text.len() };
        let rest = self.text.get(start..).unwrap_or("");
        let inside = rest.char_indices().nth(char_index % STRIDE).map_or(rest.len(), |(byte, _)| byte);
        start.saturating_add(inside)
    }

    /// The text from that character on.
    pub(crate) fn rest(&self, char_index: usize) -> &'text str {
        self.text.get(self.byte(char_index)..).unwrap_or("")
    }
}

fn floor_char_boundary(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, byte: usize, line: usize, column: usize) {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", text);
        assert_eq!(map.location(file, byte), Location { line, column }, "byte {byte} of {text:?}");
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        check("ab\ncd", 0, 1, 1);
        check("ab\ncd", 1, 1, 2);
        check("ab\ncd", 2, 1, 3);
        check("ab\ncd", 3, 2, 1);
        check("ab\r\ncd", 4, 2, 1);
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        check("é: ü", 2, 1, 2);
        check("é: ü", 4, 1, 4);
        check("é: ü", 5, 1, 4);
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        check("", 0, 1, 1);
        check("", 9, 1, 1);
        check("ab\n", 99, 2, 1);
    }

    #[test]
    fn a_line_is_given_without_its_break() {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", "one\r\ntwo\n");
        assert_eq!(map.line_text(file, 1), "one");
        assert_eq!(map.line_text(file, 2), "two");
        assert_eq!(map.line_text(file, 3), "");
        assert_eq!(map.line_text(file, 4), "");
    }

    #[test]
    fn a_file_is_found_by_its_id() {
        let mut map = SourceMap::new();
        let first = map.add("a.yml", "a");
        let second = map.add("b.yml", "b");
        assert_eq!((map.name(first), map.text(first)), ("a.yml", "a"));
        assert_eq!((map.name(second), map.text(second)), ("b.yml", "b"));
    }

    #[test]
    fn character_indices_become_bytes_on_both_sides_of_a_checkpoint() {
        let text = "é".repeat(STRIDE * 3);
        let offsets = CharOffsets::new(&text);
        for index in [0, 1, STRIDE - 1, STRIDE, STRIDE + 1, STRIDE * 3] {
            assert_eq!(offsets.byte(index), index * 2);
        }
        assert_eq!(offsets.byte(10_000), text.len());
        assert_eq!(CharOffsets::new("").byte(3), 0);
        assert_eq!((CharOffsets::new("abc").byte(2), CharOffsets::new("abc").byte(9)), (2, 3));
    }
}
