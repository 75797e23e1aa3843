//! The form of an answer: text or JSON, coloured or plain.

use std::env;
use std::io::{self, IsTerminal};

use crate::report::style::Style;

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl Format {
    /// The format that the flag `--json` chooses.
    pub(super) fn chosen_by_json_flag(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// The style of standard output.
pub(super) fn stdout_style() -> Style {
    style(io::stdout().is_terminal())
}

/// The style of standard error.
pub(super) fn stderr_style() -> Style {
    style(io::stderr().is_terminal())
}

/// Chooses colours for a terminal that has them, unless `NO_COLOR` is set to anything (no-color.org).
fn style(is_terminal: bool) -> Style {
    let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_dumb_terminal();
    if is_terminal && !unwanted { Style::Coloured } else { Style::Plain }
}

/// Whether the terminal cannot move its cursor.
pub(super) fn is_dumb_terminal() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}
