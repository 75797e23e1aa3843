//! Source files, and spans in them.
//!
//! Invariant: only the loader creates a [`Span`], so it always lies inside its file. The map never panics: for a
//! position that does not exist, it returns the nearest one that does.

/// The names and texts of the files that a pipeline is loaded from.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// Identifies a file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) usize);

/// A range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file that contains the range.
    pub file: FileId,
    /// The offset of the first byte, from 0.
    pub start: usize,
    /// The offset after the last byte.
    pub end: usize,
}

/// A value with its position in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value itself.
    pub value: T,
    /// The range of the text that the value was read from.
    pub span: Span,
}

/// A position as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// The pipeline file: where the user has named it.
    Main,
    /// At this path from the root of the project.
    Project(String),
    /// At this path in the folder with copies of files of other projects.
    Copies(String),
}

#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    place: FilePlace,
    text: String,
    /// The offsets at which lines start. The first is always 0. A file has fewer than 4 GiB.
    line_starts: Vec<u32>,
}

impl SourceMap {
    /// Creates a map without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pipeline file. Messages show it by `name`.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.add_from(FilePlace::Main, name, text)
    }

    /// Adds a file that lies at `place`. Messages show it by `name`.
    pub fn add_from(&mut self, place: FilePlace, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let after_breaks = (1..).zip(text.bytes()).filter(|(_, byte)| *byte == b'\n');
        let mut line_starts: Vec<u32> =
            std::iter::once(0).chain(after_breaks.map(|(index, _)| index)).collect();
        line_starts.shrink_to_fit();
        self.files.push(SourceFile { name: name.into(), place, text, line_starts });
        FileId(self.files.len().saturating_sub(1))
    }

    /// The name of a file in messages.
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &file.name)
    }

    /// Where a file lies.
    pub fn place(&self, file: FileId) -> &FilePlace {
        self.files.get(file.0).map_or(&FilePlace::Main, |file| &file.place)
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &file.text)
    }

    /// The text that a span covers.
    pub fn snippet(&self, span: Span) -> &str {
        self.text(span.file).get(span.start..span.end).unwrap_or("")
    }

    /// The line and column of a byte. An offset after the end of the text gives the end of the text.
    pub fn location(&self, file: FileId, byte: usize) -> Location {
        let Some(file) = self.files.get(file.0) else { return Location { line: 1, column: 1 } };
        let byte = floor_char_boundary(&file.text, byte);
        let line = file.line_starts.partition_point(|start| offset(*start) <= byte).max(1);
        let line_start = file.line_start(line).unwrap_or(0);
        let before = file.text.get(line_start..byte).unwrap_or("");
        Location { line, column: before.chars().count().saturating_add(1) }
    }

    /// The text of a line, counted from 1, without its line break. Empty if the line does not exist.
    pub fn line_text(&self, file: FileId, line: usize) -> &str {
        let (start, end) = self.line_bounds(file, line);
        self.text(file).get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// The offsets of a line's first byte and after its line break. Lines count from 1.
    pub(crate) fn line_bounds(&self, file: FileId, line: usize) -> (usize, usize) {
        let Some(file) = self.files.get(file.0) else { return (0, 0) };
        let start = |line| file.line_start(line).unwrap_or(file.text.len());
        (start(line), start(line.saturating_add(1)))
    }
}

impl SourceFile {
    /// The offset at which a line starts, counted from 1; line 0 counts as line 1.
    fn line_start(&self, line: usize) -> Option<usize> {
        self.line_starts.get(line.saturating_sub(1)).copied().map(offset)
    }
}

fn offset(start: u32) -> usize {
    usize::try_from(start).unwrap_or(usize::MAX)
}

/// Converts character indices, which the YAML scanner reports, to byte offsets.
///
/// It stores one offset for every [`STRIDE`] characters, so that a file of 1 MiB takes 128 KiB instead of 8 MiB.
#[derive(Debug)]
pub(crate) struct CharOffsets<'text> {
    text: &'text str,
    /// `None` if every character is one byte.
    checkpoints: Option<Vec<usize>>,
}

/// The number of characters between two stored offsets.
const STRIDE: usize = 64;

impl<'text> CharOffsets<'text> {
    pub(crate) fn new(text: &'text str) -> Self {
        let checkpoints = || text.char_indices().step_by(STRIDE).map(|(byte, _)| byte).collect();
        Self { text, checkpoints: (!text.is_ascii()).then(checkpoints) }
    }

    /// The offset of the character with this index, or the length of the text after its end.
    pub(crate) fn byte(&self, char_index: usize) -> usize {
        let Some(checkpoints) = &self.checkpoints else { return char_index.min(self.text.len()) };
        let Some(start) = checkpoints.get(char_index / STRIDE).copied() else { return self.text.len() };
        let rest = self.text.get(start..).unwrap_or("");
        let inside = rest.char_indices().nth(char_index % STRIDE).map_or(rest.len(), |(byte, _)| byte);
        start.saturating_add(inside)
    }

    /// The text from the character with this index on.
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
    fn a_position_after_the_end_is_the_end() {
        check("", 0, 1, 1);
        check("", 9, 1, 1);
        check("ab\n", 99, 2, 1);
    }

    #[test]
    fn a_line_has_no_line_break() {
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
