//! What a command tells the user beside its answer. Reading and planning collect messages; the command tells them.

use crate::report::console;
use crate::report::terminal_text::TerminalText;

/// A message to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserMessage {
    /// Why a command stops.
    Error(String),
    /// A surprise that does not stop the command.
    Warning(String),
    /// A hint that helps to understand the answer.
    Note(String),
    /// A line of a list below an error, or a detail for `-v`.
    Text(String),
    /// A rendered diagnostic.
    Diagnostic(TerminalText),
}

/// Writes the messages to standard error, in their order.
pub fn tell(messages: &[UserMessage]) {
    for message in messages {
        match message {
            UserMessage::Error(text) => console::error(text),
            UserMessage::Warning(text) => console::warning(text),
            UserMessage::Note(text) => console::note(text),
            UserMessage::Text(text) => console::line(text),
            UserMessage::Diagnostic(text) => console::lines(text),
        }
    }
}
