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

impl Style {
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
