//! The range of a text that a finding is about.

use crate::source::map::{Location, SourceMap, Span};

/// A range of a text. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Region {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    /// The column after the last character.
    pub(super) end_column: usize,
}

impl Region {
    /// The range of a span.
    pub(super) fn of(map: &SourceMap, span: Span) -> Self {
        let Location { line, column } = map.location(span.file, span.start);
        let end = map.location(span.file, span.end.max(span.start));
        Self { line, column, end_line: end.line, end_column: end.column }
    }
}
