//! Text for the standard streams, in which only this program's own colours command the terminal.
//!
//! Invariant: a [`TerminalText`] is printable but for the escape sequences of [`super::style::Style`] and of the renderer
//! of diagnostics. `console.rs` and the log write nothing else, except the output of a job, which passes as it is.

use super::mask::Mask;
use super::printable::{printable, printable_line};

/// Text that may be written to a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TerminalText(String);

impl TerminalText {
    /// One line; a line break in `text` is shown as `\n`.
    pub fn line(text: &str) -> Self {
        Self(printable_line(text).into_owned())
    }

    /// One line between two escape sequences of this program.
    pub(super) fn painted(start: &'static str, text: &str, end: &'static str) -> Self {
        Self(format!("{start}{}{end}", printable_line(text)))
    }

    /// What the renderer of diagnostics makes of printable texts.
    pub(super) fn rendered(text: String) -> Self {
        Self(text)
    }

    /// The same text with secrets masked.
    pub fn masked(&self, mask: &Mask) -> Self {
        Self(mask.text(&self.0).into_owned())
    }

    /// Appends lines.
    pub fn push(&mut self, text: &str) {
        self.0.push_str(&printable(text));
    }

    /// Appends a text that may have colours.
    pub fn append(&mut self, text: &Self) {
        self.0.push_str(&text.0);
    }

    /// The text as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lines, whose line breaks stay.
impl From<&str> for TerminalText {
    fn from(text: &str) -> Self {
        Self(printable(text).into_owned())
    }
}

impl From<String> for TerminalText {
    fn from(text: String) -> Self {
        Self::from(&*text)
    }
}
