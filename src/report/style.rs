//! Colours: GitLab Runner's own escape sequences, or none.

/// Whether escape sequences may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As in GitLab's job log.
    Coloured,
    /// Plain text.
    Plain,
}

/// GitLab Runner's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Section headlines.
    BoldCyan,
    /// Success.
    BoldGreen,
    /// Failure.
    BoldRed,
    /// Warnings.
    Yellow,
}

impl Style {
    /// `text` in a colour, or as it is.
    pub fn paint(self, colour: Colour, text: &str) -> String {
        let start = match colour {
            Colour::BoldCyan => "\x1b[36;1m",
            Colour::BoldGreen => "\x1b[32;1m",
            Colour::BoldRed => "\x1b[31;1m",
            Colour::Yellow => "\x1b[0;33m",
        };
        match self {
            Self::Coloured => format!("{start}{text}\x1b[0;m"),
            Self::Plain => text.to_owned(),
        }
    }
}
