//! Whether a person gets a terminal in the job's container.

use std::time::Duration;

/// How long a terminal may be open in a job's container, so that a forgotten one ends.
pub const TERMINAL_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

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
