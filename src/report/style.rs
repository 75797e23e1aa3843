//! Text in GitLab Runner's colours, or without any.

use super::terminal_text::TerminalText;

/// Whether the text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With GitLab Runner's escape sequences.
    Coloured,
    /// Without escape sequences.
    Plain,
}

/// The colours: GitLab Runner's, and those of `doctor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Headlines, legible on dark and on light backgrounds.
    Bold,
    /// Success.
    BoldGreen,
    /// Failure.
    BoldRed,
    /// A check with a warning.
    BoldYellow,
    /// Warnings.
    Yellow,
}

/// The colours of jobs: those that are legible on dark and on light backgrounds.
const OF_JOBS: [&str; 6] = ["\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[33m", "\x1b[32m", "\x1b[31m"];

impl Style {
    /// One line in the colour of the job with this number, if this style has colours.
    pub(super) fn paint_number(self, number: usize, text: &str) -> TerminalText {
        match (self, OF_JOBS.get(number % OF_JOBS.len())) {
            (Self::Coloured, Some(start)) => TerminalText::painted(start, text, "\x1b[0;m"),
            _ => TerminalText::line(text),
        }
    }

    /// One line in the escape sequences of a colour, if this style has colours.
    pub fn paint(self, colour: Colour, text: &str) -> TerminalText {
        let start = match colour {
            Colour::Bold => "\x1b[1m",
            Colour::BoldGreen => "\x1b[32;1m",
            Colour::BoldRed => "\x1b[31;1m",
            Colour::BoldYellow => "\x1b[33;1m",
            Colour::Yellow => "\x1b[0;33m",
        };
        match self {
            Self::Coloured => TerminalText::painted(start, text, "\x1b[0;m"),
            Self::Plain => TerminalText::line(text),
        }
    }
}
