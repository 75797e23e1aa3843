//! Whether a person gets a terminal in the job's container.

/// When a terminal is opened in the job's container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TerminalUse {
    /// Never.
    #[default]
    Never,
    /// When the script has failed, in the shell's last state (`--interactive`).
    AfterFailure,
    /// In place of the script (`shell`).
    InPlaceOfScript,
}
