//! How the log of a job is made.

use crate::secret::MaskedTokens;

/// How the log of a job is made, besides the texts that are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogPlan {
    /// Which tokens of GitLab are masked by their prefix (`FF_MASK_ALL_DEFAULT_TOKENS`).
    pub masked_tokens: MaskedTokens,
    /// How much of the job's output the log has, in bytes (`output_limit`); `None` for all of it.
    pub output_bytes_max: Option<u64>,
    /// Whether the log has what the services print (`CI_DEBUG_SERVICES`).
    pub debug_services: bool,
    /// How commands of several lines are printed before they run.
    pub long_commands: LongCommands,
}

/// How commands of several lines are printed before they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LongCommands {
    /// The first line, GitLab Runner's default.
    #[default]
    FirstLine,
    /// All lines (`FF_SCRIPT_SECTIONS: "true"`). GitLab makes a section of them that can be folded up.
    AllLines,
}
